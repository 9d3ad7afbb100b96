namespace Anchorage.Packaging;

/// <summary>
/// The tags that an environment supports, in the order of preference of <c>packaging.tags</c>: the implementation's own
/// ABI, its stable ABI, older stable ABIs, then pure Python. Finding a wheel's rank is a look-up for each of its tags.
/// </summary>
public sealed class SupportedTags
{
    private readonly Dictionary<CompatibilityTag, int> ranks;

    /// <summary>Takes tags in order of preference; of a tag given twice the first counts.</summary>
    public SupportedTags(IEnumerable<CompatibilityTag> tags)
    {
        ArgumentNullException.ThrowIfNull(tags);
        ranks = [];
        var all = new List<CompatibilityTag>();
        foreach (var tag in tags)
        {
            if (ranks.TryAdd(tag, all.Count))
                all.Add(tag);
        }
        Tags = all;
    }

    /// <summary>The tags, the best first, each once.</summary>
    public IReadOnlyList<CompatibilityTag> Tags { get; }

    /// <summary>What a Python on a platform supports.</summary>
    public static SupportedTags For(TargetPython python, TargetPlatform platform)
    {
        ArgumentNullException.ThrowIfNull(python);
        ArgumentNullException.ThrowIfNull(platform);
        return new SupportedTags([.. OwnTags(python, platform.Tags), .. PureTags(python, platform.Tags)]);
    }

    /// <summary>The rank of a tag, 0 for the best; null where it is not supported.</summary>
    public int? RankOf(CompatibilityTag tag)
    {
        ArgumentNullException.ThrowIfNull(tag);
        return ranks.TryGetValue(tag, out var rank) ? rank : null;
    }

    /// <summary>The rank of the wheel's best tag; null where none is supported.</summary>
    public int? RankOf(WheelFilename wheel)
    {
        int? best = null;
        foreach (var tag in CompatibilityTag.Of(wheel))
        {
            if (ranks.TryGetValue(tag, out var rank) && !(rank >= best))
                best = rank;
        }
        return best;
    }

    /// <summary>The supported ones of some wheels, the best first; those of one rank stay in their order.</summary>
    public IReadOnlyList<WheelFilename> Select(IEnumerable<WheelFilename> wheels)
    {
        ArgumentNullException.ThrowIfNull(wheels);
        return [.. wheels.Select(wheel => (Wheel: wheel, Rank: RankOf(wheel))).Where(pair => pair.Rank is not null).OrderBy(pair => pair.Rank).Select(pair => pair.Wheel)];
    }

    private static IEnumerable<CompatibilityTag> OwnTags(TargetPython python, IReadOnlyList<string> platforms)
    {
        if (python.Implementation != "cp")
            return Cross([python.Tag], [.. python.Abis, "none"], platforms);

        // The stable ABI came with 3.2 (PEP 384); free-threaded builds have one of their own (PEP 803).
        var hasStableAbi = (python.Major, python.Minor).CompareTo((3, 2)) >= 0;
        var stable = python.Abis[0].AsSpan(python.Tag.Length).Contains('t') ? "abi3t" : "abi3";
        return Cross([python.Tag], hasStableAbi ? [.. python.Abis, stable, "none"] : [.. python.Abis, "none"], platforms)
            .Concat(hasStableAbi ? Cross(Older(python.Minor - 1, 2).Select(minor => $"cp{python.Major}{minor}"), [stable], platforms) : []);
    }

    private static IEnumerable<CompatibilityTag> PureTags(TargetPython python, IReadOnlyList<string> platforms)
    {
        string[] versions = [$"py{python.Major}{python.Minor}", $"py{python.Major}", .. Older(python.Minor - 1, 0).Select(minor => $"py{python.Major}{minor}")];
        var own = python.Implementation switch { "cp" => python.Tag, "pp" => "pp3", _ => null };
        return Cross(versions, ["none"], platforms)
            .Concat(own is null ? [] : [new CompatibilityTag(own, "none", "any")])
            .Concat(Cross(versions, ["none"], ["any"]));
    }

    private static IEnumerable<int> Older(int from, int to)
    {
        for (var minor = from; minor >= to; minor--)
            yield return minor;
    }

    private static IEnumerable<CompatibilityTag> Cross(IEnumerable<string> pythons, IEnumerable<string> abis, IReadOnlyList<string> platforms) =>
        from python in pythons
        from abi in abis
        from platform in platforms
        select new CompatibilityTag(python, abi, platform);
}

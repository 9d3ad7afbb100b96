namespace Anchorage.Packaging;

/// <summary>A wheel's file name (PEP 427): <c>{name}-{version}(-{build})?-{python}-{abi}-{platform}.whl</c>.</summary>
public sealed class WheelFilename : DistributionFilename
{
    internal const string Extension = ".whl";

    private readonly int tagStart;

    private WheelFilename(string text, ProjectName project, PackageVersion version, string? buildTag, int tagStart)
        : base(text, project, version)
    {
        this.tagStart = tagStart;
        BuildTag = buildTag;
    }

    /// <summary>The build tag, e.g. <c>1</c> or <c>2b</c>; null where there is none. It orders by its digits, then by the rest.</summary>
    public string? BuildTag { get; }

    /// <summary>Python tags of the compressed set, e.g. <c>py2</c>, <c>py3</c>; lower case, in the order of the file name.</summary>
    public IReadOnlyList<string> PythonTags => SplitTags(0);

    /// <summary>ABI tags of the compressed set; lower case, in the order of the file name.</summary>
    public IReadOnlyList<string> AbiTags => SplitTags(1);

    /// <summary>Platform tags of the compressed set; lower case, in the order of the file name.</summary>
    public IReadOnlyList<string> PlatformTags => SplitTags(2);

    /// <inheritdoc/>
    public override string CanonicalText =>
        $"{Project.ToFilenamePart()}-{Version}{(BuildTag is null ? "" : "-" + BuildTag)}-{TagText}{Extension}";

    private string TagText => Text[tagStart..^Extension.Length].ToLowerInvariant();

    // Split for who asks: a page has thousands of wheels, of which most readers want project and version.
    private string[] SplitTags(int set) => TagText.Split('-')[set].Split('.');

    internal static WheelFilename? Parse(string text, out string? problem)
    {
        var stem = text.AsSpan(..^Extension.Length);
        Span<Range> parts = stackalloc Range[7];
        parts = parts[..stem.Split(parts, '-')];
        if (parts.Length is not (5 or 6))
        {
            problem = $"The wheel name '{text}' has {stem.Count('-') + 1} parts between dashes; it needs name-version-python-abi-platform, with a build tag after the version at most.";
            return null;
        }
        var name = text[parts[0]];
        // PEP 427 escapes a run of separators as one '_': two in a row come from no build tool.
        if (name.Contains("__", StringComparison.Ordinal) || !ProjectName.TryParse(name, out var project))
        {
            problem = $"'{name}' in the wheel name '{text}' is no project name.";
            return null;
        }
        if (!PackageVersion.TryParse(text[parts[1]], out var version))
        {
            problem = $"'{stem[parts[1]]}' in the wheel name '{text}' is no version (PEP 440).";
            return null;
        }
        var buildTag = parts.Length == 6 ? text[parts[2]] : null;
        if (buildTag is not null && (buildTag.Length == 0 || !char.IsAsciiDigit(buildTag[0])))
        {
            problem = $"'{buildTag}' in the wheel name '{text}' is no build tag: one starts with a digit.";
            return null;
        }
        problem = FindTagProblem(text, parts[^3..]);
        return problem is null ? new WheelFilename(text, project, version, buildTag, parts[^3].Start.Value) : null;
    }

    private static string? FindTagProblem(string text, ReadOnlySpan<Range> sets)
    {
        foreach (var range in sets)
        {
            var set = text.AsSpan(range);
            if (HasEmptyTag(set) || set.ContainsAny('+', '!'))
                return $"'{set}' in the wheel name '{text}' is no set of compatibility tags (PEP 425): one is empty or has a sign in it.";
        }
        var python = text.AsSpan(sets[0]);
        foreach (var range in python.Split('.'))
        {
            if (char.IsAsciiDigit(python[range][0]))
                return $"'{python[range]}' in the wheel name '{text}' is no Python tag (PEP 425): it names an implementation first, such as py3 or cp313.";
        }
        return null;
    }

    private static bool HasEmptyTag(ReadOnlySpan<char> set) => set.IsEmpty || set[0] == '.' || set[^1] == '.' || set.Contains("..", StringComparison.Ordinal);
}

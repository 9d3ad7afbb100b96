namespace Anchorage.Packaging;

/// <summary>A wheel's file name (PEP 427): <c>{name}-{version}(-{build})?-{python}-{abi}-{platform}.whl</c>.</summary>
public sealed class WheelFilename : DistributionFilename
{
    internal const string Extension = ".whl";

    private readonly string tagText;

    private WheelFilename(string text, ProjectName project, PackageVersion version, string? buildTag, string tagText)
        : base(text, project, version)
    {
        this.tagText = tagText;
        BuildTag = buildTag;
        var parts = tagText.ToLowerInvariant().Split('-');
        PythonTags = parts[0].Split('.');
        AbiTags = parts[1].Split('.');
        PlatformTags = parts[2].Split('.');
    }

    /// <summary>The build tag, e.g. <c>1</c> or <c>2b</c>; null where there is none. It orders by its digits, then by the rest.</summary>
    public string? BuildTag { get; }

    /// <summary>Python tags of the compressed set, e.g. <c>py2</c>, <c>py3</c>; lower case, in the order of the file name.</summary>
    public IReadOnlyList<string> PythonTags { get; }

    /// <summary>ABI tags of the compressed set; lower case, in the order of the file name.</summary>
    public IReadOnlyList<string> AbiTags { get; }

    /// <summary>Platform tags of the compressed set; lower case, in the order of the file name.</summary>
    public IReadOnlyList<string> PlatformTags { get; }

    /// <inheritdoc/>
    public override string CanonicalText =>
        $"{Project.ToFilenamePart()}-{Version}{(BuildTag is null ? "" : "-" + BuildTag)}-{tagText.ToLowerInvariant()}{Extension}";

    internal static WheelFilename? Parse(string text, out string? problem)
    {
        var parts = text[..^Extension.Length].Split('-');
        if (parts.Length is not (5 or 6))
        {
            problem = $"The wheel name '{text}' has {parts.Length} parts between dashes; it needs name-version-python-abi-platform, with a build tag after the version at most.";
            return null;
        }
        // PEP 427 escapes a run of separators as one '_': two in a row come from no build tool.
        if (parts[0].Contains("__", StringComparison.Ordinal) || !ProjectName.TryParse(parts[0], out var project))
        {
            problem = $"'{parts[0]}' in the wheel name '{text}' is no project name.";
            return null;
        }
        if (!PackageVersion.TryParse(parts[1], out var version))
        {
            problem = $"'{parts[1]}' in the wheel name '{text}' is no version (PEP 440).";
            return null;
        }
        var buildTag = parts.Length == 6 ? parts[2] : null;
        if (buildTag is not null && (buildTag.Length == 0 || !char.IsAsciiDigit(buildTag[0])))
        {
            problem = $"'{buildTag}' in the wheel name '{text}' is no build tag: one starts with a digit.";
            return null;
        }
        problem = FindTagProblem(text, parts);
        return problem is null ? new WheelFilename(text, project, version, buildTag, string.Join('-', parts[^3..])) : null;
    }

    private static string? FindTagProblem(string text, string[] parts)
    {
        foreach (var set in parts[^3..])
        {
            foreach (var tag in set.Split('.'))
            {
                if (tag.Length == 0 || tag.AsSpan().ContainsAny('+', '!'))
                    return $"'{set}' in the wheel name '{text}' is no set of compatibility tags (PEP 425): one is empty or has a sign in it.";
            }
        }
        foreach (var tag in parts[^3].Split('.'))
        {
            if (char.IsAsciiDigit(tag[0]))
                return $"'{tag}' in the wheel name '{text}' is no Python tag (PEP 425): it names an implementation first, such as py3 or cp313.";
        }
        return null;
    }
}

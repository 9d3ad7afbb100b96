namespace Anchorage.Packaging;

/// <summary>An sdist's file name (PEP 625): <c>{name}-{version}.tar.gz</c>, or <c>.zip</c> of old.</summary>
public sealed class SdistFilename : DistributionFilename
{
    internal const string Extension = ".tar.gz";
    internal const string LegacyExtension = ".zip";

    private SdistFilename(string text, ProjectName project, PackageVersion version, bool isZip)
        : base(text, project, version) => IsZip = isZip;

    /// <summary>True for the <c>.zip</c> form, which PEP 625 has ended.</summary>
    public bool IsZip { get; }

    /// <inheritdoc/>
    public override string CanonicalText => $"{Project.ToFilenamePart()}-{Version}{Extension}";

    /// <summary>
    /// Splits at the last dash: a version has none in normalised form. Names from before PEP 625 may have dashes, dots
    /// and capitals in the project's part.
    /// </summary>
    internal static SdistFilename? Parse(string text, string extension, out string? problem)
    {
        problem = null;
        var stem = text[..^extension.Length];
        var dash = stem.LastIndexOf('-');
        if (dash < 0)
            problem = $"The sdist name '{text}' has no '-' between name and version.";
        else if (!ProjectName.TryParse(stem[..dash], out var project))
            problem = $"'{stem[..dash]}' in the sdist name '{text}' is no project name.";
        else if (!PackageVersion.TryParse(stem[(dash + 1)..], out var version))
            problem = $"'{stem[(dash + 1)..]}' in the sdist name '{text}' is no version (PEP 440).";
        else
            return new SdistFilename(text, project, version, extension == LegacyExtension);
        return null;
    }
}

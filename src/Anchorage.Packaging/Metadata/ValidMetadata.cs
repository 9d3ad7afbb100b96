using System.Diagnostics.CodeAnalysis;

namespace Anchorage.Packaging;

/// <summary>
/// Core metadata with every field as a value of its type. Where <see cref="CoreMetadata"/> keeps what was written,
/// an instance of this exists only when each field keeps the specification's rules, so that nothing has to be parsed, or
/// doubted, again. Fields of all versions from 1.0 to 2.6 are here.
/// </summary>
public sealed class ValidMetadata
{
    private ValidMetadata(CoreMetadata raw) => Raw = raw;

    /// <summary>
    /// Reads every field. False where one has a fault that is not <see cref="MetadataFault.IsTolerable"/>;
    /// <paramref name="faults"/> lists all of them, the tolerable ones in any case.
    /// </summary>
    public static bool TryRead(CoreMetadata raw, [NotNullWhen(true)] out ValidMetadata? metadata, out IReadOnlyList<MetadataFault> faults)
    {
        ArgumentNullException.ThrowIfNull(raw);
        metadata = null;
        faults = raw.FindFaults();
        if (faults.Any(fault => !fault.IsTolerable))
            return false;
        metadata = new ValidMetadata(raw)
        {
            RequiresPython = VersionSpecifiers.TryParse(raw.RequiresPython ?? "", out var python) ? python : VersionSpecifiers.Any,
            RequiresDist = [.. raw.FindAll("Requires-Dist").Select(text => Requirement.TryParse(text, out var requirement, out _) ? requirement : null).OfType<Requirement>()],
            ProvidesExtra = [.. raw.FindAll("Provides-Extra").Select(ProjectName.Parse)],
            LicenseExpression = raw.Find("License-Expression") is { } text && LicenseExpression.TryParse(text, out var expression, out _) ? expression : null,
            ImportNames = ImportName.ReadAll(raw.FindAll("Import-Name")),
            ImportNamespaces = ImportName.ReadAll(raw.FindAll("Import-Namespace")),
        };
        return true;
    }

    /// <summary>The fields as written.</summary>
    public CoreMetadata Raw { get; }

    /// <summary>Metadata-Version: one of the specification's.</summary>
    public string MetadataVersion => Raw.MetadataVersion;

    /// <summary>Name, normalised.</summary>
    public ProjectName Name => Raw.Name;

    /// <summary>Version.</summary>
    public PackageVersion Version => Raw.Version;

    /// <summary>Dynamic (2.2): the fields that a build may fill in or, since 2.6, add to; as written.</summary>
    public IReadOnlyList<string> Dynamic => Raw.FindAll("Dynamic");

    /// <summary>Platform (1.0).</summary>
    public IReadOnlyList<string> Platforms => Raw.FindAll("Platform");

    /// <summary>Supported-Platform (1.1).</summary>
    public IReadOnlyList<string> SupportedPlatforms => Raw.FindAll("Supported-Platform");

    /// <summary>Summary (1.0), one line; null where absent.</summary>
    public string? Summary => Raw.Find("Summary");

    /// <summary>Description (1.0); null where absent.</summary>
    public string? Description => Raw.Description;

    /// <summary>Description-Content-Type (2.1), as written; null where absent, which means reStructuredText.</summary>
    public string? DescriptionContentType => Raw.Find("Description-Content-Type");

    /// <summary>Keywords (1.0).</summary>
    public IReadOnlyList<string> Keywords => Raw.Keywords;

    /// <summary>Author (1.0); null where absent.</summary>
    public string? Author => Raw.Find("Author");

    /// <summary>Author-email (1.0), as written: one or more addresses of RFC 822; null where absent.</summary>
    public string? AuthorEmail => Raw.Find("Author-email");

    /// <summary>Maintainer (1.2); null where absent.</summary>
    public string? Maintainer => Raw.Find("Maintainer");

    /// <summary>Maintainer-email (1.2), as written; null where absent.</summary>
    public string? MaintainerEmail => Raw.Find("Maintainer-email");

    /// <summary>License (1.0; PEP 639 deprecates it), as written; null where absent.</summary>
    public string? License => Raw.Find("License");

    /// <summary>License-Expression (2.4); null where absent.</summary>
    public LicenseExpression? LicenseExpression { get; private init; }

    /// <summary>License-File (2.4): paths with <c>/</c>, relative to <c>.dist-info/licenses</c> or to the top of the sdist.</summary>
    public IReadOnlyList<string> LicenseFiles => Raw.FindAll("License-File");

    /// <summary>Classifier (1.1), as written; see <see cref="Classifiers"/> for what they are worth.</summary>
    public IReadOnlyList<string> ClassifierTexts => Raw.FindAll("Classifier");

    /// <summary>Requires-Dist (1.2): what has to be installed with it.</summary>
    public required IReadOnlyList<Requirement> RequiresDist { get; init; }

    /// <summary>Requires-Python (1.2); <see cref="VersionSpecifiers.Any"/> where absent.</summary>
    public required VersionSpecifiers RequiresPython { get; init; }

    /// <summary>Requires-External (1.2): what must be there without an index; as written, the specification leaves the format open.</summary>
    public IReadOnlyList<string> RequiresExternal => Raw.FindAll("Requires-External");

    /// <summary>Provides-Extra (2.1), normalised.</summary>
    public required IReadOnlyList<ProjectName> ProvidesExtra { get; init; }

    /// <summary>Provides-Dist (1.2), as written; no installer heeds it.</summary>
    public IReadOnlyList<string> ProvidesDist => Raw.FindAll("Provides-Dist");

    /// <summary>Obsoletes-Dist (1.2), as written; no installer heeds it.</summary>
    public IReadOnlyList<string> ObsoletesDist => Raw.FindAll("Obsoletes-Dist");

    /// <summary>Home-page (1.0; PEP 753 deprecates it), as written; null where absent.</summary>
    public string? HomePage => Raw.Find("Home-page");

    /// <summary>Download-URL (1.1; PEP 753 deprecates it), as written; null where absent.</summary>
    public string? DownloadUrl => Raw.Find("Download-URL");

    /// <summary>Project-URL (1.2) as label and URL, in order; see <see cref="ProjectUrlLabel"/> for what a label means.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> ProjectUrls => Raw.ProjectUrls;

    /// <summary>Import-Name (2.5): what can be imported. Null where the field is absent and nobody knows; empty where the distribution says that it has nothing to import.</summary>
    public IReadOnlyList<ImportName>? ImportNames { get; private init; }

    /// <summary>Import-Namespace (2.5): namespaces shared with other distributions; null where the field is absent.</summary>
    public IReadOnlyList<ImportName>? ImportNamespaces { get; private init; }

    /// <summary>Requires (1.1, obsolete): Python modules, as written.</summary>
    public IReadOnlyList<string> Requires => Raw.FindAll("Requires");

    /// <summary>Provides (1.1, obsolete): Python modules, as written.</summary>
    public IReadOnlyList<string> Provides => Raw.FindAll("Provides");

    /// <summary>Obsoletes (1.1, obsolete): Python modules, as written.</summary>
    public IReadOnlyList<string> Obsoletes => Raw.FindAll("Obsoletes");
}

/// <summary>A name that a distribution lets one import (PEP 794).</summary>
/// <param name="Name">The dotted name.</param>
/// <param name="IsPrivate">True where the distribution keeps it for its own use.</param>
public sealed record ImportName(string Name, bool IsPrivate)
{
    internal static IReadOnlyList<ImportName>? ReadAll(IReadOnlyList<string> values) => values.Count == 0 ? null : [.. values.Where(value => value.Length > 0).Select(Read)];

    private static ImportName Read(string value)
    {
        var semicolon = value.IndexOf(';', StringComparison.Ordinal);
        return semicolon < 0 ? new ImportName(value.TrimEnd(), false) : new ImportName(value[..semicolon].TrimEnd(), true);
    }
}

namespace Anchorage.Packaging;

/// <summary>One field of the core metadata specification: since which version, and whether it may repeat.</summary>
internal sealed record MetadataField(string Name, string Since, bool IsMultiple)
{
    /// <summary>The versions of the specification, in order. 1.3 was never published; 2.0 was withdrawn.</summary>
    public static readonly string[] Versions = ["1.0", "1.1", "1.2", "2.1", "2.2", "2.3", "2.4", "2.5", "2.6"];

    private static readonly MetadataField[] All =
    [
        new("Metadata-Version", "1.0", false),
        new("Name", "1.0", false),
        new("Version", "1.0", false),
        new("Platform", "1.0", true),
        new("Summary", "1.0", false),
        new("Description", "1.0", false),
        new("Keywords", "1.0", false),
        new("Home-page", "1.0", false),
        new("Author", "1.0", false),
        new("Author-email", "1.0", false),
        new("License", "1.0", false),
        new("Supported-Platform", "1.1", true),
        new("Download-URL", "1.1", false),
        new("Classifier", "1.1", true),
        new("Requires", "1.1", true),
        new("Provides", "1.1", true),
        new("Obsoletes", "1.1", true),
        new("Maintainer", "1.2", false),
        new("Maintainer-email", "1.2", false),
        new("Requires-Dist", "1.2", true),
        new("Requires-Python", "1.2", false),
        new("Requires-External", "1.2", true),
        new("Project-URL", "1.2", true),
        new("Provides-Dist", "1.2", true),
        new("Obsoletes-Dist", "1.2", true),
        new("Description-Content-Type", "2.1", false),
        new("Provides-Extra", "2.1", true),
        new("Dynamic", "2.2", true),
        new("License-Expression", "2.4", false),
        new("License-File", "2.4", true),
        new("Import-Name", "2.5", true),
        new("Import-Namespace", "2.5", true),
    ];

    private static readonly Dictionary<string, MetadataField> ByName = All.ToDictionary(field => field.Name, StringComparer.OrdinalIgnoreCase);

    public static MetadataField? Find(string name) => ByName.GetValueOrDefault(name);
}

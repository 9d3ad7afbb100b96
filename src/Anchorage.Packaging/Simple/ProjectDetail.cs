using System.Text.Json;

namespace Anchorage.Packaging;

/// <summary>One project's page in the shape of Simple API 1.4: the canonical, lossless record. Unknown fields are carried through.</summary>
public sealed record ProjectDetail
{
    /// <summary>Normalised name.</summary>
    public required ProjectName Name { get; init; }

    /// <summary>meta.api-version of the source; what we write is always 1.4.</summary>
    public string ApiVersion { get; init; } = "1.4";

    /// <summary>meta._last-serial.</summary>
    public long? LastSerial { get; init; }

    /// <summary>Simple API 1.1 "versions". Null where the source does not say (1.0 and HTML).</summary>
    public IReadOnlyList<string>? Versions { get; init; }

    /// <summary>Files in the order of the source.</summary>
    public IReadOnlyList<ProjectFile> Files { get; init; } = [];

    /// <summary>PEP 792; null where the source does not say (which means active).</summary>
    public ProjectStatus? Status { get; init; }

    /// <summary>
    /// What the source lists and a reader left out, one sentence each (the first hundred): a file whose name, URL or digest is
    /// not usable. Not part of any page.
    /// </summary>
    public IReadOnlyList<string> LeftOut { get; init; } = [];

    /// <summary>Top-level fields that this version does not know.</summary>
    public IReadOnlyList<KeyValuePair<string, JsonElement>> ExtraFields { get; init; } = [];

    /// <summary>Fields of "meta" that this version does not know.</summary>
    public IReadOnlyList<KeyValuePair<string, JsonElement>> ExtraMeta { get; init; } = [];
}

/// <summary>PEP 792: active, archived, quarantined or deprecated, with an optional reason.</summary>
public sealed record ProjectStatus(string Status, string? Reason = null);

/// <summary>One distribution file of a project page.</summary>
public sealed record ProjectFile
{
    /// <summary>File name as listed. Not necessarily parsable: indexes list legacy names.</summary>
    public required string Filename { get; init; }

    /// <summary>URL: absolute, or relative to the page, as the caller of a writer wants it. Never with a fragment.</summary>
    public required string Url { get; init; }

    /// <summary>Hashes by lower-case algorithm name, hex values in lower case.</summary>
    public IReadOnlyDictionary<string, string> Hashes { get; init; } = FileHashes.None;

    /// <summary>requires-python as written (not necessarily valid).</summary>
    public string? RequiresPython { get; init; }

    /// <summary>Bytes.</summary>
    public long? Size { get; init; }

    /// <summary>upload-time, exactly as the source wrote it (RFC 3339, UTC).</summary>
    public string? UploadTime { get; init; }

    /// <summary>PEP 592: null = not yanked; empty = yanked without a reason.</summary>
    public string? YankedReason { get; init; }

    /// <summary>PEP 714: whether <c>{url}.metadata</c> exists.</summary>
    public bool HasCoreMetadata { get; init; }

    /// <summary>Hashes of the core metadata file; empty where the source only says that it exists.</summary>
    public IReadOnlyDictionary<string, string> CoreMetadataHashes { get; init; } = FileHashes.None;

    /// <summary>PEP 740 provenance URL.</summary>
    public string? Provenance { get; init; }

    /// <summary>gpg-sig where the source says.</summary>
    public bool? GpgSig { get; init; }

    /// <summary>File fields that this version does not know.</summary>
    public IReadOnlyList<KeyValuePair<string, JsonElement>> ExtraFields { get; init; } = [];
}

/// <summary>The root page: every project of an index.</summary>
public sealed record ProjectList
{
    /// <summary>meta._last-serial.</summary>
    public long? LastSerial { get; init; }

    /// <summary>Projects in the order to be written.</summary>
    public required IReadOnlyList<ProjectListEntry> Projects { get; init; }
}

/// <summary>A project in the root page: its display name (not normalised) and serial.</summary>
public readonly record struct ProjectListEntry(string Name, long? LastSerial);

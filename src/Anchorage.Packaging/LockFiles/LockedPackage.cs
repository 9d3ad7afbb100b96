namespace Anchorage.Packaging;

/// <summary>
/// One entry of <c>[[packages]]</c> in a lock file: files of an index (<see cref="Sdist"/>, <see cref="Wheels"/>), or
/// exactly one of <see cref="Archive"/>, <see cref="Directory"/> and <see cref="Repository"/>.
/// </summary>
public sealed class LockedPackage
{
    internal LockedPackage(ProjectName name) => Name = name;

    /// <summary>The project.</summary>
    public ProjectName Name { get; }

    /// <summary>The version; null where the source has none to name, such as a directory.</summary>
    public PackageVersion? Version { get; internal init; }

    /// <summary>When the package is to be installed; null for always.</summary>
    public EnvironmentMarker? Marker { get; internal init; }

    /// <summary>The Python versions that it needs; null where not said.</summary>
    public VersionSpecifiers? RequiresPython { get; internal init; }

    /// <summary>The base URL of the index that it came from, unchecked; null where not said.</summary>
    public string? Index { get; internal init; }

    /// <summary>
    /// The names of the packages that it depends on, as far as entries name them. They are for people and auditors:
    /// installers do not resolve anything.
    /// </summary>
    public IReadOnlyList<ProjectName> Dependencies { get; internal init; } = [];

    /// <summary>The sdist; null where there is none.</summary>
    public LockedFile? Sdist { get; internal init; }

    /// <summary>The wheels, in the order of the file.</summary>
    public IReadOnlyList<LockedFile> Wheels { get; internal init; } = [];

    /// <summary>The archive outside of any index; null where there is none.</summary>
    public LockedArchive? Archive { get; internal init; }

    /// <summary>The directory; null where there is none.</summary>
    public LockedDirectory? Directory { get; internal init; }

    /// <summary>The commit of a repository; null where there is none.</summary>
    public LockedRepository? Repository { get; internal init; }

    /// <summary>Who must have attested the files (PEP 740): each identity as its keys, <c>kind</c> among them. Only texts are kept.</summary>
    public IReadOnlyList<IReadOnlyDictionary<string, string>> AttestationIdentities { get; internal init; } = [];

    /// <summary>True where the package comes past any index: an archive, a directory or a repository.</summary>
    public bool IsDirect => Sdist is null && Wheels.Count == 0;
}

/// <summary>Where a locked package comes from.</summary>
public abstract record LockedSource
{
    private protected LockedSource()
    {
    }
}

/// <summary>A wheel or sdist of an index. Its name agrees with the package's name and version.</summary>
/// <param name="Filename">The file name: given, or the end of the path or URL.</param>
/// <param name="Url">The URL, unchecked; null where only a path is given.</param>
/// <param name="Path">The path, relative to the lock file unless absolute; null where only a URL is given.</param>
/// <param name="Size">The size in bytes; null where not said.</param>
/// <param name="UploadTime">When it was uploaded; null where not said.</param>
/// <param name="Hashes">Digests by algorithm, lower-case names, as written; at least one.</param>
public sealed record LockedFile(DistributionFilename Filename, string? Url, string? Path, long? Size, DateTimeOffset? UploadTime, IReadOnlyDictionary<string, string> Hashes) : LockedSource;

/// <summary>An archive with sources or a wheel, outside of any index.</summary>
/// <param name="Url">The URL, unchecked; null where only a path is given.</param>
/// <param name="Path">The path, relative to the lock file unless absolute; null where only a URL is given.</param>
/// <param name="Size">The size in bytes; null where not said.</param>
/// <param name="UploadTime">When it was uploaded; null where not said.</param>
/// <param name="Hashes">Digests by algorithm, lower-case names, as written; at least one.</param>
/// <param name="Subdirectory">Where in the archive the project lies; null for its top.</param>
public sealed record LockedArchive(string? Url, string? Path, long? Size, DateTimeOffset? UploadTime, IReadOnlyDictionary<string, string> Hashes, string? Subdirectory) : LockedSource;

/// <summary>A directory. It has no digest: whoever can write there decides what is installed.</summary>
/// <param name="Path">The path, relative to the lock file unless absolute.</param>
/// <param name="IsEditable">True where it is installed in editable mode.</param>
/// <param name="Subdirectory">Where in the directory the project lies; null for its top.</param>
public sealed record LockedDirectory(string Path, bool IsEditable, string? Subdirectory) : LockedSource;

/// <summary>A commit of a repository.</summary>
/// <param name="Type">The version control system, such as <c>git</c>.</param>
/// <param name="Url">The URL, unchecked; null where only a path is given.</param>
/// <param name="Path">The path of a local repository; null where only a URL is given.</param>
/// <param name="RequestedRevision">The branch or tag that was asked for; null where not said.</param>
/// <param name="CommitId">The exact commit.</param>
/// <param name="Subdirectory">Where in the tree the project lies; null for its top.</param>
public sealed record LockedRepository(string Type, string? Url, string? Path, string? RequestedRevision, string CommitId, string? Subdirectory) : LockedSource;

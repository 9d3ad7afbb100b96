using Anchorage.Packaging;
using Anchorage.Server.Storage;
using Anchorage.Server.Upstreams;

namespace Anchorage.Server.Index;

/// <summary>
/// Something that answers the Simple API: hosted packages, a mirror of an upstream, or a group of both. Each answer
/// tells apart "it has it", "it positively does not" and "it cannot say": a group goes on only after the second.
/// Treating the third as the second would let a private name resolve to a stranger's package during an outage.
/// </summary>
internal interface IPackageIndex
{
    /// <summary>Every project.</summary>
    ValueTask<IndexAnswer<ListSnapshot>> ListProjectsAsync(CancellationToken cancellationToken);

    /// <summary>One project's page.</summary>
    ValueTask<IndexAnswer<ProjectSnapshot>> GetProjectAsync(ProjectName project, CancellationToken cancellationToken);

    /// <summary>A file, or the core metadata of one.</summary>
    ValueTask<IndexAnswer<OpenedFile>> OpenFileAsync(FileRequest request, CancellationToken cancellationToken);
}

/// <summary>A closed answer of an index.</summary>
internal abstract record IndexAnswer<T>
{
    public sealed record Found(T Value) : IndexAnswer<T>;

    /// <summary>Positively not there.</summary>
    public sealed record Absent : IndexAnswer<T>
    {
        public static Absent Instance { get; } = new();
    }

    /// <summary>Somebody else's failure; nothing is known.</summary>
    public sealed record Unavailable(UpstreamFailure Failure) : IndexAnswer<T>;
}

/// <summary>Which state of which index an answer shows: equal stamps mean equal pages.</summary>
internal readonly record struct Stamp(long IndexId, long Value);

/// <summary>
/// A project's page as of one instant. The document is read only when a page has to be prepared: requests for a page
/// that is prepared already compare the stamp and no more.
/// </summary>
internal sealed record ProjectSnapshot(Stamp Stamp, long? LastSerial, Func<CancellationToken, Task<ProjectDetail>> ReadAsync)
{
    /// <summary>Set where an upstream failed and this is what was known before.</summary>
    public Staleness? Staleness { get; init; }

    /// <summary>Asks the upstream anew, for whoever misses something on this page; null where there is nobody to ask.</summary>
    public Func<CancellationToken, Task<IndexAnswer<ProjectSnapshot>>>? AskAgain { get; init; }
}

/// <summary>The list of projects as of one instant.</summary>
internal sealed record ListSnapshot(Stamp Stamp, long? LastSerial, Func<CancellationToken, Task<ProjectList>> ReadAsync)
{
    /// <summary>Set where an upstream failed and this is what was known before.</summary>
    public Staleness? Staleness { get; init; }
}

/// <summary>How old a stale answer is, and why it is stale.</summary>
internal sealed record Staleness(TimeSpan Age, string Reason);

/// <summary>A file by the digest and name in its URL. The locator is the file's SHA-256 wherever that is known.</summary>
internal sealed record FileRequest(ProjectName Project, string Filename, Sha256Digest Locator, FilePart Part)
{
    /// <summary>
    /// The project was guessed from a file name that no parser takes. A guess is looked up in what is known here and
    /// never asked of an upstream: it may be a part of a private name.
    /// </summary>
    public bool IsGuess { get; init; }
}

/// <summary>What of a file is asked for.</summary>
internal enum FilePart
{
    Content,

    /// <summary>The exact bytes of METADATA (PEP 658, PEP 714).</summary>
    Metadata,
}

/// <summary>A file ready to be sent.</summary>
internal abstract record OpenedFile(string Filename)
{
    /// <summary>Bytes in the store.</summary>
    public sealed record Stored(string Filename, Sha256Digest Digest, StoredBlob Blob, DateTimeOffset PublishedAt) : OpenedFile(Filename);

    /// <summary>Bytes that an upstream has: <see cref="Fetch"/> begins or joins their way into the store. A HEAD does not need it.</summary>
    public sealed record Upstream(string Filename, Sha256Digest? ExpectedDigest, long? ExpectedSize, Func<FileFetch> Fetch) : OpenedFile(Filename)
    {
        /// <summary>The last attempt failed or brought other bytes: another source that names the same digest comes first.</summary>
        public bool HasFailedLately { get; init; }
    }
}

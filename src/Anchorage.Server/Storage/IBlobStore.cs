using Anchorage.Packaging;

namespace Anchorage.Server.Storage;

/// <summary>Immutable bytes by SHA-256. A blob is never overwritten; whoever publishes the same bytes twice changes nothing.</summary>
internal interface IBlobStore
{
    /// <summary>A private local file to write to. Disposing it without publishing removes it.</summary>
    StagedBlob Stage();

    /// <summary>Makes the staged bytes durable under <paramref name="digest"/> (which the caller computed while writing). Durable on return.</summary>
    Task PublishAsync(StagedBlob staged, Sha256Digest digest, CancellationToken cancellationToken);

    /// <summary>The blob, or null.</summary>
    ValueTask<StoredBlob?> FindAsync(Sha256Digest digest, CancellationToken cancellationToken);

    /// <summary>Removes a blob; no error where it is gone.</summary>
    Task DeleteAsync(Sha256Digest digest, CancellationToken cancellationToken);

    /// <summary>Every stored blob, in no order.</summary>
    IAsyncEnumerable<Sha256Digest> ListAsync(CancellationToken cancellationToken);
}

/// <summary>A stored blob: its length, and either a local path (which may be sent with sendfile) or a stream.</summary>
internal sealed record StoredBlob(long Length, string LocalPath)
{
    public FileStream OpenRead() => throw new NotImplementedException();
}

/// <summary>Bytes on their way into the store. One writer; readers may follow the growing file.</summary>
internal sealed class StagedBlob : IDisposable
{
    /// <summary>Append-only, unbuffered by us: what WriteAsync returned for is visible to readers.</summary>
    public Stream Writer => throw new NotImplementedException();

    /// <summary>A reader from position 0 that sees what is written so far.</summary>
    public FileStream OpenReader() => throw new NotImplementedException();

    public void Dispose() => throw new NotImplementedException();
}

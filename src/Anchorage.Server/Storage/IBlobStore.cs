using Anchorage.Packaging;

namespace Anchorage.Server.Storage;

/// <summary>Immutable bytes by SHA-256. A blob is never overwritten; whoever publishes the same bytes twice changes nothing.</summary>
internal interface IBlobStore
{
    /// <summary>A private local file to write to. Disposing it without publishing removes it.</summary>
    /// <exception cref="StorageFullException">The disk is full.</exception>
    StagedBlob Stage();

    /// <summary>Makes the staged bytes durable under <paramref name="digest"/> (which the caller computed while writing). Durable on return.</summary>
    /// <exception cref="StorageFullException">The disk is full; nothing is published.</exception>
    Task PublishAsync(StagedBlob staged, Sha256Digest digest, CancellationToken cancellationToken);

    /// <summary>The blob, or null.</summary>
    ValueTask<StoredBlob?> FindAsync(Sha256Digest digest, CancellationToken cancellationToken);

    /// <summary>
    /// Removes a blob; no error where it is gone. The same bytes may be on their way in under another name at this very
    /// moment: only a caller that keeps publishers out (fsck with the server stopped) may remove what has just no row.
    /// </summary>
    Task DeleteAsync(Sha256Digest digest, CancellationToken cancellationToken);

    /// <summary>Every stored blob, in no order.</summary>
    IAsyncEnumerable<Sha256Digest> ListAsync(CancellationToken cancellationToken);

    /// <summary>Fails where nothing could be stored at the moment: for the readiness check.</summary>
    void CheckWritable();
}

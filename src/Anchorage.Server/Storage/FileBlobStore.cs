// Life of a blob:
//   1 staged    created exclusively in staging/, mode 0600; the caller hashes while it writes
//   2 synced    fsync of the file: its bytes are on disk under a name nobody looks for
//   3 linked    link(2) to blobs/aa/HEX: the name appears at once, whole, and never replaces another
//   4 durable   fsync of blobs/aa: the name is on disk; only now may a row refer to it
//   5 unstaged  the staging name is removed by Dispose, or at the next start
// A crash before 4 leaves garbage at worst: nothing refers to it.
using System.Runtime.CompilerServices;
using Anchorage.Packaging;

namespace Anchorage.Server.Storage;

/// <summary>Blobs as files below one directory.</summary>
internal sealed class FileBlobStore : IBlobStore
{
    private readonly string blobs;
    private readonly string staging;

    /// <summary>Creates the 256 directories where they are missing.</summary>
    public FileBlobStore(DataDirectory directory)
    {
        blobs = directory.Blobs;
        staging = directory.Staging;
        if (!directory.IsLocked)
            return;
        for (var shard = 0; shard < 256; shard++)
        {
            var path = Path.Combine(blobs, shard.ToString("x2", System.Globalization.CultureInfo.InvariantCulture));
            if (!Directory.Exists(path))
                DurableFile.CreateDirectory(path);
        }
    }

    public StagedBlob Stage() => new(Path.Combine(staging, Guid.NewGuid().ToString("n")));

    // A thread of its own: three syncs in a row would hold up one of the pool's few, and with it the requests behind it.
    public Task PublishAsync(StagedBlob staged, Sha256Digest digest, CancellationToken cancellationToken) =>
        Task.Factory.StartNew(() => Publish(staged, digest), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private void Publish(StagedBlob staged, Sha256Digest digest)
    {
        staged.Sync();
        var path = PathOf(digest);
        if (!DurableFile.TryLink(staged.StagingPath, path) && new FileInfo(path).Length != staged.Length)
        {
            throw new IOException(
                $"The stored blob {digest} is damaged: it has another length than the bytes of that digest. Run `anchorage-server fsck`.");
        }
        // Also where the name was taken: whoever took it may not have come this far yet.
        DurableFile.SyncDirectory(Path.GetDirectoryName(path)!);
        staged.MarkPublished(path);
    }

    public ValueTask<StoredBlob?> FindAsync(Sha256Digest digest, CancellationToken cancellationToken)
    {
        var file = new FileInfo(PathOf(digest));
        return ValueTask.FromResult(file.Exists ? new StoredBlob(file.Length, file.FullName) : null);
    }

    public Task DeleteAsync(Sha256Digest digest, CancellationToken cancellationToken) =>
        Task.Run(() => DurableFile.Delete(PathOf(digest)), cancellationToken);

    public async IAsyncEnumerable<Sha256Digest> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        if (!Directory.Exists(blobs))
            yield break;
        foreach (var shard in Directory.EnumerateDirectories(blobs))
        {
            foreach (var path in Directory.EnumerateFiles(shard))
            {
                cancellationToken.ThrowIfCancellationRequested();
                var name = Path.GetFileName(path);
                // Sha256Digest also reads upper case; a file of such a name is not one of ours and is never served.
                if (Sha256Digest.TryParse(name, out var digest) && path == PathOf(digest))
                    yield return digest;
            }
        }
    }

    public void CheckWritable()
    {
        var probe = Path.Combine(staging, "probe-" + Guid.NewGuid().ToString("n"));
        try
        {
            using var handle = DurableFile.CreateNew(probe, DurableFile.OwnerOnly);
            RandomAccess.Write(handle, "anchorage"u8, 0);
        }
        catch (IOException exception) when (StorageFullException.Means(exception))
        {
            throw new StorageFullException(exception);
        }
        finally
        {
            File.Delete(probe);
        }
    }

    private string PathOf(Sha256Digest digest)
    {
        var hex = digest.ToString();
        return Path.Combine(blobs, hex[..2], hex);
    }
}

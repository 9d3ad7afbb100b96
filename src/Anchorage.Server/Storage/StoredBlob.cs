namespace Anchorage.Server.Storage;

/// <summary>A stored blob: its length, and its local path (which may be sent with sendfile).</summary>
internal sealed record StoredBlob(long Length, string LocalPath)
{
    /// <summary>Opens it for reading. Who has it open reads to the end even when the blob is deleted meanwhile.</summary>
    public FileStream OpenRead() => BlobStream.OpenRead(LocalPath);
}

/// <summary>How files of blobs are opened for reading.</summary>
internal static class BlobStream
{
    // No buffer of its own: callers copy in large pieces. SequentialScan doubles the kernel's read-ahead.
    public static FileStream OpenRead(string path) => new(path, new FileStreamOptions
    {
        Mode = FileMode.Open,
        Access = FileAccess.Read,
        Share = FileShare.ReadWrite | FileShare.Delete,
        BufferSize = 0,
        Options = FileOptions.Asynchronous | FileOptions.SequentialScan,
    });
}

using Microsoft.Win32.SafeHandles;

namespace Anchorage.Server.Storage;

/// <summary>Bytes on their way into the store. One writer; readers may follow the growing file.</summary>
internal sealed class StagedBlob : IDisposable
{
    private readonly SafeFileHandle handle;
    private readonly AppendStream writer;
    private volatile string path;
    private int isDisposed;

    public StagedBlob(string path)
    {
        this.path = path;
        StagingPath = path;
        handle = DurableFile.CreateNew(path, DurableFile.OwnerOnly);
        writer = new AppendStream(handle);
    }

    /// <summary>Append-only, unbuffered by us: what WriteAsync returned for is visible to readers.</summary>
    public Stream Writer => writer;

    /// <summary>The bytes written so far. A reader that has read as many must wait for more, or for the end.</summary>
    public long Length => writer.Length;

    /// <summary>Where the bytes are staged. The store gives them their name by a link.</summary>
    public string StagingPath { get; }

    /// <summary>A reader from position 0 that sees what is written so far. It stays readable after Dispose.</summary>
    public FileStream OpenReader() => BlobStream.OpenRead(path);

    /// <summary>Makes what was written durable under the staging name.</summary>
    public void Sync() => DurableFile.Sync(handle);

    /// <summary>Readers who come from here on open the published file: the staged name goes with Dispose.</summary>
    public void MarkPublished(string publishedPath) => path = publishedPath;

    public void Dispose()
    {
        if (Interlocked.Exchange(ref isDisposed, 1) != 0)
            return;
        handle.Dispose();
        File.Delete(StagingPath);
    }

    /// <summary>Appends at its own position, so that readers can share the file without sharing a position.</summary>
    private sealed class AppendStream(SafeFileHandle handle) : Stream
    {
        private long length;

        public override bool CanRead => false;
        public override bool CanSeek => false;
        public override bool CanWrite => true;
        public override long Length => Volatile.Read(ref length);
        public override long Position { get => Length; set => throw new NotSupportedException(); }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            try
            {
                RandomAccess.Write(handle, buffer, length);
            }
            catch (IOException exception) when (StorageFullException.Means(exception))
            {
                throw new StorageFullException(exception);
            }
            Volatile.Write(ref length, length + buffer.Length);
        }

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            try
            {
                await RandomAccess.WriteAsync(handle, buffer, length, cancellationToken);
            }
            catch (IOException exception) when (StorageFullException.Means(exception))
            {
                throw new StorageFullException(exception);
            }
            Volatile.Write(ref length, length + buffer.Length);
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override void Flush()
        {
        }

        public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;
        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
    }
}

using System.Buffers;
using System.Security.Cryptography;
using Anchorage.Server.Storage;

namespace Anchorage.Server.Index;

/// <summary>
/// Takes a page while it is rendered or compressed. A page of usual size stays in memory; a list of a public index (40 MB
/// for 750,000 names) goes to a file without a name, so that it costs disk and not memory.
/// </summary>
internal sealed class PageSink(Func<UnnamedFile>? createFile) : Stream, IBufferWriter<byte>
{
    /// <summary>Larger pages go to a file. The page of a project with 5,000 files has 2.8 MB.</summary>
    private const int MaxInMemory = 4 << 20;

    private byte[] buffer = new byte[16 << 10];
    private int used;
    private UnnamedFile? file;
    private IncrementalHash? hash;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        var wanted = Math.Max(sizeHint, 1);
        if (buffer.Length - used < wanted)
            MakeRoom(wanted);
        return buffer.AsMemory(used);
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public void Advance(int count) => used += count;

    public override void Write(ReadOnlySpan<byte> content) => BuffersExtensions.Write(this, content);

    /// <summary>The first half of the SHA-256 of what was written, in hex. To be asked for once.</summary>
    public string Digest()
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        if (hash is null)
        {
            SHA256.HashData(buffer.AsSpan(0, used), digest);
        }
        else
        {
            hash.AppendData(buffer.AsSpan(0, used));
            hash.GetHashAndReset(digest);
        }
        return Convert.ToHexStringLower(digest[..16]);
    }

    /// <summary>What was written, as a body. The sink is of no more use.</summary>
    public PreparedBody ToBody(string etag)
    {
        if (file is null)
            return new PreparedBody(etag, buffer.AsMemory(0, used).ToArray());
        file.Append(buffer.AsSpan(0, used));
        buffer = [];
        return new PreparedBody(etag, file);
    }

    private void MakeRoom(int wanted)
    {
        var needed = (long)used + wanted;
        if (needed > MaxInMemory && createFile is not null)
        {
            file ??= createFile();
            hash ??= IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            hash.AppendData(buffer.AsSpan(0, used));
            file.Append(buffer.AsSpan(0, used));
            used = 0;
            if (buffer.Length < wanted)
                buffer = new byte[wanted];
            return;
        }
        if (needed > Array.MaxLength)
            throw new InvalidOperationException("A page of more than 2 GiB cannot be prepared in memory.");
        Array.Resize(ref buffer, (int)Math.Clamp(buffer.Length * 2L, needed, Array.MaxLength));
    }

    protected override void Dispose(bool disposing)
    {
        hash?.Dispose();
        base.Dispose(disposing);
    }

    public override bool CanRead => false;
    public override bool CanSeek => false;
    public override bool CanWrite => true;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override void Write(byte[] content, int offset, int count) => Write(content.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override int Read(byte[] target, int offset, int count) => throw new NotSupportedException();
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();
}

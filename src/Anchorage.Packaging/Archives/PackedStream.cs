namespace Anchorage.Packaging;

/// <summary>
/// The packed bytes of one member: a part of another stream, read forward from where that stream stands. Its last byte
/// comes in a read of its own, so that <see cref="IsAtEnd"/> tells whether an unpacker needed every byte: one that was
/// done before it never asked for the last. Closing it leaves the other stream open.
/// </summary>
internal sealed class PackedStream(Stream inner, long length) : Stream
{
    private long left = length;

    /// <summary>Whether every byte has been asked for. Bytes that no unpacker reads are where a second content hides.</summary>
    public bool IsAtEnd => left == 0;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        var most = left > 1 ? left - 1 : left;
        var read = inner.Read(buffer[..(int)Math.Min(buffer.Length, most)]);
        left -= read;
        return read;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}

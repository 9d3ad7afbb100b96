// What a peer sends, seen before TLS code interprets it: an alert by its number, a page in clear text, and no more bytes than a handshake may have.

using System.Text;

namespace Anchorage.Trust;

/// <summary>Passes everything through and remembers the beginning of what was received.</summary>
internal sealed class RecordWatch(Stream inner) : Stream
{
    private const int Kept = 2048;
    private const int LongestHandshake = 512 * 1024;
    private readonly byte[] beginning = new byte[Kept];
    private long received;

    /// <summary>Bytes received are counted against the bound while this is set.</summary>
    public bool IsHandshaking { get; set; } = true;

    public bool HasReceived => received > 0;

    /// <summary>The first bytes are a TLS record: handshake, alert, or an old SSLv2 hello.</summary>
    public bool SpeaksTls => received == 0 || beginning[0] is 0x14 or 0x15 or 0x16 or 0x17;

    /// <summary>The first bytes as text, where they are no TLS.</summary>
    public string? ClearText =>
        SpeaksTls ? null : DistinguishedName.Printable(Encoding.Latin1.GetString(beginning, 0, (int)Math.Min(received, 200)));

    /// <summary>The number of the first alert in clear text; null where none is among the first records.</summary>
    public int? Alert
    {
        get
        {
            var bytes = beginning.AsSpan(0, (int)Math.Min(received, Kept));
            while (bytes.Length >= 7 && bytes[0] is 0x14 or 0x15 or 0x16)
            {
                var length = (bytes[3] << 8) | bytes[4];
                // Longer ones are encrypted; the first byte tells a warning from a fatal alert, some servers mix them up.
                if (bytes[0] == 0x15)
                    return length == 2 ? bytes[6] : null;
                if (bytes.Length < 5 + length)
                    return null;
                bytes = bytes[(5 + length)..];
            }
            return null;
        }
    }

    public override bool CanRead => true;
    public override bool CanWrite => true;
    public override bool CanSeek => false;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = await inner.ReadAsync(buffer, cancellationToken);
        Note(buffer.Span[..count]);
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count)
    {
        var read = inner.Read(buffer, offset, count);
        Note(buffer.AsSpan(offset, read));
        return read;
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => inner.WriteAsync(buffer, cancellationToken);

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        inner.WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);

    public override void Flush() => inner.Flush();

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }

    private void Note(ReadOnlySpan<byte> bytes)
    {
        if (received < Kept)
            bytes[..(int)Math.Min(bytes.Length, Kept - received)].CopyTo(beginning.AsSpan((int)received));
        received += bytes.Length;
        if (IsHandshaking && received > LongestHandshake)
            throw new WireException(ProbePhase.Handshake, WireFailure.Malformed, $"more than {LongestHandshake / 1024} KiB before the handshake ended");
    }
}

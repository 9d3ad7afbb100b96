namespace Anchorage.Server.Audit;

/// <summary>Reads one segment frame by frame, up to the first that is not whole.</summary>
internal sealed class AuditSegmentReader : IDisposable
{
    private readonly FileStream file;
    private readonly byte[] frameStart = new byte[AuditFrames.FrameOverhead];
    private readonly byte[] payload = new byte[AuditFrames.MaxPayload];

    /// <exception cref="AuditDamagedException">It does not begin like a segment.</exception>
    public AuditSegmentReader(string path)
    {
        Path = path;
        file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 128 * 1024);
        Span<byte> header = stackalloc byte[AuditFrames.HeaderLength];
        if (file.ReadAtLeast(header, header.Length, throwOnEndOfStream: false) < header.Length
            || !AuditFrames.TryReadHeader(header, out var firstSequence))
        {
            file.Dispose();
            throw new AuditDamagedException(path, 0, "it does not begin with the header of a segment.");
        }
        FirstSequence = firstSequence;
        End = AuditFrames.HeaderLength;
    }

    public string Path { get; }

    public long FirstSequence { get; }

    /// <summary>Where the last whole frame read so far ends.</summary>
    public long End { get; private set; }

    /// <summary>Bytes after <see cref="End"/>. Once reading has stopped: what is not a whole frame.</summary>
    public long BytesAfterEnd => file.Length - End;

    /// <summary>The next payload, valid until the next call; false at the first frame that is not whole.</summary>
    public bool TryRead(out ReadOnlyMemory<byte> content)
    {
        content = default;
        if (file.ReadAtLeast(frameStart, frameStart.Length, throwOnEndOfStream: false) < frameStart.Length
            || AuditFrames.PayloadLength(frameStart) is not { } length
            || file.ReadAtLeast(payload.AsSpan(0, length), length, throwOnEndOfStream: false) < length
            || !AuditFrames.IsIntact(frameStart, payload.AsSpan(0, length)))
        {
            return false;
        }
        End += AuditFrames.FrameOverhead + length;
        content = payload.AsMemory(0, length);
        return true;
    }

    public void Dispose() => file.Dispose();
}

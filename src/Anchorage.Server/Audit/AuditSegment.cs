using System.Globalization;
using Anchorage.Server.Storage;
using Microsoft.Win32.SafeHandles;

namespace Anchorage.Server.Audit;

/// <summary>The segment that is being written: <c>wal-N.log</c>, the last one of its directory.</summary>
internal sealed class AuditSegment : IDisposable
{
    private readonly SafeFileHandle handle;
    private readonly string path;
    private readonly int number;

    private AuditSegment(string path, int number, long length, long nextSequence)
    {
        this.path = path;
        this.number = number;
        handle = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        DurableLength = length;
        NextSequence = nextSequence;
    }

    /// <summary>Up to here the content is on disk.</summary>
    public long DurableLength { get; private set; }

    /// <summary>The sequence number of the first event that is not on disk.</summary>
    public long NextSequence { get; private set; }

    /// <summary>The segments of a directory, in order.</summary>
    public static List<(int Number, string Path)> List(string directory)
    {
        var segments = new List<(int Number, string Path)>();
        foreach (var path in Directory.EnumerateFiles(directory, "wal-*.log"))
        {
            if (int.TryParse(Path.GetFileNameWithoutExtension(path.AsSpan())["wal-".Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                segments.Add((number, path));
        }
        segments.Sort();
        return segments;
    }

    /// <summary>
    /// Continues the last segment, cut after its last whole frame: what follows was never reported as durable. What is
    /// cut off is kept beside it (<c>wal-N.log.tail-OFFSET</c>) for whoever wants to look.
    /// </summary>
    public static AuditSegment OpenLast(string directory, ILogger logger)
    {
        if (List(directory) is not [.., var (number, path)])
            return Create(directory, 1, 1);

        long end, after, next;
        using (var reader = new AuditSegmentReader(path))
        {
            next = reader.FirstSequence;
            while (reader.TryRead(out _))
                next++;
            (end, after) = (reader.End, reader.BytesAfterEnd);
        }
        var segment = new AuditSegment(path, number, end, next);
        if (after > 0)
        {
            segment.KeepTail(after);
            segment.CutToDurable();
            logger.LogWarning("The audit record {File} ended in {Bytes} bytes that are no whole event; the record continues before them, with event {Sequence}.",
                path, after, next);
        }
        return segment;
    }

    /// <summary>Writes after what was written before; durable after <see cref="Sync"/>.</summary>
    public void Write(ReadOnlySpan<byte> frames, long offset) => RandomAccess.Write(handle, frames, offset);

    /// <summary>Makes everything up to <paramref name="length"/> durable.</summary>
    public void Sync(long length, long nextSequence)
    {
        RandomAccess.FlushToDisk(handle);
        DurableLength = length;
        NextSequence = nextSequence;
    }

    /// <summary>The segment to write to when this one is full.</summary>
    public AuditSegment CreateNext()
    {
        var next = Create(Path.GetDirectoryName(path)!, number + 1, NextSequence);
        Dispose();
        return next;
    }

    /// <summary>
    /// After a failed write or sync: forgets what may or may not be on disk, then goes on in a fresh segment. A sync is
    /// never tried again on the same pages: after an error the kernel calls them clean although they were not written.
    /// </summary>
    public AuditSegment Recover()
    {
        CutToDurable();
        return DurableLength == AuditFrames.HeaderLength ? this : CreateNext();
    }

    public void Dispose() => handle.Dispose();

    private static AuditSegment Create(string directory, int number, long firstSequence)
    {
        while (true)
        {
            var path = Path.Combine(directory, string.Create(CultureInfo.InvariantCulture, $"wal-{number:d8}.log"));
            if (DurableFile.TryCreate(path, AuditFrames.Header(firstSequence), DurableFile.OwnerOnly))
                return new AuditSegment(path, number, AuditFrames.HeaderLength, firstSequence);
            // An attempt that failed after the name was there left an empty segment: harmless, the next number follows it.
            number++;
        }
    }

    private void CutToDurable()
    {
        RandomAccess.SetLength(handle, DurableLength);
        RandomAccess.FlushToDisk(handle);
    }

    private void KeepTail(long length)
    {
        // A torn batch is small; a cap keeps a file that was overgrown by something else from being read into memory.
        var tail = new byte[Math.Min(length, 16 * 1024 * 1024)];
        var read = RandomAccess.Read(handle, tail, DurableLength);
        if (tail.AsSpan(0, read).ContainsAnyExcept((byte)0))
            DurableFile.TryCreate(string.Create(CultureInfo.InvariantCulture, $"{path}.tail-{DurableLength}"), tail.AsSpan(0, read), DurableFile.OwnerOnly);
    }
}

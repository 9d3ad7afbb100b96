using System.Buffers.Binary;

namespace Anchorage.Packaging;

/// <summary>
/// The header and the trailer of a gzip file (RFC 1952). The BCL's stream takes a missing end for the end, goes on with a
/// further member, and passes over anything else behind the first; so the frame is read here, and the BCL only inflates.
/// </summary>
internal static class GzipHeader
{
    /// <summary>CRC-32 and length of the content.</summary>
    public const int TrailerLength = 8;

    private const int FixedLength = 10;
    private const byte Deflate = 8;

    /// <summary>The original name and a comment: gzip writes a file's name.</summary>
    private const int MaxTextBytes = 4096;

    [Flags]
    private enum Flag : byte
    {
        HeaderChecksum = 2,
        Extra = 4,
        Name = 8,
        Comment = 16,
        Reserved = 0xE0,
    }

    /// <summary>Reads from the first byte of the file to the first of the deflated content.</summary>
    public static void Skip(Stream stream)
    {
        Span<byte> header = stackalloc byte[FixedLength];
        if (stream.Length < FixedLength + TrailerLength)
            throw Refuse();
        stream.ReadExactly(header);
        var flags = (Flag)header[3];
        if (!header.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B, Deflate]) || (flags & Flag.Reserved) != 0)
            throw Refuse();
        if (flags.HasFlag(Flag.Extra))
        {
            stream.ReadExactly(header[..2]);
            stream.Seek(BinaryPrimitives.ReadUInt16LittleEndian(header), SeekOrigin.Current);
        }
        if (flags.HasFlag(Flag.Name))
            SkipText(stream);
        if (flags.HasFlag(Flag.Comment))
            SkipText(stream);
        if (flags.HasFlag(Flag.HeaderChecksum))
            stream.Seek(2, SeekOrigin.Current);
        if (stream.Position > stream.Length - TrailerLength)
            throw Refuse();
    }

    private static void SkipText(Stream stream)
    {
        for (var i = 0; i < MaxTextBytes; i++)
        {
            if (stream.ReadByte() <= 0)
                return;
        }
        throw Refuse();
    }

    /// <summary>What the file's last bytes say of its content: CRC-32, and the length modulo 2^32.</summary>
    public static (uint Checksum, uint Length) ReadTrailer(Stream stream)
    {
        Span<byte> trailer = stackalloc byte[TrailerLength];
        stream.Position = stream.Length - TrailerLength;
        stream.ReadExactly(trailer);
        return (BinaryPrimitives.ReadUInt32LittleEndian(trailer), BinaryPrimitives.ReadUInt32LittleEndian(trailer[4..]));
    }

    private static InvalidDistributionException Refuse() => new("tar-framing", null, "The file is no gzip file, or it is damaged. Build or copy it again.");
}

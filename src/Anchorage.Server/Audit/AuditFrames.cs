// The form of a segment, little-endian:
//   header  8 bytes "ANCHAUD1", 8 bytes sequence number of its first event, 4 bytes CRC32C of these 16
//   frame   4 bytes length of the payload (1 … 65,535), 4 bytes CRC32C of length and payload, payload (JSON, UTF-8)
// A length of zero is never written, so that a tail of zeros, which file systems leave after a power cut, is no frame.
using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Anchorage.Server.Audit;

/// <summary>Reads and writes headers and frames in memory.</summary>
internal static class AuditFrames
{
    public const int HeaderLength = 20;
    public const int FrameOverhead = 8;

    /// <summary>What an entry of a tlog-tiles bundle can hold (uint16 length).</summary>
    public const int MaxPayload = ushort.MaxValue;

    private static ReadOnlySpan<byte> Magic => "ANCHAUD1"u8;

    public static byte[] Header(long firstSequence)
    {
        var header = new byte[HeaderLength];
        Magic.CopyTo(header);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(8), firstSequence);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(16), Crc32C(header.AsSpan(0, 16)));
        return header;
    }

    public static bool TryReadHeader(ReadOnlySpan<byte> header, out long firstSequence)
    {
        firstSequence = 0;
        if (header.Length < HeaderLength || !header.StartsWith(Magic)
            || BinaryPrimitives.ReadUInt32LittleEndian(header[16..]) != Crc32C(header[..16]))
        {
            return false;
        }
        firstSequence = BinaryPrimitives.ReadInt64LittleEndian(header[8..]);
        return true;
    }

    /// <summary>Writes the 8 bytes that go before a payload.</summary>
    public static void WriteFrameStart(Span<byte> target, ReadOnlySpan<byte> payload)
    {
        BinaryPrimitives.WriteInt32LittleEndian(target, payload.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(target[4..], Checksum(target[..4], payload));
    }

    /// <summary>The payload length that a frame start announces, or null where it is not the start of a frame.</summary>
    public static int? PayloadLength(ReadOnlySpan<byte> frameStart) =>
        BinaryPrimitives.ReadInt32LittleEndian(frameStart) is > 0 and <= MaxPayload and var length ? length : null;

    public static bool IsIntact(ReadOnlySpan<byte> frameStart, ReadOnlySpan<byte> payload) =>
        BinaryPrimitives.ReadUInt32LittleEndian(frameStart[4..]) == Checksum(frameStart[..4], payload);

    private static uint Checksum(ReadOnlySpan<byte> length, ReadOnlySpan<byte> payload) =>
        ~Crc32C(Crc32C(uint.MaxValue, length), payload);

    private static uint Crc32C(ReadOnlySpan<byte> bytes) => ~Crc32C(uint.MaxValue, bytes);

    // One instruction per eight bytes on x64 and arm64.
    private static uint Crc32C(uint crc, ReadOnlySpan<byte> bytes)
    {
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (var word in words)
            crc = BitOperations.Crc32C(crc, word);
        foreach (var b in bytes[(words.Length * sizeof(ulong))..])
            crc = BitOperations.Crc32C(crc, b);
        return crc;
    }
}

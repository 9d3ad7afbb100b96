using System.Buffers.Binary;

namespace Anchorage.Packaging;

/// <summary>Where the central directory is, from the records at the end of a ZIP archive (APPNOTE 4.3.14–4.3.16).</summary>
internal readonly record struct ZipEnd(long DirectoryOffset, long DirectorySize, long Entries)
{
    private const uint EndSignature = 0x06054b50;
    private const uint Zip64EndSignature = 0x06064b50;
    private const uint Zip64LocatorSignature = 0x07064b50;
    private const int EndLength = 22;
    private const int Zip64EndLength = 56;
    private const int LocatorLength = 20;

    /// <summary>
    /// Takes the last end record of the file, as every reader does, and insists that it ends the file: bytes behind it
    /// are what a second reader would take for another archive.
    /// </summary>
    public static ZipEnd Read(Stream stream)
    {
        var length = stream.Length;
        var tail = new byte[(int)Math.Min(length, EndLength + ushort.MaxValue)];
        stream.Position = length - tail.Length;
        stream.ReadExactly(tail);
        var at = tail.AsSpan().LastIndexOf("PK\x05\x06"u8);
        if (at < 0 || tail.Length - at < EndLength)
            throw ZipArchiveReader.Refuse("The file is no ZIP archive, or it is cut off: it has no end record. Build or copy it again.");
        var end = tail.AsSpan(at);
        if (BinaryPrimitives.ReadUInt16LittleEndian(end[20..]) != end.Length - EndLength)
            throw ZipArchiveReader.Refuse("The archive has bytes behind its end record.");
        if (BinaryPrimitives.ReadUInt32LittleEndian(end[4..]) != 0)
            throw ZipArchiveReader.Refuse("The archive claims to be split over several disks.");
        var entries = BinaryPrimitives.ReadUInt16LittleEndian(end[10..]);
        if (BinaryPrimitives.ReadUInt16LittleEndian(end[8..]) != entries)
            throw ZipArchiveReader.Refuse("The archive's end record contradicts itself about the number of members.");
        var plain = new ZipEnd(BinaryPrimitives.ReadUInt32LittleEndian(end[16..]), BinaryPrimitives.ReadUInt32LittleEndian(end[12..]), entries);
        var endOffset = length - end.Length;
        var result = ReadZip64(stream, endOffset, plain, out var directoryEnd);
        if (result.DirectorySize < 0 || result.DirectoryOffset < 0 || result.DirectoryOffset > directoryEnd || directoryEnd - result.DirectoryOffset != result.DirectorySize)
            throw ZipArchiveReader.Refuse("The archive's central directory is not where its end record says; the file has been altered, or has bytes in front of it.");
        return result;
    }

    private static ZipEnd ReadZip64(Stream stream, long endOffset, ZipEnd plain, out long directoryEnd)
    {
        directoryEnd = endOffset;
        var isFull = plain.Entries == ushort.MaxValue || plain.DirectorySize == uint.MaxValue || plain.DirectoryOffset == uint.MaxValue;
        var record = new byte[Zip64EndLength + LocatorLength];
        var recordOffset = endOffset - record.Length;
        if (recordOffset >= 0)
        {
            stream.Position = recordOffset;
            stream.ReadExactly(record);
        }
        var locator = record.AsSpan(Zip64EndLength);
        if (recordOffset < 0 || BinaryPrimitives.ReadUInt32LittleEndian(locator) != Zip64LocatorSignature)
        {
            return isFull ? throw ZipArchiveReader.Refuse("The archive's end record points to a ZIP64 record that is not there.") : plain;
        }
        // Exactly one place is right for the ZIP64 record, without room for extensible data between it and the locator.
        if (BinaryPrimitives.ReadUInt32LittleEndian(record) != Zip64EndSignature
            || BinaryPrimitives.ReadUInt64LittleEndian(record.AsSpan(4)) != Zip64EndLength - 12
            || BinaryPrimitives.ReadUInt64LittleEndian(locator[8..]) != (ulong)recordOffset
            || BinaryPrimitives.ReadUInt32LittleEndian(locator[4..]) != 0
            || BinaryPrimitives.ReadUInt32LittleEndian(locator[16..]) != 1
            || BinaryPrimitives.ReadUInt64LittleEndian(record.AsSpan(16)) != 0)
            throw ZipArchiveReader.Refuse("The archive's ZIP64 end record and its locator do not fit together.");
        var full = new ZipEnd(
            BinaryPrimitives.ReadInt64LittleEndian(record.AsSpan(48)),
            BinaryPrimitives.ReadInt64LittleEndian(record.AsSpan(40)),
            BinaryPrimitives.ReadInt64LittleEndian(record.AsSpan(32)));
        if (BinaryPrimitives.ReadInt64LittleEndian(record.AsSpan(24)) != full.Entries || !plain.Agrees(full))
            throw ZipArchiveReader.Refuse("The archive's two end records contradict each other.");
        directoryEnd = recordOffset;
        return full;
    }

    /// <summary>A field of the short record either has the value or says, by all ones, that the long one has it.</summary>
    private bool Agrees(ZipEnd full) =>
        (Entries == full.Entries || Entries == ushort.MaxValue)
        && (DirectorySize == full.DirectorySize || DirectorySize == uint.MaxValue)
        && (DirectoryOffset == full.DirectoryOffset || DirectoryOffset == uint.MaxValue);
}

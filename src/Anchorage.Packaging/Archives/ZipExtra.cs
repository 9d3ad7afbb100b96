using System.Buffers.Binary;

namespace Anchorage.Packaging;

/// <summary>The extra field of a ZIP header (APPNOTE 4.5): records that must fill it exactly.</summary>
internal static class ZipExtra
{
    private const ushort Zip64 = 0x0001;
    private const ushort UnicodePath = 0x7075;

    /// <summary>
    /// Replaces sizes and offset that are all ones in the header by those of the ZIP64 record. The record has exactly the
    /// values that are missing: anything more or less is read differently by different unpackers.
    /// </summary>
    public static void Apply(ReadOnlySpan<byte> extra, ref long size, ref long packedSize, ref long offset)
    {
        var zip64 = ReadOnlySpan<byte>.Empty;
        var hasZip64 = false;
        while (!extra.IsEmpty)
        {
            if (extra.Length < 4)
                throw ZipArchiveReader.Refuse("A header's extra field is cut off.");
            var id = BinaryPrimitives.ReadUInt16LittleEndian(extra);
            var length = BinaryPrimitives.ReadUInt16LittleEndian(extra[2..]);
            if (length > extra.Length - 4)
                throw ZipArchiveReader.Refuse("A record in a header's extra field is longer than the field.");
            if (id == UnicodePath)
                throw ZipArchiveReader.Refuse("A member has a second name in its extra field; unpackers would disagree about which one holds.");
            if (id == Zip64 && hasZip64)
                throw ZipArchiveReader.Refuse("A member has two ZIP64 records.");
            if (id == Zip64)
            {
                hasZip64 = true;
                zip64 = extra.Slice(4, length);
            }
            extra = extra[(4 + length)..];
        }
        Replace(ref size, ref zip64);
        Replace(ref packedSize, ref zip64);
        Replace(ref offset, ref zip64);
        if (!zip64.IsEmpty)
            throw ZipArchiveReader.Refuse("A member's ZIP64 record does not match its header.");
        if (size < 0 || packedSize < 0 || offset < 0)
            throw ZipArchiveReader.Refuse("A member's sizes are beyond any file.");
    }

    private static void Replace(ref long value, ref ReadOnlySpan<byte> zip64)
    {
        if (value != uint.MaxValue)
            return;
        if (zip64.Length < 8)
            throw ZipArchiveReader.Refuse("A member's header points to a ZIP64 record that is missing or too short.");
        value = BinaryPrimitives.ReadInt64LittleEndian(zip64);
        zip64 = zip64[8..];
    }
}

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
    /// <param name="extra">The field.</param>
    /// <param name="member">Name of the member, for the refusal.</param>
    /// <param name="size">Size of the content.</param>
    /// <param name="packedSize">Size of the packed content.</param>
    /// <param name="offset">Offset of the local header.</param>
    public static void Apply(ReadOnlySpan<byte> extra, string member, ref long size, ref long packedSize, ref long offset)
    {
        var zip64 = ReadOnlySpan<byte>.Empty;
        var hasZip64 = false;
        while (!extra.IsEmpty)
        {
            if (extra.Length < 4)
                throw ZipArchiveReader.Refuse($"The extra field of '{member}' is cut off.", member);
            var id = BinaryPrimitives.ReadUInt16LittleEndian(extra);
            var length = BinaryPrimitives.ReadUInt16LittleEndian(extra[2..]);
            if (length > extra.Length - 4)
                throw ZipArchiveReader.Refuse($"A record in the extra field of '{member}' is longer than the field.", member);
            if (id == UnicodePath)
                throw ZipArchiveReader.Refuse($"'{member}' has a second name in its extra field; unpackers would disagree about which one holds.", member);
            if (id == Zip64 && hasZip64)
                throw ZipArchiveReader.Refuse($"'{member}' has two ZIP64 records.", member);
            if (id == Zip64)
            {
                hasZip64 = true;
                zip64 = extra.Slice(4, length);
            }
            extra = extra[(4 + length)..];
        }
        Replace(ref size, ref zip64, member);
        Replace(ref packedSize, ref zip64, member);
        Replace(ref offset, ref zip64, member);
        if (!zip64.IsEmpty)
            throw ZipArchiveReader.Refuse($"The ZIP64 record of '{member}' does not match its header.", member);
        if (size < 0 || packedSize < 0 || offset < 0)
            throw ZipArchiveReader.Refuse($"The sizes of '{member}' are beyond any file.", member);
    }

    private static void Replace(ref long value, ref ReadOnlySpan<byte> zip64, string member)
    {
        if (value != uint.MaxValue)
            return;
        if (zip64.Length < 8)
            throw ZipArchiveReader.Refuse($"The header of '{member}' points to a ZIP64 record that is missing or too short.", member);
        value = BinaryPrimitives.ReadInt64LittleEndian(zip64);
        zip64 = zip64[8..];
    }
}

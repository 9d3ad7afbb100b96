using System.Buffers.Binary;

namespace Anchorage.Packaging;

/// <summary>One header block of a tar archive (POSIX ustar; GNU where it differs).</summary>
internal readonly record struct TarHeader(byte[] Name, long Size, char Type)
{
    public static TarHeader Read(ReadOnlySpan<byte> block)
    {
        if (ReadNumber(block.Slice(148, 8)) is not { } stored || stored != Checksum(block))
            throw TarArchiveReader.Refuse("A header of the archive is damaged: its checksum is wrong.");
        if (ReadNumber(block.Slice(124, 12)) is not { } size || size < 0)
            throw TarArchiveReader.Refuse("A header of the archive has no valid size.");
        var name = UntilNul(block[..100]);
        // GNU tar keeps times where POSIX has the prefix; the magic tells them apart.
        var prefix = block.Slice(257, 6).SequenceEqual("ustar\0"u8) ? UntilNul(block.Slice(345, 155)) : [];
        return new TarHeader(prefix.IsEmpty ? name.ToArray() : [.. prefix, (byte)'/', .. name], size, (char)block[156]);
    }

    public static string Describe(char type) => type switch
    {
        '1' => "a hard link",
        '2' => "a symbolic link",
        '3' or '4' => "a device",
        '6' => "a named pipe",
        'S' => "a sparse file",
        'K' => "a link with a long target",
        _ => $"a member of a kind (0x{(int)type:X2}) that installers do not read",
    };

    private static ReadOnlySpan<byte> UntilNul(ReadOnlySpan<byte> field)
    {
        var end = field.IndexOf((byte)0);
        return end < 0 ? field : field[..end];
    }

    /// <summary>The sum of all bytes with the checksum's own field taken as blanks.</summary>
    private static long Checksum(ReadOnlySpan<byte> block)
    {
        var sum = 8L * ' ';
        for (var i = 0; i < block.Length; i++)
            sum += i is >= 148 and < 156 ? 0 : block[i];
        return sum;
    }

    /// <summary>Octal digits ended by blank or NUL, or (GNU) a big-endian number behind a byte 0x80; null for anything else.</summary>
    private static long? ReadNumber(ReadOnlySpan<byte> field)
    {
        if (field[0] == 0x80)
            return BinaryPrimitives.ReadInt64BigEndian(field[^8..]) is >= 0 and var large && !field[1..^8].ContainsAnyExcept((byte)0) ? large : null;
        var digits = UntilNul(field).Trim((byte)' ');
        var value = 0L;
        foreach (var digit in digits)
        {
            if (digit is < (byte)'0' or > (byte)'7')
                return null;
            value = (value * 8) + (digit - '0');
        }
        return value;
    }
}

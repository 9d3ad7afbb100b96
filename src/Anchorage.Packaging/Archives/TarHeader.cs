using System.Buffers.Binary;

namespace Anchorage.Packaging;

/// <summary>One header block of a tar archive (POSIX ustar; GNU where it differs).</summary>
internal readonly record struct TarHeader(byte[] Name, long Size, char Type)
{
    /// <summary>Offset of what POSIX calls the prefix of the name.</summary>
    private const int PrefixAt = 345;

    private const int PrefixLength = 155;

    /// <param name="block">512 bytes.</param>
    /// <param name="after">The member in front, to say where a damaged header stands.</param>
    public static TarHeader Read(ReadOnlySpan<byte> block, string? after)
    {
        var place = after is null ? "The first header of the archive" : $"The header behind '{after}'";
        if (ReadNumber(block.Slice(148, 8)) is not { } stored || stored != Checksum(block))
            throw TarArchiveReader.Refuse($"{place} is damaged: its checksum is wrong.", after);
        if (ReadNumber(block.Slice(124, 12)) is not { } size)
            throw TarArchiveReader.Refuse($"{place} has no valid size.", after);
        var name = UntilNul(block[..100]);
        var prefix = UntilNul(block.Slice(PrefixAt, PrefixLength));
        // Python reads a prefix in every format; GNU tar keeps times there, and before POSIX nothing was there.
        if (!prefix.IsEmpty && !block.Slice(257, 6).SequenceEqual("ustar\0"u8))
            throw TarArchiveReader.Refuse($"{place} has bytes where some unpackers read a part of the name and others a time. Build the archive in the pax format.", after);
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
        var text = UntilNul(field);
        if (field[text.Length..].ContainsAnyExcept((byte)0, (byte)' '))
            return null;
        var digits = text.Trim((byte)' ');
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

using System.Buffers.Binary;

namespace Anchorage.Packaging;

/// <summary>CRC-32 as ZIP uses it (polynomial 0xEDB88320). The BCL has it in a package of its own only; eight tables keep it faster than inflation.</summary>
internal static class Crc32
{
    private static readonly uint[][] Tables = BuildTables();

    /// <summary>Continues a checksum that started with 0.</summary>
    public static uint Append(uint checksum, ReadOnlySpan<byte> data)
    {
        var tables = Tables;
        var crc = ~checksum;
        while (data.Length >= 8)
        {
            var low = BinaryPrimitives.ReadUInt32LittleEndian(data) ^ crc;
            var high = BinaryPrimitives.ReadUInt32LittleEndian(data[4..]);
            crc = tables[7][low & 0xFF] ^ tables[6][(low >> 8) & 0xFF] ^ tables[5][(low >> 16) & 0xFF] ^ tables[4][low >> 24]
                ^ tables[3][high & 0xFF] ^ tables[2][(high >> 8) & 0xFF] ^ tables[1][(high >> 16) & 0xFF] ^ tables[0][high >> 24];
            data = data[8..];
        }
        foreach (var value in data)
            crc = tables[0][(crc ^ value) & 0xFF] ^ (crc >> 8);
        return ~crc;
    }

    private static uint[][] BuildTables()
    {
        var tables = new uint[8][];
        for (var i = 0; i < 8; i++)
            tables[i] = new uint[256];
        for (var i = 0U; i < 256; i++)
        {
            var crc = i;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xEDB88320 : crc >> 1;
            tables[0][i] = crc;
        }
        for (var i = 0; i < 256; i++)
        {
            for (var table = 1; table < 8; table++)
                tables[table][i] = tables[0][tables[table - 1][i] & 0xFF] ^ (tables[table - 1][i] >> 8);
        }
        return tables;
    }
}

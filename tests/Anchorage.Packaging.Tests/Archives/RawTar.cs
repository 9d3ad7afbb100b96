using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace Anchorage.Packaging.Tests.Archives;

/// <summary>A tar archive written block by block, so that a test can make any field a lie.</summary>
internal sealed class RawTar
{
    public const string PkgInfo = "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n";

    private readonly List<byte> blocks = [];

    /// <summary>A sound sdist of demo 1.0 with what is added to it in front of PKG-INFO.</summary>
    public static byte[] Sdist(Action<RawTar> add) => GZip(Blocks(add));

    public static byte[] Blocks(Action<RawTar> add)
    {
        var tar = new RawTar();
        add(tar);
        return tar.Add("demo-1.0/PKG-INFO", PkgInfo).End();
    }

    /// <param name="name">The name, of at most 100 bytes.</param>
    /// <param name="content">The content; its length goes into the header.</param>
    /// <param name="type">'0' file, '5' folder, '1' and '2' links, 'x' and 'g' pax headers, 'L' a long name.</param>
    /// <param name="change">Changes the header before its checksum is computed.</param>
    public RawTar Add(string name, string content = "", char type = '0', Action<byte[]>? change = null)
    {
        var bytes = Encoding.UTF8.GetBytes(content);
        var header = new byte[512];
        Encoding.UTF8.GetBytes(name).CopyTo(header, 0);
        Octal(header.AsSpan(100, 8), 0x1A4);
        Octal(header.AsSpan(124, 12), bytes.Length);
        Octal(header.AsSpan(136, 12), 0);
        header[156] = (byte)type;
        "ustar\0"u8.CopyTo(header.AsSpan(257));
        "00"u8.CopyTo(header.AsSpan(263));
        change?.Invoke(header);
        Sign(header);
        blocks.AddRange(header);
        blocks.AddRange(bytes);
        blocks.AddRange(new byte[(512 - (bytes.Length % 512)) % 512]);
        return this;
    }

    /// <summary>A pax header for the member that follows, or for all.</summary>
    public RawTar Pax(string records, char type = 'x') => Add("pax", records, type);

    /// <summary>A record of a pax header, which begins with its own length.</summary>
    public static string PaxRecord(string key, string value)
    {
        var rest = Encoding.UTF8.GetByteCount($" {key}={value}\n");
        var length = rest + 1;
        while (length != rest + length.ToString(CultureInfo.InvariantCulture).Length)
            length++;
        return $"{length} {key}={value}\n";
    }

    public byte[] End() => [.. blocks, .. new byte[1024]];

    public static void Octal(Span<byte> field, long value) =>
        Encoding.ASCII.GetBytes(Convert.ToString(value, 8).PadLeft(field.Length - 1, '0')).CopyTo(field);

    /// <summary>GNU's form for numbers that are too large for octal digits.</summary>
    public static void Base256(Span<byte> field, long value)
    {
        field.Fill(value < 0 ? (byte)0xFF : (byte)0);
        BinaryPrimitives.WriteInt64BigEndian(field[^8..], value);
        field[0] |= 0x80;
    }

    public static void Gnu(byte[] header) => "ustar  \0"u8.CopyTo(header.AsSpan(257));

    private static void Sign(byte[] header)
    {
        if (header[148] != 0)
            return;
        var sum = 8 * ' ';
        foreach (var value in header)
            sum += value;
        Octal(header.AsSpan(148, 7), sum);
        header[155] = (byte)' ';
    }

    public static byte[] GZip(byte[] content, CompressionLevel level = CompressionLevel.Optimal)
    {
        var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, level, leaveOpen: true))
            gzip.Write(content);
        return compressed.ToArray();
    }
}

// Which versions a server takes, and whether the name in the hello is what it refuses: asked with hellos written here, because platforms no longer
// speak the old versions. Only the answer's first record is read (RFC 8446 §4.1.3, RFC 5246 §7.4.1.3); nothing is negotiated to the end.

using System.Buffers.Binary;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Text;

namespace Anchorage.Trust;

internal static class HelloProbe
{
    /// <summary>TLS 1.0 and 1.1 are obsolete in .NET: their numbers, not their names.</summary>
    public static readonly IReadOnlyList<(SslProtocols Protocol, ushort Number)> Versions =
        [((SslProtocols)192, 0x0301), ((SslProtocols)768, 0x0302), (SslProtocols.Tls12, 0x0303), (SslProtocols.Tls13, 0x0304)];

    private static readonly ushort[] modernSuites = [0x1301, 0x1302, 0x1303];

    private static readonly ushort[] ephemeralSuites =
    [
        0xC02C, 0xC030, 0xC02B, 0xC02F, 0xCCA9, 0xCCA8, 0x009F, 0x009E, 0xC024, 0xC028, 0xC023, 0xC027, 0xC00A, 0xC014, 0xC009, 0xC013, 0x0039, 0x0033,
    ];

    private static readonly ushort[] rsaSuites = [0x009D, 0x009C, 0x003D, 0x003C, 0x0035, 0x002F, 0x000A];

    /// <summary>The version that the server chose; null where it refused or did not answer.</summary>
    public static async Task<ushort?> AskAsync(Stream stream, string? serverName, ushort[] versions, bool withRsaKeyExchange, CancellationToken cancellationToken)
    {
        await stream.WriteAsync(Hello(serverName, versions, withRsaKeyExchange), cancellationToken);
        var header = new byte[5];
        await stream.ReadExactlyAsync(header, cancellationToken);
        var length = BinaryPrimitives.ReadUInt16BigEndian(header.AsSpan(3));
        if (header[0] != 0x16 || length is < 42 or > 16640)
            return null;
        var record = new byte[length];
        await stream.ReadExactlyAsync(record, cancellationToken);
        return record[0] == 2 ? VersionIn(record.AsSpan(4)) : null;
    }

    // ServerHello: version, random, session id, suite, compression, extensions.
    private static ushort? VersionIn(ReadOnlySpan<byte> hello)
    {
        var version = BinaryPrimitives.ReadUInt16BigEndian(hello);
        var at = 35 + hello[34] + 3;
        if (at + 2 > hello.Length)
            return version;
        var end = Math.Min(hello.Length, at + 2 + BinaryPrimitives.ReadUInt16BigEndian(hello[at..]));
        for (at += 2; at + 4 <= end;)
        {
            var (type, length) = (BinaryPrimitives.ReadUInt16BigEndian(hello[at..]), BinaryPrimitives.ReadUInt16BigEndian(hello[(at + 2)..]));
            if (type == 43 && length == 2 && at + 6 <= hello.Length)
                return BinaryPrimitives.ReadUInt16BigEndian(hello[(at + 4)..]);
            at += 4 + length;
        }
        return version;
    }

    private static byte[] Hello(string? serverName, ushort[] versions, bool withRsaKeyExchange)
    {
        var oldest = Math.Min((ushort)0x0303, versions.Max());
        ushort[] suites = [.. versions.Contains((ushort)0x0304) ? modernSuites : [], .. versions.Any(v => v < 0x0304) ? [.. ephemeralSuites, .. withRsaKeyExchange ? rsaSuites : []] : Array.Empty<ushort>()];
        var body = new List<byte>();
        Add16(body, oldest);
        body.AddRange(RandomNumberGenerator.GetBytes(32));
        body.Add(32);
        body.AddRange(RandomNumberGenerator.GetBytes(32));
        AddVector(body, [.. suites.SelectMany(Bytes)]);
        body.AddRange([1, 0]);
        var extensions = new List<byte>();
        if (serverName is not null)
        {
            var name = Encoding.ASCII.GetBytes(serverName);
            AddExtension(extensions, 0, [.. Bytes((ushort)(name.Length + 3)), 0, .. Bytes((ushort)name.Length), .. name]);
        }
        AddExtension(extensions, 10, Vector(0x001D, 0x0017, 0x0018, 0x0019));
        AddExtension(extensions, 11, [1, 0]);
        AddExtension(extensions, 13, Vector(0x0403, 0x0503, 0x0603, 0x0807, 0x0804, 0x0805, 0x0806, 0x0809, 0x080A, 0x080B, 0x0401, 0x0501, 0x0601, 0x0203, 0x0201));
        AddExtension(extensions, 23, []);
        AddExtension(extensions, 0xFF01, [0]);
        if (versions.Contains((ushort)0x0304))
        {
            // No key share: the server answers with HelloRetryRequest, which is a ServerHello that names the version.
            AddExtension(extensions, 43, [(byte)(versions.Length * 2), .. versions.SelectMany(Bytes)]);
            AddExtension(extensions, 51, [0, 0]);
        }
        AddVector(body, extensions);
        byte[] message = [1, 0, .. Bytes((ushort)body.Count), .. body];
        return [0x16, 3, 1, .. Bytes((ushort)message.Length), .. message];
    }

    private static byte[] Bytes(ushort number) => [(byte)(number >> 8), (byte)number];

    private static byte[] Vector(params ushort[] numbers) => [.. Bytes((ushort)(numbers.Length * 2)), .. numbers.SelectMany(Bytes)];

    private static void Add16(List<byte> bytes, ushort number) => bytes.AddRange(Bytes(number));

    private static void AddVector(List<byte> bytes, List<byte> content)
    {
        Add16(bytes, (ushort)content.Count);
        bytes.AddRange(content);
    }

    private static void AddExtension(List<byte> bytes, ushort type, byte[] content)
    {
        Add16(bytes, type);
        AddVector(bytes, [.. content]);
    }
}

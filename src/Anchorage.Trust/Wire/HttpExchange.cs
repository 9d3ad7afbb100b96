// As much HTTP/1.1 as a probe needs: one request, a bounded head, a bounded body.

using System.Globalization;
using System.Text;

namespace Anchorage.Trust;

/// <summary>An answer's head. Everything in it is a stranger's word.</summary>
/// <param name="Status">The status.</param>
/// <param name="Reason">The words beside it, printable.</param>
/// <param name="Fields">Header fields in order.</param>
internal sealed record HttpHead(int Status, string Reason, IReadOnlyList<(string Name, string Value)> Fields)
{
    public DateTimeOffset? Date =>
        DateTimeOffset.TryParseExact(Value("Date"), "r", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date) ? date : null;

    public string? Value(string name) => Fields.FirstOrDefault(field => field.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;
}

internal static class HttpExchange
{
    private const int LongestHead = 32 * 1024;

    /// <summary>Reads up to the empty line and not one byte more: what follows may be TLS.</summary>
    /// <returns>Null where it is no HTTP, with what came instead; an empty text where nothing came.</returns>
    public static async Task<(HttpHead? Head, byte[] Received)> ReadHeadAsync(Stream stream, CancellationToken cancellationToken)
    {
        var received = new List<byte>(512);
        var one = new byte[1];
        while (received.Count < LongestHead)
        {
            if (await stream.ReadAsync(one, cancellationToken) == 0)
                break;
            received.Add(one[0]);
            if (received.Count == 5 && !StartsLikeHttp(received))
                break;
            if (one[0] == '\n' && EndsHead(received))
                return (Parse(Encoding.Latin1.GetString([.. received])), [.. received]);
        }
        return (null, [.. received]);
    }

    /// <summary>Reads at most this much of a body.</summary>
    public static async Task<byte[]> ReadBodyAsync(Stream stream, int most, CancellationToken cancellationToken)
    {
        var body = new MemoryStream();
        var buffer = new byte[16 * 1024];
        while (body.Length < most)
        {
            int count;
            try
            {
                count = await stream.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, most - body.Length)), cancellationToken);
            }
            catch (IOException)
            {
                break;
            }
            if (count == 0)
                break;
            body.Write(buffer, 0, count);
        }
        return body.ToArray();
    }

    public static byte[] Request(string method, Uri url) => Encoding.ASCII.GetBytes(
        $"{method} {url.PathAndQuery} HTTP/1.1\r\nHost: {url.IdnHost}{(url.IsDefaultPort ? "" : $":{url.Port}")}\r\nUser-Agent: anchorage-doctor\r\n"
        + "Accept: application/vnd.pypi.simple.v1+json, text/html;q=0.5, */*;q=0.1\r\nConnection: close\r\n\r\n");

    private static bool StartsLikeHttp(List<byte> bytes) => bytes is [(byte)'H', (byte)'T', (byte)'T', (byte)'P', (byte)'/', ..];

    private static bool EndsHead(List<byte> bytes) => bytes is [.., (byte)'\n', (byte)'\r', (byte)'\n'] or [.., (byte)'\n', (byte)'\n'];

    private static HttpHead? Parse(string text)
    {
        var lines = text.Split('\n');
        var words = lines[0].TrimEnd('\r').Split(' ', 3);
        if (words.Length < 2 || !int.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out var status) || status is < 100 or > 999)
            return null;
        var fields = new List<(string, string)>();
        foreach (var line in lines.Skip(1))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0)
                fields.Add((line[..colon].Trim(), line[(colon + 1)..].Trim()));
        }
        return new HttpHead(status, words.Length > 2 ? DistinguishedName.Printable(words[2].Trim()) : "", fields);
    }
}

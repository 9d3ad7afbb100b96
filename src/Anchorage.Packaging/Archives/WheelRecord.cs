using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Unicode;

namespace Anchorage.Packaging;

/// <summary>RECORD of a wheel: a CSV table of path, hash and size, one row for each member.</summary>
internal sealed class WheelRecord
{
    /// <summary>A row: the digest that the content must have (empty where the row gives none) and its size (null where not given).</summary>
    public sealed record Row(HashAlgorithmName Algorithm, byte[] Digest, long? Size);

    private readonly string member;

    private WheelRecord(string member) => this.member = member;

    public Dictionary<string, Row> Rows { get; } = new(StringComparer.Ordinal);

    public static WheelRecord Read(byte[] content, string member, int maxRows)
    {
        if (!Utf8.IsValid(content))
            throw new InvalidDistributionException("record-malformed", member, "RECORD is not valid UTF-8.");
        var record = new WheelRecord(member);
        var text = Encoding.UTF8.GetString(content);
        var position = 0;
        var fields = new List<string>(3);
        while (position < text.Length)
        {
            record.ReadRow(text, ref position, fields);
            if (fields is [""])
                continue;
            if (record.Rows.Count == maxRows)
                throw record.Malformed($"has more than {maxRows} rows");
            record.Add(fields);
        }
        return record;
    }

    private void Add(List<string> fields)
    {
        if (fields.Count != 3)
            throw Malformed($"has a row with {fields.Count} columns in place of path, hash and size");
        var path = fields[0];
        long? size = null;
        if (fields[2].Length > 0)
            size = long.TryParse(fields[2], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw Malformed($"gives no valid size for '{CoreMetadata.Quote(path)}'");
        if (!Rows.TryAdd(path, ParseHash(path, fields[1], size)))
            throw Malformed($"lists '{CoreMetadata.Quote(path)}' twice");
    }

    /// <summary>
    /// <c>sha256=</c> and the digest in URL-safe base64 without padding; the wheel specification asks for SHA-256 or
    /// better. Older tools left the padding on.
    /// </summary>
    private Row ParseHash(string path, string hash, long? size)
    {
        if (hash.Length == 0)
            return new Row(default, [], size);
        var equals = hash.IndexOf('=', StringComparison.Ordinal);
        var (algorithm, length) = (equals < 0 ? hash : hash[..equals]) switch
        {
            "sha256" => (HashAlgorithmName.SHA256, 32),
            "sha384" => (HashAlgorithmName.SHA384, 48),
            "sha512" => (HashAlgorithmName.SHA512, 64),
            var other => throw Malformed($"uses '{CoreMetadata.Quote(other)}' for '{CoreMetadata.Quote(path)}'; the wheel format asks for sha256 or better"),
        };
        var encoded = hash.AsSpan(equals + 1).TrimEnd('=');
        var digest = new byte[length];
        // Asked first: the decoder throws at other letters than base64's.
        if (equals < 0 || !Base64Url.IsValid(encoded, out var bytes) || bytes != length || !Base64Url.TryDecodeFromChars(encoded, digest, out _))
            throw Malformed($"has a malformed hash for '{CoreMetadata.Quote(path)}'");
        return new Row(algorithm, digest, size);
    }

    /// <summary>One CSV row as Python's <c>csv</c> writes it: quotes around fields with commas, quotes or line breaks.</summary>
    private void ReadRow(string text, ref int position, List<string> fields)
    {
        fields.Clear();
        while (true)
        {
            fields.Add(position < text.Length && text[position] == '"' ? ReadQuoted(text, ref position) : ReadPlain(text, ref position));
            // A row needs three; a hostile one must not fill memory.
            if (fields.Count > 8)
                throw Malformed("has a row with too many columns");
            if (position == text.Length)
                return;
            var separator = text[position++];
            if (separator == '\r' && position < text.Length && text[position] == '\n')
                position++;
            if (separator is '\r' or '\n')
                return;
            if (separator != ',')
                throw Malformed("has text behind a closing quote");
        }
    }

    private static string ReadPlain(string text, ref int position)
    {
        var length = text.AsSpan(position).IndexOfAny(',', '\r', '\n');
        var start = position;
        position = length < 0 ? text.Length : position + length;
        return text[start..position];
    }

    private string ReadQuoted(string text, ref int position)
    {
        var field = new StringBuilder();
        position++;
        while (true)
        {
            var quote = text.IndexOf('"', position);
            if (quote < 0)
                throw Malformed("has a quote that is not closed");
            field.Append(text, position, quote - position);
            position = quote + 1;
            if (position == text.Length || text[position] != '"')
                return field.ToString();
            field.Append('"');
            position++;
        }
    }

    private InvalidDistributionException Malformed(string fault) => new("record-malformed", member, $"RECORD {fault}. Build the wheel again.");
}

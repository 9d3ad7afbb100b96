using System.Formats.Asn1;
using System.Globalization;
using System.Text;

namespace Anchorage.Trust;

/// <summary>The name of a subject or an issuer (RFC 5280 §4.1.2.4).</summary>
/// <remarks>
/// Two names are the same where OpenSSL says so: letters of ASCII without case, runs of spaces as one, whatever the string type (its canonical
/// encoding; RFC 5280 §7.1 asks for the same).
/// </remarks>
public sealed class DistinguishedName : IEquatable<DistinguishedName>
{
    private const int LongestText = 400;

    private static readonly Dictionary<string, string> shortNames = new(StringComparer.Ordinal)
    {
        ["2.5.4.3"] = "CN",
        ["2.5.4.4"] = "SN",
        ["2.5.4.5"] = "serialNumber",
        ["2.5.4.6"] = "C",
        ["2.5.4.7"] = "L",
        ["2.5.4.8"] = "ST",
        ["2.5.4.9"] = "street",
        ["2.5.4.10"] = "O",
        ["2.5.4.11"] = "OU",
        ["2.5.4.97"] = "organizationIdentifier",
        ["0.9.2342.19200300.100.1.25"] = "DC",
        ["0.9.2342.19200300.100.1.1"] = "UID",
        ["1.2.840.113549.1.9.1"] = "emailAddress",
    };

    private readonly string canonical;

    private DistinguishedName(string text, string canonical, IReadOnlyList<(string Oid, string Value)> attributes)
    {
        Text = text;
        this.canonical = canonical;
        Attributes = attributes;
    }

    /// <summary>The name for people, in the order of the certificate: <c>O=Lab, CN=Lab Root CA</c>. Printable characters only, at most 400.</summary>
    public string Text { get; }

    /// <summary>Every attribute in order, by the dotted number of its type; values are printable.</summary>
    public IReadOnlyList<(string Oid, string Value)> Attributes { get; }

    /// <summary>The last common name; null where there is none.</summary>
    public string? CommonName => Attributes.LastOrDefault(attribute => attribute.Oid == "2.5.4.3").Value;

    /// <summary>The organization; null where there is none.</summary>
    public string? Organization => Attributes.FirstOrDefault(attribute => attribute.Oid == "2.5.4.10").Value;

    /// <summary>Reads a Name.</summary>
    /// <exception cref="AsnContentException">It is none.</exception>
    internal static DistinguishedName Read(ReadOnlyMemory<byte> der)
    {
        var attributes = new List<(string Oid, string Value)>();
        var canonical = new StringBuilder();
        var text = new StringBuilder();
        var sequence = new AsnReader(der, AsnEncodingRules.BER).ReadSequence();
        while (sequence.HasData)
        {
            var set = sequence.ReadSetOf(skipSortOrderValidation: true);
            var parts = new List<string>();
            while (set.HasData)
            {
                var pair = set.ReadSequence();
                var oid = pair.ReadObjectIdentifier();
                var value = Decode(pair.PeekTag(), pair.PeekContentBytes().Span);
                attributes.Add((oid, Printable(value)));
                text.Append(text.Length > 0 ? ", " : "").Append(shortNames.GetValueOrDefault(oid, oid)).Append('=').Append(Printable(value));
                parts.Add($"{oid}={Fold(value)}");
            }
            parts.Sort(StringComparer.Ordinal);
            canonical.Append('\u0001').AppendJoin('\u0002', parts);
        }
        return new DistinguishedName(Shorten(text.ToString()), canonical.ToString(), attributes);
    }

    /// <summary>True where this name begins with all of another one: what a directory-name constraint asks (RFC 5280 §4.2.1.10).</summary>
    internal bool IsWithin(DistinguishedName subtree) =>
        canonical.StartsWith(subtree.canonical, StringComparison.Ordinal)
        && (canonical.Length == subtree.canonical.Length || canonical[subtree.canonical.Length] == '\u0001');

    /// <summary>Text of a stranger for a terminal: no control, format or bidirectional characters.</summary>
    internal static string Printable(string value)
    {
        var text = new StringBuilder(Math.Min(value.Length, LongestText));
        foreach (var character in value)
        {
            if (text.Length == LongestText)
                return text.Append('…').ToString();
            var isVisible = char.GetUnicodeCategory(character) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned);
            text.Append(isVisible ? character : '?');
        }
        return text.ToString();
    }

    /// <inheritdoc/>
    public bool Equals(DistinguishedName? other) => other is not null && canonical == other.canonical;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as DistinguishedName);

    /// <inheritdoc/>
    public override int GetHashCode() => canonical.GetHashCode(StringComparison.Ordinal);

    /// <inheritdoc/>
    public override string ToString() => Text;

    private static string Shorten(string text) => text.Length <= LongestText ? text : text[..LongestText] + "…";

    private static string Decode(Asn1Tag tag, ReadOnlySpan<byte> content) => (UniversalTagNumber)tag.TagValue switch
    {
        UniversalTagNumber.BMPString => Encoding.BigEndianUnicode.GetString(content),
        UniversalTagNumber.T61String => Encoding.Latin1.GetString(content),
        UniversalTagNumber.UniversalString => Encoding.GetEncoding("utf-32BE").GetString(content),
        _ => Encoding.UTF8.GetString(content),
    };

    private static string Fold(string value)
    {
        var folded = new StringBuilder(value.Length);
        foreach (var character in value.Trim(' ', '\t', '\n', '\r', '\f', '\v'))
        {
            if (char.IsAsciiLetterUpper(character))
                folded.Append((char)(character | 0x20));
            else if (character is not (' ' or '\t' or '\n' or '\r' or '\f' or '\v'))
                folded.Append(character is '\u0001' or '\u0002' ? '?' : character);
            else if (folded.Length == 0 || folded[^1] != ' ')
                folded.Append(' ');
        }
        return folded.ToString();
    }
}

using System.Buffers;
using System.Text;

namespace Anchorage.Packaging;

/// <summary>
/// Text and values of a page as HTML means them: character references resolved (WHATWG HTML §13.2.5.72 to §13.2.5.84), line breaks
/// as line feeds, bytes that are no UTF-8 and NUL as U+FFFD. The buffer is reused: a result holds until the next one.
/// </summary>
internal sealed class HtmlText
{
    private static readonly SearchValues<byte> Special = SearchValues.Create("&\r\0"u8);

    private char[] buffer = new char[1024];
    private int length;

    public ReadOnlySpan<char> ReadValue(ReadOnlySpan<byte> value) => Read(value, isValue: true, hasReferences: true);

    public ReadOnlySpan<char> ReadText(ReadOnlySpan<byte> text, bool hasReferences) => Read(text, isValue: false, hasReferences);

    private ReadOnlySpan<char> Read(ReadOnlySpan<byte> text, bool isValue, bool hasReferences)
    {
        // No character and no reference has more UTF-16 units than bytes.
        if (buffer.Length < text.Length)
            buffer = new char[Math.Max(text.Length, buffer.Length * 2)];
        length = 0;
        while (true)
        {
            var special = text.IndexOfAny(Special);
            length += Encoding.UTF8.GetChars(special < 0 ? text : text[..special], buffer.AsSpan(length));
            if (special < 0)
                return buffer.AsSpan(0, length);
            text = text[special..];
            if (text[0] == '&' && hasReferences)
                text = text[ReadReference(text, isValue)..];
            else
                text = text[ReadSpecial(text)..];
        }
    }

    private int ReadSpecial(ReadOnlySpan<byte> text)
    {
        buffer[length++] = text[0] switch { 0 => '\uFFFD', (byte)'\r' => '\n', var c => (char)c };
        return text.StartsWith("\r\n"u8) ? 2 : 1;
    }

    /// <summary>Appends what the reference at the start of <paramref name="text"/> stands for, or its ampersand where it is none; how many bytes that took.</summary>
    private int ReadReference(ReadOnlySpan<byte> text, bool isValue)
    {
        if (text.Length > 1 && text[1] == '#')
            return ReadNumber(text);
        var run = text[1..Math.Min(text.Length, HtmlNamedReferences.MaxNameLength + 2)];
        Span<char> name = stackalloc char[HtmlNamedReferences.MaxNameLength + 1];
        var nameLength = 0;
        for (; nameLength < run.Length && char.IsAsciiLetterOrDigit((char)run[nameLength]); nameLength++)
            name[nameLength] = (char)run[nameLength];

        // The longest name counts; one with its semicolon is longer than any without.
        if (nameLength < run.Length && run[nameLength] == ';' && Find(name[..nameLength]) is { } found)
            return Append(found, nameLength + 2);
        for (var shorter = Math.Min(nameLength, HtmlNamedReferences.MaxLegacyNameLength); shorter > 1; shorter--)
        {
            if (HtmlNamedReferences.FindLegacy(name[..shorter]) is not { } legacy)
                continue;
            // "?a=1&copy=2" is a query of two parameters: in a value such a name must end with a semicolon, or the word with it.
            var isQuery = isValue && shorter < run.Length && (run[shorter] == '=' || char.IsAsciiLetterOrDigit((char)run[shorter]));
            return isQuery ? Append("&", 1) : Append(legacy, shorter + 1);
        }
        return Append("&", 1);
    }

    // Nearly every reference of an index page is one of these; the table of two thousand is made for the first other one.
    private static string? Find(ReadOnlySpan<char> name) => name switch
    {
        "gt" => ">",
        "lt" => "<",
        "amp" => "&",
        "quot" => "\"",
        _ => HtmlNamedReferences.Find(name),
    };

    private int ReadNumber(ReadOnlySpan<byte> text)
    {
        var isHexadecimal = text.Length > 2 && (text[2] | 0x20) == 'x';
        var start = isHexadecimal ? 3 : 2;
        var at = start;
        var value = 0;
        for (; at < text.Length && DigitOf(text[at], isHexadecimal) is >= 0 and var digit; at++)
            value = Math.Min((value * (isHexadecimal ? 16 : 10)) + digit, 0x110000);
        if (at == start)
            return Append("&", 1);
        if (at < text.Length && text[at] == ';')
            at++;
        var rune = Rune.TryCreate(value is >= 0x80 and <= 0x9F ? Windows1252[value - 0x80] : value, out var valid) && value != 0 ? valid : Rune.ReplacementChar;
        length += rune.EncodeToUtf16(buffer.AsSpan(length));
        return at;
    }

    private static int DigitOf(byte c, bool isHexadecimal) =>
        char.IsAsciiDigit((char)c) ? c - '0'
        : isHexadecimal && char.IsAsciiHexDigit((char)c) ? (c | 0x20) - 'a' + 10
        : -1;

    /// <summary>Numbers of C1 controls mean what Windows has there (§13.2.5.84).</summary>
    private const string Windows1252 =
        "\u20AC\u0081\u201A\u0192\u201E\u2026\u2020\u2021\u02C6\u2030\u0160\u2039\u0152\u008D\u017D\u008F"
        + "\u0090\u2018\u2019\u201C\u201D\u2022\u2013\u2014\u02DC\u2122\u0161\u203A\u0153\u009D\u017E\u0178";

    private int Append(ReadOnlySpan<char> text, int consumed)
    {
        text.CopyTo(buffer.AsSpan(length));
        length += text.Length;
        return consumed;
    }
}

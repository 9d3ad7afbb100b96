using System.Buffers;
using System.Globalization;
using System.Text;

namespace Anchorage.Packaging;

/// <summary>The four kinds of strings.</summary>
internal sealed partial class TomlReader
{
    private static readonly SearchValues<char> EndsOfBasic = SearchValues.Create([.. ControlCharacters(), '"', '\\']);
    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdefABCDEF");
    private static readonly SearchValues<char> EndsOfLiteral = SearchValues.Create([.. ControlCharacters(), '\'']);

    private static IEnumerable<char> ControlCharacters() => Enumerable.Range(0, 128).Select(code => (char)code).Where(IsControl);

    private string ReadLiteralString()
    {
        position++;
        var value = Take(EndsOfLiteral).ToString();
        return TryTake('\'') ? value : throw Fail("A string is not closed in its line, or has a control character in it.");
    }

    private string ReadBasicString()
    {
        position++;
        var head = Take(EndsOfBasic);
        if (TryTake('"'))
            return head.ToString();
        var value = new StringBuilder().Append(head);
        while (!TryTake('"'))
        {
            if (!TryTake('\\'))
                throw Fail("A string is not closed in its line, or has a control character in it.");
            ReadEscape(value);
            value.Append(Take(EndsOfBasic));
        }
        return value.ToString();
    }

    private string ReadLiteralLines()
    {
        position += 3;
        TryTakeLineBreak();
        var value = new StringBuilder();
        while (true)
        {
            value.Append(Take(EndsOfLiteral));
            if (TryCloseLines('\'', value))
                return value.ToString();
            TakeLineBreakInto(value);
        }
    }

    private string ReadBasicLines()
    {
        position += 3;
        TryTakeLineBreak();
        var value = new StringBuilder();
        while (true)
        {
            value.Append(Take(EndsOfBasic));
            if (TryCloseLines('"', value))
                return value.ToString();
            if (!TryTake('\\'))
                TakeLineBreakInto(value);
            else if (!TrySkipFoldedLines())
                ReadEscape(value);
        }
    }

    /// <summary>Three quotes end the string; one or two are text, also in front of those three.</summary>
    private bool TryCloseLines(char quote, StringBuilder value)
    {
        var quotes = 0;
        while (quotes < 5 && position + quotes < text.Length && text[position + quotes] == quote)
            quotes++;
        position += quotes;
        value.Append(quote, quotes < 3 ? quotes : quotes - 3);
        return quotes >= 3;
    }

    private void TakeLineBreakInto(StringBuilder value)
    {
        if (AtEnd)
            throw Fail("A string of several lines is not closed.");
        if (Current is '"' or '\'' or '\\' || !IsControl(Current))
            return;
        if (!TryTakeLineBreak())
            throw Fail("A control character stands in a string.");
        value.Append('\n');
    }

    /// <summary>A backslash at the end of a line swallows the break and all blanks and empty lines behind it.</summary>
    private bool TrySkipFoldedLines()
    {
        var start = position;
        SkipBlanks();
        if (!TryTakeLineBreak())
        {
            position = start;
            return false;
        }
        do
        {
            SkipBlanks();
        }
        while (TryTakeLineBreak());
        return true;
    }

    private ReadOnlySpan<char> Take(SearchValues<char> ends)
    {
        var rest = text.AsSpan(position);
        var length = rest.IndexOfAny(ends);
        var taken = length < 0 ? rest : rest[..length];
        position += taken.Length;
        return taken;
    }

    private void ReadEscape(StringBuilder value)
    {
        var c = Current;
        if (AtEnd)
            throw Fail("A string is not closed.");
        position++;
        if (c is 'u' or 'U')
        {
            value.Append(ReadCodePoint(c == 'u' ? 4 : 8));
            return;
        }
        value.Append(c switch
        {
            'b' => '\b',
            't' => '\t',
            'n' => '\n',
            'f' => '\f',
            'r' => '\r',
            '"' => '"',
            '\\' => '\\',
            _ => throw Fail("TOML knows no such escape; a backslash is written '\\\\', or between single quotes."),
        });
    }

    private string ReadCodePoint(int digits)
    {
        if (position + digits > text.Length
            || text.AsSpan(position, digits).ContainsAnyExcept(HexDigits)
            || !int.TryParse(text.AsSpan(position, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code)
            || !Rune.IsValid(code))
        {
            throw Fail("'\\u' needs 4 and '\\U' 8 hexadecimal digits of a Unicode scalar value.");
        }
        position += digits;
        return new Rune(code).ToString();
    }
}

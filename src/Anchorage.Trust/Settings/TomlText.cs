// TOML 1.0 as far as settings need it: every key with its place. A reader for looking, not for judging: it takes what it
// understands, and stops at what it does not, saying where.

using System.Globalization;
using System.Text;

namespace Anchorage.Trust;

/// <summary>One value.</summary>
/// <param name="Path">The keys that lead to it, joined by full stops; elements of arrays of tables have their number as a key.</param>
/// <param name="Value">A string's content, or the text of anything else: <c>true</c>, <c>12</c>.</param>
/// <param name="IsText">True for strings: "false" is a path for some programs, false is not.</param>
/// <param name="Line">Its line, from 1.</param>
internal sealed record TomlEntry(string Path, string Value, bool IsText, int Line);

/// <summary>What a TOML text holds; elements of an array are entries of the same path.</summary>
internal sealed record TomlText(IReadOnlyList<TomlEntry> Entries, string? Fault)
{
    private const int MaxDepth = 16;
    private const int MaxEntries = 50_000;

    public static TomlText Parse(string text)
    {
        var reader = new Reader(text.StartsWith('\uFEFF') ? text[1..] : text);
        try
        {
            reader.ReadAll();
            return new TomlText(reader.Entries, null);
        }
        catch (FormatException e)
        {
            return new TomlText(reader.Entries, $"line {reader.Line}: {e.Message}");
        }
    }

    private sealed class Reader(string text)
    {
        private readonly Dictionary<string, int> arrays = new(StringComparer.Ordinal);
        private int at;
        private string table = "";

        public List<TomlEntry> Entries { get; } = [];

        public int Line { get; private set; } = 1;

        private char Current => at < text.Length ? text[at] : '\0';

        public void ReadAll()
        {
            while (true)
            {
                SkipBlank(acrossLines: true);
                if (at >= text.Length)
                    return;
                if (Current == '[')
                    ReadHeader();
                else
                    ReadPair(table, 0);
                SkipBlank(acrossLines: false);
                if (at < text.Length && Current is not ('\n' or '\r'))
                    throw new FormatException("something after the value");
            }
        }

        private void ReadHeader()
        {
            at++;
            var isArray = Current == '[';
            if (isArray)
                at++;
            var path = Within(ReadKey());
            if (isArray)
            {
                var number = arrays.TryGetValue(path, out var last) ? last + 1 : 0;
                arrays[path] = number;
                path += "." + number.ToString(CultureInfo.InvariantCulture);
            }
            table = path;
            Expect(']');
            if (isArray)
                Expect(']');
        }

        // [source.options] below [[source]] belongs to its last element.
        private string Within(List<string> keys)
        {
            var path = new StringBuilder();
            for (var place = 0; place < keys.Count; place++)
            {
                path.Append(place == 0 ? "" : ".").Append(keys[place]);
                if (place < keys.Count - 1 && arrays.TryGetValue(path.ToString(), out var number))
                    path.Append('.').Append(number.ToString(CultureInfo.InvariantCulture));
            }
            return path.ToString();
        }

        private void ReadPair(string prefix, int depth)
        {
            var keys = string.Join('.', ReadKey());
            SkipBlank(acrossLines: false);
            Expect('=');
            SkipBlank(acrossLines: false);
            ReadValue(prefix.Length == 0 ? keys : prefix + "." + keys, depth);
        }

        private List<string> ReadKey()
        {
            var keys = new List<string>();
            do
            {
                if (keys.Count > 0)
                    at++;
                SkipBlank(acrossLines: false);
                if (keys.Count == MaxDepth)
                    throw new FormatException("too many keys in one name");
                if (Current is '"' or '\'')
                {
                    keys.Add(ReadText(Current));
                }
                else
                {
                    var start = at;
                    while (char.IsLetterOrDigit(Current) || Current is '-' or '_')
                        at++;
                    keys.Add(at > start ? text[start..at] : throw new FormatException("a key was expected"));
                }
                SkipBlank(acrossLines: false);
            }
            while (Current == '.');
            return keys;
        }

        private void ReadValue(string path, int depth)
        {
            if (depth > MaxDepth)
                throw new FormatException("too deep");
            switch (Current)
            {
                case '"' or '\'':
                    var line = Line;
                    Add(path, ReadText(Current), isText: true, line);
                    break;
                case '[':
                    ReadArray(path, depth);
                    break;
                case '{':
                    ReadInlineTable(path, depth);
                    break;
                default:
                    var start = at;
                    while (Current is not ('\0' or ',' or ']' or '}' or '#' or '\n' or '\r' or ' ' or '\t'))
                        at++;
                    Add(path, at > start ? text[start..at] : throw new FormatException("a value was expected"), isText: false, Line);
                    break;
            }
        }

        private void ReadArray(string path, int depth)
        {
            at++;
            for (var number = 0; ; number++)
            {
                SkipBlank(acrossLines: true);
                if (Current == ']')
                    break;
                ReadValue(Current == '{' ? $"{path}.{number}" : path, depth + 1);
                SkipBlank(acrossLines: true);
                if (Current == ',')
                    at++;
                else if (Current != ']')
                    throw new FormatException("an array without its end");
            }
            at++;
        }

        private void ReadInlineTable(string path, int depth)
        {
            at++;
            while (true)
            {
                SkipBlank(acrossLines: true);
                if (Current == '}')
                    break;
                ReadPair(path, depth + 1);
                SkipBlank(acrossLines: true);
                if (Current == ',')
                    at++;
                else if (Current != '}')
                    throw new FormatException("an inline table without its end");
            }
            at++;
        }

        private string ReadText(char quote)
        {
            var isLong = at + 2 < text.Length && text[at + 1] == quote && text[at + 2] == quote;
            at += isLong ? 3 : 1;
            if (isLong && Current == '\r')
                at++;
            if (isLong && Current == '\n')
                Advance();
            var value = new StringBuilder();
            while (true)
            {
                if (at >= text.Length || (!isLong && Current is '\n' or '\r'))
                    throw new FormatException("a string without its end");
                if (Current == quote && (!isLong || string.CompareOrdinal(text, at, new string(quote, 3), 0, 3) == 0))
                {
                    at += isLong ? 3 : 1;
                    // Up to two quotes may stand before the closing three.
                    while (isLong && Current == quote)
                    {
                        value.Append(quote);
                        at++;
                    }
                    return value.ToString();
                }
                if (Current == '\\' && quote == '"')
                    ReadEscape(value);
                else
                    value.Append(Advance());
            }
        }

        private void ReadEscape(StringBuilder value)
        {
            at++;
            var kind = at < text.Length ? Advance() : throw new FormatException("a string without its end");
            switch (kind)
            {
                case 'n': value.Append('\n'); break;
                case 't': value.Append('\t'); break;
                case 'r': value.Append('\r'); break;
                case 'b': value.Append('\b'); break;
                case 'f': value.Append('\f'); break;
                case 'e': value.Append('\e'); break;
                case '"' or '\\': value.Append(kind); break;
                case 'u' or 'U' or 'x':
                    var length = kind switch { 'u' => 4, 'U' => 8, _ => 2 };
                    if (at + length > text.Length || !uint.TryParse(text.AsSpan(at, length), NumberStyles.AllowHexSpecifier, null, out var code) || !Rune.IsValid(code))
                        throw new FormatException("an escape that is no character");
                    value.Append(new Rune(code).ToString());
                    at += length;
                    break;
                case '\n' or '\r' or ' ' or '\t':
                    while (Current is ' ' or '\t' or '\r' or '\n')
                        Advance();
                    break;
                default: throw new FormatException("an unknown escape");
            }
        }

        private void Add(string path, string value, bool isText, int line)
        {
            if (Entries.Count == MaxEntries || path.Length > 2_000)
                throw new FormatException("too many values");
            Entries.Add(new TomlEntry(path, value, isText, line));
        }

        private void Expect(char expected)
        {
            SkipBlank(acrossLines: false);
            if (Current != expected)
                throw new FormatException($"'{expected}' was expected");
            at++;
        }

        private void SkipBlank(bool acrossLines)
        {
            while (at < text.Length)
            {
                if (Current is ' ' or '\t' || (acrossLines && Current is '\n' or '\r'))
                    Advance();
                else if (Current == '#')
                    while (at < text.Length && Current is not ('\n' or '\r'))
                        at++;
                else
                    return;
            }
        }

        private char Advance()
        {
            if (text[at] == '\n')
                Line++;
            return text[at++];
        }
    }
}

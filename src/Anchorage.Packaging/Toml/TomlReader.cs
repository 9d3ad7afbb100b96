using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Unicode;

namespace Anchorage.Packaging;

/// <summary>
/// A strict reader of TOML 1.0, for pylock.toml and pyproject.toml. What the specification forbids is refused, so that no
/// two tools read two different documents from one file: keys given twice, tables defined twice, stray control characters.
/// Bounds: <see cref="MaxBytes"/>, <see cref="MaxDepth"/>, <see cref="MaxValues"/>.
/// </summary>
internal sealed partial class TomlReader
{
    /// <summary>The most bytes accepted: the lock file of a thousand packages with all their wheels has some 10 MiB.</summary>
    public const int MaxBytes = 32 << 20;

    /// <summary>The deepest nesting, of brackets and of the parts of a key alike; recursion must end before the stack does.</summary>
    public const int MaxDepth = 64;

    /// <summary>The most values: each costs some hundred bytes of memory, however short it is in the document.</summary>
    public const int MaxValues = 1_000_000;

    private readonly string text;
    private readonly TomlTable root = new(1, TomlOrigin.Header);
    private int position;
    private int line = 1;
    private int lineStart;
    private int values;

    private TomlReader(string text) => this.text = text;

    /// <summary>Reads a document; <paramref name="problem"/> says in one sentence what is wrong and where.</summary>
    public static bool TryRead(ReadOnlySpan<byte> content, [NotNullWhen(true)] out TomlTable? document, [NotNullWhen(false)] out string? problem)
    {
        document = null;
        if (content.Length > MaxBytes)
            problem = $"The file has {content.Length} bytes; at most {MaxBytes} are read.";
        else if (!Utf8.IsValid(content))
            problem = "The file is not valid UTF-8.";
        else
            problem = Read(Encoding.UTF8.GetString(content), out document);
        return problem is null && document is not null;
    }

    private static string? Read(string text, out TomlTable? document)
    {
        var reader = new TomlReader(text);
        try
        {
            reader.ReadDocument();
            document = reader.root;
            return null;
        }
        catch (Fault fault)
        {
            document = null;
            return fault.Message;
        }
    }

    /// <summary>Private to this reader: it never leaves <see cref="Read"/>.</summary>
    private sealed class Fault(string message) : Exception(message);

    private Fault Fail(string message) => new($"Line {line}, column {position - lineStart + 1}: {message}");

    private char Current => position < text.Length ? text[position] : '\0';

    private bool AtEnd => position >= text.Length;

    private bool StartsWith(string expected) => string.CompareOrdinal(text, position, expected, 0, expected.Length) == 0;

    private bool TryTake(char expected)
    {
        if (AtEnd || text[position] != expected)
            return false;
        position++;
        return true;
    }

    private void Expect(char expected, string place)
    {
        if (!TryTake(expected))
            throw Fail($"'{expected}' is missing {place}.");
    }

    private void SkipBlanks()
    {
        while (Current is ' ' or '\t')
            position++;
    }

    /// <summary>A line break is LF or CR LF; false where there is none.</summary>
    private bool TryTakeLineBreak()
    {
        if (Current == '\r' && position + 1 < text.Length && text[position + 1] == '\n')
            position++;
        if (!TryTake('\n'))
            return false;
        line++;
        lineStart = position;
        return true;
    }

    private void SkipComment()
    {
        if (!TryTake('#'))
            return;
        while (!AtEnd && Current != '\n' && !StartsWith("\r\n"))
        {
            if (IsControl(Current))
                throw Fail("A control character stands in a comment.");
            position++;
        }
    }

    /// <summary>Between the items of an array: blanks, comments, line breaks.</summary>
    private void SkipSpace()
    {
        do
        {
            SkipBlanks();
            SkipComment();
        }
        while (TryTakeLineBreak());
    }

    /// <summary>All but tab are forbidden in comments and strings (TOML 1.0, "Comment" and "String").</summary>
    private static bool IsControl(char c) => c is (< ' ' and not '\t') or '\x7f';

    private T Count<T>(T value)
        where T : TomlValue
    {
        if (++values > MaxValues)
            throw Fail($"The document has more than {MaxValues} values.");
        return value;
    }

    private void ReadDocument()
    {
        var table = root;
        while (true)
        {
            SkipBlanks();
            if (Current == '[' && !AtEnd)
                table = ReadHeader();
            else if (!AtEnd && Current is not ('#' or '\n' or '\r'))
                ReadPair(table, depth: 0);
            SkipBlanks();
            SkipComment();
            if (AtEnd)
                return;
            if (!TryTakeLineBreak())
                throw Fail("The line should end here.");
        }
    }

    /// <summary><c>[a.b]</c> opens a table, <c>[[a.b]]</c> a new element of an array of tables.</summary>
    private TomlTable ReadHeader()
    {
        position++;
        var isElement = TryTake('[');
        var key = ReadKey();
        Expect(']', "behind the name of the table");
        if (isElement)
            Expect(']', "behind the name of the array of tables");
        var table = root;
        foreach (var part in key.AsSpan(..^1))
            table = EnterForHeader(table, part);
        return isElement ? AddElement(table, key[^1]) : OpenTable(table, key[^1]);
    }

    private TomlTable EnterForHeader(TomlTable table, string key)
    {
        if (!table.TryGet(key, out var value))
        {
            var created = Count(new TomlTable(line, TomlOrigin.Implied));
            table.TryAdd(key, created);
            return created;
        }
        return value switch
        {
            TomlTable { Origin: not TomlOrigin.Inline } below => below,
            TomlArray { IsOfTables: true } array => (TomlTable)array.Items[^1],
            _ => throw Fail($"'{CoreMetadata.Quote(key)}' is {value.Kind} that is complete since line {value.Line}."),
        };
    }

    private TomlTable OpenTable(TomlTable parent, string key)
    {
        if (!parent.TryGet(key, out var value))
        {
            var created = Count(new TomlTable(line, TomlOrigin.Header));
            parent.TryAdd(key, created);
            return created;
        }
        if (value is not TomlTable { Origin: TomlOrigin.Implied } implied)
            throw Fail($"'{CoreMetadata.Quote(key)}' is defined already, in line {value.Line}.");
        implied.Origin = TomlOrigin.Header;
        return implied;
    }

    private TomlTable AddElement(TomlTable parent, string key)
    {
        if (!parent.TryGet(key, out var value))
        {
            value = Count(new TomlArray(line, isOfTables: true));
            parent.TryAdd(key, value);
        }
        if (value is not TomlArray { IsOfTables: true } array)
            throw Fail($"'{CoreMetadata.Quote(key)}' is defined already, in line {value.Line}.");
        var element = Count(new TomlTable(line, TomlOrigin.Header));
        array.Items.Add(element);
        return element;
    }

    private void ReadPair(TomlTable table, int depth)
    {
        var key = ReadKey();
        Expect('=', "behind the key");
        SkipBlanks();
        foreach (var part in key.AsSpan(..^1))
            table = EnterForPair(table, part);
        var value = ReadValue(depth);
        if (!table.TryAdd(key[^1], value))
            throw Fail($"The key '{CoreMetadata.Quote(key[^1])}' is given twice.");
    }

    /// <summary>A dotted key makes tables, or adds to those that dotted keys or deeper headers made.</summary>
    private TomlTable EnterForPair(TomlTable table, string key)
    {
        if (!table.TryGet(key, out var value))
        {
            var created = Count(new TomlTable(line, TomlOrigin.DottedKey));
            table.TryAdd(key, created);
            return created;
        }
        if (value is not TomlTable { Origin: TomlOrigin.Implied or TomlOrigin.DottedKey } below)
            throw Fail($"'{CoreMetadata.Quote(key)}' is {value.Kind} that is complete since line {value.Line}; a dotted key cannot add to it.");
        // From here on it belongs to the table whose lines these are: a header of its own would define it twice.
        below.Origin = TomlOrigin.DottedKey;
        return below;
    }

    /// <summary>A key: bare or quoted parts with dots between them, and blanks around all of them.</summary>
    private string[] ReadKey()
    {
        var parts = new List<string>(1);
        do
        {
            if (parts.Count == MaxDepth)
                throw Fail($"A key has more than {MaxDepth} parts.");
            SkipBlanks();
            parts.Add(ReadKeyPart());
            SkipBlanks();
        }
        while (TryTake('.'));
        return [.. parts];
    }

    private string ReadKeyPart()
    {
        if (Current is '"' or '\'')
        {
            if (StartsWith("\"\"\"") || StartsWith("'''"))
                throw Fail("A key is no string of several lines.");
            return Current == '"' ? ReadBasicString() : ReadLiteralString();
        }
        var start = position;
        while (char.IsAsciiLetterOrDigit(Current) || Current is '_' or '-')
            position++;
        return position > start ? text[start..position] : throw Fail("A key should stand here: letters, digits, '_' and '-', or a quoted text.");
    }
}

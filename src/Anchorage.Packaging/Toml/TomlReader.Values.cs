using System.Globalization;

namespace Anchorage.Packaging;

/// <summary>Values: arrays, inline tables, numbers, booleans, times.</summary>
internal sealed partial class TomlReader
{
    private TomlValue ReadValue(int depth)
    {
        if (depth > MaxDepth)
            throw Fail($"Values are nested more than {MaxDepth} deep.");
        var start = line;
        return Current switch
        {
            '"' => Count(new TomlString(start, StartsWith("\"\"\"") ? ReadBasicLines() : ReadBasicString())),
            '\'' => Count(new TomlString(start, StartsWith("'''") ? ReadLiteralLines() : ReadLiteralString())),
            '[' => ReadArray(depth),
            '{' => ReadInlineTable(depth),
            _ => Count(ReadWord()),
        };
    }

    private TomlArray ReadArray(int depth)
    {
        var array = Count(new TomlArray(line));
        position++;
        SkipSpace();
        while (!TryTake(']'))
        {
            array.Items.Add(ReadValue(depth + 1));
            SkipSpace();
            if (TryTake(','))
                SkipSpace();
            else if (Current != ']' || AtEnd)
                throw Fail("An array goes on with ',' or ends with ']'.");
        }
        return array;
    }

    /// <summary>One line, no comma at the end (TOML 1.0; 1.1 allows both, and readers in the field do not).</summary>
    private TomlTable ReadInlineTable(int depth)
    {
        var table = Count(new TomlTable(line, TomlOrigin.Implied));
        position++;
        SkipBlanks();
        if (!TryTake('}'))
        {
            do
            {
                SkipBlanks();
                ReadPair(table, depth + 1);
                SkipBlanks();
            }
            while (TryTake(','));
            Expect('}', "at the end of the inline table, which is one line");
        }
        Close(table);
        return table;
    }

    /// <summary>An inline table is complete with all that is in it. Dotted keys make no deeper tables than a key has parts.</summary>
    private static void Close(TomlTable table)
    {
        table.Origin = TomlOrigin.Inline;
        foreach (var value in table.Values.Values)
        {
            if (value is TomlTable { Origin: not TomlOrigin.Inline } below)
                Close(below);
        }
    }

    /// <summary>What is written without quotes: it ends where no such value can go on.</summary>
    private TomlValue ReadWord()
    {
        var start = position;
        while (char.IsAsciiLetterOrDigit(Current) || Current is '+' or '-' or '_' or '.' or ':')
            position++;
        // A date and a time may be set apart by one blank.
        if (position - start == 10 && Current == ' ' && position + 3 < text.Length && char.IsAsciiDigit(text[position + 1]) && text[position + 3] == ':')
        {
            position++;
            while (char.IsAsciiLetterOrDigit(Current) || Current is '+' or '-' or '.' or ':')
                position++;
        }
        var word = text.AsSpan(start, position - start);
        TomlValue? value = word switch
        {
            "true" => new TomlBoolean(line, true),
            "false" => new TomlBoolean(line, false),
            "inf" or "+inf" => new TomlFloat(line, double.PositiveInfinity),
            "-inf" => new TomlFloat(line, double.NegativeInfinity),
            "nan" or "+nan" or "-nan" => new TomlFloat(line, double.NaN),
            _ => ReadTime(word) ?? ReadNumber(word),
        };
        if (value is not null)
            return value;
        position = start;
        throw Fail(word.IsEmpty ? "A value should stand here." : $"'{CoreMetadata.Quote(word.ToString())}' is no value; a text needs quotes.");
    }

    private TomlValue? ReadNumber(ReadOnlySpan<char> word)
    {
        if (word.Length > 2 && word[0] == '0' && word[1] is 'x' or 'o' or 'b')
            return ReadPrefixedInteger(word[2..], word[1]);
        var sign = word.Length > 0 && word[0] is '+' or '-' ? 1 : 0;
        var digits = TakeDigits(word[sign..]);
        if (digits == 0 || (digits > 1 && word[sign] == '0'))
            return null;
        var rest = word[(sign + digits)..];
        if (rest.IsEmpty)
        {
            return long.TryParse(WithoutUnderscores(word), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var integer)
                ? new TomlInteger(line, integer)
                : throw Fail("An integer is between -2^63 and 2^63 - 1.");
        }
        if (rest[0] == '.')
        {
            var fraction = TakeDigits(rest[1..]);
            if (fraction == 0)
                return null;
            rest = rest[(fraction + 1)..];
        }
        if (!rest.IsEmpty)
        {
            if (rest[0] is not ('e' or 'E'))
                return null;
            rest = rest[1..];
            if (!rest.IsEmpty && rest[0] is '+' or '-')
                rest = rest[1..];
            if (TakeDigits(rest) != rest.Length || rest.IsEmpty)
                return null;
        }
        return double.TryParse(WithoutUnderscores(word), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? new TomlFloat(line, number) : null;
    }

    private TomlInteger? ReadPrefixedInteger(ReadOnlySpan<char> word, char prefix)
    {
        var radix = prefix switch { 'x' => 16, 'o' => 8, _ => 2 };
        var value = 0UL;
        var afterDigit = false;
        foreach (var c in word)
        {
            if (c == '_' && afterDigit)
            {
                afterDigit = false;
                continue;
            }
            var digit = char.IsAsciiHexDigit(c) ? Convert.ToInt32(c.ToString(), 16) : 16;
            if (digit >= radix)
                return null;
            if (value > ((ulong)long.MaxValue - (ulong)digit) / (ulong)radix)
                throw Fail("An integer is between -2^63 and 2^63 - 1.");
            value = (value * (ulong)radix) + (ulong)digit;
            afterDigit = true;
        }
        return afterDigit ? new TomlInteger(line, (long)value) : null;
    }

    /// <summary>The length of a run of digits with single underscores between them.</summary>
    private static int TakeDigits(ReadOnlySpan<char> word)
    {
        var length = 0;
        while (length < word.Length && (char.IsAsciiDigit(word[length]) || (word[length] == '_' && length > 0 && length + 1 < word.Length && char.IsAsciiDigit(word[length - 1]) && char.IsAsciiDigit(word[length + 1]))))
            length++;
        return length;
    }

    private static string WithoutUnderscores(ReadOnlySpan<char> word) => word.ToString().Replace("_", "", StringComparison.Ordinal);

    /// <summary>RFC 3339, or its date or its time alone; seconds are given always, fractions beyond 100 ns are cut off.</summary>
    private TomlTime? ReadTime(ReadOnlySpan<char> word)
    {
        var hasDate = word.Length >= 10 && word[4] == '-' && word[7] == '-';
        if (!hasDate && !(word.Length >= 8 && word[2] == ':'))
            return null;
        var date = DateOnly.MinValue;
        if (hasDate)
        {
            if (!DateOnly.TryParseExact(word[..10], "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out date))
                return null;
            if (word.Length == 10)
                return new TomlTime(line, new DateTimeOffset(date, default, TimeSpan.Zero), hasDate: true, hasTime: false, hasOffset: false);
            if (word[10] is not ('T' or 't' or ' '))
                return null;
            word = word[11..];
        }
        if (word.Length < 8 || !TimeOnly.TryParseExact(word[..8], "HH:mm:ss", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time))
            return null;
        word = word[8..];
        if (!word.IsEmpty && word[0] == '.')
        {
            var digits = 1;
            var ticks = 0L;
            for (var unit = TimeSpan.TicksPerSecond / 10; digits < word.Length && char.IsAsciiDigit(word[digits]); digits++, unit /= 10)
                ticks += (word[digits] - '0') * unit;
            if (digits == 1)
                return null;
            time = time.Add(TimeSpan.FromTicks(ticks));
            word = word[digits..];
        }
        var offset = TimeSpan.Zero;
        var hasOffset = !word.IsEmpty;
        if (hasOffset && (!hasDate || !TryReadOffset(word, out offset)))
            return null;
        try
        {
            return new TomlTime(line, new DateTimeOffset(date, time, offset), hasDate, hasTime: true, hasOffset);
        }
        catch (ArgumentOutOfRangeException)
        {
            // Within a day of the first or the last year, in UTC.
            return null;
        }
    }

    private static bool TryReadOffset(ReadOnlySpan<char> word, out TimeSpan offset)
    {
        offset = TimeSpan.Zero;
        if (word is "Z" or "z")
            return true;
        if (word.Length != 6 || word[0] is not ('+' or '-') || !TimeOnly.TryParseExact(word[1..], "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time))
            return false;
        offset = word[0] == '-' ? -time.ToTimeSpan() : time.ToTimeSpan();
        // .NET's times go no further from UTC; no place on Earth does.
        return offset.Duration() <= TimeSpan.FromHours(14);
    }
}

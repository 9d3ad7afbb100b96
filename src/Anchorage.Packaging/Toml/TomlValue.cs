using System.Diagnostics.CodeAnalysis;

namespace Anchorage.Packaging;

/// <summary>A value of a TOML document, with the place where it stands.</summary>
internal abstract class TomlValue(int line)
{
    /// <summary>The line of the document, from 1.</summary>
    public int Line { get; } = line;

    /// <summary>What it is, as the specification calls it, with an article.</summary>
    public abstract string Kind { get; }
}

internal sealed class TomlString(int line, string value) : TomlValue(line)
{
    public string Value { get; } = value;

    public override string Kind => "a string";
}

internal sealed class TomlInteger(int line, long value) : TomlValue(line)
{
    public long Value { get; } = value;

    public override string Kind => "an integer";
}

internal sealed class TomlFloat(int line, double value) : TomlValue(line)
{
    public double Value { get; } = value;

    public override string Kind => "a float";
}

internal sealed class TomlBoolean(int line, bool value) : TomlValue(line)
{
    public bool Value { get; } = value;

    public override string Kind => "a boolean";
}

/// <summary>One of TOML's four kinds of times. What the text leaves out (offset, date, time) is zero, or the first day there is.</summary>
internal sealed class TomlTime(int line, DateTimeOffset value, bool hasDate, bool hasTime, bool hasOffset) : TomlValue(line)
{
    public DateTimeOffset Value { get; } = value;

    public bool HasDate { get; } = hasDate;

    public bool HasTime { get; } = hasTime;

    public bool HasOffset { get; } = hasOffset;

    public override string Kind => "a date or time";
}

internal sealed class TomlArray(int line, bool isOfTables = false) : TomlValue(line)
{
    public List<TomlValue> Items { get; } = [];

    /// <summary>Grown by <c>[[…]]</c> headers; an array written with brackets is closed for good.</summary>
    public bool IsOfTables { get; } = isOfTables;

    public override string Kind => "an array";
}

/// <summary>How a table came to be, which decides who may add to it.</summary>
internal enum TomlOrigin
{
    /// <summary>By a header of a table below it: its own header may still follow, once.</summary>
    Implied,

    /// <summary>By its own header: dotted keys from elsewhere may not add to it.</summary>
    Header,

    /// <summary>By a dotted key: no header may name it.</summary>
    DottedKey,

    /// <summary>In braces: closed for good.</summary>
    Inline,
}

internal sealed class TomlTable(int line, TomlOrigin origin) : TomlValue(line)
{
    private readonly OrderedDictionary<string, TomlValue> values = new(StringComparer.Ordinal);

    public TomlOrigin Origin { get; set; } = origin;

    /// <summary>Keys and values in the order of the document.</summary>
    public IReadOnlyDictionary<string, TomlValue> Values => values;

    public override string Kind => "a table";

    public bool TryAdd(string key, TomlValue value) => values.TryAdd(key, value);

    public bool TryGet(string key, [NotNullWhen(true)] out TomlValue? value) => values.TryGetValue(key, out value);
}

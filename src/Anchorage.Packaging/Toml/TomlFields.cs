namespace Anchorage.Packaging;

/// <summary>
/// Takes fields out of a table of a document whose shape a specification fixes. What is missing or of the wrong kind is a
/// <see cref="DocumentFault"/> that names the place as the document's author sees it: <c>packages[3].wheels[0].size</c>.
/// </summary>
internal readonly struct TomlFields(TomlTable table, string place)
{
    public TomlTable Table { get; } = table;

    public string Place { get; } = place;

    public DocumentFault Fault(string message, int line = 0) =>
        new($"{(Place.Length == 0 ? "The document" : Place)} (line {(line == 0 ? Table.Line : line)}) {message}");

    /// <summary>Quoted: the names of digests are keys that the document's author chose.</summary>
    private string PlaceOf(string key) => Place.Length == 0 ? CoreMetadata.Quote(key) : $"{Place}.{CoreMetadata.Quote(key)}";

    private DocumentFault WrongKind(string key, TomlValue value, string expected) =>
        new($"{PlaceOf(key)} (line {value.Line}) is {value.Kind}; it must be {expected}.");

    public string? Text(string key) => !Table.TryGet(key, out var value) ? null
        : value is TomlString text ? text.Value : throw WrongKind(key, value, "a string");

    public string RequiredText(string key) => Text(key) ?? throw Fault($"has no '{key}', which is required.");

    public bool? Boolean(string key) => !Table.TryGet(key, out var value) ? null
        : value is TomlBoolean boolean ? boolean.Value : throw WrongKind(key, value, "true or false");

    public long? Size(string key)
    {
        if (!Table.TryGet(key, out var value))
            return null;
        if (value is not TomlInteger integer)
            throw WrongKind(key, value, "an integer");
        return integer.Value >= 0 ? integer.Value : throw new DocumentFault($"{PlaceOf(key)} (line {value.Line}) is negative.");
    }

    /// <summary>A date with a time; without an offset it is taken for UTC, as the specification of lock files wants it.</summary>
    public DateTimeOffset? Time(string key) => !Table.TryGet(key, out var value) ? null
        : value is TomlTime { HasDate: true, HasTime: true } time ? time.Value : throw WrongKind(key, value, "a date with a time");

    public TomlFields? Child(string key) => !Table.TryGet(key, out var value) ? null
        : value is TomlTable child ? new TomlFields(child, PlaceOf(key)) : throw WrongKind(key, value, "a table");

    public IReadOnlyList<string>? Texts(string key)
    {
        if (Array(key) is not { } array)
            return null;
        var texts = new string[array.Items.Count];
        for (var i = 0; i < texts.Length; i++)
            texts[i] = array.Items[i] is TomlString text ? text.Value : throw WrongKind($"{key}[{i}]", array.Items[i], "a string");
        return texts;
    }

    public IReadOnlyList<TomlFields>? Children(string key)
    {
        if (Array(key) is not { } array)
            return null;
        var children = new TomlFields[array.Items.Count];
        for (var i = 0; i < children.Length; i++)
        {
            children[i] = array.Items[i] is TomlTable child
                ? new TomlFields(child, $"{PlaceOf(key)}[{i}]")
                : throw WrongKind($"{key}[{i}]", array.Items[i], "a table");
        }
        return children;
    }

    private TomlArray? Array(string key) => !Table.TryGet(key, out var value) ? null
        : value as TomlArray ?? throw WrongKind(key, value, "an array");
}

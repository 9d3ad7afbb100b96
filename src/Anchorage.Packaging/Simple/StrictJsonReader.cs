using System.Text.Json;

namespace Anchorage.Packaging;

/// <summary>
/// JSON of another index, read forward: each value of the type that it must have, text no longer than anybody needs, no field
/// twice, fields that nobody knows kept for the writer. What is not so is a <see cref="FormatException"/> that names the page.
/// </summary>
internal ref struct StrictJsonReader(string page, ReadOnlySpan<byte> content)
{
    private Utf8JsonReader reader = new(content, new JsonReaderOptions { MaxDepth = SimpleLimits.MaxDepth });
    private int extraFields;

    /// <summary>The name of a field or a text as it stands in the page, escapes and all.</summary>
    public readonly ReadOnlySpan<byte> Raw => reader.ValueSpan;

    public readonly bool IsEscaped => reader.ValueIsEscaped;

    public JsonTokenType Read()
    {
        reader.Read();
        return reader.TokenType;
    }

    public void Skip() => reader.Skip();

    /// <summary>Whether the field has this name, however it is escaped.</summary>
    public readonly bool IsNamed(ReadOnlySpan<byte> name) => reader.ValueTextEquals(name);

    /// <summary>Keeps a field that this version does not know.</summary>
    public void ReadExtra(ref List<KeyValuePair<string, JsonElement>>? extra)
    {
        var name = TakeText("the name of a field");
        extra ??= [];
        if (extra.Count == SimpleLimits.MaxExtraFieldsPerObject || ++extraFields > SimpleLimits.MaxExtraFieldsPerPage)
            throw Malformed("it has more unknown fields than any index has use for");
        foreach (var (other, _) in extra)
        {
            if (other == name)
                throw Malformed($"\"{SimpleLimits.Shorten(name)}\" occurs twice");
        }
        if (!reader.Read())
            throw Malformed("it ends early");
        var value = JsonElement.ParseValue(ref reader);
        RequireText(value);
        extra.Add(new(name, value));
    }

    // What could not be written again must not come in: a lone surrogate hides behind an escape until then.
    private static void RequireText(JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String:
                value.GetString();
                break;
            case JsonValueKind.Array:
                foreach (var item in value.EnumerateArray())
                    RequireText(item);
                break;
            case JsonValueKind.Object:
                foreach (var property in value.EnumerateObject())
                {
                    _ = property.Name;
                    RequireText(property.Value);
                }
                break;
        }
    }

    public bool NextField() => reader.Read() && reader.TokenType == JsonTokenType.PropertyName;

    public bool NextItem(string list, int count, int most)
    {
        if (!reader.Read() || reader.TokenType == JsonTokenType.EndArray)
            return false;
        return count < most ? true : throw Malformed($"\"{list}\" has more than {most} items");
    }

    public void Begin(JsonTokenType start, string what)
    {
        reader.Read();
        Require(start, what);
    }

    // Whatever follows the page would be a second document: Read throws for anything but white space.
    public void End()
    {
        if (reader.TokenType != JsonTokenType.EndObject || reader.Read())
            throw Malformed("it does not end where it should");
    }

    public readonly void Require(JsonTokenType type, string what)
    {
        if (reader.TokenType != type)
            throw WrongType(what);
    }

    public readonly void Once(ref bool seen, string field)
    {
        if (seen)
            throw Malformed($"\"{field}\" occurs twice");
        seen = true;
    }

    public string ReadText(string what)
    {
        reader.Read();
        Require(JsonTokenType.String, what);
        return TakeText(what);
    }

    public string? ReadOptionalText(string what, string? previous = null)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
            return null;
        Require(JsonTokenType.String, what);
        return TakeText(what, previous);
    }

    /// <summary>The text that was read; <paramref name="previous"/> itself where it is the same, since neighbours mostly are.</summary>
    public readonly string TakeText(string what, string? previous = null)
    {
        if (previous is not null && reader.ValueTextEquals(previous))
            return previous;
        // An escape has up to six bytes for one character, UTF-8 up to three.
        if (reader.ValueSpan.Length > SimpleLimits.MaxTextLength * 6)
            throw Malformed($"{what} is longer than {SimpleLimits.MaxTextLength} characters");
        var text = reader.GetString()!;
        return text.Length <= SimpleLimits.MaxTextLength ? text : throw Malformed($"{what} is longer than {SimpleLimits.MaxTextLength} characters");
    }

    public long? ReadWholeNumber(string what)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
            return null;
        Require(JsonTokenType.Number, what);
        return reader.TryGetInt64(out var number) && number >= 0 ? number : throw Malformed($"{what} is not a whole number");
    }

    public bool? ReadOptionalFlag(string what)
    {
        return Read() switch
        {
            JsonTokenType.Null => null,
            JsonTokenType.True => true,
            JsonTokenType.False => false,
            _ => throw WrongType(what),
        };
    }

    public readonly FormatException WrongType(string what) => Malformed($"{what} is {reader.TokenType switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "a list",
        JsonTokenType.String => "text",
        JsonTokenType.Number => "a number",
        JsonTokenType.True or JsonTokenType.False => "true or false",
        JsonTokenType.Null => "null",
        _ => "missing",
    }}, which it must not be");

    public readonly FormatException Malformed(string fault) => new($"{page} is malformed: {fault}.");
}

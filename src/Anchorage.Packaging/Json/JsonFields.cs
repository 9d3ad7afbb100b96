using System.Text.Json;

namespace Anchorage.Packaging;

/// <summary>
/// Takes fields out of a JSON object whose shape a specification fixes. What is missing or of the wrong kind is a
/// <see cref="DocumentFault"/> that names the place. A field that is null counts as absent.
/// </summary>
internal readonly struct JsonFields
{
    public JsonFields(JsonElement element, string place)
    {
        Element = element;
        Place = place;
        if (element.ValueKind != JsonValueKind.Object)
            throw new DocumentFault($"{place} must be an object.");
    }

    /// <summary>The object itself; it lives no longer than its document.</summary>
    public JsonElement Element { get; }

    public string Place { get; }

    public DocumentFault Fault(string message) => new($"{Place} {message}");

    private JsonElement? Find(string name) => Element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    public string? Text(string name)
    {
        if (Find(name) is not { } value)
            return null;
        if (value.ValueKind != JsonValueKind.String)
            throw Fault($"has a '{CoreMetadata.Quote(name)}' that is no text.");
        return TextOf(value, name);
    }

    private string TextOf(JsonElement value, string name)
    {
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            // Escapes that make no character, or bytes that are no UTF-8.
            throw Fault($"has a '{CoreMetadata.Quote(name)}' that is not valid Unicode.");
        }
    }

    public string RequiredText(string name) => Text(name) ?? throw Fault($"has no '{CoreMetadata.Quote(name)}', which is required.");

    /// <summary>Base64 with its padding (RFC 4648, section 4).</summary>
    public byte[] RequiredBase64(string name)
    {
        try
        {
            return Convert.FromBase64String(RequiredText(name));
        }
        catch (FormatException)
        {
            throw Fault($"has a '{name}' that is not Base64.");
        }
    }

    public bool? Boolean(string name) => Find(name) is not { } value ? null
        : value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : throw Fault($"has a '{name}' that is neither true nor false.");

    public long RequiredInteger(string name) => Find(name) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt64(out var number) ? number
        : throw Fault($"has no '{name}' that is an integer, which is required.");

    public JsonFields? Child(string name) => Find(name) is not { } value ? null : new JsonFields(value, $"{Place}: {name}");

    public JsonFields RequiredChild(string name) => Child(name) ?? throw Fault($"has no '{name}', which is required.");

    /// <summary>The objects of an array.</summary>
    public IEnumerable<JsonFields> RequiredChildren(string name, int max)
    {
        var items = RequiredItems(name, max);
        var place = Place;
        return items.Select((item, i) => new JsonFields(item, $"{place}: {name}[{i}]"));
    }

    /// <summary>The values of an array, whatever they are.</summary>
    public List<JsonElement> RequiredItems(string name, int max)
    {
        if (Find(name) is not { ValueKind: JsonValueKind.Array } value)
            throw Fault($"has no array '{name}', which is required.");
        if (value.GetArrayLength() > max)
            throw Fault($"has {value.GetArrayLength()} items in '{name}'; at most {max} are read.");
        return [.. value.EnumerateArray()];
    }

    /// <summary>Any value, apart from the document that it came from.</summary>
    public JsonElement? Any(string name) => Find(name)?.Clone();

    /// <summary>All fields, which must be texts.</summary>
    public Dictionary<string, string> AllTexts()
    {
        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in Names())
            texts.Add(name, RequiredText(name));
        return texts;
    }

    /// <summary>The names of all fields.</summary>
    public List<string> Names()
    {
        var names = new List<string>();
        foreach (var property in Element.EnumerateObject())
        {
            try
            {
                names.Add(property.Name);
            }
            catch (InvalidOperationException)
            {
                throw Fault("has a field whose name is not valid Unicode.");
            }
        }
        return names;
    }
}

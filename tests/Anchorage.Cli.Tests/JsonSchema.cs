using System.Text.Json;

namespace Anchorage.Cli.Tests;

/// <summary>As much of JSON Schema 2020-12 as docs/doctor.schema.json uses; a keyword that is not known here fails.</summary>
internal sealed class JsonSchema(JsonElement root)
{
    private static readonly HashSet<string> Annotations = ["$schema", "$defs", "title", "description"];

    /// <summary>What is wrong with a document, a line each.</summary>
    public IReadOnlyList<string> Faults(JsonElement document)
    {
        var faults = new List<string>();
        Check(root, document, "$", faults);
        return faults;
    }

    private void Check(JsonElement schema, JsonElement value, string place, List<string> faults)
    {
        foreach (var keyword in schema.EnumerateObject())
        {
            switch (keyword.Name)
            {
                case "$ref":
                    var name = keyword.Value.GetString()!["#/$defs/".Length..];
                    Check(root.GetProperty("$defs").GetProperty(name), value, place, faults);
                    break;
                case "type":
                    var types = keyword.Value.ValueKind == JsonValueKind.Array ? [.. keyword.Value.EnumerateArray().Select(type => type.GetString()!)] : new[] { keyword.Value.GetString()! };
                    if (!types.Any(type => IsOf(type, value)))
                        faults.Add($"{place}: {value.ValueKind} is not {string.Join(" or ", types)}");
                    break;
                case "const":
                    if (value.GetRawText() != keyword.Value.GetRawText())
                        faults.Add($"{place}: {value.GetRawText()} is not {keyword.Value.GetRawText()}");
                    break;
                case "enum":
                    if (!keyword.Value.EnumerateArray().Any(allowed => allowed.GetRawText() == value.GetRawText()))
                        faults.Add($"{place}: {value.GetRawText()} is none of the allowed values");
                    break;
                case "anyOf":
                    if (!keyword.Value.EnumerateArray().Any(one => Passes(one, value, place)))
                        faults.Add($"{place}: fits none of anyOf");
                    break;
                case "items":
                    var items = value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().ToList() : [];
                    for (var number = 0; number < items.Count; number++)
                        Check(keyword.Value, items[number], $"{place}[{number}]", faults);
                    break;
                case "required":
                    foreach (var required in keyword.Value.EnumerateArray().Where(required => value.ValueKind == JsonValueKind.Object && !value.TryGetProperty(required.GetString()!, out _)))
                        faults.Add($"{place}: '{required.GetString()}' is missing");
                    break;
                case "properties":
                    foreach (var property in keyword.Value.EnumerateObject())
                    {
                        if (value.ValueKind == JsonValueKind.Object && value.TryGetProperty(property.Name, out var member))
                            Check(property.Value, member, $"{place}.{property.Name}", faults);
                    }
                    // Additions are allowed to programs, not to us: a field of ours that the schema does not name is a forgotten one.
                    foreach (var member in value.ValueKind == JsonValueKind.Object ? value.EnumerateObject().Where(member => !keyword.Value.TryGetProperty(member.Name, out _)) : [])
                        faults.Add($"{place}: '{member.Name}' is not in the schema");
                    break;
                default:
                    if (!Annotations.Contains(keyword.Name))
                        faults.Add($"{place}: the keyword {keyword.Name} is not known to this test");
                    break;
            }
        }
    }

    private bool Passes(JsonElement schema, JsonElement value, string place)
    {
        var faults = new List<string>();
        Check(schema, value, place, faults);
        return faults.Count == 0;
    }

    private static bool IsOf(string type, JsonElement value) => (type, value.ValueKind) switch
    {
        ("integer", JsonValueKind.Number) => value.TryGetInt64(out _),
        ("number", JsonValueKind.Number) => true,
        ("string", JsonValueKind.String) => true,
        ("null", JsonValueKind.Null) => true,
        ("boolean", JsonValueKind.True or JsonValueKind.False) => true,
        ("array", JsonValueKind.Array) => true,
        ("object", JsonValueKind.Object) => true,
        _ => false,
    };
}

namespace Anchorage.Packaging;

/// <summary>The rules of <c>[dependency-groups]</c>, applied to a document.</summary>
internal static class DependencyGroupReader
{
    public static DependencyGroups Read(TomlFields document)
    {
        var groups = new Dictionary<string, TomlGroup>(StringComparer.Ordinal);
        if (document.Child("dependency-groups") is not { } table)
            return new DependencyGroups([]);
        foreach (var (name, value) in table.Table.Values)
        {
            var group = new TomlGroup(name, value);
            if (!groups.TryAdd(group.Key, group))
                throw table.Fault($"has '{CoreMetadata.Quote(groups[group.Key].Name)}' and '{CoreMetadata.Quote(name)}', which are one name when normalised.", value.Line);
        }
        return new DependencyGroups(groups.Values);
    }
}

/// <summary>An item of a group: a requirement, or another group.</summary>
internal readonly record struct DependencyGroupItem(Requirement? Requirement, string? Include);

/// <summary>One group, as its table has it; read once, when it is asked for.</summary>
internal sealed class TomlGroup(string name, TomlValue value)
{
    private List<DependencyGroupItem>? items;
    private string? problem;

    public string Name { get; } = name;

    public string Key { get; } = KeyOf(name);

    /// <summary>Normalised as project names are; what is no name compares as it is written.</summary>
    public static string KeyOf(string name) => ProjectName.TryParse(name, out var normalized) ? normalized.ToString() : name;

    /// <summary>The items, or what is wrong with the group.</summary>
    public string? TryRead(out IReadOnlyList<DependencyGroupItem> read)
    {
        if (items is null && problem is null)
            problem = Read(out items);
        read = items ?? [];
        return problem;
    }

    private string? Read(out List<DependencyGroupItem>? found)
    {
        found = null;
        var place = $"dependency-groups.{CoreMetadata.Quote(Name)}";
        if (value is not TomlArray array)
            return $"{place} (line {value.Line}) is {value.Kind}; a group is an array of requirements.";
        var list = new List<DependencyGroupItem>(array.Items.Count);
        foreach (var item in array.Items)
        {
            if (item is TomlString text)
            {
                if (!Requirement.TryParse(text.Value, out var requirement, out var fault))
                    return $"{place} (line {item.Line}) has the malformed requirement '{CoreMetadata.Quote(text.Value)}': {fault}";
                list.Add(new(requirement, null));
            }
            else if (item is TomlTable { Values.Count: 1 } table && table.TryGet("include-group", out var include) && include is TomlString group)
            {
                list.Add(new(null, group.Value));
            }
            else
            {
                return $"{place} (line {item.Line}) has an item that is neither a requirement nor {{include-group = \"…\"}}.";
            }
        }
        found = list;
        return null;
    }
}

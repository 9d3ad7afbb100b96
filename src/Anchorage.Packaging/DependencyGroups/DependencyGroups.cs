using System.Diagnostics.CodeAnalysis;

namespace Anchorage.Packaging;

/// <summary>
/// The dependency groups of a project (PEP 735; packaging.python.org "Dependency Groups"): the table
/// <c>[dependency-groups]</c> of a <c>pyproject.toml</c>. Names compare normalised; no two are the same. A group is only
/// read when it is asked for, so that an item of a future specification spoils its own group and no other.
/// </summary>
public sealed class DependencyGroups
{
    /// <summary>The most requirements that one group may resolve to: groups that include groups grow by products.</summary>
    public const int MaxRequirements = 100_000;

    private readonly Dictionary<string, TomlGroup> groups;

    internal DependencyGroups(IEnumerable<TomlGroup> groups) => this.groups = groups.ToDictionary(group => group.Key, StringComparer.Ordinal);

    /// <summary>The groups' names as written, in the order of the file.</summary>
    public IReadOnlyList<string> Names => [.. groups.Values.Select(group => group.Name)];

    /// <summary>
    /// Reads the groups of a <c>pyproject.toml</c>; there are none where the table is absent. <paramref name="problem"/>
    /// says in one sentence what is wrong: no TOML, or two names that are one when normalised.
    /// </summary>
    public static bool TryReadPyproject(ReadOnlySpan<byte> content, [NotNullWhen(true)] out DependencyGroups? groups, [NotNullWhen(false)] out string? problem)
    {
        groups = null;
        if (!TomlReader.TryRead(content, out var document, out problem))
            return false;
        try
        {
            groups = DependencyGroupReader.Read(new TomlFields(document, ""));
            return true;
        }
        catch (DocumentFault fault)
        {
            problem = fault.Message;
            return false;
        }
    }

    /// <summary>
    /// The requirements of a group, with those of the groups that it includes in their place; none is left out because
    /// another has the same project. <paramref name="problem"/> says in one sentence what is wrong: no such group, an item
    /// that is neither a requirement nor <c>{include-group = "…"}</c>, or groups that include each other in a circle.
    /// </summary>
    public bool TryResolve(string group, [NotNullWhen(true)] out IReadOnlyList<Requirement>? requirements, [NotNullWhen(false)] out string? problem)
    {
        ArgumentNullException.ThrowIfNull(group);
        var resolved = new List<Requirement>();
        var includes = 0;
        problem = Resolve(group, resolved, [], ref includes);
        requirements = problem is null ? resolved : null;
        return problem is null;
    }

    /// <param name="group">The group to add.</param>
    /// <param name="resolved">What is there already.</param>
    /// <param name="path">The groups on the way here: one that comes again closes a circle.</param>
    /// <param name="includes">How many groups were included so far, empty ones too.</param>
    private string? Resolve(string group, List<Requirement> resolved, List<string> path, ref int includes)
    {
        var key = TomlGroup.KeyOf(group);
        if (!groups.TryGetValue(key, out var found))
            return $"There is no dependency group '{CoreMetadata.Quote(group)}'{(path.Count == 0 ? "" : $", which '{CoreMetadata.Quote(path[^1])}' includes")}.";
        if (path.Contains(key))
            return $"The dependency group '{CoreMetadata.Quote(group)}' includes itself: {CoreMetadata.Quote(string.Join(" → ", [.. path, key]))}.";
        if (path.Count == TomlReader.MaxDepth)
            return $"Dependency groups include each other more than {TomlReader.MaxDepth} deep.";
        if (++includes > MaxRequirements)
            return $"The dependency group includes more than {MaxRequirements} groups.";
        var problem = found.TryRead(out var items);
        if (problem is not null)
            return problem;
        path.Add(key);
        foreach (var item in items)
        {
            if (item.Requirement is { } requirement)
            {
                if (resolved.Count == MaxRequirements)
                    return $"The dependency group resolves to more than {MaxRequirements} requirements.";
                resolved.Add(requirement);
            }
            else if (Resolve(item.Include!, resolved, path, ref includes) is { } fault)
            {
                return fault;
            }
        }
        path.RemoveAt(path.Count - 1);
        return null;
    }
}

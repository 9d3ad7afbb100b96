using System.Text.Json.Serialization;
using Anchorage.Packaging;

namespace Anchorage.Server.Identity;

/// <summary>What may be done with an index or a project.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<AccessAction>))]
internal enum AccessAction
{
    [JsonStringEnumMemberName("read")]
    Read,

    [JsonStringEnumMemberName("upload")]
    Upload,

    /// <summary>Yank, unyank, delete.</summary>
    [JsonStringEnumMemberName("manage")]
    Manage,

    /// <summary>Indexes, tokens, everything.</summary>
    [JsonStringEnumMemberName("admin")]
    Admin,
}

/// <summary>A right: actions on an index (<c>*</c> = all) and on projects by name pattern (<c>*</c> at the end matches any rest).</summary>
internal sealed record Scope(string Index, string Project, IReadOnlyList<AccessAction> Actions)
{
    /// <summary>
    /// True where the right holds for the project; <paramref name="project"/> null = for the index as a whole, which a
    /// right on some projects is not: else whoever administers one project could define indexes and make tokens.
    /// </summary>
    public bool Covers(string index, ProjectName? project, AccessAction action)
    {
        if (!CoversSome(index, action))
            return false;
        if (Project == "*")
            return true;
        if (project is null)
            return false;
        return Project.EndsWith('*')
            ? project.ToString().StartsWith(Project.AsSpan(0, Project.Length - 1), StringComparison.Ordinal)
            : project.ToString() == Project;
    }

    /// <summary>True where the right holds for some project of the index: a first question, never the last.</summary>
    public bool CoversSome(string index, AccessAction action) =>
        (Actions.Contains(action) || Actions.Contains(AccessAction.Admin)) && (Index == "*" || Index == index);
}

/// <summary>Who asks: nobody in particular, or the owner of a token.</summary>
internal sealed record Principal(string Id, IReadOnlyList<Scope> Scopes)
{
    public static Principal Anonymous { get; } = new("anonymous", []);

    public bool IsAnonymous => ReferenceEquals(this, Anonymous);
}

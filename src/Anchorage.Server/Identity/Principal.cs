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
    public bool Covers(string index, ProjectName? project, AccessAction action)
    {
        if (!Actions.Contains(action) && !Actions.Contains(AccessAction.Admin))
            return false;
        if (Index != "*" && Index != index)
            return false;
        if (Project == "*")
            return true;
        // "May upload at all?" is answered by any scope on the index. Administration is of the whole or not at all: a
        // token for some projects must not be able to make one for all.
        if (project is null)
            return action != AccessAction.Admin;
        return Project.EndsWith('*')
            ? project.ToString().StartsWith(Project.AsSpan(0, Project.Length - 1), StringComparison.Ordinal)
            : project.ToString() == Project;
    }
}

/// <summary>Who asks: nobody in particular, or the owner of a token.</summary>
internal sealed record Principal(string Id, IReadOnlyList<Scope> Scopes)
{
    public static Principal Anonymous { get; } = new("anonymous", []);

    public bool IsAnonymous => ReferenceEquals(this, Anonymous);
}

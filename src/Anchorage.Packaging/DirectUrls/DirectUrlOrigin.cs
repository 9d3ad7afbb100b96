using System.Text.Json;

namespace Anchorage.Packaging;

/// <summary>What a direct URL leads to: a commit of a repository, an archive, or a directory.</summary>
public abstract record DirectUrlOrigin
{
    private protected DirectUrlOrigin()
    {
    }

    internal abstract void WriteTo(Utf8JsonWriter json);
}

/// <summary>A commit of a repository (<c>vcs_info</c>).</summary>
/// <param name="System">The version control system: <c>git</c>, <c>hg</c>, <c>bzr</c>, <c>svn</c>, or one that is not registered yet.</param>
/// <param name="CommitId">The exact commit.</param>
/// <param name="RequestedRevision">The branch, tag or commit that was asked for; null where none was.</param>
public sealed record RepositoryOrigin(string System, string CommitId, string? RequestedRevision = null) : DirectUrlOrigin
{
    internal override void WriteTo(Utf8JsonWriter json)
    {
        json.WriteStartObject("vcs_info");
        json.WriteString("vcs", System);
        if (RequestedRevision is not null)
            json.WriteString("requested_revision", RequestedRevision);
        json.WriteString("commit_id", CommitId);
        json.WriteEndObject();
    }
}

/// <summary>A source archive or a wheel (<c>archive_info</c>).</summary>
/// <param name="Hashes">Digests by algorithm, as written; empty where none are known.</param>
public sealed record ArchiveOrigin(IReadOnlyDictionary<string, string> Hashes) : DirectUrlOrigin
{
    internal override void WriteTo(Utf8JsonWriter json)
    {
        json.WriteStartObject("archive_info");
        if (Hashes.Count > 0)
        {
            json.WriteStartObject("hashes");
            foreach (var (algorithm, digest) in Hashes)
                json.WriteString(algorithm, digest);
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }

    /// <inheritdoc/>
    public bool Equals(ArchiveOrigin? other) =>
        other is not null && Hashes.Count == other.Hashes.Count && Hashes.All(pair => other.Hashes.TryGetValue(pair.Key, out var digest) && digest == pair.Value);

    /// <inheritdoc/>
    public override int GetHashCode() => Hashes.Aggregate(0, (hash, pair) => hash ^ HashCode.Combine(pair.Key, pair.Value));
}

/// <summary>A directory on this machine (<c>dir_info</c>); the URL's scheme is <c>file</c>.</summary>
/// <param name="IsEditable">Whether it was installed in editable mode; null where not said, which means no.</param>
public sealed record DirectoryOrigin(bool? IsEditable = null) : DirectUrlOrigin
{
    internal override void WriteTo(Utf8JsonWriter json)
    {
        json.WriteStartObject("dir_info");
        if (IsEditable is { } editable)
            json.WriteBoolean("editable", editable);
        json.WriteEndObject();
    }
}

using Anchorage.Packaging;
using Anchorage.Server.Database;
using Anchorage.Server.Index;

namespace Anchorage.Server.Projects;

/// <summary>
/// Yank, delete and status markers in the database. A deleted file leaves a tombstone: its name never names other bytes. Its blob
/// becomes garbage, which fsck may remove; removing it here could race with an upload of the same bytes.
/// </summary>
internal sealed class ChangeRelease(SqlDatabase database, HostedStamps stamps, TimeProvider time)
{
    // PEP 592 is per file, the API per release: every file of it carries the mark.
    private static readonly Sql UpdateYanked = new("""
        UPDATE distribution_file SET yanked_reason = @reason
        WHERE release_id IN (SELECT r.id FROM release r JOIN project p ON p.id = r.project_id
            WHERE p.index_id = @index_id AND p.name = @name AND r.canonical = @canonical)
        """);

    private static readonly Sql SelectReleaseFiles = new("""
        SELECT f.filename FROM distribution_file f JOIN release r ON r.id = f.release_id JOIN project p ON p.id = r.project_id
        WHERE p.index_id = @index_id AND p.name = @name AND r.canonical = @canonical
        """);

    private static readonly Sql DeleteFile = new("DELETE FROM distribution_file WHERE index_id = @index_id AND filename = @filename RETURNING sha256");

    private static readonly Sql InsertTombstone = new("""
        INSERT INTO tombstone (index_id, filename, sha256, deleted_at, deleted_by) VALUES (@index_id, @filename, @sha256, @deleted_at, @deleted_by)
        """);

    private static readonly Sql UpdateStatus = new("UPDATE project SET status = @status, status_reason = @reason WHERE index_id = @index_id AND name = @name");

    private static readonly Sql UpdateSerial = new("UPDATE project SET serial = @serial WHERE index_id = @index_id AND name = @name");

    /// <summary>1, or 0 where there is no such project.</summary>
    public Task<int> SetStatusAsync(IndexDefinition index, ProjectName project, string status, string? reason, CancellationToken cancellationToken) =>
        ChangeAsync(
            index, project,
            session => session.ExecuteAsync(
                UpdateStatus, cancellationToken, ("status", status), ("reason", reason), ("index_id", index.Id), ("name", project.ToString())),
            cancellationToken);

    /// <summary>The number of files marked; <paramref name="reason"/> null takes the mark away.</summary>
    public Task<int> YankAsync(IndexDefinition index, ProjectName project, PackageVersion version, string? reason, CancellationToken cancellationToken) =>
        ChangeAsync(
            index, project,
            session => session.ExecuteAsync(
                UpdateYanked, cancellationToken,
                ("reason", reason), ("index_id", index.Id), ("name", project.ToString()), ("canonical", version.ToCanonicalString())),
            cancellationToken);

    /// <summary>The number of files deleted.</summary>
    public Task<int> DeleteReleaseAsync(IndexDefinition index, ProjectName project, PackageVersion version, string actor, CancellationToken cancellationToken) =>
        ChangeAsync(
            index, project,
            async session =>
            {
                var files = await session.QueryAsync(
                    SelectReleaseFiles, static row => row.GetString(0), cancellationToken,
                    ("index_id", index.Id), ("name", project.ToString()), ("canonical", version.ToCanonicalString()));
                var count = 0;
                foreach (var file in files)
                    count += await BuryAsync(session, index, file, actor, cancellationToken);
                return count;
            },
            cancellationToken);

    /// <summary>1, or 0 where there is no such file.</summary>
    public Task<int> DeleteFileAsync(IndexDefinition index, ProjectName project, string filename, string actor, CancellationToken cancellationToken) =>
        ChangeAsync(index, project, session => BuryAsync(session, index, filename, actor, cancellationToken), cancellationToken);

    private async Task<int> BuryAsync(SqlSession session, IndexDefinition index, string filename, string actor, CancellationToken cancellationToken)
    {
        var deleted = await session.QueryAsync(DeleteFile, static row => row.GetString(0), cancellationToken, ("index_id", index.Id), ("filename", filename));
        if (deleted.Count == 0)
            return 0;
        await session.ExecuteAsync(
            InsertTombstone, cancellationToken,
            ("index_id", index.Id), ("filename", filename), ("sha256", deleted[0]), ("deleted_at", time.GetUtcNow().ToMicroseconds()), ("deleted_by", actor));
        return 1;
    }

    private async Task<int> ChangeAsync(IndexDefinition index, ProjectName project, Func<SqlSession, Task<int>> change, CancellationToken cancellationToken)
    {
        var count = await database.InTransactionAsync(
            async session =>
            {
                var serial = await Serials.NextAsync(session, cancellationToken);
                var changed = await change(session);
                if (changed > 0)
                    await session.ExecuteAsync(UpdateSerial, cancellationToken, ("serial", serial), ("index_id", index.Id), ("name", project.ToString()));
                return changed;
            },
            cancellationToken);
        if (count > 0)
            stamps.Changed(index.Id, project);
        return count;
    }
}

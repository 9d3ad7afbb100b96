using Anchorage.Packaging;
using Anchorage.Server.Database;

namespace Anchorage.Server.Index;

/// <summary>A published file as its row says.</summary>
internal sealed record HostedFile(Sha256Digest Digest, Sha256Digest MetadataDigest, DateTimeOffset UploadedAt, bool IsQuarantined);

/// <summary>
/// The rows of files that were asked for of late. Each is kept with the serial that its project had before the row was
/// read, and counts only while the project still has it: every change to a project gives it another.
/// </summary>
internal sealed class HostedFiles(SqlDatabase database, HostedStamps stamps)
{
    private const int MaxEntries = 20_000;

    private static readonly Sql SelectFile = new("""
        SELECT f.sha256, f.metadata_sha256, f.uploaded_at, p.status, p.name
        FROM distribution_file f JOIN project p ON p.id = f.project_id
        WHERE f.index_id = @index_id AND f.filename = @filename
        """);

    private readonly BoundedCache<(long IndexId, string Filename), (long Serial, HostedFile File)> files = new(MaxEntries);

    /// <summary>The file, or null where the index has none of that name.</summary>
    public async ValueTask<HostedFile?> FindAsync(long indexId, ProjectName project, string filename, CancellationToken cancellationToken)
    {
        var key = (indexId, filename);
        var serial = await stamps.FindAsync(indexId, project, cancellationToken);
        if (serial is { } current && files.TryGet(key, out var known) && known.Serial == current)
            return known.File;
        var row = await database.FindAsync(
            SelectFile,
            static row => new
            {
                Project = row.GetString(4),
                File = new HostedFile(
                    Sha256Digest.Parse(row.GetString(0)), Sha256Digest.Parse(row.GetString(1)), Timestamps.FromMicroseconds(row.GetInt64(2)),
                    row.GetString(3) == ProjectStatuses.Quarantined),
            },
            cancellationToken, ("index_id", indexId), ("filename", filename));
        // An old file name may be of another project than the one it was looked for under: that one's serial says nothing of it.
        if (row is not null && serial is { } before && row.Project == project.ToString())
            files.Set(key, (before, row.File));
        return row?.File;
    }
}

using Anchorage.Packaging;
using Anchorage.Server.Audit;
using Anchorage.Server.Database;
using Anchorage.Server.Index;
using Anchorage.Server.Storage;

namespace Anchorage.Server.Upload;

/// <summary>A checked file, ready to be published.</summary>
internal sealed record CheckedUpload(
    IndexDefinition Index, DistributionFilename Filename, string Kind, string PythonVersion, string DisplayName, ArchiveReport Archive,
    StagedBlob Content, long Size, FileDigests Digests);

/// <summary>How a publication ended.</summary>
internal abstract record PublishOutcome
{
    public sealed record Published : PublishOutcome;

    /// <summary>The same bytes under the same name were published before: nothing changed (DESIGN §5).</summary>
    public sealed record Unchanged : PublishOutcome;

    public sealed record NameTaken(string Blake2b256) : PublishOutcome;

    public sealed record NameWasDeleted : PublishOutcome;

    public sealed record ProjectClosed(string Status, string? Reason) : PublishOutcome;
}

/// <summary>
/// Publishes a file so that a crash at any point leaves either all of it or nothing to be seen.
/// <list type="number">
/// <item>side by side: the blobs, i.e. the file and its metadata, durable (a blob without a row is garbage);</item>
/// <item>and the record: intent, durable;</item>
/// <item>one transaction: serial, checks, project, release, file;</item>
/// <item>pages learn of the new serial; then the record: outcome.</item>
/// </list>
/// </summary>
internal sealed class PublishFile(SqlDatabase database, IBlobStore blobs, AuditLog audit, HostedStamps stamps, TimeProvider time)
{
    private static readonly Sql SelectExisting = new("SELECT sha256, blake2b_256 FROM distribution_file WHERE index_id = @index_id AND filename = @filename");

    private static readonly Sql SelectTombstone = new("SELECT sha256 FROM tombstone WHERE index_id = @index_id AND filename = @filename");

    private static readonly Sql SelectStatus = new("SELECT status, status_reason FROM project WHERE index_id = @index_id AND name = @name");

    private static readonly Sql UpsertProject = new("""
        INSERT INTO project (index_id, name, display_name, serial, created_at)
        VALUES (@index_id, @name, @display_name, @serial, @created_at)
        ON CONFLICT (index_id, name) DO UPDATE SET serial = excluded.serial
        RETURNING id
        """);

    private static readonly Sql UpsertRelease = new("""
        INSERT INTO release (project_id, canonical, version, created_at)
        VALUES (@project_id, @canonical, @version, @created_at)
        ON CONFLICT (project_id, canonical) DO UPDATE SET canonical = excluded.canonical
        RETURNING id
        """);

    // A yank is of the release: a file that joins it later is yanked as the others are.
    private static readonly Sql InsertFile = new("""
        INSERT INTO distribution_file (index_id, project_id, release_id, filename, kind, python_version, sha256, md5, blake2b_256, size,
            metadata_sha256, metadata_size, requires_python, uploaded_at, uploaded_by, yanked_reason)
        VALUES (@index_id, @project_id, @release_id, @filename, @kind, @python_version, @sha256, @md5, @blake2b_256, @size,
            @metadata_sha256, @metadata_size, @requires_python, @uploaded_at, @uploaded_by,
            (SELECT MAX(yanked_reason) FROM distribution_file WHERE release_id = @release_id))
        """);

    /// <summary>What stands in the way of publishing that name, before any bytes are inspected; null = nothing.</summary>
    public Task<PublishOutcome?> FindObstacleAsync(IndexDefinition index, string filename, Sha256Digest digest, CancellationToken cancellationToken) =>
        FindObstacleAsync(database, index.Id, filename, digest, cancellationToken);

    public async Task<PublishOutcome> PublishAsync(CheckedUpload upload, AuditEvent entry, CancellationToken cancellationToken)
    {
        // 1, 2: nothing is to be seen before all three are durable, and syncs that come together cost little more than one.
        var intent = audit.AppendAsync(entry with { Outcome = "intent" }, cancellationToken).AsTask();
        var metadata = StoreMetadataAsync(upload.Archive.MetadataBytes, cancellationToken);
        try
        {
            // All are waited for also where one fails: they work on files that go when this returns.
            await Task.WhenAll(intent, metadata, blobs.PublishAsync(upload.Content, upload.Digests.Sha256, cancellationToken));
        }
        catch (Exception e) when (intent.IsCompletedSuccessfully)
        {
            audit.Post(entry with { Outcome = "failed", Reason = e.GetType().Name });
            throw;
        }
        var metadataDigest = await metadata;

        // 3: from here on a client that leaves changes nothing.
        var outcome = await database.InTransactionAsync(
            session => InsertAsync(session, upload, metadataDigest, entry.Actor ?? "", CancellationToken.None), CancellationToken.None);

        // 4
        if (outcome is PublishOutcome.Published)
            stamps.Changed(upload.Index.Id, upload.Filename.Project);
        RecordOutcome(outcome, entry);
        return outcome;
    }

    /// <summary>Puts how it ended on record: also an attempt to publish other bytes under a name that is taken.</summary>
    public void RecordOutcome(PublishOutcome outcome, AuditEvent entry) =>
        audit.Post(entry with { Outcome = outcome is PublishOutcome.Published or PublishOutcome.Unchanged ? "ok" : "denied", Reason = outcome.GetType().Name });

    private async Task<Sha256Digest> StoreMetadataAsync(ReadOnlyMemory<byte> metadata, CancellationToken cancellationToken)
    {
        var digest = Sha256Digest.Of(metadata.Span);
        using var staged = blobs.Stage();
        await staged.Writer.WriteAsync(metadata, cancellationToken);
        await blobs.PublishAsync(staged, digest, cancellationToken);
        return digest;
    }

    private static async Task<PublishOutcome?> FindObstacleAsync(SqlSession session, long indexId, string filename, Sha256Digest digest, CancellationToken cancellationToken)
    {
        var existing = await session.FindAsync(
            SelectExisting, static row => new { Sha256 = row.GetString(0), Blake2 = row.GetString(1) }, cancellationToken, ("index_id", indexId), ("filename", filename));
        if (existing is not null)
            return existing.Sha256 == digest.ToString() ? new PublishOutcome.Unchanged() : new PublishOutcome.NameTaken(existing.Blake2);
        var deleted = await session.FindAsync(SelectTombstone, static row => row.GetString(0), cancellationToken, ("index_id", indexId), ("filename", filename));
        return deleted is not null ? new PublishOutcome.NameWasDeleted() : null;
    }

    private async Task<PublishOutcome> InsertAsync(SqlSession session, CheckedUpload upload, Sha256Digest metadataDigest, string actor, CancellationToken cancellationToken)
    {
        // The serial first: on PostgreSQL its row lock puts all changes one after another, so that the checks that
        // follow see everything that was committed before.
        var serial = await Serials.NextAsync(session, cancellationToken);
        var name = upload.Filename.Project.ToString();
        var status = await session.FindAsync(
            SelectStatus, static row => new PublishOutcome.ProjectClosed(row.GetString(0), row.IsDBNull(1) ? null : row.GetString(1)),
            cancellationToken, ("index_id", upload.Index.Id), ("name", name));
        if (status is { Status: ProjectStatuses.Archived or ProjectStatuses.Quarantined })
            return status;
        if (await FindObstacleAsync(session, upload.Index.Id, upload.Filename.Text, upload.Digests.Sha256, cancellationToken) is { } obstacle)
            return obstacle;

        var now = time.GetUtcNow().ToMicroseconds();
        var projectId = await session.FindAsync(
            UpsertProject, static row => row.GetInt64(0), cancellationToken,
            ("index_id", upload.Index.Id), ("name", name), ("display_name", upload.DisplayName), ("serial", serial), ("created_at", now));
        var releaseId = await session.FindAsync(
            UpsertRelease, static row => row.GetInt64(0), cancellationToken,
            ("project_id", projectId), ("canonical", upload.Filename.Version.ToCanonicalString()), ("version", upload.Filename.Version.ToString()), ("created_at", now));
        await session.ExecuteAsync(
            InsertFile, cancellationToken,
            ("index_id", upload.Index.Id), ("project_id", projectId), ("release_id", releaseId), ("filename", upload.Filename.Text), ("kind", upload.Kind),
            ("python_version", upload.PythonVersion), ("sha256", upload.Digests.Sha256.ToString()), ("md5", upload.Digests.Md5),
            ("blake2b_256", upload.Digests.Blake2b256), ("size", upload.Size), ("metadata_sha256", metadataDigest.ToString()),
            ("metadata_size", (long)upload.Archive.MetadataBytes.Length), ("requires_python", upload.Archive.Metadata.RequiresPython),
            ("uploaded_at", now), ("uploaded_by", actor));
        return new PublishOutcome.Published();
    }
}

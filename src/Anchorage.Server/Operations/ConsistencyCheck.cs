// What must hold between the database, the blobs and the record:
//   1 the database file itself is sound
//   2 every hosted file has its blobs, of the recorded size; a mirrored file may lack its own: a cache miss
//   3 every blob's bytes have the digest of its name
//   4 a blob that no row refers to is garbage: what a crash left between publishing a blob and writing its row
//   5 the audit record reads to its end without a gap
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json.Serialization;
using Anchorage.Packaging;
using Anchorage.Server.Audit;
using Anchorage.Server.Database;
using Anchorage.Server.Storage;

namespace Anchorage.Server.Operations;

/// <summary>One thing found. Severity: problem, garbage or removed.</summary>
internal sealed record ConsistencyFinding(string Severity, string Text);

/// <summary>What a check found.</summary>
internal sealed record ConsistencyReport
{
    public required int Problems { get; init; }
    public required long HostedFiles { get; init; }
    public required long MirroredFiles { get; init; }
    public required long CacheMisses { get; init; }
    public required long Blobs { get; init; }
    public required long Bytes { get; init; }
    public required long Unreferenced { get; init; }
    public required long Removed { get; init; }
    public required long AuditEvents { get; init; }
    public required IReadOnlyList<ConsistencyFinding> Findings { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(ConsistencyReport))]
internal sealed partial class ConsistencyJson : JsonSerializerContext;

/// <summary>Compares the database, the blobs and the record. A server may run meanwhile, unless garbage is removed.</summary>
internal sealed class ConsistencyCheck(SqlDatabase database, IBlobStore blobs, string auditDirectory, bool removesGarbage)
{
    private const int PageRows = 1000;

    private static readonly Sql HostedFiles = new("""
        SELECT file.id, package_index.name, file.filename, file.sha256, file.size, file.metadata_sha256, file.metadata_size
        FROM distribution_file file JOIN package_index ON package_index.id = file.index_id
        WHERE file.id > @after ORDER BY file.id LIMIT @rows
        """);
    private static readonly Sql MirroredFiles = new("""
        SELECT index_id, locator, filename, sha256, size FROM mirror_file
        WHERE (index_id, locator, filename) > (@index_id, @locator, @filename) ORDER BY index_id, locator, filename LIMIT @rows
        """);
    private static readonly Sql MirroredMetadata = new("""
        SELECT index_id, locator, filename, sha256 FROM mirror_metadata
        WHERE (index_id, locator, filename) > (@index_id, @locator, @filename) ORDER BY index_id, locator, filename LIMIT @rows
        """);

    private readonly ConcurrentQueue<ConsistencyFinding> findings = new();
    private readonly HashSet<Sha256Digest> hosted = [];
    private readonly HashSet<Sha256Digest> mirrored = [];
    private long hostedFiles, mirroredFiles, cacheMisses, blobCount, byteCount, unreferenced, removed, auditEvents;

    /// <summary>Told now and then how many blobs were hashed.</summary>
    public Action<long>? Progress { get; set; }

    public async Task<ConsistencyReport> RunAsync(CancellationToken cancellationToken)
    {
        // 1
        foreach (var damage in await database.FindDamageAsync(cancellationToken))
            Problem($"the database: {damage}");

        // The blobs are listed before the rows: a blob that is published meanwhile is not taken for garbage.
        var stored = await blobs.ListAsync(cancellationToken).ToListAsync(cancellationToken);
        await CheckHostedAsync(cancellationToken);
        await CheckMirroredAsync(cancellationToken);
        await Parallel.ForEachAsync(stored, cancellationToken, async (digest, token) => await CheckBlobAsync(digest, token));
        CheckAudit();

        var all = findings.ToList();
        return new ConsistencyReport
        {
            Problems = all.Count(static finding => finding.Severity == "problem"),
            HostedFiles = hostedFiles,
            MirroredFiles = mirroredFiles,
            CacheMisses = cacheMisses,
            Blobs = blobCount,
            Bytes = byteCount,
            Unreferenced = unreferenced,
            Removed = removed,
            AuditEvents = auditEvents,
            Findings = all,
        };
    }

    // 2
    private async Task CheckHostedAsync(CancellationToken cancellationToken)
    {
        for (var after = 0L; ;)
        {
            var rows = await database.QueryAsync(HostedFiles, static row => (
                Id: row.GetInt64(0), Name: $"{row.GetString(1)}/{row.GetString(2)}", Sha256: row.GetString(3), Size: row.GetInt64(4),
                MetadataSha256: row.GetString(5), MetadataSize: row.GetInt64(6)), cancellationToken, ("after", after), ("rows", PageRows));
            foreach (var row in rows)
            {
                hostedFiles++;
                await CheckHostedBlobAsync($"the file {row.Name}", row.Sha256, row.Size, cancellationToken);
                await CheckHostedBlobAsync($"the metadata of {row.Name}", row.MetadataSha256, row.MetadataSize, cancellationToken);
            }
            if (rows.Count < PageRows)
                return;
            after = rows[^1].Id;
        }
    }

    private async Task CheckHostedBlobAsync(string what, string sha256, long size, CancellationToken cancellationToken)
    {
        if (!Sha256Digest.TryParse(sha256, out var digest))
        {
            Problem($"{what}: its row has no digest but '{Server.Problem.Printable(sha256)}'");
            return;
        }
        hosted.Add(digest);
        if (await blobs.FindAsync(digest, cancellationToken) is not { } blob)
            Problem($"{what}: its blob {digest} is missing; restore it from a backup");
        else if (blob.Length != size)
            Problem($"{what}: its blob {digest} has {blob.Length} bytes, its row says {size}; restore it from a backup");
    }

    private async Task CheckMirroredAsync(CancellationToken cancellationToken)
    {
        await ForEachMirroredAsync(MirroredFiles, cancellationToken);
        await ForEachMirroredAsync(MirroredMetadata, cancellationToken);
    }

    private async Task ForEachMirroredAsync(Sql sql, CancellationToken cancellationToken)
    {
        for (var after = (IndexId: 0L, Locator: "", Filename: ""); ;)
        {
            var rows = await database.QueryAsync(
                sql, static row => (IndexId: row.GetInt64(0), Locator: row.GetString(1), Filename: row.GetString(2), Sha256: row.GetString(3)),
                cancellationToken, ("index_id", after.IndexId), ("locator", after.Locator), ("filename", after.Filename), ("rows", PageRows));
            foreach (var row in rows)
            {
                mirroredFiles++;
                if (!Sha256Digest.TryParse(row.Sha256, out var digest))
                {
                    Problem($"the mirrored file {row.Filename}: its row has no digest but '{Server.Problem.Printable(row.Sha256)}'");
                    continue;
                }
                mirrored.Add(digest);
                if (await blobs.FindAsync(digest, cancellationToken) is null)
                    cacheMisses++;
            }
            if (rows.Count < PageRows)
                return;
            after = (rows[^1].IndexId, rows[^1].Locator, rows[^1].Filename);
        }
    }

    // 3, 4
    private async Task CheckBlobAsync(Sha256Digest digest, CancellationToken cancellationToken)
    {
        if (await blobs.FindAsync(digest, cancellationToken) is not { } blob)
            return;
        Sha256Digest actual;
        await using (var content = blob.OpenRead())
            actual = new Sha256Digest(await SHA256.HashDataAsync(content, cancellationToken));
        Interlocked.Add(ref byteCount, blob.Length);
        if (Interlocked.Increment(ref blobCount) % 1000 == 0)
            Progress?.Invoke(Volatile.Read(ref blobCount));

        var isIntact = actual == digest;
        if (hosted.Contains(digest))
        {
            if (!isIntact)
                Problem($"the blob {digest} is damaged: its bytes have the digest {actual}; restore it from a backup");
            return;
        }
        var isMirrored = mirrored.Contains(digest);
        if (isMirrored && isIntact)
            return;
        if (!isMirrored)
            Interlocked.Increment(ref unreferenced);
        if (removesGarbage)
        {
            await blobs.DeleteAsync(digest, cancellationToken);
            Interlocked.Increment(ref removed);
            Find("removed", isMirrored ? $"the damaged blob {digest}; it is fetched from the upstream again when it is asked for" : $"the unreferenced blob {digest}, {blob.Length} bytes");
        }
        else if (isMirrored)
        {
            Problem($"the mirrored blob {digest} is damaged: its bytes have the digest {actual}; stop the server and run fsck --remove-garbage to have it fetched again");
        }
        else
        {
            Find("garbage", $"the blob {digest}, {blob.Length} bytes, is referred to by no row");
        }
    }

    // 5
    private void CheckAudit()
    {
        try
        {
            foreach (var _ in AuditReader.Read(auditDirectory))
                auditEvents++;
        }
        catch (AuditDamagedException exception)
        {
            Problem(exception.Message);
        }
    }

    private void Problem(string text) => Find("problem", text);

    private void Find(string severity, string text) => findings.Enqueue(new ConsistencyFinding(severity, text));
}

using Anchorage.Packaging;
using Anchorage.Server.Audit;
using Anchorage.Server.Database;
using Anchorage.Server.Operations;
using Anchorage.Server.Storage;
using Anchorage.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Anchorage.Server.Tests.Operations;

public abstract class ConsistencyCheckContract : IAsyncLifetime
{
    private readonly TestDirectory home = new();
    private TestDatabase test = null!;
    private DataDirectory directory = null!;
    private FileBlobStore store = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private protected abstract TestEngine Engine { get; }

    public async ValueTask InitializeAsync()
    {
        test = await TestDatabase.CreateAsync(Engine, Token);
        directory = DataDirectory.Open(home.PathOf("data"));
        store = new FileBlobStore(directory);
        await test.Database.ExecuteAsync(new Sql("INSERT INTO package_index (name, kind, created_at) VALUES ('main', 'hosted', 1)"), Token);
        await test.Database.ExecuteAsync(new Sql(
            "INSERT INTO project (index_id, name, display_name, serial, created_at) SELECT id, 'six', 'six', 1, 1 FROM package_index"), Token);
        await test.Database.ExecuteAsync(new Sql(
            "INSERT INTO release (project_id, canonical, version, created_at) SELECT id, '1', '1.0', 1 FROM project"), Token);
    }

    public async ValueTask DisposeAsync()
    {
        directory.Dispose();
        await test.DisposeAsync();
        home.Dispose();
    }

    private async Task<Sha256Digest> PublishAsync(string content)
    {
        using var staged = store.Stage();
        var bytes = System.Text.Encoding.UTF8.GetBytes(content);
        await staged.Writer.WriteAsync(bytes, Token);
        var digest = Sha256Digest.Of(bytes);
        await store.PublishAsync(staged, digest, Token);
        return digest;
    }

    private async Task<(Sha256Digest File, Sha256Digest Metadata)> HostAsync(string content)
    {
        var (file, metadata) = (await PublishAsync(content), await PublishAsync("metadata of " + content));
        await test.Database.ExecuteAsync(new Sql("""
            INSERT INTO distribution_file (index_id, project_id, release_id, filename, kind, python_version, sha256, md5, blake2b_256, size,
                metadata_sha256, metadata_size, uploaded_at, uploaded_by)
            SELECT p.index_id, p.id, r.id, @filename, 'sdist', 'source', @sha256, '', '', @size, @metadata_sha256, @metadata_size, 1, 'test'
            FROM project p JOIN release r ON r.project_id = p.id
            """), Token,
            ("filename", content + ".tar.gz"), ("sha256", file.ToString()), ("size", (long)content.Length),
            ("metadata_sha256", metadata.ToString()), ("metadata_size", (long)("metadata of " + content).Length));
        return (file, metadata);
    }

    private async Task<Sha256Digest> MirrorAsync(string content)
    {
        var digest = await PublishAsync(content);
        await test.Database.ExecuteAsync(new Sql("""
            INSERT INTO mirror_file (index_id, locator, filename, project, sha256, size, fetched_at)
            SELECT id, @sha256, @filename, 'six', @sha256, @size, 1 FROM package_index
            """), Token, ("sha256", digest.ToString()), ("filename", content + ".whl"), ("size", (long)content.Length));
        return digest;
    }

    private string PathOf(Sha256Digest digest) => Path.Combine(directory.Blobs, digest.ToString()[..2], digest.ToString());

    private Task<ConsistencyReport> CheckAsync(bool removesGarbage = false) =>
        new ConsistencyCheck(test.Database, store, directory.Audit, removesGarbage).RunAsync(Token);

    [Fact]
    public async Task What_is_whole_is_clean()
    {
        await HostAsync("six-1.0");
        await MirrorAsync("idna");
        await using (var log = AuditLog.Open(directory.Audit, TimeProvider.System, NullLogger.Instance))
            await log.AppendAsync(new AuditEvent { Action = "test", Outcome = "ok" }, Token);
        var report = await CheckAsync();
        Assert.Empty(report.Findings);
        Assert.Equal((0, 1L, 1L, 0L, 3L, 0L, 1L),
            (report.Problems, report.HostedFiles, report.MirroredFiles, report.CacheMisses, report.Blobs, report.Unreferenced, report.AuditEvents));
    }

    [Fact]
    public async Task A_hosted_file_without_its_blob_is_a_problem()
    {
        var (file, metadata) = await HostAsync("six-1.0");
        await store.DeleteAsync(file, Token);
        await store.DeleteAsync(metadata, Token);
        var report = await CheckAsync();
        Assert.Equal(2, report.Problems);
        Assert.Contains(report.Findings, finding => finding.Text.Contains($"the file main/six-1.0.tar.gz: its blob {file} is missing", StringComparison.Ordinal));
        Assert.Contains(report.Findings, finding => finding.Text.Contains("the metadata of main/six-1.0.tar.gz", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_mirrored_file_without_its_blob_is_a_cache_miss()
    {
        await store.DeleteAsync(await MirrorAsync("idna"), Token);
        var report = await CheckAsync();
        Assert.Equal((0, 1L), (report.Problems, report.CacheMisses));
    }

    [Fact]
    public async Task A_changed_byte_in_a_blob_is_found()
    {
        var (file, _) = await HostAsync("six-1.0");
        await File.WriteAllTextAsync(PathOf(file), "six-1.1", Token);
        var report = await CheckAsync(removesGarbage: true);
        Assert.Contains($"the blob {file} is damaged", Assert.Single(report.Findings).Text, StringComparison.Ordinal);
        Assert.Equal((1, 0L), (report.Problems, report.Removed));
    }

    [Fact]
    public async Task A_damaged_mirrored_blob_is_a_problem_until_it_is_removed_to_be_fetched_again()
    {
        var digest = await MirrorAsync("idna");
        await File.WriteAllTextAsync(PathOf(digest), "IDNA", Token);
        Assert.Equal(1, (await CheckAsync()).Problems);
        var report = await CheckAsync(removesGarbage: true);
        Assert.Equal((0, 1L), (report.Problems, report.Removed));
        Assert.Equal((0, 1L), ((await CheckAsync()).Problems, (await CheckAsync()).CacheMisses));
    }

    [Fact]
    public async Task A_blob_without_a_row_is_reported_and_removed_only_when_asked()
    {
        await HostAsync("six-1.0");
        var digest = await PublishAsync("left by a crash");
        var report = await CheckAsync();
        Assert.Equal((0, 1L, 0L), (report.Problems, report.Unreferenced, report.Removed));
        Assert.NotNull(await store.FindAsync(digest, Token));

        report = await CheckAsync(removesGarbage: true);
        Assert.Equal((0, 1L, 1L), (report.Problems, report.Unreferenced, report.Removed));
        Assert.Null(await store.FindAsync(digest, Token));
        Assert.Equal((3L, 2L), (report.Blobs, (await CheckAsync()).Blobs));
    }

    [Fact]
    public async Task A_row_without_a_digest_is_a_problem()
    {
        await HostAsync("six-1.0");
        await test.Database.ExecuteAsync(new Sql("UPDATE distribution_file SET sha256 = 'nonsense'"), Token);
        Assert.Contains((await CheckAsync()).Findings, finding => finding.Text.Contains("no digest but 'nonsense'", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_damaged_record_is_a_problem()
    {
        await File.WriteAllBytesAsync(Path.Combine(directory.Audit, "wal-00000001.log"), new byte[100], Token);
        Assert.Contains("audit record", Assert.Single((await CheckAsync()).Findings).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task More_files_than_one_page_of_rows_are_all_checked()
    {
        await HostAsync("six-1.0");
        await test.Database.InTransactionAsync(async session =>
        {
            var copy = new Sql("""
                INSERT INTO distribution_file (index_id, project_id, release_id, filename, kind, python_version, sha256, md5, blake2b_256, size,
                    metadata_sha256, metadata_size, uploaded_at, uploaded_by)
                SELECT index_id, project_id, release_id, @filename, kind, python_version, sha256, md5, blake2b_256, size,
                    metadata_sha256, metadata_size, uploaded_at, uploaded_by
                FROM distribution_file WHERE filename = 'six-1.0.tar.gz'
                """);
            var copyMirrored = new Sql("""
                INSERT INTO mirror_file (index_id, locator, filename, project, sha256, size, fetched_at)
                SELECT index_id, sha256, @filename, 'six', sha256, size, 1 FROM distribution_file WHERE filename = 'six-1.0.tar.gz'
                """);
            for (var i = 0; i < 2100; i++)
            {
                await session.ExecuteAsync(copy, Token, ("filename", $"copy-{i}"));
                await session.ExecuteAsync(copyMirrored, Token, ("filename", $"copy-{i}"));
            }
            return 0;
        }, Token);
        var report = await CheckAsync();
        Assert.Equal((0, 2101L, 2100L), (report.Problems, report.HostedFiles, report.MirroredFiles));
    }
}

public class ConsistencyCheckOnSqliteTests : ConsistencyCheckContract
{
    private protected override TestEngine Engine => TestEngine.Sqlite;
}

public class ConsistencyCheckOnPostgresTests : ConsistencyCheckContract
{
    private protected override TestEngine Engine => TestEngine.Postgres;
}

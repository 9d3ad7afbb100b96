using Anchorage.Server.Database;
using Anchorage.Testing;

namespace Anchorage.Server.Tests.Database;

/// <summary>What holds on both engines.</summary>
public abstract class SqlDatabaseContract
{
    private static readonly Sql NextSerial = new("UPDATE serial_counter SET value = value + 1 WHERE id = 1 RETURNING value");
    private static readonly Sql Serial = new("SELECT value FROM serial_counter WHERE id = 1");
    private static readonly Sql AddIndex = new("""
        INSERT INTO package_index (name, kind, upstream_url, created_at) VALUES (@name, @kind, @upstream_url, @created_at)
        ON CONFLICT (name) DO NOTHING RETURNING id
        """);
    private static readonly Sql Indexes = new("SELECT id, name, upstream_url FROM package_index ORDER BY name");
    private static readonly Sql AddProject = new("""
        INSERT INTO project (index_id, name, display_name, serial, created_at) VALUES (@index_id, @name, @name, 1, 1)
        """);
    private static readonly Sql AddMirrorProject = new("""
        INSERT INTO mirror_project (index_id, name, upstream_url, document, changed_at, checked_at)
        VALUES (@index_id, @name, 'https://up.example/', @document, 1, 1)
        """);
    private static readonly Sql Document = new("SELECT document FROM mirror_project WHERE name = @name");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private protected abstract TestEngine Engine { get; }

    private Task<TestDatabase> StartAsync() => TestDatabase.CreateAsync(Engine, Token);

    [Fact]
    public async Task Values_come_back_as_they_were_given_and_null_is_null()
    {
        await using var test = await StartAsync();
        var id = await test.Database.FindAsync(AddIndex, row => row.GetInt64(0), Token,
            ("name", "main"), ("kind", "hosted"), ("upstream_url", null), ("created_at", 1_700_000_000_123_456L));
        var rows = await test.Database.QueryAsync(Indexes, row => (row.GetInt64(0), row.GetString(1), row.IsDBNull(2)), Token);
        Assert.Equal([(id, "main", true)], rows);

        byte[] document = [0, 1, 2, 255, 0];
        await test.Database.ExecuteAsync(AddMirrorProject, Token, ("@index_id", id), ("@name", "x"), ("@document", document));
        Assert.Equal(document, await test.Database.FindAsync(Document, row => row.GetFieldValue<byte[]>(0), Token, ("name", "x")));
    }

    [Fact]
    public async Task An_insert_that_meets_its_twin_returns_no_row()
    {
        await using var test = await StartAsync();
        (string, object?)[] values = [("name", "main"), ("kind", "hosted"), ("upstream_url", null), ("created_at", 1L)];
        Assert.NotEqual(0, await test.Database.FindAsync(AddIndex, row => row.GetInt64(0), Token, values));
        Assert.Equal(0, await test.Database.FindAsync(AddIndex, row => row.GetInt64(0), Token, values));
    }

    [Fact]
    public async Task A_failed_transaction_leaves_nothing()
    {
        await using var test = await StartAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(() => test.Database.InTransactionAsync<int>(async session =>
        {
            await session.FindAsync(NextSerial, row => row.GetInt64(0), Token);
            throw new InvalidOperationException("no");
        }, Token));
        Assert.Equal(0, await test.Database.FindAsync(Serial, row => row.GetInt64(0), Token));
    }

    [Fact]
    public async Task A_cancelled_transaction_leaves_nothing_and_frees_the_writer()
    {
        await using var test = await StartAsync();
        using var cancellation = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => test.Database.InTransactionAsync(async session =>
        {
            var serial = await session.FindAsync(NextSerial, row => row.GetInt64(0), Token);
            await cancellation.CancelAsync();
            return serial;
        }, cancellation.Token));
        Assert.Equal(1, await test.Database.FindAsync(NextSerial, row => row.GetInt64(0), Token));
    }

    [Fact]
    public async Task Serials_are_gapless_under_concurrency()
    {
        await using var test = await StartAsync();
        var serials = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            var mine = new List<long>();
            for (var i = 0; i < 25; i++)
            {
                mine.Add(await test.Database.InTransactionAsync(
                    session => session.FindAsync(NextSerial, row => row.GetInt64(0), Token), Token));
            }
            return mine;
        })));
        Assert.Equal(Enumerable.Range(1, 200).Select(i => (long)i), serials.SelectMany(mine => mine).Order());
    }

    [Fact]
    public async Task Foreign_keys_hold()
    {
        await using var test = await StartAsync();
        await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(
            () => test.Database.ExecuteAsync(AddProject, Token, ("index_id", 4711L), ("name", "orphan")));
    }

    [Fact]
    public async Task Writing_beside_ones_own_transaction_fails_instead_of_waiting_for_itself()
    {
        await using var test = await StartAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(() => test.Database.InTransactionAsync(
            _ => test.Database.FindAsync(NextSerial, row => row.GetInt64(0), Token), Token));
    }

    [Fact]
    public async Task A_session_is_of_no_use_after_its_transaction()
    {
        await using var test = await StartAsync();
        var kept = await test.Database.InTransactionAsync(Task.FromResult, Token);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => kept.FindAsync(Serial, row => row.GetInt64(0), Token));
    }

    [Fact]
    public async Task A_second_start_finds_its_schema_and_keeps_its_rows()
    {
        await using var test = await StartAsync();
        await test.Database.FindAsync(NextSerial, row => row.GetInt64(0), Token);
        await using var again = await test.OpenAgainAsync(Token);
        Assert.Equal(1, await again.FindAsync(Serial, row => row.GetInt64(0), Token));
    }

    [Fact]
    public async Task A_schema_of_a_newer_version_is_refused()
    {
        await using var test = await StartAsync();
        await test.Database.ExecuteAsync(
            new Sql("INSERT INTO schema_version (scriptname, applied) VALUES ('9999_from_the_future', CURRENT_TIMESTAMP)"), Token);
        var refusal = await Assert.ThrowsAsync<DatabaseSchemaException>(() => test.OpenAgainAsync(Token));
        Assert.Contains("9999_from_the_future", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("newer version", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_program_that_only_looks_refuses_a_schema_that_is_behind()
    {
        await using var test = await StartAsync();
        await test.Database.ExecuteAsync(new Sql("DELETE FROM schema_version"), Token);
        var refusal = await Assert.ThrowsAsync<DatabaseSchemaException>(() => test.OpenAgainAsync(Token, migrate: false));
        Assert.Contains("anchorage-server migrate", refusal.Message, StringComparison.Ordinal);
    }
}

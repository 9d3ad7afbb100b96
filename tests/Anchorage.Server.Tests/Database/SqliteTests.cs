using Anchorage.Server.Database;
using Anchorage.Server.Tests.Storage;
using Anchorage.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Anchorage.Server.Tests.Database;

public class SqliteTests : SqlDatabaseContract
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private protected override TestEngine Engine => TestEngine.Sqlite;

    private static Task<SqlDatabase> OpenAsync(string file) =>
        SqlDatabase.OpenAsync(new DatabaseOptions { SqliteFile = file }, TimeProvider.System, NullLogger.Instance, Token);

    [Fact]
    public async Task Readers_go_on_while_a_transaction_is_open()
    {
        await using var test = await TestDatabase.CreateAsync(TestEngine.Sqlite, Token);
        var seen = await test.Database.InTransactionAsync(async session =>
        {
            await session.ExecuteAsync(new Sql("UPDATE serial_counter SET value = 5"), Token);
            return await test.Database.FindAsync(new Sql("SELECT value FROM serial_counter"), row => row.GetInt64(0), Token);
        }, Token);
        Assert.Equal(0, seen);
    }

    [Fact]
    public async Task A_read_that_writes_is_refused()
    {
        await using var test = await TestDatabase.CreateAsync(TestEngine.Sqlite, Token);
        var disguised = new Sql("WITH one AS (SELECT 1 AS id) REPLACE INTO serial_counter (id, value) SELECT id, 5 FROM one");
        Assert.True(disguised.IsRead);
        await Assert.ThrowsAsync<DatabaseUnavailableException>(() => test.Database.ExecuteAsync(disguised, Token));
        Assert.Equal(0, await test.Database.FindAsync(new Sql("SELECT value FROM serial_counter"), row => row.GetInt64(0), Token));
    }

    [Fact]
    public async Task Commits_are_synced_to_disk()
    {
        await using var test = await TestDatabase.CreateAsync(TestEngine.Sqlite, Token);
        // Asked inside a transaction: that is the writer's connection.
        var (synchronous, journal) = await test.Database.InTransactionAsync(async session => (
            await session.FindAsync(new Sql("PRAGMA synchronous"), row => row.GetInt32(0), Token),
            await session.FindAsync(new Sql("PRAGMA journal_mode"), row => row.GetString(0), Token)), Token);
        Assert.Equal((2, "wal"), (synchronous, journal));
    }

    [Fact]
    public async Task The_database_file_is_for_its_owner_alone()
    {
        using var directory = new TestDirectory();
        await using var database = await OpenAsync(directory.PathOf("a.db"));
        Assert.Equal("600", UnixMode.Of(directory.PathOf("a.db")));
        Assert.Equal("600", UnixMode.Of(directory.PathOf("a.db-wal")));
    }

    [Fact]
    public async Task A_directory_that_is_missing_makes_the_database_unavailable()
    {
        using var directory = new TestDirectory();
        var refusal = await Assert.ThrowsAsync<DatabaseUnavailableException>(() => OpenAsync(directory.PathOf("missing/a.db")));
        Assert.Contains("missing/a.db", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_refused_and_left_alone()
    {
        using var directory = new TestDirectory();
        var file = directory.PathOf("a.db");
        await File.WriteAllLinesAsync(file, Enumerable.Repeat("this is not a database", 100), Token);
        var refusal = await Assert.ThrowsAsync<DatabaseSchemaException>(() => OpenAsync(file));
        Assert.Contains("not a SQLite database", refusal.Message, StringComparison.Ordinal);
        Assert.StartsWith("this is not", await File.ReadAllTextAsync(file, Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_closed_database_is_unavailable_not_broken()
    {
        using var directory = new TestDirectory();
        var database = await OpenAsync(directory.PathOf("a.db"));
        await database.DisposeAsync();
        await Assert.ThrowsAsync<DatabaseUnavailableException>(() => database.PingAsync(Token));
        await Assert.ThrowsAsync<DatabaseUnavailableException>(
            () => database.ExecuteAsync(new Sql("UPDATE serial_counter SET value = 1"), Token));
    }
}

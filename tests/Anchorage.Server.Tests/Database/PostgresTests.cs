using Anchorage.Server.Database;
using Anchorage.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Anchorage.Server.Tests.Database;

public class PostgresTests : SqlDatabaseContract
{
    private static readonly Sql Serial = new("SELECT value FROM serial_counter WHERE id = 1");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private protected override TestEngine Engine => TestEngine.Postgres;

    private static Task<SqlDatabase> OpenAsync(string connectionString) => SqlDatabase.OpenAsync(
        new DatabaseOptions { PostgresConnectionString = connectionString }, TimeProvider.System, NullLogger.Instance, Token);

    [Fact]
    public async Task Two_nodes_that_start_at_once_migrate_once()
    {
        using var directory = new TestDirectory();
        var empty = await TestDatabase.CreateEmptyAsync(TestEngine.Postgres, directory, Token);
        var nodes = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => OpenAsync(empty.PostgresConnectionString!)));
        foreach (var node in nodes)
        {
            Assert.Equal(0, await node.FindAsync(Serial, row => row.GetInt64(0), Token));
            await node.DisposeAsync();
        }
        await TestDatabase.DropPostgresAsync(empty.PostgresConnectionString!);
    }

    [Fact]
    public async Task A_server_that_is_not_there_makes_the_database_unavailable()
    {
        var refusal = await Assert.ThrowsAsync<DatabaseUnavailableException>(
            () => OpenAsync("Host=127.0.0.1;Port=9;Username=nobody;Password=secret-word;Database=none"));
        Assert.Contains("127.0.0.1:9/none", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret-word", refusal.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_password_is_told_at_start()
    {
        var server = new NpgsqlConnectionStringBuilder((await PostgresServer.GetAsync()).ConnectionString) { Password = "wrong" };
        var refusal = await Assert.ThrowsAsync<DatabaseUnavailableException>(() => OpenAsync(server.ConnectionString));
        Assert.Contains("password authentication failed", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reads_and_transactions_survive_the_loss_of_every_connection()
    {
        await using var test = await TestDatabase.CreateAsync(TestEngine.Postgres, Token);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => test.Database.FindAsync(Serial, row => row.GetInt64(0), Token)));
        await DisconnectAllAsync(test);
        Assert.Equal(0, await test.Database.FindAsync(Serial, row => row.GetInt64(0), Token));
        await DisconnectAllAsync(test);
        Assert.Equal(1, await test.Database.InTransactionAsync(session => session.ExecuteAsync(
            new Sql("UPDATE serial_counter SET value = 7"), Token), Token));
    }

    [Fact]
    public async Task A_deadlock_is_tried_again_and_both_transactions_succeed()
    {
        await using var test = await TestDatabase.CreateAsync(TestEngine.Postgres, Token);
        await test.Database.ExecuteAsync(new Sql("INSERT INTO serial_counter (id, value) VALUES (2, 0)"), Token);
        var addOne = new Sql("UPDATE serial_counter SET value = value + 1 WHERE id = @id");
        var both = new CountdownEvent(2);
        var met = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        Task<int> CrossAsync(long first, long second) => test.Database.InTransactionAsync(async session =>
        {
            await session.ExecuteAsync(addOne, Token, ("id", first));
            if (!both.IsSet && both.Signal())
                met.SetResult();
            await met.Task.WaitAsync(Token);
            return await session.ExecuteAsync(addOne, Token, ("id", second));
        }, Token);

        await Task.WhenAll(CrossAsync(1, 2), CrossAsync(2, 1));
        Assert.Equal([2L, 2L], await test.Database.QueryAsync(new Sql("SELECT value FROM serial_counter"), row => row.GetInt64(0), Token));
    }

    [Fact]
    public async Task The_server_itself_limits_statements_and_idle_transactions()
    {
        await using var test = await TestDatabase.CreateAsync(TestEngine.Postgres, Token);
        Assert.Equal("30s", await test.Database.FindAsync(new Sql("SHOW statement_timeout"), row => row.GetString(0), Token));
        Assert.Equal("10s", await test.Database.FindAsync(new Sql("SHOW lock_timeout"), row => row.GetString(0), Token));
        Assert.Equal("1min", await test.Database.FindAsync(new Sql("SHOW idle_in_transaction_session_timeout"), row => row.GetString(0), Token));
    }

    private static async Task DisconnectAllAsync(TestDatabase test)
    {
        var server = await PostgresServer.GetAsync();
        await using var connection = new NpgsqlConnection(server.ConnectionString);
        await connection.OpenAsync(Token);
        await using var command = new NpgsqlCommand("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = @name", connection);
        command.Parameters.AddWithValue("name", new NpgsqlConnectionStringBuilder(test.PostgresConnectionString).Database!);
        await command.ExecuteNonQueryAsync(Token);
    }
}

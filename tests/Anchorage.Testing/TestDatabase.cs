using System.Runtime.CompilerServices;
using Anchorage.Server.Database;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

[assembly: InternalsVisibleTo("Anchorage.Server.Tests")]

namespace Anchorage.Testing;

/// <summary>The engines that a server runs on.</summary>
public enum TestEngine
{
    /// <summary>Embedded.</summary>
    Sqlite,

    /// <summary>Scale-out.</summary>
    Postgres,
}

/// <summary>
/// A database of one test's own, with the current schema: migrated once per run into a template and cloned from it.
/// </summary>
public sealed class TestDatabase : IAsyncDisposable
{
    private static readonly Lazy<Task<string>> sqliteTemplate = new(MigrateSqliteTemplateAsync);
    private static readonly Lazy<Task<(NpgsqlConnectionStringBuilder Server, string Template)>> postgresTemplate = new(MigratePostgresTemplateAsync);
    private static int created;

    private readonly TestDirectory? directory;

    private TestDatabase(DatabaseOptions options, SqlDatabase database, TestDirectory? directory)
    {
        Options = options;
        Database = database;
        this.directory = directory;
    }

    /// <summary>How to open it, for a server under test.</summary>
    internal DatabaseOptions Options { get; }

    /// <summary>It, open.</summary>
    internal SqlDatabase Database { get; }

    /// <summary>The connection string, where it is PostgreSQL.</summary>
    public string? PostgresConnectionString => Options.PostgresConnectionString;

    /// <summary>Clones a database from the template of this run.</summary>
    public static async Task<TestDatabase> CreateAsync(TestEngine engine, CancellationToken cancellationToken)
    {
        if (engine == TestEngine.Postgres)
        {
            var (server, template) = await postgresTemplate.Value.WaitAsync(cancellationToken);
            var options = await CreatePostgresAsync(server, $" TEMPLATE \"{template}\"", cancellationToken);
            return new TestDatabase(options, await OpenAsync(options, cancellationToken), null);
        }
        var template1 = await sqliteTemplate.Value.WaitAsync(cancellationToken);
        var directory = new TestDirectory();
        var sqlite = new DatabaseOptions { SqliteFile = directory.PathOf("anchorage.db") };
        File.Copy(template1, sqlite.SqliteFile);
        return new TestDatabase(sqlite, await OpenAsync(sqlite, cancellationToken), directory);
    }

    /// <summary>An empty database that nobody has migrated.</summary>
    internal static async Task<DatabaseOptions> CreateEmptyAsync(TestEngine engine, TestDirectory directory, CancellationToken cancellationToken)
    {
        if (engine == TestEngine.Sqlite)
            return new DatabaseOptions { SqliteFile = directory.PathOf($"empty-{Guid.NewGuid():n}.db") };
        var server = new NpgsqlConnectionStringBuilder((await PostgresServer.GetAsync()).ConnectionString);
        return await CreatePostgresAsync(server, " TEMPLATE template0", cancellationToken);
    }

    /// <summary>Opens the same database once more, as a second node or a restarted server would.</summary>
    internal Task<SqlDatabase> OpenAgainAsync(CancellationToken cancellationToken, bool migrate = true) =>
        OpenAsync(Options with { Migrate = migrate }, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync();
        directory?.Dispose();
        if (Options.PostgresConnectionString is { } connectionString)
            await DropPostgresAsync(connectionString);
    }

    /// <summary>Drops a database of PostgreSQL, whoever is connected.</summary>
    internal static async Task DropPostgresAsync(string connectionString)
    {
        var name = new NpgsqlConnectionStringBuilder(connectionString).Database;
        await RunOnServerAsync(new NpgsqlConnectionStringBuilder((await PostgresServer.GetAsync()).ConnectionString),
            $"DROP DATABASE IF EXISTS \"{name}\" WITH (FORCE)", CancellationToken.None);
    }

    private static Task<SqlDatabase> OpenAsync(DatabaseOptions options, CancellationToken cancellationToken) =>
        SqlDatabase.OpenAsync(options, TimeProvider.System, NullLogger.Instance, cancellationToken);

    private static async Task<string> MigrateSqliteTemplateAsync()
    {
        var directory = new TestDirectory();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => directory.Dispose();
        var file = directory.PathOf("template.db");
        // Closing the last connection moves the write-ahead log into the file: a copy of the file is the database.
        await (await OpenAsync(new DatabaseOptions { SqliteFile = file }, CancellationToken.None)).DisposeAsync();
        return file;
    }

    private static async Task<(NpgsqlConnectionStringBuilder Server, string Template)> MigratePostgresTemplateAsync()
    {
        var server = new NpgsqlConnectionStringBuilder((await PostgresServer.GetAsync()).ConnectionString);
        var options = await CreatePostgresAsync(server, " TEMPLATE template0", CancellationToken.None);
        await (await OpenAsync(options, CancellationToken.None)).DisposeAsync();
        return (server, new NpgsqlConnectionStringBuilder(options.PostgresConnectionString).Database!);
    }

    private static async Task<DatabaseOptions> CreatePostgresAsync(
        NpgsqlConnectionStringBuilder server, string from, CancellationToken cancellationToken)
    {
        var name = $"anchorage_test_{Environment.ProcessId}_{Interlocked.Increment(ref created)}";
        await RunOnServerAsync(server, $"CREATE DATABASE \"{name}\"{from}", cancellationToken);
        return new DatabaseOptions
        {
            PostgresConnectionString = new NpgsqlConnectionStringBuilder(server.ConnectionString) { Database = name }.ConnectionString,
        };
    }

    private static async Task RunOnServerAsync(NpgsqlConnectionStringBuilder server, string sql, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(server.ConnectionString);
        await connection.OpenAsync(cancellationToken);
#pragma warning disable CA2100 // Names made above from numbers.
        await using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}

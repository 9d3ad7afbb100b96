using System.Data.Common;

namespace Anchorage.Server.Database;

/// <summary>The database: SQLite (embedded) or PostgreSQL. README.md beside this file has the rules.</summary>
internal sealed class SqlDatabase : SqlSession, IAsyncDisposable
{
    private static readonly Sql Ping = new("SELECT 1");
    private readonly DatabaseEngine engine;
    private readonly AsyncLocal<TransactionScope?> transaction = new();

    private SqlDatabase(DatabaseEngine engine) => this.engine = engine;

    /// <summary>Marks the flow of a transaction, so that a statement which would wait for itself fails instead.</summary>
    private sealed class TransactionScope
    {
        public volatile bool IsOpen = true;
    }

    /// <summary>Opens the database and brings its schema up to date.</summary>
    /// <exception cref="DatabaseUnavailableException">It cannot be reached.</exception>
    /// <exception cref="DatabaseSchemaException">Its schema belongs to a newer version, or a migration failed.</exception>
    public static async Task<SqlDatabase> OpenAsync(
        DatabaseOptions options, TimeProvider time, ILogger logger, CancellationToken cancellationToken)
    {
        DatabaseEngine engine = options switch
        {
            { SqliteFile: { } file, PostgresConnectionString: null } => new SqliteEngine(file),
            { SqliteFile: null, PostgresConnectionString: { } connectionString } => new PostgresEngine(connectionString, time, logger),
            _ => throw new ArgumentException("Name either a SQLite file or a PostgreSQL connection string.", nameof(options)),
        };
        try
        {
            await engine.PrepareSchemaAsync(options.Migrate, logger, cancellationToken);
            return new SqlDatabase(engine);
        }
        catch
        {
            await engine.DisposeAsync();
            throw;
        }
    }

    /// <summary>True where other processes write to the same database (PostgreSQL): what is cached must be checked.</summary>
    public bool IsShared => engine.IsShared;

    /// <summary>Asks for nothing, to see whether the database answers.</summary>
    /// <exception cref="DatabaseUnavailableException">It does not.</exception>
    public Task PingAsync(CancellationToken cancellationToken) => FindAsync(Ping, row => row.GetInt32(0), cancellationToken);

    /// <summary>What the engine itself finds wrong with its file; PostgreSQL keeps its own checks.</summary>
    public Task<List<string>> FindDamageAsync(CancellationToken cancellationToken) => engine.FindDamageAsync(cancellationToken);

    /// <summary>
    /// Runs <paramref name="work"/> in one transaction (SQLite: BEGIN IMMEDIATE on the one writer); an exception rolls
    /// back. Work must go through the session it is given, and must be repeatable: PostgreSQL runs it again after a
    /// deadlock. A change that takes its serial first also puts the writers of PostgreSQL in line, as SQLite's one
    /// writer does, and so may check and then act.
    /// </summary>
    public async Task<T> InTransactionAsync<T>(Func<SqlSession, Task<T>> work, CancellationToken cancellationToken)
    {
        RefuseInsideTransaction();
        var scope = new TransactionScope();
        transaction.Value = scope;
        try
        {
            return await engine.InTransactionAsync(work, cancellationToken);
        }
        finally
        {
            scope.IsOpen = false;
        }
    }

    /// <inheritdoc/>
    protected internal override Task<T> RunAsync<T>(
        Sql sql, (string Name, object? Value)[] parameters, Func<DbCommand, Task<T>> run, CancellationToken cancellationToken)
    {
        if (!sql.IsRead)
            RefuseInsideTransaction();
        return engine.RunAsync(sql, parameters, run, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => engine.DisposeAsync();

    private void RefuseInsideTransaction()
    {
        if (transaction.Value is { IsOpen: true })
            throw new InvalidOperationException("Inside a transaction write through its session: the database itself would wait for the transaction to end.");
    }
}

// The embedded engine: one writer behind a lock, a handful of readers, statements prepared once per connection. Its
// async API is synchronous underneath, so a statement keeps its thread until it is done: keep statements short.
using System.Data.Common;
using Anchorage.Server.Storage;
using Microsoft.Data.Sqlite;

namespace Anchorage.Server.Database;

/// <summary>SQLite in WAL mode. A write is on disk when it returns (synchronous=FULL).</summary>
internal sealed class SqliteEngine : DatabaseEngine
{
    private static readonly Sql Begin = new("BEGIN IMMEDIATE");
    private static readonly Sql Commit = new("COMMIT");
    private static readonly Sql Rollback = new("ROLLBACK");
    // Table-valued, so that they begin with SELECT and a reader runs them.
    private static readonly (Sql Sql, Func<DbDataReader, string> Describe)[] Checks =
    [
        (new("SELECT integrity_check FROM pragma_integrity_check"), static row => row.GetString(0)),
        (new("SELECT \"table\", rowid, parent FROM pragma_foreign_key_check"),
            static row => $"row {row.GetValue(1)} of {row.GetString(0)} refers to a row of {row.GetString(2)} that is not there"),
    ];
    private static readonly TimeSpan WriterPatience = TimeSpan.FromSeconds(30);
    private static readonly int MaxIdleReaders = Math.Max(4, 2 * Environment.ProcessorCount);

    private readonly string connectionString;
    private readonly string file;
    private readonly SemaphoreSlim writerLock = new(1, 1);
    private readonly Stack<SqliteStatements> readers = new();
    private SqliteStatements? writer;
    private bool isDisposed;

    public SqliteEngine(string file)
    {
        this.file = Path.GetFullPath(file);
        connectionString = new SqliteConnectionStringBuilder
        {
            DataSource = this.file,
            Mode = SqliteOpenMode.ReadWrite,
            Cache = SqliteCacheMode.Private,
            Pooling = false,
            DefaultTimeout = 5,
        }.ToString();
    }

    public override bool IsShared => false;

    public override async Task PrepareSchemaAsync(bool migrate, ILogger logger, CancellationToken cancellationToken)
    {
        try
        {
            if (migrate && !File.Exists(file))
                DurableFile.TryCreate(file, [], DurableFile.OwnerOnly);
            writer = OpenConnection("""
                PRAGMA journal_mode = WAL;
                PRAGMA synchronous = FULL;
                PRAGMA foreign_keys = ON;
                PRAGMA journal_size_limit = 67108864;
                PRAGMA cache_size = -16000;
                """);
            await Task.Run(() => SchemaMigration.PrepareSqlite(writer.Connection, migrate, logger), cancellationToken);
        }
        catch (SqliteException exception) when (exception.SqliteErrorCode == SqliteNotADatabase)
        {
            throw new DatabaseSchemaException($"{file} is not a SQLite database. Restore it from a backup, or move it away to start empty.", exception);
        }
        catch (SqliteException exception) when (IsUnavailable(exception))
        {
            throw Unavailable(exception);
        }
        catch (IOException exception)
        {
            throw new DatabaseUnavailableException($"The database {file} cannot be created: {exception.Message}", exception);
        }
    }

    public override async Task<T> RunAsync<T>(
        Sql sql, (string Name, object? Value)[] parameters, Func<DbCommand, Task<T>> run, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            if (sql.IsRead)
            {
                var reader = TakeReader();
                try
                {
                    return await run(reader.Bind(sql, parameters));
                }
                finally
                {
                    GiveBack(reader);
                }
            }

            await TakeWriterAsync(cancellationToken);
            try
            {
                return await run(writer!.Bind(sql, parameters));
            }
            finally
            {
                writerLock.Release();
            }
        }
        catch (SqliteException exception) when (IsUnavailable(exception))
        {
            throw Unavailable(exception);
        }
    }

    public override async Task<T> InTransactionAsync<T>(Func<SqlSession, Task<T>> work, CancellationToken cancellationToken)
    {
        await TakeWriterAsync(cancellationToken);
        var session = new TransactionSession(writer!);
        try
        {
            writer!.Bind(Begin, []).ExecuteNonQuery();
            try
            {
                var outcome = await work(session);
                cancellationToken.ThrowIfCancellationRequested();
                writer.Bind(Commit, []).ExecuteNonQuery();
                return outcome;
            }
            catch
            {
                // SQLite has rolled back by itself after some failures (full disk, I/O error).
                if (SQLitePCL.raw.sqlite3_get_autocommit(writer.Connection.Handle) == 0)
                    writer.Bind(Rollback, []).ExecuteNonQuery();
                throw;
            }
        }
        catch (SqliteException exception) when (IsUnavailable(exception))
        {
            throw Unavailable(exception);
        }
        finally
        {
            session.Close();
            writerLock.Release();
        }
    }

    public override async Task<List<string>> FindDamageAsync(CancellationToken cancellationToken)
    {
        var damage = new List<string>();
        foreach (var (check, describe) in Checks)
        {
            damage.AddRange(await RunAsync(check, [], async command =>
            {
                var lines = new List<string>();
                await using var reader = await command.ExecuteReaderAsync(cancellationToken);
                while (await reader.ReadAsync(cancellationToken))
                    lines.Add(describe(reader));
                return lines;
            }, cancellationToken));
        }
        damage.RemoveAll(static line => line == "ok");
        return damage;
    }

    public override async ValueTask DisposeAsync()
    {
        if (!await writerLock.WaitAsync(WriterPatience, CancellationToken.None))
            return;
        lock (readers)
        {
            isDisposed = true;
            while (readers.TryPop(out var reader))
                reader.Dispose();
        }
        // The last connection moves the WAL into the database file and removes it.
        writer?.Dispose();
        writer = null;
        writerLock.Release();
    }

    private async ValueTask TakeWriterAsync(CancellationToken cancellationToken)
    {
        if (!await writerLock.WaitAsync(WriterPatience, cancellationToken))
            throw new DatabaseUnavailableException($"The database {file} was busy writing for {WriterPatience.TotalSeconds:0} s.");
        if (writer is null)
        {
            writerLock.Release();
            throw new DatabaseUnavailableException("The database is closed: the server is stopping.");
        }
    }

    private SqliteStatements TakeReader()
    {
        lock (readers)
        {
            if (isDisposed)
                throw new DatabaseUnavailableException("The database is closed: the server is stopping.");
            if (readers.TryPop(out var reader))
                return reader;
        }
        return OpenConnection("""
            PRAGMA query_only = ON;
            PRAGMA cache_size = -4000;
            """);
    }

    private void GiveBack(SqliteStatements reader)
    {
        lock (readers)
        {
            if (!isDisposed && readers.Count < MaxIdleReaders)
            {
                readers.Push(reader);
                return;
            }
        }
        reader.Dispose();
    }

    private SqliteStatements OpenConnection(string pragmas)
    {
        var connection = new SqliteConnection(connectionString);
        try
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA busy_timeout = 5000; PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY;" + pragmas;
            command.ExecuteNonQuery();
            return new SqliteStatements(connection);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    // https://www.sqlite.org/rescode.html
    private const int SqliteBusy = 5, SqliteLocked = 6, SqliteReadOnly = 8, SqliteIoError = 10, SqliteFull = 13, SqliteCannotOpen = 14;
    private const int SqliteNotADatabase = 26;

    private static bool IsUnavailable(SqliteException exception) =>
        exception.SqliteErrorCode is SqliteBusy or SqliteLocked or SqliteReadOnly or SqliteIoError or SqliteFull or SqliteCannotOpen;

    private DatabaseUnavailableException Unavailable(SqliteException exception) => new(exception.SqliteErrorCode switch
    {
        SqliteFull => $"The disk of {file} is full.",
        SqliteBusy or SqliteLocked => $"The database {file} is locked by another program.",
        SqliteReadOnly => $"The database {file} may not be written to: check its owner and mode, and whether the disk is mounted read-only.",
        SqliteCannotOpen => $"The database {file} cannot be opened: check that it exists and who owns it.",
        _ => $"The disk of {file} reports an I/O error: {exception.Message}",
    }, exception);

    private sealed class TransactionSession(SqliteStatements statements) : SqlSession
    {
        private bool isClosed;

        public void Close() => isClosed = true;

        protected internal override Task<T> RunAsync<T>(
            Sql sql, (string Name, object? Value)[] parameters, Func<DbCommand, Task<T>> run, CancellationToken cancellationToken)
        {
            ObjectDisposedException.ThrowIf(isClosed, this);
            cancellationToken.ThrowIfCancellationRequested();
            return run(statements.Bind(sql, parameters));
        }
    }
}

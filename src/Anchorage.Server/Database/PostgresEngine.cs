// The scale-out engine. Replicas are stateless: nothing here relies on the state of a session beyond one transaction.
using System.Data.Common;
using Npgsql;

namespace Anchorage.Server.Database;

/// <summary>PostgreSQL through one pool.</summary>
internal sealed class PostgresEngine : DatabaseEngine
{
    private const int MaxAttempts = 4;

    private readonly NpgsqlDataSource source;
    private readonly string connectionString;
    private readonly string server;
    private readonly TimeProvider time;
    private readonly ILogger logger;

    public PostgresEngine(string connectionString, TimeProvider time, ILogger logger)
    {
        this.time = time;
        this.logger = logger;
        NpgsqlConnectionStringBuilder settings;
        try
        {
            settings = new NpgsqlConnectionStringBuilder(connectionString);
        }
        catch (ArgumentException exception)
        {
            throw new DatabaseSchemaException($"The PostgreSQL connection string is not valid: {exception.Message}", exception);
        }
        settings.ApplicationName ??= "anchorage";
        if (!settings.ContainsKey("Timeout"))
            settings.Timeout = 5;
        this.connectionString = settings.ToString();
        server = $"{settings.Host}:{settings.Port}/{settings.Database}";

        // Where the person who wrote the connection string said nothing: limits kept by the server itself, so that a
        // lost client cannot hold locks, and statements prepared after a few uses (0 for a pooler that cannot).
        if (!settings.ContainsKey("Command Timeout"))
            settings.CommandTimeout = 35;
        if (!settings.ContainsKey("Max Auto Prepare"))
            settings.MaxAutoPrepare = 128;
        settings.Options ??= "-c statement_timeout=30s -c lock_timeout=10s -c idle_in_transaction_session_timeout=60s";
        source = NpgsqlDataSource.Create(settings);
    }

    public override bool IsShared => true;

    public override async Task PrepareSchemaAsync(bool migrate, ILogger logger, CancellationToken cancellationToken)
    {
        try
        {
            await SchemaMigration.PreparePostgresAsync(connectionString, migrate, logger, cancellationToken);
        }
        catch (Exception exception) when (IsUnavailable(exception) || exception is PostgresException { SqlState: "28P01" or "28000" or "3D000" or "42501" })
        {
            throw Unavailable(exception);
        }
    }

    public override async Task<T> RunAsync<T>(
        Sql sql, (string Name, object? Value)[] parameters, Func<DbCommand, Task<T>> run, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await using var connection = await source.OpenConnectionAsync(cancellationToken);
                await using var command = CreateCommand(connection, null, sql, parameters);
                return await run(command);
            }
            // One statement is one transaction: whoever lost a deadlock changed nothing. A lost connection leaves it
            // open whether a write was committed, so only reads go again.
            catch (PostgresException exception) when (IsConflict(exception) && attempt < MaxAttempts)
            {
                await PauseAsync(attempt, exception, cancellationToken);
            }
            catch (NpgsqlException exception) when (sql.IsRead && IsLostConnection(exception) && attempt == 1)
            {
                await PauseAsync(attempt, exception, cancellationToken);
            }
            catch (Exception exception) when (IsUnavailable(exception))
            {
                throw Unavailable(exception);
            }
        }
    }

    public override async Task<T> InTransactionAsync<T>(Func<SqlSession, Task<T>> work, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var isCommitting = false;
            try
            {
                await using var connection = await source.OpenConnectionAsync(cancellationToken);
                await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
                var session = new TransactionSession(connection, transaction);
                try
                {
                    var outcome = await work(session);
                    cancellationToken.ThrowIfCancellationRequested();
                    isCommitting = true;
                    // Not cancellable: a cancelled commit would leave the caller without knowing.
                    await transaction.CommitAsync(CancellationToken.None);
                    return outcome;
                }
                finally
                {
                    session.Close();
                }
            }
            catch (PostgresException exception) when (IsConflict(exception) && attempt < MaxAttempts)
            {
                await PauseAsync(attempt, exception, cancellationToken);
            }
            catch (NpgsqlException exception) when (!isCommitting && IsLostConnection(exception) && attempt == 1)
            {
                await PauseAsync(attempt, exception, cancellationToken);
            }
            catch (Exception exception) when (IsUnavailable(exception))
            {
                throw Unavailable(exception);
            }
        }
    }

    public override ValueTask DisposeAsync() => source.DisposeAsync();

    private static NpgsqlCommand CreateCommand(
        NpgsqlConnection connection, NpgsqlTransaction? transaction, Sql sql, (string Name, object? Value)[] parameters)
    {
#pragma warning disable CA2100 // The text of a Sql is a constant of this program; values only ever travel as parameters.
        var command = new NpgsqlCommand(sql.Text, connection, transaction);
#pragma warning restore CA2100
        foreach (var (name, value) in parameters)
            command.Parameters.Add(new NpgsqlParameter(name, value ?? DBNull.Value));
        return command;
    }

    private async Task PauseAsync(int attempt, NpgsqlException exception, CancellationToken cancellationToken)
    {
        logger.LogInformation("The database gave up a statement ({Reason}); attempt {Attempt} follows.",
            (exception as PostgresException)?.SqlState ?? "connection lost", attempt + 1);
        // Two that met in a deadlock should not come back at the same moment.
        await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(5, 20 << attempt)), time, cancellationToken);
    }

    /// <summary>Deadlock or serialization failure: the server rolled back, the same work may succeed.</summary>
    private static bool IsConflict(PostgresException exception) =>
        exception.SqlState is PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure;

    /// <summary>The connection ended under the statement, for instance because the server was restarted.</summary>
    private static bool IsLostConnection(NpgsqlException exception) => exception is PostgresException postgres
        ? postgres.SqlState is PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown
        : exception.InnerException is IOException or System.Net.Sockets.SocketException;

    private static bool IsUnavailable(Exception exception) => exception switch
    {
        PostgresException postgres => postgres.SqlState is
            ['0', '8', ..]                                        // connection exception
            or ['5', '3', ..]                                     // insufficient resources: disk full, too many connections
            or ['5', '7', 'P', ..]                                // shut down, starting up
            or ['5', '8', ..]                                     // system error, I/O
            or PostgresErrorCodes.QueryCanceled                   // statement_timeout
            or PostgresErrorCodes.LockNotAvailable                // lock_timeout
            or PostgresErrorCodes.ReadOnlySqlTransaction          // a standby took our address
            or PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure,
        NpgsqlException => true,
        System.Net.Sockets.SocketException or TimeoutException => true,
        _ => false,
    };

    private DatabaseUnavailableException Unavailable(Exception exception) =>
        new($"The database {server} is not available: {exception.Message}", exception);

    private sealed class TransactionSession(NpgsqlConnection connection, NpgsqlTransaction transaction) : SqlSession
    {
        private bool isClosed;

        public void Close() => isClosed = true;

        protected internal override async Task<T> RunAsync<T>(
            Sql sql, (string Name, object? Value)[] parameters, Func<DbCommand, Task<T>> run, CancellationToken cancellationToken)
        {
            ObjectDisposedException.ThrowIf(isClosed, this);
            await using var command = CreateCommand(connection, transaction, sql, parameters);
            return await run(command);
        }
    }
}

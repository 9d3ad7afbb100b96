using System.Data.Common;

namespace Anchorage.Server.Database;

/// <summary>
/// Runs statements: on a connection of its own, or inside a transaction. Parameters are named as in the statement, with
/// or without the <c>@</c>; a null value is SQL NULL. <c>read</c> maps one row and nothing else: it may run again when
/// the statement is retried.
/// </summary>
internal abstract class SqlSession
{
    /// <summary>All rows.</summary>
    public Task<List<T>> QueryAsync<T>(
        Sql sql, Func<DbDataReader, T> read, CancellationToken cancellationToken, params (string Name, object? Value)[] parameters) =>
        RunAsync(sql, parameters, async command =>
        {
            var rows = new List<T>();
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
                rows.Add(read(reader));
            return rows;
        }, cancellationToken);

    /// <summary>The first row, or the default where there is none.</summary>
    public Task<T?> FindAsync<T>(
        Sql sql, Func<DbDataReader, T> read, CancellationToken cancellationToken, params (string Name, object? Value)[] parameters) =>
        RunAsync(sql, parameters, async command =>
        {
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            var found = await reader.ReadAsync(cancellationToken) ? read(reader) : default;
            // A write with RETURNING is committed by its last step, and SQLite reports a failed commit only there.
            while (!sql.IsRead && await reader.ReadAsync(cancellationToken))
            {
            }
            return found;
        }, cancellationToken);

    /// <summary>The number of rows changed.</summary>
    public Task<int> ExecuteAsync(Sql sql, CancellationToken cancellationToken, params (string Name, object? Value)[] parameters) =>
        RunAsync(sql, parameters, command => command.ExecuteNonQueryAsync(cancellationToken), cancellationToken);

    /// <summary>Hands <paramref name="run"/> a command with its parameters bound.</summary>
    protected internal abstract Task<T> RunAsync<T>(
        Sql sql, (string Name, object? Value)[] parameters, Func<DbCommand, Task<T>> run, CancellationToken cancellationToken);
}

using System.Data.Common;

namespace Anchorage.Server.Database;

/// <summary>A statement, held in a static field of the file that uses it: a test prepares every one on both engines.</summary>
internal sealed record Sql(string Text);

/// <summary>Runs statements: on a connection of its own, or inside a transaction.</summary>
internal abstract class SqlSession
{
    /// <summary>All rows.</summary>
    public abstract Task<List<T>> QueryAsync<T>(Sql sql, Func<DbDataReader, T> read, CancellationToken cancellationToken, params (string Name, object? Value)[] parameters);

    /// <summary>The first row, or the default where there is none.</summary>
    public abstract Task<T?> FindAsync<T>(Sql sql, Func<DbDataReader, T> read, CancellationToken cancellationToken, params (string Name, object? Value)[] parameters);

    /// <summary>The number of rows changed.</summary>
    public abstract Task<int> ExecuteAsync(Sql sql, CancellationToken cancellationToken, params (string Name, object? Value)[] parameters);
}

/// <summary>The database: SQLite (embedded) or PostgreSQL.</summary>
internal sealed class SqlDatabase : SqlSession
{
    /// <summary>True where other processes write to the same database (PostgreSQL): what is cached must be checked.</summary>
    public bool IsShared => throw new NotImplementedException();

    /// <inheritdoc/>
    public override Task<List<T>> QueryAsync<T>(Sql sql, Func<DbDataReader, T> read, CancellationToken cancellationToken, params (string Name, object? Value)[] parameters) => throw new NotImplementedException();

    /// <inheritdoc/>
    public override Task<T?> FindAsync<T>(Sql sql, Func<DbDataReader, T> read, CancellationToken cancellationToken, params (string Name, object? Value)[] parameters) where T : default => throw new NotImplementedException();

    /// <inheritdoc/>
    public override Task<int> ExecuteAsync(Sql sql, CancellationToken cancellationToken, params (string Name, object? Value)[] parameters) => throw new NotImplementedException();

    /// <summary>Runs <paramref name="work"/> in one transaction (SQLite: BEGIN IMMEDIATE on the one writer); an exception rolls back.</summary>
    public Task<T> InTransactionAsync<T>(Func<SqlSession, Task<T>> work, CancellationToken cancellationToken) => throw new NotImplementedException();
}

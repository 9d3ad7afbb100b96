using System.Data.Common;

namespace Anchorage.Server.Database;

/// <summary>What the two engines do differently: who gets which connection, what is retried, how DDL is spelt.</summary>
internal abstract class DatabaseEngine : IAsyncDisposable
{
    public abstract bool IsShared { get; }

    /// <summary>Runs one statement outside a transaction.</summary>
    public abstract Task<T> RunAsync<T>(
        Sql sql, (string Name, object? Value)[] parameters, Func<DbCommand, Task<T>> run, CancellationToken cancellationToken);

    public abstract Task<T> InTransactionAsync<T>(Func<SqlSession, Task<T>> work, CancellationToken cancellationToken);

    /// <summary>Brings the schema up to date, or with <paramref name="migrate"/> false only checks that it is.</summary>
    public abstract Task PrepareSchemaAsync(bool migrate, ILogger logger, CancellationToken cancellationToken);

    /// <summary>What is wrong with the database file, as far as the engine can tell.</summary>
    public virtual Task<List<string>> FindDamageAsync(CancellationToken cancellationToken) => Task.FromResult<List<string>>([]);

    public abstract ValueTask DisposeAsync();
}

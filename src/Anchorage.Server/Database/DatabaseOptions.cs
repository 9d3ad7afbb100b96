namespace Anchorage.Server.Database;

/// <summary>Which database: exactly one of the two is set.</summary>
internal sealed record DatabaseOptions
{
    /// <summary>The embedded engine: path of the SQLite file.</summary>
    public string? SqliteFile { get; init; }

    /// <summary>The scale-out engine: an Npgsql connection string.</summary>
    public string? PostgresConnectionString { get; init; }

    /// <summary>False for programs that only look (fsck): they refuse any schema but their own instead of changing it.</summary>
    public bool Migrate { get; init; } = true;
}

/// <summary>
/// The database cannot be reached, is out of resources, or answers too late. Nothing was decided; the request may come
/// again: 503 with Retry-After.
/// </summary>
internal sealed class DatabaseUnavailableException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>The schema in the database is not one this program can work with. The message says what to do.</summary>
internal sealed class DatabaseSchemaException(string message, Exception? inner = null) : Exception(message, inner);

using Microsoft.Data.Sqlite;

namespace Anchorage.Server.Database;

/// <summary>A connection with its prepared statements. Not for two threads at once.</summary>
internal sealed class SqliteStatements(SqliteConnection connection) : IDisposable
{
    /// <summary>Far more than there are static statements: a bound, in case someone composes them.</summary>
    private const int MaxPrepared = 512;

    private readonly Dictionary<Sql, Prepared> prepared = new(ReferenceEqualityComparer.Instance);

    public SqliteConnection Connection => connection;

    /// <summary>The names as the caller spelt them: the same literals each time, so the comparison is by reference.</summary>
    private sealed record Prepared(SqliteCommand Command, string[] Names);

    /// <summary>The command with these values. It stays ours: callers dispose its reader, not the command.</summary>
    public SqliteCommand Bind(Sql sql, (string Name, object? Value)[] parameters)
    {
        if (!prepared.TryGetValue(sql, out var statement) || !HasNames(statement, parameters))
        {
            statement?.Command.Dispose();
            prepared.Remove(sql);
            if (prepared.Count >= MaxPrepared)
                Clear();
            statement = Prepare(sql, parameters);
            prepared.Add(sql, statement);
        }
        var bound = statement.Command.Parameters;
        for (var i = 0; i < parameters.Length; i++)
            bound[i].Value = parameters[i].Value ?? DBNull.Value;
        return statement.Command;
    }

    public void Dispose()
    {
        Clear();
        connection.Dispose();
    }

    private void Clear()
    {
        foreach (var statement in prepared.Values)
            statement.Command.Dispose();
        prepared.Clear();
    }

    private static bool HasNames(Prepared statement, (string Name, object? Value)[] parameters)
    {
        if (statement.Names.Length != parameters.Length)
            return false;
        for (var i = 0; i < parameters.Length; i++)
        {
            if (!string.Equals(statement.Names[i], parameters[i].Name, StringComparison.Ordinal))
                return false;
        }
        return true;
    }

    private Prepared Prepare(Sql sql, (string Name, object? Value)[] parameters)
    {
        var command = connection.CreateCommand();
#pragma warning disable CA2100 // The text of a Sql is a constant of this program; values only ever travel as parameters.
        command.CommandText = sql.Text;
#pragma warning restore CA2100
        foreach (var (name, _) in parameters)
            command.Parameters.Add(new SqliteParameter(name.StartsWith('@') ? name : "@" + name, DBNull.Value));
        command.Prepare();
        return new Prepared(command, [.. parameters.Select(parameter => parameter.Name)]);
    }
}

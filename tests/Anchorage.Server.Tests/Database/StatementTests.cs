using System.Reflection;
using System.Text.RegularExpressions;
using Anchorage.Server.Database;
using Anchorage.Testing;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Anchorage.Server.Tests.Database;

/// <summary>What the compiler would tell if SQL were C#: every statement of the server is one, on both engines.</summary>
public partial class StatementTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>The statements in static fields, without those that an engine keeps for itself.</summary>
    private static List<(string Where, Sql Sql)> Statements() =>
    [
        .. from type in typeof(Sql).Assembly.GetTypes()
           where !typeof(DatabaseEngine).IsAssignableFrom(type) && !type.ContainsGenericParameters
           from field in type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
           where field.FieldType == typeof(Sql)
           select ($"{type.Name}.{field.Name}", (Sql)field.GetValue(null)!),
    ];

    [Fact]
    public async Task Every_statement_prepares_on_SQLite()
    {
        await using var test = await TestDatabase.CreateAsync(TestEngine.Sqlite, Token);
        await using var connection = new SqliteConnection($"Data Source={test.Options.SqliteFile};Pooling=False");
        await connection.OpenAsync(Token);
        Assert.NotEmpty(Statements());
        Assert.Empty(Failures(sql =>
        {
            using var command = connection.CreateCommand();
            command.CommandText = sql.Text;
            command.Prepare();
        }));
    }

    [Fact]
    public async Task Every_statement_prepares_on_PostgreSQL()
    {
        await using var test = await TestDatabase.CreateAsync(TestEngine.Postgres, Token);
        await using var connection = new NpgsqlConnection(test.PostgresConnectionString + ";Pooling=false");
        await connection.OpenAsync(Token);
        Assert.NotEmpty(Statements());
        Assert.Empty(Failures(sql =>
        {
            // As the driver does it: names become numbers, and the server infers the types.
            var names = new List<string>();
            var numbered = ParameterName().Replace(sql.Text, match =>
            {
                if (!names.Contains(match.Value))
                    names.Add(match.Value);
                return $"${names.IndexOf(match.Value) + 1}";
            });
            using var command = new NpgsqlCommand($"PREPARE statement AS {numbered}", connection);
            command.ExecuteNonQuery();
            command.CommandText = "DEALLOCATE statement";
            command.ExecuteNonQuery();
        }));
    }

    [Fact]
    public void Statements_that_change_something_are_not_taken_for_reads()
    {
        foreach (var (where, sql) in Statements())
        {
            if (Change().IsMatch(sql.Text))
                Assert.False(sql.IsRead, where);
        }
    }

    private static List<string> Failures(Action<Sql> prepare)
    {
        var failures = new List<string>();
        foreach (var (where, sql) in Statements())
        {
            try
            {
                prepare(sql);
            }
            catch (System.Data.Common.DbException exception)
            {
                failures.Add($"{where}: {exception.Message}\n{sql.Text}");
            }
        }
        return failures;
    }

    [GeneratedRegex("@[a-z_0-9]+", RegexOptions.IgnoreCase)]
    private static partial Regex ParameterName();

    [GeneratedRegex(@"\b(INSERT|UPDATE|DELETE|REPLACE)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Change();
}

using Anchorage.Server.Database;
using Anchorage.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Anchorage.Server.Tests.Database;

/// <summary>The numbered scripts lead both engines from nothing to the same schema.</summary>
public class SchemaTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static readonly Sql SqliteColumns = new("""
        SELECT t.name || '.' || c.name || ' ' ||
               CASE upper(c.type) WHEN 'INTEGER' THEN 'integer' WHEN 'BIGINT' THEN 'integer' WHEN 'BLOB' THEN 'bytes' ELSE lower(c.type) END ||
               CASE WHEN c."notnull" = 1 OR c.pk > 0 THEN ' not null' ELSE '' END
        FROM sqlite_master t JOIN pragma_table_info(t.name) c WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%'
        """);

    private static readonly Sql PostgresColumns = new("""
        SELECT table_name || '.' || column_name || ' ' ||
               CASE data_type WHEN 'bigint' THEN 'integer' WHEN 'bytea' THEN 'bytes' ELSE data_type END ||
               CASE WHEN is_nullable = 'NO' THEN ' not null' ELSE '' END
        FROM information_schema.columns WHERE table_schema = 'public'
        """);

    // The primary key that is the rowid has no index of its own on SQLite; it is compared as a column.
    private static readonly Sql SqliteIndexes = new("""
        SELECT t.name || CASE WHEN i."unique" = 1 THEN ' unique ' ELSE ' ' END ||
               (SELECT group_concat(name, ',') FROM (SELECT name FROM pragma_index_info(i.name) ORDER BY seqno))
        FROM sqlite_master t JOIN pragma_index_list(t.name) i WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%'
        """);

    private static readonly Sql PostgresIndexes = new("""
        SELECT t.relname || CASE WHEN i.indisunique THEN ' unique ' ELSE ' ' END ||
               (SELECT string_agg(a.attname, ',' ORDER BY k.position)
                FROM unnest(i.indkey) WITH ORDINALITY AS k (attnum, position) JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.attnum)
        FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace n ON n.oid = t.relnamespace
        WHERE n.nspname = 'public' AND NOT (i.indisprimary AND i.indnatts = 1 AND
              (SELECT atttypid FROM pg_attribute a WHERE a.attrelid = t.oid AND a.attnum = i.indkey[0]) IN (20, 23))
        """);

    private static readonly Sql SqliteForeignKeys = new("""
        SELECT t.name || '.' || f."from" || ' -> ' || f."table" || '.' || f."to"
        FROM sqlite_master t JOIN pragma_foreign_key_list(t.name) f WHERE t.type = 'table'
        """);

    private static readonly Sql PostgresForeignKeys = new("""
        SELECT c.conrelid::regclass || '.' || a.attname || ' -> ' || c.confrelid::regclass || '.' || b.attname
        FROM pg_constraint c
        JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
        JOIN pg_attribute b ON b.attrelid = c.confrelid AND b.attnum = c.confkey[1]
        WHERE c.contype = 'f'
        """);

    [Fact]
    public async Task Both_engines_come_from_nothing_to_the_same_schema()
    {
        using var directory = new TestDirectory();
        var sqlite = await TestDatabase.CreateEmptyAsync(TestEngine.Sqlite, directory, Token);
        var postgres = await TestDatabase.CreateEmptyAsync(TestEngine.Postgres, directory, Token);
        var left = await DescribeAsync(sqlite, SqliteColumns, SqliteIndexes, SqliteForeignKeys);
        var right = await DescribeAsync(postgres, PostgresColumns, PostgresIndexes, PostgresForeignKeys);
        await TestDatabase.DropPostgresAsync(postgres.PostgresConnectionString!);
        Assert.Contains("distribution_file.sha256 text not null", left);
        Assert.Equal(left, right);
    }

    private static async Task<List<string>> DescribeAsync(DatabaseOptions options, params Sql[] descriptions)
    {
        await using var database = await SqlDatabase.OpenAsync(options, TimeProvider.System, NullLogger.Instance, Token);
        var lines = new List<string>();
        foreach (var description in descriptions)
            lines.AddRange(await database.QueryAsync(description, row => row.GetString(0), Token));
        lines.RemoveAll(line => line.StartsWith("schema_version", StringComparison.Ordinal));
        lines.Sort(StringComparer.Ordinal);
        return lines;
    }
}

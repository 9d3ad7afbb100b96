namespace Anchorage.Server.Database;

/// <summary>A statement, held in a static field of the file that uses it: a test prepares every one on both engines.</summary>
internal sealed record Sql(string Text)
{
    /// <summary>
    /// Decides whether SQLite runs the statement on a reader or on the one writer, and whether PostgreSQL may simply run
    /// it again after a lost connection. A reader refuses to write (PRAGMA query_only), so that a mistake is loud.
    /// </summary>
    public bool IsRead { get; } = OnlyReads(Text);

    private static bool OnlyReads(string text)
    {
        var words = text.AsSpan().TrimStart();
        if (words.StartsWith("SELECT", StringComparison.OrdinalIgnoreCase))
            return true;
        return words.StartsWith("WITH", StringComparison.OrdinalIgnoreCase)
            && !text.Contains("INSERT INTO", StringComparison.OrdinalIgnoreCase)
            && !text.Contains("UPDATE ", StringComparison.OrdinalIgnoreCase)
            && !text.Contains("DELETE FROM", StringComparison.OrdinalIgnoreCase);
    }
}

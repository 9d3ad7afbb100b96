namespace Anchorage.Server.Database;

/// <summary>The one counter of changes: what mirrors of this registry compare (X-PyPI-Last-Serial).</summary>
internal static class Serials
{
    private static readonly Sql Increment = new("UPDATE serial_counter SET value = value + 1 WHERE id = 1 RETURNING value");

    /// <summary>The next serial; to be taken first in the transaction of a change, which it puts in order with all others.</summary>
    public static Task<long> NextAsync(SqlSession session, CancellationToken cancellationToken) =>
        session.FindAsync(Increment, static row => row.GetInt64(0), cancellationToken);
}

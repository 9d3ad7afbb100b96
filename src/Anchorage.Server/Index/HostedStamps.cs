using System.Collections.Concurrent;
using Anchorage.Packaging;
using Anchorage.Server.Database;

namespace Anchorage.Server.Index;

/// <summary>
/// The serial of each hosted project, from memory while this process is the only writer, so that an unchanged page
/// costs no database read. With a shared database each request reads the one row.
/// </summary>
internal sealed class HostedStamps(SqlDatabase database)
{
    private const int MaxEntries = 200_000;
    private const long AbsentSerial = -1;

    private static readonly Sql SelectIndexSerial = new("SELECT COALESCE(MAX(serial), 0) FROM project WHERE index_id = @index_id");

    private static readonly Sql SelectSerial = new("SELECT serial FROM project WHERE index_id = @index_id AND name = @name");

    // Absent projects are remembered too: a group asks its hosted part for every public name.
    private readonly BoundedCache<(long IndexId, ProjectName Project), long> serials = new(MaxEntries);
    private readonly ConcurrentDictionary<long, long> indexSerials = new();
    private readonly ConcurrentDictionary<long, long> changes = new();
    private readonly Lock remembering = new();

    /// <summary>The project's serial, or null where the index does not have it.</summary>
    public async ValueTask<long?> FindAsync(long indexId, ProjectName project, CancellationToken cancellationToken)
    {
        if (database.IsShared)
            return await ReadAsync(indexId, project, cancellationToken) is >= 0 and var serial ? serial : null;
        var key = (indexId, project);
        if (!serials.TryGet(key, out var known))
        {
            // A change that commits while this reads must win: what was read is kept only if none came in between.
            var before = changes.GetValueOrDefault(indexId);
            known = await ReadAsync(indexId, project, cancellationToken);
            lock (remembering)
            {
                if (changes.GetValueOrDefault(indexId) == before)
                    serials.Set(key, known);
            }
        }
        return known >= 0 ? known : null;
    }

    /// <summary>
    /// The highest serial of the index, which names the state of its list: serials only grow, and a project's row stays
    /// when its last file goes.
    /// </summary>
    public async ValueTask<long> FindIndexSerialAsync(long indexId, CancellationToken cancellationToken)
    {
        if (!database.IsShared && indexSerials.TryGetValue(indexId, out var known))
            return known;
        var before = changes.GetValueOrDefault(indexId);
        var serial = await database.FindAsync(SelectIndexSerial, static row => row.GetInt64(0), cancellationToken, ("index_id", indexId));
        lock (remembering)
        {
            if (changes.GetValueOrDefault(indexId) == before)
                indexSerials[indexId] = serial;
        }
        return serial;
    }

    /// <summary>To be called after the commit of any change to the project.</summary>
    public void Changed(long indexId, ProjectName project)
    {
        lock (remembering)
        {
            changes.AddOrUpdate(indexId, 1, static (_, value) => value + 1);
            serials.Remove((indexId, project));
            indexSerials.TryRemove(indexId, out _);
        }
    }

    private async Task<long> ReadAsync(long indexId, ProjectName project, CancellationToken cancellationToken)
    {
        var row = await database.QueryAsync(SelectSerial, static row => row.GetInt64(0), cancellationToken, ("index_id", indexId), ("name", project.ToString()));
        return row.Count > 0 ? row[0] : AbsentSerial;
    }
}

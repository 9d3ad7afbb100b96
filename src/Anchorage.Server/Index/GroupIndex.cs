using Anchorage.Packaging;

namespace Anchorage.Server.Index;

/// <summary>
/// Asks its sources in order; the first that has the project answers alone. Never merged: a stranger could publish a
/// higher version of a private name on a public index (dependency confusion). "Absent" goes on, "unavailable" stops.
/// </summary>
internal sealed class GroupIndex(IReadOnlyList<IPackageIndex> sources) : IPackageIndex
{
    public async ValueTask<IndexAnswer<ListSnapshot>> ListProjectsAsync(CancellationToken cancellationToken)
    {
        var lists = new List<ListSnapshot>(sources.Count);
        foreach (var source in sources)
        {
            switch (await source.ListProjectsAsync(cancellationToken))
            {
                case IndexAnswer<ListSnapshot>.Found found:
                    lists.Add(found.Value);
                    break;
                case IndexAnswer<ListSnapshot>.Unavailable unavailable:
                    // A list without this source's names would read as "those projects do not exist".
                    return unavailable;
            }
        }
        if (lists.Count == 0)
            return IndexAnswer<ListSnapshot>.Absent.Instance;
        var hash = new HashCode();
        foreach (var list in lists)
            hash.Add(list.Stamp);
        var combined = new ListSnapshot(new Stamp(lists[0].Stamp.IndexId, hash.ToHashCode()), lists[0].LastSerial, token => MergeAsync(lists, token))
        {
            Staleness = lists.Select(static list => list.Staleness).FirstOrDefault(static staleness => staleness is not null),
        };
        return new IndexAnswer<ListSnapshot>.Found(combined);
    }

    public async ValueTask<IndexAnswer<ProjectSnapshot>> GetProjectAsync(ProjectName project, CancellationToken cancellationToken)
    {
        foreach (var source in sources)
        {
            var answer = await source.GetProjectAsync(project, cancellationToken);
            if (answer is not IndexAnswer<ProjectSnapshot>.Absent)
                return answer;
        }
        return IndexAnswer<ProjectSnapshot>.Absent.Instance;
    }

    public async ValueTask<IndexAnswer<OpenedFile>> OpenFileAsync(FileRequest request, CancellationToken cancellationToken)
    {
        if (request.IsGuess)
            return await OpenKnownFileAsync(request, cancellationToken);
        // The last source needs no question first: whatever it answers is the answer.
        for (var place = 0; place < sources.Count - 1; place++)
        {
            var source = sources[place];
            switch (await source.GetProjectAsync(request.Project, cancellationToken))
            {
                case IndexAnswer<ProjectSnapshot>.Found:
                    var answer = await source.OpenFileAsync(request, cancellationToken);
                    return answer is IndexAnswer<OpenedFile>.Found { Value: OpenedFile.Upstream { HasFailedLately: true } }
                        ? await OpenElsewhereAsync(place + 1, request, cancellationToken) ?? answer
                        : answer;
                case IndexAnswer<ProjectSnapshot>.Unavailable unavailable:
                    return new IndexAnswer<OpenedFile>.Unavailable(unavailable.Failure);
            }
        }
        return await sources[^1].OpenFileAsync(request, cancellationToken);
    }

    /// <summary>
    /// The file from a later source: its page must name the same digest, so that it can only be the same bytes. The project still answers from
    /// its first source alone.
    /// </summary>
    private async ValueTask<IndexAnswer<OpenedFile>?> OpenElsewhereAsync(int first, FileRequest request, CancellationToken cancellationToken)
    {
        foreach (var source in sources.Skip(first))
        {
            if (await source.OpenFileAsync(request, cancellationToken) is IndexAnswer<OpenedFile>.Found found
                && found.Value is not OpenedFile.Upstream { HasFailedLately: true })
                return found;
        }
        return null;
    }

    /// <summary>
    /// Which source has a guessed project is not asked: it would be asked of upstreams. Hosted files never have such
    /// names, and the digest in the request says which bytes are meant.
    /// </summary>
    private async ValueTask<IndexAnswer<OpenedFile>> OpenKnownFileAsync(FileRequest request, CancellationToken cancellationToken)
    {
        foreach (var source in sources)
        {
            if (await source.OpenFileAsync(request, cancellationToken) is not IndexAnswer<OpenedFile>.Absent and var answer)
                return answer;
        }
        return IndexAnswer<OpenedFile>.Absent.Instance;
    }

    /// <summary>Names of all sources, each once in the earlier source's spelling, ordered by normalised name.</summary>
    private static async Task<ProjectList> MergeAsync(List<ListSnapshot> lists, CancellationToken cancellationToken)
    {
        IReadOnlyList<ProjectListEntry> merged = [];
        foreach (var snapshot in lists)
            merged = ProjectListMerge.Merge(merged, (await snapshot.ReadAsync(cancellationToken)).Projects);
        return new ProjectList { LastSerial = lists[0].LastSerial, Projects = merged };
    }
}

using System.Collections.Concurrent;
using System.Data.Common;
using System.IO.Compression;
using System.Security.Cryptography;
using Anchorage.Packaging;
using Anchorage.Server.Database;
using Anchorage.Server.Index;
using Anchorage.Server.Operations;
using Anchorage.Server.Storage;

namespace Anchorage.Server.Upstreams;

/// <summary>
/// An upstream index, fetched on demand. A page is served without a question while it is fresh, revalidated when it is
/// not, and served stale, saying so, while the upstream fails. Absent only where the upstream said 404 or 410.
/// </summary>
internal sealed class MirrorIndex(
    long id, string name, UpstreamClient client, SqlDatabase database, IBlobStore blobs, FileFetches fetches,
    Func<UnnamedFile> createFile, ServerOptions options, TimeProvider time, ILogger<MirrorIndex> logger) : IPackageIndex, IDisposable
{
    // A project that was just published must not stay invisible.
    private static readonly TimeSpan AbsentFor = TimeSpan.FromSeconds(60);

    // After a failure the upstream is left alone for a moment, so that an outage does not cost each client a timeout.
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromSeconds(10);

    // Who waits for a page that is here already, though no longer fresh, waits this long for a newer one.
    private static readonly TimeSpan RefreshPatience = TimeSpan.FromSeconds(3);

    // Who asks for a file that the page does not name makes us ask again, but not more often than this.
    private static readonly TimeSpan PauseBetweenForced = TimeSpan.FromSeconds(10);

    // After this a source whose file was wrong or did not come is tried first again.
    private static readonly TimeSpan FailureRemembered = TimeSpan.FromMinutes(5);
    private const int MaxStates = 200_000;
    private const int MaxStoredFiles = 20_000;
    private const int MaxFailures = 10_000;
    private const int MaxMetadataBytes = 32 << 20;
    private const string ListName = "";

    private static readonly Sql SelectState = new("""
        SELECT etag, last_modified, last_serial, changed_at, checked_at, CASE WHEN document IS NULL THEN 0 ELSE 1 END, fresh_seconds
        FROM mirror_project WHERE index_id = @index_id AND name = @name AND upstream_url = @upstream_url
        """);

    private static readonly Sql SelectDocument = new("SELECT document FROM mirror_project WHERE index_id = @index_id AND name = @name");

    private static readonly Sql UpsertDocument = new("""
        INSERT INTO mirror_project (index_id, name, upstream_url, document, etag, last_modified, last_serial, changed_at, checked_at, fresh_seconds)
        VALUES (@index_id, @name, @upstream_url, @document, @etag, @last_modified, @last_serial, @changed_at, @checked_at, @fresh_seconds)
        ON CONFLICT (index_id, name) DO UPDATE SET upstream_url = excluded.upstream_url, document = excluded.document, etag = excluded.etag,
            last_modified = excluded.last_modified, last_serial = excluded.last_serial, changed_at = excluded.changed_at, checked_at = excluded.checked_at,
            fresh_seconds = excluded.fresh_seconds
        """);

    private static readonly Sql UpdateChecked = new("UPDATE mirror_project SET checked_at = @checked_at, fresh_seconds = @fresh_seconds WHERE index_id = @index_id AND name = @name");

    private static readonly Sql SelectFile = new("""
        SELECT sha256, fetched_at FROM mirror_file WHERE index_id = @index_id AND locator = @locator AND filename = @filename
        """);

    private static readonly Sql UpsertFile = new("""
        INSERT INTO mirror_file (index_id, locator, filename, project, sha256, size, fetched_at)
        VALUES (@index_id, @locator, @filename, @project, @sha256, @size, @fetched_at)
        ON CONFLICT (index_id, locator, filename) DO NOTHING
        """);

    private static readonly Sql UpsertMetadata = new("""
        INSERT INTO mirror_metadata (index_id, locator, filename, sha256, fetched_at)
        VALUES (@index_id, @locator, @filename, @sha256, @fetched_at)
        ON CONFLICT (index_id, locator, filename) DO NOTHING
        """);

    private static readonly Sql SelectMetadata = new("""
        SELECT sha256, fetched_at FROM mirror_metadata WHERE index_id = @index_id AND locator = @locator AND filename = @filename
        """);

    // Such a row is written once and never changed: nothing makes what is kept here untrue.
    private readonly BoundedCache<(Sha256Digest Locator, string Filename, FilePart Part), StoredFile> storedFiles = new(MaxStoredFiles);
    private readonly BoundedCache<string, PageState> states = new(MaxStates, StringComparer.Ordinal);
    private readonly BoundedCache<FileRequest, DateTimeOffset> failures = new(MaxFailures);
    private readonly ConcurrentDictionary<(string Page, bool Forced), Lazy<Task<PageState>>> refreshing = new();
    private readonly ConcurrentDictionary<FileRequest, Lazy<Task<IndexAnswer<OpenedFile>>>> fetchingMetadata = new();

    /// <summary>What is known of a page. Immutable; <see cref="Failure"/> is the last attempt's where that failed.</summary>
    private sealed record PageState(string? ETag, string? LastModified, long? LastSerial, long ChangedAt, DateTimeOffset CheckedAt, bool HasDocument)
    {
        public UpstreamFailure? Failure { get; init; }

        public DateTimeOffset? FailedAt { get; init; }

        /// <summary>How long the upstream said that the page may be used (Cache-Control); null = it said nothing.</summary>
        public TimeSpan? FreshFor { get; init; }

        /// <summary>Nothing was ever learned: only a failure is known.</summary>
        public bool IsUnknown => CheckedAt == DateTimeOffset.MinValue;

        public static PageState Unknown { get; } = new(null, null, null, 0, DateTimeOffset.MinValue, false);
    }

    public async ValueTask<IndexAnswer<ProjectSnapshot>> GetProjectAsync(ProjectName project, CancellationToken cancellationToken)
    {
        return Answer(project, await GetStateAsync(project.ToString(), client.ProjectPage(project), cancellationToken));
    }

    /// <summary>Asks the upstream now, unless it was asked less than <paramref name="notWithin"/> ago.</summary>
    public async Task<IndexAnswer<ProjectSnapshot>> AskAgainAsync(ProjectName project, TimeSpan notWithin, CancellationToken cancellationToken)
    {
        var page = project.ToString();
        if (states.TryGet(page, out var state) && time.GetUtcNow() - Latest(state) < notWithin)
            return Answer(project, state);
        return Answer(project, await RefreshOnce(page, client.ProjectPage(project), isForced: true).WaitAsync(cancellationToken));

        static DateTimeOffset Latest(PageState state) => state.FailedAt > state.CheckedAt ? state.FailedAt.Value : state.CheckedAt;
    }

    private IndexAnswer<ProjectSnapshot> Answer(ProjectName project, PageState state) => Judge(state) switch
    {
        PageVerdict.Serve => new IndexAnswer<ProjectSnapshot>.Found(
            new ProjectSnapshot(new Stamp(id, state.ChangedAt), state.LastSerial, token => ReadDocumentAsync(project, token))
            {
                Staleness = StalenessOf(state),
                AskAgain = token => AskAgainAsync(project, PauseBetweenForced, token),
            }),
        PageVerdict.Absent => IndexAnswer<ProjectSnapshot>.Absent.Instance,
        _ => new IndexAnswer<ProjectSnapshot>.Unavailable(state.Failure!),
    };

    public async ValueTask<IndexAnswer<ListSnapshot>> ListProjectsAsync(CancellationToken cancellationToken)
    {
        var state = await GetStateAsync(ListName, client.Root, cancellationToken);
        return Judge(state) switch
        {
            PageVerdict.Serve => new IndexAnswer<ListSnapshot>.Found(
                new ListSnapshot(new Stamp(id, state.ChangedAt), state.LastSerial, ReadListAsync)
                {
                    Staleness = StalenessOf(state),
                }),
            PageVerdict.Absent => IndexAnswer<ListSnapshot>.Absent.Instance,
            _ => new IndexAnswer<ListSnapshot>.Unavailable(state.Failure!),
        };
    }

    public async ValueTask<IndexAnswer<OpenedFile>> OpenFileAsync(FileRequest request, CancellationToken cancellationToken)
    {
        if (await FindStoredAsync(request, cancellationToken) is { } stored)
            return new IndexAnswer<OpenedFile>.Found(stored);

        if (request.IsGuess && !await IsKnownAsync(request.Project))
            return IndexAnswer<OpenedFile>.Absent.Instance;

        // Not here yet: the page says where it is and what it must hash to. One that does not name it is asked for anew: a lock file may be younger.
        var answer = await GetProjectAsync(request.Project, cancellationToken);
        if (answer is IndexAnswer<ProjectSnapshot>.Found known)
        {
            if (await FindListedAsync(request, known.Value, cancellationToken) is { } listed)
                return await OpenListedAsync(request, listed, cancellationToken);
            answer = await AskAgainAsync(request.Project, PauseBetweenForced, cancellationToken);
        }
        switch (answer)
        {
            case IndexAnswer<ProjectSnapshot>.Unavailable unavailable:
                return new IndexAnswer<OpenedFile>.Unavailable(unavailable.Failure);
            case IndexAnswer<ProjectSnapshot>.Found renewed when await FindListedAsync(request, renewed.Value, cancellationToken) is { } listed:
                return await OpenListedAsync(request, listed, cancellationToken);
            // A stale page cannot deny a file.
            case IndexAnswer<ProjectSnapshot>.Found { Value.Staleness: { } staleness }:
                return new IndexAnswer<OpenedFile>.Unavailable(new UpstreamFailure(client.Name, UpstreamPhase.Response, staleness.Reason));
            default:
                return IndexAnswer<OpenedFile>.Absent.Instance;
        }
    }

    private static async Task<ProjectFile?> FindListedAsync(FileRequest request, ProjectSnapshot snapshot, CancellationToken cancellationToken) =>
        (await snapshot.ReadAsync(cancellationToken)).Files.FirstOrDefault(file => file.Filename == request.Filename && FileAddress.Locator(file) == request.Locator);

    private async Task<IndexAnswer<OpenedFile>> OpenListedAsync(FileRequest request, ProjectFile file, CancellationToken cancellationToken)
    {
        if (request.Part == FilePart.Metadata)
            return await JoinMetadataAsync(request, file, cancellationToken);
        // Another index may have brought the same bytes: they are not fetched twice.
        if (FileAddress.FindSha256(file) is { } digest && await blobs.FindAsync(digest, cancellationToken) is { } blob && (file.Size is null || file.Size == blob.Length))
        {
            await StoreFileRowAsync(request, digest, blob.Length, cancellationToken);
            return new IndexAnswer<OpenedFile>.Found(new OpenedFile.Stored(file.Filename, digest, blob, time.GetUtcNow()));
        }
        return new IndexAnswer<OpenedFile>.Found(new OpenedFile.Upstream(file.Filename, FileAddress.FindSha256(file), file.Size, () => Fetch(request, file))
        {
            HasFailedLately = failures.TryGet(request, out var failedAt) && time.GetUtcNow() - failedAt < FailureRemembered,
        });
    }

    public void Dispose()
    {
        client.Dispose();
    }

    private enum PageVerdict
    {
        Serve,
        Absent,
        Unavailable,
    }

    private PageVerdict Judge(PageState state)
    {
        if (state.Failure is null)
            return state.HasDocument ? PageVerdict.Serve : PageVerdict.Absent;
        // The last attempt failed. A page may be served stale; "absent" may not: it is what an attacker waits for.
        // What an offline upstream left here does not age: nothing newer can be had.
        return state.HasDocument && (IsOffline || time.GetUtcNow() - state.CheckedAt <= StaleFor) ? PageVerdict.Serve : PageVerdict.Unavailable;
    }

    private Staleness? StalenessOf(PageState state) =>
        state.Failure is { } failure ? new Staleness(time.GetUtcNow() - state.CheckedAt, $"{failure.Upstream}: {failure.Why}") : null;

    /// <summary>The page's state: from memory, else from the database, refreshed from the upstream where it is due.</summary>
    private async ValueTask<PageState> GetStateAsync(string page, Uri address, CancellationToken cancellationToken)
    {
        if (states.TryGet(page, out var state) && IsCurrent(state))
            return state;
        var refresh = RefreshOnce(page, address, isForced: false);
        try
        {
            return await refresh.WaitAsync(RefreshPatience, time, cancellationToken);
        }
        catch (TimeoutException) when (states.TryGet(page, out state) && state is { HasDocument: true })
        {
            // Stale while refreshing: the one request to the upstream goes on, and whoever comes after it has the new page.
            return state with { Failure = new UpstreamFailure(client.Name, UpstreamPhase.Response, "it has not answered yet, and the page is being refreshed", TimedOut: true) };
        }
        catch (TimeoutException)
        {
            return await refresh.WaitAsync(cancellationToken);
        }
    }

    /// <summary>One refresh for all who wait; it does not end when one of them leaves.</summary>
    private Task<PageState> RefreshOnce(string page, Uri address, bool isForced) =>
        refreshing.GetOrAdd((page, isForced), key => new Lazy<Task<PageState>>(() => RefreshAsync(page, address, key.Forced))).Value;

    private bool IsOffline => client.Settings.Mode == NetworkMode.Offline;

    private TimeSpan FreshFor => client.Settings.FreshFor is { } seconds ? TimeSpan.FromSeconds(seconds) : options.MirrorFreshFor;

    private TimeSpan StaleFor => client.Settings.StaleFor is { } seconds ? TimeSpan.FromSeconds(seconds) : options.MirrorStaleFor;

    private bool IsCurrent(PageState state)
    {
        if (IsOffline && state.HasDocument)
            return true;
        var now = time.GetUtcNow();
        if (state.FailedAt is { } failedAt)
            return now - failedAt < (state.Failure?.RetryAfter is { } asked && asked > PauseAfterFailure ? asked : PauseAfterFailure);
        if (!state.HasDocument)
            return now - state.CheckedAt < AbsentFor;
        return now - state.CheckedAt < (state.FreshFor is { } said && said < FreshFor ? said : FreshFor);
    }

    private async Task<PageState> RefreshAsync(string page, Uri address, bool isForced)
    {
        try
        {
            await Task.Yield();
            if (!states.TryGet(page, out var known))
            {
                known = await FindStateAsync(page, address) ?? PageState.Unknown;
                // At once, for those who will not wait for the upstream.
                states.Set(page, known);
            }
            if (isForced || !IsCurrent(known))
                states.Set(page, known = await AskUpstreamAsync(page, address, known));
            return known;
        }
        finally
        {
            refreshing.TryRemove((page, isForced), out _);
        }
    }

    private async Task<PageState> AskUpstreamAsync(string page, Uri address, PageState known)
    {
        var now = time.GetUtcNow();
        try
        {
            var answer = await client.GetPageAsync(address, known.HasDocument ? known.ETag : null, known.HasDocument ? known.LastModified : null, CancellationToken.None);
            Count(answer switch
            {
                PageAnswer.NotModified => "unchanged",
                PageAnswer.Document => "ok",
                _ => "absent",
            });
            switch (answer)
            {
                case PageAnswer.NotModified { FreshFor: var freshFor }:
                    await database.ExecuteAsync(
                        UpdateChecked, CancellationToken.None,
                        ("index_id", id), ("name", page), ("checked_at", now.ToMicroseconds()), ("fresh_seconds", (long?)freshFor?.TotalSeconds));
                    return known with { CheckedAt = now, Failure = null, FailedAt = null, FreshFor = freshFor };
                case PageAnswer.Document document:
                    return await StoreAsync(page, address, known, document, now);
                default:
                    // Remembered in memory only: a database full of names that somebody once guessed helps nobody.
                    if (known.HasDocument)
                        await StoreRowAsync(page, address, null, null, null, null, Next(known, now), now, null);
                    return new PageState(null, null, null, Next(known, now), now, HasDocument: false);
            }
        }
        catch (UpstreamException e)
        {
            Count("failed");
            return known with { Failure = e.Failure, FailedAt = now };
        }

        static void Count(string outcome) => Meters.UpstreamFetches.Add(1, new KeyValuePair<string, object?>("outcome", outcome));
    }

    private async Task<PageState> StoreAsync(string page, Uri address, PageState known, PageAnswer.Document document, DateTimeOffset now)
    {
        using var sink = new PageSink(createFile);
        long? lastSerial;
        using (document.Content)
            lastSerial = Canonicalize(page, document, sink);
        var changedAt = known.ChangedAt;
        // The same content again (a new ETag at a CDN's other edge) keeps the stamp, and with it the prepared page.
        var digest = sink.Digest();
        if (!known.HasDocument || digest != await DigestStoredAsync(page))
            changedAt = Next(known, now);
        // A mirror that was restored, or another one behind the same name: worth a word, no reason to freeze on what is here.
        if (lastSerial < known.LastSerial)
            logger.LogWarning("{upstream} names serial {serial} for {page}, and named {known} before", client.Name, lastSerial, page, known.LastSerial);
        await StoreRowAsync(page, address, Compress(sink.ToBody(digest)), document.ETag, document.LastModified, lastSerial, changedAt, now, document.FreshFor);
        return new PageState(document.ETag, document.LastModified, lastSerial, changedAt, now, HasDocument: true) { FreshFor = document.FreshFor };
    }

    /// <summary>Whatever form the upstream chose, what is kept is lossless Simple API JSON with absolute addresses. The upstream's last serial.</summary>
    private long? Canonicalize(string page, PageAnswer.Document document, PageSink sink)
    {
        var content = document.Content.Bytes;
        try
        {
            var isJson = document.MediaType == SimpleMediaType.JsonV1;
            if (page == ListName)
            {
                var list = isJson ? SimpleJson.ReadList(content) : SimpleHtml.ReadList(content, document.Charset);
                SimpleJson.WriteList(sink, list);
                return list.LastSerial;
            }
            var project = ProjectName.Parse(page);
            var detail = isJson
                ? SimpleJson.ReadProject(content, project)
                : SimpleHtml.ReadProject(content, project, document.FinalAddress, document.Charset);
            SimpleJson.WriteProject(sink, detail with { Files = [.. WithAbsoluteAddresses(detail.Files, document.FinalAddress)] });
            return detail.LastSerial;
        }
        catch (FormatException e)
        {
            throw new UpstreamException(new UpstreamFailure(client.Name, UpstreamPhase.Content, "its page cannot be read: " + e.Message));
        }
    }

    /// <summary>Files whose address is no http(s) URL cannot be offered and are left out.</summary>
    private static IEnumerable<ProjectFile> WithAbsoluteAddresses(IReadOnlyList<ProjectFile> files, Uri page)
    {
        foreach (var file in files)
        {
            if (Uri.TryCreate(page, file.Url, out var address) && address.Scheme is "https" or "http")
                yield return file with { Url = address.AbsoluteUri };
        }
    }

    private async Task<OpenedFile.Stored?> FindStoredAsync(FileRequest request, CancellationToken cancellationToken)
    {
        var key = (request.Locator, request.Filename, request.Part);
        if (!storedFiles.TryGet(key, out var row))
        {
            row = await database.FindAsync(
                request.Part == FilePart.Metadata ? SelectMetadata : SelectFile, ReadStoredFile, cancellationToken,
                ("index_id", id), ("locator", request.Locator.ToString()), ("filename", request.Filename));
            if (row is not null)
                storedFiles.Set(key, row);
        }
        // A row whose blob is gone is a cache miss: the upstream still has it.
        return row is not null && await blobs.FindAsync(row.Digest, cancellationToken) is { } blob
            ? new OpenedFile.Stored(request.Filename, row.Digest, blob, row.FetchedAt)
            : null;
    }

    private sealed record StoredFile(Sha256Digest Digest, DateTimeOffset FetchedAt);

    private static StoredFile ReadStoredFile(DbDataReader row) => new(Sha256Digest.Parse(row.GetString(0)), Timestamps.FromMicroseconds(row.GetInt64(1)));

    private FileFetch Fetch(FileRequest request, ProjectFile file)
    {
        var fetch = fetches.Join(
            OrderOf(request, file), client,
            async token => await FindStoredAsync(request with { Part = FilePart.Content }, token) is { } stored
                ? new FetchOutcome.Committed(stored.Digest, stored.Blob, stored.PublishedAt)
                : null,
            (digest, size, token) => StoreFileRowAsync(request, digest, size, token));
        _ = NoteFailureAsync(request, fetch.Completed);
        return fetch;
    }

    private FetchOrder OrderOf(FileRequest request, ProjectFile file) =>
        new(id, name, request.Project, file.Filename, request.Locator, new Uri(file.Url), FileAddress.FindSha256(file), file.Size);

    private Task<int> StoreFileRowAsync(FileRequest request, Sha256Digest digest, long size, CancellationToken cancellationToken) => database.ExecuteAsync(
        UpsertFile, cancellationToken,
        ("index_id", id), ("locator", request.Locator.ToString()), ("filename", request.Filename), ("project", request.Project.ToString()),
        ("sha256", digest.ToString()), ("size", size), ("fetched_at", time.GetUtcNow().ToMicroseconds()));

    private async Task NoteFailureAsync(FileRequest request, Task<FetchOutcome> completed)
    {
        if (await completed is FetchOutcome.Failed)
            failures.Set(request, time.GetUtcNow());
    }

    /// <summary>True where this upstream's page of the project was read before: whoever has the file's address had the page.</summary>
    private async Task<bool> IsKnownAsync(ProjectName project) =>
        (states.TryGet(project.ToString(), out var state) ? state : await FindStateAsync(project.ToString(), client.ProjectPage(project))) is { HasDocument: true };

    /// <summary>One fetch for all who ask at the same time; it does not end when one of them leaves.</summary>
    private async Task<IndexAnswer<OpenedFile>> JoinMetadataAsync(FileRequest request, ProjectFile file, CancellationToken cancellationToken)
    {
        var fetch = fetchingMetadata.GetOrAdd(request, key => new Lazy<Task<IndexAnswer<OpenedFile>>>(async () =>
        {
            try
            {
                await Task.Yield();
                // Another fetch may have ended between the look into the store and this one.
                return await FindStoredAsync(key, CancellationToken.None) is { } stored
                    ? new IndexAnswer<OpenedFile>.Found(stored)
                    : await FetchMetadataAsync(key, file, CancellationToken.None);
            }
            finally
            {
                fetchingMetadata.TryRemove(key, out _);
            }
        }));
        return await fetch.Value.WaitAsync(cancellationToken);
    }

    /// <summary>The upstream's sidecar where it offers one, else the member of the wheel: always the wheel's exact bytes.</summary>
    private async Task<IndexAnswer<OpenedFile>> FetchMetadataAsync(FileRequest request, ProjectFile file, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte>? content = null;
        try
        {
            if (file.HasCoreMetadata)
                content = await client.GetSmallFileAsync(MetadataAddress(file.Url), MaxMetadataBytes, cancellationToken);
        }
        catch (UpstreamException e)
        {
            return new IndexAnswer<OpenedFile>.Unavailable(e.Failure);
        }
        if (content is { } sidecar && file.CoreMetadataHashes.TryGetValue("sha256", out var expected) && Sha256Digest.Of(sidecar.Span).ToString() != expected)
        {
            var actual = Sha256Digest.Of(sidecar.Span);
            var mismatch = await fetches.MismatchAsync(
                OrderOf(request, file) with { Filename = file.Filename + ".metadata" }, client.Name, $"the SHA-256 is {actual}, its page says {expected}", actual);
            return new IndexAnswer<OpenedFile>.Unavailable(mismatch.Failure);
        }
        if (content is null && file.Filename.EndsWith(".whl", StringComparison.OrdinalIgnoreCase))
        {
            switch (await Fetch(request, file).Completed.WaitAsync(cancellationToken))
            {
                case FetchOutcome.Failed failed:
                    return new IndexAnswer<OpenedFile>.Unavailable(failed.Failure);
                case FetchOutcome.Faulted faulted:
                    throw faulted.Fault;
                case FetchOutcome.Committed committed:
                    content = FindMetadata(committed.Blob, cancellationToken);
                    break;
            }
        }
        if (content is not { } bytes)
            return IndexAnswer<OpenedFile>.Absent.Instance;
        return new IndexAnswer<OpenedFile>.Found(await StoreMetadataAsync(request, bytes));
    }

    /// <summary>PEP 658: the path of the file and <c>.metadata</c>; a query may hold a signature, a fragment the hash.</summary>
    private static Uri MetadataAddress(string fileAddress)
    {
        var address = new UriBuilder(fileAddress) { Fragment = "" };
        address.Path += ".metadata";
        return address.Uri;
    }

    /// <summary>Null where the file is no wheel whatever its name says: it is the upstream's, and served as it is.</summary>
    private static ReadOnlyMemory<byte>? FindMetadata(StoredBlob blob, CancellationToken cancellationToken)
    {
        try
        {
            using var wheel = blob.OpenRead();
            return ArchiveInspector.FindWheelMetadata(wheel, ArchiveLimits.Default, cancellationToken);
        }
        catch (InvalidDistributionException)
        {
            return null;
        }
    }

    private async Task<OpenedFile> StoreMetadataAsync(FileRequest request, ReadOnlyMemory<byte> content)
    {
        var digest = Sha256Digest.Of(content.Span);
        using (var staged = blobs.Stage())
        {
            await staged.Writer.WriteAsync(content);
            await blobs.PublishAsync(staged, digest, CancellationToken.None);
        }
        var now = time.GetUtcNow();
        await database.ExecuteAsync(
            UpsertMetadata, CancellationToken.None,
            ("index_id", id), ("locator", request.Locator.ToString()), ("filename", request.Filename), ("sha256", digest.ToString()), ("fetched_at", now.ToMicroseconds()));
        var blob = await blobs.FindAsync(digest, CancellationToken.None) ?? throw new IOException($"The blob {digest} is not in the store after its publication.");
        return new OpenedFile.Stored(request.Filename, digest, blob, now);
    }

    private async Task<ProjectDetail> ReadDocumentAsync(ProjectName project, CancellationToken cancellationToken) =>
        SimpleJson.ReadProject(await ReadStoredAsync(project.ToString(), cancellationToken), project);

    private async Task<ReadOnlyMemory<byte>> ReadStoredAsync(string page, CancellationToken cancellationToken)
    {
        var compressed = await ReadCompressedAsync(page, cancellationToken);
        using var target = new MemoryStream(compressed.Length * 6);
        await using var stream = Decompress(compressed);
        await stream.CopyToAsync(target, cancellationToken);
        return target.GetBuffer().AsMemory(0, (int)target.Length);
    }

    private async Task<ProjectList> ReadListAsync(CancellationToken cancellationToken)
    {
        var file = createFile();
        await using (var stream = Decompress(await ReadCompressedAsync(ListName, cancellationToken)))
        {
            var piece = new byte[64 << 10];
            for (int read; (read = stream.Read(piece)) > 0;)
                file.Append(piece.AsSpan(0, read));
        }
        using var mapped = new MappedBytes(file);
        return SimpleJson.ReadList(mapped.Memory);
    }

    /// <summary>The digest of the stored document, as <see cref="PageSink.Digest"/> gives it.</summary>
    private async Task<string> DigestStoredAsync(string page)
    {
        await using var stream = Decompress(await ReadCompressedAsync(page, CancellationToken.None));
        return Convert.ToHexStringLower((await SHA256.HashDataAsync(stream)).AsSpan(0, 16));
    }

    private async Task<byte[]> ReadCompressedAsync(string page, CancellationToken cancellationToken) =>
        await database.FindAsync(
            SelectDocument, static row => row.IsDBNull(0) ? null : row.GetFieldValue<byte[]>(0), cancellationToken, ("index_id", id), ("name", page))
        ?? throw new UpstreamException(new UpstreamFailure(client.Name, UpstreamPhase.Content, "the page disappeared while it was read"));

    private static GZipStream Decompress(byte[] compressed) => new(new MemoryStream(compressed), CompressionMode.Decompress);

    private static byte[] Compress(PreparedBody content)
    {
        using var target = new MemoryStream((int)(content.Length / 6));
        using (var stream = new GZipStream(target, CompressionLevel.Fastest))
            content.CopyTo(stream);
        return target.ToArray();
    }

    private async Task<PageState?> FindStateAsync(string page, Uri address) =>
        await database.FindAsync(
            SelectState,
            static row => new PageState(
                row.IsDBNull(0) ? null : row.GetString(0), row.IsDBNull(1) ? null : row.GetString(1), row.IsDBNull(2) ? null : row.GetInt64(2),
                row.GetInt64(3), Timestamps.FromMicroseconds(row.GetInt64(4)), row.GetInt32(5) == 1)
            {
                FreshFor = row.IsDBNull(6) ? null : TimeSpan.FromSeconds(row.GetInt64(6)),
            },
            CancellationToken.None, ("index_id", id), ("name", page), ("upstream_url", address.AbsoluteUri));

    private Task<int> StoreRowAsync(
        string page, Uri address, byte[]? document, string? etag, string? lastModified, long? lastSerial, long changedAt, DateTimeOffset checkedAt, TimeSpan? freshFor) =>
        database.ExecuteAsync(
            UpsertDocument, CancellationToken.None,
            ("index_id", id), ("name", page), ("upstream_url", address.AbsoluteUri), ("document", document), ("etag", etag),
            ("last_modified", lastModified), ("last_serial", lastSerial), ("changed_at", changedAt), ("checked_at", checkedAt.ToMicroseconds()),
            ("fresh_seconds", (long?)freshFor?.TotalSeconds));

    /// <summary>A stamp later than the known one, also where the clock went back.</summary>
    private static long Next(PageState known, DateTimeOffset now) => Math.Max(known.ChangedAt + 1, now.ToMicroseconds());
}

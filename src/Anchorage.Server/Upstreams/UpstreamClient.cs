using System.Net;
using System.Net.Http.Headers;
using Anchorage.Packaging;
using Anchorage.Server.Storage;

namespace Anchorage.Server.Upstreams;

/// <summary>What an upstream said about a page.</summary>
internal abstract record PageAnswer
{
    /// <param name="Content">To be disposed of where it is: a list of projects lies in a file.</param>
    public sealed record Document(
        UpstreamContent Content, SimpleMediaType MediaType, string? Charset, Uri FinalAddress, string? ETag, string? LastModified, TimeSpan? FreshFor) : PageAnswer;

    public sealed record NotModified(TimeSpan? FreshFor) : PageAnswer;

    /// <summary>A true 404 or 410.</summary>
    public sealed record Absent : PageAnswer;
}

/// <summary>Where a broken download goes on, and what proves that it is still the same file (a strong ETag, or a date).</summary>
internal sealed record FilePosition(long Offset, string? Validator);

/// <summary>What an upstream sent, whole.</summary>
internal sealed class UpstreamContent(ReadOnlyMemory<byte> bytes, IDisposable? owner = null) : IDisposable
{
    public ReadOnlyMemory<byte> Bytes => bytes;

    public void Dispose() => owner?.Dispose();
}

/// <summary>
/// Talks to one upstream index. The connection trusts the system's roots and, where the upstream has some of its own,
/// those in addition; verification is never weakened.
/// </summary>
internal sealed class UpstreamClient : IDisposable
{
    // numpy's page has 1.1 MB for 2,210 files; 10,000 files with all fields come to 7 MB.
    private const int MaxPageBytes = 64 << 20;
    private const int MaxListBytes = 256 << 20;
    private const string AcceptPages =
        "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1";

    private const int MaxRedirects = 5;
    private static readonly TimeSpan DefaultHeaderTimeout = TimeSpan.FromSeconds(30);

    // What an upstream may ask us to wait, at most: a typing error of its operator must not silence it for a year.
    private static readonly TimeSpan MaxRetryAfter = TimeSpan.FromMinutes(10);

    private readonly TimeProvider time;
    private readonly HttpClient pages;
    private readonly HttpClient files;
    private readonly TimeSpan headerTimeout;

    private readonly Func<UnnamedFile> createFile;

    public UpstreamClient(Uri root, string? trustAnchors, UpstreamSettings settings, TimeProvider time, Func<UnnamedFile> createFile)
    {
        Root = root;
        Settings = settings;
        this.createFile = createFile;
        this.time = time;
        headerTimeout = settings.ResponseTimeout is { } seconds ? TimeSpan.FromSeconds(seconds) : DefaultHeaderTimeout;
        var connections = new UpstreamConnections(Name, trustAnchors, settings);
        // Pages are text and small: compressed. Files are asked for as they are: an encoded wheel has another hash.
        pages = connections.CreateClient(DecompressionMethods.All);
        files = connections.CreateClient(DecompressionMethods.None);
    }

    public UpstreamSettings Settings { get; }

    /// <summary>The Simple API root, ending in a slash.</summary>
    public Uri Root { get; }

    /// <summary>Name for messages: host and port, no path, no credentials.</summary>
    public string Name => Root.Authority;

    public Uri ProjectPage(ProjectName project) => new(Root, project + "/");

    /// <summary>Asks for a page, conditionally where something is known already.</summary>
    /// <exception cref="UpstreamException">It cannot be had.</exception>
    public async Task<PageAnswer> GetPageAsync(Uri address, string? etag, string? lastModified, CancellationToken cancellationToken)
    {
        try
        {
            using var patience = new CancellationTokenSource(headerTimeout, time);
            using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
            using var response = await SendAsync(
                pages, address,
                headers =>
                {
                    headers.TryAddWithoutValidation("Accept", AcceptPages);
                    if (etag is not null)
                        headers.TryAddWithoutValidation("If-None-Match", etag);
                    if (lastModified is not null)
                        headers.TryAddWithoutValidation("If-Modified-Since", lastModified);
                },
                timeout.Token);
            switch (response.StatusCode)
            {
                case HttpStatusCode.NotModified when etag is not null || lastModified is not null:
                    return new PageAnswer.NotModified(FreshnessOf(response));
                case HttpStatusCode.NotFound or HttpStatusCode.Gone:
                    return new PageAnswer.Absent();
                case HttpStatusCode.OK:
                    break;
                default:
                    throw new UpstreamException(new UpstreamFailure(Name, UpstreamPhase.Response, $"it answered {(int)response.StatusCode} for {address.AbsolutePath}")
                    {
                        RetryAfter = RetryAfterOf(response),
                    });
            }
            // A login page or a proxy's block page must not become an empty project.
            if (SimpleNegotiation.Read(response.Content.Headers.ContentType?.ToString()) is not { } mediaType)
            {
                throw new UpstreamException(new UpstreamFailure(
                    Name, UpstreamPhase.Content, $"it answered with the media type '{response.Content.Headers.ContentType}', which is no index page"));
            }
            var content = address == Root
                ? await SpoolAsync(response.Content, cancellationToken)
                : new UpstreamContent(await ReadBoundedAsync(response.Content, MaxPageBytes, cancellationToken));
            return new PageAnswer.Document(
                content, mediaType, response.Content.Headers.ContentType?.CharSet, response.RequestMessage?.RequestUri ?? address,
                response.Headers.ETag?.ToString(), response.Content.Headers.LastModified?.ToString("R"), FreshnessOf(response));
        }
        catch (Exception e) when (UpstreamFailure.IsExpected(e) && e is not StorageFullException && !cancellationToken.IsCancellationRequested)
        {
            throw new UpstreamException(UpstreamFailure.From(Name, e));
        }
    }

    /// <summary>Asks for a small file (core metadata) whole; null where the upstream says 404 or 410.</summary>
    /// <exception cref="UpstreamException">It cannot be had.</exception>
    public async Task<ReadOnlyMemory<byte>?> GetSmallFileAsync(Uri address, int limit, CancellationToken cancellationToken)
    {
        try
        {
            using var patience = new CancellationTokenSource(headerTimeout, time);
            using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
            using var response = await SendAsync(pages, address, static _ => { }, timeout.Token);
            if (response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Gone)
                return null;
            response.EnsureSuccessStatusCode();
            return await ReadBoundedAsync(response.Content, limit, timeout.Token);
        }
        catch (Exception e) when (UpstreamFailure.IsExpected(e) && !cancellationToken.IsCancellationRequested)
        {
            throw new UpstreamException(UpstreamFailure.From(Name, e));
        }
    }

    /// <summary>Opens a file for streaming, from <paramref name="resume"/> on where that is given. The caller disposes the response and judges its status.</summary>
    public async Task<HttpResponseMessage> OpenFileAsync(Uri address, FilePosition? resume, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(headerTimeout, time);
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
        return await SendAsync(
            files, address,
            headers =>
            {
                headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("identity"));
                if (resume is null)
                    return;
                headers.Range = new RangeHeaderValue(resume.Offset, null);
                // RFC 9110 §13.1.5: another file by now is sent whole.
                if (resume.Validator is not null)
                    headers.TryAddWithoutValidation("If-Range", resume.Validator);
            },
            timeout.Token);
    }

    /// <summary>
    /// Sends and follows redirects, at most five. None may lead from https to http: whoever sits on the wire would write the answer. Where each
    /// leads is dialled by the rules of <see cref="NetworkRules"/>.
    /// </summary>
    private async Task<HttpResponseMessage> SendAsync(HttpClient client, Uri address, Action<HttpRequestHeaders> prepare, CancellationToken cancellationToken)
    {
        if (Settings.Mode == NetworkMode.Offline)
            throw new UpstreamException(new UpstreamFailure(Name, UpstreamPhase.Connect, "it is set to offline, so only what is stored here is served"));
        for (var hop = 0; hop <= MaxRedirects; hop++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            prepare(request.Headers);
            var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            if (response.StatusCode is not (HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.SeeOther
                or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect) || response.Headers.Location is not { } location)
                return response;
            response.Dispose();
            var next = location.IsAbsoluteUri ? location : new Uri(address, location);
            if (next.Scheme is not ("https" or "http"))
                throw new UpstreamException(new UpstreamFailure(Name, UpstreamPhase.Response, $"it redirects to an address of the scheme {next.Scheme}"));
            if (address.Scheme == Uri.UriSchemeHttps && next.Scheme != Uri.UriSchemeHttps)
                throw new UpstreamException(new UpstreamFailure(Name, UpstreamPhase.Response, $"it redirects from https to http ({next.Host}), where anybody on the wire could answer"));
            address = next;
        }
        throw new UpstreamException(new UpstreamFailure(Name, UpstreamPhase.Response, $"it redirects more than {MaxRedirects} times"));
    }

    /// <summary>How long the answer may be used without a question, by RFC 9111 §4.2; null where it says nothing about it.</summary>
    private static TimeSpan? FreshnessOf(HttpResponseMessage response)
    {
        if (response.Headers.CacheControl is not { } control)
            return null;
        if (control.NoCache || control.NoStore)
            return TimeSpan.Zero;
        if ((control.SharedMaxAge ?? control.MaxAge) is not { } lifetime)
            return null;
        var left = lifetime - (response.Headers.Age ?? TimeSpan.Zero);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    private TimeSpan? RetryAfterOf(HttpResponseMessage response)
    {
        var wait = response.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date - time.GetUtcNow(),
            _ => (TimeSpan?)null,
        };
        return wait is not { } asked || asked <= TimeSpan.Zero ? null : asked < MaxRetryAfter ? asked : MaxRetryAfter;
    }

    public void Dispose()
    {
        pages.Dispose();
        files.Dispose();
    }

    private async Task<ReadOnlyMemory<byte>> ReadBoundedAsync(HttpContent content, int limit, CancellationToken cancellationToken)
    {
        using var target = new MemoryStream();
        await CopyBoundedAsync(content, limit, piece => target.Write(piece.Span), cancellationToken);
        return target.GetBuffer().AsMemory(0, (int)target.Length);
    }

    /// <summary>The list of a public index has 40 MB: in a file while it is read, and not in memory that stays.</summary>
    private async Task<UpstreamContent> SpoolAsync(HttpContent content, CancellationToken cancellationToken)
    {
        var file = createFile();
        await CopyBoundedAsync(content, MaxListBytes, piece => file.Append(piece.Span), cancellationToken);
        if (file.Length == 0)
            return new UpstreamContent(default);
        var mapped = new MappedBytes(file);
        return new UpstreamContent(mapped.Memory, mapped);
    }

    private async Task CopyBoundedAsync(HttpContent content, int limit, Action<ReadOnlyMemory<byte>> write, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(headerTimeout * 4, time);
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
        await using var body = await content.ReadAsStreamAsync(timeout.Token);
        var buffer = new byte[64 << 10];
        long length = 0;
        for (int read; (read = await ReadDecodedAsync(body, buffer, timeout.Token)) > 0; length += read)
        {
            // Counted after decompression: a small bomb must not become a large page.
            if (length + read > limit)
                throw new UpstreamException(new UpstreamFailure(Name, UpstreamPhase.Content, $"its answer is larger than {limit} bytes"));
            write(buffer.AsMemory(0, read));
        }
    }

    /// <summary>What the decoders throw at bytes that are not in their coding is no I/O failure: InvalidDataException, and of brotli the other.</summary>
    private async ValueTask<int> ReadDecodedAsync(Stream body, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await body.ReadAsync(buffer, cancellationToken);
        }
        catch (Exception e) when (e is InvalidDataException or InvalidOperationException)
        {
            throw new UpstreamException(new UpstreamFailure(Name, UpstreamPhase.Content, $"its answer cannot be decompressed: {e.Message}"));
        }
    }
}

using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using Anchorage.Packaging;
using Anchorage.Trust;

namespace Anchorage.Server.Upstreams;

/// <summary>What an upstream said about a page.</summary>
internal abstract record PageAnswer
{
    public sealed record Document(ReadOnlyMemory<byte> Content, SimpleMediaType MediaType, string? Charset, Uri FinalAddress, string? ETag, string? LastModified) : PageAnswer;

    public sealed record NotModified : PageAnswer;

    /// <summary>A true 404 or 410.</summary>
    public sealed record Absent : PageAnswer;
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

    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan HeaderTimeout = TimeSpan.FromSeconds(30);

    private readonly TimeProvider time;
    private readonly HttpClient pages;
    private readonly HttpClient files;

    public UpstreamClient(Uri root, string? trustAnchors, TimeProvider time)
    {
        Root = root;
        this.time = time;
        // Pages are text and small: compressed. Files are asked for as they are: an encoded wheel has another hash.
        pages = CreateClient(DecompressionMethods.All, trustAnchors);
        files = CreateClient(DecompressionMethods.None, trustAnchors);
    }

    /// <summary>The Simple API root, ending in a slash.</summary>
    public Uri Root { get; }

    /// <summary>Name for messages: host and port, no path, no credentials.</summary>
    public string Name => Root.Authority;

    public Uri ProjectPage(ProjectName project) => new(Root, project + "/");

    /// <summary>Asks for a page, conditionally where something is known already.</summary>
    /// <exception cref="UpstreamException">It cannot be had.</exception>
    public async Task<PageAnswer> GetPageAsync(Uri address, string? etag, string? lastModified, CancellationToken cancellationToken)
    {
        var limit = address == Root ? MaxListBytes : MaxPageBytes;
        try
        {
            using var patience = new CancellationTokenSource(HeaderTimeout, time);
            using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            request.Headers.TryAddWithoutValidation("Accept", AcceptPages);
            if (etag is not null)
                request.Headers.TryAddWithoutValidation("If-None-Match", etag);
            if (lastModified is not null)
                request.Headers.TryAddWithoutValidation("If-Modified-Since", lastModified);
            using var response = await pages.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, timeout.Token);
            switch (response.StatusCode)
            {
                case HttpStatusCode.NotModified when etag is not null || lastModified is not null:
                    return new PageAnswer.NotModified();
                case HttpStatusCode.NotFound or HttpStatusCode.Gone:
                    return new PageAnswer.Absent();
                case HttpStatusCode.OK:
                    break;
                default:
                    throw new UpstreamException(new UpstreamFailure(Name, UpstreamPhase.Response, $"it answered {(int)response.StatusCode} for {address.AbsolutePath}"));
            }
            // A login page or a proxy's block page must not become an empty project.
            if (SimpleNegotiation.Read(response.Content.Headers.ContentType?.ToString()) is not { } mediaType)
            {
                throw new UpstreamException(new UpstreamFailure(
                    Name, UpstreamPhase.Content, $"it answered with the media type '{response.Content.Headers.ContentType}', which is no index page"));
            }
            var content = await ReadBoundedAsync(response.Content, limit, cancellationToken);
            return new PageAnswer.Document(
                content, mediaType, response.Content.Headers.ContentType?.CharSet, response.RequestMessage?.RequestUri ?? address,
                response.Headers.ETag?.ToString(), response.Content.Headers.LastModified?.ToString("R"));
        }
        catch (Exception e) when (UpstreamFailure.IsExpected(e) && !cancellationToken.IsCancellationRequested)
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
            using var patience = new CancellationTokenSource(HeaderTimeout, time);
            using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
            using var response = await pages.GetAsync(address, HttpCompletionOption.ResponseHeadersRead, timeout.Token);
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

    /// <summary>Opens a file for streaming. The caller disposes the response and judges its status.</summary>
    public async Task<HttpResponseMessage> OpenFileAsync(Uri address, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(HeaderTimeout, time);
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("identity"));
        return await files.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, timeout.Token);
    }

    public void Dispose()
    {
        pages.Dispose();
        files.Dispose();
    }

    private async Task<ReadOnlyMemory<byte>> ReadBoundedAsync(HttpContent content, int limit, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(HeaderTimeout * 4, time);
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
        await using var body = await content.ReadAsStreamAsync(timeout.Token);
        using var target = new MemoryStream();
        var buffer = new byte[64 << 10];
        for (int read; (read = await ReadDecodedAsync(body, buffer, timeout.Token)) > 0;)
        {
            // Counted after decompression: a small bomb must not become a large page.
            if (target.Length + read > limit)
                throw new UpstreamException(new UpstreamFailure(Name, UpstreamPhase.Content, $"its answer is larger than {limit} bytes"));
            target.Write(buffer, 0, read);
        }
        return target.GetBuffer().AsMemory(0, (int)target.Length);
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

    private static HttpClient CreateClient(DecompressionMethods decompression, string? trustAnchors)
    {
        var handler = new SocketsHttpHandler
        {
            AutomaticDecompression = decompression,
            ConnectTimeout = ConnectTimeout,
            // DNS of a CDN changes; a pooled connection would never notice.
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            MaxConnectionsPerServer = 64,
            MaxAutomaticRedirections = 5,
            UseCookies = false,
            EnableMultipleHttp2Connections = true,
        };
        if (trustAnchors is not null)
            handler.SslOptions.CertificateChainPolicy = PolicyWith(trustAnchors);
#pragma warning disable RS0030 // The one place that makes clients for upstreams.
        var client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
#pragma warning restore RS0030
        client.DefaultRequestVersion = HttpVersion.Version20;
        client.DefaultVersionPolicy = HttpVersionPolicy.RequestVersionOrLower;
        client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("anchorage-server", "0.1"));
        return client;
    }

    /// <summary>The system's roots and the given ones: anchors are added, none is taken away.</summary>
    private static X509ChainPolicy PolicyWith(string trustAnchors)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            // An intermediate fetched behind our back would hide that the upstream does not send it.
            DisableCertificateDownloads = true,
        };
        using var system = new X509Store(StoreName.Root, StoreLocation.LocalMachine);
        system.Open(OpenFlags.ReadOnly);
        policy.CustomTrustStore.AddRange(system.Certificates);
        policy.CustomTrustStore.AddRange(TrustAnchors.ReadPem(trustAnchors));
        return policy;
    }
}

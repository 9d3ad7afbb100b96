using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;

namespace Anchorage.Testing;

/// <summary>
/// What a client does with a registry, over public HTTP only. It trusts the one root it is given, the way the BCL means
/// it (a chain policy); no callback, so that a bad chain fails here as it would fail a user.
/// </summary>
public sealed class RegistryClient : IDisposable
{
    private static readonly string[] Loopback = ["127.0.0.0/8", "::1/128"];

    /// <summary>Simple API, JSON.</summary>
    public const string SimpleJson = "application/vnd.pypi.simple.v1+json";

    /// <summary>Simple API, HTML by its versioned name.</summary>
    public const string SimpleHtml = "application/vnd.pypi.simple.v1+html";

    private readonly HttpClient http;
    private readonly string administratorToken;

    internal RegistryClient(Uri address, string rootPem, string administratorToken)
    {
        this.administratorToken = administratorToken;
        http = CreateHttpClient(address, rootPem);
    }

    /// <summary>The registry, e.g. <c>https://localhost:41234/</c>.</summary>
    public Uri Address => http.BaseAddress!;

    /// <summary>The token that a fresh installation prints: administrator.</summary>
    public string AdministratorToken => administratorToken;

    /// <summary>A plain HTTP client that trusts only <paramref name="rootPem"/>, follows no redirect and unpacks nothing.</summary>
    public static HttpClient CreateHttpClient(Uri address, string rootPem)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.ImportFromPem(rootPem);
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            MaxConnectionsPerServer = 256,
            SslOptions = { CertificateChainPolicy = policy },
        };
#pragma warning disable RS0030 // The one place where tests make HTTP clients.
        return new HttpClient(handler) { BaseAddress = address, Timeout = TimeSpan.FromSeconds(100) };
#pragma warning restore RS0030
    }

    /// <summary>A request with what a test wants to say; a null <paramref name="token"/> sends no credentials.</summary>
    public static HttpRequestMessage Request(HttpMethod method, string path, string? token = null, string? accept = null, HttpContent? content = null)
    {
        var request = new HttpRequestMessage(method, path) { Content = content };
        if (token is not null)
            request.Headers.Authorization = Basic("__token__", token);
        if (accept is not null)
            request.Headers.TryAddWithoutValidation("Accept", accept);
        return request;
    }

    /// <summary>Basic credentials.</summary>
    public static AuthenticationHeaderValue Basic(string user, string password) =>
        new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}")));

    /// <summary>Sends; returns as soon as the headers are there.</summary>
    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);

    /// <summary>GET.</summary>
    public async Task<HttpResponseMessage> GetAsync(string path, CancellationToken cancellationToken, string? token = null, string? accept = null)
    {
        using var request = Request(HttpMethod.Get, path, token, accept);
        return await SendAsync(request, cancellationToken);
    }

    /// <summary>HEAD.</summary>
    public async Task<HttpResponseMessage> HeadAsync(string path, CancellationToken cancellationToken, string? token = null, string? accept = null)
    {
        using var request = Request(HttpMethod.Head, path, token, accept);
        return await SendAsync(request, cancellationToken);
    }

    /// <summary>Uploads as the administrator; any answer but 200 throws with what the registry said.</summary>
    public async Task UploadAsync(BuiltDistribution distribution, CancellationToken cancellationToken, string index = "main")
    {
        using var response = await TryUploadAsync(distribution, cancellationToken, index);
        if (response.StatusCode != HttpStatusCode.OK)
            throw new InvalidOperationException($"Upload of {distribution.Filename}: {(int)response.StatusCode} {response.ReasonPhrase}\n{await response.Content.ReadAsStringAsync(cancellationToken)}");
    }

    /// <summary>Uploads as the administrator and returns the answer, whatever it is.</summary>
    public Task<HttpResponseMessage> TryUploadAsync(BuiltDistribution distribution, CancellationToken cancellationToken, string index = "main") =>
        TryUploadAsync(UploadForm.For(distribution), cancellationToken, index);

    /// <summary>Uploads a form as the administrator and returns the answer, whatever it is.</summary>
    public Task<HttpResponseMessage> TryUploadAsync(UploadForm form, CancellationToken cancellationToken, string index = "main") =>
        TryUploadAsAsync(administratorToken, form, cancellationToken, index);

    /// <summary>Uploads a form with a token (null: none) and returns the answer, whatever it is.</summary>
    public async Task<HttpResponseMessage> TryUploadAsAsync(string? token, UploadForm form, CancellationToken cancellationToken, string index = "main")
    {
        using var request = Request(HttpMethod.Post, $"/{index}/", token, content: form.ToContent());
        return await SendAsync(request, cancellationToken);
    }

    /// <summary>The project's page, JSON; any answer but 200 throws.</summary>
    public async Task<JsonElement> GetPageAsync(string project, CancellationToken cancellationToken, string index = "main")
    {
        using var response = await GetAsync($"/{index}/simple/{project}/", cancellationToken, administratorToken, SimpleJson);
        if (response.StatusCode != HttpStatusCode.OK)
            throw new InvalidOperationException($"Page of {project} in {index}: {(int)response.StatusCode} {response.ReasonPhrase}");
        return await response.Content.ReadFromJsonAsync<JsonElement>(cancellationToken);
    }

    /// <summary>One file's entry on its project's page; throws where it is not listed.</summary>
    public async Task<ListedDistribution> GetListingAsync(string project, string filename, CancellationToken cancellationToken, string index = "main")
    {
        var page = await GetPageAsync(project, cancellationToken, index);
        foreach (var file in page.GetProperty("files").EnumerateArray())
        {
            if (file.GetProperty("filename").GetString() == filename)
                return new ListedDistribution(file, new Uri(new Uri(Address, $"/{index}/simple/{project}/"), file.GetProperty("url").GetString()!));
        }
        throw new InvalidOperationException($"{filename} is not on the page of {project} in {index}: {page}");
    }

    /// <summary>The whole content of a URL of this registry; any answer but 200 throws.</summary>
    public async Task<byte[]> DownloadAsync(Uri url, CancellationToken cancellationToken)
    {
        using var response = await GetAsync(url.PathAndQuery, cancellationToken, administratorToken);
        if (response.StatusCode != HttpStatusCode.OK)
            throw new InvalidOperationException($"{url}: {(int)response.StatusCode} {response.ReasonPhrase}");
        return await response.Content.ReadAsByteArrayAsync(cancellationToken);
    }

    /// <summary>Creates an API token; <paramref name="actions"/> are of <c>read upload manage admin</c>.</summary>
    public async Task<string> CreateTokenAsync(CancellationToken cancellationToken, string index = "*", string project = "*", params string[] actions)
    {
        using var response = await PostJsonAsync(
            "/api/tokens", new { name = "test", scopes = new[] { new { index, project, actions } } }, administratorToken, cancellationToken);
        if (response.StatusCode != HttpStatusCode.Created)
            throw new InvalidOperationException($"Token: {(int)response.StatusCode} {await response.Content.ReadAsStringAsync(cancellationToken)}");
        var answer = await response.Content.ReadFromJsonAsync<JsonElement>(cancellationToken);
        return answer.GetProperty("token").GetString()!;
    }

    /// <summary>Makes (or redefines) an index that mirrors a Simple API; <paramref name="rootPem"/> is the root to trust for it.</summary>
    public Task CreateMirrorAsync(string name, Uri simpleUrl, string rootPem, CancellationToken cancellationToken) =>
        ChangeAsync(HttpMethod.Put, $"/api/indexes/{name}", new { kind = "mirror", upstream_url = simpleUrl.AbsoluteUri, trust_anchors = rootPem, upstream = new { allowed_networks = Loopback } }, cancellationToken);

    /// <summary>Makes (or redefines) an index that hosts packages and asks <paramref name="sources"/> for what it does not have.</summary>
    public Task CreateHostedAsync(string name, string[] sources, CancellationToken cancellationToken) =>
        ChangeAsync(HttpMethod.Put, $"/api/indexes/{name}", new { kind = "hosted", sources }, cancellationToken);

    /// <summary>Yanks a release.</summary>
    public Task YankAsync(string project, string version, string reason, CancellationToken cancellationToken, string index = "main") =>
        ChangeAsync(HttpMethod.Post, $"/api/indexes/{index}/projects/{project}/releases/{version}/yank", new { reason }, cancellationToken);

    /// <summary>Takes a yank back.</summary>
    public Task UnyankAsync(string project, string version, CancellationToken cancellationToken, string index = "main") =>
        ChangeAsync(HttpMethod.Post, $"/api/indexes/{index}/projects/{project}/releases/{version}/unyank", new { }, cancellationToken);

    /// <summary>Deletes a release.</summary>
    public Task DeleteReleaseAsync(string project, string version, CancellationToken cancellationToken, string index = "main") =>
        ChangeAsync(HttpMethod.Delete, $"/api/indexes/{index}/projects/{project}/releases/{version}", new { }, cancellationToken);

    /// <summary>Deletes a file.</summary>
    public Task DeleteFileAsync(string filename, CancellationToken cancellationToken, string index = "main") =>
        ChangeAsync(HttpMethod.Delete, $"/api/indexes/{index}/files/{filename}", new { }, cancellationToken);

    /// <summary>POST with a JSON body.</summary>
    public async Task<HttpResponseMessage> PostJsonAsync<T>(string path, T body, string? token, CancellationToken cancellationToken)
    {
        using var request = Request(HttpMethod.Post, path, token, content: JsonContent.Create(body));
        return await SendAsync(request, cancellationToken);
    }

    private async Task ChangeAsync<T>(HttpMethod method, string path, T body, CancellationToken cancellationToken)
    {
        using var request = Request(method, path, administratorToken, content: JsonContent.Create(body));
        using var response = await SendAsync(request, cancellationToken);
        if (!response.IsSuccessStatusCode)
            throw new InvalidOperationException($"{method} {path}: {(int)response.StatusCode} {await response.Content.ReadAsStringAsync(cancellationToken)}");
    }

    /// <inheritdoc/>
    public void Dispose() => http.Dispose();
}

/// <summary>A file as a project's page lists it.</summary>
public sealed record ListedDistribution(JsonElement Entry, Uri Url)
{
    /// <summary>The path to ask for.</summary>
    public string Path => Url.PathAndQuery;

    /// <summary>The SHA-256 that the page names.</summary>
    public string Sha256 => Entry.GetProperty("hashes").GetProperty("sha256").GetString()!;
}

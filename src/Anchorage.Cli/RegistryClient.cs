// The registry's HTTP API. The one place of this program that makes an HttpClient, because it is where trust and
// credentials meet: verified HTTPS only, the system's anchors plus at most one file, no redirects with a token in hand.

using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Anchorage.Trust;

namespace Anchorage.Cli;

/// <summary>Calls a registry.</summary>
internal sealed class RegistryClient : IDisposable
{
    private const int MaxAnswerBytes = 16 * 1024 * 1024;
    private readonly HttpClient _http;

    public RegistryClient(Uri url, string token, TrustAnchors anchors)
    {
        Url = url;
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.AddRange(anchors.Certificates);
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, ConnectTimeout = TimeSpan.FromSeconds(15) };
        handler.SslOptions.CertificateChainPolicy = policy;
#pragma warning disable RS0030 // This is the one place.
        _http = new HttpClient(handler) { BaseAddress = url, Timeout = TimeSpan.FromSeconds(60), MaxResponseContentBufferSize = MaxAnswerBytes };
#pragma warning restore RS0030
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        _http.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("anchorage", typeof(RegistryClient).Assembly.GetName().Version?.ToString(3) ?? "0"));
    }

    public Uri Url { get; }

    public async Task<TAnswer> GetAsync<TAnswer>(string path, JsonTypeInfo<TAnswer> answer, CancellationToken cancellationToken) =>
        await ReadAsync(await SendAsync(new HttpRequestMessage(HttpMethod.Get, path), cancellationToken), answer, cancellationToken);

    public async Task<TAnswer> PostAsync<TRequest, TAnswer>(
        string path, TRequest body, JsonTypeInfo<TRequest> request, JsonTypeInfo<TAnswer> answer, CancellationToken cancellationToken)
    {
        var message = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body, request) };
        return await ReadAsync(await SendAsync(message, cancellationToken), answer, cancellationToken);
    }

    public async Task ChangeAsync(HttpMethod method, string path, HttpContent? body, CancellationToken cancellationToken) =>
        (await SendAsync(new HttpRequestMessage(method, path) { Content = body }, cancellationToken)).Dispose();

    public void Dispose() => _http.Dispose();

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        HttpResponseMessage response;
        try
        {
            response = await _http.SendAsync(request, cancellationToken);
        }
        catch (HttpRequestException e) when (e.InnerException is AuthenticationException inner)
        {
            throw new RegistryUnreachable($"{Url} is not trusted: {inner.Message}", $"anchorage doctor {Url} says why; --ca FILE adds the root of a private authority");
        }
        catch (HttpRequestException e)
        {
            throw new RegistryUnreachable($"{Url} does not answer: {e.Message}", $"anchorage doctor {Url} looks at the connection step by step");
        }
        catch (TaskCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new RegistryUnreachable($"{Url} did not answer within {_http.Timeout.TotalSeconds:0} seconds", $"anchorage doctor {Url} looks at the connection step by step");
        }
        if (response.IsSuccessStatusCode)
        {
            return response;
        }
        using (response)
        {
            throw await RefusalAsync(response, cancellationToken);
        }
    }

    private async Task<RegistryRefusal> RefusalAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var status = $"{(int)response.StatusCode} {response.ReasonPhrase}";
        if (response.Content.Headers.ContentType?.MediaType == "application/problem+json")
        {
            try
            {
                var problem = await response.Content.ReadFromJsonAsync(CliJson.Default.Problem, cancellationToken);
                var texts = new[] { problem?.Title, problem?.Detail }.Where(text => !string.IsNullOrWhiteSpace(text));
                return new RegistryRefusal(string.Join(": ", texts) is { Length: > 0 } text ? $"{text} ({(int)response.StatusCode})" : status);
            }
            catch (JsonException)
            {
                // Something else than the registry speaks: its status has to do.
            }
        }
        return new RegistryRefusal($"{Url} answered {status}");
    }

    private async Task<TAnswer> ReadAsync<TAnswer>(HttpResponseMessage response, JsonTypeInfo<TAnswer> answer, CancellationToken cancellationToken)
    {
        using (response)
        {
            try
            {
                return await response.Content.ReadFromJsonAsync(answer, cancellationToken) ?? throw new JsonException("The answer is null.");
            }
            catch (JsonException e)
            {
                throw new RegistryRefusal($"{Url} answered with something else than an Anchorage registry would ({e.Message}). Is the address right?");
            }
        }
    }
}

/// <summary>The registry answered, and the answer is no.</summary>
internal sealed class RegistryRefusal(string message) : Exception(message);

/// <summary>There was no answer that can be believed.</summary>
internal sealed class RegistryUnreachable(string message, string hint) : Exception(message)
{
    public string Hint { get; } = hint;
}

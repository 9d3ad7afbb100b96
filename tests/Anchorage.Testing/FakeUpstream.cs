using System.Collections.Concurrent;
using System.IO.Compression;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Anchorage.Testing;

/// <summary>
/// An index on a real socket, over real TLS, that misbehaves on demand: for the states that a healthy upstream will not
/// show. Pages are <c>/simple/PROJECT/</c>, files <c>/files/FILENAME</c>; each counts its requests.
/// </summary>
public sealed class FakeUpstream : IAsyncDisposable
{
    private const string JsonType = "application/vnd.pypi.simple.v1+json";

    private readonly WebApplication application;
    private readonly TestAuthority authority;
    private readonly ConcurrentDictionary<string, UpstreamResource> resources = new();
    private readonly ConcurrentDictionary<string, List<JsonObject>> listings = new();
    private readonly ConcurrentQueue<UpstreamRequest> requests = new();

    private FakeUpstream(TestAuthority authority, ServerCertificate certificate)
    {
        this.authority = authority;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var tls = certificate.ToContext();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listener => listener.UseHttps(new TlsHandshakeCallbackOptions
        {
            OnConnection = _ => new(new System.Net.Security.SslServerAuthenticationOptions { ServerCertificateContext = tls }),
        })));
        application = builder.Build();
        application.Run(AnswerAsync);
    }

    /// <summary>The Simple API root, with a trailing slash.</summary>
    public Uri SimpleUrl { get; private set; } = new("https://localhost/");

    /// <summary>The root to trust for this upstream, PEM.</summary>
    public string RootPem => authority.RootPem;

    /// <summary>Every request so far, in order of arrival.</summary>
    public IReadOnlyList<UpstreamRequest> Requests => [.. requests];

    /// <summary>Starts an upstream; <paramref name="certificate"/> chooses another certificate than a good one.</summary>
    public static async Task<FakeUpstream> StartAsync(CancellationToken cancellationToken, Func<TestAuthority, ServerCertificate>? certificate = null)
    {
        var authority = new TestAuthority("Upstream");
        var upstream = new FakeUpstream(authority, certificate is null ? authority.Issue() : certificate(authority));
        await upstream.application.StartAsync(cancellationToken);
        var address = upstream.application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        upstream.SimpleUrl = new Uri($"https://localhost:{new Uri(address).Port}/simple/");
        return upstream;
    }

    /// <summary>Lists a distribution on its project's page, truthfully, and serves its bytes (and its metadata where it has any).</summary>
    public UpstreamResource Publish(BuiltDistribution distribution, Action<JsonObject>? adjustListing = null)
    {
        var listing = new JsonObject
        {
            ["filename"] = distribution.Filename,
            ["url"] = $"../../files/{distribution.Filename}",
            ["hashes"] = new JsonObject { ["sha256"] = distribution.Sha256 },
            ["size"] = distribution.Content.Length,
            ["upload-time"] = "2024-03-20T13:00:33.355932Z",
            ["yanked"] = false,
        };
        if (distribution.RequiresPython is not null)
            listing["requires-python"] = distribution.RequiresPython;
        if (distribution is { IsWheel: true, Metadata.Length: > 0 })
        {
            listing["core-metadata"] = new JsonObject { ["sha256"] = Convert.ToHexStringLower(SHA256.HashData(distribution.Metadata)) };
            File($"{distribution.Filename}.metadata").Serves(distribution.Metadata, "application/octet-stream");
        }
        adjustListing?.Invoke(listing);
        var project = Normalize(distribution.Project);
        var files = listings.GetOrAdd(project, _ => []);
        lock (files)
        {
            files.RemoveAll(other => (string?)other["filename"] == distribution.Filename);
            files.Add(listing);
        }
        return File(distribution.Filename).Serves(distribution.Content, "application/octet-stream");
    }

    /// <summary>Takes every file off a project's page; the page answers 404 from then on.</summary>
    public void Withdraw(string project) => listings.TryRemove(Normalize(project), out _);

    /// <summary>The page of a project.</summary>
    public UpstreamResource Page(string project) => Resource($"/simple/{Normalize(project)}/");

    /// <summary>A file.</summary>
    public UpstreamResource File(string filename) => Resource($"/files/{filename}");

    /// <summary>The root page.</summary>
    public UpstreamResource Root => Resource("/simple/");

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var resource in resources.Values)
            resource.OpenGate();
        // Not StopAsync: it would wait for the connections that a test has left hanging on purpose.
        await application.DisposeAsync();
        authority.Dispose();
    }

    private UpstreamResource Resource(string path) => resources.GetOrAdd(path, _ => new UpstreamResource());

    private async Task AnswerAsync(HttpContext context)
    {
        var path = context.Request.Path.Value ?? "/";
        requests.Enqueue(new UpstreamRequest(context.Request.Method, path, context.Request.Headers.ToDictionary(
            header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase)));
        var resource = Resource(path);
        resource.CountRequest();
        var (content, contentType) = resource.FixedContent
            ?? (path.StartsWith("/simple/", StringComparison.Ordinal) ? RenderPage(path, context, resource) : (null, ""));
        await resource.AnswerAsync(context, content, contentType);
    }

    private (byte[]? Content, string ContentType) RenderPage(string path, HttpContext context, UpstreamResource resource)
    {
        var wantsJson = !resource.OffersHtmlAlone && context.Request.Headers.Accept.ToString().Contains("json", StringComparison.Ordinal);
        if (path == "/simple/")
        {
            var names = listings.Keys.Order(StringComparer.Ordinal);
            return wantsJson
                ? (Json(new JsonObject { ["meta"] = Meta(), ["projects"] = new JsonArray([.. names.Select(name => new JsonObject { ["name"] = name })]) }), JsonType)
                : (Html(string.Concat(names.Select(name => $"<a href=\"{name}/\">{name}</a><br />\n"))), "text/html");
        }
        var project = path["/simple/".Length..].TrimEnd('/');
        if (!listings.TryGetValue(project, out var files))
            return (null, "");
        lock (files)
        {
            if (!wantsJson)
                return (Html(string.Concat(files.Select(Anchor))), "text/html; charset=utf-8");
            return (Json(new JsonObject
            {
                ["meta"] = Meta(),
                ["name"] = project,
                ["versions"] = new JsonArray([.. files.Select(file => BuiltDistributionVersion((string)file["filename"]!)).Distinct().Select(version => JsonValue.Create(version))]),
                ["files"] = new JsonArray([.. files.Select(file => file.DeepClone())]),
            }), JsonType);
        }
    }

    private static JsonObject Meta() => new() { ["api-version"] = "1.1" };

    private static string BuiltDistributionVersion(string filename) => new BuiltDistribution(filename, []).Version;

    private static string Anchor(JsonObject file)
    {
        var requiresPython = file["requires-python"] is { } specifiers ? $" data-requires-python=\"{WebUtility.HtmlEncode((string)specifiers!)}\"" : "";
        var hash = file["hashes"]?["sha256"] is { } sha256 ? $"#sha256={sha256}" : "";
        return $"<a href=\"{file["url"]}{hash}\"{requiresPython}>{file["filename"]}</a><br />\n";
    }

    private static byte[] Json(JsonObject page) => JsonSerializer.SerializeToUtf8Bytes(page);

    private static byte[] Html(string body) => Encoding.UTF8.GetBytes(
        $"<!DOCTYPE html>\n<html><head><meta name=\"pypi:repository-version\" content=\"1.0\"><title>Links</title></head><body>\n{body}</body></html>\n");

    private static string Normalize(string project) => Packaging.ProjectName.Parse(project).ToString();
}

/// <summary>A request that a fake upstream received.</summary>
public sealed record UpstreamRequest(string Method, string Path, IReadOnlyDictionary<string, string> Headers);

using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Anchorage.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Anchorage.Bench.Contestants;

/// <summary>An index far away: every answer comes after one round trip. Counts what is asked.</summary>
internal sealed class DelayingUpstream : IAsyncDisposable
{
    private readonly WebApplication application;
    private readonly TimeSpan delay;
    private readonly Dictionary<string, (byte[] Content, string ContentType)> resources = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int> requests = new(StringComparer.Ordinal);

    private DelayingUpstream(TimeSpan delay, TestAuthority authority)
    {
        this.delay = delay;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var tls = authority.Issue().ToContext();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listener => listener.UseHttps(new TlsHandshakeCallbackOptions
        {
            OnConnection = _ => new(new SslServerAuthenticationOptions { ServerCertificateContext = tls }),
        })));
        application = builder.Build();
        application.Run(AnswerAsync);
    }

    public Uri SimpleUrl { get; private set; } = new("https://localhost/");

    public static async Task<DelayingUpstream> StartAsync(TimeSpan delay, TestAuthority authority, IEnumerable<BuiltDistribution> wheels, CancellationToken cancellationToken)
    {
        var upstream = new DelayingUpstream(delay, authority);
        foreach (var project in wheels.GroupBy(static wheel => wheel.Project))
            upstream.Publish(project.Key, project);
        await upstream.application.StartAsync(cancellationToken);
        var address = upstream.application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        upstream.SimpleUrl = new Uri($"https://localhost:{new Uri(address).Port}/simple/");
        return upstream;
    }

    public int RequestsFor(string path) => requests.GetValueOrDefault(path);

    public static string PageOf(string project) => $"/simple/{project}/";

    public static string FileOf(string filename) => $"/files/{filename}";

    public ValueTask DisposeAsync() => application.DisposeAsync();

    private void Publish(string project, IEnumerable<BuiltDistribution> wheels)
    {
        var files = new JsonArray();
        foreach (var wheel in wheels)
        {
            files.Add(new JsonObject
            {
                ["filename"] = wheel.Filename,
                ["url"] = $"../../files/{wheel.Filename}",
                ["hashes"] = new JsonObject { ["sha256"] = wheel.Sha256 },
                ["size"] = wheel.Content.Length,
                ["requires-python"] = ">=3.8",
                ["yanked"] = false,
                ["core-metadata"] = new JsonObject { ["sha256"] = Convert.ToHexStringLower(SHA256.HashData(wheel.Metadata)) },
            });
            resources[FileOf(wheel.Filename)] = (wheel.Content, "application/octet-stream");
            resources[FileOf(wheel.Filename) + ".metadata"] = (wheel.Metadata, "application/octet-stream");
        }
        var page = new JsonObject { ["meta"] = new JsonObject { ["api-version"] = "1.1" }, ["name"] = project, ["versions"] = new JsonArray("1.0"), ["files"] = files };
        resources[PageOf(project)] = (System.Text.Encoding.UTF8.GetBytes(page.ToJsonString()), "application/vnd.pypi.simple.v1+json");
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var path = context.Request.Path.Value!;
        requests.AddOrUpdate(path, 1, static (_, count) => count + 1);
        await Task.Delay(delay, context.RequestAborted);
        if (!resources.TryGetValue(path, out var resource))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }
        context.Response.ContentType = resource.ContentType;
        context.Response.ContentLength = resource.Content.Length;
        context.Response.Headers.ETag = $"\"{Convert.ToHexStringLower(SHA256.HashData(resource.Content).AsSpan(0, 8))}\"";
        await context.Response.Body.WriteAsync(resource.Content, context.RequestAborted);
    }
}

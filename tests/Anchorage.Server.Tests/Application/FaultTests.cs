using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Anchorage.Packaging;
using Anchorage.Server.Audit;
using Anchorage.Server.Storage;
using Anchorage.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Anchorage.Server.Tests.Application;

/// <summary>When a part of the registry fails: nothing happens off the record, and the answer says whose fault it is.</summary>
public sealed class FaultTests
{
    private static readonly BuiltDistribution Wheel = new WheelBuilder("harbour-crane", "1.0").OfSize(100_000).Build();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_cannot_be_put_on_record_does_not_happen()
    {
        AuditLog? record = null;
        await using var registry = await RegistryHost.StartAsync(Cancellation, settings => settings.WithAnonymousReading().WithParts(services =>
        {
            // The one instance that the registry itself makes, to be closed under it.
            var made = services.Single(static service => service.ServiceType == typeof(AuditLog)).ImplementationFactory!;
            services.Replace(ServiceDescriptor.Singleton(provider => record = (AuditLog)made(provider)));
        }));
        registry.ExpectErrors("record");
        await registry.Client.CreateHostedAsync("main", [], Cancellation);
        await registry.Client.UploadAsync(Wheel, Cancellation);
        var listing = await registry.Client.GetListingAsync("harbour-crane", Wheel.Filename, Cancellation);
        var next = new WheelBuilder("harbour-crane", "2.0").Build();

        await record!.DisposeAsync();
        using var download = await registry.Client.GetAsync(listing.Path, Cancellation);
        using var upload = await registry.Client.TryUploadAsync(next, Cancellation);
        using var yank = await registry.Client.PostJsonAsync("/api/indexes/main/projects/harbour-crane/releases/1.0/yank", new { reason = "x" }, registry.Client.AdministratorToken, Cancellation);
        using var token = await registry.Client.PostJsonAsync("/api/tokens", new { name = "x", scopes = new[] { new { actions = new[] { "read" } } } }, registry.Client.AdministratorToken, Cancellation);
        using var tokens = await registry.Client.GetAsync("/api/tokens", Cancellation, registry.Client.AdministratorToken);
        var page = await registry.Client.GetPageAsync("harbour-crane", Cancellation);

        foreach (var response in new[] { download, upload, yank, token })
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
            Assert.NotNull(response.Headers.RetryAfter);
            Assert.Contains("record", response.ReasonPhrase, StringComparison.Ordinal);
        }
        Assert.False(Assert.Single(page.GetProperty("files").EnumerateArray()).GetProperty("yanked").GetBoolean());
        Assert.Single((await tokens.Content.ReadFromJsonAsync<JsonElement>(Cancellation)).EnumerateArray());
    }

    [Fact]
    public async Task A_full_disk_is_507_for_uploads_and_fetches_and_no_upstreams_fault()
    {
        await using var upstream = await FakeUpstream.StartAsync(Cancellation);
        upstream.Publish(Wheel);
        FullStore? store = null;
        await using var registry = await RegistryHost.StartAsync(Cancellation, settings => settings.WithAnonymousReading().WithUpstream(upstream).WithParts(services =>
        {
            var made = services.Single(static service => service.ServiceType == typeof(IBlobStore)).ImplementationFactory!;
            services.Replace(ServiceDescriptor.Singleton<IBlobStore>(provider => store = new FullStore((IBlobStore)made(provider))));
        }));
        registry.ExpectErrors("full");
        registry.ExpectErrors("failed");
        var listing = await registry.Client.GetListingAsync("harbour-crane", Wheel.Filename, Cancellation, "pypi");

        store!.IsFull = true;
        using var upload = await registry.Client.TryUploadAsync(new WheelBuilder("harbour-tug", "1.0").Build(), Cancellation);
        using var download = await registry.Client.GetAsync(listing.Path, Cancellation);
        store.IsFull = false;

        Assert.Equal(HttpStatusCode.InsufficientStorage, upload.StatusCode);
        Assert.Equal(HttpStatusCode.InsufficientStorage, download.StatusCode);
        Assert.Equal(Wheel.Content, await registry.Client.DownloadAsync(listing.Url, Cancellation));
    }

    [Fact]
    public async Task A_published_file_whose_bytes_are_gone_is_an_alarm_and_no_404()
    {
        await using var registry = await RegistryHost.StartAsync(Cancellation, settings => settings.WithAnonymousReading());
        registry.ExpectErrors("missing from the store");
        await registry.Client.UploadAsync(Wheel, Cancellation);
        var listing = await registry.Client.GetListingAsync("harbour-crane", Wheel.Filename, Cancellation);
        File.Delete(Path.Combine(registry.DataDirectory, "blobs", Wheel.Sha256[..2], Wheel.Sha256));

        using var response = await registry.Client.GetAsync(listing.Path, Cancellation);
        var problem = await response.Content.ReadFromJsonAsync<JsonElement>(Cancellation);

        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.NotEmpty(problem.GetProperty("trace_id").GetString()!);
        Assert.DoesNotContain(registry.DataDirectory, problem.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET", "/nothing/at/all", HttpStatusCode.NotFound)]
    [InlineData("PUT", "/main/simple/", HttpStatusCode.MethodNotAllowed)]
    [InlineData("PATCH", "/api/tokens", HttpStatusCode.MethodNotAllowed)]
    public async Task What_no_route_takes_is_a_problem_too(string method, string path, HttpStatusCode expected)
    {
        await using var registry = await RegistryHost.StartAsync(Cancellation);
        using var request = RegistryClient.Request(new HttpMethod(method), path);

        using var response = await registry.Client.SendAsync(request, Cancellation);

        Assert.Equal(expected, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.ToString());
    }

    [Fact]
    public async Task The_plain_port_explains_and_takes_no_credentials()
    {
        var port = FreePort();
        await using var registry = await RegistryHost.StartAsync(Cancellation, settings => settings.With("Tls:PlainHttpPort", port.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        using var connection = new TcpClient("localhost", port);
        await using var stream = connection.GetStream();
        var credentials = Convert.ToBase64String(Encoding.ASCII.GetBytes($"__token__:{registry.Client.AdministratorToken}"));

        await stream.WriteAsync(Encoding.ASCII.GetBytes($"GET /api/tokens HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic {credentials}\r\n\r\n"), Cancellation);
        var answer = await new StreamReader(stream).ReadToEndAsync(Cancellation);

        Assert.StartsWith("HTTP/1.1 403 HTTPS only", answer, StringComparison.Ordinal);
        Assert.Contains("https://", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("bootstrap", answer, StringComparison.Ordinal);
        using var overTls = await registry.Client.GetAsync("/api/tokens", Cancellation, registry.Client.AdministratorToken);
        Assert.Equal(HttpStatusCode.OK, overTls.StatusCode);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>A store on a disk that is full as long as a test wants it to be.</summary>
    private sealed class FullStore(IBlobStore store) : IBlobStore
    {
        public bool IsFull { get; set; }

        public StagedBlob Stage() => IsFull ? throw new StorageFullException(new IOException("No space left on device")) : store.Stage();

        public Task PublishAsync(StagedBlob staged, Sha256Digest digest, CancellationToken cancellationToken) => store.PublishAsync(staged, digest, cancellationToken);

        public ValueTask<StoredBlob?> FindAsync(Sha256Digest digest, CancellationToken cancellationToken) => store.FindAsync(digest, cancellationToken);

        public Task DeleteAsync(Sha256Digest digest, CancellationToken cancellationToken) => store.DeleteAsync(digest, cancellationToken);

        public IAsyncEnumerable<Sha256Digest> ListAsync(CancellationToken cancellationToken) => store.ListAsync(cancellationToken);

        public void CheckWritable() => store.CheckWritable();
    }
}

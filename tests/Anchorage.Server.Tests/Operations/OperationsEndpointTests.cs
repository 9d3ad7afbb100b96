using System.Net;
using Anchorage.Testing;

namespace Anchorage.Server.Tests.Operations;

public class OperationsEndpointTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Health_and_metrics_answer_without_credentials()
    {
        await using var registry = await RegistryHost.StartAsync(Token, settings => settings.WithoutAnonymousReading());
        using var http = RegistryClient.CreateHttpClient(registry.Address, registry.RootPem);
        Assert.Equal("""{"status":"live"}""", await http.GetStringAsync("/health/live", Token));
        Assert.Equal(
            """{"status":"ready","checks":{"database":"ok","storage":"ok","audit":"ok","server":"ok"}}""",
            await http.GetStringAsync("/health/ready", Token));

        using var head = await http.SendAsync(new HttpRequestMessage(HttpMethod.Head, "/health/ready"), Token);
        Assert.Equal(HttpStatusCode.OK, head.StatusCode);

        var metrics = await http.GetStringAsync("/metrics", Token);
        Assert.Contains("# TYPE http_server_request_duration_seconds histogram", metrics, StringComparison.Ordinal);
        Assert.Contains("http_route=\"/health/live\"", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_put_on_record_is_counted()
    {
        await using var registry = await RegistryHost.StartAsync(Token);
        using var http = RegistryClient.CreateHttpClient(registry.Address, registry.RootPem);
        await registry.Client.UploadAsync(new WheelBuilder("counted", "1.0").Build(), Token);
        var metrics = await http.GetStringAsync("/metrics", Token);
        Assert.Contains("anchorage_audit_batch_duration_seconds_count", metrics, StringComparison.Ordinal);
        Assert.Contains("anchorage_uploads_", metrics, StringComparison.Ordinal);
        Assert.DoesNotContain("counted", metrics, StringComparison.Ordinal);
    }
}

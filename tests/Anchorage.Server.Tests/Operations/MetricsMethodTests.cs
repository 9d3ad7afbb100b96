using System.Net;
using Anchorage.Testing;

namespace Anchorage.Server.Tests.Operations;

/// <summary>/metrics is read, and nothing else.</summary>
public sealed class MetricsMethodTests(SharedRegistry shared) : RegistryTests(shared)
{
    [Theory]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    public async Task Metrics_take_no_other_method_than_reading(string method)
    {
        using var request = RegistryClient.Request(new HttpMethod(method), "/metrics");

        using var response = await Client.SendAsync(request, Cancellation);

        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
    }
}

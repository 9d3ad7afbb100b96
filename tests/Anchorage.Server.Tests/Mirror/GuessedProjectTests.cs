using System.Net;
using Anchorage.Testing;

namespace Anchorage.Server.Tests.Mirror;

/// <summary>A file name that no parser takes may be a private one: its parts are never asked of an upstream.</summary>
public sealed class GuessedProjectTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_file_name_that_cannot_be_read_never_reaches_the_upstream()
    {
        await using var upstream = await FakeUpstream.StartAsync(Cancellation);
        await using var registry = await RegistryHost.StartAsync(Cancellation, settings => settings.WithUpstream(upstream));
        var digest = new string('a', 60);

        using var response = await registry.Client.GetAsync($"/packages/main/aa/aa/{digest}/secret-company-tool-1.0.egg", Cancellation);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Empty(upstream.Requests);
    }
}

using Anchorage.Testing;

namespace Anchorage.Server.Tests.Upload;

/// <summary>A yank is of the release (PEP 592 as the public index has it): what joins the release later is yanked too.</summary>
public sealed class YankedReleaseTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_file_that_joins_a_yanked_release_is_yanked_for_the_same_reason()
    {
        await using var registry = await RegistryHost.StartAsync(Cancellation);
        var client = registry.Client;
        await client.CreateHostedAsync("main", [], Cancellation);
        await client.UploadAsync(new WheelBuilder("harbour-late", "1.0").Build(), Cancellation);
        using (var yank = RegistryClient.Request(
            HttpMethod.Post, "/api/indexes/main/projects/harbour-late/releases/1.0/yank", client.AdministratorToken,
            content: new StringContent("""{"reason": "broken build"}""")))
        {
            using var answer = await client.SendAsync(yank, Cancellation);
            answer.EnsureSuccessStatusCode();
        }

        await client.UploadAsync(new SdistBuilder("harbour-late", "1.0").Build(), Cancellation);

        var files = (await client.GetPageAsync("harbour-late", Cancellation)).GetProperty("files").EnumerateArray().ToList();
        Assert.Equal(2, files.Count);
        Assert.All(files, file => Assert.Equal("broken build", file.GetProperty("yanked").GetString()));
    }
}

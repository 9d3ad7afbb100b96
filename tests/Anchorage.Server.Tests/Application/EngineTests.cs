using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Anchorage.Server.Tests.Tokens;
using Anchorage.Testing;

namespace Anchorage.Server.Tests.Application;

/// <summary>The whole life of packages and tokens on each database: what clients see does not depend on it.</summary>
public sealed class EngineTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(TestEngine.Sqlite)]
    [InlineData(TestEngine.Postgres)]
    public async Task Packages_live_the_same_life_on_each_engine(TestEngine engine)
    {
        await using var upstream = await FakeUpstream.StartAsync(Cancellation);
        var foreign = new WheelBuilder("harbour-buoy", "1.0").RequiringPython(">=3.6").Build();
        upstream.Publish(foreign);
        await using var database = await TestDatabase.CreateAsync(engine, Cancellation);
        var clock = new ManualTimeProvider();
        await using var registry = await StartAsync(database, settings => settings.WithAnonymousReading().WithUpstream(upstream).WithClock(clock));
        var client = registry.Client;
        var wheel = new WheelBuilder("harbour-crane", "1.0").RequiringPython(">=3.6").Build();
        var sdist = new SdistBuilder("harbour-crane", "1.0").Build();

        // Published, found again, not replaced.
        await client.UploadAsync(wheel, Cancellation);
        await client.UploadAsync(sdist, Cancellation);
        await client.UploadAsync(wheel, Cancellation);
        using (var taken = await client.TryUploadAsync(new WheelBuilder("harbour-crane", "1.0").Build(), Cancellation))
            Assert.StartsWith("File already exists", taken.ReasonPhrase, StringComparison.Ordinal);
        var listing = await client.GetListingAsync("harbour-crane", wheel.Filename, Cancellation);
        Assert.Equal(wheel.Content, await client.DownloadAsync(listing.Url, Cancellation));
        Assert.Equal(wheel.Metadata, await client.DownloadAsync(new Uri(listing.Url + ".metadata"), Cancellation));

        // Yanked, brought back, deleted; the serial grows with each.
        var first = await SerialAsync(client);
        await client.YankAsync("harbour-crane", "1.0", "the mast broke", Cancellation);
        Assert.Equal("the mast broke", (await client.GetListingAsync("harbour-crane", wheel.Filename, Cancellation)).Entry.GetProperty("yanked").GetString());
        var second = await SerialAsync(client);
        await client.UnyankAsync("harbour-crane", "1.0", Cancellation);
        await client.DeleteFileAsync(wheel.Filename, Cancellation);
        var third = await SerialAsync(client);
        Assert.True(first < second && second < third, $"{first}, {second}, {third}");
        using (var deleted = await client.TryUploadAsync(wheel, Cancellation))
            Assert.Equal(HttpStatusCode.BadRequest, deleted.StatusCode);
        Assert.Single((await client.GetPageAsync("harbour-crane", Cancellation)).GetProperty("files").EnumerateArray());

        // Mirrored, revalidated, absent.
        var mirrored = await client.GetListingAsync("harbour-buoy", foreign.Filename, Cancellation);
        Assert.Equal(foreign.Metadata, await client.DownloadAsync(new Uri(mirrored.Url + ".metadata"), Cancellation));
        Assert.Equal(foreign.Content, await client.DownloadAsync(mirrored.Url, Cancellation));
        clock.Advance(TimeSpan.FromMinutes(11));
        await client.GetPageAsync("harbour-buoy", Cancellation);
        Assert.Equal(1, upstream.Page("harbour-buoy").NotModifiedCount);
        Assert.Equal(1, upstream.File(foreign.Filename).RequestCount);
        using var list = await client.GetAsync("/main/simple/", Cancellation, accept: RegistryClient.SimpleJson);
        Assert.Equal(2, (await list.Content.ReadFromJsonAsync<JsonElement>(Cancellation)).GetProperty("projects").GetArrayLength());
        upstream.Withdraw("harbour-buoy");
        clock.Advance(TimeSpan.FromMinutes(11));
        using var withdrawn = await client.GetAsync("/main/simple/harbour-buoy/", Cancellation);
        Assert.Equal(HttpStatusCode.NotFound, withdrawn.StatusCode);
    }

    [Theory]
    [InlineData(TestEngine.Sqlite)]
    [InlineData(TestEngine.Postgres)]
    public async Task Tokens_and_hostile_text_are_the_same_on_each_engine(TestEngine engine)
    {
        await using var database = await TestDatabase.CreateAsync(engine, Cancellation);
        await using var registry = await StartAsync(database, settings => settings.WithoutAnonymousReading());
        var client = registry.Client;
        await client.CreateHostedAsync("main", [], Cancellation);
        await client.UploadAsync(new WheelBuilder("harbour-crane", "1.0").Build(), Cancellation);
        var token = await client.CreateTokenAsync(Cancellation, "main", "harbour-*", "read");

        using var before = await client.GetAsync("/main/simple/harbour-crane/", Cancellation, token);
        using (var request = RegistryClient.Request(HttpMethod.Delete, $"/api/tokens/{token.Split('_')[1]}", client.AdministratorToken))
        {
            using var revoked = await client.SendAsync(request, Cancellation);
            Assert.Equal(HttpStatusCode.NoContent, revoked.StatusCode);
        }
        using var after = await client.GetAsync("/main/simple/harbour-crane/", Cancellation, token);
        // PostgreSQL refuses a NUL in a text: none may get that far.
        using var forged = await client.GetAsync("/main/simple/harbour-crane/", Cancellation, CredentialTests.Forge('\0'));
        Assert.Equal(HttpStatusCode.Unauthorized, forged.StatusCode);
        await client.YankAsync("harbour-crane", "1.0", "a\0b\u001b'; DROP TABLE project; --", Cancellation);
        var page = await client.GetPageAsync("harbour-crane", Cancellation);

        Assert.Equal(HttpStatusCode.OK, before.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, after.StatusCode);
        Assert.Equal("a b '; DROP TABLE project; --", page.GetProperty("files")[0].GetProperty("yanked").GetString());
    }

    [Theory]
    [InlineData(TestEngine.Sqlite)]
    [InlineData(TestEngine.Postgres)]
    public async Task Of_many_who_publish_one_name_one_succeeds_on_each_engine(TestEngine engine)
    {
        await using var database = await TestDatabase.CreateAsync(engine, Cancellation);
        await using var registry = await StartAsync(database, settings => settings.WithAnonymousReading());
        var wheels = Enumerable.Range(0, 8).Select(number => new WheelBuilder("harbour-crane", "1.0").WithMember("number.py", $"number = {number}\n").Build()).ToList();

        var answers = await Task.WhenAll(wheels.Select(wheel => registry.Client.TryUploadAsync(wheel, Cancellation)));

        var winner = Assert.Single(answers.Index(), static answer => answer.Item.StatusCode == HttpStatusCode.OK).Index;
        Assert.All(answers.Where((_, number) => number != winner), static answer => Assert.StartsWith("File already exists", answer.ReasonPhrase, StringComparison.Ordinal));
        Assert.Equal(wheels[winner].Sha256, (await registry.Client.GetListingAsync("harbour-crane", wheels[winner].Filename, Cancellation)).Sha256);
    }

    private static Task<RegistryHost> StartAsync(TestDatabase database, Action<RegistrySettings> configure) =>
        RegistryHost.StartAsync(Cancellation, settings =>
        {
            if (database.PostgresConnectionString is { } connectionString)
                settings.With("Database:Postgres", connectionString);
            configure(settings);
        });

    private static async Task<long> SerialAsync(RegistryClient client) =>
        (await client.GetPageAsync("harbour-crane", Cancellation)).GetProperty("meta").GetProperty("_last-serial").GetInt64();
}

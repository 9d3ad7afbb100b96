using System.Net;
using System.Text;
using System.Text.Json;
using Anchorage.Server.Audit;
using Anchorage.Testing;

namespace Anchorage.Server.Tests.Mirror;

/// <summary>What an upstream cannot make the registry do, and what the registry does by itself when an upstream is weak.</summary>
public sealed class UpstreamHardeningTests : MirrorTests
{
    [Fact]
    public async Task An_upstream_on_this_machine_is_not_dialled_without_a_permission()
    {
        await DefineAsync("closed", Upstream, """{"allowed_networks":[]}""");

        using var response = await Client.GetAsync("/closed/simple/harbour-crane/", Cancellation);

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Contains("allowed_networks", response.ReasonPhrase, StringComparison.Ordinal);
        Assert.Equal(0, Upstream.Page("harbour-crane").RequestCount);
    }

    [Theory]
    [InlineData("https://127.0.0.2:9/simple/harbour-crane/", "not a public one")]
    [InlineData("https://[::1]:9/", "not a public one")]
    [InlineData("http://localhost:9/", "from https to http")]
    [InlineData("ftp://localhost/", "scheme ftp")]
    public async Task A_redirect_to_an_address_that_is_not_permitted_is_not_followed(string target, string reason)
    {
        await DefineAsync("narrow", Upstream, """{"allowed_networks":["127.0.0.1/32"]}""");
        Upstream.Page("harbour-crane").RedirectsTo(target);

        using var response = await Client.GetAsync("/narrow/simple/harbour-crane/", Cancellation);

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Contains(reason, response.ReasonPhrase, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_breaks_off_is_resumed_and_arrives_whole()
    {
        var file = Upstream.File(Wheel.Filename).AnswersRanges().IsCutOffOnceAfter(250_000);
        var listing = await Client.GetListingAsync("harbour-crane", Wheel.Filename, Cancellation, "pypi");

        Assert.Equal(Wheel.Content, await Client.DownloadAsync(listing.Url, Cancellation));
        var parts = Upstream.Requests.Where(request => request.Path.EndsWith(Wheel.Filename, StringComparison.Ordinal)).ToList();
        Assert.Equal((2, 2), (parts.Count, file.RequestCount));
        Assert.True(parts[1].Headers.ContainsKey("Range") && parts[1].Headers.ContainsKey("If-Range"));
    }

    [Fact]
    public async Task A_file_that_breaks_off_without_progress_is_given_up_after_five_times()
    {
        var file = Upstream.File(Wheel.Filename).IsCutOffAfter(150_000);
        var listing = await Client.GetListingAsync("harbour-crane", Wheel.Filename, Cancellation, "pypi");

        await Assert.ThrowsAnyAsync<Exception>(() => Client.DownloadAsync(listing.Url, Cancellation));

        Assert.Equal(6, file.RequestCount);
    }

    [Fact]
    public async Task A_page_is_fresh_no_longer_than_its_upstream_says()
    {
        Upstream.Page("harbour-crane").HasCacheControl("max-age=30");
        using var first = await GetPageAsync();
        Clock.Advance(TimeSpan.FromSeconds(29));
        using var second = await GetPageAsync();
        Assert.Equal(1, Upstream.Page("harbour-crane").RequestCount);

        Clock.Advance(TimeSpan.FromSeconds(2));
        using var third = await GetPageAsync();

        Assert.Equal(2, Upstream.Page("harbour-crane").RequestCount);
        Assert.Equal(HttpStatusCode.OK, third.StatusCode);
    }

    [Fact]
    public async Task While_a_slow_upstream_is_asked_the_known_page_is_served_as_stale()
    {
        using var first = await GetPageAsync();
        Clock.Advance(TimeSpan.FromMinutes(11));
        var gate = Upstream.Page("harbour-crane").Hold();
        var asking = GetPageAsync();
        await gate.Reached.WaitAsync(Cancellation);
        Clock.Advance(TimeSpan.FromSeconds(4));

        using var stale = await asking;

        Assert.Equal(HttpStatusCode.OK, stale.StatusCode);
        Assert.Contains("refreshed", stale.Headers.GetValues("X-Anchorage-Stale-Reason").Single(), StringComparison.Ordinal);
        gate.Open();
    }

    [Fact]
    public async Task A_file_that_the_page_does_not_know_yet_makes_the_mirror_ask_again()
    {
        using var page = await GetPageAsync();
        var younger = new WheelBuilder("harbour-crane", "9.0").Build();
        Upstream.Publish(younger);
        Clock.Advance(TimeSpan.FromSeconds(11));

        var path = $"/packages/pypi/{younger.Sha256[..2]}/{younger.Sha256[2..4]}/{younger.Sha256[4..]}/{younger.Filename}";

        Assert.Equal(younger.Content, await Client.DownloadAsync(new Uri(Registry.Address, path), Cancellation));
    }

    [Fact]
    public async Task A_release_that_the_page_does_not_know_yet_makes_the_mirror_ask_again()
    {
        using var page = await GetPageAsync();
        Upstream.Publish(new WheelBuilder("harbour-crane", "9.0").Build());
        Clock.Advance(TimeSpan.FromSeconds(11));

        using var release = await Client.GetAsync("/pypi/pypi/harbour-crane/9.0/json", Cancellation);

        Assert.Equal(HttpStatusCode.OK, release.StatusCode);
    }

    [Fact]
    public async Task Wrong_bytes_of_one_source_are_replaced_by_the_same_file_of_the_next()
    {
        await using var second = await FakeUpstream.StartAsync(Cancellation);
        second.Publish(Wheel);
        Upstream.File(Wheel.Filename).SendsWrongBytes();
        await DefineAsync("spare", second, """{"allowed_networks":["127.0.0.0/8","::1/128"]}""");
        using var group = await SaveIndexAsync("both", """{"kind":"hosted","sources":["pypi","spare"]}""");
        Assert.Equal(HttpStatusCode.OK, group.StatusCode);
        var listing = await Client.GetListingAsync("harbour-crane", Wheel.Filename, Cancellation, "both");

        await Assert.ThrowsAnyAsync<Exception>(() => Client.DownloadAsync(listing.Url, Cancellation));

        Assert.Equal(Wheel.Content, await Client.DownloadAsync(listing.Url, Cancellation));
        Assert.Equal(1, second.File(Wheel.Filename).RequestCount);
    }

    [Fact]
    public async Task Bytes_that_are_here_already_are_not_fetched_for_another_index()
    {
        await DefineAsync("twin", Upstream, """{"allowed_networks":["127.0.0.0/8","::1/128"]}""");
        var listing = await Client.GetListingAsync("harbour-crane", Wheel.Filename, Cancellation, "pypi");
        await Client.DownloadAsync(listing.Url, Cancellation);
        var twin = await Client.GetListingAsync("harbour-crane", Wheel.Filename, Cancellation, "twin");

        Assert.Equal(Wheel.Content, await Client.DownloadAsync(twin.Url, Cancellation));

        Assert.Equal(1, Upstream.File(Wheel.Filename).RequestCount);
    }

    [Fact]
    public async Task An_upstream_that_asks_to_be_left_alone_is()
    {
        Upstream.Page("harbour-crane").AnswersWith(429, retryAfterSeconds: 120);
        using var first = await GetPageAsync();
        Clock.Advance(TimeSpan.FromSeconds(100));
        using var second = await GetPageAsync();

        Assert.Equal(HttpStatusCode.BadGateway, second.StatusCode);
        Assert.Equal(1, Upstream.Page("harbour-crane").RequestCount);
        Clock.Advance(TimeSpan.FromSeconds(21));
        Upstream.Page("harbour-crane").Recovers();
        using var third = await GetPageAsync();
        Assert.Equal(HttpStatusCode.OK, third.StatusCode);
    }

    [Fact]
    public async Task An_offline_upstream_is_not_asked_and_what_is_here_does_not_age()
    {
        using var page = await GetPageAsync();
        await DefineAsync("pypi", Upstream, """{"mode":"offline","fresh_for":0,"stale_for":60}""");
        Clock.Advance(TimeSpan.FromHours(1));

        using var stored = await GetPageAsync();
        using var unknown = await GetPageAsync("harbour-tug");

        Assert.Equal(HttpStatusCode.OK, stored.StatusCode);
        Assert.Equal(HttpStatusCode.BadGateway, unknown.StatusCode);
        Assert.Contains("offline", unknown.ReasonPhrase, StringComparison.Ordinal);
        Assert.Equal(1, Upstream.Page("harbour-crane").RequestCount);
        Assert.Equal(0, Upstream.Page("harbour-tug").RequestCount);
    }

    [Fact]
    public async Task A_sidecar_with_other_bytes_than_promised_is_on_record()
    {
        Upstream.File(Wheel.Filename + ".metadata").SendsWrongBytes();
        var listing = await Client.GetListingAsync("harbour-crane", Wheel.Filename, Cancellation, "pypi");
        using var response = await Client.GetAsync(listing.Path + ".metadata", Cancellation);
        await Registry.StopAsync();

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        var entry = Assert.Single(AuditReader.Read(Path.Combine(Registry.DataDirectory, "audit")), static record => record.Event.Action == "mirror.fetch").Event;
        Assert.Equal(("denied", Wheel.Filename + ".metadata"), (entry.Outcome, entry.File));
    }

    [Theory]
    [InlineData("""{"allowed_networks":["10.0.0.1/8"]}""", "allowed_networks")]
    [InlineData("""{"proxy":"socks://localhost"}""", "proxy")]
    [InlineData("""{"max_connections":0}""", "max_connections")]
    public async Task Settings_that_cannot_work_are_refused_by_name(string settings, string name)
    {
        using var response = await PutAsync("broken", Upstream, settings);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains(name, response.ReasonPhrase, StringComparison.Ordinal);
    }

    private async Task DefineAsync(string name, FakeUpstream upstream, string settings)
    {
        using var response = await PutAsync(name, upstream, settings);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    private Task<HttpResponseMessage> PutAsync(string name, FakeUpstream upstream, string settings) => SaveIndexAsync(
        name,
        $$"""{"kind":"mirror","upstream_url":"{{upstream.SimpleUrl}}","trust_anchors":{{JsonSerializer.Serialize(upstream.RootPem)}},"upstream":{{settings}}}""");

    private async Task<HttpResponseMessage> SaveIndexAsync(string name, string definition)
    {
        using var content = new StringContent(definition, Encoding.UTF8, "application/json");
        using var request = RegistryClient.Request(HttpMethod.Put, $"/api/indexes/{name}", Client.AdministratorToken, content: content);
        return await Client.SendAsync(request, Cancellation);
    }
}

using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Anchorage.Testing;

namespace Anchorage.Server.Tests.Mirror;

/// <summary>An upstream on a real socket, and a registry whose <c>pypi</c> mirrors it; both belong to one test.</summary>
public abstract class MirrorTests : IAsyncLifetime
{
    private FakeUpstream? upstream;
    private RegistryHost? registry;

    private protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private protected FakeUpstream Upstream => upstream!;

    private protected RegistryHost Registry => registry!;

    private protected RegistryClient Client => Registry.Client;

    private protected ManualTimeProvider Clock { get; } = new();

    /// <summary>What the upstream has from the start.</summary>
    private protected BuiltDistribution Wheel { get; } = new WheelBuilder("harbour-crane", "1.0").RequiringPython(">=3.6").OfSize(300_000).Build();

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        upstream = await FakeUpstream.StartAsync(Cancellation);
        upstream.Publish(Wheel);
        registry = await RegistryHost.StartAsync(Cancellation, settings => settings
            .WithAnonymousReading().WithUpstream(upstream).WithClock(Clock).WithPagesFreshFor(TimeSpan.FromMinutes(10)).WithPagesStaleFor(TimeSpan.FromDays(7)));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (registry is not null)
            await registry.DisposeAsync();
        if (upstream is not null)
            await upstream.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private protected Task<HttpResponseMessage> GetPageAsync(string project = "harbour-crane", string index = "pypi") =>
        Client.GetAsync($"/{index}/simple/{project}/", Cancellation, accept: RegistryClient.SimpleJson);
}

/// <summary>Pages of an upstream: fetched on demand, revalidated, served stale, never mistaken for absent.</summary>
public sealed class MirrorPageTests : MirrorTests
{
    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("deflate")]
    public async Task A_page_that_cannot_be_decompressed_is_the_upstreams_failure(string coding)
    {
        Upstream.Page("harbour-crane").ClaimsCoding(coding);

        using var response = await GetPageAsync();

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Contains("decompressed", await response.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("javascript:1")]
    [InlineData("https://[")]
    public async Task A_redirect_to_no_address_is_the_upstreams_failure(string target)
    {
        Upstream.Page("harbour-crane").RedirectsTo(target);

        using var response = await GetPageAsync();

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
    }

    [Fact]
    public async Task A_page_is_fetched_once_and_served_until_it_is_due()
    {
        for (var i = 0; i < 3; i++)
            await Client.GetPageAsync("harbour-crane", Cancellation, "pypi");
        Assert.Equal(1, Upstream.Page("harbour-crane").RequestCount);

        Clock.Advance(TimeSpan.FromMinutes(11));
        await Client.GetPageAsync("harbour-crane", Cancellation, "pypi");

        Assert.Equal(2, Upstream.Page("harbour-crane").RequestCount);
        Assert.Equal(1, Upstream.Page("harbour-crane").NotModifiedCount);
    }

    [Fact]
    public async Task A_change_upstream_is_seen_when_the_page_is_due()
    {
        using var before = await GetPageAsync();
        Upstream.Publish(new WheelBuilder("harbour-crane", "1.1").Build());
        using var fresh = await GetPageAsync();
        Clock.Advance(TimeSpan.FromMinutes(11));
        using var after = await GetPageAsync();

        Assert.Equal(before.Headers.ETag, fresh.Headers.ETag);
        Assert.NotEqual(before.Headers.ETag, after.Headers.ETag);
        Assert.Equal(2, (await after.Content.ReadFromJsonAsync<JsonElement>(Cancellation)).GetProperty("files").GetArrayLength());
    }

    [Fact]
    public async Task File_addresses_are_of_this_registry_and_all_else_is_kept()
    {
        Upstream.Publish(new WheelBuilder("harbour-crane", "2.0").Build(), listing =>
        {
            listing["yanked"] = "dropped its load";
            listing["provenance"] = "https://localhost/integrity";
            listing["x-of-the-future"] = new JsonObject { ["kept"] = true };
        });

        var listing = await Client.GetListingAsync("harbour-crane", "harbour_crane-2.0-py2.py3-none-any.whl", Cancellation, "pypi");

        Assert.Equal(Registry.Address.Authority, listing.Url.Authority);
        Assert.StartsWith("/packages/pypi/", listing.Path, StringComparison.Ordinal);
        Assert.Equal("dropped its load", listing.Entry.GetProperty("yanked").GetString());
        Assert.Equal("2024-03-20T13:00:33.355932Z", listing.Entry.GetProperty("upload-time").GetString());
        Assert.Equal("https://localhost/integrity", listing.Entry.GetProperty("provenance").GetString());
        Assert.True(listing.Entry.GetProperty("x-of-the-future").GetProperty("kept").GetBoolean());
    }

    [Fact]
    public async Task Html_alone_is_understood()
    {
        Upstream.Page("harbour-crane").OffersOnlyHtml();

        var listing = await Client.GetListingAsync("harbour-crane", Wheel.Filename, Cancellation, "pypi");

        Assert.Equal(Wheel.Sha256, listing.Sha256);
        Assert.Equal(">=3.6", listing.Entry.GetProperty("requires-python").GetString());
        Assert.Equal(Wheel.Content, await Client.DownloadAsync(listing.Url, Cancellation));
    }

    [Fact]
    public async Task A_compressed_page_is_understood()
    {
        Upstream.Page("harbour-crane").IsCompressed();

        Assert.Single((await Client.GetPageAsync("harbour-crane", Cancellation, "pypi")).GetProperty("files").EnumerateArray());
    }

    [Fact]
    public async Task Absent_upstream_is_absent_here_until_it_appears()
    {
        using var absent = await GetPageAsync("harbour-tug");
        Upstream.Publish(new WheelBuilder("harbour-tug", "1.0").Build());
        Clock.Advance(TimeSpan.FromMinutes(11));
        using var present = await GetPageAsync("harbour-tug");

        Assert.Equal(HttpStatusCode.NotFound, absent.StatusCode);
        Assert.Equal(HttpStatusCode.OK, present.StatusCode);
    }

    [Theory]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(503)]
    [InlineData(429)]
    [InlineData(403)]
    [InlineData(401)]
    public async Task An_upstream_that_does_not_answer_is_never_404(int status)
    {
        Upstream.Page("harbour-crane").AnswersWith(status, retryAfterSeconds: 7);

        using var mirror = await GetPageAsync();
        using var group = await GetPageAsync(index: "main");

        foreach (var response in new[] { mirror, group })
        {
            Assert.Contains(response.StatusCode, new[] { HttpStatusCode.BadGateway, HttpStatusCode.ServiceUnavailable, HttpStatusCode.GatewayTimeout });
            Assert.NotNull(response.Headers.RetryAfter);
            Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.ToString());
        }
    }

    [Fact]
    public async Task A_known_page_is_served_while_the_upstream_fails_and_says_so_until_it_is_too_old()
    {
        using var fresh = await GetPageAsync();
        Upstream.Page("harbour-crane").AnswersWith(503);
        Clock.Advance(TimeSpan.FromHours(1));

        using var stale = await GetPageAsync();
        Clock.Advance(TimeSpan.FromDays(8));
        using var tooOld = await GetPageAsync();
        Upstream.Page("harbour-crane").Recovers();
        Clock.Advance(TimeSpan.FromMinutes(1));
        using var recovered = await GetPageAsync();

        Assert.Equal(HttpStatusCode.OK, stale.StatusCode);
        Assert.Equal(fresh.Headers.ETag, stale.Headers.ETag);
        Assert.Contains("503", Assert.Single(stale.Headers.GetValues("X-Anchorage-Stale-Reason")), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadGateway, tooOld.StatusCode);
        Assert.Equal(HttpStatusCode.OK, recovered.StatusCode);
        Assert.False(recovered.Headers.Contains("X-Anchorage-Stale-Reason"));
    }

    [Fact]
    public async Task A_page_that_is_cut_off_is_no_page()
    {
        Upstream.Page("harbour-crane").IsCutOffAfter(100);

        using var response = await GetPageAsync();

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/json")]
    [InlineData("image/png")]
    public async Task A_foreign_content_type_is_no_page(string contentType)
    {
        Upstream.Page("harbour-crane").HasContentType(contentType);

        using var response = await GetPageAsync();

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
    }

    [Fact]
    public async Task A_login_page_is_no_page()
    {
        Upstream.Page("harbour-crane").Serves("<html><body><form action=/login>Please log in</form></body></html>"u8.ToArray(), "text/html");

        using var response = await GetPageAsync();

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
    }

    [Fact]
    public async Task A_redirect_loop_is_an_upstream_failure()
    {
        Upstream.Page("harbour-crane").RedirectsForever();

        using var response = await GetPageAsync();

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
    }

    [Fact]
    public async Task Sixty_four_clients_cause_one_request_for_a_page()
    {
        var gate = Upstream.Page("harbour-crane").Hold();

        var clients = Enumerable.Range(0, 64).Select(_ => Client.GetPageAsync("harbour-crane", Cancellation, "pypi")).ToList();
        await gate.Reached.WaitAsync(Cancellation);
        gate.Open();
        await Task.WhenAll(clients);

        Assert.Equal(1, Upstream.Page("harbour-crane").RequestCount);
    }
}

/// <summary>An upstream whose certificate does not verify is not spoken to.</summary>
public sealed class UntrustedUpstreamTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("expired")]
    [InlineData("for another host")]
    [InlineData("of another authority")]
    public async Task A_certificate_that_does_not_verify_ends_the_conversation(string fault)
    {
        using var stranger = new TestAuthority("Stranger");
        await using var upstream = await FakeUpstream.StartAsync(Cancellation, authority => fault switch
        {
            "expired" => authority.IssueExpired(),
            "for another host" => authority.Issue("elsewhere.example"),
            _ => stranger.Issue(),
        });
        upstream.Publish(new WheelBuilder("harbour-crane", "1.0").Build());
        await using var registry = await RegistryHost.StartAsync(Cancellation, settings => settings.WithAnonymousReading().WithUpstream(upstream));

        using var response = await registry.Client.GetAsync("/pypi/simple/harbour-crane/", Cancellation);

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Contains("certificate", response.ReasonPhrase, StringComparison.Ordinal);
        Assert.Empty(upstream.Requests);
    }
}

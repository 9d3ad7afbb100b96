using System.Net;
using Anchorage.Testing;

namespace Anchorage.Server.Tests.Mirror;

/// <summary>How long a mirror waits, remembers and forgets. No test waits: each moves the clock.</summary>
public sealed class MirrorTimeTests : MirrorTests
{
    [Fact]
    public async Task A_page_that_does_not_come_is_504_after_half_a_minute()
    {
        var gate = Upstream.Page("harbour-crane").Hold();
        var asking = GetPageAsync();
        await gate.Reached.WaitAsync(Cancellation);
        Clock.Advance(TimeSpan.FromSeconds(31));

        using var response = await asking;

        Assert.Equal(HttpStatusCode.GatewayTimeout, response.StatusCode);
        Assert.NotNull(response.Headers.RetryAfter);
    }

    [Fact]
    public async Task A_file_that_does_not_come_is_504_after_half_a_minute()
    {
        var listing = await ListAsync();
        var gate = Upstream.File(Wheel.Filename).Hold();
        var asking = Client.GetAsync(listing.Path, Cancellation);
        await gate.Reached.WaitAsync(Cancellation);
        Clock.Advance(TimeSpan.FromSeconds(31));

        using var response = await asking;

        Assert.Equal(HttpStatusCode.GatewayTimeout, response.StatusCode);
    }

    [Fact]
    public async Task A_file_that_stops_in_the_middle_is_cut_off_after_a_minute_of_silence()
    {
        var listing = await ListAsync();
        var gate = Upstream.File(Wheel.Filename).HoldAfter(200_000);
        using var response = await Client.GetAsync(listing.Path, Cancellation);
        await using var body = await response.Content.ReadAsStreamAsync(Cancellation);
        await body.ReadExactlyAsync(new byte[190_000], Cancellation);
        Clock.Advance(TimeSpan.FromSeconds(61));

        await Assert.ThrowsAnyAsync<IOException>(() => body.CopyToAsync(Stream.Null, Cancellation));
        Assert.True(gate.Reached.IsCompleted);
    }

    [Fact]
    public async Task Absent_is_remembered_for_less_than_a_minute()
    {
        using var first = await GetPageAsync("harbour-tug");
        using var second = await GetPageAsync("harbour-tug");
        Assert.Equal(1, Upstream.Page("harbour-tug").RequestCount);
        Upstream.Publish(new WheelBuilder("harbour-tug", "1.0").Build());

        Clock.Advance(TimeSpan.FromSeconds(60));
        using var third = await GetPageAsync("harbour-tug");

        Assert.Equal(HttpStatusCode.NotFound, first.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, second.StatusCode);
        Assert.Equal(HttpStatusCode.OK, third.StatusCode);
    }

    [Fact]
    public async Task Absent_does_not_outlive_an_upstream_that_fails()
    {
        using var absent = await GetPageAsync("harbour-tug");
        Upstream.Page("harbour-tug").AnswersWith(503);
        Clock.Advance(TimeSpan.FromSeconds(60));

        using var unavailable = await GetPageAsync("harbour-tug");

        Assert.Equal(HttpStatusCode.NotFound, absent.StatusCode);
        Assert.Equal(HttpStatusCode.BadGateway, unavailable.StatusCode);
    }

    [Fact]
    public async Task An_upstream_that_failed_is_left_alone_for_a_moment()
    {
        Upstream.Page("harbour-crane").AnswersWith(503);
        for (var i = 0; i < 5; i++)
            (await GetPageAsync()).Dispose();
        Assert.Equal(1, Upstream.Page("harbour-crane").RequestCount);

        Upstream.Page("harbour-crane").Recovers();
        Clock.Advance(TimeSpan.FromSeconds(10));
        using var recovered = await GetPageAsync();

        Assert.Equal(HttpStatusCode.OK, recovered.StatusCode);
    }

    [Fact]
    public async Task A_stale_page_says_how_old_it_is_in_mirror_and_group_alike()
    {
        (await GetPageAsync()).Dispose();
        Upstream.Page("harbour-crane").AnswersWith(500);
        Clock.Advance(TimeSpan.FromHours(2));

        foreach (var index in new[] { "pypi", "main" })
        {
            using var stale = await GetPageAsync(index: index);
            Assert.Equal(HttpStatusCode.OK, stale.StatusCode);
            Assert.Equal("7200", Assert.Single(stale.Headers.GetValues("X-Anchorage-Stale-Seconds")));
        }
    }

    [Fact]
    public async Task A_project_that_is_withdrawn_is_404_when_its_page_is_due_and_its_files_stay()
    {
        var listing = await ListAsync();
        await Client.DownloadAsync(listing.Url, Cancellation);
        Upstream.Withdraw("harbour-crane");
        Clock.Advance(TimeSpan.FromMinutes(11));

        using var page = await GetPageAsync();

        Assert.Equal(HttpStatusCode.NotFound, page.StatusCode);
        Assert.Equal(Wheel.Content, await Client.DownloadAsync(listing.Url, Cancellation));
    }

    [Fact]
    public async Task A_stale_page_cannot_deny_a_file()
    {
        var unknown = new WheelBuilder("harbour-crane", "9.0").Build();
        var path = $"/packages/pypi/{unknown.Sha256[..2]}/{unknown.Sha256[2..4]}/{unknown.Sha256[4..]}/{unknown.Filename}";
        (await GetPageAsync()).Dispose();
        using var denied = await Client.GetAsync(path, Cancellation);
        Upstream.Page("harbour-crane").AnswersWith(503);
        Clock.Advance(TimeSpan.FromHours(1));

        using var unavailable = await Client.GetAsync(path, Cancellation);

        Assert.Equal(HttpStatusCode.NotFound, denied.StatusCode);
        Assert.Equal(HttpStatusCode.BadGateway, unavailable.StatusCode);
    }

    [Fact]
    public async Task Stopping_lets_a_download_under_way_finish()
    {
        var listing = await ListAsync();
        var gate = Upstream.File(Wheel.Filename).HoldAfter(100_000);
        using var response = await Client.GetAsync(listing.Path, Cancellation);
        await gate.Reached.WaitAsync(Cancellation);

        var stopping = Registry.StopAsync();
        gate.Open();

        Assert.Equal(Wheel.Content, await response.Content.ReadAsByteArrayAsync(Cancellation));
        await stopping;
    }

    private Task<ListedDistribution> ListAsync() => Client.GetListingAsync("harbour-crane", Wheel.Filename, Cancellation, "pypi");
}

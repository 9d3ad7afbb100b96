using System.Net;
using System.Net.Http.Headers;
using Anchorage.Testing;

namespace Anchorage.Server.Tests.Mirror;

/// <summary>Files of an upstream: streamed while stored, verified before they are whole, fetched once.</summary>
public sealed class MirrorFileTests : MirrorTests
{
    [Fact]
    public async Task A_file_is_fetched_once_and_is_here_when_the_upstream_is_gone()
    {
        var listing = await ListAsync();

        Assert.Equal(Wheel.Content, await Client.DownloadAsync(listing.Url, Cancellation));
        Upstream.File(Wheel.Filename).AnswersWith(503);
        Assert.Equal(Wheel.Content, await Client.DownloadAsync(listing.Url, Cancellation));

        Assert.Equal(1, Upstream.File(Wheel.Filename).RequestCount);
    }

    [Fact]
    public async Task Metadata_is_fetched_without_the_wheel()
    {
        var listing = await ListAsync();

        Assert.Equal(Wheel.Metadata, await Client.DownloadAsync(new Uri(listing.Url + ".metadata"), Cancellation));
        Assert.Equal(Wheel.Metadata, await Client.DownloadAsync(new Uri(listing.Url + ".metadata"), Cancellation));

        Assert.Equal(1, Upstream.File(Wheel.Filename + ".metadata").RequestCount);
        Assert.Equal(0, Upstream.File(Wheel.Filename).RequestCount);
    }

    [Fact]
    public async Task Wrong_metadata_is_not_passed_on()
    {
        Upstream.File(Wheel.Filename + ".metadata").SendsWrongBytes();
        var listing = await ListAsync();

        using var response = await Client.GetAsync(listing.Path + ".metadata", Cancellation);

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
    }

    [Fact]
    public async Task Head_is_answered_from_the_page_without_fetching()
    {
        var listing = await ListAsync();

        using var response = await Client.HeadAsync(listing.Path, Cancellation);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(Wheel.Content.Length, response.Content.Headers.ContentLength);
        Assert.Equal(["bytes"], response.Headers.AcceptRanges);
        Assert.Equal(0, Upstream.File(Wheel.Filename).RequestCount);
    }

    [Fact]
    public async Task A_range_of_a_file_that_is_not_here_yet_is_exact()
    {
        var listing = await ListAsync();
        using var request = RegistryClient.Request(HttpMethod.Get, listing.Path);
        request.Headers.Range = new RangeHeaderValue(null, 1000);

        using var response = await Client.SendAsync(request, Cancellation);

        Assert.Equal(HttpStatusCode.PartialContent, response.StatusCode);
        Assert.Equal(Wheel.Content[^1000..], await response.Content.ReadAsByteArrayAsync(Cancellation));
    }

    [Fact]
    public async Task Bytes_arrive_before_the_upstream_has_sent_them_all()
    {
        var gate = Upstream.File(Wheel.Filename).HoldAfter(200_000);
        var listing = await ListAsync();

        using var response = await Client.GetAsync(listing.Path, Cancellation);
        await using var body = await response.Content.ReadAsStreamAsync(Cancellation);
        var first = new byte[50_000];
        await body.ReadExactlyAsync(first, Cancellation);
        Assert.True(gate.Reached.IsCompleted || Upstream.File(Wheel.Filename).RequestCount == 1);
        gate.Open();
        using var rest = new MemoryStream();
        await body.CopyToAsync(rest, Cancellation);

        Assert.Equal<byte>(Wheel.Content, (byte[])[.. first, .. rest.ToArray()]);
    }

    [Fact]
    public async Task Sixty_four_clients_cause_one_request_for_a_file()
    {
        var gate = Upstream.File(Wheel.Filename).HoldAfter(100_000);
        var listing = await ListAsync();

        var clients = Enumerable.Range(0, 64).Select(_ => Client.DownloadAsync(listing.Url, Cancellation)).ToList();
        await gate.Reached.WaitAsync(Cancellation);
        gate.Open();
        var contents = await Task.WhenAll(clients);

        Assert.All(contents, content => Assert.Equal(Wheel.Content, content));
        Assert.Equal(1, Upstream.File(Wheel.Filename).RequestCount);
    }

    [Fact]
    public async Task A_client_that_leaves_does_not_end_the_fetch_of_the_others()
    {
        var gate = Upstream.File(Wheel.Filename).HoldAfter(100_000);
        var listing = await ListAsync();
        using var leaving = new CancellationTokenSource();
        var leaver = LeaveAsync();
        await gate.Reached.WaitAsync(Cancellation);
        var stayer = Client.DownloadAsync(listing.Url, Cancellation);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaver);
        gate.Open();

        Assert.Equal(Wheel.Content, await stayer);
        Assert.Equal(1, Upstream.File(Wheel.Filename).RequestCount);

        async Task LeaveAsync()
        {
            using var response = await Client.GetAsync(listing.Path, leaving.Token);
            await response.Content.ReadAsByteArrayAsync(leaving.Token);
        }
    }

    [Fact]
    public async Task No_client_gets_a_complete_answer_with_wrong_bytes()
    {
        Upstream.File(Wheel.Filename).SendsWrongBytes();
        var listing = await ListAsync();

        await AssertNoCompleteAnswerAsync(listing);
        await AssertNoCompleteAnswerAsync(listing);
        Upstream.File(Wheel.Filename).Recovers();

        // Nothing of it was kept.
        Assert.Equal(Wheel.Content, await DownloadWhenAskedAgainAsync(listing));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    [InlineData(5000)]
    public async Task No_client_gets_a_complete_answer_of_another_length(int difference)
    {
        Upstream.File(Wheel.Filename).SendsOtherLength(difference);
        var listing = await ListAsync();

        await AssertNoCompleteAnswerAsync(listing);
        Upstream.File(Wheel.Filename).Recovers();

        Assert.Equal(Wheel.Content, await DownloadWhenAskedAgainAsync(listing));
    }

    [Fact]
    public async Task No_client_gets_a_complete_answer_when_the_upstream_is_cut_off()
    {
        Upstream.File(Wheel.Filename).IsCutOffAfter(150_000);
        var listing = await ListAsync();

        await AssertNoCompleteAnswerAsync(listing);
        Upstream.File(Wheel.Filename).Recovers();

        Assert.Equal(Wheel.Content, await DownloadWhenAskedAgainAsync(listing));
    }

    [Fact]
    public async Task A_file_without_a_length_is_passed_on_when_its_digest_fits()
    {
        Upstream.File(Wheel.Filename).HasNoLength();

        Assert.Equal(Wheel.Content, await Client.DownloadAsync((await ListAsync()).Url, Cancellation));
    }

    [Fact]
    public async Task A_file_without_any_hash_is_passed_on_when_it_is_whole()
    {
        var unhashed = new WheelBuilder("harbour-buoy", "1.0").OfSize(100_000).Build();
        Upstream.Publish(unhashed, listing => listing["hashes"] = new System.Text.Json.Nodes.JsonObject());

        var listing = await Client.GetListingAsync("harbour-buoy", unhashed.Filename, Cancellation, "pypi");

        Assert.Equal(unhashed.Content, await Client.DownloadAsync(listing.Url, Cancellation));
    }

    [Theory]
    [InlineData(500)]
    [InlineData(503)]
    [InlineData(403)]
    public async Task An_upstream_that_refuses_a_listed_file_is_an_upstream_failure(int status)
    {
        Upstream.File(Wheel.Filename).AnswersWith(status);
        var listing = await ListAsync();

        using var response = await Client.GetAsync(listing.Path, Cancellation);

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.NotNull(response.Headers.RetryAfter);
    }

    [Fact]
    public async Task A_redirect_to_where_the_file_lies_is_followed()
    {
        var elsewhere = new WheelBuilder("harbour-crane", "3.0").Build();
        Upstream.Publish(elsewhere);
        Upstream.File("moved.whl").Serves(elsewhere.Content, "application/octet-stream");
        Upstream.File(elsewhere.Filename).RedirectsTo("/files/moved.whl");

        var listing = await Client.GetListingAsync("harbour-crane", elsewhere.Filename, Cancellation, "pypi");

        Assert.Equal(elsewhere.Content, await Client.DownloadAsync(listing.Url, Cancellation));
    }

    private Task<ListedDistribution> ListAsync() => Client.GetListingAsync("harbour-crane", Wheel.Filename, Cancellation, "pypi");

    /// <summary>Either an error status, or a connection that breaks before the promised end: both tell the client to throw it away.</summary>
    private async Task AssertNoCompleteAnswerAsync(ListedDistribution listing)
    {
        try
        {
            using var response = await Client.GetAsync(listing.Path, Cancellation);
            if (response.StatusCode != HttpStatusCode.OK)
            {
                Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
                return;
            }
            await response.Content.ReadAsByteArrayAsync(Cancellation);
        }
        catch (HttpRequestException)
        {
            return;
        }
        Assert.Fail("The client got a complete 200 with bytes that are not the file's.");
    }

    /// <summary>After a failure the upstream may be left alone for a moment.</summary>
    private async Task<byte[]> DownloadWhenAskedAgainAsync(ListedDistribution listing)
    {
        Clock.Advance(TimeSpan.FromMinutes(1));
        return await Client.DownloadAsync(listing.Url, Cancellation);
    }
}

/// <summary>A group asks its sources in order, and the first that has the project answers alone.</summary>
public sealed class FirstMatchTests : MirrorTests
{
    [Fact]
    public async Task A_private_project_is_never_mixed_with_a_public_one_of_the_same_name()
    {
        var mine = new WheelBuilder("harbour-crane", "0.1").Build();
        await Client.UploadAsync(mine, Cancellation);

        var page = await Client.GetPageAsync("harbour-crane", Cancellation);

        Assert.Equal(mine.Filename, Assert.Single(page.GetProperty("files").EnumerateArray()).GetProperty("filename").GetString());
        Assert.Empty(Upstream.Requests);
    }

    [Fact]
    public async Task What_is_not_here_comes_from_the_next_source()
    {
        var listing = await Client.GetListingAsync("harbour-crane", Wheel.Filename, Cancellation);

        Assert.StartsWith("/packages/main/", listing.Path, StringComparison.Ordinal);
        Assert.Equal(Wheel.Content, await Client.DownloadAsync(listing.Url, Cancellation));
    }

    [Fact]
    public async Task The_root_page_names_what_every_source_has()
    {
        await Client.UploadAsync(new WheelBuilder("harbour-tug", "1.0").Build(), Cancellation);

        using var response = await Client.GetAsync("/main/simple/", Cancellation, accept: RegistryClient.SimpleJson);
        var list = await response.Content.ReadAsStringAsync(Cancellation);

        Assert.Contains("\"harbour-tug\"", list, StringComparison.Ordinal);
        Assert.Contains("\"harbour-crane\"", list, StringComparison.Ordinal);
    }
}

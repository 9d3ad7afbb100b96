using System.Net;
using System.Net.Http.Headers;
using Anchorage.Testing;

namespace Anchorage.Server.Tests.Files;

/// <summary>Distribution files over HTTP: validators, ranges, HEAD (RFC 9110 §13, §14), never encoded.</summary>
public sealed class FileDownloadTests(SharedRegistry shared) : RegistryTests(shared)
{
    private BuiltDistribution wheel = null!;
    private string path = "";

    [Fact]
    public async Task A_file_comes_whole_with_its_length_and_a_strong_etag()
    {
        await PublishAsync();
        using var request = RegistryClient.Request(HttpMethod.Get, path);
        request.Headers.AcceptEncoding.ParseAdd("gzip, br");

        using var response = await Client.SendAsync(request, Cancellation);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(wheel.Content.Length, response.Content.Headers.ContentLength);
        Assert.Empty(response.Content.Headers.ContentEncoding);
        Assert.False(response.Headers.ETag!.IsWeak);
        Assert.Equal(["bytes"], response.Headers.AcceptRanges);
        // pip would rename the file after it.
        Assert.Null(response.Content.Headers.ContentDisposition);
        Assert.Equal(wheel.Content, await response.Content.ReadAsByteArrayAsync(Cancellation));
    }

    [Fact]
    public async Task Head_says_length_ranges_and_etag()
    {
        await PublishAsync();

        using var get = await Client.GetAsync(path, Cancellation);
        using var head = await Client.HeadAsync(path, Cancellation);

        Assert.Equal(HttpStatusCode.OK, head.StatusCode);
        Assert.Equal(wheel.Content.Length, head.Content.Headers.ContentLength);
        Assert.Equal(["bytes"], head.Headers.AcceptRanges);
        Assert.Equal(get.Headers.ETag, head.Headers.ETag);
        Assert.Equal(get.Content.Headers.ContentType, head.Content.Headers.ContentType);
    }

    [Theory]
    [InlineData(0, 99, 0, 99)]
    [InlineData(100, 100, 100, 100)]
    [InlineData(4000, null, 4000, -1)]
    [InlineData(null, 500, -500, -1)]
    [InlineData(0, 99_999_999, 0, -1)]
    public async Task A_range_is_answered_with_exactly_it(int? from, int? to, int first, int last)
    {
        await PublishAsync();
        var length = wheel.Content.Length;
        var (start, end) = (first < 0 ? length + first : first, last < 0 ? length - 1 : last);
        using var request = RegistryClient.Request(HttpMethod.Get, path);
        request.Headers.Range = new RangeHeaderValue(from, to);

        using var response = await Client.SendAsync(request, Cancellation);

        Assert.Equal(HttpStatusCode.PartialContent, response.StatusCode);
        Assert.Equal(new ContentRangeHeaderValue(start, end, length), response.Content.Headers.ContentRange);
        Assert.Equal(wheel.Content[start..(end + 1)], await response.Content.ReadAsByteArrayAsync(Cancellation));
    }

    [Fact]
    public async Task A_range_in_an_unknown_unit_is_none()
    {
        await PublishAsync();
        using var request = RegistryClient.Request(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation("Range", "lines=1-2");

        using var response = await Client.SendAsync(request, Cancellation);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(wheel.Content, await response.Content.ReadAsByteArrayAsync(Cancellation));
    }

    [Fact]
    public async Task A_range_beyond_the_end_is_416_with_the_length()
    {
        await PublishAsync();
        using var request = RegistryClient.Request(HttpMethod.Get, path);
        request.Headers.Range = new RangeHeaderValue(wheel.Content.Length, null);

        using var response = await Client.SendAsync(request, Cancellation);

        Assert.Equal(HttpStatusCode.RequestedRangeNotSatisfiable, response.StatusCode);
        Assert.Equal(wheel.Content.Length, response.Content.Headers.ContentRange?.Length);
    }

    [Fact]
    public async Task A_download_is_resumed_only_where_the_etag_still_fits()
    {
        await PublishAsync();
        using var whole = await Client.GetAsync(path, Cancellation);

        using var resumed = await ResumeAsync(new RangeConditionHeaderValue(whole.Headers.ETag!));
        using var restarted = await ResumeAsync(new RangeConditionHeaderValue(new EntityTagHeaderValue("\"something-else\"")));

        Assert.Equal(HttpStatusCode.PartialContent, resumed.StatusCode);
        Assert.Equal(HttpStatusCode.OK, restarted.StatusCode);
        Assert.Equal(wheel.Content, await restarted.Content.ReadAsByteArrayAsync(Cancellation));

        async Task<HttpResponseMessage> ResumeAsync(RangeConditionHeaderValue condition)
        {
            using var request = RegistryClient.Request(HttpMethod.Get, path);
            request.Headers.Range = new RangeHeaderValue(1000, null);
            request.Headers.IfRange = condition;
            return await Client.SendAsync(request, Cancellation);
        }
    }

    [Fact]
    public async Task A_client_that_has_the_file_gets_304()
    {
        await PublishAsync();
        using var first = await Client.GetAsync(path, Cancellation);
        using var request = RegistryClient.Request(HttpMethod.Get, path);
        request.Headers.IfNoneMatch.Add(first.Headers.ETag!);

        using var second = await Client.SendAsync(request, Cancellation);

        Assert.Equal(HttpStatusCode.NotModified, second.StatusCode);
    }

    [Fact]
    public async Task An_address_with_another_digest_or_name_is_404()
    {
        await PublishAsync();
        var otherDigest = path.Replace(wheel.Sha256[4..], new string('0', 60), StringComparison.Ordinal);
        var otherName = path.Replace("-1.0-", "-2.0-", StringComparison.Ordinal);
        var climbing = path[..(path.LastIndexOf('/') + 1)] + "..%2F..%2F..%2Fca%2Froot.pem";

        foreach (var wrong in (string[])[otherDigest, otherName, climbing, "/packages/main/aa/bb/cc/x.whl", "/packages/nowhere" + path["/packages/main".Length..]])
        {
            using var response = await Client.GetAsync(wrong, Cancellation);
            Assert.True(response.StatusCode == HttpStatusCode.NotFound, $"{wrong}: {response.StatusCode}");
        }
    }

    [Fact]
    public async Task A_browser_must_not_run_what_strangers_uploaded()
    {
        await PublishAsync();

        using var response = await Client.GetAsync(path, Cancellation);

        Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));
        Assert.Contains("sandbox", Assert.Single(response.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_sdist_has_its_own_media_type()
    {
        var sdist = new SdistBuilder(Project, "1.0").Build();
        await Client.UploadAsync(sdist, Cancellation);

        using var response = await Client.GetAsync((await Client.GetListingAsync(Project, sdist.Filename, Cancellation)).Path, Cancellation);

        Assert.Equal("application/gzip", response.Content.Headers.ContentType?.MediaType);
        Assert.Empty(response.Content.Headers.ContentEncoding);
    }

    private async Task PublishAsync()
    {
        wheel = new WheelBuilder(Project, "1.0").OfSize(10_000).Build();
        await Client.UploadAsync(wheel, Cancellation);
        path = (await Client.GetListingAsync(Project, wheel.Filename, Cancellation)).Path;
    }
}

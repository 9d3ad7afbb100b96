using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using Anchorage.Testing;

namespace Anchorage.Server.Tests.Index;

/// <summary>How pages are asked for and sent: negotiation, redirects, validators, compression, HEAD.</summary>
public sealed class SimpleProtocolTests(SharedRegistry shared) : RegistryTests(shared)
{
    private const string Json = RegistryClient.SimpleJson;
    private const string Html = RegistryClient.SimpleHtml;

    private string Page => $"/main/simple/{Project}/";

    [Theory]
    [InlineData("/main/simple/some-project/1.0")]
    [InlineData("/main/simple//")]
    [InlineData("/simple/some-project/1.0/")]
    public async Task What_no_page_has_below_it_is_absent(string path)
    {
        using var response = await Client.GetAsync(path, Cancellation);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    [Theory]
    [InlineData(null, "text/html")]
    [InlineData("*/*", "text/html")]
    [InlineData("text/html", "text/html")]
    [InlineData(Json, Json)]
    [InlineData(Html, Html)]
    [InlineData("application/vnd.pypi.simple.latest+json", Json)]
    [InlineData("application/vnd.pypi.simple.latest+html", Html)]
    [InlineData("application/xml", "text/html")]                                                     // never 406
    [InlineData("application/vnd.pypi.simple.v2+json", "text/html")]
    [InlineData($"{Json}, {Html}; q=0.1, text/html; q=0.01", Json)]                                   // pip
    [InlineData($"{Json}, {Html};q=0.2, text/html;q=0.01", Json)]                                     // uv
    [InlineData($"{Json}, */*;q=0.1", Json)]                                                          // poetry
    [InlineData($"{Json};q=0.1, text/html;q=0.9", "text/html")]
    [InlineData($"{Json};q=0, */*", "text/html")]
    [InlineData("text/html, application/xhtml+xml, application/xml;q=0.9, */*;q=0.8", "text/html")]   // a browser
    public async Task The_form_follows_accept(string? accept, string expected)
    {
        await Client.UploadAsync(new WheelBuilder(Project, "1.0").Build(), Cancellation);

        using var response = await Client.GetAsync(Page, Cancellation, accept: accept);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(expected, response.Content.Headers.ContentType?.MediaType);
        Assert.Contains("Accept", response.Headers.Vary);
    }

    [Theory]
    [InlineData("application/vnd.pypi.simple.v1%2Bjson", Json)]
    [InlineData("application/vnd.pypi.simple.v1%2Bhtml", Html)]
    [InlineData("application/vnd.pypi.simple.latest%2Bjson", Json)]
    [InlineData("nonsense", "text/html")]
    public async Task The_query_chooses_the_form_before_accept_does(string format, string expected)
    {
        await Client.UploadAsync(new WheelBuilder(Project, "1.0").Build(), Cancellation);

        using var response = await Client.GetAsync($"{Page}?format={format}", Cancellation, accept: "text/html");

        Assert.Equal(expected, response.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task A_spelling_that_is_not_normalised_is_redirected_to_the_one_that_is()
    {
        await Client.UploadAsync(new WheelBuilder(Project, "1.0").Build(), Cancellation);

        using var spelling = await Client.GetAsync($"/main/simple/{Project.ToUpperInvariant().Replace('-', '.')}/", Cancellation);
        using var slash = await Client.GetAsync($"/main/simple/{Project}", Cancellation);
        using var query = await Client.GetAsync($"/main/simple/{Project}?format=application/vnd.pypi.simple.v1%2Bjson", Cancellation);

        Assert.Equal(HttpStatusCode.MovedPermanently, spelling.StatusCode);
        Assert.Equal(Page, PathOf(spelling));
        Assert.Equal(HttpStatusCode.MovedPermanently, slash.StatusCode);
        Assert.Equal(Page, PathOf(slash));
        Assert.EndsWith("/?format=application/vnd.pypi.simple.v1%2Bjson", query.Headers.Location!.OriginalString, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/main/simple/no-such-project-here/")]
    [InlineData("/main/simple/-bad-/")]
    [InlineData("/main/simple/acme%20sdk/")]
    [InlineData("/main/simple/acme%0A/")]
    [InlineData("/main/simple/%2e%2e%2fca/")]
    [InlineData("/no-such-index/simple/")]
    [InlineData("/no-such-index/simple/anything/")]
    public async Task What_does_not_exist_is_404_with_a_problem(string path)
    {
        // Without sources: an upstream that fails would be another answer.
        var index = $"alone-{Project[8..]}";
        await Client.CreateHostedAsync(index, [], Cancellation);

        using var response = await Client.GetAsync(path.Replace("/main/", $"/{index}/", StringComparison.Ordinal), Cancellation);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.ToString());
    }

    [Fact]
    public async Task Each_form_has_its_own_strong_etag_and_a_client_that_has_it_gets_304()
    {
        await Client.UploadAsync(new WheelBuilder(Project, "1.0").Build(), Cancellation);
        using var json = await Client.GetAsync(Page, Cancellation, accept: Json);
        using var html = await Client.GetAsync(Page, Cancellation, accept: "text/html");
        Assert.False(json.Headers.ETag!.IsWeak);
        Assert.NotEqual(json.Headers.ETag, html.Headers.ETag);

        using var same = await GetIfNoneMatchAsync(json.Headers.ETag, Json);
        using var otherForm = await GetIfNoneMatchAsync(json.Headers.ETag, "text/html");
        await Client.UploadAsync(new WheelBuilder(Project, "1.1").Build(), Cancellation);
        using var changed = await GetIfNoneMatchAsync(json.Headers.ETag, Json);

        Assert.Equal(HttpStatusCode.NotModified, same.StatusCode);
        Assert.Equal(json.Headers.ETag, same.Headers.ETag);
        Assert.Equal(HttpStatusCode.OK, otherForm.StatusCode);
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        Assert.NotEqual(json.Headers.ETag, changed.Headers.ETag);
    }

    [Fact]
    public async Task Clients_are_told_to_revalidate()
    {
        await Client.UploadAsync(new WheelBuilder(Project, "1.0").Build(), Cancellation);

        using var response = await Client.GetAsync(Page, Cancellation, accept: Json);

        Assert.True(response.Headers.CacheControl!.Private);
        Assert.True(response.Headers.CacheControl.NoCache);
    }

    [Theory]
    [InlineData(Json)]
    [InlineData("text/html")]
    public async Task Head_says_what_get_would(string accept)
    {
        await Client.UploadAsync(new WheelBuilder(Project, "1.0").Build(), Cancellation);

        using var get = await Client.GetAsync(Page, Cancellation, accept: accept);
        using var head = await Client.HeadAsync(Page, Cancellation, accept: accept);

        Assert.Equal(HttpStatusCode.OK, head.StatusCode);
        Assert.Equal(get.Content.Headers.ContentLength, head.Content.Headers.ContentLength);
        Assert.Equal(get.Content.Headers.ContentType, head.Content.Headers.ContentType);
        Assert.Equal(get.Headers.ETag, head.Headers.ETag);
        Assert.Empty(await head.Content.ReadAsByteArrayAsync(Cancellation));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    public async Task Pages_come_compressed_to_those_who_ask(string coding)
    {
        for (var minor = 0; minor < 20; minor++)
            await Client.UploadAsync(new WheelBuilder(Project, $"1.{minor}").Build(), Cancellation);
        using var plain = await Client.GetAsync(Page, Cancellation, accept: Json);
        using var request = RegistryClient.Request(HttpMethod.Get, Page, accept: Json);
        request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue(coding));

        using var response = await Client.SendAsync(request, Cancellation);

        var packed = await response.Content.ReadAsByteArrayAsync(Cancellation);
        var body = await plain.Content.ReadAsByteArrayAsync(Cancellation);
        Assert.Equal([coding], response.Content.Headers.ContentEncoding);
        Assert.Contains("Accept-Encoding", response.Headers.Vary);
        Assert.True(packed.Length < body.Length / 2, $"{packed.Length} of {body.Length} bytes");
        await using Stream unpacking = coding == "br"
            ? new BrotliStream(new MemoryStream(packed), CompressionMode.Decompress)
            : new GZipStream(new MemoryStream(packed), CompressionMode.Decompress);
        using var unpacked = new MemoryStream();
        await unpacking.CopyToAsync(unpacked, Cancellation);
        Assert.Equal(body, unpacked.ToArray());
        // Two representations with one strong validator would let a cache mix their bytes (RFC 9110 §8.8.3).
        Assert.NotEqual(plain.Headers.ETag, response.Headers.ETag);
    }

    [Fact]
    public async Task Uploading_to_the_page_says_where_to_upload()
    {
        using var response = await Client.TryUploadAsync(
            UploadForm.For(new WheelBuilder(Project, "1.0").Build()), Cancellation, "main/simple");

        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
        Assert.Contains("/main/", response.ReasonPhrase, StringComparison.Ordinal);
    }

    private async Task<HttpResponseMessage> GetIfNoneMatchAsync(EntityTagHeaderValue tag, string accept)
    {
        using var request = RegistryClient.Request(HttpMethod.Get, Page, accept: accept);
        request.Headers.IfNoneMatch.Add(tag);
        return await Client.SendAsync(request, Cancellation);
    }

    private string PathOf(HttpResponseMessage response) => new Uri(Client.Address, response.Headers.Location!).AbsolutePath;
}

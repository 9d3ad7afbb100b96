using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Anchorage.Testing;

namespace Anchorage.Server.Tests.Index;

/// <summary>Headers of index pages: validators, codings, CORS; and that HEAD and 304 say what GET says.</summary>
public sealed class SimpleHeaderTests(SharedRegistry shared) : RegistryTests(shared)
{
    private const string Json = RegistryClient.SimpleJson;

    private string Page => $"/main/simple/{Project}/";

    [Theory]
    [InlineData(Json, "br")]
    [InlineData(Json, "gzip")]
    [InlineData(RegistryClient.SimpleHtml, "gzip")]
    [InlineData("text/html", "identity")]
    public async Task Head_has_every_header_of_get(string accept, string coding)
    {
        await PublishAsync();

        using var get = await AskAsync(HttpMethod.Get, accept, coding);
        using var head = await AskAsync(HttpMethod.Head, accept, coding);

        Assert.Equal(HeadersOf(get), HeadersOf(head));
        Assert.Empty(await head.Content.ReadAsByteArrayAsync(Cancellation));
    }

    [Fact]
    public async Task Not_modified_has_the_headers_that_a_cache_updates()
    {
        await PublishAsync();
        using var get = await AskAsync(HttpMethod.Get, Json, "gzip");

        using var same = await AskAsync(HttpMethod.Get, Json, "gzip", get.Headers.ETag!.ToString());

        Assert.Equal(HttpStatusCode.NotModified, same.StatusCode);
        foreach (var name in new[] { "ETag", "Cache-Control", "Vary", "X-PyPI-Last-Serial", "Access-Control-Allow-Origin" })
            Assert.Equal(get.Headers.GetValues(name), same.Headers.GetValues(name));
        Assert.Null(same.Content.Headers.ContentType);
    }

    [Theory]
    [InlineData("\"other\", {0}", true)]
    [InlineData("W/{0}", true)]
    [InlineData("*", true)]
    [InlineData("\"other\"", false)]
    [InlineData("other", false)]
    public async Task The_condition_is_read_as_http_says(string condition, bool isHeld)
    {
        await PublishAsync();
        using var get = await AskAsync(HttpMethod.Get, Json, "identity");

        using var again = await AskAsync(HttpMethod.Get, Json, "identity", condition.Replace("{0}", get.Headers.ETag!.ToString(), StringComparison.Ordinal));

        Assert.Equal(isHeld ? HttpStatusCode.NotModified : HttpStatusCode.OK, again.StatusCode);
    }

    [Fact]
    public async Task Six_representations_have_six_strong_etags()
    {
        await PublishAsync();
        var tags = new HashSet<string>();
        foreach (var accept in new[] { Json, "text/html" })
        {
            foreach (var coding in new[] { "identity", "gzip", "br" })
            {
                using var response = await AskAsync(HttpMethod.Get, accept, coding);
                Assert.False(response.Headers.ETag!.IsWeak);
                tags.Add(response.Headers.ETag.Tag);
            }
        }

        Assert.Equal(6, tags.Count);
    }

    [Theory]
    [InlineData("gzip;q=0, br;q=0", null)]
    [InlineData("gzip;q=0.5, br;q=0.1", "gzip")]
    [InlineData("gzip, br", "br")]
    [InlineData("*", "br")]
    [InlineData("*;q=0", null)]
    [InlineData("identity, gzip;q=0.5", null)]
    [InlineData("deflate", null)]
    [InlineData("zstd, gzip", "gzip")]
    [InlineData("GZIP", "gzip")]
    [InlineData("gzip;q=nonsense", null)]
    public async Task The_coding_is_one_that_the_client_takes(string acceptEncoding, string? coding)
    {
        await PublishAsync();

        using var response = await AskAsync(HttpMethod.Get, Json, acceptEncoding);

        Assert.Equal(coding, response.Content.Headers.ContentEncoding.SingleOrDefault());
        Assert.Equal(["Accept", "Accept-Encoding", "Authorization"], response.Headers.Vary.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_page_in_a_browser_may_ask_from_anywhere()
    {
        await PublishAsync();
        var file = (await Client.GetListingAsync(Project, Wheel.Filename, Cancellation)).Path;
        foreach (var path in new[] { Page, "/main/simple/", $"/simple/{Project}/", file })
        {
            using var request = RegistryClient.Request(HttpMethod.Options, path);
            request.Headers.Add("Origin", "https://notebook.example");
            request.Headers.Add("Access-Control-Request-Method", "GET");
            request.Headers.Add("Access-Control-Request-Headers", "authorization");
            using var preflight = await Client.SendAsync(request, Cancellation);
            using var get = await Client.GetAsync(path, Cancellation, accept: Json);

            Assert.Equal(HttpStatusCode.NoContent, preflight.StatusCode);
            Assert.Equal("*", Assert.Single(preflight.Headers.GetValues("Access-Control-Allow-Origin")));
            Assert.Contains("GET", Assert.Single(preflight.Headers.GetValues("Access-Control-Allow-Methods")), StringComparison.Ordinal);
            Assert.Contains("Authorization", Assert.Single(preflight.Headers.GetValues("Access-Control-Allow-Headers")), StringComparison.Ordinal);
            if (path != "/main/simple/")
                Assert.Equal("*", Assert.Single(get.Headers.GetValues("Access-Control-Allow-Origin")));
        }
    }

    [Fact]
    public async Task A_refusal_can_be_read_by_a_page_in_a_browser()
    {
        var index = await AloneAsync();

        using var response = await Client.GetAsync($"/{index}/simple/nothing/", Cancellation);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal("*", Assert.Single(response.Headers.GetValues("Access-Control-Allow-Origin")));
        Assert.True(response.Headers.CacheControl!.NoStore);
    }

    [Fact]
    public async Task The_root_list_is_redirected_to_its_slash_and_changes_its_etag_with_a_new_project()
    {
        var index = await AloneAsync();
        await Client.UploadAsync(new WheelBuilder(Project, "1.0").Build(), Cancellation, index);
        using var bare = await Client.GetAsync($"/{index}/simple?format=x", Cancellation);
        using var before = await Client.GetAsync($"/{index}/simple/", Cancellation, accept: Json);
        await Client.UploadAsync(new WheelBuilder(Project + "-two", "1.0").Build(), Cancellation, index);
        using var after = await Client.GetAsync($"/{index}/simple/", Cancellation, accept: Json);

        Assert.Equal(HttpStatusCode.MovedPermanently, bare.StatusCode);
        Assert.EndsWith($"/{index}/simple/?format=x", bare.Headers.Location!.OriginalString, StringComparison.Ordinal);
        Assert.NotEqual(before.Headers.ETag, after.Headers.ETag);
        Assert.Equal(2, (await after.Content.ReadFromJsonAsync<JsonElement>(Cancellation)).GetProperty("projects").GetArrayLength());
    }

    [Theory]
    [InlineData("archived", true)]
    [InlineData("deprecated", true)]
    [InlineData("quarantined", false)]
    public async Task The_status_of_a_project_is_on_its_page(string status, bool offersFiles)
    {
        await PublishAsync();
        var file = (await Client.GetListingAsync(Project, Wheel.Filename, Cancellation)).Path;
        using (var request = RegistryClient.Request(
            HttpMethod.Put, $"/api/indexes/main/projects/{Project}/status", Client.AdministratorToken, content: JsonContent.Create(new { status, reason = "The\u001b[31m mast\r\nbroke." })))
        using (var set = await Client.SendAsync(request, Cancellation))
            Assert.Equal(HttpStatusCode.NoContent, set.StatusCode);

        var page = await Client.GetPageAsync(Project, Cancellation);
        using var html = await AskAsync(HttpMethod.Get, "text/html", "identity");
        using var download = await Client.GetAsync(file, Cancellation);

        Assert.Equal(status, page.GetProperty("project-status").GetProperty("status").GetString());
        Assert.Equal("The [31m mast  broke.", page.GetProperty("project-status").GetProperty("reason").GetString());
        Assert.Contains(status, await html.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        Assert.Equal(offersFiles ? 1 : 0, page.GetProperty("files").GetArrayLength());
        Assert.Equal(offersFiles ? HttpStatusCode.OK : HttpStatusCode.NotFound, download.StatusCode);
    }

    private BuiltDistribution Wheel => new WheelBuilder(Project, "1.0").Build();

    private Task PublishAsync() => Client.UploadAsync(Wheel, Cancellation);

    private async Task<string> AloneAsync()
    {
        var index = $"alone-{Project[8..]}";
        await Client.CreateHostedAsync(index, [], Cancellation);
        return index;
    }

    private async Task<HttpResponseMessage> AskAsync(HttpMethod method, string accept, string coding, string? condition = null)
    {
        using var request = RegistryClient.Request(method, Page, accept: accept);
        request.Headers.TryAddWithoutValidation("Accept-Encoding", coding);
        if (condition is not null)
            request.Headers.TryAddWithoutValidation("If-None-Match", condition);
        return await Client.SendAsync(request, Cancellation);
    }

    private static SortedDictionary<string, string> HeadersOf(HttpResponseMessage response) => new(
        response.Headers.Concat(response.Content.Headers).Where(static header => header.Key != "Date")
            .ToDictionary(static header => header.Key, static header => string.Join(", ", header.Value)), StringComparer.Ordinal);
}

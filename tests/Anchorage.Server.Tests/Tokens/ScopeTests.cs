using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Anchorage.Testing;

namespace Anchorage.Server.Tests.Tokens;

/// <summary>What a token may do is what its scopes say, and never more.</summary>
public sealed class ScopeTests(PrivateRegistry shared) : PrivateRegistryTests(shared)
{
    [Theory]
    [InlineData("*", "harbour-tug")]
    [InlineData("*", "harbour-*")]
    [InlineData("main", "*")]
    public async Task Who_administers_a_part_makes_no_tokens(string index, string project)
    {
        var token = await Client.CreateTokenAsync(Cancellation, index, project, "admin");

        using var create = await Client.PostJsonAsync("/api/tokens", new { name = "more", scopes = new[] { new { actions = new[] { "admin" } } } }, token, Cancellation);
        using var list = await SendAsync(HttpMethod.Get, "/api/tokens", token);
        using var revoke = await SendAsync(HttpMethod.Delete, $"/api/tokens/{Client.AdministratorToken.Split('_')[1]}", token);

        Assert.All([create, list, revoke], response => Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode));
    }

    [Theory]
    [InlineData("main", "harbour-tug")]
    [InlineData("*", "harbour-*")]
    public async Task Who_administers_some_projects_defines_no_index(string index, string project)
    {
        var token = await Client.CreateTokenAsync(Cancellation, index, project, "admin");

        using var response = await SendAsync(HttpMethod.Put, "/api/indexes/main", token, JsonContent.Create(new { kind = "hosted", sources = new[] { "pypi" } }));

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
    }

    [Fact]
    public async Task Who_reads_some_projects_does_not_see_the_names_of_all()
    {
        var token = await Client.CreateTokenAsync(Cancellation, "main", "harbour-tug", "read");

        using var response = await SendAsync(HttpMethod.Get, "/main/simple/", token);

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
    }

    [Fact]
    public async Task Who_reads_one_project_reads_its_page_and_files_and_no_other()
    {
        var own = new WheelBuilder(Project, "1.0").Build();
        var other = new WheelBuilder($"{Project}-secret", "1.0").Build();
        await Client.UploadAsync(own, Cancellation);
        await Client.UploadAsync(other, Cancellation);
        var token = await Client.CreateTokenAsync(Cancellation, "main", Project.ToUpperInvariant(), "read");
        var ownFile = (await Client.GetListingAsync(Project, own.Filename, Cancellation)).Path;
        var otherFile = (await Client.GetListingAsync(other.Project, other.Filename, Cancellation)).Path;

        foreach (var path in new[] { $"/main/simple/{Project}/", $"/main/pypi/{Project}/json", ownFile, ownFile + ".metadata" })
        {
            using var response = await SendAsync(HttpMethod.Get, path, token);
            Assert.True(response.StatusCode == HttpStatusCode.OK, $"{path}: {response.StatusCode}");
        }
        foreach (var path in new[] { $"/main/simple/{other.Project}/", $"/main/pypi/{other.Project}/json", otherFile, otherFile + ".metadata" })
        {
            using var response = await SendAsync(HttpMethod.Get, path, token);
            Assert.True(response.StatusCode == HttpStatusCode.Forbidden, $"{path}: {response.StatusCode}");
        }
    }

    [Theory]
    [InlineData("harbour-*", "harbour-tug", true)]
    [InlineData("harbour-*", "harbour.tug", true)]
    [InlineData("Harbour_*", "harbour-tug", true)]
    [InlineData("harbour-*", "harbourmaster", false)]
    [InlineData("harbour-*", "harbour", false)]
    [InlineData("harbour*", "harbourmaster", true)]
    [InlineData("harbour", "harbour-tug", false)]
    public async Task A_pattern_covers_the_names_that_begin_with_it(string pattern, string project, bool isCovered)
    {
        var token = await Client.CreateTokenAsync(Cancellation, "main", pattern, "read");

        using var response = await SendAsync(HttpMethod.Get, $"/main/simple/{project}/", token);

        Assert.Equal(isCovered, response.StatusCode != HttpStatusCode.Forbidden);
    }

    [Theory]
    [InlineData("read")]
    [InlineData("upload")]
    public async Task Yanking_and_deleting_take_the_right_to_manage(string action)
    {
        var wheel = new WheelBuilder(Project, "1.0").Build();
        await Client.UploadAsync(wheel, Cancellation);
        var token = await Client.CreateTokenAsync(Cancellation, "main", Project, action);
        var manager = await Client.CreateTokenAsync(Cancellation, "main", Project, "manage");
        var release = $"/api/indexes/main/projects/{Project}/releases/1.0";

        foreach (var (method, path) in new[] { (HttpMethod.Post, release + "/yank"), (HttpMethod.Delete, release), (HttpMethod.Delete, $"/api/indexes/main/files/{wheel.Filename}") })
        {
            using var refused = await SendAsync(method, path, token);
            using var unknown = await SendAsync(method, path, null);
            Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
            Assert.Equal(HttpStatusCode.Unauthorized, unknown.StatusCode);
        }
        using var yanked = await SendAsync(HttpMethod.Post, release + "/yank", manager);
        Assert.Equal(HttpStatusCode.OK, yanked.StatusCode);
    }

    [Fact]
    public async Task The_list_of_indexes_holds_those_that_one_may_read()
    {
        await Client.CreateHostedAsync("harbour", [], Cancellation);
        var token = await Client.CreateTokenAsync(Cancellation, "harbour", "harbour-*", "read");

        using var response = await SendAsync(HttpMethod.Get, "/api/indexes", token);
        using var unknown = await SendAsync(HttpMethod.Get, "/api/indexes", null);
        var list = await response.Content.ReadFromJsonAsync<JsonElement>(Cancellation);

        Assert.Equal("harbour", Assert.Single(list.EnumerateArray()).GetProperty("name").GetString());
        Assert.Equal(HttpStatusCode.Unauthorized, unknown.StatusCode);
    }

    [Theory]
    [InlineData("""{"name":"x","scopes":[{"actions":[99]}]}""")]
    [InlineData("""{"name":"x","scopes":[null]}""")]
    [InlineData("""{"name":"x","scopes":[{"project":"harbour-","actions":["read"]}]}""")]
    [InlineData("""{"name":"x","scopes":[{"project":"*tug","actions":["read"]}]}""")]
    [InlineData("""{"name":"x","scopes":[{"index":"Main Index","actions":["read"]}]}""")]
    [InlineData("{\"name\":\"a\\u0000b\",\"scopes\":[{\"actions\":[\"read\"]}]}")]
    public async Task A_token_that_could_mean_nothing_is_not_made(string body)
    {
        using var response = await SendAsync(HttpMethod.Post, "/api/tokens", Client.AdministratorToken, new StringContent(body, null, "application/json"));

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    [Theory]
    [InlineData("""{"kind":"hosted","sources":[null]}""")]
    [InlineData("""{"kind":"hosted","sources":["nowhere"]}""")]
    [InlineData("""{"kind":"group"}""")]
    [InlineData("""{"kind":"mirror"}""")]
    [InlineData("""{"kind":"mirror","upstream_url":"https://user:secret@localhost/simple/"}""")]
    [InlineData("""{"kind":"mirror","upstream_url":"file:///etc/passwd"}""")]
    [InlineData("""{"kind":"mirror","upstream_url":"https://localhost/simple/","trust_anchors":"not a certificate"}""")]
    public async Task An_index_that_makes_no_sense_is_not_defined(string body)
    {
        using var response = await SendAsync(HttpMethod.Put, "/api/indexes/senseless", Client.AdministratorToken, new StringContent(body, null, "application/json"));
        using var reserved = await SendAsync(HttpMethod.Put, "/api/indexes/packages", Client.AdministratorToken, JsonContent.Create(new { kind = "hosted" }));

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, reserved.StatusCode);
    }
}

using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Anchorage.Testing;

namespace Anchorage.Server.Tests.Tokens;

/// <summary>API tokens: made, limited, listed without their secret, revoked; and how clients present them.</summary>
public sealed class TokenTests : IAsyncLifetime
{
    private readonly ManualTimeProvider clock = new();
    private RegistryHost? registry;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private RegistryClient Client => registry!.Client;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        registry = await RegistryHost.StartAsync(Cancellation, settings => settings.WithoutAnonymousReading().WithClock(clock));
        await Client.CreateHostedAsync("main", [], Cancellation);
        await Client.UploadAsync(new WheelBuilder("harbour-demo", "1.0").Build(), Cancellation);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => registry?.DisposeAsync() ?? ValueTask.CompletedTask;

    [Fact]
    public async Task Without_credentials_the_answer_is_401_and_asks_for_them()
    {
        using var page = await Client.GetAsync("/main/simple/harbour-demo/", Cancellation);
        using var file = await Client.GetAsync((await Client.GetListingAsync("harbour-demo", "harbour_demo-1.0-py2.py3-none-any.whl", Cancellation)).Path, Cancellation);
        using var unknown = await Client.GetAsync("/main/simple/no-such-project/", Cancellation);

        foreach (var response in new[] { page, file, unknown })
        {
            Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
            Assert.Equal("Basic", Assert.Single(response.Headers.WwwAuthenticate).Scheme);
        }
    }

    [Theory]
    [InlineData("Basic", "__token__:{0}")]
    [InlineData("Basic", "anything:{0}")]
    [InlineData("Basic", "{0}:")]
    [InlineData("Bearer", "{0}")]
    public async Task A_token_is_taken_as_clients_present_it(string scheme, string form)
    {
        var token = await Client.CreateTokenAsync(Cancellation, "main", "*", "read");
        var text = form.Replace("{0}", token, StringComparison.Ordinal);

        using var response = await GetAsync(scheme == "Basic" ? RegistryClient.Basic(text[..text.IndexOf(':', StringComparison.Ordinal)], text[(text.IndexOf(':', StringComparison.Ordinal) + 1)..]) : new(scheme, text));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task An_administrator_of_some_projects_cannot_make_a_token_for_all()
    {
        var limited = await Client.CreateTokenAsync(Cancellation, "*", "team-a-*", "admin");
        using var request = RegistryClient.Request(HttpMethod.Post, "/api/tokens", limited, content: JsonContent.Create(new
        {
            name = "wider",
            scopes = new[] { new { index = "*", project = "*", actions = new[] { "admin" } } },
        }));

        using var response = await Client.SendAsync(request, Cancellation);

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
    }

    [Fact]
    public async Task An_administrator_of_one_index_cannot_read_another_by_making_it_a_source()
    {
        await Client.CreateHostedAsync("second", [], Cancellation);
        await Client.CreateHostedAsync("third", ["main"], Cancellation);
        var limited = await Client.CreateTokenAsync(Cancellation, "second", "*", "admin");
        var ofThird = await Client.CreateTokenAsync(Cancellation, "third", "*", "admin");

        using var adding = await SaveAsync("second", limited);
        using var keeping = await SaveAsync("third", ofThird);
        using var page = await Client.GetAsync("/second/simple/harbour-demo/", Cancellation, limited);

        Assert.Equal(HttpStatusCode.Forbidden, adding.StatusCode);
        Assert.Equal(HttpStatusCode.OK, keeping.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, page.StatusCode);

        async Task<HttpResponseMessage> SaveAsync(string index, string token)
        {
            using var request = RegistryClient.Request(
                HttpMethod.Put, $"/api/indexes/{index}", token, content: JsonContent.Create(new { kind = "hosted", sources = new[] { "main" } }));
            return await Client.SendAsync(request, Cancellation);
        }
    }

    [Theory]
    [InlineData("wrong")]
    [InlineData("anc_0000000000000000_00000000000000000000000000000000_00000000")]
    [InlineData("")]
    public async Task A_wrong_token_is_401(string token)
    {
        using var response = await GetAsync(RegistryClient.Basic("__token__", token));

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    [Theory]
    [InlineData("Basic !!!")]
    [InlineData("Basic")]
    [InlineData("Negotiate abc")]
    [InlineData("nonsense")]
    public async Task Malformed_credentials_are_401_and_no_fault(string header)
    {
        using var request = RegistryClient.Request(HttpMethod.Get, "/main/simple/harbour-demo/");
        request.Headers.TryAddWithoutValidation("Authorization", header);

        using var response = await Client.SendAsync(request, Cancellation);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    [Fact]
    public async Task A_reading_token_does_not_upload()
    {
        var token = await Client.CreateTokenAsync(Cancellation, "main", "*", "read");

        using var response = await Client.TryUploadAsAsync(token, UploadForm.For(new WheelBuilder("harbour-demo", "2.0").Build()), Cancellation);

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
    }

    [Fact]
    public async Task A_token_for_one_project_uploads_that_one_alone()
    {
        var token = await Client.CreateTokenAsync(Cancellation, "main", "harbour-demo", "upload");

        using var own = await Client.TryUploadAsAsync(token, UploadForm.For(new WheelBuilder("Harbour.Demo", "2.0").Build()), Cancellation);
        using var other = await Client.TryUploadAsAsync(token, UploadForm.For(new WheelBuilder("harbour-other", "1.0").Build()), Cancellation);
        using var administration = await Client.PostJsonAsync("/api/tokens", new { name = "x", scopes = new[] { new { actions = new[] { "admin" } } } }, token, Cancellation);

        Assert.Equal(HttpStatusCode.OK, own.StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, other.StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, administration.StatusCode);
    }

    [Fact]
    public async Task A_token_for_one_index_opens_no_other()
    {
        await Client.CreateHostedAsync("second", [], Cancellation);
        var token = await Client.CreateTokenAsync(Cancellation, "main", "*", "read", "upload");

        using var response = await Client.TryUploadAsAsync(token, UploadForm.For(new WheelBuilder("harbour-demo", "2.0").Build()), Cancellation, "second");

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
    }

    [Fact]
    public async Task A_revoked_token_ends_at_once()
    {
        using var created = await Client.PostJsonAsync(
            "/api/tokens", new { name = "short", scopes = new[] { new { index = "main", actions = new[] { "read" } } } }, Client.AdministratorToken, Cancellation);
        var answer = await created.Content.ReadFromJsonAsync<JsonElement>(Cancellation);
        var credentials = RegistryClient.Basic("__token__", answer.GetProperty("token").GetString()!);
        using var before = await GetAsync(credentials);

        using var request = RegistryClient.Request(HttpMethod.Delete, $"/api/tokens/{answer.GetProperty("id").GetString()}", Client.AdministratorToken);
        using var revoked = await Client.SendAsync(request, Cancellation);
        using var after = await GetAsync(credentials);

        Assert.Equal(HttpStatusCode.OK, before.StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, revoked.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, after.StatusCode);
    }

    [Fact]
    public async Task A_token_ends_when_it_expires()
    {
        using var created = await Client.PostJsonAsync(
            "/api/tokens", new { name = "short", expires_in_days = 2, scopes = new[] { new { index = "main", actions = new[] { "read" } } } }, Client.AdministratorToken, Cancellation);
        var credentials = RegistryClient.Basic("__token__", (await created.Content.ReadFromJsonAsync<JsonElement>(Cancellation)).GetProperty("token").GetString()!);
        clock.Advance(TimeSpan.FromDays(1));
        using var alive = await GetAsync(credentials);
        clock.Advance(TimeSpan.FromDays(2));
        using var expired = await GetAsync(credentials);

        Assert.Equal(HttpStatusCode.OK, alive.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, expired.StatusCode);
    }

    [Fact]
    public async Task The_list_of_tokens_shows_no_secret()
    {
        var token = await Client.CreateTokenAsync(Cancellation, "main", "*", "read");

        using var response = await Client.GetAsync("/api/tokens", Cancellation, Client.AdministratorToken);
        var list = await response.Content.ReadAsStringAsync(Cancellation);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Contains(token.Split('_')[1], list, StringComparison.Ordinal);
        Assert.DoesNotContain(token, list, StringComparison.Ordinal);
        Assert.DoesNotContain(token.Split('_')[2], list, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("{\"name\":\"x\",\"scopes\":[]}")]
    [InlineData("{\"name\":\"x\",\"scopes\":[{\"actions\":[\"fly\"]}]}")]
    [InlineData("{\"name\":\"x\",\"expires_in_days\":100000,\"scopes\":[{\"actions\":[\"read\"]}]}")]
    [InlineData("not json")]
    public async Task A_request_that_makes_no_sense_is_400(string body)
    {
        using var request = RegistryClient.Request(HttpMethod.Post, "/api/tokens", Client.AdministratorToken, content: new StringContent(body, null, "application/json"));

        using var response = await Client.SendAsync(request, Cancellation);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    private async Task<HttpResponseMessage> GetAsync(AuthenticationHeaderValue credentials)
    {
        using var request = RegistryClient.Request(HttpMethod.Get, "/main/simple/harbour-demo/");
        request.Headers.Authorization = credentials;
        return await Client.SendAsync(request, Cancellation);
    }
}

using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Anchorage.Testing;

namespace Anchorage.Server.Tests.Index;

/// <summary>The older JSON API that poetry, bandersnatch and dependabot read.</summary>
public sealed class LegacyJsonTests(SharedRegistry shared) : RegistryTests(shared)
{
    [Fact]
    public async Task A_project_tells_of_its_latest_release_and_of_all_releases()
    {
        var latest = new WheelBuilder(Project, "1.1").RequiringPython(">=3.6").WithMetadataLine("Summary: A harbour.").Requiring("tomli>=1").WithDescription("Long text.").Build();
        await Client.UploadAsync(new WheelBuilder(Project, "1.0").Build(), Cancellation);
        await Client.UploadAsync(latest, Cancellation);
        await Client.UploadAsync(new WheelBuilder(Project, "2.0rc1").Build(), Cancellation);

        using var response = await Client.GetAsync($"/main/pypi/{Project}/json", Cancellation);
        var document = await response.Content.ReadFromJsonAsync<JsonElement>(Cancellation);

        var info = document.GetProperty("info");
        Assert.Equal("1.1", info.GetProperty("version").GetString());
        Assert.Equal("A harbour.", info.GetProperty("summary").GetString());
        Assert.Equal(">=3.6", info.GetProperty("requires_python").GetString());
        Assert.Equal("tomli>=1", Assert.Single(info.GetProperty("requires_dist").EnumerateArray()).GetString());
        Assert.Contains("Long text.", info.GetProperty("description").GetString(), StringComparison.Ordinal);
        Assert.Equal(["1.0", "1.1", "2.0rc1"], document.GetProperty("releases").EnumerateObject().Select(release => release.Name).Order(StringComparer.Ordinal));
        var file = Assert.Single(document.GetProperty("urls").EnumerateArray());
        Assert.Equal(latest.Filename, file.GetProperty("filename").GetString());
        Assert.Equal(latest.Sha256, file.GetProperty("digests").GetProperty("sha256").GetString());
        Assert.Equal(latest.Content, await Client.DownloadAsync(new Uri(file.GetProperty("url").GetString()!), Cancellation));
        var serial = document.GetProperty("last_serial").GetInt64();
        Assert.Equal(serial, long.Parse(Assert.Single(response.Headers.GetValues("X-PyPI-Last-Serial")), System.Globalization.CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task One_release_is_found_by_any_spelling_of_its_version()
    {
        await Client.UploadAsync(new WheelBuilder(Project, "1.0").Build(), Cancellation);

        using var response = await Client.GetAsync($"/main/pypi/{Project}/1.0.0/json", Cancellation);
        var document = await response.Content.ReadFromJsonAsync<JsonElement>(Cancellation);

        Assert.Equal("1.0", document.GetProperty("info").GetProperty("version").GetString());
        Assert.False(document.TryGetProperty("releases", out _));
    }

    [Fact]
    public async Task What_is_not_there_is_404()
    {
        var index = $"alone-{Project[8..]}";
        await Client.CreateHostedAsync(index, [], Cancellation);
        await Client.UploadAsync(new WheelBuilder(Project, "1.0").Build(), Cancellation, index);

        using var project = await Client.GetAsync($"/{index}/pypi/no-such-thing/json", Cancellation);
        using var version = await Client.GetAsync($"/{index}/pypi/{Project}/9.9/json", Cancellation);

        Assert.Equal(HttpStatusCode.NotFound, project.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, version.StatusCode);
    }
}

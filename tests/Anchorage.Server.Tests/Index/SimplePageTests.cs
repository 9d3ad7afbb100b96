using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.RegularExpressions;
using Anchorage.Testing;

namespace Anchorage.Server.Tests.Index;

/// <summary>What a project page and the root page hold (Simple API 1.4).</summary>
public sealed class SimplePageTests(SharedRegistry shared) : RegistryTests(shared)
{
    [Fact]
    public async Task A_page_in_json_has_every_field_of_simple_api_1_4()
    {
        var wheel = new WheelBuilder(Project, "1.0").RequiringPython(">=3.6").Build();
        await Client.UploadAsync(wheel, Cancellation);

        var page = await Client.GetPageAsync(Project, Cancellation);

        Assert.Equal("1.4", page.GetProperty("meta").GetProperty("api-version").GetString());
        Assert.True(page.GetProperty("meta").GetProperty("_last-serial").GetInt64() > 0);
        Assert.Equal(Project, page.GetProperty("name").GetString());
        Assert.Equal("active", page.GetProperty("project-status").GetProperty("status").GetString());
        Assert.Equal("1.0", Assert.Single(page.GetProperty("versions").EnumerateArray()).GetString());
        var file = Assert.Single(page.GetProperty("files").EnumerateArray());
        Assert.Equal(wheel.Filename, file.GetProperty("filename").GetString());
        Assert.Equal(wheel.Sha256, file.GetProperty("hashes").GetProperty("sha256").GetString());
        Assert.Equal(wheel.Content.Length, file.GetProperty("size").GetInt64());
        Assert.Equal(">=3.6", file.GetProperty("requires-python").GetString());
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$", file.GetProperty("upload-time").GetString());
        Assert.False(file.GetProperty("yanked").GetBoolean());
        var metadata = Convert.ToHexStringLower(SHA256.HashData(wheel.Metadata));
        Assert.Equal(metadata, file.GetProperty("core-metadata").GetProperty("sha256").GetString());
        Assert.Equal(metadata, file.GetProperty("data-dist-info-metadata").GetProperty("sha256").GetString());
        // pip 22.3 to 23.1 misreads this one.
        Assert.False(file.TryGetProperty("dist-info-metadata", out _));
    }

    [Fact]
    public async Task A_page_in_html_has_the_shape_of_the_public_index()
    {
        var wheel = new WheelBuilder(Project, "1.0").RequiringPython(">=3.6,<4").Build();
        await Client.UploadAsync(wheel, Cancellation);

        using var response = await Client.GetAsync($"/main/simple/{Project}/", Cancellation, accept: "text/html");
        var page = await response.Content.ReadAsStringAsync(Cancellation);

        var metadata = Convert.ToHexStringLower(SHA256.HashData(wheel.Metadata));
        Assert.StartsWith("<!DOCTYPE html>", page, StringComparison.Ordinal);
        Assert.Contains("<meta name=\"pypi:repository-version\" content=\"1.4\">", page, StringComparison.Ordinal);
        Assert.Contains("<meta name=\"pypi:project-status\" content=\"active\">", page, StringComparison.Ordinal);
        Assert.Contains($"#sha256={wheel.Sha256}\"", page, StringComparison.Ordinal);
        Assert.Contains("data-requires-python=\"&gt;=3.6,&lt;4\"", page, StringComparison.Ordinal);
        Assert.Contains($"data-core-metadata=\"sha256={metadata}\"", page, StringComparison.Ordinal);
        Assert.Contains($">{wheel.Filename}</a>", page, StringComparison.Ordinal);
        Assert.Contains("<!--SERIAL ", page, StringComparison.Ordinal);
        Assert.DoesNotContain("data-yanked", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_serial_is_sent_as_a_header_too()
    {
        await Client.UploadAsync(new WheelBuilder(Project, "1.0").Build(), Cancellation);

        using var response = await Client.GetAsync($"/main/simple/{Project}/", Cancellation, accept: RegistryClient.SimpleJson);
        using var page = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Cancellation));

        var serial = page.RootElement.GetProperty("meta").GetProperty("_last-serial").GetInt64();
        Assert.Equal(serial.ToString(System.Globalization.CultureInfo.InvariantCulture), Assert.Single(response.Headers.GetValues("X-PyPI-Last-Serial")));
        Assert.Contains("X-PyPI-Last-Serial", string.Join(',', response.Headers.GetValues("Access-Control-Expose-Headers")), StringComparison.OrdinalIgnoreCase);
        Assert.Equal("*", Assert.Single(response.Headers.GetValues("Access-Control-Allow-Origin")));
    }

    [Fact]
    public async Task The_root_page_names_every_project_of_an_index_in_both_forms()
    {
        var name = $"Harbour.{Project[8..]}";
        await Client.UploadAsync(new WheelBuilder(name, "1.0").Build(), Cancellation);

        // An index of its own: main also lists its sources, and the upstream of the shared registry is dead.
        await Client.CreateHostedAsync($"only-{Project[8..]}", [], Cancellation);
        await Client.UploadAsync(new WheelBuilder(name, "1.0").Build(), Cancellation, $"only-{Project[8..]}");
        using var json = await Client.GetAsync($"/only-{Project[8..]}/simple/", Cancellation, accept: RegistryClient.SimpleJson);
        using var html = await Client.GetAsync($"/only-{Project[8..]}/simple/", Cancellation, accept: "text/html");

        using var list = JsonDocument.Parse(await json.Content.ReadAsStringAsync(Cancellation));
        var entry = Assert.Single(list.RootElement.GetProperty("projects").EnumerateArray());
        Assert.Equal(name, entry.GetProperty("name").GetString());
        Assert.True(entry.GetProperty("_last-serial").GetInt64() > 0);
        Assert.Contains($"{Project}/\">{name}</a>", await html.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Versions_come_in_their_order_and_files_with_them()
    {
        foreach (var version in new[] { "1.10", "1.9", "2.0rc1", "1.0.dev1" })
            await Client.UploadAsync(new WheelBuilder(Project, version).Build(), Cancellation);

        var page = await Client.GetPageAsync(Project, Cancellation);

        Assert.Equal(["1.0.dev1", "1.9", "1.10", "2.0rc1"], page.GetProperty("versions").EnumerateArray().Select(version => version.GetString()));
    }

    [Fact]
    public async Task The_core_metadata_beside_a_wheel_is_its_exact_bytes()
    {
        var wheel = new WheelBuilder(Project, "1.0").WithMetadataLine("Summary: Größe").WithDescription("A long\n\nstory.").Build();
        await Client.UploadAsync(wheel, Cancellation);

        var listing = await Client.GetListingAsync(Project, wheel.Filename, Cancellation);

        Assert.Equal(wheel.Metadata, await Client.DownloadAsync(new Uri(listing.Url + ".metadata"), Cancellation));
    }

    [Fact]
    public async Task A_yanked_release_says_why_and_stays_downloadable()
    {
        var wheel = new WheelBuilder(Project, "1.0").Build();
        await Client.UploadAsync(wheel, Cancellation);

        await Client.YankAsync(Project, "1.0", "eats \"quotes\" & <tags>", Cancellation);

        var listing = await Client.GetListingAsync(Project, wheel.Filename, Cancellation);
        using var html = await Client.GetAsync($"/main/simple/{Project}/", Cancellation, accept: "text/html");
        Assert.Equal("eats \"quotes\" & <tags>", listing.Entry.GetProperty("yanked").GetString());
        var attribute = Regex.Match(await html.Content.ReadAsStringAsync(Cancellation), "data-yanked=\"([^\"<>]*)\"").Groups[1].Value;
        Assert.Equal("eats \"quotes\" & <tags>", WebUtility.HtmlDecode(attribute));
        Assert.Equal(wheel.Content, await Client.DownloadAsync(listing.Url, Cancellation));

        await Client.UnyankAsync(Project, "1.0", Cancellation);
        Assert.Equal(JsonValueKind.False, (await Client.GetListingAsync(Project, wheel.Filename, Cancellation)).Entry.GetProperty("yanked").ValueKind);
    }

    [Fact]
    public async Task A_deleted_file_is_gone_and_its_name_never_names_other_bytes()
    {
        var wheel = new WheelBuilder(Project, "1.0").Build();
        var kept = new WheelBuilder(Project, "2.0").Build();
        await Client.UploadAsync(wheel, Cancellation);
        await Client.UploadAsync(kept, Cancellation);
        var listing = await Client.GetListingAsync(Project, wheel.Filename, Cancellation);

        await Client.DeleteFileAsync(wheel.Filename, Cancellation);

        var page = await Client.GetPageAsync(Project, Cancellation);
        using var file = await Client.GetAsync(listing.Path, Cancellation);
        using var other = await Client.TryUploadAsync(new WheelBuilder(Project, "1.0").WithMember("more.py", "").Build(), Cancellation);
        Assert.Equal(kept.Filename, Assert.Single(page.GetProperty("files").EnumerateArray()).GetProperty("filename").GetString());
        Assert.Equal("2.0", Assert.Single(page.GetProperty("versions").EnumerateArray()).GetString());
        Assert.Equal(HttpStatusCode.NotFound, file.StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, other.StatusCode);
        Assert.Contains("deleted", other.ReasonPhrase, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_deleted_release_takes_all_its_files_with_it()
    {
        await Client.UploadAsync(new WheelBuilder(Project, "1.0").Build(), Cancellation);
        await Client.UploadAsync(new SdistBuilder(Project, "1.0").Build(), Cancellation);
        await Client.UploadAsync(new WheelBuilder(Project, "2.0").Build(), Cancellation);

        await Client.DeleteReleaseAsync(Project, "1.0.0", Cancellation);

        var page = await Client.GetPageAsync(Project, Cancellation);
        Assert.Single(page.GetProperty("files").EnumerateArray());
    }

    [Fact]
    public async Task The_default_index_answers_without_its_name()
    {
        var wheel = new WheelBuilder(Project, "1.0").Build();
        await Client.UploadAsync(wheel, Cancellation);

        using var response = await Client.GetAsync($"/simple/{Project}/", Cancellation, accept: RegistryClient.SimpleJson);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Contains(wheel.Filename, await response.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }
}

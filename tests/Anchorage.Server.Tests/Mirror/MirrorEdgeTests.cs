using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Anchorage.Server.Audit;
using Anchorage.Testing;

namespace Anchorage.Server.Tests.Mirror;

/// <summary>Upstreams that are poor, odd or hostile, and what of them is kept and put on record.</summary>
public sealed class MirrorEdgeTests : MirrorTests
{
    private static readonly BuiltDistribution Small = new WheelBuilder("harbour-buoy", "1.0").Build();

    [Fact]
    public async Task A_small_file_with_wrong_bytes_is_refused_with_the_reason()
    {
        Upstream.Publish(Small).SendsWrongBytes();
        var listing = await Client.GetListingAsync("harbour-buoy", Small.Filename, Cancellation, "pypi");

        using var response = await Client.GetAsync(listing.Path, Cancellation);

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Contains("SHA-256", response.ReasonPhrase, StringComparison.Ordinal);
        Assert.Null(response.Headers.ETag);
    }

    [Theory]
    [InlineData("wrong bytes", "denied")]
    [InlineData("longer", "denied")]
    [InlineData("cut off", "failed")]
    public async Task What_was_wrong_with_a_file_is_on_record_and_nothing_of_it_is_kept(string fault, string outcome)
    {
        var file = Upstream.File(Wheel.Filename);
        _ = fault switch
        {
            "wrong bytes" => file.SendsWrongBytes(),
            "longer" => file.HasNoLength().SendsOtherLength(100),
            _ => file.IsCutOffAfter(150_000),
        };
        var listing = await Client.GetListingAsync("harbour-crane", Wheel.Filename, Cancellation, "pypi");

        await Assert.ThrowsAnyAsync<Exception>(() => Client.DownloadAsync(listing.Url, Cancellation));
        await Registry.StopAsync();

        var entry = Assert.Single(AuditReader.Read(Path.Combine(Registry.DataDirectory, "audit")), static record => record.Event.Action == "mirror.fetch").Event;
        Assert.Equal(outcome, entry.Outcome);
        Assert.Equal("pypi", entry.Index);
        Assert.Equal(Wheel.Filename, entry.File);
        if (fault == "wrong bytes")
            Assert.NotEqual(Wheel.Sha256, entry.Sha256!);
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(Registry.DataDirectory, "staging")));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(Registry.DataDirectory, "blobs"), "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Sixty_four_clients_cause_one_request_for_metadata()
    {
        var listing = await Client.GetListingAsync("harbour-crane", Wheel.Filename, Cancellation, "pypi");
        var gate = Upstream.File(Wheel.Filename + ".metadata").Hold();

        var clients = Enumerable.Range(0, 64).Select(_ => Client.DownloadAsync(new Uri(listing.Url + ".metadata"), Cancellation)).ToList();
        await gate.Reached.WaitAsync(Cancellation);
        gate.Open();

        Assert.All(await Task.WhenAll(clients), content => Assert.Equal(Wheel.Metadata, content));
        Assert.Equal(1, Upstream.File(Wheel.Filename + ".metadata").RequestCount);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Without_a_sidecar_the_metadata_comes_out_of_the_wheel(bool isListed)
    {
        Upstream.Publish(Small, listing =>
        {
            if (!isListed)
                listing.Remove("core-metadata");
        });
        Upstream.File(Small.Filename + ".metadata").AnswersWith(404);
        var listing = await Client.GetListingAsync("harbour-buoy", Small.Filename, Cancellation, "pypi");

        Assert.Equal(Small.Metadata, await Client.DownloadAsync(new Uri(listing.Url + ".metadata"), Cancellation));
    }

    [Fact]
    public async Task A_wheel_that_is_none_has_no_metadata_and_is_served_as_it_is()
    {
        var junk = new BuiltDistribution("harbour_junk-1.0-py3-none-any.whl", "this is no zip file"u8.ToArray());
        Upstream.Publish(junk);
        var listing = await Client.GetListingAsync("harbour-junk", junk.Filename, Cancellation, "pypi");

        using var metadata = await Client.GetAsync(listing.Path + ".metadata", Cancellation);

        Assert.Equal(HttpStatusCode.NotFound, metadata.StatusCode);
        Assert.Equal(junk.Content, await Client.DownloadAsync(listing.Url, Cancellation));
    }

    [Fact]
    public async Task The_sidecar_of_a_signed_address_lies_beside_its_path()
    {
        Upstream.Publish(Small, listing => listing["url"] = $"../../files/{Small.Filename}?signature=abc#sha256={Small.Sha256}");
        var listing = await Client.GetListingAsync("harbour-buoy", Small.Filename, Cancellation, "pypi");

        Assert.Equal(Small.Metadata, await Client.DownloadAsync(new Uri(listing.Url + ".metadata"), Cancellation));
        Assert.Equal(0, Upstream.File(Small.Filename).RequestCount);
    }

    [Fact]
    public async Task A_file_with_md5_alone_is_kept_under_its_own_sha256()
    {
#pragma warning disable CA5351 // What old upstreams name; nothing trusts it.
        var md5 = Convert.ToHexStringLower(MD5.HashData(Small.Content));
#pragma warning restore CA5351
        Upstream.Publish(Small, listing => listing["hashes"] = new JsonObject { ["md5"] = md5 });
        var listing = await Client.GetListingAsync("harbour-buoy", Small.Filename, Cancellation, "pypi");

        Assert.Equal(Small.Content, await Client.DownloadAsync(listing.Url, Cancellation));
        using var again = await Client.GetAsync(listing.Path, Cancellation);

        Assert.Equal(md5, listing.Entry.GetProperty("hashes").GetProperty("md5").GetString());
        Assert.Equal($"\"{Small.Sha256}\"", again.Headers.ETag!.Tag);
        Assert.Equal(1, Upstream.File(Small.Filename).RequestCount);
    }

    [Fact]
    public async Task Fields_that_nobody_knows_yet_survive_on_every_level()
    {
        var page = new JsonObject
        {
            ["meta"] = new JsonObject { ["api-version"] = "1.9", ["x-meta"] = 1 },
            ["name"] = "harbour-buoy",
            ["x-page"] = new JsonArray(1, "two", null),
            ["files"] = new JsonArray(new JsonObject
            {
                ["filename"] = Small.Filename,
                ["url"] = $"/files/{Small.Filename}",
                ["hashes"] = new JsonObject { ["sha256"] = Small.Sha256, ["blake9"] = "ab" },
                ["x-file"] = new JsonObject { ["deep"] = 1.50 },
            }),
        };
        Upstream.Page("harbour-buoy").Serves(Encoding.UTF8.GetBytes(page.ToJsonString()), RegistryClient.SimpleJson);

        var mirrored = await Client.GetPageAsync("harbour-buoy", Cancellation, "main");

        Assert.Equal(1, mirrored.GetProperty("meta").GetProperty("x-meta").GetInt32());
        Assert.Equal("[1,\"two\",null]", mirrored.GetProperty("x-page").GetRawText().Replace(" ", "", StringComparison.Ordinal));
        var file = mirrored.GetProperty("files")[0];
        Assert.Equal("ab", file.GetProperty("hashes").GetProperty("blake9").GetString());
        Assert.Equal(1.5, file.GetProperty("x-file").GetProperty("deep").GetDouble());
    }

    [Theory]
    [InlineData("javascript:alert(1)")]
    [InlineData("file:///etc/passwd")]
    [InlineData("ftp://localhost/x.whl")]
    public async Task A_file_whose_address_is_none_of_the_web_is_not_offered(string url)
    {
        Upstream.Publish(new WheelBuilder("harbour-buoy", "2.0").Build(), listing => listing["url"] = url);
        Upstream.Publish(Small);

        var page = await Client.GetPageAsync("harbour-buoy", Cancellation, "pypi");

        Assert.Equal(Small.Filename, Assert.Single(page.GetProperty("files").EnumerateArray()).GetProperty("filename").GetString());
    }

    [Theory]
    [InlineData("{\"meta\":{\"api-version\":\"2.0\"},\"name\":\"harbour-buoy\",\"files\":[]}")]
    [InlineData("{\"files\":")]
    [InlineData("[]")]
    [InlineData("")]
    public async Task A_page_that_cannot_be_read_is_an_upstream_failure(string content)
    {
        Upstream.Page("harbour-buoy").Serves(Encoding.UTF8.GetBytes(content), RegistryClient.SimpleJson);

        using var response = await GetPageAsync("harbour-buoy");

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
    }

    [Fact]
    public async Task Html_with_a_base_and_a_hash_in_the_fragment_is_mirrored()
    {
        Upstream.Publish(Small);
        Upstream.Page("harbour-buoy").Serves(
            Encoding.UTF8.GetBytes($"<!DOCTYPE html><html><head><base href=\"/files/\"></head><body><a href=\"{Small.Filename}#sha256={Small.Sha256}\">{Small.Filename}</a></body></html>"), "text/html");

        var listing = await Client.GetListingAsync("harbour-buoy", Small.Filename, Cancellation, "pypi");

        Assert.Equal(Small.Sha256, listing.Sha256);
        Assert.Equal(Small.Content, await Client.DownloadAsync(listing.Url, Cancellation));
    }

    [Fact]
    public async Task A_condition_on_a_file_that_is_not_here_is_answered_from_verified_bytes()
    {
        var listing = await Client.GetListingAsync("harbour-crane", Wheel.Filename, Cancellation, "pypi");
        using var request = RegistryClient.Request(HttpMethod.Get, listing.Path);
        request.Headers.IfNoneMatch.Add(new EntityTagHeaderValue($"\"{Wheel.Sha256}\""));

        using var response = await Client.SendAsync(request, Cancellation);

        Assert.Equal(HttpStatusCode.NotModified, response.StatusCode);
    }

    [Fact]
    public async Task A_file_that_the_upstream_lists_and_does_not_have_is_404()
    {
        Upstream.File(Wheel.Filename).AnswersWith(404);
        var listing = await Client.GetListingAsync("harbour-crane", Wheel.Filename, Cancellation, "pypi");

        using var response = await Client.GetAsync(listing.Path, Cancellation);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }
}

/// <summary>Which source of a group is asked, and which never.</summary>
public sealed class GroupTests : MirrorTests
{
    [Fact]
    public async Task A_project_hosted_here_never_reaches_the_upstream_whatever_is_asked_of_it()
    {
        var own = new WheelBuilder("harbour-crane", "0.1").Build();
        await Client.UploadAsync(own, Cancellation);
        var listing = await Client.GetListingAsync("harbour-crane", own.Filename, Cancellation);
        var foreign = $"/packages/main/{Wheel.Sha256[..2]}/{Wheel.Sha256[2..4]}/{Wheel.Sha256[4..]}/{Wheel.Filename}";

        await Client.DownloadAsync(listing.Url, Cancellation);
        await Client.DownloadAsync(new Uri(listing.Url + ".metadata"), Cancellation);
        using var json = await Client.GetAsync("/main/pypi/harbour-crane/json", Cancellation);
        using var file = await Client.GetAsync(foreign, Cancellation);
        using var metadata = await Client.GetAsync(foreign + ".metadata", Cancellation);
        await Client.YankAsync("harbour-crane", "0.1", "", Cancellation);
        await Client.DeleteReleaseAsync("harbour-crane", "0.1", Cancellation);
        var empty = await Client.GetPageAsync("harbour-crane", Cancellation);
        using var fileAfter = await Client.GetAsync(foreign, Cancellation);

        Assert.All([file, metadata, fileAfter], response => Assert.Equal(HttpStatusCode.NotFound, response.StatusCode));
        Assert.Empty(empty.GetProperty("files").EnumerateArray());
        Assert.Empty(Upstream.Requests);
    }

    [Fact]
    public async Task A_source_that_cannot_say_stops_the_search()
    {
        await using var second = await FakeUpstream.StartAsync(Cancellation);
        second.Publish(new WheelBuilder("harbour-crane", "66.0").Build());
        await Client.CreateMirrorAsync("second", second.SimpleUrl, second.RootPem, Cancellation);
        await Client.CreateHostedAsync("both", ["pypi", "second"], Cancellation);
        Upstream.Page("harbour-crane").AnswersWith(503);
        Upstream.Root.AnswersWith(503);

        using var page = await GetPageAsync(index: "both");
        using var json = await Client.GetAsync("/both/pypi/harbour-crane/json", Cancellation);
        using var list = await Client.GetAsync("/both/simple/", Cancellation);

        Assert.All([page, json, list], response => Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode));
        Assert.DoesNotContain(second.Requests, static request => request.Path.Contains("harbour-crane", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_source_that_has_it_not_lets_the_next_one_answer()
    {
        await using var second = await FakeUpstream.StartAsync(Cancellation);
        var wheel = new WheelBuilder("harbour-ferry", "1.0").Build();
        second.Publish(wheel);
        second.Publish(new WheelBuilder("harbour-crane", "66.0").Build());
        await Client.CreateMirrorAsync("second", second.SimpleUrl, second.RootPem, Cancellation);
        await Client.CreateHostedAsync("both", ["pypi", "second"], Cancellation);

        var ferry = await Client.GetListingAsync("harbour-ferry", wheel.Filename, Cancellation, "both");
        var crane = await Client.GetPageAsync("harbour-crane", Cancellation, "both");

        Assert.Equal(wheel.Content, await Client.DownloadAsync(ferry.Url, Cancellation));
        Assert.Equal(Wheel.Filename, Assert.Single(crane.GetProperty("files").EnumerateArray()).GetProperty("filename").GetString());
    }

    [Fact]
    public async Task Groups_that_name_each_other_end()
    {
        await Client.CreateHostedAsync("one", ["pypi"], Cancellation);
        await Client.CreateHostedAsync("two", ["one"], Cancellation);
        await Client.CreateHostedAsync("one", ["two", "pypi"], Cancellation);

        var page = await Client.GetPageAsync("harbour-crane", Cancellation, "one");

        Assert.Single(page.GetProperty("files").EnumerateArray());
    }

    [Fact]
    public async Task A_mirror_of_another_upstream_forgets_the_first_ones_pages()
    {
        await using var second = await FakeUpstream.StartAsync(Cancellation);
        second.Publish(new WheelBuilder("harbour-crane", "2.0").Build());
        (await GetPageAsync()).Dispose();
        Clock.Advance(TimeSpan.FromSeconds(1));

        await Client.CreateMirrorAsync("pypi", second.SimpleUrl, second.RootPem, Cancellation);
        var page = await Client.GetPageAsync("harbour-crane", Cancellation, "pypi");

        Assert.Equal("2.0", Assert.Single(page.GetProperty("versions").EnumerateArray()).GetString());
    }
}

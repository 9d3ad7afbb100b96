using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using Anchorage.Server.Audit;
using Anchorage.Testing;

namespace Anchorage.Server.Tests.Files;

/// <summary>Conditions and parts of files beyond the plain ones, core metadata, and what a download leaves on record.</summary>
public sealed class FileConditionTests(SharedRegistry shared) : RegistryTests(shared)
{
    private BuiltDistribution wheel = null!;
    private string path = "";

    [Theory]
    [InlineData("bytes=0-9,20-29")]
    [InlineData("lines=0-9")]
    [InlineData("bytes=9-0")]
    [InlineData("nonsense")]
    public async Task What_is_no_single_range_of_bytes_gets_the_whole_file(string range)
    {
        await PublishAsync();

        using var response = await AskAsync(("Range", range));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(wheel.Content, await response.Content.ReadAsByteArrayAsync(Cancellation));
    }

    [Theory]
    [InlineData("\"other\", {0}", HttpStatusCode.NotModified)]
    [InlineData("W/{0}", HttpStatusCode.NotModified)]
    [InlineData("*", HttpStatusCode.NotModified)]
    [InlineData("\"other\"", HttpStatusCode.OK)]
    public async Task If_none_match_is_read_as_http_says(string condition, HttpStatusCode expected)
    {
        await PublishAsync();

        using var response = await AskAsync(("If-None-Match", condition.Replace("{0}", $"\"{wheel.Sha256}\"", StringComparison.Ordinal)));

        Assert.Equal(expected, response.StatusCode);
    }

    [Fact]
    public async Task A_weak_etag_resumes_nothing()
    {
        await PublishAsync();

        using var response = await AskAsync(("Range", "bytes=10-"), ("If-Range", $"W/\"{wheel.Sha256}\""));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task Core_metadata_has_length_etag_and_ranges_too()
    {
        await PublishAsync();
        path += ".metadata";

        using var whole = await AskAsync();
        using var part = await AskAsync(("Range", "bytes=0-4"));
        using var head = await Client.HeadAsync(path, Cancellation);

        Assert.Equal(wheel.Metadata, await whole.Content.ReadAsByteArrayAsync(Cancellation));
        Assert.Equal($"\"{Convert.ToHexStringLower(SHA256.HashData(wheel.Metadata))}\"", whole.Headers.ETag!.Tag);
        Assert.Equal(wheel.Metadata[..5], await part.Content.ReadAsByteArrayAsync(Cancellation));
        Assert.Equal(wheel.Metadata.Length, head.Content.Headers.ContentLength);
    }

    [Fact]
    public async Task A_post_to_a_file_is_405_with_a_problem()
    {
        await PublishAsync();
        using var request = RegistryClient.Request(HttpMethod.Delete, path, Client.AdministratorToken);

        using var response = await Client.SendAsync(request, Cancellation);

        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.ToString());
    }

    [Fact]
    public async Task A_download_is_on_record_before_its_bytes_are_here()
    {
        await PublishAsync();

        using var response = await AskAsync(("User-Agent", "pip/26.0"));
        // The headers are here, and with them the first byte may be: the intent must be durable by now.
        var record = RecordOf("file.download").First(static entry => entry.Event.Outcome == "intent");

        Assert.Equal("anonymous", record.Event.Actor);
        Assert.Equal("pip/26.0", record.Event.UserAgent);
        Assert.Equal("main", record.Event.Index);
        Assert.Equal(Project, record.Event.Project);
        Assert.Equal(wheel.Sha256, record.Event.Sha256);
        Assert.NotNull(record.Event.ClientAddress);
    }

    [Fact]
    public async Task A_file_that_is_held_already_is_on_record_as_used_and_a_head_is_not()
    {
        await PublishAsync();
        using var head = await Client.HeadAsync(path, Cancellation);
        using var held = await AskAsync(("If-None-Match", $"\"{wheel.Sha256}\""));

        Assert.Equal(HttpStatusCode.NotModified, held.StatusCode);
        Assert.NotEmpty(RecordOf("file.revalidate"));
        Assert.Empty(RecordOf("file.download"));
    }

    private List<AuditRecord> RecordOf(string action) =>
        [.. AuditReader.Read(Path.Combine(Registry.DataDirectory, "audit")).Where(entry => entry.Event.Action == action && entry.Event.File == wheel.Filename)];

    private async Task<HttpResponseMessage> AskAsync(params (string Name, string Value)[] headers)
    {
        using var request = RegistryClient.Request(HttpMethod.Get, path);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return await Client.SendAsync(request, Cancellation);
    }

    private async Task PublishAsync()
    {
        wheel = new WheelBuilder(Project, "1.0").OfSize(10_000).Build();
        await Client.UploadAsync(wheel, Cancellation);
        path = (await Client.GetListingAsync(Project, wheel.Filename, Cancellation)).Path;
    }
}

using System.Net;
using Anchorage.Testing;

namespace Anchorage.Server.Tests.Upload;

/// <summary>What is published, and what happens to what was published before.</summary>
public sealed class PublishingTests(SharedRegistry shared) : RegistryTests(shared)
{
    [Fact]
    public async Task A_wheel_and_an_sdist_are_published()
    {
        var wheel = new WheelBuilder(Project, "1.0").Build();
        var sdist = new SdistBuilder(Project, "1.0").Build();

        await Client.UploadAsync(wheel, Cancellation);
        await Client.UploadAsync(sdist, Cancellation);

        foreach (var distribution in new[] { wheel, sdist })
        {
            var listing = await Client.GetListingAsync(Project, distribution.Filename, Cancellation);
            Assert.Equal(distribution.Content, await Client.DownloadAsync(listing.Url, Cancellation));
        }
    }

    [Theory]
    [InlineData("/main/")]
    [InlineData("/main/legacy/")]
    [InlineData("/")]
    [InlineData("/legacy/")]
    public async Task Every_address_that_clients_are_configured_with_takes_uploads(string path)
    {
        using var request = RegistryClient.Request(
            HttpMethod.Post, path, Client.AdministratorToken, content: UploadForm.For(new WheelBuilder(Project, "1.0").Build()).ToContent());

        using var response = await Client.SendAsync(request, Cancellation);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Single((await Client.GetPageAsync(Project, Cancellation)).GetProperty("files").EnumerateArray());
    }

    [Fact]
    public async Task A_missing_slash_is_no_obstacle_because_twine_follows_no_redirect()
    {
        using var request = RegistryClient.Request(
            HttpMethod.Post, "/main", Client.AdministratorToken, content: UploadForm.For(new WheelBuilder(Project, "1.0").Build()).ToContent());

        using var response = await Client.SendAsync(request, Cancellation);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task The_same_bytes_again_are_accepted_and_change_nothing()
    {
        var wheel = new WheelBuilder(Project, "1.0").Build();
        await Client.UploadAsync(wheel, Cancellation);
        var before = await Client.GetPageAsync(Project, Cancellation);

        await Client.UploadAsync(wheel, Cancellation);

        Assert.Equal(before.ToString(), (await Client.GetPageAsync(Project, Cancellation)).ToString());
    }

    [Fact]
    public async Task Other_bytes_under_a_published_name_are_refused()
    {
        var wheel = new WheelBuilder(Project, "1.0").Build();
        await Client.UploadAsync(wheel, Cancellation);

        using var response = await Client.TryUploadAsync(new WheelBuilder(Project, "1.0").WithMember("other.py", "").Build(), Cancellation);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.StartsWith($"File already exists ('{wheel.Filename}'", response.ReasonPhrase, StringComparison.Ordinal);
        Assert.Equal(wheel.Sha256, (await Client.GetListingAsync(Project, wheel.Filename, Cancellation)).Sha256);
    }

    [Fact]
    public async Task Of_many_who_publish_one_name_with_other_bytes_exactly_one_succeeds()
    {
        var wheels = Enumerable.Range(0, 12).Select(number => new WheelBuilder(Project, "1.0").WithMember("number.py", $"number = {number}\n").Build()).ToList();

        var answers = await Task.WhenAll(wheels.Select(wheel => Client.TryUploadAsync(wheel, Cancellation)));

        var winner = Assert.Single(answers.Index(), answer => answer.Item.StatusCode == HttpStatusCode.OK).Index;
        Assert.All(answers.Where((_, number) => number != winner), answer => Assert.StartsWith("File already exists", answer.ReasonPhrase, StringComparison.Ordinal));
        var listing = await Client.GetListingAsync(Project, wheels[winner].Filename, Cancellation);
        Assert.Equal(wheels[winner].Content, await Client.DownloadAsync(listing.Url, Cancellation));
    }

    [Fact]
    public async Task Many_who_publish_the_same_bytes_all_succeed()
    {
        var wheel = new WheelBuilder(Project, "1.0").Build();

        await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => Client.UploadAsync(wheel, Cancellation)));

        Assert.Single((await Client.GetPageAsync(Project, Cancellation)).GetProperty("files").EnumerateArray());
    }

    [Fact]
    public async Task A_mirror_takes_no_uploads_and_says_where_to_go()
    {
        using var response = await Client.TryUploadAsync(new WheelBuilder(Project, "1.0").Build(), Cancellation, "pypi");

        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
        Assert.Contains("/main/", response.ReasonPhrase, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_over_the_limit_is_refused_and_one_under_it_is_not()
    {
        await using var small = await RegistryHost.StartAsync(Cancellation, settings => settings.WithLargestFile(100_000));

        using var large = await small.Client.TryUploadAsync(new WheelBuilder(Project, "1.0").OfSize(150_000).Build(), Cancellation);
        using var fitting = await small.Client.TryUploadAsync(new WheelBuilder(Project, "1.1").OfSize(50_000).Build(), Cancellation);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, large.StatusCode);
        Assert.Contains("100000 bytes", large.ReasonPhrase, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, fitting.StatusCode);
    }
}

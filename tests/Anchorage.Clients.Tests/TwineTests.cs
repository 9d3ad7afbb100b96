using System.Text.RegularExpressions;

namespace Anchorage.Clients.Tests;

/// <summary>twine uploads, and shows the person in front of it why not.</summary>
public sealed class TwineTests : PublishingTests
{
    private static readonly BuiltDistribution wheel = new WheelBuilder("harbour-pilot", "1.0").WithDescription("A pilot.").Build();
    private static readonly BuiltDistribution sdist = new SdistBuilder("harbour-pilot", "1.0").Build();

    [Fact]
    public async Task Uploads_a_wheel_and_an_sdist()
    {
        var result = await UploadAsync(wheel, sdist);

        result.MustSucceed();
        await AssertPublishedAsync(wheel);
        await AssertPublishedAsync(sdist);
    }

    [Fact]
    public async Task Uploading_the_same_bytes_again_changes_nothing_and_succeeds()
    {
        (await UploadAsync(wheel)).MustSucceed();
        var serial = (await Registry.Client.GetPageAsync("harbour-pilot", Cancellation)).GetProperty("meta").GetProperty("_last-serial").GetInt64();

        (await UploadAsync(wheel)).MustSucceed();

        Assert.Equal([wheel.Filename], await FilesOfAsync("harbour-pilot"));
        Assert.Equal(serial, (await Registry.Client.GetPageAsync("harbour-pilot", Cancellation)).GetProperty("meta").GetProperty("_last-serial").GetInt64());
    }

    [Fact]
    public async Task Uploading_other_bytes_under_a_published_name_says_that_the_file_exists()
    {
        (await UploadAsync(wheel)).MustSucceed();
        var other = new WheelBuilder("harbour-pilot", "1.0").WithMember("harbour_pilot_other.py", "other = True\n").Build();

        var result = await UploadAsync(other);

        AssertShows("400 .*File already exists", result);
        await AssertPublishedAsync(wheel);
    }

    [Fact]
    public async Task A_refusal_is_shown_with_its_reason()
    {
        var result = await UploadAsync(new WheelBuilder("harbour-liar", "1.0").WithLyingRecord().Build());

        AssertShows("400 .*RECORD", result);
    }

    [Fact]
    public async Task A_wheel_of_another_project_inside_is_refused_with_its_reason()
    {
        // twine takes the form from the file name's METADATA: only the archive and the file name disagree.
        var result = await UploadAsync(new WheelBuilder("harbour-alias", "1.0").ClaimingNameInside("somebody-else").Build());

        AssertShows("400 .*(harbour[-_]alias|somebody-else)", result);
    }

    [Fact]
    public async Task A_wrong_token_is_refused_as_such()
    {
        Token = "anc_wrong";

        var result = await UploadAsync(wheel);

        AssertShows("401 .*token", result);
    }

    [Fact]
    public async Task A_token_that_may_only_read_is_refused_as_such()
    {
        Token = await Registry.Client.CreateTokenAsync(Cancellation, "main", "*", "read");

        var result = await UploadAsync(wheel);

        AssertShows("403 .*has no right to upload", result);
    }

    [Fact]
    public async Task Nothing_is_sent_to_a_registry_whose_certificate_is_not_trusted()
    {
        var path = Home.Write(wheel.Filename, wheel.Content);

        var result = await Commands.RunAsync(Find("twine"), [.. Arguments(), path], Home, Cancellation);

        AssertShows("CERTIFICATE_VERIFY_FAILED", result);
    }

    private new string Token
    {
        get => token ?? base.Token;
        set => token = value;
    }

    private string? token;

    private Task<CommandResult> UploadAsync(params BuiltDistribution[] distributions)
    {
        var paths = distributions.Select(distribution => Home.Write(distribution.Filename, distribution.Content)).ToList();
        return Commands.RunAsync(
            Find("twine"), [.. Arguments(), "--cert", Registry.RootFile, .. paths], Home, Cancellation,
            new Dictionary<string, string> { ["COLUMNS"] = "500" });
    }

    private string[] Arguments() =>
        ["upload", "--non-interactive", "--disable-progress-bar", "--repository-url", new Uri(Registry.Address, "/main/").AbsoluteUri, "-u", "__token__", "-p", Token];

    /// <summary>twine breaks lines at the width of a terminal it does not have.</summary>
    private static void AssertShows(string pattern, CommandResult result)
    {
        var flat = string.Join(' ', result.MustFail().AllText.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        Assert.True(Regex.IsMatch(flat, pattern), $"{pattern} is not in: {result}");
    }
}

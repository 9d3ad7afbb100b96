using Anchorage.Testing;

namespace Anchorage.Server.Tests.Application;

/// <summary>Settings that cannot be used are refused at the start, all of them in one go.</summary>
public sealed class SettingsTests
{
    [Fact]
    public async Task Everything_that_is_wrong_is_said_at_once()
    {
        using var data = new TestDirectory();
        data.Write("anchorage.json", """{ "Upload": { "MaxFileBites": 5 }, "Mirror": { "StaleFor": "soon" }, "Logging": { "LogLevel": { "Default": "Warning" } } }""");

        var error = await Assert.ThrowsAsync<ConfigurationException>(() => ServerApplication.CreateAsync(
            [
                "--data", data.Path, "--lisen", "x", "--listen", "http://localhost:8080", "--Upload:MaxFileBytes", "-1", "--Access:AnonymousReading", "maybe",
                "--Mirror:FreshFor", "600", "--Upstream:Url", "https://user:secret@localhost/simple/", "--Upstream:TrustAnchors", data.PathOf("nothing.pem"),
                "--Tls:Key", "key.pem", "--Index:PageCacheBytes",
            ],
            cancellationToken: TestContext.Current.CancellationToken));

        string[] expected =
        [
            "--lisen", "--Index:PageCacheBytes", "Upload:MaxFileBites", "--listen", "Upload:MaxFileBytes", "Access:AnonymousReading", "Mirror:FreshFor",
            "Mirror:StaleFor", "Upstream:Url", "Upstream:TrustAnchors", "Tls:Certificate",
        ];
        Assert.All(expected, setting => Assert.Contains(setting, error.Message, StringComparison.Ordinal));
        Assert.Equal(expected.Length, error.Errors.Count);
        Assert.DoesNotContain("Logging", error.Message, StringComparison.Ordinal);
        // Nothing was made: the operator corrects the line and starts again.
        Assert.Single(Directory.EnumerateFileSystemEntries(data.Path));
    }

    [Theory]
    [InlineData("{ \"Upload\": ")]
    [InlineData("[]")]
    public async Task A_settings_file_that_is_no_json_object_is_named(string content)
    {
        using var data = new TestDirectory();
        var file = data.Write("anchorage.json", content);

        var error = await Assert.ThrowsAsync<ConfigurationException>(
            () => ServerApplication.CreateAsync(["--data", data.Path], cancellationToken: TestContext.Current.CancellationToken));

        Assert.Contains(file, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_command_line_wins_over_the_file()
    {
        using var data = new TestDirectory();
        data.Write("anchorage.json", """{ "Upload": { "MaxFileBytes": 5, "MaxFormFields": 100 } }""");

        var options = ServerOptions.Read(ServerApplication.ReadConfiguration(["--data", data.Path, "--Upload:MaxFileBytes=6"]));

        Assert.Equal(6, options.MaxFileBytes);
        Assert.Equal(100, options.MaxFormFields);
    }

    [Theory]
    [InlineData("https://localhost:8443", true)]
    [InlineData("https://127.0.0.2:8443", true)]
    [InlineData("https://[::1]:8443", true)]
    [InlineData("https://0.0.0.0:8443", false)]
    [InlineData("https://pypi.corp.example:8443", false)]
    [InlineData("https://127.0.0.1.example:8443", false)]
    public void Reading_without_credentials_is_the_default_on_loopback_alone(string listen, bool isOpen)
    {
        var options = ServerOptions.Read(ServerApplication.ReadConfiguration(["--listen", listen]));

        Assert.Equal(isOpen, options.AnonymousReading);
    }
}

using System.Net;

namespace Anchorage.Clients.Tests;

/// <summary>The published binary as an operator meets it: what it prints, how it stops, what it keeps.</summary>
public sealed class PublishedRegistryTests : IDisposable
{
    private readonly TestDirectory home = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <inheritdoc/>
    public void Dispose() => home.Dispose();

    [Fact]
    public async Task The_printed_commands_upload_a_package_and_install_it()
    {
        if (Commands.FindOnPath("twine") is null)
            Repository.LeaveOut("twine is not installed (tests/services/packages.txt)");
        await using var registry = await RegistryProcess.StartAsync(Cancellation);
        var wheel = new WheelBuilder("harbour-demo", "1.0").Build();
        home.Write($"dist/{wheel.Filename}", wheel.Content);
        // `pip` of a user's shell; a pyenv shim would look for its Pythons in the test's empty home.
        home.WriteProgram("bin/pip", $"#!/bin/sh\nexec {PythonInstallations.Clients.Last(client => client.PipWheel is null).Python} -m pip \"$@\"\n");
        var environment = new Dictionary<string, string> { ["PATH"] = $"{home.PathOf("bin")}:/usr/local/bin:/usr/bin:/bin" };

        var install = (await registry.WaitForLineAsync("  pip install", Cancellation)).Replace("PACKAGE", "harbour-demo", StringComparison.Ordinal);
        var upload = await registry.WaitForLineAsync("  REQUESTS_CA_BUNDLE=", Cancellation) + "\n" + await registry.WaitForLineAsync("    twine upload", Cancellation);
        var uploaded = await Commands.RunAsync("/bin/sh", ["-c", upload], home, Cancellation, environment);
        var installed = await Commands.RunAsync("/bin/sh", ["-c", install + " --target packages"], home, Cancellation, environment);

        uploaded.MustSucceed();
        installed.MustSucceed();
        Assert.True(File.Exists(home.PathOf("packages", "harbour_demo.py")));
    }

    [Fact]
    public async Task A_download_that_is_under_way_is_finished_before_the_registry_stops()
    {
        await using var upstream = await FakeUpstream.StartAsync(Cancellation);
        var wheel = new WheelBuilder("harbour-crane", "1.0").OfSize(600_000).Build();
        var gate = upstream.Publish(wheel).HoldAfter(300_000);
        await using var registry = await RegistryProcess.StartAsync(Cancellation, settings => settings.WithAnonymousReading().WithUpstream(upstream));
        var listing = await registry.Client.GetListingAsync("harbour-crane", wheel.Filename, Cancellation, "pypi");

        var download = registry.Client.DownloadAsync(listing.Url, Cancellation);
        await gate.Reached.WaitAsync(Cancellation);
        registry.AskToStop();
        await WaitUntilNobodyIsLetInAsync(registry.Client);
        gate.Open();

        Assert.Equal(wheel.Content, await download);
        var end = await registry.WaitForEndAsync(Cancellation);
        Assert.True(end.ExitCode == 0, end.ToString());
    }

    [Fact]
    public async Task What_was_published_is_there_after_a_restart_under_the_same_root()
    {
        await using var registry = await RegistryProcess.StartAsync(Cancellation);
        var wheel = new WheelBuilder("harbour-demo", "1.0").Build();
        await registry.Client.UploadAsync(wheel, Cancellation);
        var root = await File.ReadAllTextAsync(registry.RootFile, Cancellation);
        (await registry.TerminateAsync(Cancellation)).MustSucceed();

        await registry.StartAgainAsync(Cancellation);

        var listing = await registry.Client.GetListingAsync("harbour-demo", wheel.Filename, Cancellation);
        Assert.Equal(wheel.Content, await registry.Client.DownloadAsync(listing.Url, Cancellation));
        Assert.Equal(root, await File.ReadAllTextAsync(registry.RootFile, Cancellation));
    }

    [Fact]
    public async Task A_second_registry_on_the_same_data_is_refused_and_the_first_goes_on()
    {
        await using var registry = await RegistryProcess.StartAsync(Cancellation);

        var second = await registry.RunVerbAsync("run", Cancellation, "--listen", "https://localhost:0");

        Assert.Contains(registry.DataDirectory, second.MustFail().Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", second.Errors, StringComparison.Ordinal);
        using var response = await registry.Client.GetAsync("/health/live", Cancellation);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    /// <summary>Stopping begins with closing the listener: a connection that is refused says that it has begun.</summary>
    private static async Task WaitUntilNobodyIsLetInAsync(RegistryClient client)
    {
        while (true)
        {
            Cancellation.ThrowIfCancellationRequested();
            try
            {
                using var connection = new System.Net.Sockets.TcpClient();
                await connection.ConnectAsync(IPAddress.Loopback, client.Address.Port, Cancellation);
            }
            catch (System.Net.Sockets.SocketException)
            {
                return;
            }
        }
    }
}

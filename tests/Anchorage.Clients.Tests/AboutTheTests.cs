using System.IO.Compression;

namespace Anchorage.Clients.Tests;

/// <summary>The tools of these tests are right, and the machine whose verdict counts has every client.</summary>
public sealed class AboutTheTests
{
    [Fact]
    public void The_machine_that_decides_has_every_python_and_every_newer_pip()
    {
        Assert.NotEmpty(PythonInstallations.Clients);
        // A developer's machine tests with the Pythons it has.
        if (!Repository.IsContinuousIntegration)
            return;
        var minors = PythonInstallations.Clients.Where(client => client.PipWheel is null).Select(client => client.PythonVersion.ToString(2)).ToList();
        foreach (var required in PythonInstallations.RequiredVersions)
            Assert.Contains(required, minors);
        Assert.Contains(PythonInstallations.Clients, client => client.Name.EndsWith("pip 26.1.2", StringComparison.Ordinal));
    }

    [Fact]
    public void A_built_wheel_is_the_same_bytes_every_time()
    {
        Assert.Equal(Build().Sha256, Build().Sha256);
        Assert.Equal("harbour_demo-1.0-py2.py3-none-any.whl", Build().Filename);

        static BuiltDistribution Build() => new WheelBuilder("harbour-demo", "1.0").RequiringPython(">=2.7").OfSize(1000).Build();
    }

    [Fact]
    public void A_built_sdist_has_one_top_folder()
    {
        var sdist = new SdistBuilder("harbour-demo", "1.0").Build();
        using var tar = new System.Formats.Tar.TarReader(new GZipStream(new MemoryStream(sdist.Content), CompressionMode.Decompress));
        while (tar.GetNextEntry() is { } entry)
            Assert.StartsWith("harbour_demo-1.0/", entry.Name, StringComparison.Ordinal);
        Assert.Equal(new SdistBuilder("harbour-demo", "1.0").Build().Sha256, sdist.Sha256);
    }

    [Fact]
    public async Task Pip_installs_a_built_wheel_from_the_fake_upstream_and_refuses_it_without_its_root()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var upstream = await FakeUpstream.StartAsync(cancellation);
        var wheel = new WheelBuilder("harbour-demo", "1.0").Build();
        upstream.Publish(wheel);
        using var home = new TestDirectory();
        var pip = PythonInstallations.Clients[^1];
        var root = home.Write("root.pem", upstream.RootPem);

        var trusted = await pip.RunAsync(
            ["install", "--cert", root, "--index-url", upstream.SimpleUrl.AbsoluteUri, "--target", home.PathOf("there"), "harbour-demo"], home, cancellation);
        var untrusted = await pip.RunAsync(
            ["install", "--retries", "0", "--index-url", upstream.SimpleUrl.AbsoluteUri, "--target", home.PathOf("not"), "harbour-demo"], home, cancellation);

        trusted.MustSucceed();
        Assert.True(File.Exists(home.PathOf("there", "harbour_demo.py")));
        untrusted.MustFail();
        Assert.Equal(1, upstream.File(wheel.Filename).RequestCount);
    }
}

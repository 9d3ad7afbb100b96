namespace Anchorage.Clients.Tests;

/// <summary>Each Python's own pip and each newer pip; the classes below run beside one another.</summary>
public abstract class PipTests(Registries registries) : IDisposable
{
    /// <summary>Every pip of this machine, by name.</summary>
    public static TheoryData<string> Pips => [.. PythonInstallations.Clients.Select(client => client.Name)];

    private protected Registries Registries { get; } = registries;

    private protected RegistryHost Registry => Registries.Registry;

    private protected TestDirectory Home { get; } = new();

    private protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>The newest pip of the shared data on the newest Python.</summary>
    private protected static PipClient NewestPip
    {
        get
        {
            TestVectors.PathOf("virtualenv-embed");
            return PythonInstallations.Clients[^1];
        }
    }

    private protected static bool SaysThatTheCertificateIsNotTrusted(CommandResult result) =>
        result.AllText.Contains("CERTIFICATE_VERIFY_FAILED", StringComparison.OrdinalIgnoreCase)
        || result.AllText.Contains("certificate verify failed", StringComparison.OrdinalIgnoreCase);

    /// <inheritdoc/>
    public void Dispose()
    {
        Home.Dispose();
        GC.SuppressFinalize(this);
    }
}

/// <summary>A private package, with the root given as <c>--cert</c>.</summary>
public sealed class PipInstallsPrivatePackages(Registries registries) : PipTests(registries)
{
    [Theory]
    [MemberData(nameof(Pips))]
    public async Task From_main(string client)
    {
        var pip = PythonInstallations.Get(client);

        var result = await pip.RunAsync(
            ["install", "--cert", Registry.RootFile, "--index-url", Registry.SimpleUrl("main"), "--no-compile", "--target", Home.PathOf("packages"), "Harbour.Demo"],
            Home, Cancellation);

        result.MustSucceed();
        var imported = await Commands.RunAsync(pip.Python, ["-c", "import harbour_demo; harbour_demo.main()"], Home, Cancellation, workingDirectory: Home.PathOf("packages"));
        Assert.Equal("harbour-demo 1.2", imported.MustSucceed().Output.Trim());
    }
}

/// <summary>A public project through the mirror, with the root given as <c>PIP_CERT</c>.</summary>
public sealed class PipInstallsPublicProjects(Registries registries) : PipTests(registries)
{
    [Theory]
    [MemberData(nameof(Pips))]
    public async Task Through_the_mirror_pypi(string client)
    {
        TestVectors.PathOf("ensurepip");
        var pip = PythonInstallations.Get(client);

        var result = await pip.RunAsync(
            ["install", "--index-url", Registry.SimpleUrl("pypi"), "--no-compile", "--target", Home.PathOf("packages"), "setuptools"],
            Home, Cancellation, new Dictionary<string, string> { ["PIP_CERT"] = Registry.RootFile });

        result.MustSucceed();
        var expected = Registries.SetuptoolsFor(pip.PythonVersion);
        Assert.True(Directory.Exists(Home.PathOf("packages", $"setuptools-{expected}.dist-info")), $"Expected setuptools {expected}.\n{result}");
    }

    [Theory]
    [MemberData(nameof(Pips))]
    public async Task Through_main_that_falls_back_to_the_mirror(string client)
    {
        TestVectors.PathOf("packse");
        var pip = PythonInstallations.Get(client);
        // The wheel of another Python is refused by this one's tags; what is downloaded need not fit to be downloaded.
        var result = await pip.RunAsync(
            ["download", "--no-deps", "--index-url", Registry.SimpleUrl("main"), "--dest", Home.PathOf("wheels"), "pip==18.1"],
            Home, Cancellation, new Dictionary<string, string> { ["PIP_CERT"] = Registry.RootFile });

        result.MustSucceed();
        Assert.Equal(TestVectors.Read("ensurepip", "pip-18.1-py2.py3-none-any.whl"), await File.ReadAllBytesAsync(Home.PathOf("wheels", "pip-18.1-py2.py3-none-any.whl"), Cancellation));
    }
}

/// <summary>Nothing is installed by a client that was not given the root.</summary>
public sealed class PipRefusesAnUntrustedRegistry(Registries registries) : PipTests(registries)
{
    [Theory]
    [MemberData(nameof(Pips))]
    public async Task With_a_certificate_error_without_the_root(string client)
    {
        var pip = PythonInstallations.Get(client);

        var result = await pip.RunAsync(
            ["install", "--retries", "0", "--index-url", Registry.SimpleUrl("main"), "--no-compile", "--target", Home.PathOf("packages"), "harbour-demo"],
            Home, Cancellation);

        result.MustFail();
        Assert.True(SaysThatTheCertificateIsNotTrusted(result), result.ToString());
        Assert.False(File.Exists(Home.PathOf("packages", "harbour_demo.py")));
    }

    [Theory]
    [MemberData(nameof(Pips))]
    public async Task With_a_certificate_error_with_the_root_of_another_installation(string client)
    {
        var pip = PythonInstallations.Get(client);

        var result = await pip.RunAsync(
            ["download", "--retries", "0", "--cert", Registries.Upstream.RootFile, "--index-url", Registry.SimpleUrl("main"), "--dest", Home.PathOf("wheels"), "harbour-demo"],
            Home, Cancellation);

        result.MustFail();
        Assert.True(SaysThatTheCertificateIsNotTrusted(result), result.ToString());
    }
}

/// <summary>Downloads that check hashes, with the root given as <c>REQUESTS_CA_BUNDLE</c>.</summary>
public sealed class PipChecksHashes(Registries registries) : PipTests(registries)
{
    [Theory]
    [MemberData(nameof(Pips))]
    public async Task Of_a_download_that_requires_them(string client)
    {
        var result = await DownloadAsync(client, Registries.Demo.Sha256);

        result.MustSucceed();
        Assert.Equal(Registries.Demo.Content, await File.ReadAllBytesAsync(Home.PathOf("wheels", Registries.Demo.Filename), Cancellation));
    }

    [Fact]
    public async Task And_refuses_another_one()
    {
        var result = await DownloadAsync(PythonInstallations.Clients[^1].Name, new string('0', 64));

        Assert.Contains("DO NOT MATCH", result.MustFail().AllText, StringComparison.Ordinal);
    }

    private Task<CommandResult> DownloadAsync(string client, string sha256)
    {
        var requirements = Home.Write("requirements.txt", $"harbour-demo==1.2 --hash=sha256:{sha256}\n");
        return PythonInstallations.Get(client).RunAsync(
            ["download", "--require-hashes", "--index-url", Registry.SimpleUrl("main"), "--dest", Home.PathOf("wheels"), "-r", requirements],
            Home, Cancellation, new Dictionary<string, string> { ["REQUESTS_CA_BUNDLE"] = Registry.RootFile });
    }
}

using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Anchorage.Clients.Tests;

/// <summary>nginx serves pages captured from real indexes; they come through a mirror whole, in both forms.</summary>
public sealed partial class CapturedPageTests(CapturedPageTests.Mirror mirror) : IClassFixture<CapturedPageTests.Mirror>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Folder, file, project.</summary>
    public static TheoryData<string, string, string> Pages => new()
    {
        { "micropip/pypi_response", "numpy_simple.json", "numpy" },
        { "micropip/pypi_response", "numpy_simple.html", "numpy" },
        { "micropip/pypi_response", "black_simple.json", "black" },
        { "micropip/pypi_response", "black_simple.html", "black" },
        { "micropip/pypi_response", "pytest_simple.json", "pytest" },
        { "micropip/pypi_response", "pytest_simple.html", "pytest" },
        { "micropip/pypi_response", "pytz_simple.json", "pytz" },
        { "micropip/pypi_response", "pytz_simple.html", "pytz" },
        { "dependabot-pypi", "pypi_simple_response.html", "luigi" },
        { "dependabot-pypi", "pypi_simple_response_attrs.html", "attrs" },
        { "dependabot-pypi", "pypi_simple_response_django.html", "django" },
        { "dependabot-pypi", "pypi_simple_response_multiline.html", "luigi" },
        { "dependabot-pypi", "pypi_simple_response_requests.html", "requests" },
        { "dependabot-pypi", "pypi_simple_response_space.html", "luigi" },
        { "dependabot-pypi", "pypi_simple_response_urllib3.html", "urllib3" },
        { "dependabot-pypi", "pypi_simple_response_yanked.html", "luigi" },
        { "pypi-simple", "argset.json", "argset" },
        { "pypi-simple", "argset-700.json", "argset" },
        { "pypi-simple", "argset-708.json", "argset" },
        { "pypi-simple", "argset-relative.json", "argset" },
        { "pypi-simple", "yanked.json", "yanked" },
        { "pypi-simple", "qypi.html", "qypi" },
        { "pypi-simple", "qypi_mixed.html", "qypi" },
        { "pypi-simple", "aws-adfs-ebsco.html", "aws-adfs-ebsco" },
    };

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task A_captured_page_lists_the_same_files_through_the_mirror(string folder, string file, string project)
    {
        var captured = TestVectors.Read([.. folder.Split('/'), file]);
        var index = "of-" + Path.GetFileNameWithoutExtension(file).Replace('_', '-').ToLowerInvariant() + Path.GetExtension(file).Replace('.', '-');
        mirror.Upstream.AddPage(project, Path.GetExtension(file), captured, index);
        await mirror.Registry.Client.CreateMirrorAsync(index, mirror.Upstream.SimpleUrlOf(index), mirror.Upstream.RootPem, Cancellation);

        var json = await mirror.Registry.Client.GetPageAsync(project, Cancellation, index);
        using var html = await mirror.Registry.Client.GetAsync($"/{index}/simple/{project}/", Cancellation, accept: "text/html");

        var expected = file.EndsWith(".json", StringComparison.Ordinal) ? NamesInJson(captured) : AddressesInHtml(Encoding.UTF8.GetString(captured));
        Assert.NotEmpty(expected);
        Assert.Equal(expected, json.GetProperty("files").EnumerateArray().Select(entry => entry.GetProperty("filename").GetString()!).Order(StringComparer.Ordinal));
        Assert.Equal(expected, NamesInHtml(await html.Content.ReadAsStringAsync(Cancellation)));
    }

    [Fact]
    public async Task Pip_lists_the_versions_of_a_captured_page()
    {
        mirror.Upstream.AddPage("numpy", ".json", TestVectors.Read("micropip", "pypi_response", "numpy_simple.json"));
        using var home = new TestDirectory();

        var result = await PythonInstallations.Clients[^1].RunAsync(
            ["index", "versions", "--cert", mirror.Registry.RootFile, "--index-url", mirror.Registry.SimpleUrl("pypi"), "numpy"], home, Cancellation);

        Assert.Contains("numpy (", result.MustSucceed().Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pip_installs_a_captured_project_from_nginx_through_the_mirror()
    {
        // The page as it was captured, but for the host: only this machine may be dialled.
        var page = Encoding.UTF8.GetString(TestVectors.Read("micropip", "pypi_response", "snowballstemmer_simple.json"))
            .Replace("https://files.pythonhosted.org/", mirror.Upstream.Address.AbsoluteUri, StringComparison.Ordinal);
        mirror.Upstream.AddPage("snowballstemmer", ".json", Encoding.UTF8.GetBytes(page));
        var wheel = TestVectors.Wheel("micropip", "wheel", "snowballstemmer-2.0.0-py2.py3-none-any.whl");
        mirror.Upstream.AddFile($"packages/7d/4b/cdf1113a0e88b641893b814e9c36f69a6fda28cd88b62c7f0d858cde3166/{wheel.Filename}", wheel.Content);
        using var home = new TestDirectory();

        var result = await PythonInstallations.Clients[0].RunAsync(
            ["install", "--cert", mirror.Registry.RootFile, "--index-url", mirror.Registry.SimpleUrl("main"), "--no-compile", "--target", home.PathOf("packages"), "snowballstemmer==2.0.0"],
            home, Cancellation);

        result.MustSucceed();
        Assert.True(File.Exists(home.PathOf("packages", "snowballstemmer", "__init__.py")));
    }

    private static IEnumerable<string> NamesInJson(byte[] page)
    {
        using var document = JsonDocument.Parse(page);
        return [.. document.RootElement.GetProperty("files").EnumerateArray().Select(entry => entry.GetProperty("filename").GetString()!).Order(StringComparer.Ordinal)];
    }

    private static IEnumerable<string> NamesInHtml(string page) =>
        [.. LinkText().Matches(page).Select(match => WebUtility.HtmlDecode(match.Groups[1].Value).Trim()).Order(StringComparer.Ordinal)];

    /// <summary>A file's name is the end of its address, whatever the link says: that is what pip goes by.</summary>
    private static IEnumerable<string> AddressesInHtml(string page) =>
        [.. LinkAddress().Matches(page)
            .Select(match => Uri.UnescapeDataString(WebUtility.HtmlDecode(match.Groups[1].Value).Split('#')[0].Split('/')[^1]))
            .Order(StringComparer.Ordinal)];

    [GeneratedRegex("""<a\s(?:[^>"]|"[^"]*")*?href="([^"]*)["]""", RegexOptions.IgnoreCase)]
    private static partial Regex LinkAddress();

    /// <summary>Quoted attribute values may hold a bare <c>&gt;</c>, as the old pages do.</summary>
    [GeneratedRegex("""<a\s(?:[^>"]|"[^"]*")*>([^<]*)</a>""", RegexOptions.IgnoreCase)]
    private static partial Regex LinkText();

    /// <summary>nginx, and a registry whose <c>pypi</c> mirrors it.</summary>
    public sealed class Mirror : IAsyncLifetime
    {
        private NginxUpstream? upstream;
        private RegistryHost? registry;

        /// <summary>The upstream.</summary>
        public NginxUpstream Upstream => upstream!;

        /// <summary>The registry.</summary>
        public RegistryHost Registry => registry!;

        /// <inheritdoc/>
        public async ValueTask InitializeAsync()
        {
            upstream = await NginxUpstream.StartAsync(TestContext.Current.CancellationToken);
            registry = await RegistryHost.StartAsync(TestContext.Current.CancellationToken, settings => settings.WithAnonymousReading().WithUpstream(upstream));
        }

        /// <inheritdoc/>
        public async ValueTask DisposeAsync()
        {
            if (registry is not null)
                await registry.DisposeAsync();
            if (upstream is not null)
                await upstream.DisposeAsync();
        }
    }
}

// Recorded layouts: small trees of files as they lie on real machines, looked at below a root.

using Anchorage.Testing;

namespace Anchorage.Trust.Tests.Gather;

public class GatheringTests
{
    private static readonly Uri index = new("https://packages.example.com/simple/");

    private static Task<MachineFacts> GatherAsync(TestDirectory root, Dictionary<string, string>? environment = null, Func<GatherRequest, GatherRequest>? change = null)
    {
        var request = new GatherRequest
        {
            Targets = [index],
            Environment = environment ?? new Dictionary<string, string> { ["PATH"] = "/usr/local/bin:/usr/bin" },
            WorkingDirectory = "/home/a/project",
            Home = "/home/a",
            Root = root.Path,
            Platform = MachinePlatform.Linux,
            Time = TimeProvider.System,
        };
        return MachineGathering.GatherAsync(change is null ? request : change(request), TestContext.Current.CancellationToken);
    }

    /// <summary>A pip below a folder of packages, with a bundle that RECORD knows.</summary>
    private static void WritePip(TestDirectory root, string packages, string version, string? certifi = null, string bundle = "bundle")
    {
        var content = bundle == "bundle" ? PublicRoots.Pem : bundle;
        root.Write($"{packages}/pip/__init__.py", $"__version__ = \"{version}\"\n");
        root.Write($"{packages}/pip/_vendor/__init__.py", "DEBUNDLED = False\n");
        root.Write($"{packages}/pip/_vendor/certifi/__init__.py", "__all__ = [\"where\"]\n__version__ = \"2023.05.07\"\n");
        root.Write($"{packages}/pip/_vendor/certifi/core.py", certifi ?? "def where():\n    return str(files('certifi') / 'cacert.pem')\n");
        root.Write($"{packages}/pip/_vendor/certifi/cacert.pem", content);
        var digest = System.Buffers.Text.Base64Url.EncodeToString(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(PublicRoots.Pem)));
        root.Write($"{packages}/pip-{version}.dist-info/RECORD", $"pip/__init__.py,sha256=x,1\npip/_vendor/certifi/cacert.pem,sha256={digest},1\n");
    }

    private static void WriteDebian(TestDirectory root)
    {
        root.Write("etc/os-release", "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nID=debian\n");
        root.Write("etc/ssl/certs/ca-certificates.crt", PublicRoots.Pem);
        root.Write("usr/bin/python3.11", "");
        Link(root, "usr/bin/python3", "python3.11");
        Link(root, "bin", "usr/bin");
        root.MakeDirectory("usr/lib/ssl");
        Link(root, "usr/lib/ssl/certs", "/etc/ssl/certs");
        Link(root, "usr/lib/ssl/cert.pem", "/etc/ssl/certs/ca-certificates.crt");
        WritePip(root, "usr/lib/python3/dist-packages", "23.0.1", "DEBIAN_CA_CERTS_PATH = '/etc/ssl/certs/ca-certificates.crt'\n");
        root.Write("var/lib/dpkg/status", "Package: git\nStatus: install ok installed\nVersion: 1:2.39.5-0+deb12u2\n\nPackage: nodejs\nVersion: 20.20.2-1nodesource1\n");
        root.Write("usr/bin/git", "");
        root.Write("usr/bin/node", "");
    }

    private static void Link(TestDirectory root, string path, string target)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(root.PathOf(path))!);
        File.CreateSymbolicLink(root.PathOf(path), target);
    }

    [Fact]
    public async Task Debians_pip_uses_the_systems_store_and_its_tools_are_known_with_their_versions()
    {
        using var root = new TestDirectory();
        WriteDebian(root);

        var facts = await GatherAsync(root);

        Assert.Equal(new SystemFacts(SystemFamily.Debian, "Debian GNU/Linux 12 (bookworm)"), facts.System);
        var pip = Assert.Single(facts.Clients, client => client.Kind == ClientKind.Pip);
        Assert.Equal(("23.0.1", true, new Version(3, 11)), (pip.Version, pip.IsDebianPatched, pip.Python!.Version));
        var source = Assert.Single(pip.Trust);
        Assert.Equal((TrustSourceKind.System, "/etc/ssl/certs/ca-certificates.crt"), (source.Kind, source.Path));
        Assert.Equal(PublicRoots.Current.Count, facts.Bundles[source.Path!].Certificates.Count);
        Assert.Equal("2.39.5", Assert.Single(facts.Clients, client => client.Kind == ClientKind.Git).Version);
        var node = Assert.Single(facts.Clients, client => client.Kind == ClientKind.Node);
        Assert.Equal(("20.20.2", TrustSourceKind.Certifi, PublicRoots.CompiledIn), (node.Version, node.Trust[0].Kind, node.Trust[0].Path));
        var store = Assert.Single(facts.Stores);
        Assert.Equal((PublicRoots.Current.Count, 0, 0), (store.Anchors, store.MissingRoots.Count, store.LocalAdditions.Count));
    }

    [Fact]
    public async Task A_virtual_environment_beside_the_work_is_found_with_its_own_pip_and_configuration()
    {
        using var root = new TestDirectory();
        WriteDebian(root);
        root.Write("home/a/project/.venv/pyvenv.cfg", "home = /usr/bin\ninclude-system-site-packages = false\nversion = 3.11.2\n");
        Link(root, "home/a/project/.venv/bin/python", "/usr/bin/python3.11");
        WritePip(root, "home/a/project/.venv/lib/python3.11/site-packages", "24.0");
        root.Write("home/a/project/.venv/pip.conf", "[global]\ncert = ~/ca/corp.pem\n");
        root.Write("home/a/ca/corp.pem", PublicRoots.Pem[..PublicRoots.Pem.IndexOf("-----END", StringComparison.Ordinal)] + "-----END CERTIFICATE-----\n");

        var facts = await GatherAsync(root);

        var pip = Assert.Single(facts.Clients, client => client.Kind == ClientKind.Pip && !client.IsDebianPatched);
        Assert.Equal(("24.0", new Version(3, 11, 2), "/home/a/project/.venv", "/usr"), (pip.Version, pip.Python!.Version, pip.Python.Prefix, pip.Python.BasePrefix));
        var source = Assert.Single(pip.Trust);
        Assert.Equal(("/home/a/ca/corp.pem", true, "global.cert", 2), (source.Path, source.MustLoad, source.Because!.Name, source.Because.Line));
        Assert.Equal((BundleState.Good, 1), (facts.Bundles[source.Path!].State, facts.Bundles[source.Path!].Certificates.Count));
        // Debian's pip has another prefix: the file of the environment is not its.
        Assert.Equal(TrustSourceKind.System, Assert.Single(facts.Clients, client => client.IsDebianPatched).Trust[0].Kind);
    }

    [Fact]
    public async Task Interpreters_of_version_managers_are_found_and_their_shims_left_out()
    {
        using var root = new TestDirectory();
        WriteDebian(root);
        foreach (var version in (string[])["3.9.18", "3.13.0"])
        {
            var minor = version[..version.LastIndexOf('.')];
            root.Write($"home/a/.pyenv/versions/{version}/bin/python{minor}", "");
            Link(root, $"home/a/.pyenv/versions/{version}/bin/python", $"python{minor}");
            root.Write($"home/a/.pyenv/versions/{version}/include/python{minor}/patchlevel.h", $"#define PY_VERSION             \"{version}\"\n");
            WritePip(root, $"home/a/.pyenv/versions/{version}/lib/python{minor}/site-packages", "24.2");
        }
        root.Write("home/a/.pyenv/shims/python3", "#!/bin/sh\n");
        root.Write("opt/conda/bin/python3.12", "");
        Link(root, "opt/conda/bin/python", "python3.12");
        root.Write("opt/conda/conda-meta/python-3.12.4-h1.json", "{}");
        root.Write("opt/conda/conda-meta/conda-24.5.0-py312_0.json", "{}");
        WritePip(root, "opt/conda/lib/python3.12/site-packages", "24.0");

        var facts = await GatherAsync(root, new Dictionary<string, string> { ["PATH"] = "/home/a/.pyenv/shims:/usr/bin:/bin" });

        Assert.Equal(
            ["/home/a/.pyenv/versions/3.13.0/bin/python 3.13.0 24.2", "/home/a/.pyenv/versions/3.9.18/bin/python 3.9.18 24.2", "/opt/conda/bin/python 3.12.4 24.0", "/usr/bin/python3 3.11 23.0.1"],
            facts.Clients.Where(client => client.Kind == ClientKind.Pip).Select(client => $"{client.Python!.Path} {client.Python.Version} {client.Version}").Order(StringComparer.Ordinal));
        Assert.Equal("24.5.0", Assert.Single(facts.Clients, client => client.Kind == ClientKind.Conda).Version);
        var conda = facts.Clients.Single(client => client.Kind == ClientKind.Urllib && client.Python!.Version.Minor == 12);
        Assert.Equal("/opt/conda/ssl/cert.pem", conda.Python!.OpenSslFile);
        var old = facts.Clients.Single(client => client.Kind == ClientKind.Pip && client.Python!.Version.Minor == 9);
        Assert.Equal([TrustSourceKind.Certifi], old.Trust.Select(source => source.Kind));
        Assert.Equal(new DateTimeOffset(2023, 5, 7, 0, 0, 0, TimeSpan.Zero), facts.Bundles[old.Trust[0].Path!].Dated);
        var modern = facts.Clients.Single(client => client.Kind == ClientKind.Pip && client.Python!.Version.Minor == 13);
        Assert.Equal([TrustSourceKind.System, TrustSourceKind.System, TrustSourceKind.Certifi], modern.Trust.Select(source => source.Kind));
    }

    [Fact]
    public async Task An_edited_bundle_is_told_by_its_packages_record()
    {
        using var root = new TestDirectory();
        WriteDebian(root);
        root.Write("opt/miniconda3/bin/python3.12", "");
        Link(root, "opt/miniconda3/bin/python", "python3.12");
        WritePip(root, "opt/miniconda3/lib/python3.12/site-packages", "24.0", bundle: PublicRoots.Pem + "\n# corporate\n");

        var facts = await GatherAsync(root);

        var edited = Assert.Single(facts.UnsafeSettings, setting => setting.Effect == UnsafeEffect.EditedBundle);
        Assert.EndsWith("/pip/_vendor/certifi/cacert.pem", edited.Setting.Place, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Windows_installations_and_settings_are_found_in_a_recorded_layout()
    {
        using var root = new TestDirectory();
        var python = "C/Users/a/AppData/Local/Programs/Python/Python312";
        root.Write($"{python}/python.exe", "");
        root.Write($"{python}/python312.dll", "");
        root.Write($"{python}/include/patchlevel.h", "#define PY_VERSION \"3.12.1\"\n");
        WritePip(root, $"{python}/Lib/site-packages", "24.2");
        root.Write("C/Users/a/AppData/Roaming/pip/pip.ini", "[global]\ntrusted-host = packages.example.com\n");
        root.Write("C/Users/a/work/.venv/pyvenv.cfg", "home = C:\\Users\\a\\AppData\\Local\\Programs\\Python\\Python312\nversion = 3.12.1\n");
        root.Write("C/Users/a/work/.venv/Scripts/python.exe", "");
        WritePip(root, "C/Users/a/work/.venv/Lib/site-packages", "23.2.1");

        var facts = await GatherAsync(
            root,
            new Dictionary<string, string> { ["PATH"] = @"C:\Windows;C:\Users\a\AppData\Local\Programs\Python\Python312", ["LOCALAPPDATA"] = @"C:\Users\a\AppData\Local", ["APPDATA"] = @"C:\Users\a\AppData\Roaming" },
            request => request with { Platform = MachinePlatform.Windows, WorkingDirectory = @"C:\Users\a\work", Home = @"C:\Users\a" });

        Assert.Equal(SystemFamily.Windows, facts.System.Family);
        Assert.Equal(
            [@"23.2.1 3.12.1 C:\Users\a\work\.venv", @"24.2 3.12.1 C:\Users\a\AppData\Local\Programs\Python\Python312"],
            facts.Clients.Where(client => client.Kind == ClientKind.Pip).Select(client => $"{client.Version} {client.Python!.Version} {client.Python.Prefix}").Order(StringComparer.Ordinal));
        Assert.All(facts.Clients.Where(client => client.Kind == ClientKind.Pip), client => Assert.Equal(@"C:\Users\a\AppData\Roaming\pip\pip.ini", client.DisabledBy!.Place));
        Assert.Contains(facts.Clients.Single(client => client.Version == "24.2").Trust, source => source is { Kind: TrustSourceKind.System, Path: "Windows certificate store" });
        Assert.Contains(facts.Gaps, gap => gap.Contains("proxy", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Frameworks_of_macOS_are_found_in_a_recorded_layout()
    {
        using var root = new TestDirectory();
        var version = "Library/Frameworks/Python.framework/Versions/3.12";
        root.Write($"{version}/bin/python3.12", "");
        Link(root, $"{version}/bin/python3", "python3.12");
        root.Write($"{version}/include/python3.12/patchlevel.h", "#define PY_VERSION \"3.12.5\"\n");
        WritePip(root, $"{version}/lib/python3.12/site-packages", "25.3");
        root.MakeDirectory("Users/a/Library/Application Support/pip");
        root.Write("Users/a/Library/Application Support/pip/pip.conf", "[global]\ncert = /Users/a/corp.pem\n");
        root.Write("Users/a/.config/pip/pip.conf", "[global]\ncert = /never/read.pem\n");

        var facts = await GatherAsync(root, change: request => request with { Platform = MachinePlatform.MacOS, Home = "/Users/a", WorkingDirectory = "/Users/a" });

        var pip = Assert.Single(facts.Clients, client => client.Kind == ClientKind.Pip);
        Assert.Equal(new Version(3, 12, 5), pip.Python!.Version);
        Assert.Equal(
            [(TrustSourceKind.System, "macOS keychains"), (TrustSourceKind.Certifi, $"/{version}/lib/python3.12/site-packages/pip/_vendor/certifi/cacert.pem"), (TrustSourceKind.File, "/Users/a/corp.pem")],
            pip.Trust.Select(source => (source.Kind, source.Path!)));
        Assert.Equal(BundleState.Missing, facts.Bundles["/Users/a/corp.pem"].State);
    }

    [Fact]
    public async Task Unsafe_leftovers_are_found_wherever_they_lie()
    {
        using var root = new TestDirectory();
        WriteDebian(root);
        root.Write("etc/pip.conf", "[global]\ntrusted-host = a.example b.example:8443\n    https://c.example\n[install]\nextra-index-url = http://user:secret@d.example/simple\n");
        root.Write("home/a/.curlrc", "# mine\ninsecure\n");
        root.Write("home/a/.wgetrc", "check-certificate = off\n");
        root.Write("home/a/.npmrc", "strict-ssl=false\n");
        root.Write("home/a/.condarc", "ssl_verify: false\n");
        root.Write("home/a/.gitconfig", "[http \"https://git.example/\"]\n\tsslVerify = false\n");
        root.Write("home/a/.config/uv/uv.toml", "allow-insecure-host = [\"uv.example\"]\n");
        root.Write("home/a/.config/pypoetry/config.toml", "[certificates.lab]\ncert = false\n");
        root.Write("home/a/project/Pipfile", "[[source]]\nname = \"x\"\nurl = \"https://x.example/simple\"\nverify_ssl = false\n");
        root.Write("home/a/project/Dockerfile", "FROM python\nRUN pip install --trusted-host docker.example demo && git config --global http.sslVerify false\n");
        root.Write("home/a/project/.github/workflows/ci.yml", "      - run: pip install --trusted-host=ci.example -r r.txt\n");
        root.Write("home/a/project/r.txt", "-c c.txt\ndemo\n");
        root.Write("home/a/project/c.txt", "--trusted-host nested.example\n");
        root.Write("home/a/.bashrc", "export GIT_SSL_NO_VERIFY=true\nexport CURL_CA_BUNDLE=\n");
        root.Write("usr/lib/python3/dist-packages/zz.pth", "import ssl; ssl._create_default_https_context = ssl._create_unverified_context\n");

        var facts = await GatherAsync(
            root,
            new Dictionary<string, string> { ["PATH"] = "/usr/bin", ["CURL_CA_BUNDLE"] = "", ["PYTHONHTTPSVERIFY"] = "0", ["UV_INSECURE_HOST"] = "env.example", ["NODE_TLS_REJECT_UNAUTHORIZED"] = "0" },
            request => request with { RequirementFiles = ["r.txt"] });

        string[] expected =
        [
            "Conda /home/a/.condarc:1 ssl_verify",
            "Curl /home/a/.curlrc:2 insecure",
            "Git /home/a/.bashrc:1 GIT_SSL_NO_VERIFY",
            "Git /home/a/.gitconfig:2 http.https://git.example/.sslverify git.example",
            "Git /home/a/project/Dockerfile:2 http.sslVerify",
            "Node /home/a/.npmrc:1 strict-ssl",
            "Node NODE_TLS_REJECT_UNAUTHORIZED: NODE_TLS_REJECT_UNAUTHORIZED",
            "Pip (no effect) CURL_CA_BUNDLE: CURL_CA_BUNDLE",
            "Pip (no effect) /etc/pip.conf:2 global.trusted-host https://c.example",
            "Pip /etc/pip.conf:2 global.trusted-host a.example",
            "Pip /etc/pip.conf:2 global.trusted-host b.example:8443",
            "Pip /home/a/.bashrc:2 CURL_CA_BUNDLE",
            "Pip /home/a/project/.github/workflows/ci.yml:1 --trusted-host ci.example",
            "Pip /home/a/project/Dockerfile:2 --trusted-host docker.example",
            "Pip /home/a/project/c.txt:1 --trusted-host nested.example",
            "Pipenv /home/a/project/Pipfile:4 source.0.verify_ssl",
            "Poetry /home/a/.config/pypoetry/config.toml:2 certificates.lab.cert",
            "Urllib (no effect) PYTHONHTTPSVERIFY: PYTHONHTTPSVERIFY",
            "Urllib /usr/lib/python3/dist-packages/zz.pth:1 zz.pth",
            "Uv /home/a/.config/uv/uv.toml:1 allow-insecure-host uv.example",
            "Uv UV_INSECURE_HOST: UV_INSECURE_HOST env.example",
            "Wget /home/a/.wgetrc:1 checkcertificate",
        ];
        Assert.Equal(
            expected.Order(StringComparer.Ordinal),
            facts.UnsafeSettings.Where(one => one.Effect == UnsafeEffect.VerificationOff)
                .Select(one => $"{one.Kind} {(one.IsEffective ? "" : "(no effect) ")}{one.Setting.Place}:{one.Setting.Line} {one.Setting.Name} {string.Join(' ', one.Hosts)}".TrimEnd())
                .Order(StringComparer.Ordinal));
        Assert.Equal(["d.example", "d.example"], facts.UnsafeSettings.Where(one => one.Effect is UnsafeEffect.PlainHttp or UnsafeEffect.ExtraIndex).SelectMany(one => one.Hosts));
        Assert.DoesNotContain("secret", string.Join('\n', facts.UnsafeSettings.Select(one => one.Setting.Value)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_hostile_costs_only_itself()
    {
        using var root = new TestDirectory();
        WriteDebian(root);
        root.MakeDirectory("etc/pip.conf");
        Link(root, "home/a/.curlrc", ".curlrc");
        Link(root, "home/a/.gitconfig", "/dev/zero");
        using (var huge = File.Create(root.PathOf("home/a/.wgetrc")))
            huge.SetLength(1L << 30);
        Assert.Equal(0, await FifoAsync(root, "home/a/.npmrc"));
        Assert.Equal(0, await FifoAsync(root, "home/a/fifo.pem"));
        root.Write("home/a/.config/pip/pip.conf", "\0\0[global\ncert");
        root.Write("home/a/.config/uv/uv.toml", "a = [[[[[[[[[[[[[[[[[[[[[[[[[[[[");

        var facts = await GatherAsync(root, new Dictionary<string, string> { ["PATH"] = "/usr/bin", ["REQUESTS_CA_BUNDLE"] = "/home/a/fifo.pem", ["SSL_CERT_DIR"] = "/etc/pip.conf" });

        var pip = Assert.Single(facts.Clients, client => client.Kind == ClientKind.Pip);
        Assert.Contains("/home/a/.config/pip/pip.conf", pip.Broken, StringComparison.Ordinal);
        foreach (var path in (string[])["/home/a/.wgetrc", "/home/a/.npmrc", "/etc/pip.conf", "/home/a/.config/uv/uv.toml"])
            Assert.Contains(facts.Gaps, gap => gap.Contains(path, StringComparison.Ordinal));
        Assert.Equal(BundleState.DirectoryWithoutHashes, facts.Bundles["/etc/pip.conf"].State);
    }

    private static async Task<int> FifoAsync(TestDirectory root, string path) =>
        (await Commands.RunAsync("mkfifo", [root.PathOf(path)], root, TestContext.Current.CancellationToken)).ExitCode;
}

// What else was measured of the generations of pip: empty variables, wrong OPENSSLDIRs, injected truststores, addresses,
// build isolation; and what is told beside the sources.

using System.Text.RegularExpressions;
using Anchorage.Testing;

namespace Anchorage.Trust.Tests.Effective;

public partial class PipGenerationTests
{
    private static readonly Uri target = new("https://localhost:8441/simple/");

    private static ClientFacts Predict(
        string pip, string python = "3.13.0", Dictionary<string, string>? environment = null, string[]? arguments = null, SystemTrust? system = null, Func<InstalledClient, InstalledClient>? change = null)
    {
        environment ??= [];
        var client = new InstalledClient { Kind = ClientKind.Pip, Version = pip, Path = "/lib/pip", Python = MatrixSettings.Python(python), CertifiPath = "/lib/certifi.pem" };
        var settings = new ClientSettings
        {
            Environment = environment,
            Pip = new PipOptions(PipOptions.ParseCommandLine(arguments ?? []), environment, PipConfiguration.Empty, "download"),
        };
        return EffectiveTrust.Of(change is null ? client : change(client), settings, system ?? MatrixSettings.Machine, target);
    }

    [Fact]
    public void An_empty_CURL_CA_BUNDLE_switches_off_what_it_was_measured_to_switch_off()
    {
        var rows = 0;
        foreach (var line in File.ReadLines(TestVectors.PathOf("pip-trust", "transcripts", "empty-curl-ca-bundle.txt")))
        {
            if (Row().Match(line) is not { Success: true } row)
                continue;
            rows++;
            var environment = row.Groups[2].Value.Split(' ').Select(pair => pair.Split('=')).ToDictionary(pair => pair[0], pair => pair[1]);
            var off = Predict(row.Groups[1].Value, "3.9.18", environment).DisabledBy;
            Assert.True((row.Groups[3].Value == "VERIFICATION OFF") == (off is { Name: "CURL_CA_BUNDLE", Value: "" }), line);
        }
        Assert.Equal(52, rows);
    }

    [GeneratedRegex(@"^pip ([\d.]+) \(requests [\d.]+\) \[([^\]]+)\] rc=0 (VERIFICATION OFF|verified)")]
    private static partial Regex Row();

    // OPENSSLDIR pointed into nothing; the system's bundle was there (wrong-openssldir.txt).
    [Theory]
    [InlineData("24.0", "", "", "certifi")]
    [InlineData("25.1.1", "", "", "sys certifi")]
    [InlineData("25.1.1", "", "--proxy=http://127.0.0.1:1", "-")]
    [InlineData("26.2.1", "", "", "sys certifi")]
    [InlineData("26.2.1", "", "--proxy=http://127.0.0.1:1", "sys certifi")]
    [InlineData("26.2.1", "SSL_CERT_FILE=/missing", "", "sys certifi")]
    [InlineData("26.2.1", "SSL_CERT_DIR=/empty", "", "sys certifi")]
    [InlineData("26.2.1", "SSL_CERT_FILE=/lab/scf.pem", "", "certifi scf")]
    public void A_Python_with_a_wrong_OPENSSLDIR_finds_what_it_was_measured_to_find(string pip, string environment, string argument, string roots)
    {
        var system = MatrixSettings.Machine with
        {
            StateOf = path => path.StartsWith("/usr/lib/ssl", StringComparison.Ordinal) || path is "/missing" or "/etc/ssl/cert.pem" || path.StartsWith("/etc/pki", StringComparison.Ordinal)
                ? BundleState.Missing : path == "/empty" ? BundleState.DirectoryWithoutHashes : BundleState.Good,
        };
        var variables = environment.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=')).ToDictionary(pair => pair[0], pair => pair[1]);
        Assert.Equal(roots, MatrixSettings.Roots(Predict(pip, environment: variables, arguments: argument.Length == 0 ? [] : [argument], system: system)));
    }

    [Fact]
    public void Pip_before_25_3_does_not_know_where_Fedora_43_keeps_its_store()
    {
        var system = MatrixSettings.Machine with { StateOf = path => path == "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem" ? BundleState.Good : BundleState.Missing };
        Assert.DoesNotContain(Predict("25.2", system: system).Trust, source => source.Kind == TrustSourceKind.System);
        Assert.Contains(Predict("25.3", system: system).Trust, source => source.Kind == TrustSourceKind.System);
    }

    // pth-truststore-injection.txt; null = it ends with a RecursionError.
    [Theory]
    [InlineData("22.2.2", "0.10.4", false, "sys certifi")]
    [InlineData("23.2.1", "0.8.0", false, "sys certifi")]
    [InlineData("24.1.2", "0.10.4", false, "sys certifi")]
    [InlineData("24.2", "0.10.4", false, null)]
    [InlineData("25.1.1", "0.8.0", false, null)]
    [InlineData("26.2.1", "0.10.4", false, null)]
    [InlineData("23.2.1", "0.10.4", true, "sys certifi")]
    [InlineData("24.2", "0.8.0", true, null)]
    [InlineData("24.2", "0.10.4", true, "sys")]
    [InlineData("25.3", "0.10.4", true, null)]
    public void An_injected_truststore_does_what_it_was_measured_to_do(string pip, string truststore, bool isProxied, string? roots)
    {
        var line = new SettingFact(SettingOrigin.File, "/lib/x.pth", 1, "x.pth", "import truststore; truststore.inject_into_ssl()");
        var facts = Predict(pip, "3.11.7", arguments: isProxied ? ["--proxy=http://127.0.0.1:1"] : [], change: client => client with { Injection = line, TruststoreVersion = truststore });
        Assert.Equal(roots is null, facts.Broken is not null);
        if (roots is not null)
            Assert.Equal(roots, MatrixSettings.Roots(facts));
    }

    [Theory]
    [InlineData("24.0", "3.13.0", false)]
    [InlineData("24.2", "3.13.0", true)]
    [InlineData("24.2", "3.9.18", false)]
    [InlineData("26.0.1", "3.13.0", true)]
    [InlineData("26.1.2", "3.13.0", false)]
    public void Addresses_without_names_crash_some_pips(string pip, string python, bool fails)
    {
        Assert.Equal(fails, Predict(pip, python).Rules.FailsOnAddresses);
        Assert.False(Predict(pip, python, arguments: ["--use-deprecated=legacy-certs"]).Rules.FailsOnAddresses);
    }

    [Theory]
    [InlineData("24.2", false)]
    [InlineData("25.3", true)]
    [InlineData("26.0.1", true)]
    public void Through_a_proxy_fewer_pips_crash_on_addresses(string pip, bool fails) =>
        Assert.Equal(fails, Predict(pip, arguments: ["--proxy=http://127.0.0.1:1"]).Rules.FailsOnAddresses);

    [Fact]
    public void Build_isolation_loses_the_option_in_the_pips_in_which_it_was_measured_to()
    {
        foreach (var line in File.ReadLines(TestVectors.PathOf("pip-trust", "transcripts", "build-isolation.txt")).Where(line => line.Contains(" --cert rc=", StringComparison.Ordinal)))
        {
            var words = line.Split(' ');
            Assert.True(line.Contains("rc=1", StringComparison.Ordinal) == Predict(words[1], words[2][2..]).Rules.LosesCertOptionInBuilds, line);
        }
    }

    [Fact]
    public void Strictness_follows_the_context_that_a_pip_uses()
    {
        Assert.Equal(new VerificationRules(), Predict("26.1.2").Rules);
        Assert.Equal(
            new VerificationRules { IsStrict = true, AcceptsPartialChain = true, AcceptsCommonName = false },
            Predict("26.1.2", arguments: ["--use-deprecated=legacy-certs"]).Rules);
        Assert.Equal(NameMatching.Python, Predict("24.0", "3.11.7").Rules.Names);
        Assert.Equal(NameMatching.OpenSsl, Predict("24.2").Rules.Names);
    }

    [Fact]
    public void Settings_are_told_with_the_one_that_wins_first_and_those_that_lose()
    {
        var facts = Predict("22.0.4", "3.9.18", new() { ["REQUESTS_CA_BUNDLE"] = "/lab/rcb.pem", ["PIP_CERT"] = "/lab/pipcert.pem" }, ["--cert=/lab/certopt.pem"]);
        Assert.Equal(["REQUESTS_CA_BUNDLE", "--cert", "PIP_CERT"], facts.Settings.Select(setting => setting.Name));
        Assert.Equal(["--cert", "PIP_CERT"], facts.Overridden.Select(setting => setting.Name));

        // An option for the proxy makes pip blind for the environment.
        facts = Predict("26.1.2", environment: new() { ["REQUESTS_CA_BUNDLE"] = "/lab/rcb.pem", ["HTTPS_PROXY"] = "http://other:1", ["NO_PROXY"] = "localhost" }, arguments: ["--proxy=http://u:p@127.0.0.1:3128"]);
        Assert.DoesNotContain(facts.Trust, source => source.Because is not null);
        Assert.Equal(["REQUESTS_CA_BUNDLE"], facts.Overridden.Select(setting => setting.Name));
        Assert.Equal((new Uri("http://127.0.0.1:3128"), true, "--proxy"), (facts.Proxy!.Url, facts.Proxy.HasCredentials, facts.Proxy.Because.Name));
        Assert.DoesNotContain(":p@", facts.Proxy.Because.Value, StringComparison.Ordinal);
    }

    [Fact]
    public void A_broken_configuration_and_a_missing_ssl_module_stop_a_pip()
    {
        var broken = new PipConfiguration([new PipFileContent(new PipFile(PipLevel.User, "/home/a/.config/pip/pip.conf"), IniText.Parse("\uFEFF[global]\n"))]);
        var client = new InstalledClient { Kind = ClientKind.Pip, Version = "24.0", Path = "/lib/pip", Python = MatrixSettings.Python("3.11.7") };
        var settings = new ClientSettings { Pip = new PipOptions([], new Dictionary<string, string>(), broken, "install") };
        Assert.Contains("/home/a/.config/pip/pip.conf: line 1", EffectiveTrust.Of(client, settings, MatrixSettings.Machine, target).Broken, StringComparison.Ordinal);
        Assert.Contains("no ssl module", Predict("24.0", change: one => one with { Python = one.Python! with { HasSsl = false } }).Broken, StringComparison.Ordinal);
    }
}

using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Anchorage.Doctor.Tests.Laboratory;

/// <summary>Every failure mode of TLS that a pip is known to meet, each on a port of its own, with the cause that a doctor must name.</summary>
internal sealed class TlsLaboratory : IAsyncDisposable
{
    /// <summary>Names that mean this machine to pip and to the doctor.</summary>
    public static readonly IReadOnlyList<string> Hosts = ["index.lab.test", "other.lab.test", "a.b.lab.test", "pypi.org", "files.pythonhosted.org"];

    private readonly TestDirectory folder = new();
    private readonly LabPrograms programs;
    private readonly List<ScriptedServer> scripts = [];
    private readonly List<Scenario> scenarios = [];
    private readonly LabCertificate root;
    private readonly LabCertificate issuing;

    private TlsLaboratory()
    {
        programs = new LabPrograms(folder);
        root = Authority("O=Lab, CN=Lab Root CA", null);
        issuing = Authority("O=Lab, CN=Lab Issuing CA", root);
    }

    public IReadOnlyList<Scenario> Scenarios => scenarios;

    public static async Task<TlsLaboratory> StartAsync(CancellationToken cancellationToken)
    {
        var laboratory = new TlsLaboratory();
        try
        {
            laboratory.WriteIndex();
            laboratory.AddHealthy();
            laboratory.AddUnknown();
            laboratory.AddTimes();
            laboratory.AddFaulty();
            laboratory.AddHandshakes();
            laboratory.AddConnections();
            laboratory.AddBundles();
            laboratory.AddSettings();
            await laboratory.AddSm2Async(cancellationToken);
            await laboratory.AddDemandingServersAsync(cancellationToken);
            await laboratory.AddProxiesAsync(cancellationToken);
            await laboratory.programs.StartNginxAsync(cancellationToken);
            await laboratory.AddInterceptionAsync(cancellationToken);
            return laboratory;
        }
        catch
        {
            await laboratory.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await programs.DisposeAsync();
        scripts.ForEach(script => script.Dispose());
        folder.Dispose();
    }

    private static LabCertificate Authority(string subject, LabCertificate? issuer, Func<Recipe, Recipe>? change = null)
    {
        var recipe = new Recipe { Subject = subject, Issuer = issuer, IsAuthority = true, From = TimeSpan.FromDays(-1000), Until = TimeSpan.FromDays(1000) };
        return LabCertificate.Make(change?.Invoke(recipe) ?? recipe);
    }

    private static LabCertificate Leaf(LabCertificate? issuer, Func<Recipe, Recipe>? change = null)
    {
        var recipe = new Recipe { Subject = "O=Lab, CN=localhost", Issuer = issuer, Hosts = ["localhost", "127.0.0.1"] };
        return LabCertificate.Make(change?.Invoke(recipe) ?? recipe);
    }

    private void WriteIndex()
    {
        var wheel = new WheelBuilder("demo", "1.0").Build();
        folder.Write($"root/files/{wheel.Filename}", wheel.Content);
        folder.Write("root/simple/demo/index.html", $"<!DOCTYPE html><html><body><a href=\"../../files/{wheel.Filename}#sha256={wheel.Sha256}\">{wheel.Filename}</a></body></html>");
        folder.Write("root/simple/index.html", "<!DOCTYPE html><html><body><a href=\"demo/\">demo</a></body></html>");
    }

    // A server of nginx and the scenario that meets it.
    private Scenario Add(string name, string? expected, LabCertificate leaf, LabCertificate[] sent, LabCertificate[] anchors, string more = "", string host = "localhost") =>
        Add(new Scenario(name, expected, Index(programs.AddServer(name, leaf, sent, more), host)) { Anchors = anchors, AsksSsl = true });

    private Scenario Add(Scenario scenario)
    {
        if (scenario is { Anchors.Length: > 0, Bundle: null })
            scenario = scenario with { Bundle = folder.Write($"{scenario.Name}-anchors.pem", string.Concat(scenario.Anchors.Select(anchor => anchor.Pem))) };
        scenarios.Add(scenario);
        return scenario;
    }

    private static Uri Index(int port, string host = "localhost") => new($"https://{host}:{port}/simple/");

    private void AddHealthy()
    {
        Add("healthy", null, Leaf(issuing), [issuing], [root]);
        Add("healthy-root-sent", null, Leaf(issuing), [issuing, root], [root]);
        Add("healthy-rsa", null, Leaf(issuing, r => r with { RsaBits = 2048 }), [issuing], [root]);
        Add("healthy-tls12-only", null, Leaf(issuing), [issuing], [root], "ssl_protocols TLSv1.2;");
        Add("healthy-tls13-only", null, Leaf(issuing), [issuing], [root], "ssl_protocols TLSv1.3;");
        Add("healthy-chain-out-of-order", null, Leaf(issuing), [root, Authority("O=Elsewhere, CN=Not of this chain", null), issuing], [root]);
        Add("healthy-name-in-subject-only", null, Leaf(issuing, r => r with { Hosts = [] }), [issuing], [root]);
        Add("healthy-wildcard", null, Leaf(issuing, r => r with { Hosts = ["*.lab.test"] }), [issuing], [root], host: "index.lab.test");
        var own = Leaf(null);
        Add("healthy-self-signed-and-trusted", null, own, [], [own]);
        var bare = Authority("O=Lab, CN=Lab Sloppy Root", null, r => r with { HasKeyUsage = false, AreConstraintsCritical = false, HasSubjectKey = false, HasAuthorityKey = false });
        Add("healthy-sloppy-root", null, Leaf(bare, r => r with { HasAuthorityKey = false, HasSubjectKey = false }), [], [bare]);
        var old = Authority("O=Lab, CN=Lab Old Root", null, r => r with { Until = TimeSpan.FromDays(-10) });
        var renewed = Authority("O=Lab, CN=Lab New Root", null);
        var cross = Authority("O=Lab, CN=Lab New Root", old, r => r with { KeyOf = renewed });
        var below = Authority("O=Lab, CN=Lab Issuing CA 2", renewed);
        Add("healthy-cross-signed-by-expired-root", null, Leaf(below), [below, cross], [renewed, old]);
        Add("expired-root-only", FindingCodes.ExpiredRoot, Leaf(below), [below, cross], [old]);
        Add("healthy-optional-client-certificate", null, Leaf(issuing), [issuing], [root], $"ssl_verify_client optional; ssl_client_certificate {folder.Write("client-ca.pem", root.Pem)};");
        var limited = Authority("O=Lab, CN=Lab Limited CA", root, r => r with { PermittedDomain = "lab.test" });
        Add("healthy-permitted-name", null, Leaf(limited, r => r with { Subject = "O=Lab, CN=index", Hosts = ["index.lab.test"] }), [limited], [root], host: "index.lab.test");
        Add("name-not-permitted", FindingCodes.NameNotPermitted, Leaf(limited), [limited], [root]);
        Add("healthy-address", null, Leaf(issuing), [issuing], [root], host: "127.0.0.1");
        scenarios[^1] = scenarios[^1] with { ExpectedFor = client => FailsOnAddresses(client) ? FindingCodes.ClientDefect : null };
    }

    private static bool FailsOnAddresses(LabClient client) => client.UsesTruststore && client.PipVersion < new Version(26, 1);

    private void AddUnknown()
    {
        var stranger = Authority("O=Elsewhere, CN=Other Root", null);
        Add("unknown-root", FindingCodes.UnknownRoot, Leaf(issuing), [issuing], [stranger]);
        Add("unknown-root-no-bundle", FindingCodes.UnknownRoot, Leaf(issuing), [issuing], []);
        Add("unknown-root-sent", FindingCodes.UnknownRoot, Leaf(issuing), [issuing, root], [stranger]);
        Add("self-signed", FindingCodes.SelfSigned, Leaf(null), [], [root]);
        Add("only-the-intermediate-trusted", FindingCodes.UnknownRoot, Leaf(issuing), [issuing], [issuing]);
        var pinned = Leaf(issuing);
        Add("only-the-leaf-trusted", FindingCodes.UnknownRoot, pinned, [issuing], [pinned]);
        var namesake = Authority("O=Lab, CN=Lab Root CA", null);
        Add("root-renewed", FindingCodes.UnknownRoot, Leaf(root), [], [namesake]);
        Add("root-renewed-without-identifiers", FindingCodes.InvalidSignature, Leaf(root, r => r with { HasAuthorityKey = false }), [], [namesake]);
        Add("incomplete-chain", FindingCodes.IncompleteChain, Leaf(issuing), [], [root]);
        var files = Script(ScriptedServer.Files(("/issuing.cer", issuing.Certificate.RawData)));
        Add("incomplete-chain-issuer-published", FindingCodes.IncompleteChain, Leaf(issuing, r => r with { IssuerUrl = $"http://127.0.0.1:{files}/issuing.cer" }), [], [root]);
        scenarios[^1] = scenarios[^1] with { FetchesIssuer = true };
        var onlyRoot = Authority("O=Elsewhere, CN=Published Root", null);
        var published = Script(ScriptedServer.Files(("/root.cer", onlyRoot.Certificate.RawData)));
        Add("unknown-root-published", FindingCodes.UnknownRoot, Leaf(onlyRoot, r => r with { IssuerUrl = $"http://127.0.0.1:{published}/root.cer" }), [], [root]);
        scenarios[^1] = scenarios[^1] with { FetchesIssuer = true };
        var gateway = Authority("O=ACME Corp, CN=ACME Web Gateway Root", null);
        Add("intercepted-public-host", FindingCodes.Intercepted, Leaf(gateway, r => r with { Subject = "O=ACME Corp, CN=pypi.org", Hosts = ["pypi.org"] }), [gateway], [root], host: "pypi.org");
    }

    private void AddTimes()
    {
        Add("expired", FindingCodes.Expired, Leaf(issuing, r => r with { Until = TimeSpan.FromDays(-2) }), [issuing], [root]);
        Add("not-yet-valid", FindingCodes.NotYetValid, Leaf(issuing, r => r with { From = TimeSpan.FromDays(2) }), [issuing], [root]);
        var over = Authority("O=Lab, CN=Lab Expired Issuing CA", root, r => r with { Until = TimeSpan.FromDays(-2) });
        Add("expired-intermediate", FindingCodes.ExpiredIntermediate, Leaf(over), [over], [root]);
        var overRoot = Authority("O=Lab, CN=Lab Expired Root", null, r => r with { Until = TimeSpan.FromDays(-2) });
        Add("expired-root", FindingCodes.ExpiredRoot, Leaf(overRoot), [], [overRoot]);
        foreach (var (name, years) in ((string, int)[])[("1970", -56), ("2015", -11), ("2035", 9)])
        {
            var healthy = Add($"clock-{name}", FindingCodes.ClockWrong, Leaf(issuing), [issuing], [root]);
            var offset = TimeSpan.FromDays(365 * years);
            scenarios[^1] = healthy with { Clock = FormattableString.Invariant($"{offset.TotalSeconds:+0;-0}"), ClockOffset = offset, AsksSsl = false };
        }
    }

    private void AddFaulty()
    {
        Add("name-mismatch", FindingCodes.NameMismatch, Leaf(issuing, r => r with { Hosts = ["other.lab.test", "*.corp.lab.test"] }), [issuing], [root]);
        Add("name-mismatch-two-labels", FindingCodes.NameMismatch, Leaf(issuing, r => r with { Hosts = ["*.lab.test"] }), [issuing], [root], host: "a.b.lab.test");
        Add("name-mismatch-address", FindingCodes.NameMismatch, Leaf(issuing, r => r with { Subject = "CN=index", Hosts = ["index.lab.test"] }), [issuing], [root], host: "127.0.0.1");
        scenarios[^1] = scenarios[^1] with { ExpectedFor = client => FailsOnAddresses(client) ? FindingCodes.ClientDefect : null };
        const string Weak = "ssl_ciphers DEFAULT:@SECLEVEL=0;";
        Add("weak-key", FindingCodes.WeakKey, Leaf(issuing, r => r with { RsaBits = 1024 }), [issuing], [root], Weak);
        var small = Authority("O=Lab, CN=Lab Small CA", root, r => r with { RsaBits = 1024 });
        Add("weak-key-of-the-issuer", FindingCodes.WeakKey, Leaf(small), [small], [root], Weak);
        var rsa = Authority("O=Lab, CN=Lab RSA CA", root, r => r with { RsaBits = 2048 });
        Add("sha1-leaf", FindingCodes.WeakSignature, Leaf(rsa, r => r with { Digest = HashAlgorithmName.SHA1 }), [rsa], [root], Weak);
        Add("md5-leaf", FindingCodes.WeakSignature, Leaf(rsa, r => r with { Digest = HashAlgorithmName.MD5 }), [rsa], [root], Weak);
        var sha1 = Authority("O=Lab, CN=Lab SHA-1 CA", root, r => r with { Digest = HashAlgorithmName.SHA1 });
        Add("sha1-intermediate", FindingCodes.WeakSignature, Leaf(sha1), [sha1], [root], Weak);
        var oldRoot = Authority("O=Lab, CN=Lab SHA-1 Root", null, r => r with { Digest = HashAlgorithmName.SHA1 });
        Add("healthy-sha1-root", null, Leaf(oldRoot), [], [oldRoot]);
        Add("client-certificate-as-server", FindingCodes.WrongUsage, Leaf(issuing, r => r with { ExtendedKeyUsage = "1.3.6.1.5.5.7.3.2" }), [issuing], [root]);
        var noAuthority = Leaf(issuing);
        Add("issuer-is-no-authority", FindingCodes.WrongUsage, Leaf(noAuthority), [noAuthority, issuing], [root]);
        var cannotSign = Authority("O=Lab, CN=Lab CRL CA", root, r => r with { KeyUsage = X509KeyUsageFlags.CrlSign });
        Add("issuer-may-not-sign", FindingCodes.WrongUsage, Leaf(cannotSign), [cannotSign], [root]);
        var shortest = Authority("O=Lab, CN=Lab Last CA", root, r => r with { PathLength = 0 });
        var tooDeep = Authority("O=Lab, CN=Lab Too Deep CA", shortest);
        Add("path-too-long", FindingCodes.WrongUsage, Leaf(tooDeep), [tooDeep, shortest], [root]);
        Add("unknown-critical-extension", FindingCodes.WrongUsage, Leaf(issuing, r => r with { UnknownCriticalExtension = "1.3.6.1.4.1.99999.1" }), [issuing], [root]);
    }

    private void AddHandshakes()
    {
        const string Old = "ssl_ciphers ALL:@SECLEVEL=0;";
        Add("tls10-only", FindingCodes.TlsVersion, Leaf(issuing), [issuing], [root], "ssl_protocols TLSv1;" + Old);
        Add("tls11-only", FindingCodes.TlsVersion, Leaf(issuing), [issuing], [root], "ssl_protocols TLSv1.1;" + Old);
        Add("rsa-key-exchange-only", FindingCodes.HandshakeRefused, Leaf(issuing, r => r with { RsaBits = 2048 }), [issuing], [root], "ssl_protocols TLSv1.2; ssl_ciphers AES128-GCM-SHA256:AES256-SHA;");
        scenarios[^1] = scenarios[^1] with { ExpectedFor = client => client.UsesTruststore ? null : "" };
        Add("sni-rejected", FindingCodes.SniRejected, Leaf(issuing), [issuing], [root], "ssl_reject_handshake on;");
        var ordinary = programs.AddServer("ordinary", Leaf(issuing), [issuing]);
        Script("sni-refused-without-a-word", FindingCodes.SniRejected, ScriptedServer.RefusingNames(ordinary));
        Script("alert-handshake-failure", FindingCodes.HandshakeRefused, ScriptedServer.Alert(40));
        Script("alert-protocol-version", FindingCodes.TlsVersion, ScriptedServer.Alert(70));
        Script("alert-unrecognized-name", FindingCodes.SniRejected, ScriptedServer.Alert(112));
        Add("client-certificate-required", FindingCodes.ClientCertificateRequired, Leaf(issuing), [issuing], [root], $"ssl_verify_client on; ssl_client_certificate {folder.Write("clients.pem", root.Pem)};");
        scenarios[^1] = scenarios[^1] with { AsksSsl = false };
    }

    private void AddConnections()
    {
        Script("plain-http", FindingCodes.PlainHttp, ScriptedServer.Saying("HTTP/1.1 400 Bad Request\r\nServer: lab\r\nConnection: close\r\n\r\n"));
        Script("block-page", FindingCodes.PlainHttp, ScriptedServer.Saying("<html><body>Blocked by policy</body></html>\r\n"));
        Script("another-protocol", FindingCodes.NotTls, ScriptedServer.Saying("SSH-2.0-OpenSSH_9.2\r\n"));
        Script("reset-on-accept", FindingCodes.ConnectionReset, ScriptedServer.ResetOnAccept());
        Script("reset-after-hello", FindingCodes.ConnectionReset, ScriptedServer.ResetAfterHello());
        Script("end-after-hello", FindingCodes.ConnectionReset, ScriptedServer.EndAfterHello());
        Script("silent", FindingCodes.Timeout, ScriptedServer.Silent());
        Add(new Scenario("refused", FindingCodes.ConnectionRefused, Index(LabPrograms.FreePort())) { Anchors = [root] });
        Add(new Scenario("no-such-host", FindingCodes.Dns, new Uri("https://nowhere.invalid/simple/")) { Anchors = [root] });
    }

    private void AddBundles()
    {
        var port = programs.AddServer("bundles", Leaf(issuing), [issuing]);
        void Bad(string name, string bundle) => Add(new Scenario($"bundle-{name}", FindingCodes.BadCaSetting, Index(port)) { Bundle = bundle });
        Bad("missing", folder.PathOf("nothing.pem"));
        Bad("der", folder.Write("der.pem", root.Certificate.RawData));
        Bad("empty", folder.Write("empty.pem", ""));
        Bad("glued", folder.Write("glued.pem", root.Pem.TrimEnd() + issuing.Pem));
    }

    // Settings that decide beside --cert: whether a pip is trusted to verify, and with what, is the other half of each verdict.
    private void AddSettings()
    {
        var index = Index(programs.AddServer("settings", Leaf(issuing), [issuing]));
        var good = folder.Write("good.pem", root.Pem);
        var strange = folder.Write("strange.pem", Authority("O=Elsewhere, CN=Other Root", null).Pem);
        void With(string name, string variable, string value, Func<LabClient, bool> trusts, string? bundle = null) => Add(new Scenario($"setting-{name}", FindingCodes.UnknownRoot, index)
        {
            Environment = new() { [variable] = value },
            Bundle = bundle,
            ExpectedFor = client => trusts(client) ? "" : null,
        });
        With("pip-cert", "PIP_CERT", good, _ => true);
        With("requests-ca-bundle", "REQUESTS_CA_BUNDLE", good, _ => true);
        With("requests-ca-bundle-beats-cert", "REQUESTS_CA_BUNDLE", strange, _ => false, good);
        With("ssl-cert-file", "SSL_CERT_FILE", good, client => client.UsesTruststore);
        With("curl-ca-bundle-empty", "CURL_CA_BUNDLE", "", client => client.PipVersion < new Version(22, 2));
        Add(new Scenario("setting-trusted-host", FindingCodes.UnknownRoot, index) { Arguments = ["--trusted-host", "localhost"], ExpectedFor = client => client.PipVersion >= new Version(20, 0) ? "" : null });
        var unlinked = Leaf(root, r => r with { HasAuthorityKey = false });
        Add("not-strict-with-legacy-certs", FindingCodes.NotStrict, unlinked, [], [root]);
        scenarios[^1] = scenarios[^1] with
        {
            Arguments = ["--use-deprecated", "legacy-certs"],
            AppliesTo = client => client.UsesTruststore,
            ExpectedFor = client => client.PipVersion >= new Version(26, 1) && client.Python >= new Version(3, 13) ? null : "",
        };
        Add("healthy-without-key-identifiers", null, unlinked, [], [root]);
    }

    private async Task AddSm2Async(CancellationToken cancellationToken)
    {
        const string Identity = "distid:1234567812345678";
        folder.Write("sm2.ext", "subjectAltName=DNS:localhost\nbasicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature,keyEncipherment\n");
        async Task Run(string command) =>
            (await Commands.RunAsync("openssl", command.Split(' '), folder, cancellationToken, workingDirectory: folder.Path)).MustSucceed();
        await Run("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:SM2 -out sm2-ca.key");
        await Run($"req -x509 -new -key sm2-ca.key -sm3 -sigopt {Identity} -subj /C=CN/O=Lab/CN=SM2-Root -days 300 -out sm2-ca.pem");
        await Run("req -new -newkey rsa:2048 -nodes -keyout sm2-leaf.key -subj /C=CN/O=Lab/CN=localhost -out sm2-leaf.csr");
        await Run($"x509 -req -in sm2-leaf.csr -CA sm2-ca.pem -CAkey sm2-ca.key -CAcreateserial -sm3 -sigopt {Identity} -extfile sm2.ext -days 100 -out sm2-leaf.pem");
        var port = programs.AddServer("sm2", await Text("sm2-leaf.pem"), await Text("sm2-leaf.key"));
        var anchor = X509CertificateLoader.LoadCertificateFromFile(folder.PathOf("sm2-ca.pem"));
        Add(new Scenario("sm2-authority", FindingCodes.Sm2Certificate, Index(port)) { Bundle = folder.PathOf("sm2-ca.pem"), ForeignAnchors = [anchor.RawData], AsksSsl = true });
        Add(new Scenario("sm2-authority-unknown", FindingCodes.Sm2Certificate, Index(port)) { Anchors = [root], AsksSsl = true });

        Task<string> Text(string name) => File.ReadAllTextAsync(folder.PathOf(name), cancellationToken);
    }

    private async Task AddDemandingServersAsync(CancellationToken cancellationToken)
    {
        foreach (var version in (string[])["-tls1_2", "-tls1_3"])
        {
            var port = await programs.StartDemandingServerAsync($"demanding{version}", Leaf(issuing), issuing, version, cancellationToken);
            Add(new Scenario($"client-certificate-demanded{version}", FindingCodes.ClientCertificateRequired, Index(port)) { Anchors = [root] });
        }
    }

    private async Task AddProxiesAsync(CancellationToken cancellationToken)
    {
        var target = Index(programs.AddServer("behind-proxies", Leaf(issuing), [issuing]));
        var open = await programs.StartTinyproxyAsync("open", "", cancellationToken);
        var closed = await programs.StartTinyproxyAsync("closed", "BasicAuth user secret", cancellationToken);
        var limited = await programs.StartTinyproxyAsync("limited", "ConnectPort 563", cancellationToken);
        void Through(string name, string? expected, string proxy, Func<LabClient, string?>? expectedFor = null, Uri? index = null, LabCertificate[]? anchors = null) =>
            Add(new Scenario(name, expected, index ?? target) { Proxy = new Uri(proxy), Anchors = anchors ?? [root], ExpectedFor = expectedFor });
        Through("healthy-proxy", null, $"http://127.0.0.1:{open}");
        Through("healthy-proxy-with-password", null, $"http://user:secret@127.0.0.1:{closed}");
        Through("proxy-wants-password", FindingCodes.ProxyAuthentication, $"http://127.0.0.1:{closed}");
        Through("proxy-wrong-password", FindingCodes.ProxyAuthentication, $"http://user:wrong@127.0.0.1:{closed}");
        Through("proxy-ntlm", FindingCodes.ProxyAuthentication, $"http://127.0.0.1:{Script(ScriptedServer.Answering("HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Negotiate\r\nProxy-Authenticate: NTLM\r\nContent-Length: 0\r\n\r\n"))}");
        Through("proxy-refuses-port", FindingCodes.ProxyRefused, $"http://127.0.0.1:{limited}");
        Through("proxy-502", FindingCodes.ProxyRefused, $"http://127.0.0.1:{Script(ScriptedServer.Answering("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"))}");
        Through("proxy-ends", FindingCodes.ProxyRefused, $"http://127.0.0.1:{Script(ScriptedServer.Answering(""))}");
        Through("proxy-then-nothing", FindingCodes.ConnectionReset, $"http://127.0.0.1:{Script(ScriptedServer.Answering("HTTP/1.1 200 OK\r\n\r\n"))}");
        Through("proxy-unreachable", FindingCodes.ProxyUnreachable, $"http://127.0.0.1:{LabPrograms.FreePort()}");
        Through("proxy-named-https", FindingCodes.ProxyMisconfigured, $"https://127.0.0.1:{open}", client => client.PipVersion < new Version(20, 3) ? "" : null);
        Through("unknown-root-behind-proxy", FindingCodes.UnknownRoot, $"http://127.0.0.1:{open}", anchors: [Authority("O=Elsewhere, CN=Other Root", null)]);
    }

    private async Task AddInterceptionAsync(CancellationToken cancellationToken)
    {
        var target = scenarios.Single(scenario => scenario.Name == "healthy").Index;
        var (port, pem) = await programs.StartMitmproxyAsync(folder.Write("upstream-roots.pem", root.Pem), cancellationToken);
        var proxy = new Uri($"http://127.0.0.1:{port}");
        Add(new Scenario("intercepted", FindingCodes.Intercepted, target) { Anchors = [root], Proxy = proxy, ComparesDirect = true });
        var own = X509Certificate2.CreateFromPem(pem);
        Add(new Scenario("healthy-intercepted-and-trusted", null, target) { Bundle = folder.Write("mitmproxy.pem", pem), ForeignAnchors = [own.RawData], Proxy = proxy });
    }

    private int Script(ScriptedServer script)
    {
        scripts.Add(script);
        return script.Port;
    }

    private void Script(string name, string expected, ScriptedServer script) => Add(new Scenario(name, expected, Index(Script(script))) { Anchors = [root] });
}

using Anchorage.Doctor.Tests.Laboratory;

namespace Anchorage.Doctor.Tests;

public sealed class WireFindingsTests
{
    private static readonly DateTimeOffset now = TimeProvider.System.GetUtcNow();
    private static readonly LabCertificate root = LabCertificate.Make(new Recipe { Subject = "O=Lab, CN=Root", IsAuthority = true });
    private static readonly LabCertificate gateway = LabCertificate.Make(new Recipe { Subject = "O=ACME, CN=ACME Web Gateway", IsAuthority = true });

    private static LabCertificate Leaf(LabCertificate issuer, string host, TimeSpan? until = null) =>
        LabCertificate.Make(new Recipe { Subject = $"CN={host}", Issuer = issuer, Hosts = [host], From = TimeSpan.FromDays(-40), Until = until ?? TimeSpan.FromDays(50) });

    private static TargetFacts Seen(string host, params LabCertificate[] chain) =>
        new() { Url = new Uri($"https://{host}/simple/"), Reached = ProbePhase.Done, Chain = [.. chain.Select(certificate => certificate.Der)], HttpStatus = 200, ServerDate = now };

    private static IReadOnlyList<TrustFinding> Findings(DateTimeOffset clock, LabCertificate[] anchors, params TargetFacts[] targets)
    {
        var client = new ClientFacts { Id = "pip", Kind = ClientKind.Pip, Path = "/", Trust = [new TrustSource(TrustSourceKind.File, "/anchors.pem", null)] };
        var machine = new MachineFacts
        {
            Now = clock,
            System = new SystemFacts(SystemFamily.Debian, "Debian"),
            Clients = [client],
            Bundles = new Dictionary<string, BundleFacts> { ["/anchors.pem"] = new() { Path = "/anchors.pem", State = BundleState.Good, Certificates = [.. anchors.Select(anchor => anchor.Der)] } },
        };
        return WireFindings.Of(targets, [.. targets.Select(target => ClientJudge.Judge(client, target, machine))], machine, AnchorSet.Of(PublicRoots.Current.Select(known => known.Certificate)));
    }

    [Fact]
    public void Nothing_is_said_of_a_server_that_everybody_trusts() => Assert.Empty(Findings(now, [root], Seen("index.lab.test", Leaf(root, "index.lab.test"))));

    [Fact]
    public void An_expired_certificate_is_the_servers_fault_where_the_server_knows_the_same_time()
    {
        var finding = Assert.Single(Findings(now, [root], Seen("index.lab.test", Leaf(root, "index.lab.test", TimeSpan.FromDays(-1)))));

        Assert.Equal((FindingCodes.Expired, Confidence.Certain), (finding.Code, finding.Confidence));
        Assert.Equal(["pip"], finding.Clients);
    }

    [Fact]
    public void Two_servers_that_agree_against_the_local_clock_make_it_the_cause()
    {
        var finding = Assert.Single(Findings(now.AddYears(-5), [root], Seen("one.lab.test", Leaf(root, "one.lab.test")), Seen("two.lab.test", Leaf(root, "two.lab.test"))));

        Assert.Equal((FindingCodes.ClockWrong, Confidence.Likely), (finding.Code, finding.Confidence));
        Assert.Equal([FindingCodes.NotYetValid, FindingCodes.NotYetValid], finding.Consequences.Select(consequence => consequence.Code));
        Assert.Equal(2, finding.Evidence.Count);
    }

    [Fact]
    public void A_wrong_clock_does_not_excuse_a_certificate_that_is_expired_by_every_clock()
    {
        var codes = Findings(now.AddDays(30), [root], Seen("index.lab.test", Leaf(root, "index.lab.test", TimeSpan.FromDays(-1)))).Select(finding => finding.Code).ToList();

        Assert.Equal(FindingCodes.Expired, codes[0]);
        Assert.Contains(FindingCodes.ClockWrong, codes);
    }

    [Fact]
    public void A_public_host_with_a_private_authority_is_intercepted_and_a_private_host_is_not()
    {
        var intercepted = Assert.Single(Findings(now, [root], Seen("pypi.org", Leaf(gateway, "pypi.org"), gateway)));
        var unknown = Assert.Single(Findings(now, [root], Seen("index.lab.test", Leaf(gateway, "index.lab.test"), gateway)));

        Assert.Equal(FindingCodes.Intercepted, intercepted.Code);
        Assert.Equal(FindingCodes.UnknownRoot, Assert.Single(intercepted.Consequences).Code);
        Assert.Equal("O=ACME, CN=ACME Web Gateway", intercepted.Values["issuer"]);
        Assert.Equal(FindingCodes.UnknownRoot, unknown.Code);
    }

    [Fact]
    public void An_interception_that_every_client_trusts_is_worth_knowing_and_no_fault()
    {
        var finding = Assert.Single(Findings(now, [gateway], Seen("pypi.org", Leaf(gateway, "pypi.org"), gateway)));

        Assert.Equal((FindingCodes.Intercepted, FindingSeverity.Info), (finding.Code, finding.Severity));
    }

    [Fact]
    public void Another_authority_through_the_proxy_than_directly_is_certain_proof()
    {
        var proxy = new ProxyFacts(new Uri("http://proxy.lab.test:3128"), new SettingFact(SettingOrigin.Environment, "HTTPS_PROXY", null, "HTTPS_PROXY", ""), false);
        var target = Seen("index.lab.test", Leaf(gateway, "index.lab.test")) with { Proxy = proxy, DirectChain = [Leaf(root, "index.lab.test").Der] };

        var finding = Findings(now, [root], target)[0];

        Assert.Equal((FindingCodes.Intercepted, Confidence.Certain), (finding.Code, finding.Confidence));
    }

    [Fact]
    public void A_renewed_root_is_named_as_renewed()
    {
        var renewed = LabCertificate.Make(new Recipe { Subject = "O=Lab, CN=Root", IsAuthority = true });

        var finding = Assert.Single(Findings(now, [root], Seen("index.lab.test", Leaf(renewed, "index.lab.test"))));

        Assert.Equal(FindingCodes.UnknownRoot, finding.Code);
        Assert.Equal(root.Facts.Fingerprint, finding.Values["replaced"]);
    }

    [Fact]
    public void A_revoked_certificate_is_a_warning_because_no_pip_asks()
    {
        var finding = Assert.Single(Findings(now, [root], Seen("index.lab.test", Leaf(root, "index.lab.test")) with { RevokedAt = now.AddDays(-1) }));

        Assert.Equal((FindingCodes.Revoked, FindingSeverity.Warning), (finding.Code, finding.Severity));
    }

    [Fact]
    public void A_failure_before_any_certificate_names_its_step_and_what_was_seen()
    {
        var target = new TargetFacts
        {
            Url = new Uri("https://index.lab.test/simple/"),
            Reached = ProbePhase.Handshake,
            Failure = WireFailure.HandshakeRefused,
            FailureDetail = "handshake failure",
            Alert = 40,
            OfferedVersions = [(System.Security.Authentication.SslProtocols)192],
        };

        var finding = Assert.Single(Findings(now, [root], target));

        Assert.Equal(FindingCodes.TlsVersion, finding.Code);
        Assert.Equal("TLS 1.0", finding.Values["versions"]);
        Assert.Contains(finding.Evidence, line => line.Contains("handshake_failure", StringComparison.Ordinal));
        Assert.Equal(["pip"], finding.Clients);
    }
}

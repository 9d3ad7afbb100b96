using System.Security.Cryptography.X509Certificates;

namespace Anchorage.Trust.Tests;

public class DiagnosisTests
{
    private static readonly X509Certificate2 Root = Chains.Authority("CN=Root");
    private static readonly X509Certificate2 Intermediate = Chains.Authority("CN=Intermediate", Root);

    private static IReadOnlyList<Finding> Judge(Probe probe, params X509Certificate2[] anchors) =>
        Diagnosis.Of(probe, Chains.Anchors(anchors), Chains.Now);

    private static void Finds(FindingKind kind, int? certificate, string detail, Probe probe)
    {
        var finding = Assert.Single(Judge(probe, Root));
        Assert.Equal((kind, certificate), (finding.Kind, finding.Certificate));
        Assert.Contains(detail, finding.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void A_complete_chain_to_an_anchor_is_trusted() => Assert.Empty(Judge(Chains.Sent(Chains.Leaf(Intermediate), Intermediate), Root));

    [Fact]
    public void A_root_that_is_sent_as_well_does_no_harm() => Assert.Empty(Judge(Chains.Sent(Chains.Leaf(Intermediate), Intermediate, Root), Root));

    [Fact]
    public void The_order_of_the_other_certificates_does_not_matter() => Assert.Empty(Judge(Chains.Sent(Chains.Leaf(Intermediate), Root, Intermediate), Root));

    [Fact]
    public void A_missing_intermediate_is_named() => Finds(FindingKind.IssuerNotFound, 0, "CN=Intermediate", Chains.Sent(Chains.Leaf(Intermediate)));

    [Fact]
    public void An_unknown_root_is_named()
    {
        var other = Chains.Authority("CN=Other Root");
        var others = Chains.Authority("CN=Other Intermediate", other);
        Finds(FindingKind.IssuerNotFound, 1, "CN=Other Root", Chains.Sent(Chains.Leaf(others), others));
    }

    [Fact]
    public void A_sent_root_that_is_no_anchor_is_told_from_a_missing_one()
    {
        var other = Chains.Authority("CN=Other Root");
        Finds(FindingKind.RootNotTrusted, 1, "CN=Other Root", Chains.Sent(Chains.Leaf(other), other));
    }

    [Fact]
    public void A_self_signed_server_certificate_is_told_from_an_unknown_authority() =>
        Finds(FindingKind.SelfSigned, 0, "CN=localhost", Chains.Sent(Chains.Leaf(null)));

    [Fact]
    public void No_anchors_at_all_trust_nothing() =>
        Assert.Equal(FindingKind.IssuerNotFound, Assert.Single(Judge(Chains.Sent(Chains.Leaf(Intermediate), Intermediate))).Kind);

    [Fact]
    public void An_expired_leaf_is_found_with_its_date() =>
        Finds(FindingKind.Expired, 0, Chains.Now.AddDays(-3).ToString("yyyy-MM-dd", null), Chains.Sent(Chains.Leaf(Intermediate, from: Chains.Now.AddDays(-9), until: Chains.Now.AddDays(-3)), Intermediate));

    [Fact]
    public void An_expired_intermediate_is_found_at_its_place()
    {
        var old = Chains.Authority("CN=Old", Root, until: Chains.Now.AddDays(-5));
        Finds(FindingKind.Expired, 1, "Z", Chains.Sent(Chains.Leaf(old), old));
    }

    [Fact]
    public void A_certificate_of_the_future_is_found() =>
        Finds(FindingKind.NotYetValid, 0, "Z", Chains.Sent(Chains.Leaf(Intermediate, from: Chains.Now.AddHours(5)), Intermediate));

    [Fact]
    public void A_wrong_name_lists_the_right_ones() => Finds(FindingKind.WrongName, 0, "other.example", Chains.Sent(Chains.Leaf(Intermediate, "other.example"), Intermediate));

    [Fact]
    public void A_common_name_alone_is_not_enough() => Finds(FindingKind.NoAlternativeName, 0, "CN=localhost", Chains.Sent(Chains.Leaf(Intermediate, name: null), Intermediate));

    [Fact]
    public void A_weak_key_that_dotnet_would_accept_is_found() =>
        Finds(FindingKind.WeakKey, 0, "RSA 1024", Chains.Sent(Chains.Leaf(Intermediate, rsaBits: 1024), Intermediate));

    [Fact]
    public void A_sha1_signature_that_dotnet_would_accept_is_found() =>
        Finds(FindingKind.WeakSignature, 0, "SHA-1", Chains.Sent(Chains.Leaf(Intermediate, sha1: true), Intermediate));

    [Fact]
    public void A_certificate_for_clients_is_found() => Finds(FindingKind.NotForServers, 0, "CN=localhost", Chains.Sent(Chains.Leaf(Intermediate, usage: "1.3.6.1.5.5.7.3.2"), Intermediate));

    [Fact]
    public void A_missing_authority_key_identifier_is_a_warning_only()
    {
        var finding = Assert.Single(Judge(Chains.Sent(Chains.Leaf(Intermediate, keyIdentifier: false), Intermediate), Root));
        Assert.Equal((FindingKind.NoAuthorityKeyIdentifier, Severity.Warning), (finding.Kind, finding.Severity));
    }

    [Fact]
    public void A_name_outside_the_issuers_constraints_is_found()
    {
        var constrained = Chains.Authority("CN=Constrained", Root, permitted: "corp.example");
        Assert.Contains(Judge(Chains.Sent(Chains.Leaf(constrained), constrained), Root), finding => finding.Kind is FindingKind.NameNotPermitted);
    }

    [Fact]
    public void An_authority_renewed_under_its_old_name_does_not_verify()
    {
        var renewed = Chains.Authority("CN=Root");
        Assert.NotEmpty(Judge(Chains.Sent(Chains.Leaf(Intermediate), Intermediate), renewed));
    }

    [Fact]
    public void Several_faults_are_all_found()
    {
        var kinds = Judge(Chains.Sent(Chains.Leaf(null, "other.example", rsaBits: 1024)), Root).Select(finding => finding.Kind);
        Assert.Equal([FindingKind.SelfSigned, FindingKind.WrongName, FindingKind.WeakKey], kinds);
    }
}

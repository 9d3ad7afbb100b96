using Anchorage.Doctor.Tests.Laboratory;

namespace Anchorage.Doctor.Tests;

/// <summary>Where generations of OpenSSL and Python differ from those on this machine; what these say themselves, the laboratory compares.</summary>
public sealed class ChainJudgeTests
{
    private static readonly DateTimeOffset now = TimeProvider.System.GetUtcNow();
    private static readonly VerificationRules strict = new() { IsStrict = true, AcceptsPartialChain = true };
    private static readonly VerificationRules plain = new();
    private static readonly LabCertificate root = Authority("O=Lab, CN=Root");
    private static readonly LabCertificate issuing = Authority("O=Lab, CN=Issuing", root);

    private static LabCertificate Authority(string subject, LabCertificate? issuer = null) => LabCertificate.Make(new Recipe { Subject = subject, Issuer = issuer, IsAuthority = true });

    private static LabCertificate Leaf(params string[] hosts) => LabCertificate.Make(new Recipe { Subject = "CN=localhost", Issuer = issuing, Hosts = hosts });

    private static int?[] Codes(LabCertificate[] chain, LabCertificate[] anchors, VerificationRules rules, string host = "localhost", bool isOpenSsl1 = false) =>
        [.. ChainJudge.Judge([.. chain.Select(c => c.Der)], AnchorSet.Of(anchors.Select(a => a.Der)), rules, host, now, isOpenSsl1).Select(fault => fault.OpenSslCode)];

    [Fact]
    public void Only_openssl_3_misses_key_identifiers_when_strict()
    {
        var leaf = LabCertificate.Make(new Recipe { Subject = "CN=localhost", Issuer = root, Hosts = ["localhost"], HasAuthorityKey = false });

        Assert.Equal([85], Codes([leaf], [root], strict));
        Assert.Empty(Codes([leaf], [root], strict, isOpenSsl1: true));
        Assert.Empty(Codes([leaf], [root], plain));
    }

    [Fact]
    public void An_issuer_that_is_no_authority_has_another_number_in_openssl_1()
    {
        var noAuthority = Leaf("localhost");
        var below = LabCertificate.Make(new Recipe { Subject = "CN=localhost", Issuer = noAuthority, Hosts = ["localhost"] });

        Assert.Equal(79, Codes([below, noAuthority, issuing], [root], plain)[0]);
        Assert.Equal(24, Codes([below, noAuthority, issuing], [root], plain, isOpenSsl1: true)[0]);
    }

    [Fact]
    public void An_intermediate_among_the_anchors_is_enough_only_for_partial_chains()
    {
        Assert.Equal([2], Codes([Leaf("localhost"), issuing], [issuing], plain));
        Assert.Empty(Codes([Leaf("localhost"), issuing], [issuing], plain with { AcceptsPartialChain = true }));
    }

    [Fact]
    public void A_stranger_with_the_name_of_an_anchor_is_not_that_anchor()
    {
        var mimic = LabCertificate.Make(new Recipe { Subject = "O=Lab, CN=Root", IsAuthority = true, HasAuthorityKey = false, HasSubjectKey = false });
        var leaf = LabCertificate.Make(new Recipe { Subject = "CN=localhost", Issuer = mimic, Hosts = ["localhost"] });

        Assert.NotEmpty(Codes([leaf, mimic], [root], plain));
    }

    [Fact]
    public void Authorities_that_issued_each_other_end_in_a_fault_and_not_in_a_loop()
    {
        var one = Authority("CN=One");
        var two = LabCertificate.Make(new Recipe { Subject = "CN=Two", Issuer = one, IsAuthority = true });
        var oneByTwo = LabCertificate.Make(new Recipe { Subject = "CN=One", Issuer = two, IsAuthority = true, KeyOf = one });
        var leaf = LabCertificate.Make(new Recipe { Subject = "CN=localhost", Issuer = two, Hosts = ["localhost"] });

        Assert.NotEmpty(Codes([leaf, two, oneByTwo], [root], plain));
        Assert.NotEmpty(Codes([leaf], [two, oneByTwo], plain));
    }

    [Fact]
    public void Every_fault_is_listed_in_the_order_in_which_openssl_meets_them()
    {
        var leaf = LabCertificate.Make(new Recipe { Subject = "CN=elsewhere", Issuer = issuing, Hosts = ["elsewhere.test"], RsaBits = 1024, Until = TimeSpan.FromDays(-1), ExtendedKeyUsage = "1.3.6.1.5.5.7.3.2" });

        Assert.Equal([66, 26, 62, 10], Codes([leaf, issuing], [root], plain));
        Assert.Equal([66, 26, 10, 62], Codes([leaf, issuing], [root], plain with { Names = NameMatching.Python }));
    }

    [Theory]
    [InlineData("index.test", "*.test", false, true)] // OpenSSL wants two dots beside a star, Python one.
    [InlineData("a.index.test", "*.index.test", true, true)]
    [InlineData("a.b.index.test", "*.index.test", false, false)]
    [InlineData("index.test", "INDEX.test", true, true)]
    [InlineData("bücher.test", "xn--bcher-kva.test", true, true)]
    [InlineData("127.0.0.1", "127.0.0.1", true, true)]
    [InlineData("[::1]", "::1", true, true)]
    [InlineData("10.0.0.1", "*.0.0.1", false, false)]
    public void Names_match_as_openssl_or_python_match_them(string host, string pattern, bool byOpenSsl, bool byPython)
    {
        var leaf = Leaf(pattern);

        Assert.Equal(byOpenSsl, Codes([leaf, issuing], [root], plain, host).Length == 0);
        Assert.Equal(byPython, Codes([leaf, issuing], [root], plain with { Names = NameMatching.Python }, host).Length == 0);
    }

    [Fact]
    public void The_name_in_the_subject_counts_only_beside_no_alternative_name_and_not_for_urllib3_2()
    {
        Assert.Empty(Codes([Leaf(), issuing], [root], plain));
        Assert.Equal([62], Codes([Leaf(), issuing], [root], plain with { AcceptsCommonName = false }));
        Assert.Equal([62], Codes([Leaf("other.test"), issuing], [root], plain));
        // With an address alone, OpenSSL still looks into the subject, Python does not.
        Assert.Empty(Codes([Leaf("127.0.0.1"), issuing], [root], plain));
        Assert.Equal([62], Codes([Leaf("127.0.0.1"), issuing], [root], plain with { Names = NameMatching.Python }));
    }

    [Fact]
    public void A_lower_security_level_accepts_what_level_2_refuses()
    {
        var leaf = LabCertificate.Make(new Recipe { Subject = "CN=localhost", Issuer = issuing, Hosts = ["localhost"], RsaBits = 1024 });

        Assert.Equal([66], Codes([leaf, issuing], [root], plain));
        Assert.Empty(Codes([leaf, issuing], [root], plain with { SecurityLevel = 1 }));
    }
}

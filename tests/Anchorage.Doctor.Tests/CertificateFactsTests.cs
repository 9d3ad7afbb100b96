using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Anchorage.Doctor.Tests.Laboratory;

namespace Anchorage.Doctor.Tests;

public sealed class CertificateFactsTests
{
    private static readonly LabCertificate root = LabCertificate.Make(new Recipe { Subject = "O=Lab, CN=Lab Root", IsAuthority = true, PathLength = 2 });

    [Fact]
    public void A_certificate_says_what_was_put_into_it()
    {
        var leaf = LabCertificate.Make(new Recipe
        {
            Subject = "C=CN, O=\"Lab, Inc.\", CN=localhost",
            Issuer = root,
            Hosts = ["localhost", "*.lab.test", "127.0.0.1", "::1"],
            RsaBits = 2048,
            IssuerUrl = "http://lab.test/root.cer",
            RevocationListUrl = "http://lab.test/root.crl",
        }).Facts;
        var platform = X509CertificateLoader.LoadCertificate(leaf.Der.Span);

        Assert.Equal("C=CN, O=Lab, Inc., CN=localhost", leaf.Subject.Text);
        Assert.Equal(root.Facts.Subject, leaf.Issuer);
        Assert.Equal("Lab, Inc.", leaf.Subject.Organization);
        Assert.Equal(platform.SerialNumber.TrimStart('0'), leaf.Serial, ignoreCase: true);
        Assert.Equal(platform.NotAfter.ToUniversalTime(), leaf.NotAfter.UtcDateTime);
        Assert.Equal(platform.GetCertHashString(HashAlgorithmName.SHA256), leaf.Fingerprint, ignoreCase: true);
        Assert.Equal((KeyKind.Rsa, 2048), (leaf.Key, leaf.KeyBits));
        Assert.Equal("ecdsaWithSHA256", leaf.Signature.Name);
        Assert.Equal(["localhost", "*.lab.test"], leaf.DnsNames);
        Assert.Equal(["127.0.0.1", "::1"], leaf.Addresses.Select(address => address.ToString()));
        Assert.Equal(root.Facts.SubjectKey, leaf.AuthorityKey?.KeyId);
        Assert.Equal(KeyUsages.DigitalSignature | KeyUsages.KeyEncipherment, leaf.KeyUsage);
        Assert.Equal(["1.3.6.1.5.5.7.3.1"], leaf.ExtendedKeyUsage);
        Assert.Equal(["http://lab.test/root.cer"], leaf.IssuerUrls);
        Assert.Equal(["http://lab.test/root.crl"], leaf.RevocationListUrls);
        Assert.False(leaf.IsSelfIssued);
        Assert.Equal(new BasicConstraints(true, 2, true), root.Facts.BasicConstraints);
        Assert.Equal(SignatureState.Good, SignatureCheck.Of(leaf, root.Facts));
        Assert.Equal(SignatureState.Bad, SignatureCheck.Of(leaf, LabCertificate.Make(new Recipe { Subject = "CN=Other", IsAuthority = true }).Facts));
    }

    [Fact]
    public void Every_root_of_the_public_list_can_be_read_and_has_signed_itself()
    {
        Assert.All(PublicRoots.Current, root =>
        {
            Assert.True(CertificateFacts.TryRead(root.Certificate, out var facts, out var fault), fault);
            Assert.Empty(facts.UnreadableExtensions);
            Assert.True(facts.KeyBits > 0);
            Assert.Equal(SignatureState.Good, SignatureCheck.Of(facts, facts));
        });
    }

    [Fact]
    public void Names_are_the_same_whatever_their_case_and_spaces()
    {
        var one = LabCertificate.Make(new Recipe { Subject = "O=The  Lab , CN=ROOT" }).Facts.Subject;
        var other = LabCertificate.Make(new Recipe { Subject = "O=the lab, CN=Root" }).Facts.Subject;

        Assert.Equal(one, other);
        Assert.NotEqual(one, LabCertificate.Make(new Recipe { Subject = "CN=root, O=the lab" }).Facts.Subject);
    }

    [Fact]
    public void Names_of_strangers_cannot_write_to_a_terminal()
    {
        var hostile = LabCertificate.Make(new Recipe { Subject = "CN=\"\u001b]0;owned\u0007\u202eevil\"" }).Facts;

        Assert.Equal("CN=?]0;owned??evil", hostile.Subject.Text);
    }

    [Fact]
    public void Damaged_certificates_are_a_fact_and_never_a_crash()
    {
        var random = new Random(20261125);
        var original = LabCertificate.Make(new Recipe { Subject = "CN=localhost", Issuer = root, Hosts = ["localhost", "10.0.0.1"], PermittedDomain = "lab.test", IssuerUrl = "http://x/" }).Der.ToArray();
        var read = 0;
        for (var round = 0; round < 20_000; round++)
        {
            var damaged = original.ToArray();
            for (var i = random.Next(1, 4); i > 0; i--)
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            if (round % 5 == 0)
                damaged = damaged[..random.Next(damaged.Length)];
            if (CertificateFacts.TryRead(damaged, out var facts, out _))
            {
                read++;
                ChainJudge.Judge([damaged, root.Der], AnchorSet.Of([root.Der]), new VerificationRules { IsStrict = true }, "localhost", TimeProvider.System.GetUtcNow());
                Assert.NotNull(facts.Subject.Text);
            }
        }
        Assert.InRange(read, 1_000, 19_000);
    }

    [Fact]
    public void Deeply_nested_and_huge_input_is_refused_quickly()
    {
        Assert.False(CertificateFacts.TryRead(new byte[CertificateFacts.LargestBytes + 1], out _, out var tooLarge));
        Assert.Contains("larger", tooLarge, StringComparison.Ordinal);
        byte[] nested = [];
        while (nested.Length < 60_000)
            nested = [0x30, 0x83, (byte)(nested.Length >> 16), (byte)(nested.Length >> 8), (byte)nested.Length, .. nested, .. new byte[500]];
        Assert.False(CertificateFacts.TryRead(nested, out _, out _));
    }
}

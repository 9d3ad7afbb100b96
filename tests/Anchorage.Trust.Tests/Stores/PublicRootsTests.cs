using System.Security.Cryptography.X509Certificates;
using Anchorage.Testing;

namespace Anchorage.Trust.Tests.Stores;

public class PublicRootsTests
{
    [Fact]
    public void Every_current_root_is_a_certificate_that_its_record_knows()
    {
        Assert.Equal(121, PublicRoots.Current.Count);
        Assert.All(PublicRoots.Current, root =>
        {
            using var certificate = X509CertificateLoader.LoadCertificate(root.Certificate.Span);
            var record = PublicRoots.History[root.Fingerprint];
            Assert.Null(record.ListedUntil);
            Assert.Equal(DateOnly.FromDateTime(certificate.NotAfter.ToUniversalTime()), record.EndsOn);
            Assert.Equal(certificate.SubjectName.RawData, certificate.IssuerName.RawData);
        });
        Assert.Equal(PublicRoots.Current.Count, PublicRoots.History.Values.Count(record => record.ListedUntil is null));
        Assert.EndsWith("-----END CERTIFICATE-----\n", PublicRoots.Pem, StringComparison.Ordinal);
        Assert.Contains($"# Date: {PublicRoots.Date:yyyy-MM-dd}\n", PublicRoots.Pem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_root_that_was_taken_off_is_remembered_with_its_last_day()
    {
        var removed = Assert.Single(PublicRoots.History.Values, record => record.Name == "DigiCert Global Root CA");
        Assert.Equal(new DateOnly(2026, 2, 24), removed.ListedUntil);
        Assert.DoesNotContain(PublicRoots.Current, root => root.Fingerprint == removed.Fingerprint);
    }

    [Theory]
    [InlineData("ensurepip", "18.1")]
    [InlineData("ensurepip", "24.2")]
    [InlineData("virtualenv-embed", "26.1.2")]
    public void No_root_of_a_real_pip_is_taken_for_a_local_one(string folder, string version)
    {
        var wheel = Directory.EnumerateFiles(TestVectors.PathOf(folder), $"pip-{version}-*.whl").Single();
        using var zip = System.IO.Compression.ZipFile.OpenRead(wheel);
        using var stream = zip.GetEntry("pip/_vendor/certifi/cacert.pem")!.Open();
        using var content = new MemoryStream();
        stream.CopyTo(content);

        var bundle = PemBundle.Read(content.ToArray());

        Assert.Equal(BundleState.Good, bundle.State);
        Assert.All(bundle.Certificates, certificate => Assert.NotNull(PublicRoots.Find(certificate.Span)));
    }
}

using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Anchorage.Testing;

/// <summary>
/// A certificate authority of a test's own: root → intermediate → server certificates, as a company's PKI is built.
/// Nothing on the machine trusts it; a client has to be told, the way a user would tell it.
/// </summary>
public sealed class TestAuthority : IDisposable
{
    private readonly X509Certificate2 root;
    private readonly X509Certificate2 intermediate;
    private readonly DateTimeOffset now;

    /// <summary>Makes an authority; <paramref name="name"/> tells two of them apart in messages.</summary>
    public TestAuthority(string name = "Anchorage Test", TimeProvider? clock = null)
    {
        now = (clock ?? TimeProvider.System).GetUtcNow();
        root = IssueAuthority($"CN={name} Root", null);
        intermediate = IssueAuthority($"CN={name} Intermediate", root);
    }

    /// <summary>The trust anchor, PEM: what a client is given.</summary>
    public string RootPem => root.ExportCertificatePem() + "\n";

    /// <summary>The root certificate.</summary>
    public X509Certificate2 Root => root;

    /// <summary>The intermediate that signs server certificates.</summary>
    public X509Certificate2 Intermediate => intermediate;

    /// <summary>A certificate for these hosts (names or IP addresses; localhost and 127.0.0.1 where none is given), valid for a year.</summary>
    public ServerCertificate Issue(params string[] hosts) => Issue(hosts, now.AddDays(-1), now.AddDays(365));

    /// <summary>A certificate that expired yesterday.</summary>
    public ServerCertificate IssueExpired(params string[] hosts) => Issue(hosts, now.AddDays(-30), now.AddDays(-1));

    /// <summary>A certificate that is valid from tomorrow.</summary>
    public ServerCertificate IssueNotYetValid(params string[] hosts) => Issue(hosts, now.AddDays(1), now.AddDays(30));

    /// <summary>A valid certificate beside a private key that is not its own.</summary>
    public ServerCertificate IssueWithForeignKey(params string[] hosts)
    {
        using var foreign = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return Issue(hosts) with { KeyPem = foreign.ExportPkcs8PrivateKeyPem() + "\n" };
    }

    /// <summary>A certificate valid between two instants.</summary>
    public ServerCertificate Issue(string[] hosts, DateTimeOffset notBefore, DateTimeOffset notAfter)
    {
        if (hosts.Length == 0)
            hosts = ["localhost", "127.0.0.1"];
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={hosts[0]}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false));
        var names = new SubjectAlternativeNameBuilder();
        foreach (var host in hosts)
        {
            if (System.Net.IPAddress.TryParse(host, out var address))
                names.AddIpAddress(address);
            else
                names.AddDnsName(host);
        }
        request.CertificateExtensions.Add(names.Build());
        AddKeyIdentifiers(request, intermediate);
        using var certificate = request.Create(intermediate, notBefore, notAfter, SerialNumber());
        return new ServerCertificate(
            certificate.ExportCertificatePem() + "\n",
            intermediate.ExportCertificatePem() + "\n",
            key.ExportPkcs8PrivateKeyPem() + "\n");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        root.Dispose();
        intermediate.Dispose();
    }

    private X509Certificate2 IssueAuthority(string subject, X509Certificate2? issuer)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, issuer is not null, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        // The default pip of Python 3.13 refuses a chain without key identifiers (VERIFY_X509_STRICT).
        AddKeyIdentifiers(request, issuer);
        var (from, until) = (now.AddYears(-1), now.AddYears(5));
        if (issuer is null)
            return request.CreateSelfSigned(from, until);
        using var certificate = request.Create(issuer, from, until, SerialNumber());
        return certificate.CopyWithPrivateKey(key);
    }

    private static void AddKeyIdentifiers(CertificateRequest request, X509Certificate2? issuer)
    {
        var own = new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false);
        request.CertificateExtensions.Add(own);
        var issuing = issuer?.Extensions.OfType<X509SubjectKeyIdentifierExtension>().Single() ?? own;
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(issuing));
    }

    private static byte[] SerialNumber()
    {
        var serial = RandomNumberGenerator.GetBytes(16);
        serial[0] &= 0x7F;
        return serial;
    }
}

/// <summary>A server certificate with what a server needs beside it, all PEM.</summary>
public sealed record ServerCertificate(string LeafPem, string IntermediatePem, string KeyPem)
{
    /// <summary>Leaf and intermediate: the file a server is given.</summary>
    public string ChainPem => LeafPem + IntermediatePem;

    /// <summary>Writes <c>chain.pem</c> and <c>key.pem</c> into a folder.</summary>
    public (string Certificate, string Key) WriteTo(TestDirectory folder, string name = "server") =>
        (folder.Write($"{name}-chain.pem", ChainPem), folder.Write($"{name}-key.pem", KeyPem));

    /// <summary>What a TLS server in this process presents: leaf and intermediate.</summary>
    public SslStreamCertificateContext ToContext()
    {
        using var ephemeral = X509Certificate2.CreateFromPem(LeafPem, KeyPem);
        // Through PKCS#12: Windows does not serve with an ephemeral key.
        var certificate = X509CertificateLoader.LoadPkcs12(ephemeral.Export(X509ContentType.Pkcs12), null);
        var chain = new X509Certificate2Collection();
        chain.ImportFromPem(IntermediatePem);
        return SslStreamCertificateContext.Create(certificate, chain, offline: true);
    }
}

// A company's authority for tests: root, intermediate and whatever leaf a case asks for.

using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Anchorage.Server.Tests.Tls;

internal sealed class IssuedCertificates : IDisposable
{
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();
    private readonly X509Certificate2 _intermediate;

    public IssuedCertificates()
    {
        Root = Authority("CN=Example Root", null);
        _intermediate = Authority("CN=Example Intermediate", Root);
    }

    public X509Certificate2 Root { get; }

    public string IntermediatePem => _intermediate.ExportCertificatePem() + "\n";

    /// <summary>Certificate file (leaf, intermediate) and key file.</summary>
    public (string Certificate, string Key) Issue(
        string? name = "localhost", DateTimeOffset? from = null, DateTimeOffset? until = null, AsymmetricAlgorithm? key = null, string usage = "1.3.6.1.5.5.7.3.1")
    {
        key ??= ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = key is RSA rsa
            ? new CertificateRequest("CN=leaf", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            : new CertificateRequest("CN=leaf", (ECDsa)key, HashAlgorithmName.SHA256);
        if (name is not null)
        {
            var names = new SubjectAlternativeNameBuilder();
            names.AddDnsName(name);
            request.CertificateExtensions.Add(names.Build());
        }
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], critical: false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(_intermediate, true, false));
        using var issuer = _intermediate.GetECDsaPrivateKey()!;
        using var leaf = request.Create(
            _intermediate.SubjectName, X509SignatureGenerator.CreateForECDsa(issuer), from ?? Now.AddHours(-1), until ?? Now.AddDays(90), RandomNumberGenerator.GetBytes(8));
        return (leaf.ExportCertificatePem() + "\n" + IntermediatePem, key.ExportPkcs8PrivateKeyPem() + "\n");
    }

    public void Dispose()
    {
        Root.Dispose();
        _intermediate.Dispose();
    }

    private static X509Certificate2 Authority(string subject, X509Certificate2? issuer)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(X509BasicConstraintsExtension.CreateForCertificateAuthority());
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        if (issuer is null)
        {
            return request.CreateSelfSigned(Now.AddDays(-2000), Now.AddDays(2000));
        }
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(issuer, true, false));
        using var certificate = request.Create(issuer, Now.AddDays(-1000), Now.AddDays(1000), RandomNumberGenerator.GetBytes(8));
        return certificate.CopyWithPrivateKey(key);
    }
}

using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Anchorage.Doctor.Tests.Laboratory;

/// <summary>How a certificate of the laboratory is made. The defaults are those of a careful authority.</summary>
internal sealed record Recipe
{
    public required string Subject { get; init; }
    public LabCertificate? Issuer { get; init; }
    public bool IsAuthority { get; init; }
    public string[] Hosts { get; init; } = [];
    public TimeSpan From { get; init; } = TimeSpan.FromDays(-300);
    public TimeSpan Until { get; init; } = TimeSpan.FromDays(300);
    /// <summary>0 = P-256.</summary>
    public int RsaBits { get; init; }
    public HashAlgorithmName Digest { get; init; } = HashAlgorithmName.SHA256;
    public bool HasAuthorityKey { get; init; } = true;
    public bool HasSubjectKey { get; init; } = true;
    public bool HasConstraints { get; init; } = true;
    public bool AreConstraintsCritical { get; init; } = true;
    public int? PathLength { get; init; }
    public X509KeyUsageFlags? KeyUsage { get; init; }
    public bool HasKeyUsage { get; init; } = true;
    public string? ExtendedKeyUsage { get; init; } = "1.3.6.1.5.5.7.3.1";
    public string? PermittedDomain { get; init; }
    public string? UnknownCriticalExtension { get; init; }
    public string? IssuerUrl { get; init; }
    public string? RevocationListUrl { get; init; }
    /// <summary>The key of another certificate: a cross-signed twin.</summary>
    public LabCertificate? KeyOf { get; init; }
}

/// <summary>A certificate with its key.</summary>
internal sealed class LabCertificate
{
    private static readonly DateTimeOffset now = TimeProvider.System.GetUtcNow();
    private readonly AsymmetricAlgorithm key;

    private LabCertificate(X509Certificate2 certificate, AsymmetricAlgorithm key) => (Certificate, this.key) = (certificate, key);

    public X509Certificate2 Certificate { get; }

    public ReadOnlyMemory<byte> Der => Certificate.RawData;

    public string Pem => Certificate.ExportCertificatePem() + "\n";

    public string KeyPem => key.ExportPkcs8PrivateKeyPem() + "\n";

    public CertificateFacts Facts => CertificateFacts.TryRead(Der, out var facts, out var fault) ? facts : throw new InvalidOperationException(fault);

    /// <summary>With its private key, for a server in this process.</summary>
    public X509Certificate2 WithKey => key switch
    {
        RSA rsa => Certificate.CopyWithPrivateKey(rsa),
        ECDsa ecdsa => Certificate.CopyWithPrivateKey(ecdsa),
        _ => throw new InvalidOperationException(),
    };

    public static LabCertificate Make(Recipe recipe)
    {
        AsymmetricAlgorithm key = recipe.KeyOf?.key ?? (recipe.RsaBits > 0 ? RSA.Create(recipe.RsaBits) : ECDsa.Create(ECCurve.NamedCurves.nistP256));
        var name = new X500DistinguishedName(recipe.Subject, X500DistinguishedNameFlags.None);
        var request = key is RSA rsa
            ? new CertificateRequest(name, rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            : new CertificateRequest(name, (ECDsa)key, HashAlgorithmName.SHA256);
        AddExtensions(request, recipe);
        var serial = RandomNumberGenerator.GetBytes(12);
        serial[0] = (byte)(serial[0] & 0x7F | 1);
        var issuer = recipe.Issuer;
        var generator = new AnyDigest(issuer?.key ?? key, recipe.Digest);
        var certificate = request.Create(issuer?.Certificate.SubjectName ?? name, generator, now + recipe.From, now + recipe.Until, serial);
        return new LabCertificate(certificate, key);
    }

    private static void AddExtensions(CertificateRequest request, Recipe recipe)
    {
        var add = request.CertificateExtensions.Add;
        if (recipe.HasConstraints)
            add(new X509BasicConstraintsExtension(recipe.IsAuthority, recipe.PathLength is not null, recipe.PathLength ?? 0, recipe.AreConstraintsCritical));
        if (recipe.HasKeyUsage)
            add(new X509KeyUsageExtension(recipe.KeyUsage ?? (recipe.IsAuthority ? X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign : X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyEncipherment), critical: true));
        if (!recipe.IsAuthority && recipe.ExtendedKeyUsage is { } usage)
            add(new X509EnhancedKeyUsageExtension([new Oid(usage)], critical: false));
        if (recipe.Hosts.Length > 0)
        {
            var names = new SubjectAlternativeNameBuilder();
            foreach (var host in recipe.Hosts)
            {
                if (IPAddress.TryParse(host, out var address))
                    names.AddIpAddress(address);
                else
                    names.AddDnsName(host);
            }
            add(names.Build());
        }
        var own = new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false);
        if (recipe.HasSubjectKey)
            add(own);
        var issuing = recipe.Issuer is null ? own : recipe.Issuer.Certificate.Extensions.OfType<X509SubjectKeyIdentifierExtension>().FirstOrDefault();
        if (recipe.HasAuthorityKey && issuing is not null)
            add(X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(issuing));
        if (recipe.PermittedDomain is { } domain)
        {
            byte[] tree = [0x82, (byte)domain.Length, .. System.Text.Encoding.ASCII.GetBytes(domain)];
            add(new X509Extension("2.5.29.30", (byte[])[0x30, (byte)(tree.Length + 4), 0xA0, (byte)(tree.Length + 2), 0x30, (byte)tree.Length, .. tree], critical: true));
        }
        if (recipe.UnknownCriticalExtension is { } oid)
            add(new X509Extension(oid, (byte[])[5, 0], critical: true));
        if (recipe.IssuerUrl is { } url)
            add(new X509AuthorityInformationAccessExtension(null, [url]));
        if (recipe.RevocationListUrl is { } list)
            add(CertificateRevocationListBuilder.BuildCrlDistributionPointExtension([list]));
    }

    /// <summary>A revocation list by this authority.</summary>
    public byte[] RevocationList(params LabCertificate[] revoked)
    {
        var builder = new CertificateRevocationListBuilder();
        foreach (var certificate in revoked)
            builder.AddEntry(certificate.Certificate.SerialNumberBytes.Span, now.AddDays(-2));
        return builder.Build(WithKey, 1, now.AddDays(10), HashAlgorithmName.SHA256, key is RSA ? RSASignaturePadding.Pkcs1 : null);
    }

    /// <summary>Signs with digests that .NET no longer issues certificates with.</summary>
    private sealed class AnyDigest(AsymmetricAlgorithm key, HashAlgorithmName digest) : X509SignatureGenerator
    {
        public override byte[] GetSignatureAlgorithmIdentifier(HashAlgorithmName hashAlgorithm) => (key, digest.Name) switch
        {
            (RSA, "MD5") => [0x30, 13, 6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 13, 1, 1, 4, 5, 0],
            (RSA, "SHA1") => [0x30, 13, 6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 13, 1, 1, 5, 5, 0],
            (RSA, _) => [0x30, 13, 6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 13, 1, 1, 11, 5, 0],
            (_, "SHA1") => [0x30, 9, 6, 7, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 1],
            _ => [0x30, 10, 6, 8, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 3, 2],
        };

        public override byte[] SignData(byte[] data, HashAlgorithmName hashAlgorithm) => key is RSA rsa
            ? rsa.SignData(data, digest, RSASignaturePadding.Pkcs1)
            : ((ECDsa)key).SignData(data, digest, DSASignatureFormat.Rfc3279DerSequence);

        protected override PublicKey BuildPublicKey() => throw new NotSupportedException();
    }
}

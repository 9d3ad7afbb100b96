using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Anchorage.Trust;

/// <summary>The certificates exactly as a server sent them: its own first. Not a path, which is what a verifier makes of them.</summary>
public sealed record ServerChain(IReadOnlyList<X509Certificate2> Certificates)
{
    /// <summary>The server's own certificate.</summary>
    public X509Certificate2 Leaf => Certificates[0];

    /// <summary>The SHA-256 fingerprint, lower-case hex.</summary>
    public static string Fingerprint(X509Certificate2 certificate) => Convert.ToHexStringLower(certificate.GetCertHash(HashAlgorithmName.SHA256));

    /// <summary>The DNS names and IP addresses that a certificate is for (RFC 5280 §4.2.1.6).</summary>
    public static IReadOnlyList<string> NamesOf(X509Certificate2 certificate) =>
        certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().FirstOrDefault() is { } names
            ? [.. names.EnumerateDnsNames(), .. names.EnumerateIPAddresses().Select(address => address.ToString())]
            : [];

    /// <summary>True where a certificate names itself as its issuer.</summary>
    public static bool IsSelfIssued(X509Certificate2 certificate) =>
        certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData);
}

using System.Diagnostics.CodeAnalysis;
using System.Formats.Asn1;
using System.Net;
using System.Security.Cryptography;

namespace Anchorage.Trust;

/// <summary>
/// What one X.509 certificate says of itself, read from its own bytes: no platform's store, cache or opinion takes part. Extensions that cannot be
/// read are facts too (<see cref="UnreadableExtensions"/>).
/// </summary>
public sealed record CertificateFacts
{
    /// <summary>The largest certificate that is read: OpenSSL takes no more than 100 KiB of certificates from a peer.</summary>
    public const int LargestBytes = 102_400;

    /// <summary>The encoding.</summary>
    public required ReadOnlyMemory<byte> Der { get; init; }

    /// <summary>SHA-256 of the encoding, lower-case hex.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>1 or 3 (2 is rare).</summary>
    public required int Version { get; init; }

    /// <summary>The serial number, lower-case hex without leading zeroes.</summary>
    public required string Serial { get; init; }

    /// <summary>Whom it is about.</summary>
    public required DistinguishedName Subject { get; init; }

    /// <summary>Who signed it.</summary>
    public required DistinguishedName Issuer { get; init; }

    /// <summary>Valid from.</summary>
    public required DateTimeOffset NotBefore { get; init; }

    /// <summary>Valid until, inclusive.</summary>
    public required DateTimeOffset NotAfter { get; init; }

    /// <summary>The kind of its key.</summary>
    public required KeyKind Key { get; init; }

    /// <summary>The size of its key in bits; 0 where it is not known.</summary>
    public required int KeyBits { get; init; }

    /// <summary>The curve's dotted number; null where the key has none.</summary>
    public string? Curve { get; init; }

    /// <summary>How it was signed.</summary>
    public required SignatureAlgorithm Signature { get; init; }

    /// <summary>The algorithm inside the signed part differs from the one beside the signature (RFC 5280 §4.1.1.2).</summary>
    public bool HasInconsistentAlgorithm { get; init; }

    /// <summary>Subject alternative names: DNS. Null where the extension is missing; empty where it holds none.</summary>
    public IReadOnlyList<string>? DnsNames { get; init; }

    /// <summary>Subject alternative names: IP addresses.</summary>
    public IReadOnlyList<IPAddress> Addresses { get; init; } = [];

    /// <summary>Subject alternative names: mail addresses.</summary>
    public IReadOnlyList<string> MailAddresses { get; init; } = [];

    /// <summary>Number of alternative names of every kind.</summary>
    public int AlternativeNames { get; init; }

    /// <summary>Authority key identifier; null where it is missing.</summary>
    public AuthorityKey? AuthorityKey { get; init; }

    /// <summary>Subject key identifier, lower-case hex; null where it is missing.</summary>
    public string? SubjectKey { get; init; }

    /// <summary>Basic constraints; null where they are missing.</summary>
    public BasicConstraints? BasicConstraints { get; init; }

    /// <summary>Key usage bits (RFC 5280 §4.2.1.3, bit 0 = digitalSignature); null where the extension is missing.</summary>
    public KeyUsages? KeyUsage { get; init; }

    /// <summary>Dotted numbers of the extended key usages; null where the extension is missing.</summary>
    public IReadOnlyList<string>? ExtendedKeyUsage { get; init; }

    /// <summary>Name constraints; null where there are none.</summary>
    public NameConstraints? NameConstraints { get; init; }

    /// <summary>Where the issuer's certificate can be fetched (authority information access, caIssuers).</summary>
    public IReadOnlyList<string> IssuerUrls { get; init; } = [];

    /// <summary>Where OCSP is answered.</summary>
    public IReadOnlyList<string> OcspUrls { get; init; } = [];

    /// <summary>Where the revocation list is.</summary>
    public IReadOnlyList<string> RevocationListUrls { get; init; } = [];

    /// <summary>It carries certificate-transparency timestamps, as those of public authorities do.</summary>
    public bool HasTransparencyTimestamps { get; init; }

    /// <summary>Critical extensions that OpenSSL does not know: it refuses the certificate.</summary>
    public IReadOnlyList<string> UnknownCriticalExtensions { get; init; } = [];

    /// <summary>Critical extensions, known or not, by dotted number.</summary>
    public IReadOnlyList<string> CriticalExtensions { get; init; } = [];

    /// <summary>Extensions whose content cannot be read, by dotted number.</summary>
    public IReadOnlyList<string> UnreadableExtensions { get; init; } = [];

    /// <summary>It names itself as its issuer.</summary>
    public bool IsSelfIssued => Subject.Equals(Issuer);

    /// <summary>SM2 in the key or in the signature: GB/T 20518, which no TLS of a Python can use.</summary>
    public bool IsSm2 => Key == KeyKind.Sm2 || Signature.IsSm2;

    /// <summary>The part that is signed.</summary>
    internal ReadOnlyMemory<byte> SignedPart { get; init; }

    /// <summary>The signature.</summary>
    internal ReadOnlyMemory<byte> SignatureBytes { get; init; }

    /// <summary>SubjectPublicKeyInfo.</summary>
    internal ReadOnlyMemory<byte> PublicKey { get; init; }

    /// <summary>Reads a certificate.</summary>
    /// <param name="der">One certificate; nothing may follow it.</param>
    /// <param name="facts">What it says.</param>
    /// <param name="fault">Why it is none.</param>
    /// <returns>False where the bytes are no certificate, or more than <see cref="LargestBytes"/>. Never throws.</returns>
    public static bool TryRead(ReadOnlyMemory<byte> der, [NotNullWhen(true)] out CertificateFacts? facts, [NotNullWhen(false)] out string? fault)
    {
        (facts, fault) = (null, null);
        if (der.Length > LargestBytes)
        {
            fault = $"larger than {LargestBytes} bytes";
            return false;
        }
        try
        {
            facts = CertificateReader.Read(der);
            return true;
        }
        catch (Exception e) when (e is AsnContentException or ArgumentException or CryptographicException or OverflowException or FormatException)
        {
            fault = e.Message;
            return false;
        }
    }

    /// <summary>Two certificates are the same where every byte is.</summary>
    public bool Equals(CertificateFacts? other) => other is not null && Der.Span.SequenceEqual(other.Der.Span);

    /// <inheritdoc/>
    public override int GetHashCode() => Fingerprint.GetHashCode(StringComparison.Ordinal);
}

/// <summary>The authority key identifier (RFC 5280 §4.2.1.1).</summary>
/// <param name="KeyId">Lower-case hex; null where it is missing.</param>
/// <param name="Issuer">The issuer's issuer; null where it is missing.</param>
/// <param name="Serial">The issuer's serial number, lower-case hex; null where it is missing.</param>
public sealed record AuthorityKey(string? KeyId, DistinguishedName? Issuer, string? Serial);

/// <summary>Basic constraints (RFC 5280 §4.2.1.9).</summary>
/// <param name="IsAuthority">It may issue certificates.</param>
/// <param name="PathLength">How many authorities may stand below it; null = any.</param>
/// <param name="IsCritical">The extension is marked critical, as RFC 5280 asks of authorities.</param>
public sealed record BasicConstraints(bool IsAuthority, int? PathLength, bool IsCritical);

/// <summary>Key usages (RFC 5280 §4.2.1.3).</summary>
[Flags]
public enum KeyUsages
{
    /// <summary>None.</summary>
    None = 0,
    /// <summary>digitalSignature.</summary>
    DigitalSignature = 1,
    /// <summary>nonRepudiation.</summary>
    NonRepudiation = 2,
    /// <summary>keyEncipherment.</summary>
    KeyEncipherment = 4,
    /// <summary>dataEncipherment.</summary>
    DataEncipherment = 8,
    /// <summary>keyAgreement.</summary>
    KeyAgreement = 16,
    /// <summary>keyCertSign.</summary>
    CertificateSign = 32,
    /// <summary>cRLSign.</summary>
    RevocationListSign = 64,
    /// <summary>encipherOnly.</summary>
    EncipherOnly = 128,
    /// <summary>decipherOnly.</summary>
    DecipherOnly = 256,
}

/// <summary>Name constraints (RFC 5280 §4.2.1.10).</summary>
/// <param name="Permitted">Trees that names of their kind must be in.</param>
/// <param name="Excluded">Trees that no name may be in.</param>
public sealed record NameConstraints(IReadOnlyList<NameTree> Permitted, IReadOnlyList<NameTree> Excluded);

/// <summary>One tree of names. Exactly one property is set; none for a kind that is not evaluated.</summary>
public sealed record NameTree
{
    /// <summary>A domain.</summary>
    public string? Dns { get; init; }

    /// <summary>A mail address, host or domain.</summary>
    public string? Mail { get; init; }

    /// <summary>An address with its mask, 8 or 32 bytes.</summary>
    public byte[]? Network { get; init; }

    /// <summary>A directory name.</summary>
    public DistinguishedName? Directory { get; init; }
}

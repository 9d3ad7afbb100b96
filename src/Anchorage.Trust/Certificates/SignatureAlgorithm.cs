using System.Security.Cryptography;

namespace Anchorage.Trust;

/// <summary>The kinds of public keys that are told apart.</summary>
public enum KeyKind
{
    /// <summary>RSA (also with RSASSA-PSS parameters).</summary>
    Rsa,
    /// <summary>An elliptic curve of NIST or Brainpool.</summary>
    Ec,
    /// <summary>The SM2 curve of GB/T 32918, which has the key type of every other curve: only the curve's number tells.</summary>
    Sm2,
    /// <summary>Ed25519.</summary>
    Ed25519,
    /// <summary>Ed448.</summary>
    Ed448,
    /// <summary>DSA.</summary>
    Dsa,
    /// <summary>Anything else.</summary>
    Other,
}

/// <summary>How a certificate was signed.</summary>
/// <param name="Oid">The algorithm's dotted number.</param>
/// <param name="Name">Its usual name; the number where it is not known.</param>
/// <param name="Key">The kind of key that makes such signatures.</param>
/// <param name="Digest">The digest; null where the algorithm has one of its own, or is not known.</param>
/// <param name="SecurityBits">What OpenSSL 3 rates it at: its security levels 1 and 2 ask for 80 and 112.</param>
public sealed record SignatureAlgorithm(string Oid, string Name, KeyKind Key, HashAlgorithmName? Digest, int SecurityBits)
{
    internal const string RsaPss = "1.2.840.113549.1.1.10";

    internal const string Sm2WithSm3 = "1.2.156.10197.1.501";

    private static readonly Dictionary<string, SignatureAlgorithm> known = new SignatureAlgorithm[]
    {
        new("1.2.840.113549.1.1.2", "md2WithRSA", KeyKind.Rsa, null, 0),
        new("1.2.840.113549.1.1.4", "md5WithRSA", KeyKind.Rsa, HashAlgorithmName.MD5, 39),
        new("1.2.840.113549.1.1.5", "sha1WithRSA", KeyKind.Rsa, HashAlgorithmName.SHA1, 63),
        new("1.3.14.3.2.29", "sha1WithRSA", KeyKind.Rsa, HashAlgorithmName.SHA1, 63),
        new("1.2.840.113549.1.1.11", "sha256WithRSA", KeyKind.Rsa, HashAlgorithmName.SHA256, 128),
        new("1.2.840.113549.1.1.12", "sha384WithRSA", KeyKind.Rsa, HashAlgorithmName.SHA384, 192),
        new("1.2.840.113549.1.1.13", "sha512WithRSA", KeyKind.Rsa, HashAlgorithmName.SHA512, 256),
        new("1.2.840.113549.1.1.14", "sha224WithRSA", KeyKind.Rsa, null, 112),
        new("1.2.840.10045.4.1", "ecdsaWithSHA1", KeyKind.Ec, HashAlgorithmName.SHA1, 63),
        new("1.2.840.10045.4.3.1", "ecdsaWithSHA224", KeyKind.Ec, null, 112),
        new("1.2.840.10045.4.3.2", "ecdsaWithSHA256", KeyKind.Ec, HashAlgorithmName.SHA256, 128),
        new("1.2.840.10045.4.3.3", "ecdsaWithSHA384", KeyKind.Ec, HashAlgorithmName.SHA384, 192),
        new("1.2.840.10045.4.3.4", "ecdsaWithSHA512", KeyKind.Ec, HashAlgorithmName.SHA512, 256),
        new("1.2.840.10040.4.3", "dsaWithSHA1", KeyKind.Dsa, HashAlgorithmName.SHA1, 63),
        new("2.16.840.1.101.3.4.3.2", "dsaWithSHA256", KeyKind.Dsa, HashAlgorithmName.SHA256, 128),
        new("1.3.101.112", "Ed25519", KeyKind.Ed25519, null, 128),
        new("1.3.101.113", "Ed448", KeyKind.Ed448, null, 224),
        new(Sm2WithSm3, "SM2-with-SM3", KeyKind.Sm2, null, 128),
    }.ToDictionary(algorithm => algorithm.Oid, StringComparer.Ordinal);

    /// <summary>True for MD5, SHA-1 and older.</summary>
    public bool IsWeak => SecurityBits < 80;

    /// <summary>True for SM3 with SM2, the signature of GB/T 20518 certificates.</summary>
    public bool IsSm2 => Key == KeyKind.Sm2;

    internal static SignatureAlgorithm Of(string oid, HashAlgorithmName? pssDigest = null)
    {
        if (oid == RsaPss)
        {
            var digest = pssDigest ?? HashAlgorithmName.SHA1;
            var bits = digest == HashAlgorithmName.SHA1 ? 63 : digest == HashAlgorithmName.SHA384 ? 192 : digest == HashAlgorithmName.SHA512 ? 256 : 128;
            return new SignatureAlgorithm(oid, $"RSASSA-PSS ({digest})", KeyKind.Rsa, digest, bits);
        }
        return known.GetValueOrDefault(oid) ?? new SignatureAlgorithm(oid, oid, KeyKind.Other, null, 0);
    }
}

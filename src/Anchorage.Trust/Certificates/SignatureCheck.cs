using System.Formats.Asn1;
using System.Security.Cryptography;

namespace Anchorage.Trust;

/// <summary>Whether one certificate was signed with another one's key.</summary>
public enum SignatureState
{
    /// <summary>It was.</summary>
    Good,
    /// <summary>It was not.</summary>
    Bad,
    /// <summary>No code here can tell: SM2, EdDSA, a key that the platform refuses.</summary>
    Unsupported,
}

internal static class SignatureCheck
{
    internal static SignatureState Of(CertificateFacts certificate, CertificateFacts issuer)
    {
        try
        {
            return Verify(certificate, issuer) switch { true => SignatureState.Good, false => SignatureState.Bad, null => SignatureState.Unsupported };
        }
        catch (Exception e) when (e is CryptographicException or PlatformNotSupportedException or AsnContentException or ArgumentException)
        {
            return SignatureState.Unsupported;
        }
    }

    private static bool? Verify(CertificateFacts certificate, CertificateFacts issuer)
    {
        if (certificate.Signature.Digest is not { } digest || certificate.Signature.Key != issuer.Key)
            return null;
        var signed = certificate.SignedPart.Span;
        var signature = certificate.SignatureBytes.Span;
        switch (issuer.Key)
        {
            case KeyKind.Rsa:
                using (var rsa = RSA.Create())
                {
                    rsa.ImportSubjectPublicKeyInfo(issuer.PublicKey.Span, out _);
                    var padding = certificate.Signature.Oid == SignatureAlgorithm.RsaPss ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1;
                    return rsa.VerifyData(signed, signature, digest, padding);
                }
            case KeyKind.Ec:
                using (var ecdsa = ECDsa.Create())
                {
                    ecdsa.ImportSubjectPublicKeyInfo(issuer.PublicKey.Span, out _);
                    return ecdsa.VerifyData(signed, signature, digest, DSASignatureFormat.Rfc3279DerSequence);
                }
            default:
                return null;
        }
    }
}

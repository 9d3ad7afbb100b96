// RFC 5280 §4.1, read leniently where OpenSSL is lenient (BER lengths), because the question is always what OpenSSL makes of a certificate.

using System.Formats.Asn1;
using System.Numerics;
using System.Security.Cryptography;

namespace Anchorage.Trust;

internal static class CertificateReader
{
    private const string RsaKey = "1.2.840.113549.1.1.1";
    private const string EcKey = "1.2.840.10045.2.1";
    private const string DsaKey = "1.2.840.10040.4.1";
    private const string Sm2Curve = "1.2.156.10197.1.301";

    private static readonly Dictionary<string, int> curveBits = new(StringComparer.Ordinal)
    {
        ["1.2.840.10045.3.1.1"] = 192,
        ["1.3.132.0.33"] = 224,
        ["1.2.840.10045.3.1.7"] = 256,
        ["1.3.132.0.10"] = 256,
        ["1.3.132.0.34"] = 384,
        ["1.3.132.0.35"] = 521,
        ["1.3.36.3.3.2.8.1.1.7"] = 256,
        ["1.3.36.3.3.2.8.1.1.11"] = 384,
        ["1.3.36.3.3.2.8.1.1.13"] = 512,
        [Sm2Curve] = 256,
    };

    internal static CertificateFacts Read(ReadOnlyMemory<byte> der)
    {
        var outer = new AsnReader(der, AsnEncodingRules.BER);
        var certificate = outer.ReadSequence();
        outer.ThrowIfNotEmpty();
        var signedPart = certificate.PeekEncodedValue();
        var body = certificate.ReadSequence();
        var signature = ReadAlgorithm(certificate.ReadEncodedValue());
        var signatureBytes = certificate.ReadBitString(out _);
        certificate.ThrowIfNotEmpty();

        var version = 1;
        if (body.PeekTag().HasSameClassAndValue(new Asn1Tag(TagClass.ContextSpecific, 0)))
            version = (int)body.ReadSequence(new Asn1Tag(TagClass.ContextSpecific, 0)).ReadInteger() + 1;
        var serial = Hex(body.ReadInteger());
        var inner = ReadAlgorithm(body.ReadEncodedValue());
        var issuer = DistinguishedName.Read(body.ReadEncodedValue());
        var validity = body.ReadSequence();
        var (notBefore, notAfter) = (ReadTime(validity), ReadTime(validity));
        var subject = DistinguishedName.Read(body.ReadEncodedValue());
        var publicKey = body.ReadEncodedValue();
        var (key, bits, curve) = ReadKey(publicKey);
        var facts = new CertificateFacts
        {
            Der = der,
            Fingerprint = Convert.ToHexStringLower(SHA256.HashData(der.Span)),
            Version = version,
            Serial = serial,
            Subject = subject,
            Issuer = issuer,
            NotBefore = notBefore,
            NotAfter = notAfter,
            Key = key,
            KeyBits = bits,
            Curve = curve,
            Signature = signature,
            HasInconsistentAlgorithm = inner.Oid != signature.Oid,
            SignedPart = signedPart,
            SignatureBytes = signatureBytes,
            PublicKey = publicKey,
        };
        while (body.HasData)
        {
            // issuerUniqueID [1] and subjectUniqueID [2] are skipped.
            if (!body.PeekTag().HasSameClassAndValue(new Asn1Tag(TagClass.ContextSpecific, 3)))
            {
                body.ReadEncodedValue();
                continue;
            }
            facts = CertificateExtensions.Read(body.ReadSequence(new Asn1Tag(TagClass.ContextSpecific, 3)).ReadSequence(), facts);
        }
        return facts;
    }

    internal static SignatureAlgorithm ReadAlgorithm(ReadOnlyMemory<byte> der)
    {
        var reader = new AsnReader(der, AsnEncodingRules.BER).ReadSequence();
        var oid = reader.ReadObjectIdentifier();
        return SignatureAlgorithm.Of(oid, oid == SignatureAlgorithm.RsaPss && reader.HasData ? ReadPssDigest(reader.ReadSequence()) : null);
    }

    private static HashAlgorithmName? ReadPssDigest(AsnReader parameters)
    {
        var tag = new Asn1Tag(TagClass.ContextSpecific, 0);
        if (!parameters.HasData || !parameters.PeekTag().HasSameClassAndValue(tag))
            return HashAlgorithmName.SHA1;
        return parameters.ReadSequence(tag).ReadSequence().ReadObjectIdentifier() switch
        {
            "2.16.840.1.101.3.4.2.1" => HashAlgorithmName.SHA256,
            "2.16.840.1.101.3.4.2.2" => HashAlgorithmName.SHA384,
            "2.16.840.1.101.3.4.2.3" => HashAlgorithmName.SHA512,
            _ => HashAlgorithmName.SHA1,
        };
    }

    internal static string Hex(BigInteger number)
    {
        var hex = Convert.ToHexStringLower(number.ToByteArray(isUnsigned: number.Sign >= 0, isBigEndian: true)).TrimStart('0');
        return hex.Length == 0 ? "0" : hex;
    }

    internal static DateTimeOffset ReadTime(AsnReader reader) =>
        reader.PeekTag().HasSameClassAndValue(Asn1Tag.UtcTime) ? reader.ReadUtcTime() : reader.ReadGeneralizedTime();

    private static (KeyKind Kind, int Bits, string? Curve) ReadKey(ReadOnlyMemory<byte> der)
    {
        var reader = new AsnReader(der, AsnEncodingRules.BER).ReadSequence();
        var algorithm = reader.ReadSequence();
        switch (algorithm.ReadObjectIdentifier())
        {
            case RsaKey or SignatureAlgorithm.RsaPss:
                var modulus = new AsnReader(reader.ReadBitString(out _), AsnEncodingRules.BER).ReadSequence().ReadInteger();
                return (KeyKind.Rsa, (int)Math.Min(modulus.GetBitLength(), int.MaxValue), null);
            case EcKey:
                if (!algorithm.HasData || !algorithm.PeekTag().HasSameClassAndValue(Asn1Tag.ObjectIdentifier))
                    return (KeyKind.Ec, 0, null);
                var curve = algorithm.ReadObjectIdentifier();
                return (curve == Sm2Curve ? KeyKind.Sm2 : KeyKind.Ec, curveBits.GetValueOrDefault(curve), curve);
            case DsaKey:
                return (KeyKind.Dsa, algorithm.HasData ? (int)algorithm.ReadSequence().ReadInteger().GetBitLength() : 0, null);
            case "1.3.101.112":
                return (KeyKind.Ed25519, 256, null);
            case "1.3.101.113":
                return (KeyKind.Ed448, 456, null);
            default:
                return (KeyKind.Other, 0, null);
        }
    }
}

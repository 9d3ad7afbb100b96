using System.Formats.Asn1;
using System.Security.Cryptography;

namespace Anchorage.Trust;

/// <summary>One question to a certificate revocation list (RFC 5280 §5).</summary>
internal static class RevocationList
{
    /// <summary>When a certificate was revoked; null where the list is not the issuer's, or does not name it.</summary>
    public static DateTimeOffset? RevokedAt(ReadOnlyMemory<byte> der, CertificateFacts certificate, CertificateFacts issuer)
    {
        try
        {
            var list = new AsnReader(der, AsnEncodingRules.BER).ReadSequence();
            var signedPart = list.PeekEncodedValue();
            var body = list.ReadSequence();
            var algorithm = CertificateReader.ReadAlgorithm(list.ReadEncodedValue());
            // The same question as for a certificate: this part, this signature, that key.
            var signed = certificate with { Signature = algorithm, SignedPart = signedPart, SignatureBytes = list.ReadBitString(out _) };
            if (SignatureCheck.Of(signed, issuer) != SignatureState.Good)
                return null;
            if (body.PeekTag().HasSameClassAndValue(Asn1Tag.Integer))
                body.ReadInteger();
            body.ReadEncodedValue();
            if (!DistinguishedName.Read(body.ReadEncodedValue()).Equals(issuer.Subject))
                return null;
            CertificateReader.ReadTime(body);
            if (body.HasData && body.PeekTag().TagClass == TagClass.Universal && body.PeekTag().TagValue is (int)UniversalTagNumber.UtcTime or (int)UniversalTagNumber.GeneralizedTime)
                CertificateReader.ReadTime(body);
            return body.HasData && body.PeekTag().HasSameClassAndValue(Asn1Tag.Sequence) ? Find(body.ReadSequence(), certificate.Serial) : null;
        }
        catch (Exception e) when (e is AsnContentException or ArgumentException or CryptographicException or OverflowException or InvalidOperationException)
        {
            return null;
        }
    }

    private static DateTimeOffset? Find(AsnReader entries, string serial)
    {
        while (entries.HasData)
        {
            var entry = entries.ReadSequence();
            if (CertificateReader.Hex(entry.ReadInteger()) == serial)
                return CertificateReader.ReadTime(entry);
        }
        return null;
    }
}

using System.Formats.Asn1;
using System.Net;
using System.Text;

namespace Anchorage.Trust;

internal static class CertificateExtensions
{
    internal const string AlternativeNames = "2.5.29.17";
    internal const string AuthorityKeyIdentifier = "2.5.29.35";
    internal const string SubjectKeyIdentifier = "2.5.29.14";

    // Those that OpenSSL takes as critical although nothing here reads them: policies, distribution points, Netscape's type, address blocks.
    private static readonly HashSet<string> handledElsewhere = new(StringComparer.Ordinal)
    {
        "2.5.29.31", "2.5.29.32", "2.5.29.33", "2.5.29.36", "2.5.29.54", "2.16.840.1.113730.1.1", "1.3.6.1.5.5.7.1.7", "1.3.6.1.5.5.7.1.8",
    };

    internal static CertificateFacts Read(AsnReader extensions, CertificateFacts facts)
    {
        var (unknown, critical, unreadable) = (new List<string>(), new List<string>(), new List<string>());
        while (extensions.HasData)
        {
            var extension = extensions.ReadSequence();
            var oid = extension.ReadObjectIdentifier();
            var isCritical = extension.PeekTag().HasSameClassAndValue(Asn1Tag.Boolean) && extension.ReadBoolean();
            var value = extension.ReadOctetString();
            if (isCritical)
                critical.Add(oid);
            try
            {
                var read = ReadOne(oid, new AsnReader(value, AsnEncodingRules.BER), isCritical, facts);
                if (read is null && isCritical && !handledElsewhere.Contains(oid))
                    unknown.Add(oid);
                facts = read ?? facts;
            }
            catch (Exception e) when (e is AsnContentException or ArgumentException or OverflowException or InvalidOperationException)
            {
                unreadable.Add(oid);
            }
        }
        return facts with { UnknownCriticalExtensions = unknown, CriticalExtensions = critical, UnreadableExtensions = unreadable };
    }

    // Null for an extension that is not read.
    private static CertificateFacts? ReadOne(string oid, AsnReader value, bool isCritical, CertificateFacts facts) => oid switch
    {
        AlternativeNames => ReadAlternativeNames(value.ReadSequence(), facts),
        AuthorityKeyIdentifier => facts with { AuthorityKey = ReadAuthorityKey(value.ReadSequence()) },
        SubjectKeyIdentifier => facts with { SubjectKey = Convert.ToHexStringLower(value.ReadOctetString()) },
        "2.5.29.19" => facts with { BasicConstraints = ReadBasicConstraints(value.ReadSequence(), isCritical) },
        "2.5.29.15" => facts with { KeyUsage = ReadKeyUsage(value) },
        "2.5.29.37" => facts with { ExtendedKeyUsage = ReadAll(value.ReadSequence(), reader => reader.ReadObjectIdentifier()) },
        "2.5.29.30" => facts with { NameConstraints = ReadNameConstraints(value.ReadSequence()) },
        "2.5.29.31" => facts with { RevocationListUrls = ReadDistributionPoints(value.ReadSequence()) },
        "1.3.6.1.5.5.7.1.1" => ReadAccess(value.ReadSequence(), facts),
        "1.3.6.1.4.1.11129.2.4.2" => facts with { HasTransparencyTimestamps = true },
        _ => null,
    };

    private static CertificateFacts ReadAlternativeNames(AsnReader names, CertificateFacts facts)
    {
        var (dns, addresses, mails, count) = (new List<string>(), new List<IPAddress>(), new List<string>(), 0);
        while (names.HasData)
        {
            count++;
            var tag = names.PeekTag();
            var content = names.PeekContentBytes();
            names.ReadEncodedValue();
            if (tag.TagClass != TagClass.ContextSpecific)
                continue;
            if (tag.TagValue == 2)
                dns.Add(Ascii(content.Span));
            else if (tag.TagValue == 1)
                mails.Add(Ascii(content.Span));
            else if (tag.TagValue == 7 && content.Length is 4 or 16)
                addresses.Add(new IPAddress(content.Span));
        }
        return facts with { DnsNames = dns, Addresses = addresses, MailAddresses = mails, AlternativeNames = count };
    }

    private static AuthorityKey ReadAuthorityKey(AsnReader reader)
    {
        (string? key, DistinguishedName? issuer, string? serial) = (null, null, null);
        while (reader.HasData)
        {
            var content = reader.PeekContentBytes();
            switch (reader.PeekTag().TagValue)
            {
                case 0:
                    key = Convert.ToHexStringLower(content.Span);
                    break;
                case 1:
                    issuer = FirstDirectoryName(reader.PeekEncodedValue());
                    break;
                case 2:
                    serial = CertificateReader.Hex(new System.Numerics.BigInteger(content.Span, isUnsigned: false, isBigEndian: true));
                    break;
            }
            reader.ReadEncodedValue();
        }
        return new AuthorityKey(key, issuer, serial);
    }

    private static DistinguishedName? FirstDirectoryName(ReadOnlyMemory<byte> names)
    {
        var reader = new AsnReader(names, AsnEncodingRules.BER).ReadSequence(new Asn1Tag(TagClass.ContextSpecific, 1));
        while (reader.HasData)
        {
            if (reader.PeekTag().TagValue == 4)
                return DistinguishedName.Read(reader.PeekContentBytes());
            reader.ReadEncodedValue();
        }
        return null;
    }

    private static BasicConstraints ReadBasicConstraints(AsnReader reader, bool isCritical)
    {
        var isAuthority = reader.HasData && reader.PeekTag().HasSameClassAndValue(Asn1Tag.Boolean) && reader.ReadBoolean();
        int? length = reader.HasData ? (int)System.Numerics.BigInteger.Min(reader.ReadInteger(), int.MaxValue) : null;
        return new BasicConstraints(isAuthority, length, isCritical);
    }

    private static KeyUsages ReadKeyUsage(AsnReader reader)
    {
        var bits = reader.ReadBitString(out _);
        var usage = KeyUsages.None;
        for (var bit = 0; bit < Math.Min(bits.Length * 8, 9); bit++)
        {
            if ((bits[bit / 8] & (0x80 >> (bit % 8))) != 0)
                usage |= (KeyUsages)(1 << bit);
        }
        return usage;
    }

    private static NameConstraints ReadNameConstraints(AsnReader reader)
    {
        (IReadOnlyList<NameTree> permitted, IReadOnlyList<NameTree> excluded) = ([], []);
        while (reader.HasData)
        {
            var tag = reader.PeekTag();
            var trees = ReadAll(reader.ReadSequence(tag), tree => ReadTree(tree.ReadSequence()));
            if (tag.TagValue == 0)
                permitted = trees;
            else
                excluded = trees;
        }
        return new NameConstraints(permitted, excluded);
    }

    private static NameTree ReadTree(AsnReader reader)
    {
        var content = reader.PeekContentBytes();
        return reader.PeekTag().TagValue switch
        {
            1 => new NameTree { Mail = Ascii(content.Span) },
            2 => new NameTree { Dns = Ascii(content.Span) },
            4 => new NameTree { Directory = DistinguishedName.Read(content) },
            7 when content.Length is 8 or 32 => new NameTree { Network = content.ToArray() },
            _ => new NameTree(),
        };
    }

    private static List<string> ReadDistributionPoints(AsnReader points)
    {
        var urls = new List<string>();
        while (points.HasData)
        {
            var point = points.ReadSequence();
            if (!point.HasData || point.PeekTag().TagValue != 0)
                continue;
            var name = point.ReadSequence(new Asn1Tag(TagClass.ContextSpecific, 0));
            if (name.HasData && name.PeekTag().TagValue == 0)
                AddUrls(name.ReadSequence(new Asn1Tag(TagClass.ContextSpecific, 0)), urls);
        }
        return urls;
    }

    private static CertificateFacts ReadAccess(AsnReader descriptions, CertificateFacts facts)
    {
        var (issuers, ocsp) = (new List<string>(), new List<string>());
        while (descriptions.HasData)
        {
            var description = descriptions.ReadSequence();
            var method = description.ReadObjectIdentifier();
            AddUrls(description, method == "1.3.6.1.5.5.7.48.2" ? issuers : ocsp);
        }
        return facts with { IssuerUrls = issuers, OcspUrls = ocsp };
    }

    private static void AddUrls(AsnReader names, List<string> urls)
    {
        while (names.HasData)
        {
            if (names.PeekTag() is { TagClass: TagClass.ContextSpecific, TagValue: 6 })
                urls.Add(Ascii(names.PeekContentBytes().Span));
            names.ReadEncodedValue();
        }
    }

    private static List<T> ReadAll<T>(AsnReader reader, Func<AsnReader, T> read)
    {
        var all = new List<T>();
        while (reader.HasData)
            all.Add(read(reader));
        return all;
    }

    private static string Ascii(ReadOnlySpan<byte> bytes) => DistinguishedName.Printable(Encoding.Latin1.GetString(bytes));
}

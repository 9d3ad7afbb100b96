// A certificate file as OpenSSL reads it (X509_load_cert_crl_file: crypto/pem/pem_lib.c and pem_info.c), which is how
// every Python client reads it. It differs from .NET's reader where it matters: one damaged block, or two blocks glued
// together by a missing newline, and the whole file is refused; text around blocks, keys and CRLs between them do not
// matter.

using System.Buffers.Text;
using System.Formats.Asn1;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Anchorage.Trust;

/// <summary>What OpenSSL makes of the bytes of a certificate file.</summary>
/// <param name="State">Good, NoCertificates or Damaged.</param>
/// <param name="Problem">What is wrong; null where it is good.</param>
/// <param name="Certificates">The certificates, DER, in order; empty where the file is refused.</param>
/// <param name="Dated">The date that a line of the file says of itself.</param>
internal sealed partial record PemBundle(BundleState State, string? Problem, IReadOnlyList<ReadOnlyMemory<byte>> Certificates, DateTimeOffset? Dated)
{
    private const int MaxCertificates = 10_000;
    private static ReadOnlySpan<byte> Begin => "-----BEGIN "u8;
    private static ReadOnlySpan<byte> End => "-----END "u8;
    private static ReadOnlySpan<byte> Dashes => "-----"u8;

    /// <summary>Reads the bytes of a file.</summary>
    public static PemBundle Read(ReadOnlySpan<byte> content)
    {
        var dated = DateOf(content);
        // OpenSSL 3 skips a UTF-8 byte order mark; 1.1.1 would miss the first block.
        var lines = new Lines(content.StartsWith("\uFEFF"u8) ? content[3..] : content);
        var certificates = new List<ReadOnlyMemory<byte>>();
        while (lines.TryNext(out var line))
        {
            if (!line.StartsWith(Begin) || !line.EndsWith(Dashes) || line.Length < Begin.Length + Dashes.Length)
                continue;
            var startedAt = lines.Number;
            var name = line[Begin.Length..^Dashes.Length];
            var fault = ReadBlock(ref lines, name, out var der);
            if (fault is null && IsCertificate(name))
                fault = FirstCertificate(der, out der);
            if (fault is not null)
                return new PemBundle(BundleState.Damaged, $"The block that begins in line {startedAt} is damaged ({fault}); OpenSSL then refuses the whole file.", [], dated);
            if (IsCertificate(name))
                certificates.Add(der);
            if (certificates.Count > MaxCertificates)
                return new PemBundle(BundleState.Damaged, $"More than {MaxCertificates} certificates.", [], dated);
        }
        return certificates.Count > 0
            ? new PemBundle(BundleState.Good, null, certificates, dated)
            : new PemBundle(BundleState.NoCertificates, WhatElse(content), [], dated);
    }

    private static bool IsCertificate(ReadOnlySpan<byte> name) =>
        name.SequenceEqual("CERTIFICATE"u8) || name.SequenceEqual("TRUSTED CERTIFICATE"u8) || name.SequenceEqual("X509 CERTIFICATE"u8);

    // get_header_and_data: lines up to the END line of the same name; an empty line ends a header.
    private static string? ReadBlock(ref Lines lines, ReadOnlySpan<byte> name, out byte[] der)
    {
        der = [];
        var data = new MemoryStream();
        long headerLength = 0;
        var (isAfterHeader, isEnding) = (false, false);
        while (lines.TryNext(out var line))
        {
            if (line.IsEmpty)
            {
                if (isAfterHeader)
                    return $"an empty line in line {lines.Number}";
                (isAfterHeader, headerLength) = (true, data.Length);
                data.SetLength(0);
                continue;
            }
            if (line.StartsWith(End))
            {
                var rest = line[End.Length..];
                if (!rest.StartsWith(name) || !rest[name.Length..].SequenceEqual(Dashes))
                    return $"its end line, line {lines.Number}, is not its own or something is glued to it";
                return isAfterHeader && headerLength > 0 && IsCertificate(name) ? "an empty line in its middle" : Decode(data, out der);
            }
            if (isEnding)
                return $"line {lines.Number} goes on after a short line";
            data.Write(line);
            if (isAfterHeader && line.Length > 64)
                return $"line {lines.Number} is too long";
            isEnding = isAfterHeader && line.Length < 64;
        }
        return "it has no end line";
    }

    private static string? Decode(MemoryStream base64, out byte[] der)
    {
        der = [];
        var text = base64.GetBuffer().AsSpan(0, (int)base64.Length);
        // A dash ends the text for OpenSSL's decoder, whatever follows.
        var dash = text.IndexOf((byte)'-');
        text = dash < 0 ? text : text[..dash];
        var decoded = new byte[Base64.GetMaxDecodedFromUtf8Length(text.Length)];
        if (Base64.DecodeFromUtf8(text, decoded, out _, out var written) != System.Buffers.OperationStatus.Done || written == 0)
            return "its base64 text cannot be decoded";
        der = decoded[..written];
        return null;
    }

    // d2i_X509 takes the first element and leaves the rest, which in a TRUSTED CERTIFICATE holds its purposes.
    private static string? FirstCertificate(byte[] der, out byte[] certificate)
    {
        certificate = [];
        try
        {
            var reader = new AsnReader(der, AsnEncodingRules.BER);
            var whole = reader.PeekEncodedValue();
            var outer = reader.ReadSequence();
            outer.ReadSequence();
            outer.ReadSequence();
            outer.ReadBitString(out _);
            outer.ThrowIfNotEmpty();
            certificate = whole.ToArray();
            return null;
        }
        catch (AsnContentException)
        {
            return "its content is no certificate";
        }
    }

    private static string WhatElse(ReadOnlySpan<byte> content)
    {
        if (content.IsEmpty)
            return "The file is empty.";
        if (content.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) || content.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]))
            return "The file is UTF-16 text; OpenSSL reads ASCII.";
        if (content.IndexOf("-----BEGIN PKCS7-----"u8) >= 0 || content.IndexOf("-----BEGIN CMS-----"u8) >= 0)
            return "The file is a PKCS#7 collection, not PEM certificates.";
        if (content[0] == 0x30)
            return "The file is binary (DER or PKCS#12), not PEM text.";
        return content.IndexOf(Begin) >= 0 ? "No PEM certificate in it that begins at the start of a line." : "No PEM certificate in it.";
    }

    private static DateTimeOffset? DateOf(ReadOnlySpan<byte> content)
    {
        var head = Encoding.Latin1.GetString(content[..Math.Min(content.Length, 2_000)]);
        // Our own bundles, then curl's cacert.pem in its two forms.
        if (OwnDate().Match(head) is { Success: true } own
            && DateTimeOffset.TryParseExact(own.Groups[1].Value, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date))
            return date;
        return CurlDate().Match(head) is { Success: true } curl
            && DateTimeOffset.TryParseExact(
                string.Join(' ', curl.Groups[1].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries)), "MMM d HH:mm:ss yyyy 'GMT'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out date)
            ? date : null;
    }

    [GeneratedRegex(@"^# Date: (\d{4}-\d\d-\d\d)\r?$", RegexOptions.Multiline)]
    private static partial Regex OwnDate();

    [GeneratedRegex(@"Certificate data from Mozilla (?:as of|last updated on): \w{3} (\w{3} +\d+ [\d:]{8} \d{4} GMT)")]
    private static partial Regex CurlDate();

    // Lines without what is at their end and not above a space, as sanitize_line leaves them.
    private ref struct Lines(ReadOnlySpan<byte> content)
    {
        private ReadOnlySpan<byte> rest = content;

        public int Number { get; private set; }

        public bool TryNext(out ReadOnlySpan<byte> line)
        {
            line = default;
            if (rest.IsEmpty)
                return false;
            var end = rest.IndexOf((byte)'\n');
            line = end < 0 ? rest : rest[..end];
            rest = end < 0 ? [] : rest[(end + 1)..];
            while (!line.IsEmpty && line[^1] <= (byte)' ')
                line = line[..^1];
            Number++;
            return true;
        }
    }
}

using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Anchorage.Trust;

/// <summary>Certificates that a person hands over in a file, PEM or DER.</summary>
public static class CertificateFile
{
    /// <summary>More than any file of roots has.</summary>
    public const int MaxBytes = 4 << 20;

    /// <summary>Reads every certificate of a file.</summary>
    /// <exception cref="FormatException">It holds none, or one that cannot be read.</exception>
    /// <exception cref="IOException">It cannot be read, or is too large.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static IReadOnlyList<X509Certificate2> ReadFile(string path)
    {
        if (new FileInfo(path) is { Exists: true, Length: > MaxBytes })
        {
            throw new IOException($"{path} has more than {MaxBytes} bytes; a root certificate has a few thousand.");
        }
        return Read(File.ReadAllBytes(path));
    }

    /// <summary>Reads every certificate of some bytes.</summary>
    /// <exception cref="FormatException">They hold none, or one that cannot be read.</exception>
    public static IReadOnlyList<X509Certificate2> Read(ReadOnlySpan<byte> content)
    {
        try
        {
            if (content.Length > 0 && content[0] == 0x30)
            {
                return [X509CertificateLoader.LoadCertificate(content)];
            }
            var text = Encoding.Latin1.GetString(content);
            if (text.Contains("PRIVATE KEY-----", StringComparison.Ordinal))
            {
                throw new FormatException("It holds a private key. A root to be trusted is the certificate alone; keep the key where it belongs.");
            }
            var certificates = new X509Certificate2Collection();
            certificates.ImportFromPem(text);
            return certificates.Count > 0 ? [.. certificates] : throw new FormatException("It holds no certificate (PEM text begins with -----BEGIN CERTIFICATE-----).");
        }
        catch (CryptographicException e)
        {
            throw new FormatException("A certificate in it cannot be read: " + e.Message, e);
        }
    }

    /// <summary>Why a certificate is no root to be trusted; null where it can be one.</summary>
    public static string? WhyNoRoot(X509Certificate2 certificate, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        var constraints = certificate.Extensions.OfType<X509BasicConstraintsExtension>().FirstOrDefault();
        if (constraints is null ? !ServerChain.IsSelfIssued(certificate) || certificate.Version >= 3 : !constraints.CertificateAuthority)
        {
            return $"{certificate.Subject} is no authority's certificate (basicConstraints CA is not set): a server's own certificate does not belong into a trust store.";
        }
        if (!ServerChain.IsSelfIssued(certificate))
        {
            return $"{certificate.Subject} is an intermediate, issued by {certificate.Issuer}: ask for that root.";
        }
        return now > certificate.NotAfter.ToUniversalTime() ? $"{certificate.Subject} expired on {certificate.NotAfter.ToUniversalTime():yyyy-MM-dd}." : null;
    }
}

/// <summary>The list that pip is given: today's public roots, the company's, and what was added on this machine.</summary>
internal static class CombinedBundle
{
    /// <summary>PEM text as OpenSSL wants it: one block each, line feeds, a newline at the end.</summary>
    public static byte[] Make(IEnumerable<X509Certificate2> companyRoots, IEnumerable<ReadOnlyMemory<byte>> additions, DateTimeOffset now)
    {
        var text = new StringBuilder();
        text.Append("# Public and company roots in one list, for pip and its relatives.\n");
        text.Append(System.Globalization.CultureInfo.InvariantCulture, $"# Date: {PublicRoots.Date:yyyy-MM-dd}\n");
        text.Append("# Written by `anchorage doctor --fix`, which also brings it up to date; `anchorage undo` takes it back.\n");
        var known = PublicRoots.Current.Select(root => root.Fingerprint).ToHashSet();
        foreach (var certificate in companyRoots.Concat(Loaded(additions)))
        {
            // A root that left the public list was taken off for a reason: it does not come back as a local addition.
            var isForeign = PublicRoots.Find(certificate.RawDataMemory.Span) is null && now <= certificate.NotAfter.ToUniversalTime();
            if (isForeign && known.Add(SystemStore.Fingerprint(certificate)))
            {
                text.Append("\n# ").Append(OneLine(certificate.Subject)).Append('\n').Append(certificate.ExportCertificatePem()).Append('\n');
            }
        }
        text.Append('\n').Append(PublicRoots.Pem);
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static IEnumerable<X509Certificate2> Loaded(IEnumerable<ReadOnlyMemory<byte>> certificates)
    {
        foreach (var der in certificates)
        {
            X509Certificate2 certificate;
            try
            {
                certificate = X509CertificateLoader.LoadCertificate(der.Span);
            }
            catch (CryptographicException)
            {
                continue;
            }
            // Authorities alone: a leaf that somebody pinned would not make a chain.
            if (certificate.Extensions.OfType<X509BasicConstraintsExtension>().FirstOrDefault()?.CertificateAuthority != false)
            {
                yield return certificate;
            }
        }
    }

    // A subject that begins a line of its own could open a PEM block.
    private static string OneLine(string subject) => new([.. subject.Select(character => character is < ' ' or > '~' ? '?' : character)]);
}

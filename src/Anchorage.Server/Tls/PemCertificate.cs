// The company's own certificate. Its files are replaced by others (certbot, cert-manager, a person with scp) without a
// word to us, often one file after the other: what fits together is served, anything else leaves the old one in use.

using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Anchorage.Server.Tls;

/// <summary>A certificate and its key in PEM files (<c>Tls:Certificate</c>, <c>Tls:Key</c>).</summary>
internal sealed class PemCertificate(string certificateFile, string keyFile, TimeProvider time)
{
    private const int MaxFileBytes = 1024 * 1024;
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string AnyExtendedKeyUsage = "2.5.29.37.0";

    /// <summary>Reads both files and checks that a client could accept what they hold.</summary>
    /// <exception cref="TlsSetupException">They cannot be used; the message says why and what to do.</exception>
    public async Task<PresentedCertificate> LoadAsync(CancellationToken cancellationToken) => Parse(await ReadAsync(cancellationToken));

    /// <exception cref="TlsSetupException">A file is missing, unreadable or absurdly large.</exception>
    public async Task<PemFiles> ReadAsync(CancellationToken cancellationToken) =>
        new(await ReadAsync("Tls:Certificate", certificateFile, cancellationToken), await ReadAsync("Tls:Key", keyFile, cancellationToken));

    /// <exception cref="TlsSetupException">They cannot be used; the message says why and what to do.</exception>
    public PresentedCertificate Parse(PemFiles files)
    {
        var chain = new X509Certificate2Collection();
        try
        {
            chain.ImportFromPem(files.Certificate);
        }
        catch (CryptographicException e)
        {
            throw Refused(certificateFile, $"a certificate in it cannot be decoded ({e.Message})", "Write the file anew: PEM, leaf first, then its intermediates.", e);
        }
        if (chain.Count == 0)
        {
            throw Refused(certificateFile, "it holds no PEM certificate (-----BEGIN CERTIFICATE-----)",
                "For a DER file: openssl x509 -inform DER -in FILE -out FILE.pem.");
        }
        using var key = ReadKey(files.Key);
        var leaf = chain[0];
        CheckKey(chain, key);
        CheckLeaf(leaf);
        // The root, if the file has it, stays here: a client that trusts it has it, and any other must not take ours.
        X509Certificate2[] intermediates =
            [.. chain.Skip(1).Where(certificate => !certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData))];
        var withKey = key switch
        {
            RSA rsa => leaf.CopyWithPrivateKey(rsa),
            ECDsa ecdsa => leaf.CopyWithPrivateKey(ecdsa),
            _ => throw new InvalidOperationException("ReadKey returns RSA or ECDSA keys."),
        };
        return new PresentedCertificate(withKey, withKey, new X509Certificate2Collection(intermediates));
    }

    /// <summary>True where a client that asks for <paramref name="host"/> would accept the certificate's names.</summary>
    public static bool IsFor(X509Certificate2 leaf, string host) =>
        IPAddress.TryParse(host, out _)
            ? leaf.MatchesHostname(host, allowWildcards: false, allowCommonName: false)
            : leaf.MatchesHostname(host, allowWildcards: true, allowCommonName: false);

    public static string NamesOf(X509Certificate2 leaf)
    {
        var names = leaf.Extensions.OfType<X509SubjectAlternativeNameExtension>().FirstOrDefault();
        return names is null ? "" : string.Join(", ", names.EnumerateDnsNames().Concat(names.EnumerateIPAddresses().Select(address => address.ToString())));
    }

    private static async Task<string> ReadAsync(string setting, string path, CancellationToken cancellationToken)
    {
        try
        {
            await using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var buffer = new byte[MaxFileBytes + 1];
            var length = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
            return length <= MaxFileBytes
                ? Encoding.UTF8.GetString(buffer, 0, length)
                : throw Refused(path, $"it is larger than {MaxFileBytes / 1024} KiB, which no certificate chain is", $"Check where {setting} points to.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Refused(path, $"it cannot be read ({e.Message})", $"Check that {setting} points to a file that the registry's user may read.", e);
        }
    }

    private AsymmetricAlgorithm ReadKey(string pem)
    {
        if (pem.Contains("-----BEGIN ENCRYPTED PRIVATE KEY-----", StringComparison.Ordinal) || pem.Contains("Proc-Type: 4,ENCRYPTED", StringComparison.Ordinal))
        {
            throw Refused(keyFile, "the key is encrypted, and there is nobody to type a password when the registry restarts",
                $"Decrypt it into a file that only the registry's user can read: openssl pkey -in {keyFile} -out NEW.key && chmod 600 NEW.key.");
        }
        AsymmetricAlgorithm[] algorithms = [ECDsa.Create(), RSA.Create()];
        foreach (var algorithm in algorithms)
        {
            try
            {
                algorithm.ImportFromPem(pem);
                return algorithm;
            }
            catch (Exception e) when (e is CryptographicException or ArgumentException)
            {
                algorithm.Dispose();
            }
        }
        throw Refused(keyFile, "it holds no private key that can be read (PKCS#8, EC or RSA in PEM form: -----BEGIN PRIVATE KEY-----)",
            "Check the file with: openssl pkey -noout -in FILE.");
    }

    private void CheckKey(X509Certificate2Collection chain, AsymmetricAlgorithm key)
    {
        var publicKey = key.ExportSubjectPublicKeyInfo();
        var owner = chain.ToList().FindIndex(certificate => certificate.PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(publicKey));
        if (owner > 0)
        {
            throw Refused(certificateFile, $"its certificates are in the wrong order: the key belongs to number {owner + 1} of {chain.Count}",
                "Put the server's certificate first, then its intermediates, each followed by its issuer.");
        }
        if (owner < 0)
        {
            throw Refused(keyFile, $"it does not belong to {certificateFile} (the public keys differ)",
                "Put the pair in place that was issued together, or ask for a new certificate for this key.");
        }
    }

    private void CheckLeaf(X509Certificate2 leaf)
    {
        var now = time.GetUtcNow();
        var (notBefore, notAfter) = (new DateTimeOffset(leaf.NotBefore.ToUniversalTime()), new DateTimeOffset(leaf.NotAfter.ToUniversalTime()));
        if (now > notAfter)
        {
            throw Refused(certificateFile, $"the certificate expired on {notAfter:yyyy-MM-dd HH:mm} UTC", "Renew it; the registry takes the new file without a restart.");
        }
        if (now < notBefore)
        {
            throw Refused(certificateFile, $"the certificate is not valid before {notBefore:yyyy-MM-dd HH:mm} UTC, and this machine's clock says {now:yyyy-MM-dd HH:mm}",
                "Check the clock, or wait until then.");
        }
        if (NamesOf(leaf).Length == 0)
        {
            throw Refused(certificateFile, "the certificate has no subject alternative name, and Python 3 clients ignore the common name",
                "Ask your authority for one with the registry's host name as a DNS alternative name.");
        }
        var usages = leaf.Extensions.OfType<X509EnhancedKeyUsageExtension>().FirstOrDefault()?.EnhancedKeyUsages;
        if (usages is not null && !usages.Cast<Oid>().Any(usage => usage.Value is ServerAuthentication or AnyExtendedKeyUsage))
        {
            throw Refused(certificateFile, "the certificate's extended key usage does not include server authentication", "Ask your authority for a TLS server certificate.");
        }
        using var rsa = leaf.GetRSAPublicKey();
        if (rsa?.KeySize < 2048)
        {
            // OpenSSL's security level 2, which current Pythons use: "EE certificate key too weak".
            throw Refused(certificateFile, $"its RSA key has {rsa.KeySize} bits, and current clients refuse less than 2048", "Make a new key (RSA 3072 or ECDSA P-256) and ask for a new certificate.");
        }
    }

    private static TlsSetupException Refused(string path, string reason, string advice, Exception? inner = null) =>
        new($"The certificate is refused: {path}: {reason}. {advice}", inner);
}

/// <summary>The text of both files at one moment. Equal text means that nothing changed, whatever the timestamps say.</summary>
internal sealed record PemFiles(string Certificate, string Key)
{
    /// <summary>The key must not reach a log through the record's own printing.</summary>
    public override string ToString() => nameof(PemFiles);
}

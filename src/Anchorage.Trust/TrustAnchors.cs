// Where trust begins: the certificates that someone chose to trust, with the place they were read from, because "which
// store" is the first question when two programs on one machine disagree about a server.

using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Anchorage.Trust;

/// <summary>Trust anchors (RFC 5280 §6.1.1 d) and the place they came from.</summary>
/// <param name="Source">The file or store they were read from, for messages.</param>
/// <param name="Certificates">The anchors.</param>
public sealed record TrustAnchors(string Source, X509Certificate2Collection Certificates)
{
    // The bundles of Debian, Ubuntu, Alpine, Arch; Fedora, RHEL; SUSE; and OpenSSL's own place. Read as files: the store
    // classes of .NET follow SSL_CERT_FILE and SSL_CERT_DIR, the very variables that a diagnosis has to see through.
    private static readonly string[] SystemBundles =
    [
        "/etc/ssl/certs/ca-certificates.crt",
        "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
        "/etc/pki/tls/certs/ca-bundle.crt",
        "/etc/ssl/ca-bundle.pem",
        "/etc/ssl/cert.pem",
    ];

    /// <summary>Reads every certificate of a PEM file.</summary>
    /// <exception cref="FormatException">The text holds no certificate, or one that cannot be read.</exception>
    public static X509Certificate2Collection ReadPem(string pem)
    {
        var anchors = new X509Certificate2Collection();
        try
        {
            anchors.ImportFromPem(pem);
        }
        catch (CryptographicException e)
        {
            throw new FormatException("A certificate in the PEM text cannot be read: " + e.Message, e);
        }
        return anchors.Count > 0 ? anchors : throw new FormatException("The text holds no PEM certificate (-----BEGIN CERTIFICATE-----).");
    }

    /// <summary>Reads a PEM file.</summary>
    /// <exception cref="FormatException">The file holds no certificate, or one that cannot be read.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static TrustAnchors FromFile(string path) => new(path, ReadPem(File.ReadAllText(path)));

    /// <summary>The anchors of the operating system; none where it has no store that can be found.</summary>
    public static TrustAnchors OfSystem()
    {
        if (SystemBundles.FirstOrDefault(File.Exists) is { } bundle)
        {
            return new TrustAnchors(bundle, ReadWhatCanBeRead(File.ReadAllText(bundle)));
        }
        var anchors = new X509Certificate2Collection();
        foreach (var location in (StoreLocation[])[StoreLocation.LocalMachine, StoreLocation.CurrentUser])
        {
            using var store = new X509Store(StoreName.Root, location);
            store.Open(OpenFlags.ReadOnly);
            anchors.AddRange(store.Certificates);
        }
        return new TrustAnchors("the system's root store", anchors);
    }

    /// <summary>These anchors and more.</summary>
    public TrustAnchors With(TrustAnchors more) => new($"{Source} + {more.Source}", [.. Certificates, .. more.Certificates]);

    // A system bundle is not ours to judge whole: one entry that this platform cannot read (SM2 keys, say) costs that entry.
    private static X509Certificate2Collection ReadWhatCanBeRead(string pem)
    {
        var anchors = new X509Certificate2Collection();
        ReadOnlySpan<char> rest = pem;
        while (PemEncoding.TryFind(rest, out var fields))
        {
            try
            {
                anchors.Add(X509Certificate2.CreateFromPem(rest[fields.Location]));
            }
            catch (CryptographicException)
            {
                // Left out.
            }
            rest = rest[fields.Location.End..];
        }
        return anchors;
    }
}

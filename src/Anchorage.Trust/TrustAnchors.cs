using System.Security.Cryptography.X509Certificates;

namespace Anchorage.Trust;

/// <summary>Trust anchors (RFC 5280 §6.1.1 d) read from PEM text.</summary>
public static class TrustAnchors
{
    /// <summary>Reads every certificate of a PEM file.</summary>
    /// <exception cref="FormatException">The text holds no certificate, or one that cannot be read.</exception>
    public static X509Certificate2Collection ReadPem(string pem)
    {
        var anchors = new X509Certificate2Collection();
        try
        {
            anchors.ImportFromPem(pem);
        }
        catch (System.Security.Cryptography.CryptographicException e)
        {
            throw new FormatException("A certificate in the PEM text cannot be read: " + e.Message, e);
        }
        return anchors.Count > 0 ? anchors : throw new FormatException("The text holds no PEM certificate (-----BEGIN CERTIFICATE-----).");
    }
}

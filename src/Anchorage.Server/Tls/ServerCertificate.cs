// The certificate that handshakes are answered with. Replaced by reference, so that a renewal neither closes the
// listener nor touches a connection: Kestrel's own reload of a certificate path stops the endpoint until in-flight
// downloads end, and its ServerCertificateSelector sends no intermediates. The handshake callback does neither.

using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Anchorage.Server.Tls;

/// <summary>Holds what new handshakes get.</summary>
internal sealed class ServerCertificate(PresentedCertificate first)
{
    private volatile PresentedCertificate _current = first;

    /// <summary>One read of the reference per handshake: name, key and intermediates always belong together.</summary>
    public PresentedCertificate Current => _current;

    public void Replace(PresentedCertificate next) => _current = next;
}

/// <summary>A certificate with its chain and key, ready for handshakes.</summary>
internal sealed class PresentedCertificate
{
    private readonly SslServerAuthenticationOptions _forNames;
    private readonly SslServerAuthenticationOptions _forAddresses;

    /// <param name="forNames">Answers a client that asks for a host name.</param>
    /// <param name="forAddresses">Answers a client that connects to an IP address, and so sends no name (RFC 6066 §3).</param>
    /// <param name="intermediates">Sent after the leaf, so that a client needs the root alone.</param>
    public PresentedCertificate(X509Certificate2 forNames, X509Certificate2 forAddresses, X509Certificate2Collection intermediates)
    {
        Leaf = forNames;
        _forNames = OptionsFor(forNames, intermediates);
        _forAddresses = ReferenceEquals(forNames, forAddresses) ? _forNames : OptionsFor(forAddresses, intermediates);
    }

    public X509Certificate2 Leaf { get; }

    public DateTimeOffset NotBefore => new(Leaf.NotBefore.ToUniversalTime());

    public DateTimeOffset NotAfter => new(Leaf.NotAfter.ToUniversalTime());

    public SslServerAuthenticationOptions AnswerTo(string? serverName) =>
        string.IsNullOrEmpty(serverName) || IPAddress.TryParse(serverName, out _) ? _forAddresses : _forNames;

    // One options object and one context for all handshakes of a certificate: the session cache hangs on the context,
    // and building either per handshake would switch resumption off.
    private static SslServerAuthenticationOptions OptionsFor(X509Certificate2 leaf, X509Certificate2Collection intermediates) => new()
    {
        // offline: a chain is what the operator gave us, never what an AIA URL in a certificate leads to.
        ServerCertificateContext = SslStreamCertificateContext.Create(leaf, intermediates, offline: true),
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
    };
}

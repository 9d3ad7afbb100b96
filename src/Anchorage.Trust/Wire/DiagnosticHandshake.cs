// The diagnostic handshake: the only place that goes on whatever the certificate is, because the chain as sent is what is looked for. Nothing
// secret is sent over it, and nothing that comes over it is believed: it is judged afterwards (ChainJudge) or shown as a stranger's word.

using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Anchorage.Trust;

/// <summary>A TLS connection to somebody unproven, with the chain that was sent.</summary>
internal sealed class DiagnosticHandshake : IAsyncDisposable
{
    // What the Pythons of all ages offer together: .NET's own list has no key exchange by RSA encryption.
    private static readonly TlsCipherSuite[] suites =
    [
        TlsCipherSuite.TLS_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_CHACHA20_POLY1305_SHA256,
        TlsCipherSuite.TLS_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
        TlsCipherSuite.TLS_DHE_RSA_WITH_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_DHE_RSA_WITH_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA,
        .. RsaKeyExchange,
    ];

    private readonly SslStream tls;

    private DiagnosticHandshake(SslStream tls, IReadOnlyList<ReadOnlyMemory<byte>> chain, bool asksForClientCertificate) =>
        (this.tls, Chain, AsksForClientCertificate) = (tls, chain, asksForClientCertificate);

    /// <summary>Suites whose key exchange is RSA encryption.</summary>
    internal static IReadOnlyList<TlsCipherSuite> RsaKeyExchange =>
    [
        TlsCipherSuite.TLS_RSA_WITH_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_RSA_WITH_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_RSA_WITH_AES_256_CBC_SHA256,
        TlsCipherSuite.TLS_RSA_WITH_AES_128_CBC_SHA256,
        TlsCipherSuite.TLS_RSA_WITH_AES_256_CBC_SHA,
        TlsCipherSuite.TLS_RSA_WITH_AES_128_CBC_SHA,
    ];

    public IReadOnlyList<ReadOnlyMemory<byte>> Chain { get; }

    public bool AsksForClientCertificate { get; }

    public SslProtocols Protocol => tls.SslProtocol;

    public TlsCipherSuite CipherSuite => tls.NegotiatedCipherSuite;

    public string ApplicationProtocol => tls.NegotiatedApplicationProtocol.ToString();

    public Stream Stream => tls;

    /// <summary>Shakes hands with whoever is at the other end.</summary>
    /// <exception cref="WireException">It did not come to that.</exception>
    public static async Task<DiagnosticHandshake> RunAsync(RecordWatch transport, string host, ProbePhase phase, CancellationToken cancellationToken)
    {
        List<ReadOnlyMemory<byte>> sent = [];
        var asks = false;
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = host.Trim('[', ']'),
            EnabledSslProtocols = SslProtocols.None,
            ApplicationProtocols = [SslApplicationProtocol.Http11],
            CertificateChainPolicy = new X509ChainPolicy { RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true },
            LocalCertificateSelectionCallback = (_, _, _, remote, issuers) =>
            {
                // It is asked once before anything was received, too.
                asks |= remote is not null || issuers is { Length: > 0 };
                return null!;
            },
        };
        if (OperatingSystem.IsLinux())
            options.CipherSuitesPolicy = new CipherSuitesPolicy(suites);
#pragma warning disable RS0030, CA5359 // See the head of this file. On Linux ExtraStore holds what was on the wire, in order; ChainElements would not.
        options.RemoteCertificateValidationCallback = (_, certificate, chain, _) =>
        {
            sent = Recorded(certificate, chain);
            return true;
        };
#pragma warning restore RS0030, CA5359
        var tls = new SslStream(transport);
        try
        {
            await tls.AuthenticateAsClientAsync(options, cancellationToken);
            transport.IsHandshaking = false;
            return sent.Count > 0 ? new DiagnosticHandshake(tls, sent, asks) : throw new WireException(phase, WireFailure.Malformed, "a TLS server without a certificate");
        }
        catch (Exception e) when (e is AuthenticationException or IOException or SocketException or InvalidOperationException or WireException)
        {
            await tls.DisposeAsync();
            throw Explain(e, transport, phase, asks);
        }
        catch
        {
            await tls.DisposeAsync();
            throw;
        }
    }

    public ValueTask DisposeAsync() => tls.DisposeAsync();

    /// <summary>The alert in an OpenSSL error (reason 1000 + number); null where there is none.</summary>
    internal static int? AlertIn(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            const int FirstAlert = 1000;
            var reason = exception.HResult & 0xFFF;
            if (exception.GetType().Name.Contains("OpenSsl", StringComparison.Ordinal) && reason is >= FirstAlert and < FirstAlert + 256)
                return reason - FirstAlert;
        }
        return null;
    }

    private static WireException Explain(Exception exception, RecordWatch transport, ProbePhase phase, bool asks)
    {
        if (exception is WireException known)
            return known;
        var words = Innermost(exception).Message;
        if (!transport.SpeaksTls)
            return new WireException(phase, WireFailure.NotTls, transport.ClearText ?? words);
        if (transport.Alert is not null || AlertIn(exception) is not null)
            return new WireException(phase, WireFailure.HandshakeRefused, words) { AsksForClientCertificate = asks };
        if (Innermost(exception) is SocketException { SocketErrorCode: SocketError.ConnectionReset or SocketError.ConnectionAborted })
            return new WireException(phase, WireFailure.ConnectionReset, words);
        if (!transport.HasReceived)
            return new WireException(phase, WireFailure.ConnectionClosed, words);
        // A version or a cipher that this side refuses, or bytes that no TLS server sends: the version probes tell them apart.
        return new WireException(phase, exception is AuthenticationException ? WireFailure.HandshakeRefused : WireFailure.Malformed, words);
    }

    private static Exception Innermost(Exception exception)
    {
        while (exception.InnerException is { } inner)
            exception = inner;
        return exception;
    }

    // Copies: those of the handshake are disposed with it. Other platforms than Linux leave the leaf out of ExtraStore.
    private static List<ReadOnlyMemory<byte>> Recorded(X509Certificate? leaf, X509Chain? chain)
    {
        var sent = chain?.ChainPolicy.ExtraStore.Select(certificate => (ReadOnlyMemory<byte>)certificate.RawData).ToList() ?? [];
        if (leaf is not null && (sent.Count == 0 || !sent[0].Span.SequenceEqual(leaf.GetRawCertData())))
            sent.Insert(0, leaf.GetRawCertData());
        return sent;
    }
}

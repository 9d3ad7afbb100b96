// What a server shows to a client, recorded step by step. The handshake goes on whatever the certificate is: its faults
// are the very thing to record. No byte of application data is sent, and nothing is believed because of this
// connection; the judgement is made afterwards, from the recorded chain alone (see Diagnosis).

using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Anchorage.Trust;

/// <summary>What one probe saw. Where <see cref="Failure"/> is set, the parts after it are missing.</summary>
public sealed record Probe
{
    /// <summary>The host that was asked for.</summary>
    public required string Host { get; init; }

    /// <summary>The port that was asked for.</summary>
    public required int Port { get; init; }

    /// <summary>The address that was connected to.</summary>
    public IPAddress? Address { get; init; }

    /// <summary>Time to resolve the name.</summary>
    public TimeSpan? Resolving { get; init; }

    /// <summary>Time to connect.</summary>
    public TimeSpan? Connecting { get; init; }

    /// <summary>Time for the TLS handshake.</summary>
    public TimeSpan? Handshake { get; init; }

    /// <summary>The protocol agreed on, such as Tls13.</summary>
    public SslProtocols? Protocol { get; init; }

    /// <summary>The application protocol agreed on, such as h2; empty where the server has no opinion.</summary>
    public string? ApplicationProtocol { get; init; }

    /// <summary>The certificates as sent.</summary>
    public ServerChain? Chain { get; init; }

    /// <summary>Why the probe ended early.</summary>
    public Finding? Failure { get; init; }
}

/// <summary>Connects to a server and records its side of the TLS handshake.</summary>
public sealed class TlsProbe(TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    /// <summary>Probes a host directly (no proxy).</summary>
    public async Task<Probe> RunAsync(string host, int port, CancellationToken cancellationToken)
    {
        var probe = new Probe { Host = host, Port = port };
        using var patience = new CancellationTokenSource(Patience, time);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            var started = time.GetTimestamp();
            var addresses = IPAddress.TryParse(host, out var literal) ? [literal] : await Dns.GetHostAddressesAsync(host, ended.Token);
            probe = probe with { Resolving = time.GetElapsedTime(started) };

            started = time.GetTimestamp();
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(addresses, port, ended.Token);
            var peer = ((IPEndPoint)socket.RemoteEndPoint!).Address;
            probe = probe with { Connecting = time.GetElapsedTime(started), Address = peer.IsIPv4MappedToIPv6 ? peer.MapToIPv4() : peer };

            return await HandshakeAsync(probe, socket, ended.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Failed(probe, FindingKind.TimedOut, $"{Patience.TotalSeconds:0} s");
        }
        catch (SocketException e) when (probe.Resolving is null)
        {
            return Failed(probe, FindingKind.NameNotResolved, e.Message);
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return Failed(probe, FindingKind.ConnectionFailed, e.Message);
        }
    }

    private async Task<Probe> HandshakeAsync(Probe probe, Socket socket, CancellationToken cancellationToken)
    {
        List<X509Certificate2> sent = [];
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = probe.Host,
            EnabledSslProtocols = SslProtocols.None,
            ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
            // No downloads: an intermediate fetched once stays in a cache of .NET's and hides for ever that it is not sent.
            CertificateChainPolicy = new X509ChainPolicy { RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true },
        };
#pragma warning disable RS0030, CA5359 // The diagnostic handshake: the only one that ends well with any certificate, because its chain is what is
        // looked for. Nothing is sent over it and nothing received is used; ExtraStore holds what was on the wire, in order.
        options.RemoteCertificateValidationCallback = (_, certificate, chain, _) =>
        {
            sent = Recorded(certificate, chain);
            return true;
        };
#pragma warning restore RS0030, CA5359
        await using var tls = new SslStream(new NetworkStream(socket));
        var started = time.GetTimestamp();
        try
        {
            await tls.AuthenticateAsClientAsync(options, cancellationToken);
        }
        catch (AuthenticationException e)
        {
            // The frame header is no TLS record: something answers in clear text.
            var isClearText = e.InnerException is null && e.Message.Contains("frame", StringComparison.OrdinalIgnoreCase);
            return Failed(probe, isClearText ? FindingKind.NotTls : FindingKind.HandshakeRefused, (e.InnerException ?? e).Message);
        }
        catch (IOException e)
        {
            return Failed(probe, FindingKind.HandshakeRefused, e.Message);
        }
        return probe with
        {
            Handshake = time.GetElapsedTime(started),
            Protocol = tls.SslProtocol,
            ApplicationProtocol = tls.NegotiatedApplicationProtocol.ToString(),
            Chain = sent.Count > 0 ? new ServerChain(sent) : throw new UnreachableException("A TLS server without a certificate."),
        };
    }

    // Copies: those of the handshake are disposed with it. Other platforms than Linux leave the leaf out of ExtraStore.
    private static List<X509Certificate2> Recorded(X509Certificate? leaf, X509Chain? chain)
    {
        var wire = chain?.ChainPolicy.ExtraStore.Select(certificate => certificate.RawData).ToList() ?? [];
        if (leaf is not null && (wire.Count == 0 || !wire[0].AsSpan().SequenceEqual(leaf.GetRawCertData())))
        {
            wire.Insert(0, leaf.GetRawCertData());
        }
        return wire.ConvertAll(X509CertificateLoader.LoadCertificate);
    }

    private static Probe Failed(Probe probe, FindingKind kind, string detail) =>
        probe with { Failure = new Finding(kind, Severity.Unchecked, null, detail) };
}

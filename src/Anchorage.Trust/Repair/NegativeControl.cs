// A TLS server that nobody may trust: its authority is made for the moment and its key is never stored. A client that
// sends it a request over TLS does not verify. It also answers CONNECT, as a proxy does, and then plays the host that was
// asked for: so the very index name can be tried, and a setting that is meant for that name shows.

using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Anchorage.Trust;

/// <summary>What a client did with a server of an unknown authority.</summary>
internal enum ControlOutcome
{
    /// <summary>It never came: nothing is proven.</summary>
    NotReached,
    /// <summary>It refused the certificate: it verifies.</summary>
    Refused,
    /// <summary>It sent a request: it verifies nothing.</summary>
    Accepted,
}

/// <summary>The negative control, on a free port of the loopback interface.</summary>
internal sealed class NegativeControl : IDisposable
{
    private const int MaxHeader = 16 * 1024;
    private const int MaxConnections = 200;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _ended = new();
    private readonly X509Certificate2 _authority;
    private readonly DateTimeOffset _now;
    private int _handshakes;
    private int _requests;

    public NegativeControl(TimeProvider time)
    {
        _now = time.GetUtcNow();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Anchorage negative control that nobody trusts", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(X509BasicConstraintsExtension.CreateForCertificateAuthority());
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        _authority = request.CreateSelfSigned(_now.AddDays(-1), _now.AddDays(1));
        _listener.Start();
        _ = ServeAsync();
    }

    /// <summary>The port.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>What has happened.</summary>
    public ControlOutcome Outcome => Volatile.Read(ref _requests) > 0 ? ControlOutcome.Accepted : Volatile.Read(ref _handshakes) > 0 ? ControlOutcome.Refused : ControlOutcome.NotReached;

    public void Dispose()
    {
        _ended.Cancel();
        _listener.Dispose();
        _authority.Dispose();
        _ended.Dispose();
    }

    private async Task ServeAsync()
    {
        try
        {
            for (var connection = 0; connection < MaxConnections; connection++)
            {
                var client = await _listener.AcceptTcpClientAsync(_ended.Token);
                _ = AnswerAsync(client);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The control is over.
        }
    }

    private async Task AnswerAsync(TcpClient client)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(_ended.Token);
        patience.CancelAfter(Patience);
        try
        {
            using (client)
            {
                Stream stream = client.GetStream();
                var host = "localhost";
                var first = new byte[1];
                if (await client.Client.ReceiveAsync(first, SocketFlags.Peek, patience.Token) == 1 && first[0] == 'C')
                {
                    host = await AnswerConnectAsync(stream, patience.Token) ?? host;
                }
                Interlocked.Increment(ref _handshakes);
                await using var tls = new SslStream(stream);
                using var certificate = Issue(host);
                await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions
                {
                    ServerCertificateContext = SslStreamCertificateContext.Create(certificate, [_authority], offline: true),
                    ApplicationProtocols = [SslApplicationProtocol.Http11],
                }, patience.Token);
                if (await tls.ReadAsync(new byte[1], patience.Token) == 1)
                {
                    Interlocked.Increment(ref _requests);
                    await tls.WriteAsync("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray(), patience.Token);
                }
            }
        }
        catch (Exception e) when (e is IOException or SocketException or AuthenticationException or ObjectDisposedException or OperationCanceledException or CryptographicException)
        {
            // Refused, as it should be.
        }
    }

    private static async Task<string?> AnswerConnectAsync(Stream stream, CancellationToken cancellationToken)
    {
        var header = new StringBuilder();
        var one = new byte[1];
        while (header.Length < MaxHeader && !header.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            await stream.ReadExactlyAsync(one, cancellationToken);
            header.Append((char)one[0]);
        }
        await stream.WriteAsync("HTTP/1.1 200 Connection established\r\n\r\n"u8.ToArray(), cancellationToken);
        var words = header.ToString().Split(' ');
        return words.Length > 1 && words[1].LastIndexOf(':') is > 0 and var colon ? words[1][..colon].Trim('[', ']') : null;
    }

    private X509Certificate2 Issue(string host)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(new X500DistinguishedName("CN=negative control"), key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        if (IPAddress.TryParse(host, out var address))
        {
            names.AddIpAddress(address);
        }
        else
        {
            names.AddDnsName(host);
        }
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(_authority, true, false));
        using var certificate = request.Create(_authority, _now.AddDays(-1), _now.AddDays(1), RandomNumberGenerator.GetBytes(8));
        return certificate.CopyWithPrivateKey(key);
    }
}

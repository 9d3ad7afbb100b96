// From a URL to a byte stream on which TLS can start: name, address, proxy. Every step has its own bound.

using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Anchorage.Trust;

/// <summary>What was seen on the way, for <see cref="TargetFacts"/>.</summary>
internal sealed class WireObservation
{
    public IReadOnlyList<IPAddress> Addresses { get; set; } = [];

    public int? ProxyStatus { get; set; }

    public IReadOnlyList<string> ProxyAuthentication { get; set; } = [];

    public IReadOnlyList<ReadOnlyMemory<byte>> ProxyChain { get; set; } = [];

    public string? ClearText { get; set; }

    /// <summary>An https:// proxy that speaks plain HTTP was gone on with in plain HTTP.</summary>
    public WireException? ProxyScheme { get; set; }
}

internal sealed class WireConnector(WireProbeOptions options, TimeProvider time)
{
    /// <summary>Opens a stream to the target, through the proxy where there is one.</summary>
    /// <exception cref="WireException">A step failed.</exception>
    /// <exception cref="OperationCanceledException">The time for all is over.</exception>
    public async Task<Stream> OpenAsync(Uri target, Uri? proxy, WireObservation seen, CancellationToken cancellationToken)
    {
        if (proxy is null)
            return await ConnectAsync(target.IdnHost, target.Port, isProxy: false, seen, cancellationToken);
        if (proxy.Scheme is not ("http" or "https"))
            throw new WireException(ProbePhase.Connect, WireFailure.ProxyMisconfigured, $"the scheme {proxy.Scheme}: is not one that pip speaks to proxies by itself");
        Stream stream = await ConnectAsync(proxy.IdnHost, proxy.Port, isProxy: true, seen, cancellationToken);
        try
        {
            if (proxy.Scheme == "https" && seen.ProxyScheme is null)
                stream = await HandshakeWithProxyAsync(stream, proxy, seen, cancellationToken);
            await TunnelAsync(stream, target, mayAuthenticate: proxy.Scheme == "http" || seen.ProxyScheme is not null, seen, cancellationToken);
            return stream;
        }
        catch (WireException e) when (e.Phase == ProbePhase.ProxyHandshake
            && e.Failure is (WireFailure.NotTls or WireFailure.TimedOut or WireFailure.ConnectionClosed or WireFailure.ConnectionReset))
        {
            await stream.DisposeAsync();
            return await TryPlainAsync(target, proxy, e, seen, cancellationToken);
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs one step within its time.</summary>
    public async Task<T> WithinAsync<T>(ProbePhase phase, Func<CancellationToken, Task<T>> step, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(options.Step, time);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            return await step(ended.Token);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new WireException(phase, WireFailure.TimedOut, $"no answer within {options.Step.TotalSeconds:0.#} s");
        }
    }

    /// <summary>A TCP connection, to the first address that takes it.</summary>
    public async Task<NetworkStream> ConnectAsync(string host, int port, bool isProxy, WireObservation seen, CancellationToken cancellationToken)
    {
        var addresses = await ResolveAsync(host, isProxy, cancellationToken);
        if (!isProxy)
            seen.Addresses = addresses;
        WireException? last = null;
        foreach (var address in addresses)
        {
            try
            {
                return await WithinAsync(ProbePhase.Connect, token => ConnectAsync(address, port, token), cancellationToken);
            }
            catch (SocketException e)
            {
                last = new WireException(ProbePhase.Connect, isProxy ? WireFailure.ProxyUnreachable : FailureOf(e.SocketErrorCode), $"{address}: {e.Message}");
            }
            catch (WireException e)
            {
                last = isProxy ? new WireException(e.Phase, WireFailure.ProxyUnreachable, $"{address}: {e.Message}") : new WireException(e.Phase, e.Failure, $"{address}: {e.Message}");
            }
        }
        throw last!;
    }

    private static async Task<NetworkStream> ConnectAsync(IPAddress address, int port, CancellationToken cancellationToken)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(address, port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task<IPAddress[]> ResolveAsync(string host, bool isProxy, CancellationToken cancellationToken)
    {
        if (HostNames.AddressOf(host) is { } literal)
            return [literal];
        var failure = isProxy ? WireFailure.ProxyUnreachable : WireFailure.NameNotResolved;
        try
        {
            var addresses = await WithinAsync(
                ProbePhase.Resolve,
                token => options.Resolve is { } resolve ? resolve(host, token) : Dns.GetHostAddressesAsync(host, token),
                cancellationToken);
            return addresses.Length > 0 ? addresses : throw new WireException(ProbePhase.Resolve, failure, $"{host} has no address");
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            throw new WireException(ProbePhase.Resolve, failure, $"{host}: {e.Message}");
        }
        catch (WireException e) when (isProxy)
        {
            throw new WireException(ProbePhase.Resolve, failure, $"{host}: {e.Message}");
        }
    }

    private async Task<Stream> HandshakeWithProxyAsync(Stream stream, Uri proxy, WireObservation seen, CancellationToken cancellationToken)
    {
        var handshake = await WithinAsync(
            ProbePhase.ProxyHandshake,
            token => DiagnosticHandshake.RunAsync(new RecordWatch(stream), proxy.IdnHost, ProbePhase.ProxyHandshake, token),
            cancellationToken);
        seen.ProxyChain = handshake.Chain;
        return handshake.Stream;
    }

    // Proxies that are named with https:// by mistake: pip up to 20.2 spoke plain HTTP to them, so the setting looks as if it once worked.
    private async Task<Stream> TryPlainAsync(Uri target, Uri proxy, WireException tls, WireObservation seen, CancellationToken cancellationToken)
    {
        var stream = await ConnectAsync(proxy.IdnHost, proxy.Port, isProxy: true, seen, cancellationToken);
        try
        {
            await TunnelAsync(stream, target, mayAuthenticate: true, seen, cancellationToken);
        }
        catch (WireException) when (seen.ProxyStatus is null)
        {
            await stream.DisposeAsync();
            throw tls.Failure == WireFailure.NotTls ? Misconfigured(tls) : new WireException(tls.Phase, WireFailure.ProxyUnreachable, tls.Message);
        }
        catch (WireException)
        {
            await stream.DisposeAsync();
            throw Misconfigured(tls);
        }
        seen.ProxyScheme = Misconfigured(tls);
        return stream;
    }

    private static WireException Misconfigured(WireException tls) =>
        new(ProbePhase.ProxyHandshake, WireFailure.ProxyMisconfigured, $"the proxy is named with https:// and speaks plain HTTP ({tls.Message})");

    private async Task TunnelAsync(Stream stream, Uri target, bool mayAuthenticate, WireObservation seen, CancellationToken cancellationToken)
    {
        var host = target.HostNameType == UriHostNameType.IPv6 ? $"[{target.IdnHost.Trim('[', ']')}]" : target.IdnHost;
        var credential = mayAuthenticate && options.ProxyCredential is { } given
            ? $"Proxy-Authorization: Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"{given.UserName}:{given.Password}"))}\r\n"
            : "";
        var request = Encoding.ASCII.GetBytes($"CONNECT {host}:{target.Port} HTTP/1.1\r\nHost: {host}:{target.Port}\r\n{credential}\r\n");
        HttpHead? head;
        byte[] received;
        try
        {
            (head, received) = await WithinAsync(
                ProbePhase.Tunnel,
                async token =>
                {
                    await stream.WriteAsync(request, token);
                    return await HttpExchange.ReadHeadAsync(stream, token);
                },
                cancellationToken);
        }
        catch (IOException e)
        {
            throw new WireException(ProbePhase.Tunnel, WireFailure.ConnectionReset, $"the proxy: {e.Message}");
        }
        if (head is null)
            throw NoHttp(received);
        seen.ProxyStatus = head.Status;
        seen.ProxyAuthentication = [.. head.Fields.Where(field => field.Name.Equals("Proxy-Authenticate", StringComparison.OrdinalIgnoreCase))
            .Select(field => DistinguishedName.Printable(field.Value.Split(' ')[0]))];
        // tinyproxy says 401 to a wrong password.
        if (head.Status is 401 or 407)
            throw new WireException(ProbePhase.Tunnel, WireFailure.ProxyAuthentication, $"{head.Status} {head.Reason}");
        if (head.Status is < 200 or > 299)
            throw new WireException(ProbePhase.Tunnel, WireFailure.ProxyRefused, $"{head.Status} {head.Reason}");
    }

    private static WireException NoHttp(byte[] received)
    {
        if (received.Length == 0)
            return new WireException(ProbePhase.Tunnel, WireFailure.ConnectionClosed, "the proxy ended the connection without an answer");
        return received[0] is 0x15 or 0x16
            ? new WireException(ProbePhase.Tunnel, WireFailure.ProxyMisconfigured, "the proxy is named with http:// and speaks TLS")
            : new WireException(ProbePhase.Tunnel, WireFailure.ProxyMisconfigured, $"no HTTP proxy: {DistinguishedName.Printable(Encoding.Latin1.GetString(received.AsSpan(0, Math.Min(received.Length, 80))))}");
    }

    private static WireFailure FailureOf(SocketError error) => error switch
    {
        SocketError.ConnectionRefused => WireFailure.ConnectionRefused,
        SocketError.ConnectionReset or SocketError.ConnectionAborted => WireFailure.ConnectionReset,
        SocketError.TimedOut => WireFailure.TimedOut,
        _ => WireFailure.Unreachable,
    };
}

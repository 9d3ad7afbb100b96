using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Anchorage.Trust;

namespace Anchorage.Server.Upstreams;

/// <summary>
/// Makes the HTTP clients of one upstream: which addresses they dial, whom they trust, which proxy they use. They follow no redirect:
/// <see cref="UpstreamClient"/> does, and looks at each step.
/// </summary>
internal sealed class UpstreamConnections
{
    private static readonly TimeSpan DefaultConnectTimeout = TimeSpan.FromSeconds(10);
    private const int DefaultMaxConnections = 64;

    private readonly string name;
    private readonly string? trustAnchors;
    private readonly UpstreamSettings settings;
    private readonly NetworkRules networks;
    private readonly IWebProxy proxy;

    public UpstreamConnections(string name, string? trustAnchors, UpstreamSettings settings)
    {
        this.name = name;
        this.trustAnchors = trustAnchors;
        this.settings = settings;
        networks = NetworkRules.TryParse(settings.AllowedNetworks ?? [], out var rules, out var problem) ? rules : throw new FormatException(problem);
        proxy = settings.Proxy is { } address ? new WebProxy(address) : HttpClient.DefaultProxy;
    }

    public HttpClient CreateClient(DecompressionMethods decompression)
    {
        var handler = new SocketsHttpHandler
        {
            AutomaticDecompression = decompression,
            AllowAutoRedirect = false,
            ConnectTimeout = settings.ConnectTimeout is { } seconds ? TimeSpan.FromSeconds(seconds) : DefaultConnectTimeout,
            // DNS of a CDN changes; a pooled connection would never notice.
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            MaxConnectionsPerServer = settings.MaxConnections ?? DefaultMaxConnections,
            UseCookies = false,
            EnableMultipleHttp2Connections = true,
            Proxy = proxy,
            ConnectCallback = ConnectAsync,
        };
        if (trustAnchors is not null)
            handler.SslOptions.CertificateChainPolicy = PolicyWith(trustAnchors);
#pragma warning disable RS0030 // The one place that makes clients for upstreams.
        var client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
#pragma warning restore RS0030
        client.DefaultRequestVersion = HttpVersion.Version20;
        client.DefaultVersionPolicy = HttpVersionPolicy.RequestVersionOrLower;
        client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("anchorage-server", "0.1"));
        return client;
    }

    /// <summary>The address that is checked is the one that is dialled: a name that resolves anew could have become another.</summary>
    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var (host, port) = (context.DnsEndPoint.Host, context.DnsEndPoint.Port);
        var addresses = IPAddress.TryParse(host.Trim('[', ']'), out var literal) ? [literal] : await Dns.GetHostAddressesAsync(host, cancellationToken);
        if (!IsProxy(context))
        {
            var permitted = Array.FindAll(addresses, networks.Permit);
            if (permitted.Length == 0 && addresses.Length > 0)
            {
                throw new UpstreamException(new UpstreamFailure(
                    name, UpstreamPhase.Connect,
                    $"{host} has the address {addresses[0]}, which is not a public one: if it is meant, add its network to allowed_networks of this upstream"));
            }
            addresses = permitted;
        }
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>A proxy was named by the operator: that is its permission. Behind it, it is the proxy that dials.</summary>
    private bool IsProxy(SocketsHttpConnectionContext context) =>
        context.InitialRequestMessage.RequestUri is { } target && proxy.GetProxy(target) is { } chosen && chosen != target
        && chosen.IdnHost.Equals(context.DnsEndPoint.Host, StringComparison.OrdinalIgnoreCase) && chosen.Port == context.DnsEndPoint.Port;

    /// <summary>The system's roots and the given ones: anchors are added, none is taken away.</summary>
    private static X509ChainPolicy PolicyWith(string trustAnchors)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            // An intermediate fetched behind our back would hide that the upstream does not send it.
            DisableCertificateDownloads = true,
        };
        using var system = new X509Store(StoreName.Root, StoreLocation.LocalMachine);
        system.Open(OpenFlags.ReadOnly);
        policy.CustomTrustStore.AddRange(system.Certificates);
        policy.CustomTrustStore.AddRange(TrustAnchors.ReadPem(trustAnchors));
        return policy;
    }
}

using System.Net;

namespace Anchorage.Trust;

/// <summary>What a probe may do beside the handshake. By default: nothing that the target did not see from any client.</summary>
public sealed record WireProbeOptions
{
    /// <summary>The time for all of it.</summary>
    public TimeSpan Total { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The time for each step: resolving, connecting, the proxy's answer, a handshake, an answer.</summary>
    public TimeSpan Step { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>
    /// User and password for the proxy, as the client's setting holds them. They are sent to proxies in clear text, as the client does, and never
    /// through TLS, because this probe does not verify whom it talks to.
    /// </summary>
    public NetworkCredential? ProxyCredential { get; init; }

    /// <summary>Where a proxy is gone through, also connects directly, to see whether both show the same chain.</summary>
    public bool ComparesDirect { get; init; }

    /// <summary>Fetches the issuer that the server did not send from the place that its certificate names (http only, 64 KiB).</summary>
    public bool FetchesIssuer { get; init; }

    /// <summary>Fetches the issuer's revocation list from the place that the certificate names (http only, 4 MiB).</summary>
    public bool ChecksRevocation { get; init; }

    /// <summary>Asks for the page itself (64 KiB of it) instead of its headers, to find the host that serves files.</summary>
    public bool FindsFileHost { get; init; }

    /// <summary>How names become addresses; null = the system's resolver.</summary>
    public Func<string, CancellationToken, Task<IPAddress[]>>? Resolve { get; init; }
}

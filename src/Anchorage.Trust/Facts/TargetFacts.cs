using System.Net;
using System.Net.Security;
using System.Security.Authentication;

namespace Anchorage.Trust;

/// <summary>How far a connection came.</summary>
public enum ProbePhase
{
    /// <summary>The host's name, or the proxy's.</summary>
    Resolve,
    /// <summary>The TCP connection to the host or the proxy.</summary>
    Connect,
    /// <summary>TLS to an https:// proxy.</summary>
    ProxyHandshake,
    /// <summary>The proxy's answer to CONNECT.</summary>
    Tunnel,
    /// <summary>The TLS handshake with the host.</summary>
    Handshake,
    /// <summary>A request over the connection (HEAD, nothing secret).</summary>
    Request,
    /// <summary>All of it.</summary>
    Done,
}

/// <summary>What one probe of one target saw on the wire. No judgement.</summary>
public sealed record TargetFacts
{
    /// <summary>The address that was asked for.</summary>
    public required Uri Url { get; init; }

    /// <summary>The proxy gone through; null = direct.</summary>
    public ProxyFacts? Proxy { get; init; }

    /// <summary>The phase that failed, or <see cref="ProbePhase.Done"/>.</summary>
    public required ProbePhase Reached { get; init; }

    /// <summary>The failure that ended it, in a closed list; null where it came through.</summary>
    public WireFailure? Failure { get; init; }

    /// <summary>The system's or the peer's words for the failure.</summary>
    public string? FailureDetail { get; init; }

    /// <summary>Addresses that the name resolved to.</summary>
    public IReadOnlyList<IPAddress> Addresses { get; init; } = [];

    /// <summary>The certificates exactly as sent, leaf first; empty where none came.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Chain { get; init; } = [];

    /// <summary>What an https:// proxy itself sent, leaf first; empty for other proxies.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> ProxyChain { get; init; } = [];

    /// <summary>The protocol agreed on.</summary>
    public SslProtocols? Protocol { get; init; }

    /// <summary>The cipher suite agreed on.</summary>
    public TlsCipherSuite? CipherSuite { get; init; }

    /// <summary>The server takes only key exchange by RSA encryption, which newer Pythons no longer offer.</summary>
    public bool NeedsRsaKeyExchange { get; init; }

    /// <summary>ALPN.</summary>
    public string? ApplicationProtocol { get; init; }

    /// <summary>The TLS alert that the server sent, by number; null where none.</summary>
    public int? Alert { get; init; }

    /// <summary>The handshake works without SNI, though not with it (asked only after a refusal).</summary>
    public bool? WorksWithoutSni { get; init; }

    /// <summary>Versions that the server took when it was asked with each alone (asked only after a refusal).</summary>
    public IReadOnlyList<SslProtocols> OfferedVersions { get; init; } = [];

    /// <summary>The server asked for a client certificate.</summary>
    public bool AsksForClientCertificate { get; init; }

    /// <summary>Status of the HEAD request; null where none was answered.</summary>
    public int? HttpStatus { get; init; }

    /// <summary>Where the first file link of the index page points, where that is another host (asked only with a GET).</summary>
    public Uri? FileHost { get; init; }

    /// <summary>The proxy's status line to CONNECT; null where none.</summary>
    public int? ProxyStatus { get; init; }

    /// <summary>Schemes of Proxy-Authenticate.</summary>
    public IReadOnlyList<string> ProxyAuthentication { get; init; } = [];

    /// <summary>The first bytes that came instead of TLS (for a page in clear text), printable only.</summary>
    public string? ClearText { get; init; }

    /// <summary>The server's Date header: a hint about the local clock, no proof.</summary>
    public DateTimeOffset? ServerDate { get; init; }

    /// <summary>The chain that a direct connection shows, where this one went through a proxy and a direct one was possible.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>>? DirectChain { get; init; }

    /// <summary>The missing issuer, fetched from the leaf's authority information access; it proves an incomplete chain, nothing else.</summary>
    public ReadOnlyMemory<byte>? FetchedIssuer { get; init; }

    /// <summary>When the issuer's revocation list says that the leaf was revoked (asked only on request, signature checked); null = not known to be.</summary>
    public DateTimeOffset? RevokedAt { get; init; }

    /// <summary>How long the phases took.</summary>
    public TimeSpan? Elapsed { get; init; }
}

/// <summary>How a connection can fail.</summary>
public enum WireFailure
{
    /// <summary>No address for the name.</summary>
    NameNotResolved,
    /// <summary>Refused.</summary>
    ConnectionRefused,
    /// <summary>Reset by the peer.</summary>
    ConnectionReset,
    /// <summary>Ended without an answer (FIN).</summary>
    ConnectionClosed,
    /// <summary>Network or host unreachable.</summary>
    Unreachable,
    /// <summary>Not in time.</summary>
    TimedOut,
    /// <summary>Something else than TLS answered.</summary>
    NotTls,
    /// <summary>A TLS alert, or no common version or cipher.</summary>
    HandshakeRefused,
    /// <summary>407.</summary>
    ProxyAuthentication,
    /// <summary>The proxy said another status than 200.</summary>
    ProxyRefused,
    /// <summary>The proxy cannot be reached.</summary>
    ProxyUnreachable,
    /// <summary>The proxy setting is wrong: a scheme that the proxy does not speak, no URL.</summary>
    ProxyMisconfigured,
    /// <summary>A server that breaks TLS or HTTP, or exceeds a bound.</summary>
    Malformed,
}

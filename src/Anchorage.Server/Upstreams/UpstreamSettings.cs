using System.Net;
using System.Text.Json.Serialization;

namespace Anchorage.Server.Upstreams;

/// <summary>Whether an upstream is asked at all.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<NetworkMode>))]
internal enum NetworkMode
{
    [JsonStringEnumMemberName("online")]
    Online,

    /// <summary>Never asked: what is stored here is all there is, and it does not age.</summary>
    [JsonStringEnumMemberName("offline")]
    Offline,
}

/// <summary>How an upstream is reached, beside its address and its trust anchors. What is absent has the default.</summary>
internal sealed record UpstreamSettings
{
    public static UpstreamSettings Default { get; } = new();

    /// <summary>Networks that are not globally reachable and may be dialled all the same, in CIDR form.</summary>
    public IReadOnlyList<string>? AllowedNetworks { get; init; }

    /// <summary>A proxy for this upstream alone; absent = the environment's.</summary>
    public string? Proxy { get; init; }

    /// <summary>Whether it is asked.</summary>
    public NetworkMode Mode { get; init; }

    /// <summary>Most connections to one host at a time; default 64.</summary>
    public int? MaxConnections { get; init; }

    /// <summary>Seconds until a connection must stand; default 10.</summary>
    public int? ConnectTimeout { get; init; }

    /// <summary>Seconds until an answer must begin; default 30.</summary>
    public int? ResponseTimeout { get; init; }

    /// <summary>Seconds for which a page is served without a question; default Mirror:FreshFor.</summary>
    public int? FreshFor { get; init; }

    /// <summary>Seconds for which a page is served while the upstream fails; default Mirror:StaleFor.</summary>
    public int? StaleFor { get; init; }

    /// <summary>What is wrong with it, in one sentence; null where nothing is.</summary>
    public string? FindProblem()
    {
        if (!NetworkRules.TryParse(AllowedNetworks ?? [], out _, out var problem))
            return "allowed_networks: " + problem;
        if (Proxy is not null && (!Uri.TryCreate(Proxy, UriKind.Absolute, out var proxy) || proxy.Scheme is not ("http" or "https") || proxy.UserInfo.Length > 0))
            return "proxy must be an http:// or https:// address without credentials.";
        return OutOfBounds(MaxConnections, "max_connections", 1, 256)
            ?? OutOfBounds(ConnectTimeout, "connect_timeout", 1, 300)
            ?? OutOfBounds(ResponseTimeout, "response_timeout", 1, 600)
            ?? OutOfBounds(FreshFor, "fresh_for", 0, 30 * 86_400)
            ?? OutOfBounds(StaleFor, "stale_for", 0, 3650 * 86_400);
    }

    private static string? OutOfBounds(int? value, string name, int least, int most) =>
        value is { } number && (number < least || number > most) ? $"{name} must be from {least} to {most}." : null;
}

using System.Net;
using System.Net.Sockets;

namespace Anchorage.Server.Upstreams;

/// <summary>
/// Which addresses may be dialled for an upstream. What is not globally reachable (loopback, link-local, private and the other ranges of
/// IANA's special-purpose registries) needs an explicit permission: a page or a redirect of a hostile upstream would otherwise make the
/// registry ask the cloud's metadata service, or the neighbour behind the firewall (server-side request forgery).
/// </summary>
internal sealed class NetworkRules(IReadOnlyList<IPNetwork> allowed)
{
    private static readonly IPNetwork[] NotGlobal =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
            "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
            "::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
        }.Select(static text => IPNetwork.Parse(text)),
    ];

    // Both carry an IPv4 address that a gateway unpacks: NAT64 (RFC 6052) in the last 32 bits, 6to4 (RFC 3056) after the prefix.
    private static readonly IPNetwork Nat64 = IPNetwork.Parse("64:ff9b::/96");
    private static readonly IPNetwork SixToFour = IPNetwork.Parse("2002::/16");

    /// <summary>Networks in CIDR form. False: <paramref name="problem"/> says which one is none.</summary>
    public static bool TryParse(IEnumerable<string> texts, out NetworkRules rules, out string? problem)
    {
        var networks = new List<IPNetwork>();
        rules = new NetworkRules(networks);
        problem = null;
        foreach (var text in texts)
        {
            // The framework clears bits after the prefix silently; here they are more likely a slip than a wish.
            if (!IPNetwork.TryParse(text, out var network) || !IPAddress.TryParse(text.AsSpan(0, text.IndexOf('/', StringComparison.Ordinal)), out var given) || !given.Equals(network.BaseAddress))
            {
                problem = $"'{text}' is no network such as 10.1.0.0/16 or fd00::/8 (CIDR; the bits after the prefix are zero).";
                return false;
            }
            networks.Add(network);
        }
        return true;
    }

    /// <summary>True where the address may be dialled.</summary>
    public bool Permit(IPAddress address)
    {
        address = Unwrap(address);
        return IsGlobal(address) || allowed.Any(network => network.Contains(address));
    }

    private static bool IsGlobal(IPAddress address)
    {
        if (NotGlobal.Any(network => network.Contains(address)))
            return false;
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
            return true;
        var bytes = address.GetAddressBytes();
        if (Nat64.Contains(address))
            return IsGlobal(new IPAddress(bytes.AsSpan(12, 4)));
        return !SixToFour.Contains(address) || IsGlobal(new IPAddress(bytes.AsSpan(2, 4)));
    }

    private static IPAddress Unwrap(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}

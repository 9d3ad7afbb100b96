// Which proxy a client goes through, and by which setting. The families differ: Python's requests and urllib take the
// lower-case variables first and match NO_PROXY by the end of the name, also inside a label; curl and its users want a
// label's border; wget reads no upper case.

using System.Net;
using System.Net.Sockets;

namespace Anchorage.Trust;

/// <summary>How a family of clients reads the proxy variables.</summary>
internal enum ProxyFamily
{
    /// <summary>requests and urllib: pip, poetry, twine, conda.</summary>
    Requests,
    /// <summary>libcurl: curl, git.</summary>
    Curl,
    /// <summary>reqwest (uv) and httpx: upper case counts too.</summary>
    Other,
    /// <summary>wget: lower case only.</summary>
    Wget,
    /// <summary>node itself: none; npm reads them as curl does.</summary>
    None,
}

internal static class ProxySettings
{
    /// <summary>The proxy that the environment gives to a family for a target; null = direct.</summary>
    public static ProxyFacts? FromEnvironment(Uri target, IReadOnlyDictionary<string, string> environment, ProxyFamily family)
    {
        if (family == ProxyFamily.None || IsExempt(target, environment, family))
            return null;
        var scheme = target.Scheme;
        string[] names = family switch
        {
            ProxyFamily.Wget => [scheme + "_proxy"],
            // http_proxy in upper case could come from a request to a CGI program, so libcurl leaves it out.
            ProxyFamily.Curl when scheme == "http" => ["http_proxy", "all_proxy", "ALL_PROXY"],
            _ => [scheme + "_proxy", scheme.ToUpperInvariant() + "_PROXY", "all_proxy", "ALL_PROXY"],
        };
        foreach (var name in names)
        {
            if (!environment.TryGetValue(name, out var value))
                continue;
            if (value.Length == 0)
            {
                // An empty lower-case variable switches the upper-case one off.
                if (family is ProxyFamily.Requests or ProxyFamily.Curl && char.IsLower(name[0]) && name[0] != 'a')
                    return null;
                continue;
            }
            return Of(value, new SettingFact(SettingOrigin.Environment, name, null, name, SafeUrl.WithoutCredentials(value)));
        }
        return null;
    }

    /// <summary>A proxy from the text of a setting; null where the text is no address.</summary>
    public static ProxyFacts? Of(string value, SettingFact because)
    {
        var url = SafeUrl.Parse(value.Trim(), "http");
        if (url is null)
            return null;
        var bare = new UriBuilder(url.Scheme, url.Host, url.Port < 0 ? 1080 : url.Port).Uri;
        return new ProxyFacts(bare, because with { Value = SafeUrl.WithoutCredentials(because.Value) }, url.UserInfo.Length > 0);
    }

    /// <summary>True where NO_PROXY takes a target out.</summary>
    public static bool IsExempt(Uri target, IReadOnlyDictionary<string, string> environment, ProxyFamily family)
    {
        var list = environment.GetValueOrDefault("no_proxy") is { Length: > 0 } lower ? lower
            : family != ProxyFamily.Wget && environment.GetValueOrDefault("NO_PROXY") is { Length: > 0 } upper ? upper : "";
        return list.Length > 0 && IsListed(target, list, family);
    }

    /// <summary>True where a list of NO_PROXY holds a target.</summary>
    public static bool IsListed(Uri target, string list, ProxyFamily family)
    {
        var host = target.IdnHost.Trim('[', ']').ToLowerInvariant();
        if (list.Trim() == "*")
            return true;
        var separators = family is ProxyFamily.Curl or ProxyFamily.Wget ? (char[])[',', ' '] : [','];
        var address = IPAddress.TryParse(host, out var parsed) ? parsed : null;
        foreach (var part in list.Split(separators, StringSplitOptions.RemoveEmptyEntries).Take(1_000))
        {
            var entry = part.Replace(" ", "", StringComparison.Ordinal);
            if (family != ProxyFamily.Requests)
                entry = entry.ToLowerInvariant();
            if (entry.Length > 0 && (address is null ? FitsName(host, target, entry, family) : FitsAddress(address, host, entry, family)))
                return true;
        }
        return false;
    }

    private static bool FitsName(string host, Uri target, string entry, ProxyFamily family)
    {
        if (family == ProxyFamily.Requests)
        {
            // requests: the end of the name, wherever a label begins, in lower case alone; urllib after it: whole labels in any case.
            var labels = entry.TrimStart('.').ToLowerInvariant();
            return host.EndsWith(entry, StringComparison.Ordinal) || (!target.IsDefaultPort && $"{host}:{target.Port}".EndsWith(entry, StringComparison.Ordinal))
                || host == labels || host.EndsWith("." + labels, StringComparison.Ordinal);
        }
        if (family == ProxyFamily.Wget)
            return entry[0] == '.' ? host.EndsWith(entry, StringComparison.Ordinal) : host == entry || host.EndsWith("." + entry, StringComparison.Ordinal);
        var colon = entry.LastIndexOf(':');
        if (colon > 0 && int.TryParse(entry.AsSpan(colon + 1), out var only))
        {
            if (only != target.Port)
                return false;
            entry = entry[..colon];
        }
        var name = entry.TrimStart('*').Trim('.');
        return name.Length > 0 && (host == name || host.EndsWith("." + name, StringComparison.Ordinal));
    }

    private static bool FitsAddress(IPAddress address, string host, string entry, ProxyFamily family)
    {
        if (entry.Contains('/'))
        {
            // requests knows networks of IPv4 only.
            return (family != ProxyFamily.Requests || address.AddressFamily == AddressFamily.InterNetwork) && family != ProxyFamily.Wget
                && IPNetwork.TryParse(entry, out var network) && network.Contains(address);
        }
        return host == entry.Trim('[', ']');
    }
}

// Is a certificate for a host? OpenSSL and Python answer differently at the edges, and pip has used both.

using System.Globalization;
using System.Net;

namespace Anchorage.Trust;

internal static class HostNames
{
    /// <summary>True where the certificate is for the host by these rules.</summary>
    public static bool Match(CertificateFacts leaf, string host, VerificationRules rules) =>
        rules.Names == NameMatching.Python ? MatchByPython(leaf, host, rules) : MatchByOpenSsl(leaf, host, rules);

    /// <summary>Every name that the certificate is for, for people.</summary>
    public static string List(CertificateFacts leaf)
    {
        var names = (leaf.DnsNames ?? []).Concat(leaf.Addresses.Select(address => address.ToString())).ToList();
        if (names.Count == 0)
            return leaf.Subject.CommonName is { } name ? $"{name} (in the subject only)" : "no name";
        return string.Join(", ", names.Take(10)) + (names.Count > 10 ? $" and {names.Count - 10} more" : "");
    }

    /// <summary>The address in a URL's host; null for names.</summary>
    public static IPAddress? AddressOf(string host) => IPAddress.TryParse(host.Trim('[', ']'), out var address) ? address : null;

    /// <summary>The name as it stands in certificates: A-labels.</summary>
    public static string ToAscii(string host)
    {
        if (host.All(char.IsAscii))
            return host;
        try
        {
            return new IdnMapping().GetAscii(host);
        }
        catch (ArgumentException)
        {
            return host;
        }
    }

    // X509_check_host and X509_check_ip: the subject counts where there is no DNS name among the alternative names, and never for addresses.
    private static bool MatchByOpenSsl(CertificateFacts leaf, string host, VerificationRules rules)
    {
        if (AddressOf(host) is { } address)
            return leaf.Addresses.Contains(address);
        var name = ToAscii(host);
        if (leaf.DnsNames is { Count: > 0 } names)
            return names.Any(pattern => MatchesPattern(pattern, name, minimumDots: 2));
        return rules.AcceptsCommonName && CommonNames(leaf).Any(pattern => MatchesPattern(pattern, name, minimumDots: 2));
    }

    // match_hostname: the subject counts where there is neither a DNS name nor an address, also for addresses.
    private static bool MatchByPython(CertificateFacts leaf, string host, VerificationRules rules)
    {
        var address = AddressOf(host);
        var name = ToAscii(host);
        if (address is not null ? leaf.Addresses.Contains(address) : (leaf.DnsNames ?? []).Any(pattern => MatchesPattern(pattern, name, minimumDots: 1)))
            return true;
        return rules.AcceptsCommonName && leaf.DnsNames is not { Count: > 0 } && leaf.Addresses.Count == 0
            && CommonNames(leaf).Any(pattern => MatchesPattern(pattern, name, minimumDots: 1));
    }

    private static IEnumerable<string> CommonNames(CertificateFacts leaf) =>
        leaf.Subject.Attributes.Where(attribute => attribute.Oid == "2.5.4.3").Select(attribute => attribute.Value);

    // A star stands for one whole label, the first. OpenSSL wants two dots in a pattern with one (so no *.test), Python one.
    private static bool MatchesPattern(string pattern, string name, int minimumDots)
    {
        if (pattern.Equals(name, StringComparison.OrdinalIgnoreCase))
            return true;
        if (!pattern.StartsWith("*.", StringComparison.Ordinal) || pattern.LastIndexOf('*') != 0 || pattern.Count(character => character == '.') < minimumDots)
            return false;
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 && name.AsSpan(dot).Equals(pattern.AsSpan(1), StringComparison.OrdinalIgnoreCase);
    }
}

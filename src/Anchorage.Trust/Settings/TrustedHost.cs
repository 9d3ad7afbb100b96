// What a --trusted-host of pip covers. Measured on pip 9 to 26: it switches off everything about the certificate, for one
// host, in upper or lower case; up to 19.2 only on port 443; '*' switches off no TLS, but permits plain HTTP everywhere;
// a scheme, wildcards, a dot before or behind, or commas make it a pattern that fits nothing.

using System.Net;

namespace Anchorage.Trust;

/// <summary>A value of trusted-host.</summary>
internal readonly record struct TrustedHost(string Host, int? Port)
{
    /// <summary>True for '*': plain HTTP is permitted for every host.</summary>
    public bool PermitsHttpEverywhere => Host == "*";

    /// <summary>False where no address can fit it.</summary>
    public bool CanFit => PermitsHttpEverywhere
        || (Host.Length > 0 && Host[0] != '.' && Host[^1] != '.' && Host.IndexOfAny([',', '*', '/', '@', ' ']) < 0 && (IsAddress || Uri.CheckHostName(Host) == UriHostNameType.Dns));

    private bool IsAddress => IPAddress.TryParse(Host, out _);

    public static TrustedHost Parse(string value)
    {
        value = value.Trim();
        if (value.Contains("://", StringComparison.Ordinal))
            return new TrustedHost(value, null);
        if (value.StartsWith('['))
        {
            var close = value.IndexOf(']');
            return close < 0 ? new TrustedHost(value, null) : new TrustedHost(value[1..close], PortOf(value[(close + 1)..]));
        }
        var colon = value.LastIndexOf(':');
        // A bare IPv6 address has several.
        if (colon < 0 || value.IndexOf(':') != colon)
            return new TrustedHost(value, null);
        return new TrustedHost(value[..colon], PortOf(value[colon..]));
    }

    private static int? PortOf(string text) => text.Length > 1 && int.TryParse(text.AsSpan(1), out var port) && port is > 0 and < 65_536 ? port : null;

    /// <summary>True where a pip of that version does not verify the certificate of that target.</summary>
    public bool SwitchesOff(Uri target, PipVersion pip)
    {
        if (!CanFit || PermitsHttpEverywhere || !Host.Equals(target.IdnHost.Trim('[', ']'), StringComparison.OrdinalIgnoreCase))
            return false;
        // requests mounts adapters by how the URL begins, and nobody writes :443: "https://host/"; since 19.3 "https://host:" too.
        return Port is { } port ? port == target.Port && !target.IsDefaultPort : target.IsDefaultPort || pip >= new PipVersion(19, 3);
    }
}

/// <summary>A version of pip as far as its behaviour depends on it; pre-releases count as what they lead to.</summary>
internal readonly record struct PipVersion(int Major, int Minor, int Patch = 0) : IComparable<PipVersion>
{
    public int CompareTo(PipVersion other) => (Major, Minor, Patch).CompareTo((other.Major, other.Minor, other.Patch));

    public static bool operator <(PipVersion left, PipVersion right) => left.CompareTo(right) < 0;

    public static bool operator >(PipVersion left, PipVersion right) => left.CompareTo(right) > 0;

    public static bool operator <=(PipVersion left, PipVersion right) => left.CompareTo(right) <= 0;

    public static bool operator >=(PipVersion left, PipVersion right) => left.CompareTo(right) >= 0;

    /// <summary>The numbers that a version begins with; null where it begins with none.</summary>
    public static PipVersion? Parse(string? text)
    {
        if (text is null)
            return null;
        var numbers = new int[3];
        var parts = text.Split('.', '+', '-');
        for (var place = 0; place < 3 && place < parts.Length; place++)
        {
            var digits = parts[place].AsSpan();
            var end = digits.IndexOfAnyExceptInRange('0', '9');
            if ((end < 0 ? digits : digits[..end]) is not { Length: > 0 and < 6 } number)
                return place == 0 ? null : new PipVersion(numbers[0], numbers[1], numbers[2]);
            numbers[place] = int.Parse(number, System.Globalization.CultureInfo.InvariantCulture);
            if (end >= 0)
                break;
        }
        return new PipVersion(numbers[0], numbers[1], numbers[2]);
    }
}

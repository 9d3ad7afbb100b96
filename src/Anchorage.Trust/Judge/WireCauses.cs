using System.Security.Authentication;

namespace Anchorage.Trust;

/// <summary>Which finding a failure on the wire is.</summary>
internal static class WireCauses
{
    private const int UnrecognizedName = 112;
    private const int ProtocolVersion = 70;
    private const int CertificateRequired = 116;

    /// <summary>Codes of failures before any certificate could be judged.</summary>
    public static string? CodeOf(TargetFacts target)
    {
        if (IsClientCertificateMissing(target))
            return FindingCodes.ClientCertificateRequired;
        return target.Failure switch
        {
            null => null,
            WireFailure.NameNotResolved => FindingCodes.Dns,
            WireFailure.ProxyUnreachable => FindingCodes.ProxyUnreachable,
            WireFailure.ProxyAuthentication => FindingCodes.ProxyAuthentication,
            WireFailure.ProxyRefused => FindingCodes.ProxyRefused,
            WireFailure.ProxyMisconfigured => FindingCodes.ProxyMisconfigured,
            WireFailure.TimedOut when target.Reached is ProbePhase.Tunnel or ProbePhase.ProxyHandshake => FindingCodes.ProxyUnreachable,
            _ when target.Reached is ProbePhase.Tunnel or ProbePhase.ProxyHandshake => FindingCodes.ProxyRefused,
            WireFailure.ConnectionRefused or WireFailure.Unreachable => FindingCodes.ConnectionRefused,
            WireFailure.TimedOut => FindingCodes.Timeout,
            WireFailure.NotTls => IsPlainHttp(target.ClearText) ? FindingCodes.PlainHttp : FindingCodes.NotTls,
            _ when HandshakeCode(target) is { } code => code,
            WireFailure.HandshakeRefused => FindingCodes.HandshakeRefused,
            WireFailure.ConnectionReset or WireFailure.ConnectionClosed => FindingCodes.ConnectionReset,
            _ => FindingCodes.NotTls,
        };
    }

    /// <summary>The newest version that a server takes; null where that is not known.</summary>
    public static Version? NewestOffered(TargetFacts target)
    {
        Version? newest = null;
        foreach (var protocol in target.OfferedVersions)
        {
            var version = VersionOf(protocol);
            newest = newest is null || version > newest ? version : newest;
        }
        return newest;
    }

    public static Version VersionOf(SslProtocols protocol) => protocol switch
    {
        SslProtocols.Tls13 => new Version(1, 3),
        SslProtocols.Tls12 => new Version(1, 2),
        (SslProtocols)768 => new Version(1, 1),
        _ => new Version(1, 0),
    };

    private static bool IsClientCertificateMissing(TargetFacts target) =>
        target.Alert == CertificateRequired
        || (target.AsksForClientCertificate && (target.HttpStatus == 400 || target.Failure is WireFailure.HandshakeRefused or WireFailure.ConnectionReset or WireFailure.ConnectionClosed));

    private static string? HandshakeCode(TargetFacts target)
    {
        if (target.Reached != ProbePhase.Handshake)
            return null;
        if (target.Alert == UnrecognizedName || target.WorksWithoutSni == true)
            return FindingCodes.SniRejected;
        if (target.Alert == ProtocolVersion || (NewestOffered(target) is { } newest && newest < new Version(1, 2)))
            return FindingCodes.TlsVersion;
        return null;
    }

    private static bool IsPlainHttp(string? text) =>
        text is not null && (text.StartsWith("HTTP/", StringComparison.Ordinal) || text.TrimStart('?', ' ').StartsWith('<'));
}

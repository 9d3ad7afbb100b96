using System.Globalization;

namespace Anchorage.Trust;

/// <summary>What ended a connection before there was a certificate to judge.</summary>
internal static class FailureFinding
{
    private static readonly Dictionary<int, string> alerts = new()
    {
        [0] = "close_notify",
        [10] = "unexpected_message",
        [40] = "handshake_failure",
        [42] = "bad_certificate",
        [47] = "illegal_parameter",
        [48] = "unknown_ca",
        [49] = "access_denied",
        [50] = "decode_error",
        [70] = "protocol_version",
        [71] = "insufficient_security",
        [80] = "internal_error",
        [86] = "inappropriate_fallback",
        [112] = "unrecognized_name",
        [116] = "certificate_required",
        [120] = "no_application_protocol",
    };

    public static TrustFinding Of(TargetView view, string code)
    {
        var target = view.Target;
        var clients = view.Verdicts.Where(verdict => verdict.Cause == code).Select(verdict => verdict.Client).ToList();
        var versions = target.OfferedVersions.Count == 0 ? null : string.Join(", ", target.OfferedVersions.Select(version => $"TLS {WireCauses.VersionOf(version)}"));
        var evidence = new List<string>();
        if (target.Addresses.Count > 0)
            evidence.Add($"{view.Host} has the addresses {string.Join(", ", target.Addresses.Take(8))}");
        if (target.Proxy is { } proxy)
            evidence.Add($"through the proxy {proxy.Url.GetLeftPart(UriPartial.Authority)}, from {proxy.Because.Name} in {proxy.Because.Place}");
        evidence.Add($"{StepText(target.Reached)}: {target.FailureDetail ?? "ended"}");
        if (target.ProxyStatus is { } status)
            evidence.Add($"the proxy answered {status}{(target.ProxyAuthentication.Count > 0 ? $", Proxy-Authenticate: {string.Join(", ", target.ProxyAuthentication)}" : "")}");
        if (target.Alert is { } alert)
            evidence.Add($"the server sent alert {alert} ({alerts.GetValueOrDefault(alert, "unknown")})");
        if (versions is not null)
            evidence.Add($"asked for each version alone, the server took {versions}");
        if (target.WorksWithoutSni == true)
            evidence.Add("without the name in the hello, the server goes on");
        if (target.ClearText is { } text)
            evidence.Add($"in clear text came: {text[..Math.Min(text.Length, 120)]}");
        if (target.AsksForClientCertificate)
            evidence.Add($"the server asked for a client certificate{(target.HttpStatus is { } answer ? $" and then answered {answer}" : "")}");
        return view.Finding(
            code, IsHarmless(view) ? FindingSeverity.Warning : FindingSeverity.Error, clients,
            ("detail", target.FailureDetail), ("status", target.ProxyStatus?.ToString(CultureInfo.InvariantCulture)),
            ("schemes", target.ProxyAuthentication.Count > 0 ? string.Join(", ", target.ProxyAuthentication) : null),
            ("alert", target.Alert is { } sent ? alerts.GetValueOrDefault(sent, sent.ToString(CultureInfo.InvariantCulture)) : null), ("versions", versions)) with
        {
            Evidence = evidence,
        };
    }

    // Old pips speak plain HTTP to a proxy that is named with https://: what will break with the next upgrade works today.
    private static bool IsHarmless(TargetView view) =>
        view.Verdicts.Count > 0 && view.Verdicts.All(verdict => verdict.Verdict is TrustVerdict.Trusted or TrustVerdict.Disabled);

    private static string StepText(ProbePhase phase) => phase switch
    {
        ProbePhase.Resolve => "resolving the name",
        ProbePhase.Connect => "connecting",
        ProbePhase.ProxyHandshake => "TLS with the proxy",
        ProbePhase.Tunnel => "asking the proxy for a tunnel",
        ProbePhase.Handshake => "the TLS handshake",
        _ => "the first request",
    };
}

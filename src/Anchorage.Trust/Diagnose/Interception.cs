namespace Anchorage.Trust;

/// <summary>Signs that somebody on the way answers in a server's name: a company's proxy, an antivirus program, a captive portal.</summary>
internal static class Interception
{
    // Hosts that anybody may name, whose certificates come from public authorities; an answer by another one is not theirs.
    private static readonly HashSet<string> publicHosts = new(StringComparer.OrdinalIgnoreCase)
    {
        "pypi.org", "www.pypi.org", "files.pythonhosted.org", "test.pypi.org", "test-files.pythonhosted.org", "upload.pypi.org", "pypi.python.org",
        "bootstrap.pypa.io", "github.com", "api.github.com", "codeload.github.com", "raw.githubusercontent.com", "objects.githubusercontent.com",
        "conda.anaconda.org", "repo.anaconda.com", "registry.npmjs.org", "download.pytorch.org", "www.python.org", "pypi.tuna.tsinghua.edu.cn",
        "mirrors.aliyun.com", "mirrors.cloud.tencent.com", "mirrors.ustc.edu.cn", "repo.huaweicloud.com", "mirrors.163.com", "pypi.doubanio.com",
        "mirror.sjtu.edu.cn", "mirrors.bfsu.edu.cn", "pypi.nvidia.com",
    };

    private static readonly string[] vendors =
    [
        "Zscaler", "Netskope", "Fortinet", "FortiGate", "Palo Alto", "Blue Coat", "Bluecoat", "Symantec Web Security", "Cisco Umbrella", "mitmproxy", "Charles Proxy",
        "Fiddler", "PortSwigger", "Kaspersky", "ESET SSL Filter", "avast", "AVG Web", "Bitdefender", "Sophos", "McAfee", "Trellix", "Check Point", "Cloudflare for Teams",
        "Gateway CA - Cloudflare", "Squid", "Untangle", "WatchGuard", "Barracuda", "Forcepoint", "Websense", "iboss", "SonicWall", "Smoothwall", "Lightspeed", "Securly",
        "ContentKeeper", "GoGuardian", "Menlo Security", "Cato Networks", "Skyhigh", "Sangfor", "深信服", "奇安信", "Qi-AnXin", "Hillstone", "NSFOCUS", "Topsec", "天融信",
    ];

    public static TrustFinding? Of(TargetView view, IReadOnlyList<TargetFacts> targets)
    {
        if (view.Top is not { } top)
            return null;
        var evidence = new List<string>();
        var issuer = top.Issuer.Text;
        var isPublic = IsPublic(view);
        var differs = DiffersFromDirect(view, evidence);
        var vendor = vendors.FirstOrDefault(name => issuer.Contains(name, StringComparison.OrdinalIgnoreCase));
        if (vendor is not null && !isPublic)
            evidence.Add($"the issuer calls itself {issuer}: {vendor} inspects TLS");
        var claimsPublicHost = publicHosts.Contains(view.Host) && !isPublic;
        if (claimsPublicHost)
        {
            evidence.Add($"{view.Host} is a public host, and {issuer} is no public authority");
            if (!view.Chain[0].HasTransparencyTimestamps)
                evidence.Add("the certificate has no certificate-transparency timestamps, which every public one has");
            if (view.Machine.Now - view.Chain[0].NotBefore is { Ticks: > 0 } age && age < TimeSpan.FromDays(3))
                evidence.Add($"the certificate was made {age.TotalHours:0} hours ago");
            var others = targets.Where(other => other.Url.IdnHost != view.Host && publicHosts.Contains(other.Url.IdnHost)
                && new TargetView(other, [], view.Machine, view.PublicRoots).Top?.Issuer.Equals(top.Issuer) == true).Select(other => other.Url.IdnHost).Distinct().ToList();
            if (others.Count > 0)
                evidence.Add($"the same issuer answers for {string.Join(", ", others)}");
        }
        if (!differs && !claimsPublicHost && (vendor is null || isPublic))
            return null;
        var hit = view.Verdicts.Where(verdict => verdict.Verdict == TrustVerdict.Untrusted).Select(verdict => verdict.Client).ToList();
        var isCertain = differs || (claimsPublicHost && evidence.Count > 2);
        return view.Finding(FindingCodes.Intercepted, hit.Count > 0 ? FindingSeverity.Error : FindingSeverity.Info, hit, ("issuer", issuer), ("subject", top.Subject.Text), ("vendor", vendor)) with
        {
            Confidence = isCertain ? Confidence.Certain : Confidence.Likely,
            Evidence = [.. evidence, .. view.Chain.Select(view.Line)],
        };
    }

    private static bool IsPublic(TargetView view)
    {
        if (view.PublicRoots is not { Certificates.Count: > 0 } roots)
            return view.Chain[0].HasTransparencyTimestamps;
        return CertificatePath.Build(view.Chain, roots, acceptsPartial: false, isOpenSsl1: false, view.Machine.Now).Error is null || view.Chain[0].HasTransparencyTimestamps;
    }

    // A server may have several certificates of its own; an interceptor has another authority.
    private static bool DiffersFromDirect(TargetView view, List<string> evidence)
    {
        if (view.Target.DirectChain is not { Count: > 0 } direct || !CertificateFacts.TryRead(direct[0], out var leaf, out _) || leaf.Issuer.Equals(view.Chain[0].Issuer))
            return false;
        evidence.Add($"directly, {view.Host} shows a certificate of {leaf.Issuer.Text}; through the proxy, one of {view.Chain[0].Issuer.Text}");
        return true;
    }
}

using System.Globalization;

namespace Anchorage.Trust;

/// <summary>One target with the verdicts of the clients that go that way.</summary>
internal sealed class TargetView
{
    public TargetView(TargetFacts target, IReadOnlyList<ClientVerdict> verdicts, MachineFacts machine, AnchorSet? publicRoots)
    {
        (Target, Verdicts, Machine, PublicRoots) = (target, verdicts, machine, publicRoots);
        foreach (var der in target.Chain)
        {
            if (CertificateFacts.TryRead(der, out var facts, out _))
                Chain.Add(facts);
        }
    }

    public TargetFacts Target { get; }

    public IReadOnlyList<ClientVerdict> Verdicts { get; }

    public MachineFacts Machine { get; }

    public AnchorSet? PublicRoots { get; }

    public List<CertificateFacts> Chain { get; } = [];

    public string Host => Target.Url.IdnHost;

    /// <summary>The last of the certificates that follow each other from the leaf.</summary>
    public CertificateFacts? Top
    {
        get
        {
            if (Chain.Count == 0)
                return null;
            var path = CertificatePath.Build(Chain, AnchorSet.Empty, acceptsPartial: false, isOpenSsl1: false, Machine.Now);
            return path.Certificates[^1];
        }
    }

    /// <summary>A finding about this target, with what is known of it.</summary>
    public TrustFinding Finding(string code, FindingSeverity severity, IReadOnlyList<string> clients, params (string Name, string? Value)[] values)
    {
        var known = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["host"] = Host,
            ["port"] = Target.Url.Port.ToString(CultureInfo.InvariantCulture),
            ["url"] = Target.Url.GetComponents(UriComponents.AbsoluteUri & ~UriComponents.UserInfo, UriFormat.UriEscaped),
        };
        if (Target.Proxy is { } proxy)
            known["proxy"] = proxy.Url.GetLeftPart(UriPartial.Authority);
        if (Chain.Count > 0)
            known["fingerprint"] = Chain[0].Fingerprint;
        foreach (var (name, value) in values)
        {
            if (value is not null)
                known[name] = value;
        }
        return new TrustFinding { Code = code, Severity = severity, Target = Target.Url, Values = known, Clients = clients };
    }

    /// <summary>Each fault that a client meets, the ones that come first for most clients first.</summary>
    public IReadOnlyList<TrustFinding> ChainFindings(string[] leftOut)
    {
        if (Target.Chain.Count == 0)
            return [];
        var findings = new List<(int Causes, TrustFinding Finding)>();
        foreach (var code in Verdicts.SelectMany(verdict => verdict.Faults).Select(fault => fault.Code).Distinct().Except(leftOut).ToList())
        {
            var hit = Verdicts.Where(verdict => verdict.Verdict == TrustVerdict.Untrusted && verdict.Faults.Any(fault => fault.Code == code)).ToList();
            if (hit.Count == 0 || code == WireCauses.CodeOf(Target))
                continue;
            var fault = hit.SelectMany(verdict => verdict.Faults).First(fault => fault.Code == code);
            findings.Add((hit.Count(verdict => verdict.Cause == code), ChainFinding(fault, hit)));
        }
        return [.. findings.OrderByDescending(finding => finding.Causes).Select(finding => finding.Finding)];
    }

    /// <summary>SM2 in the chain: whatever else is said of it, no Python can use it.</summary>
    public TrustFinding? Sm2()
    {
        var at = Chain.FindIndex(certificate => certificate.IsSm2);
        if (at < 0 || Verdicts.All(verdict => verdict.Verdict == TrustVerdict.Trusted))
            return null;
        var hit = Verdicts.Where(verdict => verdict.Verdict == TrustVerdict.Untrusted).Select(verdict => verdict.Client).ToList();
        return Finding(FindingCodes.Sm2Certificate, FindingSeverity.Error, hit, ("subject", Chain[at].Subject.Text), ("issuer", Chain[at].Issuer.Text), ("detail", Chain[at].Signature.Name)) with
        {
            Evidence = [.. Chain.Select(Line)],
        };
    }

    private string? FirstIssuerUrl => Chain[0].IssuerUrls is [var url, ..] ? url : null;

    /// <summary>One certificate in one line.</summary>
    public string Line(CertificateFacts certificate)
    {
        var key = certificate.Key switch { KeyKind.Rsa => $"RSA {certificate.KeyBits}", KeyKind.Ec => $"EC {certificate.KeyBits}", var kind => kind.ToString() };
        return $"certificate {Chain.IndexOf(certificate)}: {certificate.Subject.Text}; issued by {certificate.Issuer.Text}; {ChainJudge.Instant(certificate.NotBefore)} to {ChainJudge.Instant(certificate.NotAfter)}; {key}, {certificate.Signature.Name}";
    }

    private TrustFinding ChainFinding(ChainFault fault, List<ClientVerdict> hit)
    {
        var certificate = fault.Certificate is { } place && place < Chain.Count ? Chain[place] : null;
        var (issuer, subject) = (certificate?.Issuer.Text, certificate?.Subject.Text);
        var isDated = fault.Code is FindingCodes.Expired or FindingCodes.ExpiredIntermediate or FindingCodes.ExpiredRoot or FindingCodes.NotYetValid;
        var evidence = Chain.Select(Line).ToList();
        if (fault.OpenSslCode is { } number)
            evidence.Add($"OpenSSL's verify code {number} at {subject ?? "a certificate of the client's own store"}: {fault.Detail}");
        string? replaced = null;
        if (fault.Code is FindingCodes.UnknownRoot or FindingCodes.InvalidSignature && certificate is not null && Namesake(certificate, hit) is { } namesake)
        {
            replaced = namesake.Fingerprint;
            evidence.Add($"the clients trust {namesake.Subject.Text} with another key (SHA-256 {namesake.Fingerprint}): the authority was renewed");
        }
        if (fault.Code == FindingCodes.IncompleteChain && Target.FetchedIssuer is { } der && CertificateFacts.TryRead(der, out var fetched, out _))
            evidence.Add($"{FirstIssuerUrl} has the certificate that the server does not send: {fetched.Subject.Text}");
        evidence.AddRange(hit.Select(verdict => verdict.Confirmation).OfType<string>().Distinct().Take(3));
        var finding = Finding(
            fault.Code, FindingSeverity.Error, [.. hit.Select(verdict => verdict.Client)],
            ("issuer", issuer), ("subject", subject), ("detail", fault.Detail), ("date", isDated ? fault.Detail : null),
            ("names", fault.Code == FindingCodes.NameMismatch ? fault.Detail : null), ("replaced", replaced),
            ("issuer-url", fault.Code == FindingCodes.IncompleteChain ? FirstIssuerUrl : null));
        var isProven = fault.Code != FindingCodes.IncompleteChain || Target.FetchedIssuer is not null;
        return finding with { Evidence = evidence, Confidence = isProven ? Confidence.Certain : Confidence.Likely };
    }

    // The anchor that has the issuer's name and not its key.
    private CertificateFacts? Namesake(CertificateFacts certificate, List<ClientVerdict> hit)
    {
        var wanted = certificate.IsSelfIssued ? certificate.Subject : certificate.Issuer;
        foreach (var verdict in hit)
        {
            if (Machine.Clients.FirstOrDefault(client => client.Id == verdict.Client) is { } client
                && ClientJudge.AnchorsOf(client, Machine).WithSubject(wanted).FirstOrDefault(anchor => !anchor.Equals(certificate)) is { } namesake)
                return namesake;
        }
        return null;
    }
}

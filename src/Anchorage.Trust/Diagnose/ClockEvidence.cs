namespace Anchorage.Trust;

/// <summary>
/// Signs that it is the local clock that is wrong. Dates of servers come over connections that nobody verified: one is a hint, several that agree
/// are a reason; only what the machine itself must have seen already is proof.
/// </summary>
internal sealed class ClockEvidence
{
    // A clock that is wrong by less makes no certificate invalid but those of the last or the next day.
    private static readonly TimeSpan leastDifference = TimeSpan.FromHours(12);
    private static readonly TimeSpan agreement = TimeSpan.FromMinutes(10);

    private readonly List<string> lines = [];
    private readonly DateTimeOffset now;
    private DateTimeOffset? truth;
    private Confidence confidence = Confidence.Possible;
    private bool isProven;

    private ClockEvidence(DateTimeOffset now) => this.now = now;

    public static ClockEvidence? Of(IReadOnlyList<TargetFacts> targets, MachineFacts machine)
    {
        var evidence = new ClockEvidence(machine.Now);
        if (machine.NotBefore is { } bound && bound > machine.Now + leastDifference)
        {
            evidence.lines.Add($"the clock says {ChainJudge.Instant(machine.Now)}, and this machine has files of {ChainJudge.Instant(bound)}");
            (evidence.isProven, evidence.confidence, evidence.truth) = (true, Confidence.Certain, bound);
        }
        var dated = targets.Where(target => target.ServerDate is not null).DistinctBy(target => target.Url.IdnHost).ToList();
        var off = dated.Where(target => (target.ServerDate!.Value - machine.Now).Duration() > leastDifference).ToList();
        if (off.Count > 0 && off.Count == dated.Count)
        {
            evidence.truth = off[0].ServerDate;
            evidence.lines.AddRange(off.Select(target => $"{target.Url.IdnHost} says that it is {ChainJudge.Instant(target.ServerDate!.Value)}; the clock says {ChainJudge.Instant(machine.Now)}"));
            if (off.Count > 1 && off.All(target => (target.ServerDate!.Value - off[0].ServerDate!.Value).Duration() < agreement))
                evidence.confidence = evidence.isProven ? Confidence.Certain : Confidence.Likely;
        }
        return evidence.lines.Count > 0 ? evidence : null;
    }

    /// <summary>True where certificates that are not valid by the local clock are valid by the other one.</summary>
    public bool Explains(IReadOnlyList<TargetFacts> targets)
    {
        var explained = 0;
        foreach (var certificate in targets.SelectMany(target => target.Chain))
        {
            if (!CertificateFacts.TryRead(certificate, out var facts, out _) || (facts.NotBefore <= now && now < facts.NotAfter))
                continue;
            if (truth is not { } instant || facts.NotAfter <= instant || (facts.NotBefore > instant && !isProven))
                return isProven;
            explained++;
        }
        if (explained > 0 && confidence == Confidence.Possible)
            confidence = Confidence.Likely;
        return explained > 0 || isProven;
    }

    public TrustFinding Finding(FindingSeverity severity, IReadOnlyList<string> clients)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal) { ["clock"] = ChainJudge.Instant(now) };
        if (truth is { } instant)
            values["server-date"] = ChainJudge.Instant(instant);
        return new TrustFinding { Code = FindingCodes.ClockWrong, Severity = severity, Confidence = confidence, Values = values, Evidence = lines, Clients = clients };
    }
}

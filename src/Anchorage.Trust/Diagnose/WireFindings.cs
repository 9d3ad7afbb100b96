// From what was seen on the wire to causes, by the programme: what failed before a certificate came; the clock; interception; SM2; then each fault of
// a chain, for the clients that meet it. What follows from one of the first three hangs under it.

namespace Anchorage.Trust;

/// <summary>Names what is wrong on the wire. Pure.</summary>
public static class WireFindings
{
    // Said by the findings about the machine.
    private static readonly string[] machineCodes = [FindingCodes.ClientDefect, FindingCodes.BadCaSetting, FindingCodes.NoSslModule];

    private static readonly string[] timeCodes = [FindingCodes.Expired, FindingCodes.ExpiredIntermediate, FindingCodes.ExpiredRoot, FindingCodes.NotYetValid];

    private static readonly string[] anchorCodes = [FindingCodes.UnknownRoot, FindingCodes.SelfSigned, FindingCodes.IncompleteChain, FindingCodes.InvalidSignature, FindingCodes.NotStrict];

    /// <summary>The findings, causes first; empty where every client trusts every target.</summary>
    /// <param name="targets">What the probes saw, one for each target and way to it.</param>
    /// <param name="verdicts">Each client's verdict on each target.</param>
    /// <param name="machine">The clock, and the clients.</param>
    /// <param name="publicRoots">The current public list; null = not at hand, so that less is said about interception.</param>
    /// <remarks>
    /// Values, where they are known: <c>host</c> <c>port</c> <c>url</c> <c>proxy</c> <c>issuer</c> <c>subject</c> <c>date</c> <c>names</c> <c>detail</c>
    /// <c>clock</c> <c>server-date</c> <c>status</c> <c>schemes</c> <c>alert</c> <c>versions</c> <c>fingerprint</c> <c>issuer-url</c> <c>vendor</c>
    /// <c>replaced</c> (an anchor of the same name and another key).
    /// </remarks>
    public static IReadOnlyList<TrustFinding> Of(
        IReadOnlyList<TargetFacts> targets, IReadOnlyList<ClientVerdict> verdicts, MachineFacts machine, AnchorSet? publicRoots = null)
    {
        ArgumentNullException.ThrowIfNull(targets);
        ArgumentNullException.ThrowIfNull(verdicts);
        ArgumentNullException.ThrowIfNull(machine);
        var clients = machine.Clients.ToDictionary(client => client.Id, StringComparer.Ordinal);
        var clock = ClockEvidence.Of(targets, machine);
        var findings = new List<TrustFinding>();
        var late = new List<TrustFinding>();
        foreach (var target in targets)
        {
            var here = verdicts.Where(verdict => verdict.Target == target.Url
                && (!clients.TryGetValue(verdict.Client, out var client) || ClientJudge.GoesThisWay(client, target))).ToList();
            var view = new TargetView(target, here, machine, publicRoots);
            if (WireCauses.CodeOf(target) is { } code)
                findings.Add(FailureFinding.Of(view, code));
            var faults = view.ChainFindings(machineCodes);
            if (view.Sm2() is { } sm2)
                faults = [Under(sm2, faults, anchorCodes), .. Except(faults, anchorCodes)];
            if (Interception.Of(view, targets) is { } intercepted)
            {
                if (faults.Any(fault => anchorCodes.Contains(fault.Code)))
                    faults = [Under(intercepted, faults, anchorCodes), .. Except(faults, anchorCodes)];
                else
                    late.Add(intercepted);
            }
            findings.AddRange(faults);
            if (target.RevokedAt is { } revoked)
                late.Add(view.Finding(FindingCodes.Revoked, FindingSeverity.Warning, [], ("date", ChainJudge.Instant(revoked))) with { Evidence = [$"revoked since {ChainJudge.Instant(revoked)}, by a list that its issuer signed; pip and its relatives do not ask"] });
        }
        if (clock is not null)
        {
            var times = findings.Where(finding => timeCodes.Contains(finding.Code)).ToList();
            var isCause = times.Count > 0;
            var finding = clock.Finding(isCause ? FindingSeverity.Error : FindingSeverity.Warning, [.. times.SelectMany(time => time.Clients).Distinct()]);
            if (isCause && clock.Explains(targets))
                findings = [Under(finding, findings, timeCodes), .. Except(findings, timeCodes)];
            else
                late.Add(finding);
        }
        return [.. findings, .. late];
    }

    private static TrustFinding Under(TrustFinding cause, IReadOnlyList<TrustFinding> findings, string[] codes)
    {
        var consequences = findings.Where(finding => codes.Contains(finding.Code)).ToList();
        return cause with
        {
            Consequences = [.. cause.Consequences, .. consequences],
            Clients = [.. cause.Clients.Concat(consequences.SelectMany(consequence => consequence.Clients)).Distinct()],
        };
    }

    private static IReadOnlyList<TrustFinding> Except(IReadOnlyList<TrustFinding> findings, string[] codes) => [.. findings.Where(finding => !codes.Contains(finding.Code))];
}

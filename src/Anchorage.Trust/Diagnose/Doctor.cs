// From facts to an ordered diagnosis. The story, in steps:
//  1 what was seen on the wire and what is wrong on the machine are found apart;
//  2 where a refusal on the wire has its reason on the machine (a stale list, a setting that replaces or loses), that
//    reason becomes the finding and the refusal its consequence;
//  3 the rest is put in order: what makes clients fail, what makes them verify nothing, what is merely worth knowing;
//  4 each gets its remedies.

namespace Anchorage.Trust;

/// <summary>Turns facts into findings: the first one is the cause, consequences hang under it. Pure.</summary>
public static class Doctor
{
    // What vanishes when the clients' trust is repaired.
    private static readonly string[] FromMissingTrust = [FindingCodes.UnknownRoot, FindingCodes.SelfSigned, FindingCodes.IncompleteChain];

    // A wrong clock makes every validity wrong; a proxy that fails hides the server behind it.
    private static readonly (string Cause, string[] Consequences)[] Causes =
    [
        (FindingCodes.ClockWrong, [FindingCodes.Expired, FindingCodes.ExpiredIntermediate, FindingCodes.ExpiredRoot, FindingCodes.NotYetValid]),
        (FindingCodes.BadCaSetting, FromMissingTrust),
        (FindingCodes.MissingRoots, [FindingCodes.UnknownRoot, FindingCodes.PythonOpenSslDirectory]),
        (FindingCodes.StaleRoots, [FindingCodes.UnknownRoot]),
        (FindingCodes.StaleCertifi, [FindingCodes.UnknownRoot]),
        (FindingCodes.OverriddenCaSetting, FromMissingTrust),
        (FindingCodes.PythonOpenSslDirectory, [FindingCodes.UnknownRoot]),
        (FindingCodes.NoSslModule, [FindingCodes.HandshakeRefused, FindingCodes.NotTls, FindingCodes.UnknownRoot]),
        (FindingCodes.Intercepted, [FindingCodes.UnknownRoot, FindingCodes.NotStrict]),
    ];

    /// <summary>The findings in order, each with its remedies.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="targets">What the probes saw.</param>
    /// <param name="wire">What is wrong on the wire.</param>
    /// <param name="verdicts">How each client judges each target.</param>
    /// <param name="publicRoots">The current public roots.</param>
    public static IReadOnlyList<TrustFinding> Diagnose(
        MachineFacts machine, IReadOnlyList<TargetFacts> targets, IReadOnlyList<TrustFinding> wire, IReadOnlyList<ClientVerdict> verdicts, AnchorSet publicRoots)
    {
        ArgumentNullException.ThrowIfNull(machine);
        ArgumentNullException.ThrowIfNull(targets);
        ArgumentNullException.ThrowIfNull(wire);
        ArgumentNullException.ThrowIfNull(verdicts);
        ArgumentNullException.ThrowIfNull(publicRoots);
        List<TrustFinding> findings = [.. wire.Select(finding => Softened(finding, machine, verdicts)), .. MachineFindings.Of(machine, [.. targets.Select(target => target.Url)])];
        Promote(findings, RootReasons.Of(machine, targets, verdicts, publicRoots));
        foreach (var (cause, consequences) in Causes)
        {
            HangUnder(findings, cause, consequences);
        }
        var failing = verdicts.Where(verdict => verdict.Verdict == TrustVerdict.Untrusted).Select(verdict => verdict.Client).ToHashSet();
        return Ordered(findings.Select(finding => (Rank(finding, failing), WithRemedies(finding, machine, targets))));
    }

    /// <summary>The findings about several targets in one order: what is said of the machine is said once.</summary>
    /// <param name="diagnoses">One for each target, each in order.</param>
    public static IReadOnlyList<TrustFinding> Merge(IReadOnlyList<IReadOnlyList<TrustFinding>> diagnoses)
    {
        ArgumentNullException.ThrowIfNull(diagnoses);
        if (diagnoses.Count == 1)
        {
            return diagnoses[0];
        }
        var merged = new List<TrustFinding>();
        foreach (var finding in diagnoses.SelectMany(diagnosis => diagnosis))
        {
            var same = merged.FindIndex(other => other.Code == finding.Code && other.Target == finding.Target && other.Evidence.SequenceEqual(finding.Evidence));
            if (same < 0)
            {
                merged.Add(finding);
                continue;
            }
            merged[same] = (finding.Severity > merged[same].Severity ? finding : merged[same]) with
            {
                Clients = [.. merged[same].Clients.Concat(finding.Clients).Distinct()],
                Consequences = [.. merged[same].Consequences, .. finding.Consequences.Where(consequence => merged[same].Consequences.All(known => known.Code != consequence.Code || known.Target != consequence.Target))],
            };
        }
        return Ordered(merged.Select(finding => (Rank(finding, [.. finding.Consequences.SelectMany(consequence => consequence.Clients)]), finding)));
    }

    private static IReadOnlyList<TrustFinding> Ordered(IEnumerable<(int Rank, TrustFinding Finding)> findings) =>
    [
        .. findings.OrderBy(found => found.Rank)
            .ThenByDescending(found => found.Finding.Confidence)
            .ThenByDescending(found => found.Finding.Clients.Count)
            .ThenBy(found => found.Finding.Code, StringComparer.Ordinal)
            .ThenBy(found => found.Finding.Target?.AbsoluteUri, StringComparer.Ordinal)
            .ThenBy(found => found.Finding.Evidence.Count > 0 ? found.Finding.Evidence[0] : "", StringComparer.Ordinal)
            .Select(found => found.Finding),
    ];

    // What only git or curl refuses keeps nobody from installing packages.
    private static TrustFinding Softened(TrustFinding finding, MachineFacts machine, IReadOnlyList<ClientVerdict> verdicts)
    {
        var installers = machine.Clients.Where(client => client.IsInstaller).Select(client => client.Id).ToHashSet();
        var isTrusted = verdicts.Any(verdict => verdict.Target == finding.Target && verdict.Verdict == TrustVerdict.Trusted && installers.Contains(verdict.Client));
        return finding.Severity == FindingSeverity.Error && isTrusted && finding.Clients.Count > 0 && !finding.Clients.Any(installers.Contains)
            ? finding with { Severity = FindingSeverity.Warning } : finding;
    }

    // A reason found later says more than the notice about the same thing: it takes its place.
    private static void Promote(List<TrustFinding> findings, IEnumerable<TrustFinding> reasons)
    {
        foreach (var reason in reasons)
        {
            var notice = findings.FindIndex(finding => finding.Code == reason.Code && Setting(finding) == Setting(reason) && (finding.Target is null || finding.Target == reason.Target));
            if (notice < 0)
            {
                findings.Add(reason);
                continue;
            }
            var known = findings[notice];
            findings[notice] = known with
            {
                Severity = (FindingSeverity)Math.Max((int)known.Severity, (int)reason.Severity),
                Clients = [.. known.Clients.Concat(reason.Clients).Distinct()],
                Evidence = [.. known.Evidence.Concat(reason.Evidence).Distinct()],
                Values = new Dictionary<string, string>(known.Values.Concat(reason.Values).DistinctBy(pair => pair.Key)),
            };
        }

        static string? Setting(TrustFinding finding) => finding.Values.GetValueOrDefault("setting");
    }

    private static void HangUnder(List<TrustFinding> findings, string cause, string[] consequences)
    {
        for (var place = 0; place < findings.Count; place++)
        {
            var finding = findings[place];
            if (finding.Code != cause || finding.Severity != FindingSeverity.Error)
            {
                continue;
            }
            var hung = new List<TrustFinding>(finding.Consequences);
            for (var other = findings.Count - 1; other >= 0; other--)
            {
                var candidate = findings[other];
                var isAboutSame = finding.Target is null || candidate.Target is null || finding.Target == candidate.Target;
                if (other == place || !consequences.Contains(candidate.Code) || !isAboutSame)
                {
                    continue;
                }
                // A clock or an interception is wrong for all; a setting only for those that obey it.
                var explained = finding.Clients.Count == 0 ? candidate.Clients : [.. candidate.Clients.Intersect(finding.Clients)];
                if (explained.Count == 0 && candidate.Clients.Count > 0)
                {
                    continue;
                }
                hung.Insert(0, candidate with { Clients = explained });
                var rest = candidate.Clients.Except(explained).ToList();
                if (rest.Count > 0)
                {
                    findings[other] = candidate with { Clients = rest };
                }
                else
                {
                    findings.RemoveAt(other);
                    place -= other < place ? 1 : 0;
                }
            }
            findings[place] = finding with { Consequences = hung };
        }
    }

    private static int Rank(TrustFinding finding, HashSet<string> failing) => finding.Severity switch
    {
        FindingSeverity.Error when finding.Code != FindingCodes.VerificationDisabled && (finding.Target is not null || finding.Clients.Any(failing.Contains)) => 0,
        FindingSeverity.Error when finding.Code == FindingCodes.VerificationDisabled => 1,
        FindingSeverity.Error => 2,
        FindingSeverity.Warning => 3,
        _ => 4,
    };

    private static TrustFinding WithRemedies(TrustFinding finding, MachineFacts machine, IReadOnlyList<TargetFacts> targets) => finding with
    {
        Remedies = RemedyCatalog.For(finding, machine, targets.FirstOrDefault(target => target.Url == finding.Target)),
        Consequences = [.. finding.Consequences.Select(consequence => WithRemedies(consequence, machine, targets))],
    };
}

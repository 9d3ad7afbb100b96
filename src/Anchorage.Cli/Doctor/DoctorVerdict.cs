using Anchorage.Trust;

namespace Anchorage.Cli;

/// <summary>From findings and verdicts to the one answer that a script reads.</summary>
internal static class DoctorVerdict
{
    // Where only these were found, nothing was seen that could be judged.
    private static readonly string[] Unreachable = [FindingCodes.Dns, FindingCodes.ConnectionRefused, FindingCodes.ConnectionReset, FindingCodes.Timeout];

    /// <summary>True where nothing that installs packages refuses, or does not verify; without any of those, the other programs count.</summary>
    public static bool IsTrusted(MachineFacts machine, IReadOnlyList<ClientVerdict> verdicts, IReadOnlyList<TrustFinding> findings)
    {
        var installers = machine.Clients.Where(client => client.IsInstaller).Select(client => client.Id).ToHashSet();
        var counting = verdicts.Where(verdict => installers.Contains(verdict.Client)).ToList();
        return findings.All(finding => finding.Severity != FindingSeverity.Error)
            && (counting.Count > 0 ? counting : verdicts).All(verdict => verdict.Verdict is TrustVerdict.Trusted or TrustVerdict.Unchecked);
    }

    /// <summary>0 trusted, 1 findings, 2 could not check.</summary>
    public static int ExitCode(MachineFacts machine, IReadOnlyList<TargetFacts> targets, IReadOnlyList<ClientVerdict> verdicts, IReadOnlyList<TrustFinding> findings)
    {
        var errors = findings.Where(finding => finding.Severity == FindingSeverity.Error).ToList();
        var isUnseen = targets.Count > 0 && targets.All(target => target.Chain.Count == 0);
        if (errors.Count > 0 && isUnseen && errors.All(finding => Unreachable.Contains(finding.Code)))
        {
            return Cli.ExitCode.Unchecked;
        }
        return IsTrusted(machine, verdicts, findings) ? Cli.ExitCode.Success : Cli.ExitCode.Findings;
    }

    /// <summary>The worst of a client's verdicts.</summary>
    public static TrustVerdict Of(ClientFacts client, IReadOnlyList<ClientVerdict> verdicts) =>
        client.DisabledBy is not null ? TrustVerdict.Disabled : Worst(verdicts);

    /// <summary>The worst of some verdicts. Not known counts only where nothing is known: another way was probed for another client.</summary>
    public static TrustVerdict Worst(IReadOnlyList<ClientVerdict> verdicts)
    {
        TrustVerdict[] fromWorst = [TrustVerdict.Disabled, TrustVerdict.Untrusted, TrustVerdict.Trusted];
        return fromWorst.Cast<TrustVerdict?>().FirstOrDefault(worst => verdicts.Any(verdict => verdict.Verdict == worst)) ?? TrustVerdict.Unchecked;
    }

    public static string Name(TrustVerdict verdict) => verdict switch
    {
        TrustVerdict.Trusted => "trusted",
        TrustVerdict.Untrusted => "untrusted",
        TrustVerdict.Disabled => "disabled",
        _ => "unchecked",
    };

    /// <summary>Which setting it was, for people.</summary>
    public static string Because(SettingFact setting) => setting.Origin == SettingOrigin.Environment ? setting.Place
        : $"{setting.Place}{(setting.Line is { } line ? $":{line}" : "")} {setting.Name}";
}

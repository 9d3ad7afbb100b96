using System.Net;

namespace Anchorage.Trust;

/// <summary>Interpreters and clients that cannot verify well, whatever the settings.</summary>
internal static class ClientFindings
{
    public static IEnumerable<TrustFinding> Of(MachineFacts machine, IReadOnlyList<Uri> targets) =>
    [
        .. OpenSslDirectories(machine),
        .. WithoutSsl(machine),
        .. FailingOnAddresses(machine, targets),
        .. LosingCertOption(machine),
        .. PatchedTls(machine),
    ];

    private static IEnumerable<TrustFinding> OpenSslDirectories(MachineFacts machine)
    {
        foreach (var group in ByPython(machine).Where(group => HasNoRoots(machine, group.Key)))
        {
            var python = group.Key;
            yield return new TrustFinding
            {
                Code = FindingCodes.PythonOpenSslDirectory,
                Severity = FindingSeverity.Warning,
                Values = new Dictionary<string, string> { ["python"] = python.Path, ["path"] = python.OpenSslFile ?? python.OpenSslDirectory ?? "" },
                Evidence =
                [
                    $"{python.Path}: OpenSSL looks for {python.OpenSslFile ?? "no file"}: {Words(machine, python.OpenSslFile)}",
                    $"{python.Path}: OpenSSL looks in {python.OpenSslDirectory ?? "no directory"}: {Words(machine, python.OpenSslDirectory)}",
                ],
                Clients = [.. group.Where(client => client.Kind is ClientKind.Urllib || MachineFindings.UsesSystem(client)).Select(client => client.Id)],
            };
        }
    }

    private static IEnumerable<TrustFinding> WithoutSsl(MachineFacts machine)
    {
        foreach (var group in ByPython(machine).Where(group => group.Key.HasSsl == false))
        {
            yield return new TrustFinding
            {
                Code = FindingCodes.NoSslModule,
                Severity = FindingSeverity.Error,
                Values = new Dictionary<string, string> { ["python"] = group.Key.Path, ["version"] = group.Key.Version.ToString() },
                Evidence = [$"{group.Key.Path}: Python {group.Key.Version} has no ssl module"],
                Clients = [.. group.Select(client => client.Id)],
            };
        }
    }

    private static IEnumerable<TrustFinding> FailingOnAddresses(MachineFacts machine, IReadOnlyList<Uri> targets)
    {
        foreach (var target in targets.Where(target => target.Scheme == Uri.UriSchemeHttps && IPAddress.TryParse(target.Host.Trim('[', ']'), out _)))
        {
            var hit = machine.Clients.Where(client => client.Rules.FailsOnAddresses).Select(client => client.Id).ToList();
            if (hit.Count > 0)
            {
                yield return new TrustFinding
                {
                    Code = FindingCodes.ClientDefect,
                    Severity = FindingSeverity.Error,
                    Target = target,
                    Values = new Dictionary<string, string> { ["defect"] = "ip-address", ["host"] = target.Host },
                    Evidence = [$"{target.GetLeftPart(UriPartial.Authority)} is an address without a name: pip 24.2 to 26.0 on Python 3.10 and newer ends with \"check_hostname requires server_hostname\""],
                    Clients = hit,
                };
            }
        }
    }

    private static IEnumerable<TrustFinding> LosingCertOption(MachineFacts machine)
    {
        var hit = machine.Clients.Where(client => client.Rules.LosesCertOptionInBuilds
            && client.Trust.Any(source => source.Because?.Origin == SettingOrigin.CommandLine)).Select(client => client.Id).ToList();
        if (hit.Count > 0)
        {
            yield return new TrustFinding
            {
                Code = FindingCodes.ClientDefect,
                Severity = FindingSeverity.Warning,
                Values = new Dictionary<string, string> { ["defect"] = "build-isolation" },
                Evidence = ["pip up to 24.3.1 does not hand --cert to the second pip that installs build requirements"],
                Clients = hit,
            };
        }
    }

    private static IEnumerable<TrustFinding> PatchedTls(MachineFacts machine)
    {
        foreach (var found in machine.UnsafeSettings.Where(found => found.Effect == UnsafeEffect.PatchedTls).OrderBy(found => found.Setting.Place, StringComparer.Ordinal))
        {
            yield return new TrustFinding
            {
                Code = FindingCodes.ClientDefect,
                Severity = FindingSeverity.Warning,
                Confidence = Confidence.Likely,
                Values = new Dictionary<string, string> { ["defect"] = "patched-tls", ["path"] = found.Setting.Place },
                Evidence = [SettingFindings.Evidence(found.Setting), "pip 24.2 and newer end with RecursionError where truststore.inject_into_ssl() runs at every start"],
                Clients = [.. machine.Clients.Where(client => client.Python is not null && found.Setting.Place.StartsWith(client.Python.Prefix + "/", StringComparison.Ordinal)).Select(client => client.Id)],
            };
        }
    }

    private static IEnumerable<IGrouping<PythonFacts, ClientFacts>> ByPython(MachineFacts machine) =>
        machine.Clients.Where(client => client.Python is not null).GroupBy(client => client.Python!).OrderBy(group => group.Key.Path, StringComparer.Ordinal);

    private static bool HasNoRoots(MachineFacts machine, PythonFacts python) =>
        (python.OpenSslFile is not null || python.OpenSslDirectory is not null)
        && IsUseless(machine, python.OpenSslFile) && IsUseless(machine, python.OpenSslDirectory);

    // Only what was looked at and found wanting counts: what nobody looked at is not known.
    private static bool IsUseless(MachineFacts machine, string? path) => path is null || machine.Bundles.GetValueOrDefault(path) is { State: not BundleState.Good };

    private static string Words(MachineFacts machine, string? path) =>
        path is null ? "not set" : machine.Bundles.GetValueOrDefault(path) is { } bundle ? bundle.Problem ?? bundle.State.ToString() : "not looked at";
}

using System.Net;

namespace Anchorage.Trust;

/// <summary>Settings that name no good certificates, lose against others, or weaken verification.</summary>
internal static class SettingFindings
{
    public static IEnumerable<TrustFinding> Of(MachineFacts machine, IReadOnlyList<Uri> targets) =>
    [
        .. BadSettings(machine),
        .. OverriddenSettings(machine),
        .. Disabled(machine, targets),
        .. PlainHttp(machine),
        .. ExtraIndexes(machine),
        .. EditedBundles(machine),
    ];

    /// <summary>The line that shows a setting: anybody can look there.</summary>
    public static string Evidence(SettingFact setting) => setting.Origin switch
    {
        SettingOrigin.Environment => $"{setting.Place}={(setting.Value.Length > 0 ? setting.Value : "(set, and empty)")} (environment)",
        SettingOrigin.CommandLine => $"{setting.Place} {setting.Value} (command line)".Replace("  ", " ", StringComparison.Ordinal),
        _ => $"{setting.Place}{(setting.Line is { } line ? $":{line}" : "")}: {setting.Name} = {setting.Value}",
    };

    private static IEnumerable<TrustFinding> BadSettings(MachineFacts machine)
    {
        var inEffect = from client in machine.Clients
                       from source in client.Trust
                       where source.Because is not null && source.Path is not null && StateOf(machine, source.Path) is not BundleState.Good
                       select (client, setting: source.Because!, path: source.Path!);
        var idle = from client in machine.Clients
                   from setting in client.Settings
                   where client.Trust.All(source => source.Because != setting) && StateOf(machine, setting.Value) is not (BundleState.Good or null)
                   select (client, setting, path: setting.Value);
        foreach (var group in inEffect.GroupBy(found => (found.setting, found.path)).OrderBy(group => Place(group.Key.setting), StringComparer.Ordinal))
        {
            yield return BadSetting(machine, group.Key.setting, group.Key.path, FindingSeverity.Error, [.. group.Select(found => found.client.Id).Distinct()]);
        }
        var reported = inEffect.Select(found => found.setting).ToHashSet();
        foreach (var group in idle.Where(found => !reported.Contains(found.setting)).GroupBy(found => (found.setting, found.path)).OrderBy(group => Place(group.Key.setting), StringComparer.Ordinal))
        {
            yield return BadSetting(machine, group.Key.setting, group.Key.path, FindingSeverity.Info, [.. group.Select(found => found.client.Id).Distinct()]);
        }
        foreach (var client in machine.Clients.Where(client => client.Broken is not null && client.Python?.HasSsl != false && !inEffect.Any(found => found.client == client)))
        {
            yield return new TrustFinding
            {
                Code = FindingCodes.BadCaSetting,
                Severity = FindingSeverity.Error,
                Values = new Dictionary<string, string> { ["setting"] = client.Path, ["path"] = client.Path, ["problem"] = client.Broken! },
                Evidence = [$"{client.Id}: {client.Broken}"],
                Clients = [client.Id],
            };
        }
    }

    private static TrustFinding BadSetting(MachineFacts machine, SettingFact setting, string path, FindingSeverity severity, IReadOnlyList<string> clients)
    {
        var bundle = machine.Bundles.GetValueOrDefault(path);
        var problem = bundle?.Problem ?? bundle?.State switch
        {
            BundleState.Missing => "there is no such file",
            BundleState.Unreadable => "the file may not be read",
            BundleState.NotAFile => "this is no regular file",
            BundleState.NoCertificates => "there is no PEM certificate in it",
            BundleState.Damaged => "a damaged block makes the whole file unusable",
            BundleState.DirectoryWithoutHashes => "the directory has no hashed names (openssl rehash)",
            _ => "it is not known what is there",
        };
        return new TrustFinding
        {
            Code = FindingCodes.BadCaSetting,
            Severity = severity,
            Values = new Dictionary<string, string>
            {
                ["setting"] = Place(setting),
                ["name"] = setting.Name,
                ["path"] = path,
                ["problem"] = problem,
                ["state"] = (bundle?.State ?? BundleState.Missing).ToString(),
            },
            Evidence = [Evidence(setting), $"{path}: {problem}"],
            Clients = clients,
        };
    }

    private static IEnumerable<TrustFinding> OverriddenSettings(MachineFacts machine)
    {
        var losing = from client in machine.Clients
                     from setting in client.Overridden
                     let winner = client.Trust.Select(source => source.Because).FirstOrDefault(because => because is not null)
                     where winner is not null && winner != setting && setting.Value.Length > 0 && setting.Value != winner.Value
                     select (client, setting, winner);
        foreach (var group in losing.GroupBy(found => (found.setting, found.winner)).OrderBy(group => Place(group.Key.setting), StringComparer.Ordinal))
        {
            yield return new TrustFinding
            {
                Code = FindingCodes.OverriddenCaSetting,
                Severity = FindingSeverity.Info,
                Values = new Dictionary<string, string>
                {
                    ["setting"] = Place(group.Key.setting),
                    ["name"] = group.Key.setting.Name,
                    ["path"] = group.Key.setting.Value,
                    ["winner"] = Place(group.Key.winner!),
                },
                Evidence = [$"has an effect: {Evidence(group.Key.winner!)}", $"has none: {Evidence(group.Key.setting)}"],
                Clients = [.. group.Select(found => found.client.Id).Distinct()],
            };
        }
    }

    private static IEnumerable<TrustFinding> Disabled(MachineFacts machine, IReadOnlyList<Uri> targets)
    {
        var byClient = from client in machine.Clients
                       where client.DisabledBy is not null
                       select (setting: client.DisabledBy!, id: client.Id);
        var reported = new HashSet<SettingFact>();
        foreach (var group in byClient.GroupBy(found => found.setting).OrderBy(group => Place(group.Key), StringComparer.Ordinal))
        {
            reported.Add(group.Key);
            yield return Finding(group.Key, FindingSeverity.Error, "", [.. group.Select(found => found.id)]);
        }
        var standing = machine.UnsafeSettings.Where(found => found.Effect == UnsafeEffect.VerificationOff && !reported.Contains(found.Setting));
        foreach (var found in standing.OrderBy(found => Place(found.Setting), StringComparer.Ordinal).ThenBy(found => found.Setting.Value, StringComparer.Ordinal))
        {
            var isForTargets = found.Hosts.Count == 0 || targets.Any(target => found.Hosts.Any(host => IsFor(host, target)));
            var severity = !found.IsEffective ? FindingSeverity.Info : isForTargets ? FindingSeverity.Error : FindingSeverity.Warning;
            yield return Finding(found.Setting, severity, found.IsEffective ? "" : "it has no effect where it stands", Users(machine, found.Kind));
        }

        TrustFinding Finding(SettingFact setting, FindingSeverity severity, string note, IReadOnlyList<string> clients) => new()
        {
            Code = FindingCodes.VerificationDisabled,
            Severity = severity,
            Values = new Dictionary<string, string> { ["setting"] = Place(setting), ["name"] = setting.Name, ["value"] = setting.Value },
            Evidence = note.Length > 0 ? [Evidence(setting), note] : [Evidence(setting)],
            Clients = clients,
        };
    }

    private static IEnumerable<TrustFinding> PlainHttp(MachineFacts machine)
    {
        var byIndex = from client in machine.Clients
                      from setting in client.Indexes
                      where IsPlainHttp(setting.Value)
                      select (setting, id: client.Id, isEffective: true);
        var byScan = from found in machine.UnsafeSettings
                     where found.Effect == UnsafeEffect.PlainHttp && !IsLoopback(found.Setting.Value)
                     from id in Users(machine, found.Kind).DefaultIfEmpty("")
                     select (setting: found.Setting, id, isEffective: found.IsEffective);
        foreach (var group in byIndex.Concat(byScan).GroupBy(found => found.setting).OrderBy(group => Place(group.Key), StringComparer.Ordinal))
        {
            yield return new TrustFinding
            {
                Code = FindingCodes.HttpIndex,
                Severity = group.Any(found => found.isEffective) ? FindingSeverity.Warning : FindingSeverity.Info,
                Values = new Dictionary<string, string> { ["setting"] = Place(group.Key), ["name"] = group.Key.Name, ["value"] = group.Key.Value },
                Evidence = [Evidence(group.Key)],
                Clients = [.. group.Select(found => found.id).Where(id => id.Length > 0).Distinct()],
            };
        }
    }

    private static IEnumerable<TrustFinding> ExtraIndexes(MachineFacts machine)
    {
        foreach (var group in machine.UnsafeSettings.Where(found => found.Effect == UnsafeEffect.ExtraIndex)
            .GroupBy(found => found.Setting).OrderBy(group => Place(group.Key), StringComparer.Ordinal))
        {
            yield return new TrustFinding
            {
                Code = FindingCodes.ExtraIndex,
                Severity = group.Any(found => found.IsEffective) ? FindingSeverity.Warning : FindingSeverity.Info,
                Values = new Dictionary<string, string> { ["setting"] = Place(group.Key), ["name"] = group.Key.Name, ["value"] = group.Key.Value },
                Evidence = [Evidence(group.Key)],
                Clients = [.. group.SelectMany(found => Users(machine, found.Kind)).Distinct()],
            };
        }
    }

    // One finding for all of them: they have one reason, and one thing to learn.
    private static IEnumerable<TrustFinding> EditedBundles(MachineFacts machine)
    {
        var edited = machine.UnsafeSettings.Where(found => found.Effect == UnsafeEffect.EditedBundle)
            .OrderBy(found => found.Setting.Place, StringComparer.Ordinal).ThenBy(found => found.Setting.Value, StringComparer.Ordinal).ToList();
        if (edited.Count == 0)
        {
            yield break;
        }
        var paths = edited.Select(found => found.Setting.Place).ToHashSet();
        var users = machine.Clients.Where(client => client.Trust.Any(source => source.Path is { } path && paths.Contains(path))).Select(client => client.Id).ToList();
        yield return new TrustFinding
        {
            Code = FindingCodes.CertifiConfusion,
            Severity = users.Count > 0 ? FindingSeverity.Warning : FindingSeverity.Info,
            Values = new Dictionary<string, string> { ["path"] = edited[0].Setting.Place, ["count"] = MachineFindings.Count(paths.Count) },
            Evidence = [.. edited.Select(found => $"{found.Setting.Place}: {found.Setting.Value}")],
            Clients = users,
        };
    }

    internal static string Place(SettingFact setting) => setting.Origin switch
    {
        SettingOrigin.File or SettingOrigin.RequirementsFile => setting.Line is { } line ? $"{setting.Place}:{line}" : setting.Place,
        _ => setting.Place,
    };

    private static BundleState? StateOf(MachineFacts machine, string path) => machine.Bundles.GetValueOrDefault(path)?.State;

    private static List<string> Users(MachineFacts machine, ClientKind kind) => [.. machine.Clients.Where(client => client.Kind == kind).Select(client => client.Id)];

    private static bool IsFor(string host, Uri target)
    {
        // trusted-host takes HOST or HOST:PORT, in any case.
        var colon = host.LastIndexOf(':');
        var isWithPort = colon > 0 && int.TryParse(host[(colon + 1)..], out _) && !host.EndsWith(']');
        var name = isWithPort ? host[..colon] : host;
        return string.Equals(name.Trim('[', ']'), target.IdnHost.Trim('[', ']'), StringComparison.OrdinalIgnoreCase)
            && (!isWithPort || host[(colon + 1)..] == MachineFindings.Count(target.Port));
    }

    private static bool IsPlainHttp(string value) => value.StartsWith("http://", StringComparison.OrdinalIgnoreCase) && !IsLoopback(value);

    // pip counts loopback as secure: nobody is on the way.
    private static bool IsLoopback(string value) =>
        Uri.TryCreate(value, UriKind.Absolute, out var url) && (url.IsLoopback || IPAddress.TryParse(url.Host, out var address) && IPAddress.IsLoopback(address));
}

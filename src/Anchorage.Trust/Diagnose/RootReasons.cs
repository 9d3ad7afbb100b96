namespace Anchorage.Trust;

/// <summary>Why a client does not have the root that it would need: a stale list, a setting that replaces it, one that loses.</summary>
internal static class RootReasons
{
    public static IEnumerable<TrustFinding> Of(
        MachineFacts machine, IReadOnlyList<TargetFacts> targets, IReadOnlyList<ClientVerdict> verdicts, AnchorSet publicRoots)
    {
        var found = new List<TrustFinding>();
        foreach (var target in targets)
        {
            var missing = verdicts.Where(verdict => verdict.Target == target.Url && verdict.Verdict == TrustVerdict.Untrusted && verdict.Cause == FindingCodes.UnknownRoot)
                .Select(verdict => machine.Clients.FirstOrDefault(client => client.Id == verdict.Client)).OfType<ClientFacts>().ToList();
            if (missing.Count == 0 || new TargetView(target, [], machine, publicRoots).Top is not { } top)
            {
                continue;
            }
            // A root that was sent must be the public one itself; one that was not is known by its name alone.
            var isPublic = top.IsSelfIssued ? publicRoots.Certificates.Contains(top) : publicRoots.WithSubject(top.Issuer).Count > 0;
            foreach (var client in missing)
            {
                var reason = isPublic ? PublicRootMissing(machine, client, top.Issuer.Text) : PrivateRootOverridden(machine, client, top.Issuer);
                if (reason is not null)
                {
                    Merge(found, reason);
                }
            }
        }
        return found;
    }

    private static TrustFinding? PublicRootMissing(MachineFacts machine, ClientFacts client, string root)
    {
        if (client.Trust.Count == 1 && client.Trust[0] is { Because: { } setting, Path: { } path, Kind: TrustSourceKind.File or TrustSourceKind.Directory })
        {
            return new TrustFinding
            {
                Code = FindingCodes.BadCaSetting,
                Severity = FindingSeverity.Error,
                Values = new Dictionary<string, string>
                {
                    ["setting"] = SettingFindings.Place(setting),
                    ["name"] = setting.Name,
                    ["path"] = path,
                    ["problem"] = $"it replaces all other certificates and lacks the public root {root}",
                    ["root"] = root,
                    ["state"] = "Replacing",
                },
                Evidence = [SettingFindings.Evidence(setting), $"{path}: lacks {root}"],
                Clients = [client.Id],
            };
        }
        if (MachineFindings.UsesSystem(client))
        {
            var store = machine.Stores.OrderByDescending(store => store.Anchors).FirstOrDefault();
            return store is null || store.MissingRoots.Count == 0 ? null
                : MachineFindings.StaleRoots(machine, store, FindingSeverity.Error, [client.Id]) with
                {
                    Values = new Dictionary<string, string> { ["system"] = machine.System.Name, ["path"] = store.Path, ["count"] = MachineFindings.Count(store.MissingRoots.Count), ["root"] = root },
                };
        }
        if (client.Trust.FirstOrDefault(source => source.Kind == TrustSourceKind.Certifi) is not { Path: { } list })
        {
            return null;
        }
        var dated = machine.Bundles.GetValueOrDefault(list);
        return new TrustFinding
        {
            Code = FindingCodes.StaleCertifi,
            Severity = FindingSeverity.Error,
            Values = new Dictionary<string, string> { ["path"] = list, ["root"] = root, ["client"] = client.Id },
            Evidence = [$"{list}: {dated?.Certificates.Count ?? 0} certificates{MachineFindings.Written(dated?.Dated ?? dated?.ModifiedAt)}, without {root}"],
            Clients = [client.Id],
        };
    }

    private static TrustFinding? PrivateRootOverridden(MachineFacts machine, ClientFacts client, DistinguishedName issuer)
    {
        var loser = client.Overridden.FirstOrDefault(setting => machine.Bundles.GetValueOrDefault(setting.Value) is { State: BundleState.Good } bundle
            && AnchorSet.Of(bundle.Certificates).WithSubject(issuer).Count > 0);
        var winner = client.Trust.Select(source => source.Because).FirstOrDefault(because => because is not null);
        if (loser is null || winner is null)
        {
            return null;
        }
        return new TrustFinding
        {
            Code = FindingCodes.OverriddenCaSetting,
            Severity = FindingSeverity.Error,
            Values = new Dictionary<string, string>
            {
                ["setting"] = SettingFindings.Place(loser),
                ["name"] = loser.Name,
                ["path"] = loser.Value,
                ["winner"] = SettingFindings.Place(winner),
                ["root"] = issuer.Text,
            },
            Evidence = [$"has an effect: {SettingFindings.Evidence(winner)}", $"has none, and holds {issuer.Text}: {SettingFindings.Evidence(loser)}"],
            Clients = [client.Id],
        };
    }

    private static void Merge(List<TrustFinding> found, TrustFinding reason)
    {
        var same = found.FindIndex(other => other.Code == reason.Code && other.Values.GetValueOrDefault("setting") == reason.Values.GetValueOrDefault("setting")
            && other.Values.GetValueOrDefault("root") == reason.Values.GetValueOrDefault("root"));
        if (same < 0)
        {
            found.Add(reason);
            return;
        }
        found[same] = found[same] with
        {
            Clients = [.. found[same].Clients.Concat(reason.Clients).Distinct()],
            Evidence = [.. found[same].Evidence.Concat(reason.Evidence).Distinct()],
        };
    }
}

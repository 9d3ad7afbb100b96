using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Anchorage.Trust;

/// <summary>Whose configuration a repair may change.</summary>
public enum RepairScope
{
    /// <summary>The user's alone.</summary>
    User,
    /// <summary>The whole machine's.</summary>
    System,
}

/// <summary>Which repairs fit a diagnosis. Pure planning: nothing is changed before a repair is applied.</summary>
/// <param name="machine">The machine.</param>
/// <param name="findings">The diagnosis.</param>
/// <param name="roots">Company roots that a person vouched for.</param>
/// <param name="scope">Whose configuration may change.</param>
internal sealed class RepairPlan(MachineFacts machine, IReadOnlyList<TrustFinding> findings, IReadOnlyList<X509Certificate2> roots, RepairScope scope)
{
    private static readonly string[] CuredByRoots = [FindingCodes.UnknownRoot, FindingCodes.Intercepted, FindingCodes.SelfSigned, FindingCodes.NotStrict];

    private static readonly string[] CuredByBundle =
        [FindingCodes.StaleCertifi, FindingCodes.StaleRoots, FindingCodes.MissingRoots, FindingCodes.BadCaSetting, FindingCodes.OverriddenCaSetting, FindingCodes.PythonOpenSslDirectory];

    private const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private IEnumerable<TrustFinding> All => findings.SelectMany(finding => finding.Consequences.Prepend(finding));

    /// <summary>Where the combined list is kept.</summary>
    public static string BundlePath(RepairScope scope) => scope == RepairScope.System && !OperatingSystem.IsWindows()
        ? "/etc/anchorage/ca-bundle.pem" : Path.Combine(ConfigurationHome(), "anchorage", "ca-bundle.pem");

    /// <summary>Installing or refreshing the system's public roots; null where nothing calls for it.</summary>
    public async Task<Repair?> RefreshSystemRootsAsync(SystemStore? store, CancellationToken cancellationToken)
    {
        var finding = All.FirstOrDefault(found => found.Code is FindingCodes.StaleRoots or FindingCodes.MissingRoots && found.Severity == FindingSeverity.Error);
        if (finding is null || scope != RepairScope.System || store is null || await store.RefreshAsync(finding.Code == FindingCodes.MissingRoots, cancellationToken) is not { } operations)
        {
            return null;
        }
        return new Repair
        {
            Remedy = RemedyIds.RefreshSystemRoots,
            Changes = [.. operations.OfType<RunCommand>().Select(run => string.Join(' ', run.Command))],
            Clients = Pips(finding),
            Operations = operations,
        };
    }

    /// <summary>Installing the company's roots in the system's store; null where that helps nobody or is done.</summary>
    public Repair? InstallSystemRoots(SystemStore? store)
    {
        var hit = All.Where(found => CuredByRoots.Contains(found.Code)).ToList();
        if (roots.Count == 0 || hit.Count == 0 || scope != RepairScope.System || store is null)
        {
            return null;
        }
        var additions = roots.Select(root => (root, operations: store.Add(root))).Where(addition => addition.operations is not null).ToList();
        return additions.Count == 0 ? null : new Repair
        {
            Remedy = RemedyIds.InstallSystemRoot,
            Changes = [.. additions.Select(addition => $"{store.Anchors}: {addition.root.Subject} (SHA-256 {SystemStore.Fingerprint(addition.root)})")],
            Clients = [.. hit.SelectMany(Pips).Where(MachineFindings.UsesSystem).Distinct()],
            Operations = [.. additions.SelectMany(addition => addition.operations!)],
        };
    }

    /// <summary>One list for pip, named in its configuration, for those clients that still fail; null where nothing can be configured.</summary>
    /// <param name="failing">Ids of clients that a trial has shown to fail.</param>
    public Repair? PythonBundle(IReadOnlySet<string> failing)
    {
        var codes = roots.Count > 0 ? CuredByRoots.Concat(CuredByBundle) : CuredByBundle;
        var clients = All.Where(found => codes.Contains(found.Code)).SelectMany(Pips).Distinct().Where(client => failing.Contains(client.Id)).ToList();
        return Bundle(clients);
    }

    /// <summary>A repair together with the list that its clients need to work without what it takes away; null where they cannot be given one.</summary>
    public Repair? WithBundle(Repair tightening) => Bundle(tightening.Clients) is not { } bundle ? null : tightening with
    {
        Changes = [.. bundle.Changes, .. tightening.Changes],
        Operations = [.. bundle.Operations, .. tightening.Operations],
    };

    private Repair? Bundle(IReadOnlyList<ClientFacts> clients)
    {
        var places = clients.Select(client => (client, place: PlaceFor(client))).Where(found => found.place is not null).ToList();
        if (places.Count == 0)
        {
            return null;
        }
        var path = BundlePath(scope);
        var additions = clients.SelectMany(client => client.Trust).Where(source => source.Path is not null)
            .Concat(machine.Stores.Select(stored => new TrustSource(TrustSourceKind.System, stored.Path, null)))
            .Select(source => source.Path!).Append(path).Concat(clients.SelectMany(client => client.Overridden).Select(setting => setting.Value)).Distinct()
            .Select(machine.Bundles.GetValueOrDefault).OfType<BundleFacts>().SelectMany(bundle => bundle.Certificates).ToList();
        var files = places.Select(found => found.place!.Value).Distinct().ToList();
        return new Repair
        {
            Remedy = RemedyIds.PythonBundle,
            Values = new Dictionary<string, string> { ["path"] = path },
            Changes = [path, .. files.Select(file => $"{file.Path}: [{file.Section}] cert = {path}")],
            Clients = [.. places.Select(found => found.client)],
            Operations =
            [
                new WriteFile(path, _ => CombinedBundle.Make(roots, additions, machine.Now), Readable),
                .. files.Select(file => WriteFile.Text(file.Path, text => IniEdit.Set(text, file.Section, file.Key, path), Readable)),
            ],
        };
    }

    /// <summary>Permission to read certificate files that settings name.</summary>
    public IEnumerable<Repair> FixModes()
    {
        foreach (var finding in All.Where(found => found.Code == FindingCodes.BadCaSetting && found.Values.GetValueOrDefault("state") == nameof(BundleState.Unreadable)))
        {
            if (finding.Values.GetValueOrDefault("path") is { } path && IsOurs(path) && File.Exists(path))
            {
                yield return new Repair
                {
                    Remedy = RemedyIds.FixMode,
                    Values = finding.Values,
                    Changes = [$"chmod a+r {RemedyCatalog.Quote(path)}"],
                    Clients = Pips(finding),
                    Operations = [new SetMode(path, UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead)],
                };
            }
        }
    }

    /// <summary>Removal of trusted hosts from pip's configuration and from requirements files.</summary>
    public IEnumerable<Repair> RemoveTrustedHosts()
    {
        var settings = machine.UnsafeSettings.Where(found => found.Kind == ClientKind.Pip).Select(found => found.Setting)
            .Concat(machine.Clients.Select(client => client.DisabledBy).OfType<SettingFact>())
            .Where(setting => setting.Origin is SettingOrigin.File or SettingOrigin.RequirementsFile && IsTrustedHost(setting) && IsOurs(setting.Place));
        foreach (var group in settings.DistinctBy(setting => (setting.Place, setting.Name, setting.Line)).GroupBy(setting => setting.Place).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            yield return new Repair
            {
                Remedy = RemedyIds.RemoveUnsafeSetting,
                Values = new Dictionary<string, string> { ["setting"] = group.Key },
                Changes = [.. group.Select(setting => $"{SettingFindings.Place(setting)}: - {setting.Name} = {setting.Value.ReplaceLineEndings(" ")}")],
                Clients = [.. machine.Clients.Where(client => client.Kind == ClientKind.Pip && client.DisabledBy?.Place == group.Key)],
                Operations = [WriteFile.Text(group.Key, text => group.Aggregate(text, Without), Readable)],
                LeavesUnprovenCache = true,
                OnlyTightens = true,
            };
        }
    }

    private static bool IsTrustedHost(SettingFact setting) =>
        setting.Name.Replace('_', '-').EndsWith("trusted-host", StringComparison.OrdinalIgnoreCase);

    private static string Without(string text, SettingFact setting)
    {
        if (setting.Origin == SettingOrigin.RequirementsFile)
        {
            return WithoutOption(text);
        }
        var (section, key) = SectionOf(setting);
        return IniEdit.Remove(text, section, key);
    }

    // The option has a line to itself in a requirements file; a file without it stays byte for byte.
    private static string WithoutOption(string text)
    {
        var kept = new StringBuilder();
        for (var start = 0; start < text.Length;)
        {
            var end = text.IndexOf('\n', start);
            var next = end < 0 ? text.Length : end + 1;
            if (!text.AsSpan(start, next - start).TrimStart().StartsWith("--trusted-host"))
            {
                kept.Append(text, start, next - start);
            }
            start = next;
        }
        return kept.ToString();
    }

    private List<ClientFacts> Pips(TrustFinding finding) =>
        [.. machine.Clients.Where(client => client is { Kind: ClientKind.Pip, Python: not null } && finding.Clients.Contains(client.Id))];

    // The file that decides for a client, or the one that outranks it in this scope; null where only a person can change it.
    private (string Path, string Section, string Key)? PlaceFor(ClientFacts client)
    {
        var winner = client.Trust.Select(source => source.Because).FirstOrDefault(because => because is not null);
        if (winner is { Origin: not SettingOrigin.File })
        {
            return null;
        }
        if (winner is not null && IsOurs(winner.Place))
        {
            var (section, key) = SectionOf(winner);
            return (winner.Place, section, key);
        }
        return winner is null || !winner.Place.EndsWith("requirements.txt", StringComparison.Ordinal) ? (ConfigurationFile(), "global", "cert") : null;
    }

    private static (string Section, string Key) SectionOf(SettingFact setting)
    {
        var dot = setting.Name.LastIndexOf('.');
        return dot > 0 ? (setting.Name[..dot], setting.Name[(dot + 1)..]) : ("global", setting.Name);
    }

    // In a user's scope nothing outside that user's home is touched.
    private bool IsOurs(string path) => scope == RepairScope.System || Path.GetFullPath(path).StartsWith(Home + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    private static string Home => Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify);

    private string ConfigurationFile()
    {
        if (Environment.GetEnvironmentVariable("PIP_CONFIG_FILE") is { Length: > 0 } chosen && File.Exists(chosen) && IsOurs(chosen))
        {
            return chosen;
        }
        if (OperatingSystem.IsWindows())
        {
            return Path.Combine(scope == RepairScope.System ? Environment.GetFolderPath(Environment.SpecialFolder.CommonApplicationData)
                : Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData), "pip", "pip.ini");
        }
        if (scope == RepairScope.System)
        {
            return OperatingSystem.IsMacOS() ? "/Library/Application Support/pip/pip.conf" : "/etc/pip.conf";
        }
        // pip reads the Mac's own place only where that directory exists.
        var mac = Path.Combine(Home, "Library", "Application Support", "pip");
        return OperatingSystem.IsMacOS() && Directory.Exists(mac) ? Path.Combine(mac, "pip.conf") : Path.Combine(ConfigurationHome(), "pip", "pip.conf");
    }

    private static string ConfigurationHome() => OperatingSystem.IsWindows() ? Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData)
        : Environment.GetEnvironmentVariable("XDG_CONFIG_HOME") is { Length: > 0 } chosen ? chosen : Path.Combine(Home, ".config");
}

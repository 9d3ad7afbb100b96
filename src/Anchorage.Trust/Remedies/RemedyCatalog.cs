namespace Anchorage.Trust;

/// <summary>The known ways to repair, by name. The names are a contract like those of findings.</summary>
public static class RemedyIds
{
#pragma warning disable CS1591 // Their words are in the table of messages; the comparison page rates them side by side.
    public const string RefreshSystemRoots = "refresh-system-roots";
    public const string InstallSystemRoot = "install-system-root";
    public const string PythonBundle = "python-bundle";
    public const string UpgradePip = "upgrade-pip";
    public const string UpgradeCertifi = "upgrade-certifi";
    public const string RepairSetting = "repair-setting";
    public const string UnsetVariable = "unset-variable";
    public const string RemoveUnsafeSetting = "remove-unsafe-setting";
    public const string FixMode = "fix-mode";
    public const string UseHttps = "use-https";
    public const string SingleIndex = "single-index";
    public const string SetSslCertFile = "set-ssl-cert-file";
    public const string ReinstallPython = "reinstall-python";
    public const string UseHostName = "use-host-name";
    public const string RestorePackage = "restore-package";
    public const string RemovePatch = "remove-patch";
    public const string SetClock = "set-clock";
    public const string FixProxySetting = "fix-proxy-setting";
    public const string CheckAddress = "check-address";
    public const string AskServerOwner = "ask-server-owner";
    public const string AskNetworkTeam = "ask-network-team";
    public const string AskCompanyRoot = "ask-company-root";
    public const string AskRsaCertificate = "ask-rsa-certificate";
#pragma warning restore CS1591
}

/// <summary>Which remedies fit a finding, best first. None switches verification off, now or later.</summary>
public static class RemedyCatalog
{
    // Safety, effort (5 = little), durability, as on the page that compares them.
    private static readonly Dictionary<string, (int Safety, int Effort, int Durability)> Ratings = new()
    {
        [RemedyIds.RefreshSystemRoots] = (5, 5, 5),
        [RemedyIds.InstallSystemRoot] = (4, 4, 5),
        [RemedyIds.PythonBundle] = (4, 4, 4),
        [RemedyIds.UpgradePip] = (5, 4, 4),
        [RemedyIds.UpgradeCertifi] = (5, 5, 3),
        [RemedyIds.RepairSetting] = (5, 4, 4),
        [RemedyIds.UnsetVariable] = (5, 4, 3),
        [RemedyIds.RemoveUnsafeSetting] = (5, 5, 5),
        [RemedyIds.FixMode] = (5, 5, 5),
        [RemedyIds.UseHttps] = (5, 4, 5),
        [RemedyIds.SingleIndex] = (5, 3, 5),
        [RemedyIds.SetSslCertFile] = (4, 4, 3),
        [RemedyIds.ReinstallPython] = (5, 2, 5),
        [RemedyIds.UseHostName] = (5, 4, 5),
        [RemedyIds.RestorePackage] = (5, 4, 4),
        [RemedyIds.RemovePatch] = (5, 4, 5),
        [RemedyIds.SetClock] = (5, 5, 5),
        [RemedyIds.FixProxySetting] = (5, 4, 4),
        [RemedyIds.CheckAddress] = (5, 5, 5),
        [RemedyIds.AskServerOwner] = (5, 2, 5),
        [RemedyIds.AskNetworkTeam] = (5, 2, 5),
        [RemedyIds.AskCompanyRoot] = (5, 3, 5),
        [RemedyIds.AskRsaCertificate] = (5, 2, 5),
    };

    /// <summary>The remedies of a finding, in order of preference.</summary>
    /// <param name="finding">The finding.</param>
    /// <param name="machine">The machine: its family decides about commands.</param>
    /// <param name="target">The target that the finding is about; null where there is none.</param>
    public static IReadOnlyList<Remedy> For(TrustFinding finding, MachineFacts machine, TargetFacts? target)
    {
        ArgumentNullException.ThrowIfNull(finding);
        ArgumentNullException.ThrowIfNull(machine);
        var family = machine.System.Family;
        var canStore = SystemCommands.CanRepairStore(family);
        var hasPip = machine.Clients.Any(client => client.Kind == ClientKind.Pip && (finding.Clients.Count == 0 || finding.Clients.Contains(client.Id)));
        var address = target?.Url.AbsoluteUri ?? finding.Target?.AbsoluteUri ?? "";
        return finding.Code switch
        {
            FindingCodes.UnknownRoot or FindingCodes.Intercepted or FindingCodes.SelfSigned =>
            [
                Make(RemedyIds.AskCompanyRoot, commands: [$"anchorage doctor {address} --report for-it.md".Replace("  ", " ", StringComparison.Ordinal)]),
                Make(RemedyIds.InstallSystemRoot, automatic: canStore, administrator: true, commands: SystemCommands.InstallRoot(family)),
                .. Only(hasPip, Make(RemedyIds.PythonBundle, automatic: true, commands: [$"anchorage doctor {address} --ca company-root.pem --fix".Replace("  ", " ", StringComparison.Ordinal)])),
            ],
            FindingCodes.StaleRoots or FindingCodes.MissingRoots =>
            [
                Make(RemedyIds.RefreshSystemRoots, automatic: family is not (SystemFamily.Unknown or SystemFamily.MacOS or SystemFamily.Windows), administrator: true,
                    commands: SystemCommands.RefreshRoots(family, finding.Code == FindingCodes.MissingRoots)),
                .. Only(hasPip, Make(RemedyIds.PythonBundle, automatic: true, commands: ["anchorage doctor --fix"])),
            ],
            FindingCodes.StaleCertifi =>
            [
                Make(RemedyIds.UpgradePip, commands: UpgradePip(finding, machine)),
                Make(RemedyIds.PythonBundle, automatic: true, commands: ["anchorage doctor --fix"]),
            ],
            FindingCodes.CertifiConfusion =>
            [
                Make(RemedyIds.RestorePackage, commands: RestoreCertifi(machine)),
                .. Only(hasPip, Make(RemedyIds.PythonBundle, automatic: true, commands: ["anchorage doctor --fix"])),
                Make(RemedyIds.UpgradeCertifi, commands: ["python -m pip install --upgrade certifi"]),
            ],
            FindingCodes.BadCaSetting => OfSetting(finding),
            FindingCodes.OverriddenCaSetting => OfOverridden(finding),
            FindingCodes.PythonOpenSslDirectory =>
            [
                Make(RemedyIds.SetSslCertFile, commands: [$"export SSL_CERT_FILE={machine.Stores.Select(store => store.Path).FirstOrDefault() ?? "/etc/ssl/certs/ca-certificates.crt"}"]),
                Make(RemedyIds.ReinstallPython),
            ],
            FindingCodes.NoSslModule => [Make(RemedyIds.ReinstallPython, commands: ReinstallPython(family))],
            FindingCodes.VerificationDisabled => OfDisabled(finding),
            FindingCodes.HttpIndex => [Make(RemedyIds.UseHttps, values: finding.Values, commands: UseHttps(finding))],
            FindingCodes.ExtraIndex => [Make(RemedyIds.SingleIndex, values: finding.Values)],
            FindingCodes.ClientDefect => OfDefect(finding, machine),
            FindingCodes.ClockWrong => [Make(RemedyIds.SetClock, administrator: true, commands: SystemCommands.SetClock(family))],
            FindingCodes.Sm2Certificate => [Make(RemedyIds.AskRsaCertificate, commands: [Report(address)])],
            FindingCodes.Dns or FindingCodes.ConnectionRefused or FindingCodes.Timeout or FindingCodes.ConnectionReset =>
                [Make(RemedyIds.CheckAddress), Make(RemedyIds.AskNetworkTeam, commands: [Report(address)])],
            FindingCodes.ProxyAuthentication or FindingCodes.ProxyMisconfigured or FindingCodes.ProxyUnreachable =>
                [Make(RemedyIds.FixProxySetting), Make(RemedyIds.AskNetworkTeam, commands: [Report(address)])],
            FindingCodes.ProxyRefused => [Make(RemedyIds.AskNetworkTeam, commands: [Report(address)]), Make(RemedyIds.FixProxySetting)],
            FindingCodes.PlainHttp or FindingCodes.NotTls => [Make(RemedyIds.CheckAddress), Make(RemedyIds.AskServerOwner, commands: [Report(address)])],
            FindingCodes.ExpiredRoot => [Make(RemedyIds.AskServerOwner, commands: [Report(address)]), Make(RemedyIds.RefreshSystemRoots, administrator: true, commands: SystemCommands.RefreshRoots(family, false))],
            _ => [Make(RemedyIds.AskServerOwner, commands: [Report(address)])],
        };
    }

    private static string Report(string address) => $"anchorage doctor {address} --report for-it.md".Replace("  ", " ", StringComparison.Ordinal);

    private static IReadOnlyList<Remedy> OfSetting(TrustFinding finding)
    {
        var path = finding.Values.GetValueOrDefault("path") ?? "";
        if (IsVariable(finding))
        {
            return
            [
                Make(RemedyIds.UnsetVariable, values: finding.Values, commands: [$"unset {finding.Values.GetValueOrDefault("setting")}"]),
                .. Only(finding.Values.GetValueOrDefault("state") == nameof(BundleState.Unreadable), Make(RemedyIds.FixMode, automatic: true, commands: [$"chmod a+r {Quote(path)}"])),
            ];
        }
        return
        [
            .. Only(finding.Values.GetValueOrDefault("state") == nameof(BundleState.Unreadable), Make(RemedyIds.FixMode, automatic: true, commands: [$"chmod a+r {Quote(path)}"])),
            Make(RemedyIds.RepairSetting, automatic: true, values: finding.Values, commands: ["anchorage doctor --fix"]),
        ];
    }

    private static IReadOnlyList<Remedy> OfOverridden(TrustFinding finding)
    {
        var winner = finding.Values.GetValueOrDefault("winner") ?? "";
        return winner.Contains('/', StringComparison.Ordinal) || winner.Contains('\\', StringComparison.Ordinal)
            ? [Make(RemedyIds.RepairSetting, automatic: true, values: finding.Values, commands: ["anchorage doctor --fix"])]
            : [Make(RemedyIds.UnsetVariable, values: new Dictionary<string, string> { ["setting"] = winner }, commands: [$"unset {winner}"])];
    }

    private static IReadOnlyList<Remedy> OfDisabled(TrustFinding finding) => IsVariable(finding)
        ? [Make(RemedyIds.UnsetVariable, values: finding.Values, commands: [$"unset {finding.Values.GetValueOrDefault("setting")}"])]
        : [Make(RemedyIds.RemoveUnsafeSetting, automatic: finding.Values.GetValueOrDefault("name")?.EndsWith("trusted-host", StringComparison.OrdinalIgnoreCase) == true,
            values: finding.Values, commands: ["anchorage doctor --fix"])];

    private static IReadOnlyList<Remedy> OfDefect(TrustFinding finding, MachineFacts machine) => finding.Values.GetValueOrDefault("defect") switch
    {
        "ip-address" => [Make(RemedyIds.UpgradePip, commands: UpgradePip(finding, machine)), Make(RemedyIds.UseHostName)],
        "patched-tls" => [Make(RemedyIds.RemovePatch, values: finding.Values), Make(RemedyIds.UpgradePip, commands: UpgradePip(finding, machine))],
        _ => [Make(RemedyIds.PythonBundle, automatic: true, commands: ["anchorage doctor --fix"]), Make(RemedyIds.UpgradePip, commands: UpgradePip(finding, machine))],
    };

    private static string[] UpgradePip(TrustFinding finding, MachineFacts machine) =>
        [.. machine.Clients.Where(client => client.Kind == ClientKind.Pip && finding.Clients.Contains(client.Id) && client.Python is not null)
            .Select(client => $"{Quote(client.Python!.Path)} -m pip install --upgrade pip").Distinct().Take(5)];

    private static string[] RestoreCertifi(MachineFacts machine)
    {
        var pythons = machine.Clients.Select(client => client.Python).OfType<PythonFacts>().ToList();
        return
        [
            .. machine.UnsafeSettings.Where(found => found.Effect == UnsafeEffect.EditedBundle).Select(found => found.Setting.Place).Order(StringComparer.Ordinal).Select(path =>
            {
                var package = path.Contains("_vendor", StringComparison.Ordinal) ? "pip" : "certifi";
                var python = pythons.FirstOrDefault(facts => path.StartsWith(facts.Prefix + "/", StringComparison.Ordinal));
                return $"{(python is null ? "python" : Quote(python.Path))} -m pip install --force-reinstall {package}";
            }).Distinct().Take(5),
        ];
    }

    private static string[] ReinstallPython(SystemFamily family) => family switch
    {
        SystemFamily.Debian => ["sudo apt-get install libssl-dev"],
        SystemFamily.RedHat => ["sudo dnf install openssl-devel"],
        SystemFamily.Suse => ["sudo zypper install libopenssl-devel"],
        SystemFamily.Alpine => ["apk add openssl-dev"],
        SystemFamily.Arch => ["sudo pacman -S openssl"],
        SystemFamily.MacOS => ["brew install openssl@3"],
        _ => [],
    };

    private static string[] UseHttps(TrustFinding finding) =>
        finding.Values.GetValueOrDefault("value") is { } value && value.StartsWith("http://", StringComparison.OrdinalIgnoreCase) && !value.Any(char.IsWhiteSpace)
            ? [$"pip config set global.index-url {Quote(string.Concat("https://", value.AsSpan(7)))}"] : [];

    // A variable has a name and no path.
    private static bool IsVariable(TrustFinding finding) =>
        finding.Values.GetValueOrDefault("setting") is { Length: > 0 } setting && setting.All(character => char.IsAsciiLetterOrDigit(character) || character == '_');

    private static IEnumerable<Remedy> Only(bool condition, Remedy remedy) => condition ? [remedy] : [];

    private static Remedy Make(string id, bool automatic = false, bool administrator = false, IReadOnlyDictionary<string, string>? values = null, IReadOnlyList<string>? commands = null) => new()
    {
        Id = id,
        IsAutomatic = automatic,
        NeedsAdministrator = administrator,
        Values = values ?? new Dictionary<string, string>(),
        Commands = commands ?? [],
        Rating = Ratings[id],
    };

    /// <summary>A word of a POSIX shell, so that what is copied does what it shows.</summary>
    internal static string Quote(string text) =>
        text.Length > 0 && text.All(character => char.IsAsciiLetterOrDigit(character) || "/._-:=@+,".Contains(character, StringComparison.Ordinal))
            ? text : "'" + text.Replace("'", "'\\''", StringComparison.Ordinal) + "'";
}

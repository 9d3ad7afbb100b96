namespace Anchorage.Trust;

/// <summary>What is wrong on the machine itself, whatever a server shows. Pure: the same facts give the same findings in the same order.</summary>
public static class MachineFindings
{
    /// <summary>A list of public roots with fewer entries is none: the smallest of the real ones holds more than a hundred.</summary>
    private const int FewestPublicRoots = 20;

    // Measured against the public list of mid-2026: a current Debian 12 lacks 21 of its roots, Debian 11 (past its support) 49.
    private const int StaleWarning = 40;
    private const int StaleNotice = 25;

    /// <summary>Every finding about the machine, in the order of codes, then of places.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="targets">The addresses that were asked about; settings for other hosts weigh less.</param>
    public static IReadOnlyList<TrustFinding> Of(MachineFacts machine, IReadOnlyList<Uri> targets)
    {
        ArgumentNullException.ThrowIfNull(machine);
        ArgumentNullException.ThrowIfNull(targets);
        return
        [
            .. Stores(machine),
            .. SettingFindings.Of(machine, targets),
            .. ClientFindings.Of(machine, targets),
        ];
    }

    private static IEnumerable<TrustFinding> Stores(MachineFacts machine)
    {
        // The stores of macOS and Windows fetch roots on demand: their count says nothing.
        if (machine.System.Family is SystemFamily.MacOS or SystemFamily.Windows)
        {
            yield break;
        }
        var users = machine.Clients.Where(UsesSystem).Select(client => client.Id).ToList();
        var best = machine.Stores.OrderByDescending(store => store.Anchors).FirstOrDefault();
        if (best is null || best.Anchors < FewestPublicRoots)
        {
            yield return new TrustFinding
            {
                Code = FindingCodes.MissingRoots,
                Severity = users.Count > 0 ? FindingSeverity.Error : FindingSeverity.Warning,
                Values = new Dictionary<string, string> { ["system"] = machine.System.Name, ["count"] = Count(best?.Anchors ?? 0) },
                Evidence = best is null
                    ? [$"{machine.System.Name}: no certificate bundle and no certificate directory was found"]
                    : [.. machine.Stores.Select(store => $"{store.Path}: {store.Anchors} certificates")],
                Clients = users,
            };
        }
        else if (best.MissingRoots.Count >= StaleNotice)
        {
            yield return StaleRoots(machine, best, best.MissingRoots.Count >= StaleWarning ? FindingSeverity.Warning : FindingSeverity.Info, users);
        }
    }

    /// <summary>The system's list is old: <paramref name="severity"/> says whether that matters today.</summary>
    internal static TrustFinding StaleRoots(MachineFacts machine, StoreFacts store, FindingSeverity severity, IReadOnlyList<string> clients) => new()
    {
        Code = FindingCodes.StaleRoots,
        Severity = severity,
        Values = new Dictionary<string, string> { ["system"] = machine.System.Name, ["path"] = store.Path, ["count"] = Count(store.MissingRoots.Count) },
        Evidence =
        [
            $"{store.Path}: {store.Anchors} certificates{Written(store.ModifiedAt)}",
            $"lacks {store.MissingRoots.Count} roots of the current public list, such as: {string.Join("; ", store.MissingRoots.Order(StringComparer.Ordinal).Take(5))}",
        ],
        Clients = clients,
    };

    internal static bool UsesSystem(ClientFacts client) => client.Trust.Any(source => source.Kind == TrustSourceKind.System);

    internal static string Count(int count) => count.ToString(System.Globalization.CultureInfo.InvariantCulture);

    internal static string Written(DateTimeOffset? instant) =>
        instant is { } at ? ", written " + at.UtcDateTime.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture) : "";
}

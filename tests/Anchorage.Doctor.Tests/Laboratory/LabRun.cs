using System.Net;

namespace Anchorage.Doctor.Tests.Laboratory;

/// <summary>What a pip did and what the doctor said of it.</summary>
internal sealed record Observation(Scenario Scenario, LabClient Client, PipResult Pip, ClientVerdict Verdict, string? Expected, string? Found)
{
    public bool Agrees => Verdict.Verdict != TrustVerdict.Unchecked && Pip.Succeeded == (Verdict.Verdict is TrustVerdict.Trusted or TrustVerdict.Disabled);

    public bool IsRightCause => Expected == Found;

    public override string ToString() =>
        $"{Scenario.Name}, {Client}: pip {(Pip.Succeeded ? "succeeded" : "failed")}, verdict {Verdict.Verdict} ({Verdict.Cause}), expected {Expected ?? "nothing"}, found {Found ?? "nothing"}\n"
        + $"  faults: {string.Join("; ", Verdict.Faults.Select(fault => $"{fault.Code} {fault.OpenSslCode} {fault.Detail}"))}\n  pip: {Last(Pip.Text)}";

    private static string Last(string text) => string.Join(" | ", text.Split('\n', StringSplitOptions.RemoveEmptyEntries).TakeLast(4)) is var end && end.Length > 700 ? end[^700..] : end;
}

/// <summary>Probes every scenario once, and judges it for every client.</summary>
internal sealed class LabRun
{
    private static readonly AnchorSet publicRoots = AnchorSet.Of(PublicRoots.Current.Select(root => root.Certificate));

    private readonly Dictionary<string, TargetFacts> targets = [];

    public IReadOnlyDictionary<string, TargetFacts> Targets => targets;

    public async Task ProbeAsync(IReadOnlyList<Scenario> scenarios, CancellationToken cancellationToken)
    {
        var probe = new WireProbe(TimeProvider.System);
        foreach (var some in scenarios.Chunk(8))
        {
            var facts = await Task.WhenAll(some.Select(scenario => probe.RunAsync(scenario.Index, ProxyOf(scenario), OptionsFor(scenario), cancellationToken)));
            for (var i = 0; i < some.Length; i++)
                targets[some[i].Name] = facts[i];
        }
    }

    /// <summary>Gathers what this pip trusts in the scenario, and judges.</summary>
    public async Task<Observation> ObserveAsync(Scenario scenario, LabClient client, PipResult pip, TestDirectory home, CancellationToken cancellationToken)
    {
        var machine = await MachineGathering.GatherAsync(RequestOf(scenario, client, home), cancellationToken);
        var facts = machine.Clients.Single(found => found.Kind == ClientKind.Pip);
        machine = machine with { Clients = [facts] };
        var target = targets[scenario.Name];
        var verdict = ClientJudge.Judge(facts, target, machine);
        return new Observation(scenario, client, pip, verdict, scenario.ExpectedBy(client), CauseOf(target, verdict, machine));
    }

    private static GatherRequest RequestOf(Scenario scenario, LabClient client, TestDirectory home) => new()
    {
        Targets = [scenario.Index],
        Pythons = [new PythonRequest(client.Pip.Python, client.Pip.PipWheel)],
        Environment = new Dictionary<string, string>(scenario.Environment) { ["HOME"] = home.Path, ["PATH"] = "" },
        WorkingDirectory = home.Path,
        Home = home.Path,
        Time = new OffsetClock(scenario.ClockOffset),
        PipArguments = [.. PipRuns.TrustArguments(scenario)],
        PipCommand = "download",
    };

    private sealed class OffsetClock(TimeSpan offset) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + offset;
    }

    /// <summary>The first fault for a bare context of the ssl module.</summary>
    public ChainFault? FirstFault(Scenario scenario, bool isStrict)
    {
        var rules = new VerificationRules { IsStrict = isStrict, AcceptsPartialChain = isStrict };
        var faults = ChainJudge.Judge(targets[scenario.Name].Chain, AnchorSet.Of(AnchorsOf(scenario)), rules, scenario.Index.IdnHost, TimeProvider.System.GetUtcNow() + scenario.ClockOffset);
        return faults.Count == 0 ? null : faults[0];
    }

    // The machine's own findings are for others to name: here the verdict's cause stands for them.
    private static string? CauseOf(TargetFacts target, ClientVerdict verdict, MachineFacts machine)
    {
        var findings = WireFindings.Of([target], [verdict], machine, publicRoots).Where(finding => finding.Severity == FindingSeverity.Error).ToList();
        return findings.Count > 0 ? findings[0].Code : verdict.Cause;
    }

    private static ProxyFacts? ProxyOf(Scenario scenario) => scenario.Proxy is not { } proxy ? null
        : new ProxyFacts(new UriBuilder(proxy) { UserName = "", Password = "" }.Uri, new SettingFact(SettingOrigin.CommandLine, "--proxy", null, "proxy", "…"), proxy.UserInfo.Length > 0);

    private static WireProbeOptions OptionsFor(Scenario scenario) => new()
    {
        Step = TimeSpan.FromSeconds(2),
        FetchesIssuer = scenario.FetchesIssuer,
        ComparesDirect = scenario.ComparesDirect,
        ProxyCredential = scenario.Proxy?.UserInfo.Split(':') is [var user, var password] ? new NetworkCredential(user, password) : null,
        Resolve = (host, token) => TlsLaboratory.Hosts.Contains(host) ? Task.FromResult<IPAddress[]>([IPAddress.Loopback]) : Dns.GetHostAddressesAsync(host, token),
    };

    private static IEnumerable<ReadOnlyMemory<byte>> AnchorsOf(Scenario scenario) => [.. scenario.Anchors.Select(anchor => anchor.Der), .. scenario.ForeignAnchors];
}

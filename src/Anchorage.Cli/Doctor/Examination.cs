// One look at everything: the machine, the wire, and what follows from both. The steps:
//  1 the machine is gathered, and the indexes that clients are configured with become the targets where none was named;
//  2 each target is probed on each way that a client goes (direct, or through its proxy), and the host that serves files;
//  3 each client judges each target by its own trust; then the findings are made.

using System.Net;
using Anchorage.Trust;

namespace Anchorage.Cli;

/// <summary>Everything that a diagnosis is made of, and the diagnosis.</summary>
internal sealed record Examination(
    MachineFacts Machine, IReadOnlyList<TargetFacts> Targets, IReadOnlyList<ClientVerdict> Verdicts, IReadOnlyList<TrustFinding> Findings)
{
    private const int MostTargets = 8;
    private const int MostWays = 4;
    private const int MostConfirmations = 12;

    /// <summary>Where pip looks when nobody says otherwise.</summary>
    private static readonly Uri PublicIndex = new("https://pypi.org/simple/");

    public static async Task<Examination> RunAsync(DoctorOptions options, CancellationToken cancellationToken)
    {
        var time = TimeProvider.System;
        Progress.Tell(options.Language.Say("looking at this machine", "正在检查本机"));
        var views = await GatherAsync(options, options.Targets.Count > 0 ? options.Targets : [PublicIndex], time, cancellationToken);
        if (options.Targets.Count == 0 && ConfiguredIndexes(views[0].Machine) is { Count: > 0 } indexes && !indexes.SequenceEqual([PublicIndex]))
        {
            views = await GatherAsync(options, indexes, time, cancellationToken);
        }
        Progress.Tell(options.Language.Say("asking the servers", "正在连接服务器"));
        var probe = new WireProbe(time);
        var seen = await Task.WhenAll(views.Select(view => ProbeAsync(probe, view, cancellationToken)));
        var fileHosts = seen.Select(found => found.FileHost).OfType<Uri>().Select(url => new Uri(url, "/")).Distinct()
            .Where(url => views.All(view => view.Target.Host != url.Host || view.Target.Port != url.Port)).Take(MostTargets - views.Count).ToList();
        if (fileHosts.Count > 0)
        {
            var more = await GatherAsync(options, fileHosts, time, cancellationToken);
            seen = [.. seen, .. await Task.WhenAll(more.Select(view => ProbeAsync(probe, view, cancellationToken)))];
            views = [.. views, .. more];
        }
        var publicRoots = AnchorSet.Of(PublicRoots.Current.Select(root => root.Certificate));
        var parts = await Task.WhenAll(views.Zip(seen, (view, found) => JudgeAsync(view.Machine, found.Probes, publicRoots, cancellationToken)));
        Progress.Clear();
        return new Examination(
            views[0].Machine, [.. seen.SelectMany(found => found.Probes)], [.. parts.SelectMany(part => part.Verdicts)], Doctor.Merge([.. parts.Select(part => part.Findings)]));
    }

    private static async Task<(IReadOnlyList<ClientVerdict> Verdicts, IReadOnlyList<TrustFinding> Findings)> JudgeAsync(
        MachineFacts machine, IReadOnlyList<TargetFacts> probes, AnchorSet publicRoots, CancellationToken cancellationToken)
    {
        var predicted = probes.SelectMany(probe => machine.Clients.Select(client => (client, probe, verdict: ClientJudge.Judge(client, probe, machine)))).ToList();
        // Each interpreter is asked once: pip's refusal is what people see.
        var asked = predicted.Where(found => found is { client: { Kind: ClientKind.Pip, Python: not null }, verdict.Verdict: TrustVerdict.Untrusted, probe.Chain.Count: > 0 })
            .DistinctBy(found => found.client.Python!.Path).Take(MostConfirmations).ToList();
        var answers = await Task.WhenAll(asked.Select(found => InterpreterCheck.ConfirmAsync(found.client, found.probe, machine, cancellationToken)));
        var confirmations = asked.Zip(answers).ToDictionary(pair => pair.First.verdict, pair => pair.Second);
        var verdicts = predicted.ConvertAll(found => confirmations.TryGetValue(found.verdict, out var words) ? found.verdict with { Confirmation = words } : found.verdict);
        var wire = WireFindings.Of(probes, verdicts, machine, publicRoots);
        return (verdicts, Doctor.Diagnose(machine, probes, wire, verdicts, publicRoots));
    }

    private static async Task<List<(Uri Target, MachineFacts Machine)>> GatherAsync(DoctorOptions options, IReadOnlyList<Uri> targets, TimeProvider time, CancellationToken cancellationToken)
    {
        var request = GatherRequest.OfThisProcess(targets, time) with { Pythons = [.. options.Pythons.Select(python => new PythonRequest(Path.GetFullPath(python)))] };
        var facts = await MachineGathering.GatherAllAsync(request, cancellationToken);
        return [.. targets.Zip(facts)];
    }

    private static async Task<(IReadOnlyList<TargetFacts> Probes, Uri? FileHost)> ProbeAsync(WireProbe probe, (Uri Target, MachineFacts Machine) view, CancellationToken cancellationToken)
    {
        var ways = view.Machine.Clients.Select(client => client.Proxy).DistinctBy(proxy => proxy?.Url).Take(MostWays).ToList();
        var probes = (ways.Count > 0 ? ways : [null]).Select(proxy => probe.RunAsync(view.Target, proxy, OptionsFor(proxy), cancellationToken)).ToList();
        // The list of projects points to no files; the page of one does.
        var page = view.Target.AbsolutePath.EndsWith("/simple/", StringComparison.Ordinal) || view.Target.AbsolutePath.EndsWith("/simple", StringComparison.Ordinal)
            ? probe.RunAsync(new Uri(view.Target.AbsoluteUri.TrimEnd('/') + "/pip/"), ways.FirstOrDefault(), OptionsFor(ways.FirstOrDefault()) with { FindsFileHost = true, FetchesIssuer = false, ComparesDirect = false }, cancellationToken)
            : null;
        var facts = await Task.WhenAll(probes);
        return (facts, page is null ? null : (await page).FileHost);
    }

    private static WireProbeOptions OptionsFor(ProxyFacts? proxy) => new()
    {
        FetchesIssuer = true,
        ComparesDirect = proxy is not null,
        ProxyCredential = proxy is { HasCredentials: true } ? CredentialOf(proxy) : null,
    };

    // Facts hold no passwords, so the setting is read once more; what is read goes to the proxy that it is for, and nowhere else.
    private static NetworkCredential? CredentialOf(ProxyFacts proxy)
    {
        var setting = proxy.Because;
        string? text = null;
        try
        {
            text = setting.Origin == SettingOrigin.Environment ? Environment.GetEnvironmentVariable(setting.Place)
                : setting is { Origin: SettingOrigin.File, Line: { } line } ? File.ReadLines(setting.Place).Skip(line - 1).FirstOrDefault()?.Split('=', 2)[^1].Trim() : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
        if (!Uri.TryCreate(text?.Contains("://", StringComparison.Ordinal) == true ? text : "http://" + text, UriKind.Absolute, out var url) || url.UserInfo.Length == 0)
        {
            return null;
        }
        var parts = url.UserInfo.Split(':', 2);
        return new NetworkCredential(Uri.UnescapeDataString(parts[0]), parts.Length > 1 ? Uri.UnescapeDataString(parts[1]) : "");
    }

    private static List<Uri> ConfiguredIndexes(MachineFacts machine) =>
    [
        .. machine.Clients.SelectMany(client => client.Indexes).SelectMany(setting => setting.Value.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
            .Select(value => Uri.TryCreate(value, UriKind.Absolute, out var url) && url.Scheme == Uri.UriSchemeHttps ? new Uri(url.GetComponents(UriComponents.HttpRequestUrl, UriFormat.UriEscaped)) : null)
            .OfType<Uri>().Distinct().Take(MostTargets),
    ];
}

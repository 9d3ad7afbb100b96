using System.Text.Json;
using Anchorage.Bench.Contestants;
using Anchorage.Bench.Corpus;
using Anchorage.Bench.Drives;
using Anchorage.Bench.Report;

namespace Anchorage.Bench.Workloads;

/// <summary>1, 2, 3, 6, 7: what an open index serves from memory and from disk, beside nginx and the floor.</summary>
internal static class ServingWorkloads
{
    public static readonly IReadOnlySet<int> Numbers = new HashSet<int> { 1, 2, 3, 6, 7 };

    private sealed record Case(int Workload, string Name, SampleRequest Request, Targets Targets, int? Connections = null, bool IsInQuick = true);

    public static async Task<IReadOnlyList<Row>> RunAsync(Bench bench, CancellationToken cancellationToken)
    {
        await using var registry = await bench.StartRegistryAsync(CorpusPlan.Registry(bench.Options.IsQuick), cancellationToken);
        var cases = (await CasesAsync(registry, cancellationToken)).Where(one => bench.Options.Runs(one.Workload) && (one.IsInQuick || !bench.Options.IsQuick)).ToList();
        var answers = new PreparedAnswers(bench.Home);
        await answers.AddAsync(registry, cases.Select(static one => one.Request), cancellationToken);
        await using var nginx = await bench.Starting.NginxAsync(answers, cancellationToken);
        await using var floor = await bench.Starting.FloorAsync(answers, cancellationToken);
        var rows = new List<Row>();
        foreach (var one in cases)
        {
            Bench.Say($"{one.Workload}. {one.Name}");
            var before = ProcessFacts.Resident(registry.ProcessId) / 1e6;
            ProcessFacts.ForgetPeak(registry.ProcessId);
            rows.Add(await bench.Comparison.RunAsync(one.Workload, one.Name, [registry, nginx, floor], one.Request, one.Targets, cancellationToken, one.Connections));
            if (one.Workload == 6)
                rows.Add(MemoryRow(before, ProcessFacts.PeakResident(registry.ProcessId) / 1e6));
        }
        return rows;
    }

    /// <summary>Constant: whatever so many transfers at once take, it is far less than one of the files.</summary>
    private static Row MemoryRow(double before, double peak) => new()
    {
        Workload = 6,
        Name = "memory meanwhile",
        Figure = $"{Statistics.Text(peak)} MB",
        Checks = [Check.AtMost("MB more than before", Math.Max(0, peak - before), 50)],
        Notes = $"{Statistics.Text(before)} MB before, {Statistics.Text(peak)} MB at most while 16 connections transfer",
    };

    private static async Task<List<Case>> CasesAsync(Contestant registry, CancellationToken cancellationToken)
    {
        var small = new Targets { ToFloor = 0.85, ToNginx = 0.65, P99ToFloor = 2 };
        var large = new Targets { ToFloor = 0.9 };
        var cases = new List<Case>();
        foreach (var (workload, project, targets) in new[] { (1, CorpusPlan.TwentyFiles, small), (2, CorpusPlan.ThousandsOfFiles, large) })
        {
            foreach (var (json, gzip) in new[] { (true, true), (false, true), (true, false), (false, false) })
            {
                cases.Add(new Case(
                    workload, $"{(json ? "JSON" : "HTML")}, {(gzip ? "gzip" : "identity")}", SampleRequest.Page(project, json, gzip), targets,
                    workload == 2 ? 16 : null, IsInQuick: (json && gzip) || (workload == 1 && !json && !gzip)));
            }
        }
        cases.Add(new Case(3, "20 files, JSON", SampleRequest.Page(CorpusPlan.TwentyFiles, true, true) with { Revalidates = true }, new Targets { ToFloor = 0.85 }));
        var largeFile = await FileOfAsync(registry, CorpusPlan.LargeWheel, cancellationToken);
        cases.Add(new Case(6, "throughput", new SampleRequest(largeFile), new Targets { ToFloor = 0.95, InBytes = true }, 16));
        var wheel = await FileOfAsync(registry, CorpusPlan.TwentyFiles, cancellationToken);
        cases.Add(new Case(7, "of a wheel of 20", new SampleRequest(wheel + ".metadata"), new Targets { ToFloor = 0.8 }));
        return cases;
    }

    /// <summary>The address of the project's first file, as its page says.</summary>
    public static async Task<string> FileOfAsync(Contestant registry, string project, CancellationToken cancellationToken)
    {
        using var response = await registry.Client.SendAsync(SampleRequest.Page(project, true, false).ToMessage(), cancellationToken);
        using var page = JsonDocument.Parse(await response.EnsureSuccessStatusCode().Content.ReadAsStringAsync(cancellationToken));
        return page.RootElement.GetProperty("files")[0].GetProperty("url").GetString()!;
    }
}

using System.Diagnostics;
using Anchorage.Bench.Contestants;
using Anchorage.Bench.Corpus;
using Anchorage.Bench.Drives;
using Anchorage.Bench.Report;

namespace Anchorage.Bench.Workloads;

/// <summary>11: from the command to readiness, and memory, idle and under load.</summary>
internal static class StartWorkload
{
    public static readonly IReadOnlySet<int> Numbers = new HashSet<int> { 11 };

    private const double MaxIdleMegabytes = 120, MaxLoadedMegabytes = 250;

    public static CorpusPlan Few(BenchOptions options) => CorpusPlan.Stored(options.IsQuick ? 100 : 1000);

    public static CorpusPlan Many(BenchOptions options) => CorpusPlan.Stored(options.IsQuick ? 1000 : 100_000);

    public static async Task<IReadOnlyList<Row>> RunAsync(Bench bench, CancellationToken cancellationToken)
    {
        Bench.Say("11. start");
        var few = await bench.Directories.CloneAsync(Few(bench.Options), cancellationToken);
        var many = await bench.Directories.CloneAsync(Many(bench.Options), cancellationToken);
        var (fewTimes, manyTimes, idle) = (new List<double>(), new List<double>(), new List<double>());
        for (var round = 0; round < bench.Options.Rounds; round++)
        {
            fewTimes.Add(await StartAsync(bench, few, null, cancellationToken));
            manyTimes.Add(await StartAsync(bench, many, idle, cancellationToken));
        }
        return
        [
            StartRow("start to ready, 1,000 stored files", fewTimes, 1),
            StartRow("start to ready, 100,000 stored files", manyTimes, 2),
            new Row
            {
                Workload = 11,
                Name = "memory, idle",
                Figure = Statistics.Text(Statistics.Median(idle)) + " MB",
                Spread = Statistics.Spread(idle),
                Checks = [Check.AtMost("MB", Statistics.Median(idle), MaxIdleMegabytes)],
                Notes = "resident, two seconds after the start and the first page, 100,000 stored files",
            },
            await LoadedAsync(bench, cancellationToken),
        ];

        static Row StartRow(string name, List<double> times, double most) => new()
        {
            Workload = 11,
            Name = name,
            Figure = Statistics.Text(Statistics.Median(times)) + " s",
            Spread = Statistics.Spread(times),
            Checks = [Check.AtMost("s", Statistics.Median(times), most)],
        };
    }

    private static async Task<double> StartAsync(Bench bench, string data, List<double>? idle, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        await using var registry = await bench.Starting.RegistryAsync(data, cancellationToken);
        var elapsed = Stopwatch.GetElapsedTime(started).TotalSeconds;
        if (idle is not null)
        {
            using (var page = await registry.Client.SendAsync(SampleRequest.Page(CorpusPlan.TwentyFiles, true, true).ToMessage(), cancellationToken))
                page.EnsureSuccessStatusCode();
            await Task.Delay(TimeSpan.FromSeconds(2), cancellationToken);
            idle.Add(ProcessFacts.Resident(registry.ProcessId) / 1e6);
        }
        return elapsed;
    }

    /// <summary>Thousands of different pages, so that the memory for prepared pages is full, then wheels with their records.</summary>
    private static async Task<Row> LoadedAsync(Bench bench, CancellationToken cancellationToken)
    {
        var plan = CorpusPlan.Registry(bench.Options.IsQuick);
        await using var registry = await bench.StartRegistryAsync(plan, cancellationToken);
        var paths = plan.Projects.Select(static project => $"/main/simple/{project.Name}/").Take(5000).ToList();
        var pages = new SampleRequest(paths[0]) { IsJson = true, MorePaths = paths[1..] };
        var wheel = new SampleRequest(await ServingWorkloads.FileOfAsync(registry, CorpusPlan.SmallWheel, cancellationToken));
        var seconds = bench.Options.IsQuick ? 1 : 10;
        SampleRequest[] forms = bench.Options.IsQuick ? [pages] : [pages, pages with { IsGzip = true }, pages with { IsJson = false }];
        foreach (var request in forms)
            await bench.Wrk.RunAsync(registry, request, bench.Options.Connections, seconds, 0, cancellationToken);
        await bench.Wrk.RunAsync(registry, wheel, bench.Options.Connections, seconds, CorpusPlan.SmallWheelBytes, cancellationToken);
        var peak = ProcessFacts.PeakResident(registry.ProcessId) / 1e6;
        return new Row
        {
            Workload = 11,
            Name = "memory under load, at most",
            Figure = Statistics.Text(peak) + " MB",
            Checks = [Check.AtMost("MB", peak, MaxLoadedMegabytes)],
            Notes = $"after {paths.Count} different pages in {forms.Length} forms and a wheel, {Statistics.Text(ProcessFacts.Resident(registry.ProcessId) / 1e6)} MB at the end",
            Command = $"wrk, {bench.Options.Connections} connections, {seconds} s × {forms.Length + 1}",
        };
    }
}

using System.Diagnostics;
using Anchorage.Bench.Contestants;
using Anchorage.Bench.Corpus;
using Anchorage.Bench.Drives;
using Anchorage.Bench.Report;

namespace Anchorage.Bench.Workloads;

/// <summary>8: the list of 750,000 names: rate, memory, and whether anybody else waits for it.</summary>
internal static class RootListWorkload
{
    public static readonly IReadOnlySet<int> Numbers = new HashSet<int> { 8 };

    /// <summary>More than this later than in a small registry counts as delayed: what a person would notice is far above.</summary>
    private const double DelayMilliseconds = 20;

    public static CorpusPlan SmallPlan => CorpusPlan.Listed(2);

    public static CorpusPlan Plan(BenchOptions options) => CorpusPlan.Listed(options.IsQuick ? 5000 : 750_000);

    public static async Task<IReadOnlyList<Row>> RunAsync(Bench bench, CancellationToken cancellationToken)
    {
        var rows = new List<Row>();
        var data = await bench.Directories.CloneAsync(Plan(bench.Options), cancellationToken);
        await using (var registry = await bench.Starting.RegistryAsync(data, cancellationToken))
        {
            var list = new SampleRequest("/names/simple/");
            List<(string Name, SampleRequest Request)> cases = [("JSON, gzip", list with { IsJson = true, IsGzip = true })];
            if (!bench.Options.IsQuick)
                cases.AddRange([("HTML, gzip", list with { IsGzip = true }), ("JSON, identity", list with { IsJson = true })]);
            var answers = new PreparedAnswers(bench.Home);
            await answers.AddAsync(registry, cases.Select(static one => one.Request), cancellationToken);
            await using var nginx = await bench.Starting.NginxAsync(answers, cancellationToken);
            await using var floor = await bench.Starting.FloorAsync(answers, cancellationToken);
            foreach (var (name, request) in cases)
            {
                Bench.Say($"8. {name}");
                rows.Add(await bench.Comparison.RunAsync(8, name, [registry, nginx, floor], request, new Targets { ToFloor = 0.9 }, cancellationToken, 16));
            }
            var resident = ProcessFacts.Resident(registry.ProcessId) / 1e6;
            rows.Add(new Row
            {
                Workload = 8,
                Name = "memory with it loaded",
                Figure = Statistics.Text(resident) + " MB",
                Checks = [Check.AtMost("MB", resident, 350)],
                Notes = $"at most {Statistics.Text(ProcessFacts.PeakResident(registry.ProcessId) / 1e6)} MB since the start",
            });
        }
        rows.AddRange(await FirstPagesAsync(bench, data, cancellationToken));
        return rows;
    }

    private static async Task<IReadOnlyList<Row>> FirstPagesAsync(Bench bench, string listed, CancellationToken cancellationToken)
    {
        Bench.Say("8. first page");
        var small = await bench.Directories.CloneAsync(SmallPlan, cancellationToken);
        var (alone, beside, asked) = (new List<double>(), new List<double>(), new List<double>());
        for (var round = 0; round < bench.Options.Rounds; round++)
        {
            alone.Add(await FirstPageAsync(bench, small, false, cancellationToken));
            beside.Add(await FirstPageAsync(bench, listed, false, cancellationToken));
            asked.Add(await FirstPageAsync(bench, listed, true, cancellationToken));
        }
        Row ToRow(string name, List<double> times) => new()
        {
            Workload = 8,
            Name = name,
            Figure = Statistics.Text(Statistics.Median(times)) + " ms",
            Spread = Statistics.Spread(times),
            Checks = [Check.AtMost("ms more than in a registry of two projects", Statistics.Median(times) - Statistics.Median(alone), DelayMilliseconds)],
            Notes = $"{Statistics.Text(Statistics.Median(alone))} ms in a registry of two projects",
        };
        return [ToRow("first project page after a cold start", beside), ToRow("the same while somebody waits for the list", asked)];
    }

    private static async Task<double> FirstPageAsync(Bench bench, string data, bool whileListed, CancellationToken cancellationToken)
    {
        await using var registry = await bench.Starting.RegistryAsync(data, cancellationToken);
        // The connection is there already: a second one would be counted otherwise.
        using (await registry.Client.GetAsync(new Uri("/health/live", UriKind.Relative), cancellationToken))
        {
        }
        var list = whileListed ? registry.Client.SendAsync(new SampleRequest("/names/simple/") { IsJson = true, IsGzip = true }.ToMessage(), cancellationToken) : null;
        // A head start, so that the list is really being made.
        if (list is not null)
            await Task.WhenAny(list, Task.Delay(TimeSpan.FromMilliseconds(30), cancellationToken));
        var started = Stopwatch.GetTimestamp();
        using (var page = await registry.Client.SendAsync(SampleRequest.Page(CorpusPlan.TwentyFiles, true, true, "names").ToMessage(), cancellationToken))
            page.EnsureSuccessStatusCode();
        var elapsed = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        if (list is not null)
            (await list).EnsureSuccessStatusCode().Dispose();
        return elapsed;
    }
}

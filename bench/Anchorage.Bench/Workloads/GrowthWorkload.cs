using Anchorage.Bench.Contestants;
using Anchorage.Bench.Corpus;
using Anchorage.Bench.Drives;
using Anchorage.Bench.Report;

namespace Anchorage.Bench.Workloads;

/// <summary>12: the same page from registries of different size costs the same.</summary>
internal static class GrowthWorkload
{
    public static readonly IReadOnlySet<int> Numbers = new HashSet<int> { 12 };

    public static IReadOnlyList<CorpusPlan> Plans(BenchOptions options) => options.IsQuick
        ? [CorpusPlan.Grown(20), CorpusPlan.Grown(100), CorpusPlan.Grown(500)]
        : [CorpusPlan.Grown(100), CorpusPlan.Grown(10_000), CorpusPlan.Grown(100_000)];

    public static async Task<IReadOnlyList<Row>> RunAsync(Bench bench, CancellationToken cancellationToken)
    {
        var plans = Plans(bench.Options);
        var registries = new List<Contestant>();
        try
        {
            foreach (var plan in plans)
                registries.Add(await bench.StartRegistryAsync(plan, cancellationToken));
            Bench.Say("12. growth");
            var request = SampleRequest.Page(CorpusPlan.TwentyFiles, true, true);
            var drives = registries.ConvertAll(static _ => new List<Drive>());
            // Upload times differ and so do compressed lengths: no two of these pages have the same number of bytes.
            var lengths = new List<long>();
            foreach (var registry in registries)
            {
                using var response = await registry.Client.SendAsync(request.ToMessage(), cancellationToken);
                lengths.Add(response.EnsureSuccessStatusCode().Content.Headers.ContentLength!.Value);
            }
            for (var round = bench.Options.IsQuick ? 0 : -1; round < bench.Options.Rounds; round++)
            {
                for (var i = 0; i < registries.Count; i++)
                {
                    var drive = await bench.Wrk.RunAsync(registries[i], request, bench.Options.Connections, round < 0 ? 8 : bench.Options.Seconds, lengths[i], cancellationToken);
                    if (round >= 0)
                        drives[i].Add(drive);
                }
            }
            return [.. plans.Select((plan, i) => ToRow(bench, plan, drives[i], drives[0]))];
        }
        finally
        {
            foreach (var registry in registries)
                await registry.DisposeAsync();
        }
    }

    private static Row ToRow(Bench bench, CorpusPlan plan, List<Drive> drives, List<Drive> smallest)
    {
        var ratios = drives.Zip(smallest, static (its, first) => its.PerSecond / first.PerSecond).ToList();
        var isFirst = ReferenceEquals(drives, smallest);
        return new Row
        {
            Workload = 12,
            Name = $"{plan.Projects.Count} projects",
            Figure = Statistics.Text(Statistics.Median(drives.Select(static drive => drive.PerSecond))) + "/s",
            Spread = isFirst ? "" : Statistics.Spread(ratios),
            Checks = isFirst ? [] : [Check.AtLeast("of the rate with the fewest projects", Statistics.Median(ratios), 0.9)],
            Notes = $"server time per answer: {Statistics.Text(Statistics.Median(drives.Select(static drive => drive.ProcessorPerRequest)))} µs",
            Command = $"wrk, {bench.Options.Connections} connections, {bench.Options.Seconds} s × {bench.Options.Rounds}, in turn",
            Rates = new Dictionary<string, IReadOnlyList<double>> { ["anchorage"] = [.. drives.Select(static drive => drive.PerSecond)] },
        };
    }
}

using System.Globalization;
using Anchorage.Bench.Contestants;
using Anchorage.Bench.Report;

namespace Anchorage.Bench.Drives;

/// <summary>What is promised for a comparison; null = nothing.</summary>
internal sealed record Targets
{
    /// <summary>Least share of the floor's rate.</summary>
    public double? ToFloor { get; init; }

    /// <summary>Least share of nginx's rate.</summary>
    public double? ToNginx { get; init; }

    /// <summary>Most times the floor's 99th percentile.</summary>
    public double? P99ToFloor { get; init; }

    /// <summary>Rates are bytes, not answers: for large files.</summary>
    public bool InBytes { get; init; }
}

/// <summary>Drives all servers in turn with the same request, A B C A B C …, and makes a row of the table.</summary>
internal sealed class Comparison(BenchOptions options, Wrk wrk)
{
    private const int FirstWarmUpSeconds = 8;
    private const int WarmUpSeconds = 2;

    private readonly HashSet<int> warm = [];

    public async Task<Row> RunAsync(
        int workload, string name, IReadOnlyList<Contestant> contestants, SampleRequest request, Targets targets, CancellationToken cancellationToken, int? connections = null)
    {
        var count = Math.Min(connections ?? options.Connections, options.Connections);
        await PreparedAnswers.CompareAsync(contestants, request, cancellationToken);
        var body = await LengthAsync(contestants[0], request, cancellationToken);
        // The just-in-time compiler needs its time, most of it when a server has just started.
        if (!options.IsQuick)
        {
            foreach (var contestant in contestants)
                await wrk.RunAsync(contestant, request, count, warm.Add(contestant.ProcessId) ? FirstWarmUpSeconds : WarmUpSeconds, body, cancellationToken);
        }
        var drives = contestants.ToDictionary(static contestant => contestant.Name, static _ => new List<Drive>());
        for (var round = 0; round < options.Rounds; round++)
        {
            foreach (var contestant in contestants)
                drives[contestant.Name].Add(await wrk.RunAsync(contestant, request, count, options.Seconds, body, cancellationToken));
        }
        return ToRow(workload, name, drives, targets, count, body);
    }

    private Row ToRow(int workload, string name, Dictionary<string, List<Drive>> drives, Targets targets, int connections, long body)
    {
        var own = drives["anchorage"];
        double Rate(Drive drive) => targets.InBytes ? drive.BytesPerSecond : drive.PerSecond;
        // Pairs of one round: the machine was the same for both.
        List<double> Ratios(string other) => drives.TryGetValue(other, out var theirs) ? [.. own.Zip(theirs, (mine, its) => Rate(mine) / Rate(its))] : [];
        var (toFloor, toNginx) = (Ratios("floor"), Ratios("nginx"));
        var p99 = Statistics.Median(own.Select(static drive => drive.P99));
        var checks = new List<Check>();
        if (targets.ToFloor is { } floor)
            checks.Add(Check.AtLeast("of the floor", Statistics.Median(toFloor), floor));
        if (targets.ToNginx is { } nginx)
            checks.Add(Check.AtLeast("of nginx", Statistics.Median(toNginx), nginx));
        if (targets.P99ToFloor is { } times)
            checks.Add(Check.AtMost("× the floor's p99", p99 / Math.Max(1, Statistics.Median(drives["floor"].Select(static drive => drive.P99))), times));
        var rate = Statistics.Median(own.Select(Rate));
        var notes = string.Create(CultureInfo.InvariantCulture,
            $"p50 {Statistics.Median(own.Select(static drive => drive.P50)) / 1000:F2} ms, p99 {p99 / 1000:F2} ms; server time per answer: "
            + $"{string.Join(", ", drives.Select(pair => $"{pair.Key} {Statistics.Median(pair.Value.Select(static drive => drive.ProcessorPerRequest)):F0} µs"))}");
        return new Row
        {
            Workload = workload,
            Name = name,
            Figure = targets.InBytes ? Statistics.Text(rate / 1e6) + " MB/s" : Statistics.Text(rate) + "/s",
            ToNginx = toNginx.Count > 0 ? Statistics.Median(toNginx) : null,
            ToFloor = toFloor.Count > 0 ? Statistics.Median(toFloor) : null,
            Spread = Statistics.Spread(toFloor.Count > 0 ? toFloor : toNginx),
            Checks = checks,
            Notes = notes,
            Command = $"wrk, {connections} connections, {options.Seconds} s × {options.Rounds}; {body} bytes",
            Rates = drives.ToDictionary(static pair => pair.Key, pair => (IReadOnlyList<double>)[.. pair.Value.Select(Rate)]),
            Drives = drives.ToDictionary(static pair => pair.Key, static pair => (IReadOnlyList<Drive>)pair.Value),
        };
    }

    private static async Task<long> LengthAsync(Contestant contestant, SampleRequest request, CancellationToken cancellationToken)
    {
        using var response = await contestant.Client.SendAsync(request.ToMessage(), HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        return response.Content.Headers.ContentLength ?? throw new InvalidOperationException($"{request.Path} has no length.");
    }
}

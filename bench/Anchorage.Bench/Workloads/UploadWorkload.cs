using System.Diagnostics;
using System.Globalization;
using Anchorage.Bench.Contestants;
using Anchorage.Bench.Corpus;
using Anchorage.Bench.Report;
using Anchorage.Testing;

namespace Anchorage.Bench.Workloads;

/// <summary>
/// 9: small wheels, one after another and eight side by side. Run on disk and on a disk in memory in turn: the difference
/// is what syncing costs.
/// </summary>
internal static class UploadWorkload
{
    public static readonly IReadOnlySet<int> Numbers = new HashSet<int> { 9 };

    private const int SideBySide = 8;

    public static CorpusPlan Plan => CorpusPlan.Grown(100);

    public static async Task<IReadOnlyList<Row>> RunAsync(Bench bench, CancellationToken cancellationToken)
    {
        Bench.Say("9. uploads");
        var wheels = bench.Options.IsQuick ? 20 : 200;
        using var memory = MemoryDisk.TryCreate();
        var durableData = await bench.Directories.CloneAsync(Plan, cancellationToken);
        await using var durable = await bench.Starting.RegistryAsync(durableData, cancellationToken);
        var freeData = memory is null ? null : await bench.Directories.CloneAsync(Plan, cancellationToken, memory.Path);
        await using var free = freeData is null ? null : await bench.Starting.RegistryAsync(freeData, cancellationToken);
        var rates = new Dictionary<(int Clients, bool Durable), List<double>>();
        // The first round compiles the path and does not count.
        for (var round = bench.Options.IsQuick ? 0 : -1; round < bench.Options.Rounds; round++)
        {
            foreach (var clients in new[] { 1, SideBySide })
            {
                foreach (var (registry, data) in new[] { (durable, durableData), (free, freeData) })
                {
                    if (registry is null)
                        continue;
                    var rate = await UploadAsync(registry, data!, wheels, clients, round, cancellationToken);
                    var key = (clients, registry == durable);
                    if (round >= 0)
                        (rates.TryGetValue(key, out var known) ? known : rates[key] = []).Add(rate);
                }
            }
        }
        var sync = RecordWorkload.SyncTime(bench.Home.PathOf("sync"));
        return [ToRow("one after another", 1), ToRow($"{SideBySide} side by side", SideBySide)];

        Row ToRow(string name, int clients)
        {
            var median = Statistics.Median(rates[(clients, true)]);
            var share = memory is null ? "unknown: no disk in memory"
                : (100 * (1 - (median / Statistics.Median(rates[(clients, false)])))).ToString("F0", CultureInfo.InvariantCulture) + " %";
            return new Row
            {
                Workload = 9,
                Name = name,
                Figure = Statistics.Text(median) + "/s",
                Spread = Statistics.Spread(rates[(clients, true)]),
                Notes = $"share of syncs in the time: {share} (where a sync is free, {(memory is null ? "?" : Statistics.Text(Statistics.Median(rates[(clients, false)])))}/s); a sync of this disk takes {sync}",
                Command = $"{wheels} wheels × {bench.Options.Rounds}, in turn on disk and in memory",
                Rates = rates.Where(pair => pair.Key.Clients == clients).ToDictionary(
                    static pair => pair.Key.Durable ? "anchorage" : "in memory", static pair => (IReadOnlyList<double>)pair.Value),
            };
        }
    }

    private static async Task<double> UploadAsync(Contestant registry, string data, int wheels, int clients, int round, CancellationToken cancellationToken)
    {
        var token = (await File.ReadAllTextAsync(Path.Combine(data, "bootstrap-token"), cancellationToken)).Trim();
        // Built before: their making is not the registry's time.
        var requests = Enumerable.Range(0, wheels)
            .Select(number => new WheelBuilder($"upload-{number % 20}", string.Create(CultureInfo.InvariantCulture, $"{round + 2}.{clients}.{number}")).RequiringPython(">=3.9").Build())
            .Select(wheel => RegistryClient.Request(HttpMethod.Post, "/main/", token, content: UploadForm.For(wheel).ToContent())).ToList();
        var started = Stopwatch.GetTimestamp();
        await Parallel.ForEachAsync(requests, new ParallelOptions { MaxDegreeOfParallelism = clients, CancellationToken = cancellationToken }, async (request, token) =>
        {
            using var response = await registry.Client.SendAsync(request, token);
            response.EnsureSuccessStatusCode();
        });
        var elapsed = Stopwatch.GetElapsedTime(started);
        requests.ForEach(static request => request.Dispose());
        return wheels / elapsed.TotalSeconds;
    }
}

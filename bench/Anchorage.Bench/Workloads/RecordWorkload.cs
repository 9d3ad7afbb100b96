using System.Diagnostics;
using Anchorage.Bench.Contestants;
using Anchorage.Bench.Corpus;
using Anchorage.Bench.Drives;
using Anchorage.Bench.Report;
using Microsoft.Win32.SafeHandles;

namespace Anchorage.Bench.Workloads;

/// <summary>
/// 5: a wheel of 10 kB. Its download is on record, durably, before the first byte; what that costs is told by two others:
/// the same number of bytes by the same path without a record (core metadata), and the same wheel with the record in
/// memory, where a sync is free.
/// </summary>
internal static class RecordWorkload
{
    public static readonly IReadOnlySet<int> Numbers = new HashSet<int> { 5 };

    public static async Task<IReadOnlyList<Row>> RunAsync(Bench bench, CancellationToken cancellationToken)
    {
        var plan = CorpusPlan.Registry(bench.Options.IsQuick);
        await using var registry = await bench.StartRegistryAsync(plan, cancellationToken);
        var wheel = new SampleRequest(await ServingWorkloads.FileOfAsync(registry, CorpusPlan.SmallWheel, cancellationToken));
        var metadata = new SampleRequest(wheel.Path + ".metadata");
        var answers = new PreparedAnswers(bench.Home);
        await answers.AddAsync(registry, [wheel, metadata], cancellationToken);
        await using var nginx = await bench.Starting.NginxAsync(answers, cancellationToken);
        await using var floor = await bench.Starting.FloorAsync(answers, cancellationToken);
        Bench.Say("5. record");
        var rows = new List<Row>
        {
            await bench.Comparison.RunAsync(5, "durable record", [registry, nginx, floor], wheel, new Targets { ToFloor = 0.35 }, cancellationToken),
            await bench.Comparison.RunAsync(5, "as many bytes without a record (core metadata)", [registry, nginx, floor], metadata, new Targets(), cancellationToken),
        };
        rows[0] = rows[0] with { Notes = rows[0].Notes + $"; a sync of this disk takes {SyncTime(bench.Home.PathOf("sync"))}" };

        using var memory = bench.Options.IsQuick ? null : MemoryDisk.TryCreate();
        if (memory is null)
            return rows;
        var data = await bench.Directories.CloneAsync(plan, cancellationToken);
        Directory.Delete(Path.Combine(data, "audit"), recursive: true);
        Directory.CreateSymbolicLink(Path.Combine(data, "audit"), memory.Path);
        await using var free = await bench.Starting.RegistryAsync(data, cancellationToken);
        rows.Add(await bench.Comparison.RunAsync(5, "record in memory, where syncs are free", [free, nginx, floor], wheel, new Targets(), cancellationToken));
        return rows;
    }

    /// <summary>Median of fsync after appending 4 kB.</summary>
    public static string SyncTime(string file)
    {
        using SafeFileHandle handle = File.OpenHandle(file, FileMode.Create, FileAccess.Write);
        var times = new List<double>();
        var page = new byte[4096];
        for (var i = 0; i < 100; i++)
        {
            RandomAccess.Write(handle, page, i * page.Length);
            var started = Stopwatch.GetTimestamp();
            RandomAccess.FlushToDisk(handle);
            times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }
        return Statistics.Text(Statistics.Median(times)) + " ms";
    }
}

using Anchorage.Bench.Corpus;
using Anchorage.Bench.Report;

namespace Anchorage.Bench.Workloads;

/// <summary>Workloads that run on the same servers.</summary>
internal sealed record WorkloadGroup(IReadOnlySet<int> Numbers, Func<Bench, CancellationToken, Task<IReadOnlyList<Row>>> RunAsync);

/// <summary>All of them, in the order in which they run.</summary>
internal static class Workloads
{
    public static IReadOnlyList<WorkloadGroup> All { get; } =
    [
        new(ServingWorkloads.Numbers, ServingWorkloads.RunAsync),
        new(PrivateWorkload.Numbers, PrivateWorkload.RunAsync),
        new(RecordWorkload.Numbers, RecordWorkload.RunAsync),
        new(RootListWorkload.Numbers, RootListWorkload.RunAsync),
        new(UploadWorkload.Numbers, UploadWorkload.RunAsync),
        new(PullThroughWorkload.Numbers, PullThroughWorkload.RunAsync),
        new(StartWorkload.Numbers, StartWorkload.RunAsync),
        new(GrowthWorkload.Numbers, GrowthWorkload.RunAsync),
    ];

    /// <summary>Every data directory that the asked-for workloads need.</summary>
    public static IEnumerable<CorpusPlan> Plans(BenchOptions options)
    {
        yield return CorpusPlan.Registry(options.IsQuick);
        if (options.Runs(8))
            yield return RootListWorkload.Plan(options);
        if (options.Runs(8))
            yield return RootListWorkload.SmallPlan;
        if (options.Runs(9))
            yield return UploadWorkload.Plan;
        if (options.Runs(11))
            yield return StartWorkload.Few(options);
        if (options.Runs(11))
            yield return StartWorkload.Many(options);
        foreach (var plan in options.Runs(12) ? GrowthWorkload.Plans(options) : [])
            yield return plan;
    }
}

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
    ];

    /// <summary>Every data directory that the asked-for workloads need.</summary>
    public static IEnumerable<CorpusPlan> Plans(BenchOptions options)
    {
        yield return CorpusPlan.Registry(options.IsQuick);
    }
}

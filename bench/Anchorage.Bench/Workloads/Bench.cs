using Anchorage.Bench.Contestants;
using Anchorage.Bench.Corpus;
using Anchorage.Bench.Drives;
using Anchorage.Testing;

namespace Anchorage.Bench.Workloads;

/// <summary>What workloads share: where data come from, how servers start, how they are driven.</summary>
internal sealed record Bench(BenchOptions Options, TestDirectory Home, PreparedDirectories Directories, Starting Starting, Wrk Wrk, Comparison Comparison)
{
    /// <summary>Tells whoever waits what is going on; standard error, because standard output is the table.</summary>
    public static void Say(string text) => Console.Error.WriteLine(text);

    /// <summary>A registry on a copy of the prepared data.</summary>
    public async Task<Contestant> StartRegistryAsync(CorpusPlan plan, CancellationToken cancellationToken, params string[] settings)
    {
        return await Starting.RegistryAsync(await Directories.CloneAsync(plan, cancellationToken), cancellationToken, settings);
    }
}

// Drives the registry, nginx and the floor in turn on the same data, and writes what came of it. bench/run is the command
// for people; it builds what this program starts.
using System.Runtime.InteropServices;
using Anchorage.Bench;
using Anchorage.Bench.Contestants;
using Anchorage.Bench.Corpus;
using Anchorage.Bench.Drives;
using Anchorage.Bench.Report;
using Anchorage.Bench.Workloads;
using Anchorage.Testing;

BenchOptions options;
try
{
    options = BenchOptions.Read(args);
}
catch (ArgumentException e)
{
    Console.Error.WriteLine("bench: " + e.Message);
    return 64;
}

// Ctrl-C and SIGTERM unwind: every server that was started is stopped on the way out.
using var stopping = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
void Stop(PosixSignalContext context)
{
    context.Cancel = true;
    stopping.Cancel();
}

using var home = new TestDirectory();
using var authority = new TestAuthority("Benchmark");
var wrk = new Wrk(home);
var bench = new Bench(options, home, new PreparedDirectories(home), new Starting(home, authority), wrk, new Comparison(options, wrk));
try
{
    if (options.PreparesOnly)
    {
        foreach (var plan in Workloads.Plans(options))
            await bench.Directories.EnsureAsync(plan, stopping.Token);
        return 0;
    }
    var resultsFile = Path.Combine(BenchOptions.Folder, $"results{(options.IsQuick ? "-quick" : "")}.json");
    var results = Results.Read(resultsFile) with { Circumstances = await Circumstances.FindAsync(home, stopping.Token) };
    foreach (var run in Workloads.All.Where(run => run.Numbers.Any(options.Runs)))
    {
        var rows = await run.RunAsync(bench, stopping.Token);
        foreach (var group in rows.GroupBy(static row => row.Workload))
            results = results.With(group.Key, [.. group]);
        var missing = run.Numbers.Where(options.Runs).Except(rows.Select(static row => row.Workload)).ToList();
        if (missing.Count > 0)
            throw new InvalidOperationException($"Workload {string.Join(", ", missing)} yielded no figure.");
        results.Write(resultsFile);
    }
    Publication.Write(results, options);
    return 0;
}
catch (OperationCanceledException) when (stopping.IsCancellationRequested)
{
    Console.Error.WriteLine("bench: stopped");
    return 130;
}

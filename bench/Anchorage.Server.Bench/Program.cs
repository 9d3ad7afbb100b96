// Measures the inner pieces of the registry. bench/inner is the command for people.
using System.Globalization;
using Anchorage.Server.Bench;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

if (args is not ["quick" or "full", var folder])
{
    Console.Error.WriteLine("usage: Anchorage.Server.Bench quick|full FOLDER (see bench/inner)");
    return 64;
}

// In this process: the generated project of the other toolchain would build into this repository.
var job = (args[0] == "full" ? Job.MediumRun.WithLaunchCount(1) : Job.ShortRun).WithToolchain(InProcessEmitToolchain.Instance);
var config = ManualConfig.CreateEmpty()
    .AddJob(job)
    .AddColumnProvider(DefaultColumnProviders.Instance)
    .AddLogger(args[0] == "full" ? ConsoleLogger.Default : NullLogger.Instance)
    .WithArtifactsPath(Path.GetFullPath(folder));
var failed = 0;
Console.WriteLine($"{"",-20} {"time",12} {"deviation",12} {"allocated",12}");
foreach (var summary in BenchmarkRunner.Run([typeof(PageBenchmarks), typeof(RequestBenchmarks)], config))
{
    foreach (var report in summary.Reports)
    {
        var name = report.BenchmarkCase.Descriptor.WorkloadMethod.Name.Replace("Async", "", StringComparison.Ordinal);
        if (report.ResultStatistics is not { } result)
        {
            Console.WriteLine($"{name,-20} failed");
            failed++;
            continue;
        }
        var allocated = report.GcStats.GetBytesAllocatedPerOperation(report.BenchmarkCase) ?? 0;
        Console.WriteLine($"{name,-20} {Time(result.Mean),12} {Time(result.StandardDeviation),12} {string.Create(CultureInfo.InvariantCulture, $"{allocated:#,0} B"),12}");
    }
}
return failed == 0 ? 0 : 1;

static string Time(double nanoseconds) => FormattableString.Invariant(nanoseconds switch
{
    >= 1e6 => (FormattableString)$"{nanoseconds / 1e6:F2} ms",
    >= 1e3 => $"{nanoseconds / 1e3:F2} µs",
    _ => $"{nanoseconds:F1} ns",
});

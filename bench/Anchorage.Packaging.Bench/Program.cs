// Measures Anchorage.Packaging and prints it beside what bench/reference.py measured on the same machine a moment before.
// bench/packaging is the command for people.
using System.Globalization;
using Anchorage.Packaging.Bench;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

if (args is not [var referencePath, "quick" or "full"])
{
    Console.Error.WriteLine("usage: Anchorage.Packaging.Bench REFERENCE-RESULTS quick|full (see bench/packaging)");
    return 64;
}

// In this process: the generated project of the other toolchain would build into this repository.
var job = (args[1] == "full" ? Job.MediumRun.WithLaunchCount(1) : Job.ShortRun).WithToolchain(InProcessEmitToolchain.Instance);
var config = ManualConfig.CreateEmpty()
    .AddJob(job)
    .AddColumnProvider(DefaultColumnProviders.Instance)
    .AddLogger(args[1] == "full" ? ConsoleLogger.Default : NullLogger.Instance)
    .WithArtifactsPath(Path.GetDirectoryName(Path.GetFullPath(referencePath))!);
var summary = BenchmarkRunner.Run<PackagingBenchmarks>(config);

var reference = File.ReadLines(referencePath).Select(line => line.Split(' '))
    .ToDictionary(line => line[0], line => double.Parse(line[1], CultureInfo.InvariantCulture));
Console.WriteLine($"{"",-18} {"Anchorage",12} {"reference",12} {"ratio",8} {"allocated",12}");
var slow = 0;
foreach (var report in summary.Reports)
{
    var name = report.BenchmarkCase.Descriptor.WorkloadMethod.Name;
    if (report.ResultStatistics is not { } result)
    {
        Console.WriteLine($"{name,-18} failed");
        slow++;
        continue;
    }
    var allocated = report.GcStats.GetBytesAllocatedPerOperation(report.BenchmarkCase) ?? 0;
    var theirs = reference.TryGetValue(name, out var nanoseconds) ? nanoseconds : double.NaN;
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"{name,-18} {result.Mean / 1e6,9:F3} ms {(double.IsNaN(theirs) ? "-" : $"{theirs / 1e6:F3} ms"),12} {(double.IsNaN(theirs) ? "-" : $"{theirs / result.Mean:F1} x"),8} {allocated >> 10,8} KiB"));
    slow += theirs / result.Mean < 10 ? 1 : 0;
}
Console.WriteLine(slow == 0 ? "Everything is at least ten times as fast as the reference." : $"{slow} of them are less than ten times as fast as the reference.");
return 0;

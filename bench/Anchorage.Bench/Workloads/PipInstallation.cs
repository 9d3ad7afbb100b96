using System.Diagnostics;
using Anchorage.Bench.Contestants;
using Anchorage.Bench.Report;
using Anchorage.Testing;

namespace Anchorage.Bench.Workloads;

/// <summary>
/// A real pip installs a set of wheels: from a registry that has none of them, from the same one again, and from a folder,
/// which is pip's own work and the same in every case.
/// </summary>
internal static class PipInstallation
{
    public static async Task<IReadOnlyList<Row>> RunAsync(Bench bench, string[] settings, IReadOnlyList<BuiltDistribution> set, CancellationToken cancellationToken)
    {
        var python = await FindPythonAsync(bench.Home, cancellationToken);
        foreach (var wheel in set)
            bench.Home.Write(Path.Combine("wheels", wheel.Filename), wheel.Content);
        var names = set.Select(static wheel => wheel.Project).ToList();
        var (cold, warm, own, coldWait, warmWait) = (new List<double>(), new List<double>(), new List<double>(), new List<double>(), new List<double>());
        for (var round = 0; round < bench.Options.Rounds; round++)
        {
            Bench.Say($"10. pip, round {round + 1}");
            var data = bench.Home.PathOf($"pip-{round}");
            await using var registry = await bench.Starting.RegistryAsync(data, cancellationToken, settings);
            string[] source = ["--index-url", new Uri(registry.Address, "/main/simple/").AbsoluteUri, "--cert", Path.Combine(data, "ca", "root.pem")];
            cold.Add(await InstallAsync(bench, python, source, names, cancellationToken));
            coldWait.Add(registry.TakeRequestTime());
            warm.Add(await InstallAsync(bench, python, source, names, cancellationToken));
            warmWait.Add(registry.TakeRequestTime());
            own.Add(await InstallAsync(bench, python, ["--no-index", "--find-links", bench.Home.PathOf("wheels")], names, cancellationToken));
        }
        var (coldTime, warmTime, ownTime) = (Statistics.Median(cold), Statistics.Median(warm), Statistics.Median(own));
        var (coldServer, warmServer) = (Statistics.Median(coldWait), Statistics.Median(warmWait));
        string Seconds(double value) => Statistics.Text(value) + " s";
        return
        [
            new Row
            {
                Workload = 10,
                Name = $"pip install of {set.Count} wheels: the registry's part, cold to warm",
                Figure = Statistics.Text(coldServer / warmServer) + " ×",
                Spread = Statistics.Spread([.. coldWait.Zip(warmWait, static (before, after) => before / after)]),
                Checks = [Check.AtLeast("× as fast warm as cold", coldServer / warmServer, 10)],
                Notes = $"the sum of its answers' times, from its log: cold {Seconds(coldServer / 1000)}, warm {Seconds(warmServer / 1000)}",
            },
            new Row
            {
                Workload = 10,
                Name = "the same by the clock, pip's own work included",
                Figure = Statistics.Text(coldTime / warmTime) + " ×",
                Spread = Statistics.Spread([.. cold.Zip(warm, static (before, after) => before / after)]),
                Checks = [Check.AtLeast("× as fast warm as cold", coldTime / warmTime, 10)],
                Notes = $"cold {Seconds(coldTime)}, warm {Seconds(warmTime)}, from a folder without any server {Seconds(ownTime)}",
                Command = await VersionAsync(bench.Home, python, cancellationToken),
                Rates = new Dictionary<string, IReadOnlyList<double>> { ["cold"] = cold, ["warm"] = warm, ["folder"] = own },
            },
        ];
    }

    private static async Task<double> InstallAsync(Bench bench, string python, string[] source, List<string> names, CancellationToken cancellationToken)
    {
        var target = bench.Home.MakeDirectory($"target-{Guid.NewGuid():n}");
        var started = Stopwatch.GetTimestamp();
        (await Commands.RunAsync(
            python,
            ["-m", "pip", "--disable-pip-version-check", "--no-input", "--no-cache-dir", "install", "--quiet", "--no-compile", "--target", target, .. source, .. names],
            bench.Home, cancellationToken)).MustSucceed();
        var elapsed = Stopwatch.GetElapsedTime(started).TotalSeconds;
        if (Directory.GetDirectories(target, "*.dist-info").Length != names.Count)
            throw new InvalidOperationException($"pip installed {Directory.GetDirectories(target, "*.dist-info").Length} of {names.Count} wheels.");
        Directory.Delete(target, recursive: true);
        return elapsed;
    }

    private static async Task<string> VersionAsync(TestDirectory home, string python, CancellationToken cancellationToken)
    {
        var text = (await Commands.RunAsync(python, ["-m", "pip", "--version"], home, cancellationToken)).MustSucceed().Output;
        return string.Join(' ', text.Split(' ').Take(2));
    }

    private static async Task<string> FindPythonAsync(TestDirectory home, CancellationToken cancellationToken)
    {
        foreach (var candidate in new[] { Commands.FindOnPath("python3"), "/usr/bin/python3" })
        {
            if (candidate is not null && File.Exists(candidate) && (await Commands.RunAsync(candidate, ["-m", "pip", "--version"], home, cancellationToken)).ExitCode == 0)
                return candidate;
        }
        throw new InvalidOperationException("No python3 with pip (Debian: python3-pip).");
    }
}

using Anchorage.Doctor.Tests.Laboratory;

namespace Anchorage.Doctor.Tests;

/// <summary>
/// The doctor against real pips and real servers: whatever a pip does, the doctor must have said so, and why. <c>ANCHORAGE_LABORATORY=all</c> takes
/// every pip instead of one of each generation; with <c>write</c> it also writes docs/doctor-accuracy.md.
/// </summary>
public sealed class LaboratoryTests(ITestOutputHelper output)
{
    private static readonly string? mode = Environment.GetEnvironmentVariable("ANCHORAGE_LABORATORY");

    [Fact]
    public async Task The_doctor_says_of_every_pip_in_every_scenario_what_that_pip_does_and_why()
    {
        var cancellation = TestContext.Current.CancellationToken;
        if (LabPrograms.Missing.Count > 0)
            Repository.LeaveOut($"not installed: {string.Join(", ", LabPrograms.Missing)} (tests/services/packages.txt)");
        if (PythonInstallations.Clients.Count == 0)
            Repository.LeaveOut("no Python is installed");
        var started = TimeProvider.System.GetTimestamp();
        await using var laboratory = await TlsLaboratory.StartAsync(cancellation);
        output.WriteLine($"laboratory: {TimeProvider.System.GetElapsedTime(started).TotalSeconds:0.0} s");
        var run = new LabRun();
        started = TimeProvider.System.GetTimestamp();
        await run.ProbeAsync(laboratory.Scenarios, cancellation);
        output.WriteLine($"{laboratory.Scenarios.Count} probes: {TimeProvider.System.GetElapsedTime(started).TotalSeconds:0.0} s");
        // As sent, not as a verifier would sort it: root, a stranger, the intermediate.
        Assert.Equal([true, true, false], run.Targets["healthy-chain-out-of-order"].Chain.Skip(1).Select(der => CertificateFacts.TryRead(der, out var facts, out _) && facts.IsSelfIssued));
        started = TimeProvider.System.GetTimestamp();
        var clients = mode is null ? LabClients.Sample : LabClients.All;
        var observations = new List<Observation>();
        var codes = new List<string>();
        await Parallel.ForEachAsync(clients, new ParallelOptions { MaxDegreeOfParallelism = 2, CancellationToken = cancellation }, async (client, token) =>
        {
            var scenarios = laboratory.Scenarios.Where(scenario => scenario.Fits(client)).ToList();
            var results = await PipRuns.RunAsync(client, scenarios, token);
            using var home = new TestDirectory();
            var observed = new List<Observation>();
            foreach (var scenario in scenarios)
                observed.Add(await run.ObserveAsync(scenario, client, results[scenario.Name], home, token));
            lock (observations)
            {
                observations.AddRange(observed);
                codes.AddRange(WrongCodes(run, client, scenarios, results));
            }
        });
        output.WriteLine($"{clients.Count} pips: {TimeProvider.System.GetElapsedTime(started).TotalSeconds:0.0} s");
        var report = AccuracyReport.Of(laboratory.Scenarios, observations);
        output.WriteLine(report);
        foreach (var observation in observations.Where(observation => !observation.Agrees || !observation.IsRightCause))
            output.WriteLine(observation.ToString());
        codes.ForEach(output.WriteLine);

        Assert.DoesNotContain(observations, observation => !observation.Agrees || !observation.IsRightCause);
        Assert.Empty(codes);
        await AccuracyReport.CompareAsync(laboratory.Scenarios, report, isComplete: mode is not null, writes: mode == "write", cancellation);
    }

    // The number that OpenSSL says, plain and strict: the judge must have come to the very same one.
    private static IEnumerable<string> WrongCodes(LabRun run, LabClient client, IReadOnlyList<Scenario> scenarios, Dictionary<string, PipResult> results)
    {
        foreach (var scenario in scenarios)
        {
            foreach (var (suffix, isStrict) in ((string, bool)[])[("/ssl", false), ("/strict", true)])
            {
                if (!results.TryGetValue(scenario.Name + suffix, out var result) || run.Targets[scenario.Name].Chain.Count == 0)
                    continue;
                var said = PipRuns.VerifyCodeIn(result.Text);
                var judged = run.FirstFault(scenario, isStrict);
                if (said is { } code && code != (judged?.OpenSslCode ?? 0))
                    yield return $"{scenario.Name}{suffix} on Python {client.Python}: OpenSSL says {result.Text.Trim()}, the judge {judged}";
            }
        }
    }
}

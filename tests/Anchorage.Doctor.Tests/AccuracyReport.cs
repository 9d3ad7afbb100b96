using System.Globalization;
using System.Text;
using Anchorage.Doctor.Tests.Laboratory;

namespace Anchorage.Doctor.Tests;

/// <summary>docs/doctor-accuracy.md: what a complete run of the laboratory found.</summary>
internal static class AccuracyReport
{
    private static string Document => Repository.PathOf("docs", "doctor-accuracy.md");

    public static string Of(IReadOnlyList<Scenario> scenarios, IReadOnlyList<Observation> observations)
    {
        var clients = observations.Select(observation => observation.Client).Distinct().OrderBy(client => client.PipVersion).ThenBy(client => client.Python).ToList();
        var healthy = observations.Where(observation => observation.Expected is null).ToList();
        var faulty = observations.Where(observation => observation.Expected is not null).ToList();
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"""
            # How right the doctor is

            Written by a complete run of the laboratory (`ANCHORAGE_LABORATORY=write`, tests/Anchorage.Doctor.Tests): {scenarios.Count} scenarios with real
            nginx, tinyproxy, mitmproxy, openssl and faketime, each met by {clients.Count} real pips. "Agrees" counts the pips for which the verdict,
            made without asking them, is what they then did.

            - pips: {clients.Count} (a version on one Python twice: installed there, and run from its wheel)
            - runs: {observations.Count}
            - right cause: {faulty.Count(observation => observation.IsRightCause)} of {faulty.Count} runs with a fault
            - false alarms: {healthy.Count(observation => !observation.IsRightCause)} in {healthy.Count} healthy runs
            - disagreements with the real pip: {observations.Count(observation => !observation.Agrees)}

            ## Pips

            {string.Join('\n', clients.Select(client => $"- {client}").Distinct())}

            ## Expected and found

            | expected | found | runs |
            |---|---|---|

            """);
        foreach (var cell in observations.GroupBy(observation => (Expected: observation.Expected ?? "(nothing)", Found: observation.Found ?? "(nothing)"))
            .OrderBy(cell => cell.Key.Expected, StringComparer.Ordinal).ThenBy(cell => cell.Key.Found, StringComparer.Ordinal))
            text.Append(CultureInfo.InvariantCulture, $"| {cell.Key.Expected} | {cell.Key.Found} | {cell.Count()} |\n");
        text.Append("\n## Scenarios\n\n| scenario | cause | pips that succeed | agrees | right cause |\n|---|---|---|---|---|\n");
        foreach (var scenario in scenarios)
        {
            var here = observations.Where(observation => observation.Scenario == scenario).ToList();
            var causes = string.Join(" / ", here.Select(observation => observation.Expected ?? "(nothing)").Distinct());
            text.Append(CultureInfo.InvariantCulture, $"| {scenario.Name} | {causes} | {here.Count(o => o.Pip.Succeeded)} | {here.Count(o => o.Agrees)} of {here.Count} | {here.Count(o => o.IsRightCause)} of {here.Count} |\n");
        }
        return text.ToString();
    }

    /// <summary>The document is of a complete run, names every scenario, and its figures are perfect.</summary>
    public static async Task CompareAsync(IReadOnlyList<Scenario> scenarios, string report, bool isComplete, bool writes, CancellationToken cancellationToken)
    {
        if (writes)
        {
            await using var file = File.Create(Document);
            await file.WriteAsync(Encoding.UTF8.GetBytes(report), cancellationToken);
            return;
        }
        var written = await File.ReadAllTextAsync(Document, cancellationToken);
        if (isComplete)
        {
            Assert.Equal(written, report);
            return;
        }
        foreach (var scenario in scenarios)
            Assert.Contains($"| {scenario.Name} |", written, StringComparison.Ordinal);
        Assert.Contains("- disagreements with the real pip: 0\n", written, StringComparison.Ordinal);
        Assert.Contains("- false alarms: 0 in ", written, StringComparison.Ordinal);
    }
}

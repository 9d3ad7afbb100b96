using System.Globalization;
using System.Text;

namespace Anchorage.Bench.Report;

/// <summary>The table for people, in Markdown.</summary>
internal static class ResultsTable
{
    private static readonly string[] Titles =
    [
        "Project page of 20 files", "Project page of 5,000 files", "Revalidation: 304", "With tokens, rights and policy", "A wheel of 10 kB, on record before its first byte",
        "A file of 200 MB", "Core metadata", "Root list of 750,000 names", "Uploads", "Pull-through", "Start and memory", "Growth",
    ];

    public static string Write(Results results, string notes)
    {
        var text = new StringBuilder();
        var machine = results.Circumstances;
        var checks = results.Rows.SelectMany(static row => row.Checks).ToList();
        text.AppendLine("# How fast it is").AppendLine();
        text.AppendLine("Written by `bench/run --full --publish`; [the same as a chart](results.svg). Ratios count, absolute figures are context: the load");
        text.AppendLine("generator shares the cores with the server. *nginx* serves the same bytes from files; *the floor* is a bare Kestrel program that sends");
        text.AppendLine("the same bytes and does nothing else. All over TLS 1.3 with connections kept, in turn, in the same run; a ratio is the median of the");
        text.AppendLine("rounds' ratios, and its spread the least and the most of them.").AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"{checks.Count(static check => check.IsMet)} of {checks.Count} targets are met.").AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture,
            $"Machine: {machine.Processor}, {machine.Cores} cores, {machine.MemoryGigabytes} GB, Linux {machine.Kernel}; {machine.Runtime}, {machine.Nginx}, {machine.Wrk}, {machine.OpenSsl}; {machine.Date} UTC.");
        foreach (var group in results.Rows.GroupBy(static row => row.Workload))
        {
            text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"## {group.Key}. {Titles[group.Key - 1]}").AppendLine();
            text.AppendLine("| | Anchorage | × nginx | × floor | spread | target |").AppendLine("|---|---|---|---|---|---|");
            foreach (var row in group)
            {
                text.AppendLine(CultureInfo.InvariantCulture,
                    $"| {row.Name} | {row.Figure} | {Ratio(row.ToNginx)} | {Ratio(row.ToFloor)} | {row.Spread} | {string.Join("; ", row.Checks.Select(Verdict))} |");
            }
            text.AppendLine();
            foreach (var row in group.Where(static row => row.Notes.Length > 0 || row.Command.Length > 0))
                text.AppendLine(CultureInfo.InvariantCulture, $"- {row.Name}: {row.Notes}{(row.Notes.Length > 0 && row.Command.Length > 0 ? ". " : "")}{(row.Command.Length > 0 ? $"({row.Command})" : "")}");
        }
        return text.Append(notes.Length > 0 ? "\n" + notes : "").ToString();
    }

    private static string Verdict(Check check) => check.IsMet ? $"{check.Target}: met ({check.Found})" : $"**{check.Target}: missed ({check.Found})**";

    private static string Ratio(double? ratio) => ratio is { } value ? value.ToString("0.00", CultureInfo.InvariantCulture) : "";
}

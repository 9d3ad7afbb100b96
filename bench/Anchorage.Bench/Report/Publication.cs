using Anchorage.Testing;

namespace Anchorage.Bench.Report;

/// <summary>Writes the table and the chart: into artifacts/bench always, into bench/ where it is asked for.</summary>
internal static class Publication
{
    public static void Write(Results results, BenchOptions options)
    {
        var notesFile = Repository.PathOf("bench", "notes.md");
        var table = ResultsTable.Write(results, File.Exists(notesFile) ? File.ReadAllText(notesFile) : "");
        var chart = ResultsChart.Write(results);
        WriteFile(Path.Combine(BenchOptions.Folder, $"RESULTS-{options.Kind}.md"), table);
        WriteFile(Path.Combine(BenchOptions.Folder, $"results-{options.Kind}.svg"), chart);
        if (options.Publishes)
        {
            WriteFile(Repository.PathOf("bench", "RESULTS.md"), table);
            WriteFile(Repository.PathOf("bench", "results.svg"), chart);
        }
        Console.Out.Write(table);
    }

    private static void WriteFile(string path, string content)
    {
        using var file = new StreamWriter(path);
        file.Write(content);
    }
}

using System.Runtime.InteropServices;
using System.Text.Json;
using Anchorage.Bench.Contestants;
using Anchorage.Testing;

namespace Anchorage.Bench.Report;

/// <summary>The machine and the programs that were measured.</summary>
internal sealed record Circumstances
{
    public string Processor { get; init; } = "";
    public int Cores { get; init; }
    public double MemoryGigabytes { get; init; }
    public string Kernel { get; init; } = "";
    public string Runtime { get; init; } = "";
    public string Nginx { get; init; } = "";
    public string Wrk { get; init; } = "";
    public string OpenSsl { get; init; } = "";
    public string Date { get; init; } = "";

    public static async Task<Circumstances> FindAsync(TestDirectory home, CancellationToken cancellationToken)
    {
        async Task<string> FirstLineAsync(string program, params string[] arguments) =>
            Commands.FindOnPath(program) is { } path
                ? (await Commands.RunAsync(path, arguments, home, cancellationToken)).AllText.Split('\n')[0].Trim()
                : "not installed";

        return new Circumstances
        {
            Processor = ProcessFacts.Processor,
            Cores = Environment.ProcessorCount,
            MemoryGigabytes = Math.Round(ProcessFacts.MemoryBytes / 1e9, 1),
            Kernel = ProcessFacts.Kernel,
            Runtime = RuntimeInformation.FrameworkDescription,
            Nginx = (await FirstLineAsync("nginx", "-v")).Replace("nginx version: ", "", StringComparison.Ordinal),
            Wrk = (await FirstLineAsync("wrk", "--version")).Split(" Copyright")[0],
            OpenSsl = await FirstLineAsync("openssl", "version"),
            Date = TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd HH:mm", System.Globalization.CultureInfo.InvariantCulture),
        };
    }
}

/// <summary>Everything measured, as it is kept in artifacts/bench/results.json: a workload that runs again replaces its rows.</summary>
internal sealed record Results
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerOptions.Web)
    {
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    public Circumstances Circumstances { get; init; } = new();

    public IReadOnlyList<Row> Rows { get; init; } = [];

    public static Results Read(string file)
    {
        if (!File.Exists(file))
            return new Results();
        using var stream = File.OpenRead(file);
        return JsonSerializer.Deserialize<Results>(stream, Json) ?? new Results();
    }

    public Results With(int workload, IReadOnlyList<Row> rows) =>
        this with { Rows = [.. Rows.Where(row => row.Workload != workload).Concat(rows).OrderBy(static row => row.Workload)] };

    public void Write(string file)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        using var stream = File.Create(file);
        JsonSerializer.Serialize(stream, this, Json);
    }
}

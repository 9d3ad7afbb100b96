using System.Globalization;
using Anchorage.Testing;

namespace Anchorage.Bench;

/// <summary>What the command line asks for.</summary>
internal sealed record BenchOptions
{
    public const int LastWorkload = 12;

    /// <summary>Tiny data and one short round: shows that the harness works, and nothing about speed.</summary>
    public bool IsQuick { get; init; } = true;

    /// <summary>The workloads to run, by their numbers.</summary>
    public IReadOnlySet<int> Only { get; init; } = Enumerable.Range(1, LastWorkload).ToHashSet();

    public int Rounds { get; init; }

    /// <summary>Length of one drive.</summary>
    public int Seconds { get; init; }

    public int Connections { get; init; }

    /// <summary>Prepares the data and measures nothing.</summary>
    public bool PreparesOnly { get; init; }

    /// <summary>Writes bench/RESULTS.md and bench/results.svg too, not only artifacts/bench.</summary>
    public bool Publishes { get; init; }

    public string Kind => IsQuick ? "quick" : "full";

    /// <summary>Everything that is written, except the published table.</summary>
    public static string Folder => Repository.PathOf("artifacts", "bench");

    public bool Runs(int workload) => Only.Contains(workload);

    /// <exception cref="ArgumentException">It asks for what there is not; the message says what.</exception>
    public static BenchOptions Read(string[] arguments)
    {
        var options = new BenchOptions();
        int? rounds = null, seconds = null, connections = null;
        for (var i = 0; i < arguments.Length; i++)
        {
            switch (arguments[i])
            {
                case "--quick":
                    options = options with { IsQuick = true };
                    break;
                case "--full":
                    options = options with { IsQuick = false };
                    break;
                case "--prepare":
                    options = options with { PreparesOnly = true };
                    break;
                case "--publish":
                    options = options with { Publishes = true };
                    break;
                case "--only":
                    options = options with { Only = Value().Split(',').Select(text => Number(text, 1, LastWorkload)).ToHashSet() };
                    break;
                case "--rounds":
                    rounds = Number(Value(), 1, 100);
                    break;
                case "--seconds":
                    seconds = Number(Value(), 1, 60);
                    break;
                case "--connections":
                    connections = Number(Value(), 1, 1000);
                    break;
                case var unknown:
                    throw new ArgumentException($"'{unknown}' is not an option: see bench/run --help.");
            }

            string Value() => ++i < arguments.Length ? arguments[i] : throw new ArgumentException($"{arguments[i - 1]} needs a value: see bench/run --help.");
        }
        if (options is { IsQuick: true, Publishes: true })
            throw new ArgumentException("--publish needs --full: quick figures say nothing about speed.");
        return options with
        {
            Rounds = rounds ?? (options.IsQuick ? 1 : 5),
            Seconds = seconds ?? (options.IsQuick ? 1 : 3),
            Connections = connections ?? (options.IsQuick ? 16 : 64),
        };
    }

    private static int Number(string text, int least, int most) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw new ArgumentException($"'{text}' is not a number from {least} to {most}.");
}

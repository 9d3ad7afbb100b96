using System.Globalization;
using Anchorage.Bench.Drives;

namespace Anchorage.Bench.Report;

/// <summary>A promise, what was found, and whether it is kept.</summary>
internal sealed record Check(string Target, string Found, bool IsMet)
{
    public static Check AtLeast(string what, double found, double least) => new($"≥ {Number(least)} {what}", Number(found), found >= least);

    public static Check AtMost(string what, double found, double most) => new($"≤ {Number(most)} {what}", Number(found), found <= most);

    private static string Number(double value) => value.ToString(Math.Abs(value) >= 100 ? "F0" : "0.###", CultureInfo.InvariantCulture);
}

/// <summary>A line of the table.</summary>
internal sealed record Row
{
    public required int Workload { get; init; }
    public required string Name { get; init; }
    public required string Figure { get; init; }
    public double? ToNginx { get; init; }
    public double? ToFloor { get; init; }

    /// <summary>Least and most of the rounds.</summary>
    public string Spread { get; init; } = "";

    public IReadOnlyList<Check> Checks { get; init; } = [];
    public string Notes { get; init; } = "";
    public string Command { get; init; } = "";

    /// <summary>Of each server, round by round.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<double>> Rates { get; init; } = new Dictionary<string, IReadOnlyList<double>>();

    public IReadOnlyDictionary<string, IReadOnlyList<Drive>> Drives { get; init; } = new Dictionary<string, IReadOnlyList<Drive>>();
}

/// <summary>Medians and how they are written.</summary>
internal static class Statistics
{
    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        if (sorted.Count == 0)
            return double.NaN;
        var middle = sorted.Count / 2;
        return sorted.Count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    public static string Spread(IReadOnlyCollection<double> values) =>
        values.Count == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"{values.Min():0.00}–{values.Max():0.00}");

    /// <summary>Three digits and a bit: more would claim what was not measured.</summary>
    public static string Text(double value) => value switch
    {
        >= 1000 => value.ToString("#,0", CultureInfo.InvariantCulture),
        >= 100 => value.ToString("F0", CultureInfo.InvariantCulture),
        >= 10 => value.ToString("F1", CultureInfo.InvariantCulture),
        _ => value.ToString("F2", CultureInfo.InvariantCulture),
    };
}

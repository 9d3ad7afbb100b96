using System.Globalization;

namespace Anchorage.Bench.Corpus;

/// <summary>A project to be published: how many wheels, of which size.</summary>
internal sealed record PlannedProject(string Name, int Files, int WheelsPerRelease = 1, int WheelBytes = 0, int MetadataBytes = 0);

/// <summary>
/// What a data directory holds, decided by numbers alone: the same plan gives the same names, versions and bytes every
/// time. File counts have the long tail of a real index: most projects have 5 to 30 files, a few have thousands.
/// </summary>
internal sealed record CorpusPlan(string Name, IReadOnlyList<PlannedProject> Projects, string Index = "main", int ListedNames = 0)
{
    /// <summary>The page that most workloads ask for.</summary>
    public const string TwentyFiles = "twenty-files";

    public const string ThousandsOfFiles = "thousands-of-files";

    /// <summary>One wheel of 10 kB whose metadata has 10 kB too.</summary>
    public const string SmallWheel = "small-wheel";

    public const string LargeWheel = "large-wheel";

    public const int SmallWheelBytes = 10_240;

    private static readonly string[] Stems =
    [
        "acorn", "basalt", "cedar", "delta", "ember", "fjord", "garnet", "harbor", "indigo", "juniper", "kelp", "lagoon", "maple", "nimbus", "onyx",
        "prairie", "quartz", "reef", "sable", "tundra", "umber", "velvet", "willow", "xenon", "yarrow", "zephyr",
    ];

    private static readonly string[] Endings = ["api", "cli", "client", "core", "data", "forms", "io", "lib", "model", "py", "server", "sync", "tools", "types", "utils", "web"];

    public int Files => Projects.Sum(static project => project.Files);

    /// <summary>10,000 projects with some 100,000 files; the quick one has the same shape in small.</summary>
    public static CorpusPlan Registry(bool isQuick) => isQuick
        ? new("main-quick", [.. Special(200, 400, 40, 2, 5 << 20), .. Usual(100 - 8, 1)])
        : new("main", [.. Special(5000, 10_000, 1000, 6, 200 << 20), .. Usual(10_000 - 12, 1)]);

    /// <summary>The twenty-file project among so many others of one file each.</summary>
    public static CorpusPlan Grown(int projects) => new(
        $"grown-{projects.ToString(CultureInfo.InvariantCulture)}",
        [new PlannedProject(TwentyFiles, 20, 4), .. Usual(projects - 1, 2).Select(static project => project with { Files = 1 })]);

    /// <summary>So many stored files in projects of ten.</summary>
    public static CorpusPlan Stored(int files) => new(
        $"stored-{files.ToString(CultureInfo.InvariantCulture)}",
        [new PlannedProject(TwentyFiles, 20, 4), .. Usual((files - 20) / 10, 3).Select(static project => project with { Files = 10 })]);

    /// <summary>
    /// A root list of so many names, beside a project with files; most names have no file (any more). In an index without
    /// sources: the list of <c>main</c> has its upstream's names in it.
    /// </summary>
    public static CorpusPlan Listed(int names) => new(
        $"listed-{names.ToString(CultureInfo.InvariantCulture)}", [new PlannedProject(TwentyFiles, 20, 4)], "names", names - 1);

    /// <summary>A name for each number, all different, as long as names on the public index are (13 characters on average).</summary>
    public static string NameOf(int number, int family)
    {
        var stem = Stems[number % Stems.Length];
        var ending = Endings[number / Stems.Length % Endings.Length];
        var rest = number / (Stems.Length * Endings.Length);
        var serial = rest == 0 ? "" : "-" + rest.ToString("x", CultureInfo.InvariantCulture);
        return $"{stem}-{ending}{serial}{(family > 1 ? "-" + (char)('a' + family) : "")}";
    }

    private static IEnumerable<PlannedProject> Special(int many, int most, int thousand, int thousands, int largeBytes) =>
    [
        new(TwentyFiles, 20, 4),
        new(ThousandsOfFiles, many, 4),
        new("most-files", most, 4),
        new(SmallWheel, 1, 1, SmallWheelBytes, SmallWheelBytes),
        new(LargeWheel, 1, 1, largeBytes),
        new("medium-wheel", 1, 1, largeBytes / 4),
        .. Enumerable.Range(1, thousands).Select(number => new PlannedProject($"many-files-{number}", thousand, 4)),
    ];

    private static IEnumerable<PlannedProject> Usual(int projects, int family)
    {
        // A fixed seed: the plan is the same on every machine.
        var random = new Random(family);
        for (var number = 0; number < projects; number++)
        {
            var files = 5 + (int)(26 * Math.Pow(random.NextDouble(), 6));
            yield return new PlannedProject(NameOf(number, family), files, random.Next(3) == 0 ? 4 : 1);
        }
    }
}

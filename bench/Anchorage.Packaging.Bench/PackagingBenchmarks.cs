using System.Buffers;
using BenchmarkDotNet.Attributes;

namespace Anchorage.Packaging.Bench;

/// <summary>Each method does what the case of the same name in <c>bench/reference.py</c> does.</summary>
[MemoryDiagnoser(displayGenColumns: false)]
public class PackagingBenchmarks
{
    private static readonly ProjectName Numpy = ProjectName.Parse("numpy");
    private static readonly Uri PageUrl = new("https://index.example/simple/numpy/");

    private readonly string[] texts = Workloads.Versions;
    private readonly PackageVersion[] versions = [.. Workloads.Versions.Select(PackageVersion.Parse)];
    private readonly PackageVersion[] sorting;
    private readonly VersionSpecifiers specifiers = VersionSpecifiers.Parse(Workloads.Specifiers);
    private readonly string[] requirements = Workloads.Requirements;
    private readonly string[] markers = Workloads.Markers;
    private readonly EnvironmentMarker[] parsedMarkers = [.. Workloads.Markers.Select(text => EnvironmentMarker.TryParse(text, out var marker, out var problem) ? marker : throw new FormatException(problem))];
    private readonly Dictionary<string, string> environment = new()
    {
        ["implementation_name"] = "cpython",
        ["implementation_version"] = "3.13.0",
        ["os_name"] = "posix",
        ["platform_machine"] = "x86_64",
        ["platform_release"] = "6.1.0",
        ["platform_system"] = "Linux",
        ["platform_version"] = "#1 SMP",
        ["python_full_version"] = "3.13.0",
        ["platform_python_implementation"] = "CPython",
        ["python_version"] = "3.13",
        ["sys_platform"] = "linux",
        ["extra"] = "test",
    };
    private readonly string[] wheelNames = Workloads.WheelNames;
    private readonly byte[] metadata = Workloads.LargeMetadata;
    private readonly byte[] manyFields = Workloads.ManyFields;
    private readonly byte[] json = Workloads.JsonPage;
    private readonly byte[] html = Workloads.HtmlPage;
    private readonly ProjectDetail page;
    private readonly ArrayBufferWriter<byte> output = new(4 << 20);

    public PackagingBenchmarks()
    {
        // One fixed disorder: sorted input is the easy case of any sort.
        new Random(1).Shuffle(versions);
        sorting = new PackageVersion[versions.Length];
        page = SimpleJson.ReadProject(json, Numpy, PageUrl);
    }

    [Benchmark]
    public int ParseVersions()
    {
        var count = 0;
        foreach (var text in texts)
            count += PackageVersion.TryParse(text, out _) ? 1 : 0;
        return count;
    }

    [Benchmark]
    public int CompareVersions()
    {
        var count = 0;
        for (var i = 1; i < versions.Length; i++)
            count += versions[i - 1] < versions[i] ? 1 : 0;
        return count;
    }

    [Benchmark]
    public PackageVersion SortVersions()
    {
        versions.CopyTo(sorting, 0);
        Array.Sort(sorting);
        return sorting[0];
    }

    [Benchmark]
    public int JudgeSpecifiers()
    {
        var count = 0;
        foreach (var version in versions)
            count += specifiers.Contains(version) ? 1 : 0;
        return count;
    }

    [Benchmark]
    public int ParseRequirements()
    {
        var count = 0;
        foreach (var text in requirements)
            count += Requirement.TryParse(text, out _, out _) ? 1 : 0;
        return count;
    }

    [Benchmark]
    public int ParseMarkers()
    {
        var count = 0;
        foreach (var text in markers)
            count += EnvironmentMarker.TryParse(text, out _, out _) ? 1 : 0;
        return count;
    }

    [Benchmark]
    public int EvaluateMarkers()
    {
        var count = 0;
        foreach (var marker in parsedMarkers)
            count += marker.Evaluate(environment) ? 1 : 0;
        return count;
    }

    [Benchmark]
    public int ParseWheelNames()
    {
        var count = 0;
        foreach (var name in wheelNames)
            count += DistributionFilename.TryParse(name, out _, out _) ? 1 : 0;
        return count;
    }

    [Benchmark]
    public bool ReadMetadata() => CoreMetadata.TryParse(metadata, out _, out _);

    [Benchmark]
    public int CheckMetadata() => CoreMetadata.TryParse(metadata, out var parsed, out _) ? parsed.FindFaults().Count : -1;

    [Benchmark]
    public int CheckManyFields() => CoreMetadata.TryParse(manyFields, out var parsed, out _) ? parsed.FindFaults().Count : -1;

    [Benchmark]
    public ProjectDetail ReadJsonPage() => SimpleJson.ReadProject(json, Numpy, PageUrl);

    [Benchmark]
    public ProjectDetail ReadHtmlPage() => SimpleHtml.ReadProject(html, Numpy, PageUrl);

    [Benchmark]
    public int WriteJsonPage()
    {
        output.ResetWrittenCount();
        SimpleJson.WriteProject(output, page);
        return output.WrittenCount;
    }

    [Benchmark]
    public int WriteHtmlPage()
    {
        output.ResetWrittenCount();
        SimpleHtml.WriteProject(output, page);
        return output.WrittenCount;
    }
}

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
    private readonly byte[] metadata = Workloads.Metadata;
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
    public bool ReadMetadata() => CoreMetadata.TryParse(metadata, out _, out _);

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

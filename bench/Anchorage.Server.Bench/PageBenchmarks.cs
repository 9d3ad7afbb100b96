using System.Buffers;
using System.Globalization;
using Anchorage.Packaging;
using Anchorage.Server.Index;
using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Primitives;

namespace Anchorage.Server.Bench;

/// <summary>What happens once per change of a project (rendering, ordering) and once per request (negotiation).</summary>
[MemoryDiagnoser(displayGenColumns: false)]
public class PageBenchmarks
{
    private readonly string pipAccept = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html; q=0.1, text/html; q=0.01";

    private readonly StringValues pipCodings = "gzip, deflate";
    private readonly string otherAccept = "text/html;q=0.9, application/vnd.pypi.simple.latest+json;q=0.8, */*;q=0.1";
    private readonly StringValues otherCodings = "br;q=0.8, gzip;q=0.9, *;q=0.1";

    private readonly ArrayBufferWriter<byte> output = new(8 << 20);
    private readonly ProjectDetail small = Project(20);
    private readonly ProjectDetail large = Project(5000);
    private readonly string[] versions;
    private readonly string[] sorting;

    public PageBenchmarks()
    {
        versions = [.. large.Versions!];
        // One fixed disorder: sorted input is the easy case of any sort.
        new Random(1).Shuffle(versions);
        sorting = new string[versions.Length];
    }

    [Benchmark]
    public int RenderJsonOf20() => Render(small, json: true);

    [Benchmark]
    public int RenderHtmlOf20() => Render(small, json: false);

    [Benchmark]
    public int RenderJsonOf5000() => Render(large, json: true);

    [Benchmark]
    public int RenderHtmlOf5000() => Render(large, json: false);

    [Benchmark]
    public string Order1250Versions()
    {
        versions.CopyTo(sorting, 0);
        Array.Sort(Array.ConvertAll(sorting, VersionOrder.Key), sorting);
        return sorting[0];
    }

    [Benchmark]
    public int NegotiateAsPip() => (int)SimpleNegotiation.Choose(pipAccept, null) + (int)Negotiation.ChooseCoding(pipCodings);

    [Benchmark]
    public int NegotiateAnyOther() =>
        (int)SimpleNegotiation.Choose(otherAccept, null) + (int)Negotiation.ChooseCoding(otherCodings);

    private int Render(ProjectDetail detail, bool json)
    {
        output.ResetWrittenCount();
        PageRendering.Write(output, detail, "main", json);
        return output.WrittenCount;
    }

    private static ProjectDetail Project(int files)
    {
        var name = ProjectName.Parse("measured");
        var all = new List<ProjectFile>();
        var releases = new List<string>();
        for (var number = 0; number < files; number++)
        {
            var release = number / 4;
            var version = string.Create(CultureInfo.InvariantCulture, $"{release / 100}.{release / 10 % 10}.{release % 10}");
            if (number % 4 == 0)
                releases.Add(version);
            var digest = Sha256Digest.Of(BitConverter.GetBytes(number)).ToString();
            all.Add(new ProjectFile
            {
                Filename = $"measured-{version}-cp31{number % 4}-cp31{number % 4}-manylinux_2_17_x86_64.whl",
                Url = "unused",
                Hashes = new Dictionary<string, string>(1) { ["sha256"] = digest },
                Size = 10_000 + number,
                HasCoreMetadata = true,
                CoreMetadataHashes = new Dictionary<string, string>(1) { ["sha256"] = digest },
                RequiresPython = ">=3.9",
                UploadTime = "2026-01-02T03:04:05.678901Z",
            });
        }
        return new ProjectDetail { Name = name, Files = all, Versions = releases, LastSerial = 1 };
    }
}

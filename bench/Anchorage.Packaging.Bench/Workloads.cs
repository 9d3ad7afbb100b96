using System.IO.Compression;
using System.Text.Json;

namespace Anchorage.Packaging.Bench;

/// <summary>What is measured, from the shared data: the same bytes and texts that <c>bench/reference.py</c> takes.</summary>
internal static class Workloads
{
    /// <summary>The folder of the shared data; the benchmark program sets it before anything runs.</summary>
    public static string Root => Environment.GetEnvironmentVariable("ANCHORAGE_VECTORS") ?? throw new InvalidOperationException("ANCHORAGE_VECTORS names no folder: start this by bench/packaging.");

    public static byte[] JsonPage => File.ReadAllBytes(Path.Combine(Root, "micropip", "pypi_response", "numpy_simple.json"));

    public static byte[] HtmlPage => File.ReadAllBytes(Path.Combine(Root, "micropip", "pypi_response", "numpy_simple.html"));

    /// <summary>The 92 versions of the reference's tests, which take every form, and those of the large page.</summary>
    public static string[] Versions
    {
        get
        {
            using var oracle = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Root, "packaging-vectors", "oracle_versions.json")));
            using var page = JsonDocument.Parse(JsonPage);
            return
            [
                .. oracle.RootElement.GetProperty("ordered").EnumerateArray().Select(text => text.GetString()!),
                .. page.RootElement.GetProperty("versions").EnumerateArray().Select(text => text.GetString()!),
            ];
        }
    }

    public const string Specifiers = ">=1.9, !=1.20.*, <2, ~=1.0";

    /// <summary>Requires-Dist of every wheel and sdist of the shared data, but for the one that was made to be wrong.</summary>
    public static string[] Requirements
    {
        get
        {
            using var oracle = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Root, "artifact-oracle.json")));
            return
            [
                .. from artifact in oracle.RootElement.EnumerateArray()
                   where artifact.TryGetProperty("metadata", out var metadata) && metadata.TryGetProperty("requires_dist", out _)
                   from text in artifact.GetProperty("metadata").GetProperty("requires_dist").EnumerateArray()
                   where !text.GetString()!.StartsWith("invalid-", StringComparison.Ordinal)
                   select text.GetString(),
            ];
        }
    }

    /// <summary>The markers of these.</summary>
    public static string[] Markers => [.. Requirements.Where(text => text.Contains(';')).Select(text => text.Split(';', 2)[1].Trim())];

    /// <summary>The wheels of the large page.</summary>
    public static string[] WheelNames
    {
        get
        {
            using var page = JsonDocument.Parse(JsonPage);
            return [.. page.RootElement.GetProperty("files").EnumerateArray().Select(file => file.GetProperty("filename").GetString()!).Where(name => name.EndsWith(".whl", StringComparison.Ordinal))];
        }
    }

    /// <summary>The largest METADATA of the shared data.</summary>
    public static byte[] LargeMetadata => ReadMetadata(Path.Combine("rip", "wheels", "miniblack-23.1.0-py3-none-any.whl"), "miniblack-23.1.0.dist-info/METADATA");

    /// <summary>The METADATA with the most fields.</summary>
    public static byte[] ManyFields => ReadMetadata(Path.Combine("virtualenv-embed", "setuptools-83.0.0-py3-none-any.whl"), "setuptools-83.0.0.dist-info/METADATA");

    private static byte[] ReadMetadata(string wheelPath, string member)
    {
        using var wheel = ZipFile.OpenRead(Path.Combine(Root, wheelPath));
        using var content = wheel.GetEntry(member)!.Open();
        var bytes = new MemoryStream();
        content.CopyTo(bytes);
        return bytes.ToArray();
    }
}

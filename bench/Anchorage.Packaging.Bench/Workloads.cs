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

    public static byte[] Metadata
    {
        get
        {
            using var wheel = ZipFile.OpenRead(Path.Combine(Root, "rip", "wheels", "miniblack-23.1.0-py3-none-any.whl"));
            using var content = wheel.GetEntry("miniblack-23.1.0.dist-info/METADATA")!.Open();
            var bytes = new MemoryStream();
            content.CopyTo(bytes);
            return bytes.ToArray();
        }
    }
}

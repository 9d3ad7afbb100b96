using System.Buffers;
using System.Text;

namespace Anchorage.Packaging.Tests;

/// <summary>Pages as text, for the tests of the Simple API.</summary>
internal static class Pages
{
    public static readonly ProjectName Sample = ProjectName.Parse("sample");

    public static readonly Uri SampleUrl = new("https://index.example/root/simple/sample/");

    public static ProjectDetail ReadJson(string json, string name = "sample", Uri? pageUrl = null) =>
        SimpleJson.ReadProject(Encoding.UTF8.GetBytes(json), ProjectName.Parse(name), pageUrl);

    public static ProjectDetail ReadHtml(string html, string name = "sample", Uri? pageUrl = null) =>
        SimpleHtml.ReadProject(Encoding.UTF8.GetBytes(html), ProjectName.Parse(name), pageUrl ?? SampleUrl);

    /// <summary>A JSON page with one file, given the file's fields after its name.</summary>
    public static string JsonWithFile(string fields) =>
        $$"""{"meta":{"api-version":"1.4"},"name":"sample","files":[{"filename":"sample-1.0.tar.gz",{{fields}}}]}""";

    /// <summary>An HTML page with these anchors.</summary>
    public static string HtmlWith(string anchors, string head = "") =>
        $"<!DOCTYPE html>\n<html>\n<head>{head}<title>Links for sample</title></head>\n<body>\n<h1>Links for sample</h1>\n{anchors}\n</body>\n</html>\n";

    public static string Json(ProjectDetail project) => Text(output => SimpleJson.WriteProject(output, project));

    public static string Html(ProjectDetail project) => Text(output => SimpleHtml.WriteProject(output, project));

    public static string Text(Action<IBufferWriter<byte>> write)
    {
        var output = new ArrayBufferWriter<byte>();
        write(output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    public static readonly string Digest = new('a', 64);
}

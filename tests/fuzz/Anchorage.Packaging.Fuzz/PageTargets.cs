using System.Buffers;

namespace Anchorage.Packaging.Fuzz;

/// <summary>Pages of other indexes: read or refused with a FormatException; what was read can be written, and read again.</summary>
internal static class PageTargets
{
    private static readonly ProjectName Sample = ProjectName.Parse("sample");
    private static readonly Uri PageUrl = new("https://index.example/root/simple/sample/");

    public static void ReadJsonProject(byte[] content)
    {
        Try(() => Check(SimpleJson.ReadProject(content, Sample, PageUrl)));
        Try(() => SimpleJson.WriteProject(new ArrayBufferWriter<byte>(), SimpleJson.ReadProject(content, Sample)));
    }

    public static void ReadHtmlProject(byte[] content) => Try(() => Check(SimpleHtml.ReadProject(content, Sample, PageUrl)));

    public static void ReadJsonList(byte[] content) => Try(() => Check(SimpleJson.ReadList(content)));

    public static void ReadHtmlList(byte[] content) => Try(() => Check(SimpleHtml.ReadList(content)));

    private static void Try(Action read)
    {
        try
        {
            read();
        }
        catch (FormatException)
        {
        }
    }

    /// <summary>A refusal inside of here is no refusal of a foreign page: it is a page of ours that cannot be read.</summary>
    private static void Check(ProjectDetail page)
    {
        foreach (var file in page.Files)
        {
            BrokenPromiseException.Unless(Uri.TryCreate(file.Url, UriKind.Absolute, out var url) && url.Scheme is "http" or "https", "every URL is absolute, of http or https: " + file.Url);
            BrokenPromiseException.Unless(file.Filename.Length > 0 && !file.Filename.Any(c => c is '/' or '\\' || char.IsControl(c)), "every file name is a plain name");
            BrokenPromiseException.Unless(file.Hashes.Values.All(digest => digest.All(char.IsAsciiHexDigitLower)), "every digest is lower-case hexadecimal");
        }
        try
        {
            var json = Written(output => SimpleJson.WriteProject(output, page));
            var again = SimpleJson.ReadProject(json, Sample);
            BrokenPromiseException.Unless(again.LeftOut.Count == 0 && again.Files.Count == page.Files.Count, "every file that was written as JSON is read again");
            BrokenPromiseException.Unless(Written(output => SimpleJson.WriteProject(output, again)).AsSpan().SequenceEqual(json), "JSON that was read is written the same");
            var html = Written(output => SimpleHtml.WriteProject(output, page));
            BrokenPromiseException.Unless(html.Length > 0, "HTML can be written");
        }
        catch (FormatException e)
        {
            throw new BrokenPromiseException("a page that was written can be read: " + e.Message);
        }
    }

    private static void Check(ProjectList list)
    {
        try
        {
            var json = Written(output => SimpleJson.WriteList(output, list));
            BrokenPromiseException.Unless(SimpleJson.ReadList(json).Projects.Count == list.Projects.Count, "every project that was written as JSON is read again");
            var html = Written(output => SimpleHtml.WriteList(output, list));
            BrokenPromiseException.Unless(SimpleHtml.ReadList(html).Projects.Count == list.Projects.Count, "every project that was written as HTML is read again");
        }
        catch (FormatException e)
        {
            throw new BrokenPromiseException("a page that was written can be read: " + e.Message);
        }
    }

    private static byte[] Written(Action<IBufferWriter<byte>> write)
    {
        var output = new ArrayBufferWriter<byte>();
        write(output);
        return output.WrittenSpan.ToArray();
    }
}

using System.Buffers;
using System.Text;
using CsCheck;

namespace Anchorage.Packaging.Tests;

public class SimplePropertyTests
{
    private static readonly Gen<string> Printable = Gen.String[Gen.OneOf(Gen.Char[' ', '~'], Gen.Char['\u00a0', '\u07ff'], Gen.Char["\t\r\n"]), 0, 20];

    // White space at the ends aside, any text that a file name or a reason may hold.
    private static readonly Gen<string> Filename =
        Gen.Select(Gen.String[Gen.Char["abcXYZ019._-+!<>\"'& éß"], 1, 20], Gen.OneOfConst(".whl", ".tar.gz", ".zip")).Select((stem, extension) => "a" + stem + extension);

    private static readonly Gen<ProjectFile> File =
        from filename in Filename
        from digest in Gen.Char["0123456789abcdef"].Array[64]
        from hashed in Gen.Bool
        from requires in Printable
        from size in Gen.Long[0, long.MaxValue]
        from yanked in Printable
        from flags in Gen.Int[0, 63]
        select new ProjectFile
        {
            Filename = filename,
            Url = "https://files.example/" + Uri.EscapeDataString(filename),
            Hashes = hashed ? new Dictionary<string, string> { ["sha256"] = new(digest) } : [],
            RequiresPython = (flags & 1) != 0 ? requires : null,
            Size = (flags & 2) != 0 ? size : null,
            YankedReason = (flags & 4) != 0 ? yanked : null,
            HasCoreMetadata = (flags & 8) != 0,
            CoreMetadataHashes = (flags & 24) == 24 ? new Dictionary<string, string> { ["sha256"] = new(digest) } : [],
            GpgSig = (flags & 32) != 0 ? true : null,
        };

    private static readonly Gen<ProjectDetail> Page =
        from files in File.Array[0, 8]
        from serial in Gen.Long[0, long.MaxValue]
        from reason in Printable
        from flags in Gen.Int[0, 7]
        select new ProjectDetail
        {
            Name = Pages.Sample,
            LastSerial = (flags & 1) != 0 ? serial : null,
            Versions = ["1.0"],
            Files = files,
            Status = (flags & 2) != 0 ? new ProjectStatus("archived", (flags & 4) != 0 ? reason : null) : null,
        };

    [Fact]
    public void Json_that_was_written_is_read_back_the_same() => Page.Sample(page =>
    {
        var json = Pages.Json(page);
        var read = Pages.ReadJson(json);
        return read.LeftOut.Count == 0 && Pages.Json(read) == json && Same(page, read, html: false);
    });

    [Fact]
    public void Html_that_was_written_is_read_back_the_same() => Page.Sample(page =>
    {
        var html = Pages.Html(page);
        var read = Pages.ReadHtml(html);
        return read.LeftOut.Count == 0 && Pages.Html(read) == html && Same(page, read, html: true);
    });

    [Fact]
    public void Html_and_json_of_a_page_agree() => Page.Sample(page =>
        Same(Pages.ReadJson(Pages.Json(page)), Pages.ReadHtml(Pages.Html(page)), html: true));

    [Fact]
    public void Damaged_pages_are_read_or_refused_and_nothing_else() =>
        Gen.Select(Page, Gen.Bool, Gen.Select(Gen.Int[0, 5000], Gen.Byte).Array[1, 8]).Sample((page, json, changes) =>
        {
            var bytes = Encoding.UTF8.GetBytes(json ? Pages.Json(page) : Pages.Html(page));
            foreach (var (at, value) in changes)
                bytes[at % bytes.Length] = value;
            try
            {
                var read = json ? SimpleJson.ReadProject(bytes, Pages.Sample) : SimpleHtml.ReadProject(bytes, Pages.Sample, Pages.SampleUrl);
                // What was accepted can be written in both forms.
                SimpleJson.WriteProject(new ArrayBufferWriter<byte>(), read);
                SimpleHtml.WriteProject(new ArrayBufferWriter<byte>(), read);
                SimpleHtml.ReadList(bytes);
            }
            catch (FormatException)
            {
            }
        });

    /// <summary>Plain addresses are told by their characters; a URL parser would have said the same.</summary>
    [Fact]
    public void Every_address_that_is_kept_is_one_for_a_url_parser_too() =>
        Gen.Select(Gen.OneOfConst("https://", "http://", "https:", "HTTPS://"), Gen.String[Gen.Char["ab9.-_:@xn[]0"], 0, 12], Gen.String[Gen.Char[' ', '~'], 0, 12]).Sample((scheme, host, path) =>
        {
            if (!ListedFile.TryResolveUrl($"{scheme}{host}/{path}", null, out var resolved) || !Uri.TryCreate(resolved, UriKind.Absolute, out var url))
                return resolved is null;
            return url.Scheme is "https" or "http" && url.Host.Length > 0;
        }, iter: 50_000);

    [Fact]
    public void Every_accept_header_has_an_answer() =>
        Gen.String[Gen.Char["aq=01./*+;, \"\\texhmljson"], 0, 60].Sample(accept => Enum.IsDefined(SimpleNegotiation.Choose(accept, accept)));

    private static bool Same(ProjectDetail left, ProjectDetail right, bool html) =>
        left.Name == right.Name && left.LastSerial == right.LastSerial && left.Status == right.Status
        && left.Files.Select(file => Facts(file, html)).SequenceEqual(right.Files.Select(file => Facts(file, html)));

    // HTML has no size, and no difference between an empty and an absent Requires-Python.
    private static string Facts(ProjectFile file, bool html) => string.Join('\u0001',
        file.Filename, file.Url, Hashes(file.Hashes), html && file.RequiresPython is "" ? "\u0002" : file.RequiresPython ?? "\u0002", html ? null : file.Size,
        file.YankedReason ?? "\u0002", file.HasCoreMetadata, Hashes(file.CoreMetadataHashes), file.GpgSig);

    private static string Hashes(IReadOnlyDictionary<string, string> hashes) => string.Join(',', hashes.Select(hash => $"{hash.Key}={hash.Value}"));
}

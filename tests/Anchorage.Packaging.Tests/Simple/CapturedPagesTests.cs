using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Anchorage.Packaging.Tests;

/// <summary>Pages that real indexes served.</summary>
public class CapturedPagesTests
{
    private static readonly string[] PublicProjects = ["black", "numpy", "pytest", "pytz", "snowballstemmer"];

    private static byte[] Bytes(string relative) => File.ReadAllBytes(Vectors.PathOf(relative));

    private static ProjectDetail Json(string relative, string project) => SimpleJson.ReadProject(Bytes(relative), ProjectName.Parse(project));

    private static ProjectDetail Html(string relative, string project) =>
        SimpleHtml.ReadProject(Bytes(relative), ProjectName.Parse(project), new Uri($"https://pypi.org/simple/{project}/"));

    [Fact]
    public void Numpy_has_2210_files_in_both_forms()
    {
        Assert.Equal(2210, Json("micropip/pypi_response/numpy_simple.json", "numpy").Files.Count);
        Assert.Equal(2210, Html("micropip/pypi_response/numpy_simple.html", "numpy").Files.Count);
    }

    [Fact]
    public void Html_and_json_of_one_project_say_the_same()
    {
        var files = 0;
        foreach (var project in PublicProjects)
        {
            var json = Json($"micropip/pypi_response/{project}_simple.json", project);
            var html = Html($"micropip/pypi_response/{project}_simple.html", project);
            Assert.Equal(json.Files.Select(Facts), html.Files.Select(Facts));
            Assert.Equal(json.LastSerial, html.LastSerial);
            files += json.Files.Count;
        }
        Vectors.AssertCount(3500, files);

        static string Facts(ProjectFile file) =>
            $"{file.Filename} {new Uri(file.Url).AbsolutePath} {file.Hashes["sha256"]} {(file.RequiresPython is "" ? null : file.RequiresPython)} {file.YankedReason ?? "-"} {file.HasCoreMetadata}";
    }

    [Fact]
    public void Json_pages_survive_reading_and_writing_without_loss()
    {
        var pages = 0;
        foreach (var (path, project) in JsonPages())
        {
            var page = Json(path, project);
            Assert.Empty(page.LeftOut);
            var written = Pages.Json(page);
            var source = Comparable(JsonNode.Parse(Bytes(path))!.AsObject(), page);
            var result = Comparable(JsonNode.Parse(written)!.AsObject(), page);
            Assert.Equal(source.ToJsonString(), result.ToJsonString());
            Assert.Equal(written, Pages.Json(Pages.ReadJson(written, project)));
            pages++;
        }
        Vectors.AssertCount(10, pages);
    }

    private static IEnumerable<(string Path, string Project)> JsonPages() =>
    [
        .. PublicProjects.Append("xo-gd").Select(project => ($"micropip/pypi_response/{project}_simple.json", project)),
        .. new[] { "argset", "argset-700", "argset-708", "argset-relative" }.Select(file => ($"pypi-simple/{file}.json", "argset")),
        ("pypi-simple/yanked.json", "yanked"),
    ];

    // Without what the writer may change: the order of fields, the version number, null for absent, the derived versions, the second spelling.
    private static JsonObject Comparable(JsonObject page, ProjectDetail source)
    {
        page["meta"]!["api-version"] = "1.4";
        if (source.Versions is null)
            page.Remove("versions");
        foreach (var file in page["files"]!.AsArray().Select(file => file!.AsObject()))
        {
            file["core-metadata"] ??= file["dist-info-metadata"]?.DeepClone() ?? file["data-dist-info-metadata"]?.DeepClone() ?? false;
            file.Remove("dist-info-metadata");
            file.Remove("data-dist-info-metadata");
            foreach (var (name, value) in file.ToList())
            {
                if (value is null)
                    file.Remove(name);
            }
        }
        return Sorted(page);
    }

    private static JsonObject Sorted(JsonObject source) => new(source
        .OrderBy(field => field.Key, StringComparer.Ordinal)
        .Select(field => KeyValuePair.Create(field.Key, field.Value switch
        {
            JsonObject inner => Sorted(inner),
            JsonArray array => new JsonArray([.. array.Select(item => item is JsonObject inner ? (JsonNode)Sorted(inner) : item?.DeepClone())]),
            var value => value?.DeepClone(),
        })));

    [Fact]
    public void Html_pages_are_written_with_the_lines_that_the_public_index_wrote()
    {
        foreach (var project in PublicProjects.Except(["black"])) // That page was saved with relative URLs; they come out absolute.
        {
            var source = File.ReadAllText(Vectors.PathOf($"micropip/pypi_response/{project}_simple.html"));
            var page = Html($"micropip/pypi_response/{project}_simple.html", project);
            Assert.Equal(Links(source), Links(Pages.Html(page)));
        }

        static List<string> Links(string html) => [.. Regex.Matches(html, "^    <a .*$|^<!--.*-->$", RegexOptions.Multiline).Select(match => match.Value)];
    }

    [Theory]
    [InlineData("pypi-simple/qypi.html", "qypi", 12)]
    [InlineData("pypi-simple/qypi_base.html", "qypi", 4)]
    [InlineData("pypi-simple/qypi_mixed.html", "qypi", 5)]
    [InlineData("pypi-simple/qypi_repo_version.html", "qypi", 2)]
    [InlineData("pypi-simple/qypi-708.html", "qypi", 2)]
    [InlineData("pypi-simple/aws-adfs-ebsco.html", "aws-adfs-ebsco", 2)]
    [InlineData("pypi-simple/devpi_devpi.html", "devpi", 5)]
    [InlineData("pypi-simple/session01/in-place.html", "in-place", 6)]
    [InlineData("micropip/pypi_response/relative-urls-test_simple.html", "relative-url-test", 7)]
    [InlineData("micropip/pypi_response/xo-gd_simple.html", "xo-gd", 0)]
    [InlineData("dependabot-pypi/pypi_simple_response.html", "luigi", 0)]
    [InlineData("dependabot-pypi/pypi_simple_response_attrs.html", "attrs", 0)]
    [InlineData("dependabot-pypi/pypi_simple_response_capital.html", "luigi", 0)]
    [InlineData("dependabot-pypi/pypi_simple_response_django.html", "django", 0)]
    [InlineData("dependabot-pypi/pypi_simple_response_extra.html", "luigi", 0)]
    [InlineData("dependabot-pypi/pypi_simple_response_multiline.html", "luigi", 0)]
    [InlineData("dependabot-pypi/pypi_simple_response_requests.html", "requests", 0)]
    [InlineData("dependabot-pypi/pypi_simple_response_space.html", "luigi-ext", 0)]
    [InlineData("dependabot-pypi/pypi_simple_response_underscore.html", "luigi-ext", 0)]
    [InlineData("dependabot-pypi/pypi_simple_response_urllib3.html", "urllib3", 0)]
    [InlineData("dependabot-pypi/pypi_simple_response_yanked.html", "luigi", 0)]
    [InlineData("dependabot-pypi/pypi_simple_response_zip.html", "luigi", 0)]
    [InlineData("pip/indexes/datarequire/fakepackage/index.html", "fakepackage", 5)]
    [InlineData("pip/indexes/dev/bar/index.html", "bar", 2)]
    [InlineData("pip/indexes/pre/bar/index.html", "bar", 3)]
    [InlineData("pip/indexes/in dex/simple/index.html", "simple", 1)]
    [InlineData("pip/indexes/invalid-version/invalid-version/index.html", "invalid-version", 2)]
    [InlineData("pip/indexes/yanked/simple/index.html", "simple", 3)]
    [InlineData("pip/indexes/yanked_all/simple/index.html", "simple", 3)]
    public void Html_of_many_kinds_of_index_is_read_whole(string path, string project, int expected)
    {
        var page = Html(path, project);
        Assert.Empty(page.LeftOut);
        Assert.Equal(expected > 0 ? expected : CountLinks(path), page.Files.Count);
        Assert.All(page.Files, file => Assert.StartsWith("http", file.Url, StringComparison.Ordinal));

        // Independent of the reader: links in the text that end like a distribution, with or without a fragment.
        static int CountLinks(string path) =>
            Regex.Count(File.ReadAllText(Vectors.PathOf(path)), """<a[^>]*href="[^"#]*\.(whl|tar\.gz|zip|exe|egg|tar\.bz2|tgz)[#"]""");
    }

    [Fact]
    public void Yanks_of_a_mixed_page_are_kept()
    {
        var page = Html("pypi-simple/qypi_mixed.html", "qypi");
        Assert.Equal(["Metadata was smelly", "", "", null, null], page.Files.Select(file => file.YankedReason));
        Assert.Equal([null, null, true, true, false], page.Files.Select(file => file.GpgSig));
    }

    [Fact]
    public void A_deprecated_project_says_so_in_both_forms()
    {
        var status = new ProjectStatus("deprecated", "Dev is tired of project");
        Assert.Equal(status, Html("pypi-simple/qypi-708.html", "qypi").Status);
        Assert.Equal(status, Json("pypi-simple/argset-708.json", "argset").Status);
    }

    [Fact]
    public void Json_with_a_trailing_comma_is_refused() =>
        Assert.Throws<FormatException>(() => Json("micropip/pypi_response/fake-pkg-micropip-test_simple.json", "fake-pkg-micropip-test"));

    [Fact]
    public void The_page_that_an_index_shows_to_people_is_refused() =>
        Assert.Throws<FormatException>(() => Html("dependabot-pypi/pypi_simple_response_devpi.html", "luigi"));

    [Fact]
    public void An_empty_file_where_a_page_should_be_is_refused() =>
        Assert.Throws<FormatException>(() => Html("pip/indexes/empty_with_pkg/index.html", "simple"));

    [Theory]
    [InlineData("pypi-simple/simple01.html", 20)]
    [InlineData("pypi-simple/simple_base.html", 5)]
    [InlineData("pypi-simple/simple_devpi.html", 18)]
    [InlineData("pypi-simple/simple_repo_version.html", 5)]
    [InlineData("pypi-simple/session01/simple.html", 3)]
    public void Root_pages_are_read_whole(string path, int projects) => Assert.Equal(projects, SimpleHtml.ReadList(Bytes(path)).Projects.Count);

    [Fact]
    public void Every_prefix_of_a_page_is_refused_and_none_is_half_a_project()
    {
        var html = Bytes("pypi-simple/qypi.html");
        var end = html.AsSpan().IndexOf("</body>"u8);
        for (var length = 0; length < end; length++)
        {
            var prefix = html.AsMemory(0, length);
            Assert.Throws<FormatException>(() => SimpleHtml.ReadProject(prefix, ProjectName.Parse("qypi"), new Uri("https://pypi.org/simple/qypi/")));
        }
        var json = Bytes("pypi-simple/argset-708.json").AsSpan().TrimEnd("\r\n "u8).ToArray();
        for (var length = 0; length < json.Length; length++)
        {
            var prefix = json.AsMemory(0, length);
            Assert.Throws<FormatException>(() => SimpleJson.ReadProject(prefix, ProjectName.Parse("argset")));
        }
    }
}

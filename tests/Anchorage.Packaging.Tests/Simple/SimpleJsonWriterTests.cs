using System.Text.Json;

namespace Anchorage.Packaging.Tests;

public class SimpleJsonWriterTests
{
    private static readonly ProjectFile Plain = new() { Filename = "sample-1.0.tar.gz", Url = "sample-1.0.tar.gz" };

    [Fact]
    public void A_page_is_written_with_sorted_fields_and_ends_with_a_newline()
    {
        var page = new ProjectDetail
        {
            Name = Pages.Sample,
            ApiVersion = "1.0",
            LastSerial = 5,
            Versions = ["1.10", "1.2", "1.2rc1"],
            Status = new ProjectStatus("archived", "moved"),
            Files =
            [
                new ProjectFile
                {
                    Filename = "sample-1.2-py3-none-any.whl",
                    Url = "https://files.example/sample-1.2-py3-none-any.whl",
                    Hashes = new Dictionary<string, string> { ["sha256"] = "ab", ["md5"] = "cd" },
                    RequiresPython = ">=3.8",
                    Size = 3,
                    UploadTime = "2024-01-01T00:00:00Z",
                    YankedReason = "wrong <b>",
                    HasCoreMetadata = true,
                    CoreMetadataHashes = new Dictionary<string, string> { ["sha256"] = "ef" },
                    Provenance = "https://index.example/p",
                    GpgSig = false,
                },
            ],
        };

        Assert.Equal(
            """{"files":[{"core-metadata":{"sha256":"ef"},"data-dist-info-metadata":{"sha256":"ef"},"filename":"sample-1.2-py3-none-any.whl","gpg-sig":false,"hashes":{"md5":"cd","sha256":"ab"},"provenance":"https://index.example/p","requires-python":">=3.8","size":3,"upload-time":"2024-01-01T00:00:00Z","url":"https://files.example/sample-1.2-py3-none-any.whl","yanked":"wrong <b>"}],"meta":{"_last-serial":5,"api-version":"1.4"},"name":"sample","project-status":{"reason":"moved","status":"archived"},"versions":["1.2rc1","1.2","1.10"]}""" + "\n",
            Pages.Json(page));
    }

    [Fact]
    public void What_is_not_known_is_left_out()
    {
        var json = Pages.Json(new ProjectDetail { Name = Pages.Sample, Versions = [], Files = [Plain] });
        Assert.Equal(
            """{"files":[{"core-metadata":false,"data-dist-info-metadata":false,"filename":"sample-1.0.tar.gz","hashes":{},"requires-python":null,"url":"sample-1.0.tar.gz","yanked":false}],"meta":{"api-version":"1.4"},"name":"sample","versions":[]}""" + "\n",
            json);
    }

    [Fact]
    public void A_source_without_versions_gets_those_of_its_file_names()
    {
        ProjectFile Named(string filename) => new() { Filename = filename, Url = filename };
        var json = Pages.Json(new ProjectDetail
        {
            Name = Pages.Sample,
            Files = [Named("sample-1.10.tar.gz"), Named("sample-1.9-py3-none-any.whl"), Named("sample-1.9.tar.gz"), Named("sample.win32.exe")],
        });
        Assert.Contains("""
            "versions":["1.9","1.10"]
            """.Trim(), json, StringComparison.Ordinal);
    }

    [Fact]
    public void Legacy_versions_are_sorted_too()
    {
        var json = Pages.Json(new ProjectDetail { Name = Pages.Sample, Versions = ["1.0", "not a version", "0.1", "1.0.0", "1.0"] });
        Assert.Contains("""
            "versions":["not a version","0.1","1.0","1.0.0"]
            """.Trim(), json, StringComparison.Ordinal);
    }

    [Fact]
    public void Yanked_without_a_reason_is_true() =>
        Assert.Contains("\"yanked\":true", Pages.Json(new ProjectDetail { Name = Pages.Sample, Versions = [], Files = [Plain with { YankedReason = "" }] }), StringComparison.Ordinal);

    [Fact]
    public void Core_metadata_is_never_written_in_the_spelling_that_breaks_old_pips()
    {
        var json = Pages.Json(new ProjectDetail { Name = Pages.Sample, Versions = [], Files = [Plain with { HasCoreMetadata = true }] });
        Assert.Contains("\"core-metadata\":true,\"data-dist-info-metadata\":true", json, StringComparison.Ordinal);
        Assert.DoesNotContain("\"dist-info-metadata\"", json, StringComparison.Ordinal);
    }

    [Fact]
    public void Unknown_fields_are_carried_through_at_every_level()
    {
        const string json = """
            {"name":"sample","versions":["1.0"],"alternate-locations":["https://alt.example/"],"_private":{"a":[1,2.50,1e3,null,true]},
             "meta":{"api-version":"1.2","tracks":["https://tracks.example/"],"_extra":"\u00e9<&>\"\\\n"},
             "files":[{"filename":"a-1.0.tar.gz","url":"a-1.0.tar.gz","zstd":{"hashes":{},"size":7},"x-odd":"\ud83d\ude00"}]}
            """;
        var first = Pages.ReadJson(json);
        var written = Pages.Json(first);
        using var source = JsonDocument.Parse(json);
        using var result = JsonDocument.Parse(written);

        foreach (var path in new[] { "alternate-locations", "_private", "meta/tracks", "meta/_extra", "files/0/zstd", "files/0/x-odd" })
            Assert.True(JsonElement.DeepEquals(At(source, path), At(result, path)), path);
        Assert.Contains("2.50", written, StringComparison.Ordinal);
        Assert.Equal(written, Pages.Json(Pages.ReadJson(written)));

        static JsonElement At(JsonDocument document, string path) => path.Split('/').Aggregate(
            document.RootElement, (element, step) => int.TryParse(step, out var index) ? element[index] : element.GetProperty(step));
    }

    [Fact]
    public void Hostile_text_stays_inside_its_string()
    {
        const string reason = "\"}],\"files\":[] \r\n\t\0\u001f\u2028</script>";
        var written = Pages.Json(new ProjectDetail { Name = Pages.Sample, Versions = [], Files = [Plain with { YankedReason = reason }] });
        Assert.Equal(1, written.Count(c => c == '\n'));
        Assert.Equal(reason, Pages.ReadJson(written).Files[0].YankedReason);
    }

    [Fact]
    public void A_root_page_is_written()
    {
        var json = Pages.Text(output => SimpleJson.WriteList(output, new ProjectList { LastSerial = 9, Projects = [new("Frob", 3), new("b.c", null)] }));
        Assert.Equal("""{"meta":{"_last-serial":9,"api-version":"1.4"},"projects":[{"_last-serial":3,"name":"Frob"},{"name":"b.c"}]}""" + "\n", json);
    }
}

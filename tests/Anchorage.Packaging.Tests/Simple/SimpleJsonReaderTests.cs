using System.Text;

namespace Anchorage.Packaging.Tests;

public class SimpleJsonReaderTests
{
    private const string Url = "\"url\":\"https://files.example/sample-1.0.tar.gz\"";

    [Fact]
    public void Every_known_field_is_read()
    {
        var page = Pages.ReadJson("""
            {"meta":{"api-version":"1.4","_last-serial":7},"name":"Sample","versions":["1.0"],
             "project-status":{"status":"deprecated","reason":"use other"},
             "files":[{"filename":"sample-1.0-py3-none-any.whl","url":"https://files.example/s.whl#sha256=x","hashes":{"SHA256":"
            """.TrimEnd() + new string('A', 64) + """
            "},"requires-python":">=3.8","size":12,"upload-time":"2024-03-20T13:00:33.355932Z","yanked":"broken",
               "core-metadata":{"sha256":"
            """.TrimEnd() + new string('B', 64) + """
            "},"provenance":"https://index.example/p","gpg-sig":true}]}
            """);

        Assert.Equal("sample", page.Name.ToString());
        Assert.Equal("1.4", page.ApiVersion);
        Assert.Equal(7, page.LastSerial);
        Assert.Equal(["1.0"], page.Versions);
        Assert.Equal(new ProjectStatus("deprecated", "use other"), page.Status);
        var file = Assert.Single(page.Files);
        Assert.Equal("https://files.example/s.whl", file.Url);
        Assert.Equal(new string('a', 64), file.Hashes["sha256"]);
        Assert.Equal(">=3.8", file.RequiresPython);
        Assert.Equal(12, file.Size);
        Assert.Equal("2024-03-20T13:00:33.355932Z", file.UploadTime);
        Assert.Equal("broken", file.YankedReason);
        Assert.True(file.HasCoreMetadata);
        Assert.Equal(new string('b', 64), file.CoreMetadataHashes["sha256"]);
        Assert.Equal("https://index.example/p", file.Provenance);
        Assert.True(file.GpgSig);
    }

    /// <summary>Fuzzing found a page of ours that could not be read again: the URL had passed the bound before it was made absolute.</summary>
    [Theory]
    [InlineData("a", 8192)]
    [InlineData(" ", 3000)]
    public void The_bound_of_a_url_holds_after_it_is_made_absolute(string filler, int count)
    {
        var absolute = "https://files.example/" + new string('a', 8192 - 22);
        var tooLong = $"s/{string.Concat(Enumerable.Repeat(filler, count - 4))}/b";
        var page = Pages.ReadJson($$"""
            {"meta":{"api-version":"1.4"},"name":"sample","files":[
             {"filename":"sample-1.0.tar.gz","url":"{{absolute}}"},{"filename":"sample-2.0.tar.gz","url":"{{tooLong}}"}]}
            """, pageUrl: Pages.SampleUrl);

        Assert.Equal(absolute, Assert.Single(page.Files).Url);
        Assert.Contains("sample-2.0.tar.gz", Assert.Single(page.LeftOut), StringComparison.Ordinal);
        Assert.Empty(Pages.ReadJson(Pages.Json(page)).LeftOut);
    }

    [Theory]
    [InlineData("\"yanked\":false", null)]
    [InlineData("\"yanked\":null", null)]
    [InlineData("\"yanked\":true", "")]
    [InlineData("\"yanked\":\"\"", "")]
    [InlineData("\"yanked\":\"bad\"", "bad")]
    public void Yanked_is_false_true_or_a_reason(string field, string? expected) =>
        Assert.Equal(expected, Pages.ReadJson(Pages.JsonWithFile($"{Url},{field}")).Files[0].YankedReason);

    [Theory]
    [InlineData("core-metadata")]
    [InlineData("dist-info-metadata")]
    [InlineData("data-dist-info-metadata")]
    public void Core_metadata_has_three_spellings(string spelling)
    {
        Assert.False(Read("false").HasCoreMetadata);
        Assert.True(Read("true").HasCoreMetadata);
        Assert.Empty(Read("true").CoreMetadataHashes);
        Assert.Equal(Pages.Digest, Read($$"""{"sha256":"{{Pages.Digest}}"}""").CoreMetadataHashes["sha256"]);

        ProjectFile Read(string value) => Pages.ReadJson(Pages.JsonWithFile($"{Url},\"{spelling}\":{value}")).Files[0];
    }

    [Fact]
    public void The_specified_spelling_of_core_metadata_wins() =>
        Assert.False(Pages.ReadJson(Pages.JsonWithFile($"{Url},\"data-dist-info-metadata\":true,\"core-metadata\":false")).Files[0].HasCoreMetadata);

    [Fact]
    public void A_sidecar_without_a_readable_digest_is_not_offered()
    {
        var file = Pages.ReadJson(Pages.JsonWithFile($"{Url},\"core-metadata\":{{\"sha256\":\"zz\"}}")).Files[0];
        Assert.False(file.HasCoreMetadata);
    }

    [Theory]
    [InlineData("2.0")]
    [InlineData("0.9")]
    [InlineData("1")]
    [InlineData("one")]
    [InlineData("")]
    [InlineData("1.x")]
    [InlineData("10.0")]
    public void Another_major_version_is_refused(string version)
    {
        var fault = Assert.Throws<FormatException>(() => Pages.ReadJson($$"""{"meta":{"api-version":"{{version}}"},"name":"sample","files":"of another shape"}""".Replace("\"of another shape\"", "[1]", StringComparison.Ordinal)));
        Assert.Contains("version", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_later_minor_version_is_read_and_a_missing_one_is_1_0()
    {
        Assert.Equal("1.99", Pages.ReadJson("""{"meta":{"api-version":"1.99"},"name":"sample","files":[]}""").ApiVersion);
        Assert.Equal("1.0", Pages.ReadJson("""{"name":"sample","files":[]}""").ApiVersion);
    }

    [Fact]
    public void The_page_of_another_project_is_refused()
    {
        var fault = Assert.Throws<FormatException>(() => Pages.ReadJson("""{"meta":{},"name":"other\r\nX: y","files":[]}"""));
        Assert.Contains("another project", fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', fault.Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("<!DOCTYPE html><html></html>")]
    [InlineData("""{"name":"sample"}""")]
    [InlineData("""{"files":[]}""")]
    [InlineData("""{"name":"sample","files":null}""")]
    [InlineData("""{"name":"sample","files":{}}""")]
    [InlineData("""{"name":"sample","files":[{}]}""")]
    [InlineData("""{"name":"sample","files":[null]}""")]
    [InlineData("""{"name":"sample","files":[[]]}""")]
    [InlineData("""{"name":"sample","files":[""")]
    [InlineData("""{"name":"sample","files":[]""")]
    [InlineData("""{"name":"sample","files":[]} {}""")]
    [InlineData("""{"name":"sample","files":[],}""")]
    [InlineData("""{"name":7,"files":[]}""")]
    [InlineData("""{"name":"sample","files":[],"versions":"1.0"}""")]
    [InlineData("""{"name":"sample","files":[],"versions":[1.0]}""")]
    [InlineData("""{"name":"sample","files":[],"meta":[]}""")]
    [InlineData("""{"name":"sample","files":[],"meta":{"api-version":1.0}}""")]
    [InlineData("""{"name":"sample","files":[],"project-status":"active"}""")]
    public void What_is_no_project_page_is_refused(string json) => Assert.Throws<FormatException>(() => Pages.ReadJson(json));

    [Theory]
    [InlineData("\"url\":null")]
    [InlineData("\"url\":{}")]
    [InlineData(Url + ",\"hashes\":[]")]
    [InlineData(Url + ",\"hashes\":{\"sha256\":1}")]
    [InlineData(Url + ",\"requires-python\":3")]
    [InlineData(Url + ",\"size\":\"12\"")]
    [InlineData(Url + ",\"size\":-1")]
    [InlineData(Url + ",\"size\":1.5")]
    [InlineData(Url + ",\"size\":1e400")]
    [InlineData(Url + ",\"size\":99999999999999999999")]
    [InlineData(Url + ",\"upload-time\":{}")]
    [InlineData(Url + ",\"yanked\":1")]
    [InlineData(Url + ",\"core-metadata\":\"yes\"")]
    [InlineData(Url + ",\"provenance\":false")]
    [InlineData(Url + ",\"gpg-sig\":\"true\"")]
    public void A_field_of_the_wrong_type_is_refused(string fields) =>
        Assert.Throws<FormatException>(() => Pages.ReadJson(Pages.JsonWithFile(fields)));

    [Theory]
    [InlineData("""{"name":"sample","name":"sample","files":[]}""")]
    [InlineData("""{"name":"sample","files":[],"files":[]}""")]
    [InlineData("""{"name":"sample","files":[],"x":1,"x":2}""")]
    [InlineData("""{"name":"sample","files":[],"x":1,"\u0078":2}""")]
    [InlineData("""{"name":"sample","files":[],"meta":{"api-version":"1.0","api-version":"1.1"}}""")]
    [InlineData("""{"name":"sample","files":[],"meta":{"y":1,"y":1}}""")]
    [InlineData("""{"name":"sample","files":[{"filename":"a.whl","url":"a.whl","url":"b.whl"}]}""")]
    [InlineData("""{"name":"sample","files":[{"filename":"a.whl","url":"a.whl","\u0075rl":"b.whl"}]}""")]
    [InlineData("""{"name":"sample","files":[{"filename":"a.whl","url":"a.whl","z":1,"z":1}]}""")]
    public void A_field_that_occurs_twice_is_refused(string json)
    {
        var fault = Assert.Throws<FormatException>(() => Pages.ReadJson(json));
        Assert.Contains("twice", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"bad\\ud800\"")]
    [InlineData("{\"x\":\"bad\\udc00\"}")]
    [InlineData("{\"\\ud800\":1}")]
    public void Text_that_is_not_unicode_is_refused_even_where_nobody_reads_it(string value) =>
        Assert.Throws<FormatException>(() => Pages.ReadJson(Pages.JsonWithFile($"{Url},\"unknown\":{value}")));

    [Fact]
    public void Bytes_that_are_not_utf8_are_refused()
    {
        byte[] page = [.. """{"name":"sample","files":[],"x":" """u8, 0xFF, .. "\"}"u8];
        Assert.Throws<FormatException>(() => SimpleJson.ReadProject(page, Pages.Sample));
    }

    [Theory]
    [InlineData("javascript:alert(1)")]
    [InlineData("file:///etc/passwd")]
    [InlineData("ftp://files.example/x.whl")]
    [InlineData("java\\tscript:alert(1)")]
    [InlineData("https:\\\\\\\\files.example\\\\x")]
    [InlineData("")]
    [InlineData("#sha256=0")]
    public void A_file_behind_any_other_scheme_is_left_out(string url)
    {
        var page = Pages.ReadJson($$"""{"name":"sample","files":[{"filename":"a.whl","url":"{{url}}"},{"filename":"b.whl","url":"b.whl"}]}""");
        Assert.Equal("b.whl", Assert.Single(page.Files).Filename);
        Assert.Contains("a.whl", Assert.Single(page.LeftOut), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../../etc/passwd")]
    [InlineData("a/b.whl")]
    [InlineData("a\\\\b.whl")]
    [InlineData(".hidden.whl")]
    [InlineData("a\\r\\nX-Header: 1.whl")]
    [InlineData("a\\u0000.whl")]
    [InlineData("")]
    public void A_file_whose_name_is_no_file_name_is_left_out(string filename)
    {
        var page = Pages.ReadJson($$"""{"name":"sample","files":[{"filename":"{{filename}}","url":"a.whl"},{"filename":"b.whl","url":"b.whl"}]}""");
        Assert.Equal("b.whl", Assert.Single(page.Files).Filename);
        Assert.DoesNotContain('\n', Assert.Single(page.LeftOut));
    }

    [Fact]
    public void A_file_whose_digest_cannot_be_read_is_left_out_rather_than_served_unverified()
    {
        var page = Pages.ReadJson("""{"name":"sample","files":[{"filename":"a.whl","url":"a.whl","hashes":{"sha256":"none"}},{"filename":"b.whl","url":"b.whl"}]}""");
        Assert.Equal("b.whl", Assert.Single(page.Files).Filename);
        Assert.Contains("sha256", Assert.Single(page.LeftOut), StringComparison.Ordinal);
    }

    [Fact]
    public void A_page_whose_every_file_is_unusable_is_refused_and_not_an_empty_project() =>
        Assert.Throws<FormatException>(() => Pages.ReadJson("""{"name":"sample","files":[{"filename":"../a","url":"a.whl"}]}"""));

    [Fact]
    public void Relative_urls_stay_relative_unless_the_page_is_known()
    {
        var json = Pages.JsonWithFile("\"url\":\"../../packages/sample-1.0.tar.gz\"");
        Assert.Equal("../../packages/sample-1.0.tar.gz", Pages.ReadJson(json).Files[0].Url);
        Assert.Equal("https://index.example/root/packages/sample-1.0.tar.gz", Pages.ReadJson(json, pageUrl: Pages.SampleUrl).Files[0].Url);
    }

    [Fact]
    public void Deep_nesting_is_refused()
    {
        var deep = string.Concat(Enumerable.Repeat("[", 1000)) + string.Concat(Enumerable.Repeat("]", 1000));
        Assert.Throws<FormatException>(() => Pages.ReadJson($$"""{"name":"sample","files":[],"x":{{deep}}}"""));
    }

    [Fact]
    public void Text_beyond_every_use_is_refused() =>
        Assert.Throws<FormatException>(() => Pages.ReadJson(Pages.JsonWithFile($"{Url},\"yanked\":\"{new string('x', 20_000)}\"")));

    [Fact]
    public void A_crowd_of_unknown_fields_is_refused()
    {
        var fields = string.Join(',', Enumerable.Range(0, 100).Select(i => $"\"x{i}\":{i}"));
        Assert.Throws<FormatException>(() => Pages.ReadJson(Pages.JsonWithFile($"{Url},{fields}")));
    }

    [Fact]
    public void More_files_than_any_project_has_are_refused()
    {
        var page = new StringBuilder("""{"name":"sample","files":[""");
        for (var i = 0; i <= 200_000; i++)
            page.Append(i == 0 ? "" : ",").Append("""{"filename":"a","url":"a"}""");
        var fault = Assert.Throws<FormatException>(() => Pages.ReadJson(page.Append("]}").ToString()));
        Assert.Contains("200000", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_byte_order_mark_is_no_fault() => Assert.Empty(Pages.ReadJson("\uFEFF{\"name\":\"sample\",\"files\":[]}").Files);

    [Fact]
    public void A_root_page_is_read_with_its_serials_and_without_what_is_no_name()
    {
        var list = SimpleJson.ReadList("""{"meta":{"api-version":"1.1","_last-serial":9},"projects":[{"name":"Frob","_last-serial":3,"x":[]},{"name":"../etc"},{"name":"b"}]}"""u8.ToArray());
        Assert.Equal(9, list.LastSerial);
        Assert.Equal([new ProjectListEntry("Frob", 3), new ProjectListEntry("b", null)], list.Projects);
    }

    [Theory]
    [InlineData("""{"meta":{"api-version":"2.0"},"projects":[]}""")]
    [InlineData("""{"meta":{"api-version":"1.0"}}""")]
    [InlineData("""{"projects":[{}]}""")]
    [InlineData("""{"projects":["a"]}""")]
    [InlineData("""{"projects":[{"name":"a"}""")]
    [InlineData("<html></html>")]
    public void What_is_no_root_page_is_refused(string json) =>
        Assert.Throws<FormatException>(() => SimpleJson.ReadList(Encoding.UTF8.GetBytes(json)));
}

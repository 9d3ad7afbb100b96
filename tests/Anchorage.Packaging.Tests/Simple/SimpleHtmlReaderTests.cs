using System.Text;

namespace Anchorage.Packaging.Tests;

public class SimpleHtmlReaderTests
{
    private static ProjectFile ReadOne(string anchor, string head = "") => Assert.Single(Pages.ReadHtml(Pages.HtmlWith(anchor, head)).Files);

    [Fact]
    public void Attributes_are_read_with_their_references_resolved()
    {
        var file = ReadOne($"""
            <a href="../../f/sample-1.0-py3-none-any.whl#sha256={Pages.Digest.ToUpperInvariant()}" data-requires-python="&gt;=3.6, &lt;4"
               data-yanked="it&#39;s &quot;bad&quot;" data-core-metadata="sha256={Pages.Digest}" data-provenance="https://index.example/p"
               data-gpg-sig="false" data-upload-time="2024-01-01T00:00:00Z">anything</a>
            """);
        Assert.Equal("sample-1.0-py3-none-any.whl", file.Filename);
        Assert.Equal("https://index.example/root/f/sample-1.0-py3-none-any.whl", file.Url);
        Assert.Equal(Pages.Digest, file.Hashes["sha256"]);
        Assert.Equal(">=3.6, <4", file.RequiresPython);
        Assert.Equal("it's \"bad\"", file.YankedReason);
        Assert.True(file.HasCoreMetadata);
        Assert.Equal(Pages.Digest, file.CoreMetadataHashes["sha256"]);
        Assert.Equal("https://index.example/p", file.Provenance);
        Assert.False(file.GpgSig);
        Assert.Equal("2024-01-01T00:00:00Z", file.UploadTime);
    }

    [Theory]
    [InlineData("<A HREF='a-1.0.tar.gz'>a</A>")]
    [InlineData("<a\n  href = a-1.0.tar.gz >\n  a\n</a>")]
    [InlineData("<a href=\"  a-1.0.tar.gz\n\">a</a>")]
    [InlineData("<a href='a-1.0.tar.gz'>unclosed")]
    [InlineData("<a href='x/../a-1.0.tar.gz#egg=a'>a</a>")]
    [InlineData("<a href='a-1.0.tar.gz' href='https://evil.example/b-1.0.tar.gz'>first attribute counts</a>")]
    [InlineData("<!-- <a href='b-1.0.tar.gz'>b</a> --><a href='a-1.0.tar.gz'>a</a>")]
    [InlineData("<script>'<a href=\"b-1.0.tar.gz\">'</script><a href='a-1.0.tar.gz'>a</a>")]
    [InlineData("<textarea><a href='b-1.0.tar.gz'></textarea><a href='a-1.0.tar.gz'>a</a>")]
    [InlineData("<a href='../'>..</a><a>no href</a><a href='?C=M;O=A'>sort</a><a href='#top'>top</a><a href='a-1.0.tar.gz'>a</a>")]
    [InlineData("<a href='a-1.0.tar.gz.asc'>signature</a><a href='a-1.0.tar.gz'>a</a>")]
    public void Odd_spellings_are_read(string anchors) =>
        Assert.Equal("https://index.example/root/simple/sample/a-1.0.tar.gz", ReadOne(anchors).Url);

    [Fact]
    public void Percent_encoding_is_undone_in_the_name_and_kept_in_the_url()
    {
        var file = ReadOne("<a href='https://files.example/sample-1.0%2Blocal.tar.gz?token=1'>x</a>");
        Assert.Equal("sample-1.0+local.tar.gz", file.Filename);
        Assert.Equal("https://files.example/sample-1.0%2Blocal.tar.gz?token=1", file.Url);
    }

    [Fact]
    public void The_first_base_counts() =>
        Assert.Equal(
            "https://files.example/p/a-1.0.whl",
            ReadOne("<a href='a-1.0.whl'>a</a>", "<base href='https://files.example/p/'><base href='https://evil.example/'>").Url);

    [Fact]
    public void A_base_of_another_scheme_is_ignored() =>
        Assert.StartsWith("https://index.example/", ReadOne("<a href='a-1.0.whl'>a</a>", "<base href='javascript:alert(1)//'>").Url, StringComparison.Ordinal);

    [Theory]
    [InlineData("data-yanked", "")]
    [InlineData("data-yanked=''", "")]
    [InlineData("data-yanked='no reason'", "no reason")]
    [InlineData("", null)]
    public void Yanked_is_the_presence_of_the_attribute(string attribute, string? expected) =>
        Assert.Equal(expected, ReadOne($"<a href='a-1.0.whl' {attribute}>a</a>").YankedReason);

    [Theory]
    [InlineData("data-core-metadata='true'", true, false)]
    [InlineData("data-dist-info-metadata='true'", true, false)]
    [InlineData("data-dist-info-metadata='sha256={0}'", true, true)]
    [InlineData("data-core-metadata='false' data-dist-info-metadata='true'", false, false)]
    [InlineData("data-core-metadata='sha256=short'", false, false)]
    [InlineData("", false, false)]
    public void Core_metadata_is_read_in_both_spellings(string attribute, bool exists, bool hashed)
    {
        var file = ReadOne($"<a href='a-1.0.whl' {attribute.Replace("{0}", Pages.Digest, StringComparison.Ordinal)}>a</a>");
        Assert.Equal(exists, file.HasCoreMetadata);
        Assert.Equal(hashed, file.CoreMetadataHashes.Count == 1);
    }

    [Theory]
    [InlineData("javascript:alert(1)/a-1.0.whl")]
    [InlineData("file:///a-1.0.whl")]
    [InlineData("java&#9;script:/a-1.0.whl")]
    [InlineData("a-1.0.whl#sha256=none")]
    [InlineData("..%2Fa-1.0.whl")]
    [InlineData("a%0d%0ab-1.0.whl")]
    public void A_link_that_must_not_be_followed_is_left_out_and_named(string href)
    {
        var page = Pages.ReadHtml(Pages.HtmlWith($"<a href='{href}'>a</a><a href='b-1.0.whl'>b</a>"));
        Assert.Equal("b-1.0.whl", Assert.Single(page.Files).Filename);
        Assert.Single(page.LeftOut);
    }

    [Fact]
    public void A_yank_reason_beyond_every_use_does_not_make_the_file_look_wanted()
    {
        var page = Pages.ReadHtml(Pages.HtmlWith($"<a href='a-1.0.whl' data-yanked='{new string('x', 20_000)}'>a</a><a href='b-1.0.whl'>b</a>"));
        Assert.Equal("b-1.0.whl", Assert.Single(page.Files).Filename);
    }

    [Fact]
    public void Version_status_and_serial_are_read()
    {
        var page = Pages.ReadHtml(Pages.HtmlWith("<a href='a-1.0.whl'>a</a>", """
            <META NAME="PyPI:Repository-Version" CONTENT="1.3"><meta name="pypi:project-status" content="quarantined">
            <meta name="pypi:project-status-reason" content="malware &amp; more">
            """) + "<!--SERIAL 123-->");
        Assert.Equal("1.3", page.ApiVersion);
        Assert.Equal(new ProjectStatus("quarantined", "malware & more"), page.Status);
        Assert.Equal(123, page.LastSerial);
        Assert.Null(page.Versions);
    }

    [Fact]
    public void Another_major_version_is_refused() =>
        Assert.Throws<FormatException>(() => Pages.ReadHtml(Pages.HtmlWith("<a href='a-1.0.whl'>a</a>", "<meta name='pypi:repository-version' content='2.0'>")));

    [Theory]
    [InlineData("<html><head><title>Links for sample</title></head><body></body></html>")]
    [InlineData("<html><head><meta name='pypi:repository-version' content='1.0'></head><body></body></html>")]
    [InlineData("<html><body><h1>fschulze/dev: links for sample</h1></body></html>")]
    public void An_index_page_without_files_is_a_project_without_files(string html) => Assert.Empty(Pages.ReadHtml(html).Files);

    [Theory]
    [InlineData("")]
    [InlineData("not found")]
    [InlineData("<html><body><h1>It works!</h1></body></html>")]
    [InlineData("<html><head><title>Sign in</title></head><body><a href='/help'>Help</a></body></html>")]
    [InlineData("<html><head><title>Links for sample</title></head><body>")]
    [InlineData("<title>Links for sample</title>")]
    [InlineData("<html><body><!-- Links for --></body></html>")]
    public void A_page_that_is_no_index_page_is_never_an_empty_project(string html) =>
        Assert.Throws<FormatException>(() => Pages.ReadHtml(html));

    [Fact]
    public void A_login_page_is_refused_whatever_it_links_to()
    {
        var fault = Assert.Throws<FormatException>(() => Pages.ReadHtml(Pages.HtmlWith("<form><input name=p TYPE='PassWord'></form><a href='manual.zip'>manual</a>")));
        Assert.Contains("login", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_page_cut_short_is_refused_although_it_has_links()
    {
        var whole = Pages.HtmlWith("<a href='a-1.0.whl'>a</a>\n<a href='b-1.0.whl'>b</a>");
        Assert.Throws<FormatException>(() => Pages.ReadHtml(whole[..whole.IndexOf("</body>", StringComparison.Ordinal)]));
    }

    [Fact]
    public void A_page_whose_every_file_is_unusable_is_refused() =>
        Assert.Throws<FormatException>(() => Pages.ReadHtml(Pages.HtmlWith("<a href='file:///a-1.0.whl'>a</a>")));

    [Fact]
    public void Links_without_any_frame_are_read() => Assert.Single(Pages.ReadHtml("<a href='a-1.0.whl'>a</a>").Files);

    [Fact]
    public void Nesting_costs_neither_stack_nor_quadratic_time()
    {
        var anchors = new StringBuilder();
        for (var i = 0; i < 200_000; i++)
            anchors.Append("<b><div><a href=x><table>");
        anchors.Append("</a></a></a><a href='a-1.0.whl'>a</a>");
        Assert.Throws<FormatException>(() => Pages.ReadHtml(Pages.HtmlWith(anchors.ToString())));
        Assert.Single(Pages.ReadHtml(Pages.HtmlWith(anchors.ToString().Replace("<a href=x>", "<a><i>", StringComparison.Ordinal)[^2_000_000..])).Files);
    }

    [Fact]
    public void A_charset_is_honoured_and_utf8_otherwise()
    {
        var html = Pages.HtmlWith("<a href='a-1.0.whl' data-yanked='caf\u00e9'>a</a>");
        Assert.Equal("caf\u00e9", SimpleHtml.ReadProject(Encoding.UTF8.GetBytes(html), Pages.Sample, Pages.SampleUrl).Files[0].YankedReason);
        Assert.Equal("caf\u00e9", SimpleHtml.ReadProject(Encoding.Latin1.GetBytes(html), Pages.Sample, Pages.SampleUrl, "\"ISO-8859-1\"").Files[0].YankedReason);
        Assert.Equal("caf\u00e9", SimpleHtml.ReadProject(Encoding.UTF8.GetBytes("\uFEFF" + html), Pages.Sample, Pages.SampleUrl, "utf-7").Files[0].YankedReason);
    }

    [Fact]
    public void A_root_page_lists_projects_and_no_navigation()
    {
        var list = SimpleHtml.ReadList("""
            <html><head><title>Simple index</title></head><body><a href="/login">Log in</a> <a href="../">Up</a> <a href="https://host.example/">host</a>
            <a href="/simple/a2d-diary/">a2d_diary</a><a href="b/">b/</a> <a href="c#x"> C </a> <a href="a-very-long-name-of-a-project/">a-very-lo..&gt;</a>
            </body></html>
            """u8.ToArray());
        Assert.Equal(["a2d_diary", "b", "C", "a-very-long-name-of-a-project"], list.Projects.Select(project => project.Name));
    }

    [Fact]
    public void A_root_page_may_be_empty_only_where_it_is_one()
    {
        Assert.Empty(SimpleHtml.ReadList("<html><head><title>Simple Index</title></head><body></body></html>"u8.ToArray()).Projects);
        Assert.Throws<FormatException>(() => SimpleHtml.ReadList("<html><body>Welcome</body></html>"u8.ToArray()));
    }
}

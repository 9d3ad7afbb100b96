namespace Anchorage.Packaging.Tests;

public class SimpleHtmlWriterTests
{
    private static readonly ProjectFile Plain = new() { Filename = "sample-1.0.tar.gz", Url = "sample-1.0.tar.gz" };

    private static ProjectDetail Page(params ProjectFile[] files) => new() { Name = Pages.Sample, Files = files };

    [Fact]
    public void A_page_has_the_byte_shape_of_the_public_index()
    {
        var page = Page(
            Plain with { Hashes = new Dictionary<string, string> { ["md5"] = "0", ["sha256"] = "ab" } },
            Plain with { RequiresPython = ">=3.6, <4", YankedReason = "it's \"bad\"" },
            Plain with { HasCoreMetadata = true, CoreMetadataHashes = new Dictionary<string, string> { ["sha256"] = "cd" }, Provenance = "https://index.example/p" },
            Plain with { HasCoreMetadata = true, YankedReason = "", GpgSig = true, Provenance = "relative/is/not/allowed/here" });

        Assert.Equal(
            """
            <!DOCTYPE html>
            <html lang="en">
              <head>
                <meta name="pypi:repository-version" content="1.4">
                <meta name="pypi:project-status" content="archived">
                <meta name="pypi:project-status-reason" content="moved &lt;away&gt;">
                <title>Links for sample</title>
              </head>
              <body>
                <h1>Links for sample</h1>
                <a href="sample-1.0.tar.gz#sha256=ab" >sample-1.0.tar.gz</a><br />
                <a href="sample-1.0.tar.gz" data-requires-python="&gt;=3.6, &lt;4" data-yanked="it&#39;s &#34;bad&#34;" >sample-1.0.tar.gz</a><br />
                <a href="sample-1.0.tar.gz" data-dist-info-metadata="sha256=cd" data-core-metadata="sha256=cd" data-provenance="https://index.example/p">sample-1.0.tar.gz</a><br />
                <a href="sample-1.0.tar.gz" data-yanked="" data-dist-info-metadata="true" data-core-metadata="true" data-gpg-sig="true">sample-1.0.tar.gz</a><br />
              </body>
            </html>
            <!--SERIAL 42-->

            """.ReplaceLineEndings("\n"),
            Pages.Html(page with { Status = new ProjectStatus("archived", "moved <away>"), LastSerial = 42 }));
    }

    [Theory]
    [InlineData("\"><script>alert(1)</script>")]
    [InlineData("' onmouseover='alert(1)")]
    [InlineData("a\r\nSet-Cookie: x=y\r\n\r\n<html>")]
    [InlineData("--><script>alert(1)</script><!--")]
    [InlineData("&lt;b&gt; &amp; \u0000\u0001\u007f\u0085")]
    [InlineData("</title></head><base href=https://evil.example/>")]
    public void Hostile_text_never_becomes_markup(string hostile)
    {
        var page = Page(Plain with { YankedReason = hostile, RequiresPython = hostile, Filename = hostile, Url = "https://files.example/" + hostile });
        var html = Pages.Html(page with { Status = new ProjectStatus(hostile, hostile) });
        var harmless = Pages.Html(Page(Plain with { YankedReason = "x", RequiresPython = "x" }) with { Status = new ProjectStatus("x", "x") });

        Assert.Equal(harmless.Count(c => c == '<'), html.Count(c => c == '<'));
        Assert.Equal(harmless.Count(c => c == '>'), html.Count(c => c == '>'));
        Assert.Equal(harmless.Count(c => c == '"'), html.Count(c => c == '"'));
        Assert.Equal(harmless.Count(c => c == '\n'), html.Count(c => c == '\n'));
        Assert.DoesNotContain('\'', html);
        Assert.DoesNotContain('\r', html);
        Assert.DoesNotContain('\0', html);
    }

    [Fact]
    public void The_strongest_digest_is_the_fragment()
    {
        var hashes = new Dictionary<string, string> { ["md5"] = "1", ["sha1"] = "2", ["sha512"] = "3", ["blake2b_256"] = "4" };
        Assert.Contains("sample-1.0.tar.gz#sha512=3\"", Pages.Html(Page(Plain with { Hashes = hashes })), StringComparison.Ordinal);
    }

    [Fact]
    public void A_root_page_links_to_normalised_names_and_shows_display_names()
    {
        var html = Pages.Text(output => SimpleHtml.WriteList(output, new ProjectList { Projects = [new("Zope.Interface", null), new("a", 1), new("not a name\"", 1)] }));
        Assert.Equal(
            """
            <!DOCTYPE html>
            <html lang="en">
              <head>
                <meta name="pypi:repository-version" content="1.4">
                <title>Simple index</title>
              </head>
              <body>
                <a href="zope-interface/">Zope.Interface</a>
                <a href="a/">a</a>
              </body>
            </html>

            """.ReplaceLineEndings("\n"), html);
    }
}

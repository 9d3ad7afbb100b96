namespace Anchorage.Packaging.Tests;

public class SimpleNegotiationTests
{
    private const string Json = "application/vnd.pypi.simple.v1+json";
    private const string HtmlV1 = "application/vnd.pypi.simple.v1+html";

    [Theory]
    [InlineData("application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html; q=0.1, text/html; q=0.01", SimpleMediaType.JsonV1)] // pip
    [InlineData("application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01", SimpleMediaType.JsonV1)] // uv
    [InlineData("application/vnd.pypi.simple.v1+json, */*;q=0.1", SimpleMediaType.JsonV1)] // poetry
    [InlineData("application/vnd.pypi.simple.v1+json", SimpleMediaType.JsonV1)] // bandersnatch
    [InlineData("text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8", SimpleMediaType.Html)] // a browser
    [InlineData("text/html, application/xhtml+xml, application/xml;q=0.9, */*;q=0.8, application/signed-exchange;v=b3;q=0.7", SimpleMediaType.Html)]
    [InlineData("*/*", SimpleMediaType.Html)] // pip before 22.3 for some requests, curl, hatch
    [InlineData("text/html", SimpleMediaType.Html)]
    public void Real_clients_get_the_form_they_prefer(string accept, SimpleMediaType expected) =>
        Assert.Equal(expected, SimpleNegotiation.Choose(accept, null));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("text/plain")]
    [InlineData("application/json")]
    [InlineData("application/vnd.pypi.simple.v2+json")]
    [InlineData("application/vnd.pypi.simple.v1+json;q=0")]
    [InlineData("application/vnd.pypi.simple.v1+json;q=1.1")]
    [InlineData("application/vnd.pypi.simple.v1+json;q=")]
    [InlineData("application/vnd.pypi.simple.v1+json;q=0.1234")]
    [InlineData("application/vnd.pypi.simple.v1+json;q=abc")]
    [InlineData("gibberish")]
    [InlineData("text/html, image/gif, *; q=.2, */*; q=.2")]
    [InlineData(";;;,,,\"")]
    public void Nothing_acceptable_or_nothing_readable_is_answered_with_html(string? accept) =>
        Assert.Equal(SimpleMediaType.Html, SimpleNegotiation.Choose(accept, null));

    [Theory]
    [InlineData(Json + ";q=0.5, " + HtmlV1 + ";q=0.5, text/html;q=0.5", SimpleMediaType.Html)]
    [InlineData(Json + ", " + HtmlV1, SimpleMediaType.HtmlV1)]
    [InlineData(Json + ";q=0.501, text/html;q=0.5", SimpleMediaType.JsonV1)]
    [InlineData("application/*", SimpleMediaType.HtmlV1)]
    [InlineData("*/*;q=0.9, text/html;q=0", SimpleMediaType.HtmlV1)]
    [InlineData("*/*, text/html;q=0.2, " + HtmlV1 + ";q=0.3", SimpleMediaType.JsonV1)]
    [InlineData("text/*, " + Json + ";q=0.9", SimpleMediaType.Html)]
    [InlineData("TEXT/HTML;Q=0.1, Application/Vnd.PyPI.Simple.V1+JSON", SimpleMediaType.JsonV1)]
    [InlineData("text/html;q=0.1,," + Json, SimpleMediaType.JsonV1)]
    [InlineData("text/html;a=\"x,y;q=1\";q=0.1, " + Json + ";q=0.2", SimpleMediaType.JsonV1)]
    [InlineData(Json + ";charset=utf-8", SimpleMediaType.JsonV1)]
    [InlineData("application/vnd.pypi.simple.latest+json", SimpleMediaType.JsonV1)]
    [InlineData("application/vnd.pypi.simple.latest+html, text/html;q=0.5", SimpleMediaType.HtmlV1)]
    public void Quality_decides_then_specificity_then_html_before_json(string accept, SimpleMediaType expected) =>
        Assert.Equal(expected, SimpleNegotiation.Choose(accept, null));

    [Theory]
    [InlineData("text/html", SimpleMediaType.Html)]
    [InlineData(HtmlV1, SimpleMediaType.HtmlV1)]
    [InlineData("application/vnd.pypi.simple.v1 json", SimpleMediaType.JsonV1)]
    [InlineData("application/vnd.pypi.simple.latest+json", SimpleMediaType.JsonV1)]
    [InlineData("application/vnd.pypi.simple.latest html", SimpleMediaType.HtmlV1)]
    public void A_known_format_in_the_query_overrides_accept(string format, SimpleMediaType expected)
    {
        Assert.Equal(expected, SimpleNegotiation.Choose(Json, format));
        Assert.Equal(expected, SimpleNegotiation.Choose(null, format));
    }

    [Theory]
    [InlineData("json")]
    [InlineData("")]
    [InlineData("TEXT/HTML")]
    [InlineData("application/vnd.pypi.simple.v2+json")]
    public void An_unknown_format_in_the_query_is_ignored(string format) =>
        Assert.Equal(SimpleMediaType.JsonV1, SimpleNegotiation.Choose(Json, format));

    [Fact]
    public void The_vectors_of_the_public_index_hold()
    {
        const string file = "warehouse-vectors/api__test_simple.json";
        var tried = 0;
        foreach (var header in Vectors.Cases(file, "test_defaults_text_html"))
        {
            Assert.Equal(SimpleMediaType.Html, SimpleNegotiation.Choose(header.GetString(), null));
            tried++;
        }
        foreach (var pair in Vectors.Cases(file, "test_selects"))
        {
            Assert.Equal(Expand(pair[1].GetProperty("$src").GetString()!), ContentTypeOf(Expand(pair[0].GetProperty("$src").GetString()!)));
            tried++;
        }
        Vectors.AssertCount(7, tried);

        static string ContentTypeOf(string accept) => SimpleNegotiation.Choose(accept, null).ToContentType().Split(';')[0];

        // The vectors are Python sources: a constant, or an f-string of constants.
        static string Expand(string source) => source.Replace("f'", "", StringComparison.Ordinal).Trim('\'')
            .Replace("{", "", StringComparison.Ordinal).Replace("}", "", StringComparison.Ordinal)
            .Replace("simple.MIME_TEXT_HTML", "text/html", StringComparison.Ordinal)
            .Replace("simple.MIME_PYPI_SIMPLE_V1_HTML", HtmlV1, StringComparison.Ordinal)
            .Replace("simple.MIME_PYPI_SIMPLE_V1_JSON", Json, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("text/html", SimpleMediaType.Html)]
    [InlineData("Text/HTML; charset=UTF-8", SimpleMediaType.Html)]
    [InlineData("application/vnd.pypi.simple.v1+json", SimpleMediaType.JsonV1)]
    [InlineData("application/vnd.pypi.simple.v1+json ; charset=utf-8", SimpleMediaType.JsonV1)]
    [InlineData("application/vnd.pypi.simple.v1+html", SimpleMediaType.HtmlV1)]
    [InlineData("application/vnd.pypi.simple.latest+json", null)]
    [InlineData("application/vnd.pypi.simple.v2+json", null)]
    [InlineData("application/json", null)]
    [InlineData("text/html-like", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void A_content_type_is_read_without_its_parameters(string? contentType, SimpleMediaType? expected) =>
        Assert.Equal(expected, SimpleNegotiation.Read(contentType));

    [Fact]
    public void What_is_written_is_read_back()
    {
        foreach (var type in Enum.GetValues<SimpleMediaType>())
            Assert.Equal(type, SimpleNegotiation.Read(type.ToContentType()));
    }

    [Fact]
    public void Choosing_allocates_nothing()
    {
        const string accept = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html; q=0.1, text/html; q=0.01";
        SimpleNegotiation.Choose(accept, null);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
            SimpleNegotiation.Choose(accept, null);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}

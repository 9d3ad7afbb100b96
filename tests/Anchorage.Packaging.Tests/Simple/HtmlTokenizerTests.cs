using System.Text;
using AngleSharp.Html;
using AngleSharp.Html.Parser;
using AngleSharp.Html.Parser.Tokens;
using AngleSharp.Text;
using CsCheck;
using OtherTokenizer = AngleSharp.Html.Parser.HtmlTokenizer;

namespace Anchorage.Packaging.Tests;

/// <summary>Our tokenizer beside an independent one: two parsers that disagree about a page are a hole.</summary>
public class HtmlTokenizerTests
{
    // The letters of the grammar, and enough words to make tags, attributes and references of them.
    private static readonly string[] Pieces =
    [
        "<", ">", "/", "=", "\"", "'", " ", "\n", "\r\n", "\r", "\t", "\f", "&", ";", "#", "!", "-", "--", "?", "[", "]", "é", "😀",
        "a", "A", "x", "b1", "text", "href", "HREF", "data-yanked", "type",
        "<a ", "<a>", "</a>", "<A HREF=", "<a href='x'>", "<a href=\"y\" ", "<br/>", "<p class=x>", "</p x='>'>", "</>", "</ a>",
        "<!--", "-->", "--!>", "<!-->", "<!--->", "<!", "<?xml ?>", "<!DOCTYPE html>", "<!doctype html SYSTEM '>'>", "<![CDATA[", "]]>",
        "<title>", "</title>", "</TITLE >", "<textarea>", "</textarea/", "<style>", "</style>", "<script>", "<SCRIPT ", "</script>", "</script",
        "<xmp>", "</xmp>", "<iframe>", "<noframes>", "<noembed>", "<plaintext>",
        "&amp;", "&amp", "&gt;", "&copy=", "&copy ", "&notit;", "&notin;", "&NotEqualTilde;", "&ngE;", "&apos;", "&lt", "&frac12x", "&nosuch;",
        "&#", "&#x", "&#65;", "&#x41", "&#X1f600;", "&#150;", "&#0;", "&#xD800;", "&#99999999999;", "&#13;", "&#x110000;",
    ];

    private static readonly string[] AskedAttributes = ["href", "data-yanked", "type", "class", "x", "a"];

    [Fact]
    public void Any_soup_of_tags_has_the_tokens_that_another_tokenizer_finds() =>
        Gen.OneOfConst(Pieces).Array[0, 12].Select(string.Concat)
            // The other drops the semicolon of "&;", which is text.
            .Where(html => !html.Contains("&;", StringComparison.Ordinal))
            .Sample(html => Assert.Equal(Theirs(html), Ours(html)), iter: 30_000);

    [Theory]
    [InlineData("micropip/pypi_response/numpy_simple.html")]
    [InlineData("pypi-simple/qypi_mixed.html")]
    [InlineData("pypi-simple/devpi_devpi.html")]
    [InlineData("dependabot-pypi/pypi_simple_response_devpi.html")]
    [InlineData("dependabot-pypi/pypi_simple_response_multiline.html")]
    [InlineData("pypi-simple/simple01.html")]
    public void Pages_of_real_indexes_have_the_tokens_that_another_tokenizer_finds(string path)
    {
        var html = File.ReadAllText(Vectors.PathOf(path));
        Assert.Equal(Theirs(html), Ours(html));
    }

    [Fact]
    public void Every_named_reference_means_what_it_means_elsewhere()
    {
        Assert.Equal(2125, HtmlNamedReferences.Names.Count);
        var legacy = 0;
        foreach (var name in HtmlNamedReferences.Names)
        {
            Assert.Equal(HtmlEntityProvider.Resolver.GetSymbol(name + ";"), HtmlNamedReferences.Find(name));
            Assert.Equal(HtmlEntityProvider.Resolver.GetSymbol(name), HtmlNamedReferences.FindLegacy(name));
            legacy += HtmlNamedReferences.FindLegacy(name) is null ? 0 : 1;
        }
        Assert.Equal(106, legacy);
    }

    [Theory]
    [InlineData("&amp;&lt;&gt;&quot;&apos;", "&<>\"'")]
    [InlineData("&copy=1", "&copy=1")]
    [InlineData("&copyx", "&copyx")]
    [InlineData("&copy 1", "© 1")]
    [InlineData("&copy;=1", "©=1")]
    [InlineData("&copy", "©")]
    [InlineData("&notit;", "&notit;")]
    [InlineData("&notin;", "∉")]
    [InlineData("&CounterClockwiseContourIntegral;", "∳")]
    [InlineData("&CounterClockwiseContourIntegralX;", "&CounterClockwiseContourIntegralX;")]
    [InlineData("&#128;&#x9f;&#129;", "€Ÿ\u0081")]
    [InlineData("&#0;&#xDFFF;&#x110000;&#99999999999999999999;", "\uFFFD\uFFFD\uFFFD\uFFFD")]
    [InlineData("&#x1F600", "😀")]
    [InlineData("&#;&#x;&#xg;&;& &", "&#;&#x;&#xg;&;& &")]
    [InlineData("a\r\nb\rc\0d&#13;e", "a\nb\nc\uFFFDd\re")]
    public void A_value_is_read_as_the_standard_says(string raw, string expected) =>
        Assert.Equal(expected, new HtmlText().ReadValue(Encoding.UTF8.GetBytes(raw)).ToString());

    [Theory]
    [InlineData("&copy=1", "©=1")]
    [InlineData("&notit;", "¬it;")]
    [InlineData("&ampx", "&x")]
    public void In_text_a_name_needs_no_end(string raw, string expected) =>
        Assert.Equal(expected, new HtmlText().ReadText(Encoding.UTF8.GetBytes(raw), hasReferences: true).ToString());

    [Theory]
    [InlineData("<script><!--<script></script>--></script><a>", "start script|text <!--<script></script>-->|end script|start a")]
    [InlineData("<script><!--</script>--><a>", "start script|text <!--|end script|text -->|start a")]
    [InlineData("<script><!--><script></script><a>", "start script|text <!--><script>|end script|start a")]
    [InlineData("<script></scriptx></SCRIPT ><a>", "start script|text </scriptx>|end script|start a")]
    [InlineData("<style><!--</style><a>", "start style|text <!--|end style|start a")]
    [InlineData("<title>&lt;a></title", "start title|text <a></title")]
    [InlineData("<xmp>&lt;</xmp>&lt;", "start xmp|text &lt;|end xmp|text <")]
    [InlineData("<plaintext></plaintext><a>", "start plaintext|text </plaintext><a>")]
    [InlineData("<a href='>'><a href=\"", "start a href=>")]
    [InlineData("a < b <3 </", "text a < b <3 </")]
    public void Text_of_elements_ends_where_a_browser_ends_it(string html, string tokens) =>
        Assert.Equal(tokens, string.Join('|', Ours(html)));

    [Fact]
    public void A_page_of_openings_costs_no_more_than_its_length()
    {
        foreach (var opening in (string[])["<!--", "<a href='", "<script><!--", "</", "<![CDATA[", "<title>", "&#", "<a ", "--", "<"])
        {
            var html = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(opening, 400_000)));
            var tokenizer = new HtmlTokenizer(html);
            var text = new HtmlText();
            // Quadratic work would take hours; the count is what is asserted, the time is the test runner's.
            var tokens = 0;
            for (; tokenizer.Read() is not HtmlToken.End and var token; tokens++)
            {
                if (token == HtmlToken.Text)
                    text.ReadText(tokenizer.Text, tokenizer.TextHasReferences);
            }
            Assert.InRange(tokens, 0, 400_000);
        }
    }

    private static List<string> Ours(string html)
    {
        var tokens = new List<string>();
        var tokenizer = new HtmlTokenizer(Encoding.UTF8.GetBytes(html));
        var text = new HtmlText();
        while (true)
        {
            switch (tokenizer.Read())
            {
                case HtmlToken.End:
                    return tokens;
                case HtmlToken.StartTag:
                    var tag = "start " + Name(tokenizer);
                    foreach (var name in AskedAttributes)
                    {
                        if (tokenizer.TryGetAttribute(Encoding.UTF8.GetBytes(name), out var value))
                            tag += $" {name}={text.ReadValue(value)}";
                    }
                    tokens.Add(tag);
                    break;
                case HtmlToken.EndTag:
                    tokens.Add("end " + Name(tokenizer));
                    break;
                case HtmlToken.Text:
                    AddText(tokens, text.ReadText(tokenizer.Text, tokenizer.TextHasReferences).ToString());
                    break;
                case HtmlToken.Comment:
                    tokens.Add($"comment {text.ReadText(tokenizer.Text, hasReferences: false)}");
                    break;
            }
        }

        static string Name(in HtmlTokenizer tokenizer) => Encoding.UTF8.GetString(tokenizer.Name).ToLowerInvariant();
    }

    private static List<string> Theirs(string html)
    {
        var tokens = new List<string>();
        using var source = new TextSource(html);
        using var tokenizer = new OtherTokenizer(source, HtmlEntityProvider.Resolver);
        while (true)
        {
            var token = tokenizer.Get();
            switch (token.Type)
            {
                case HtmlTokenType.EndOfFile:
                    return tokens;
                case HtmlTokenType.StartTag:
                    var start = token.AsTag();
                    var attributes = AskedAttributes.Select(name => start.Attributes.Find(attribute => attribute.Name == name) is { Name: not null } found ? $" {name}={found.Value}" : "");
                    tokens.Add("start " + start.Name + string.Concat(attributes));
                    tokenizer.State = start.Name switch
                    {
                        "title" or "textarea" => HtmlParseMode.RCData,
                        "style" or "xmp" or "iframe" or "noembed" or "noframes" => HtmlParseMode.Rawtext,
                        "script" => HtmlParseMode.Script,
                        "plaintext" => HtmlParseMode.Plaintext,
                        _ => tokenizer.State,
                    };
                    break;
                case HtmlTokenType.EndTag:
                    tokens.Add("end " + token.Name);
                    break;
                case HtmlTokenType.Character:
                    AddText(tokens, token.Data);
                    break;
                case HtmlTokenType.Comment:
                    tokens.Add("comment " + token.Data);
                    break;
            }
        }
    }

    // Where a run of text is cut in two is each tokenizer's own affair. In raw text the other one writes names of tags in lower case.
    private static void AddText(List<string> tokens, string original)
    {
        var text = original.ToLowerInvariant();
        if (tokens.Count > 0 && tokens[^1].StartsWith("text ", StringComparison.Ordinal))
            tokens[^1] += text;
        else if (text.Length > 0)
            tokens.Add("text " + text);
    }
}

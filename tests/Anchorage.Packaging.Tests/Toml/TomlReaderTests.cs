using System.Globalization;
using System.Text;
using CsCheck;

namespace Anchorage.Packaging.Tests.Toml;

public class TomlReaderTests
{
    [Theory]
    [InlineData("a = 1", "{a:1}")]
    [InlineData("\r\n# comment\r\na = 1 # comment\r\n", "{a:1}")]
    [InlineData("'a b' = 1\n\"c\\u0041\" = 2\n\"\" = 3", "{a b:1,cA:2,:3}")]
    [InlineData("a.b.c = 1\na . 'b'.d = 2", "{a:{b:{c:1,d:2}}}")]
    [InlineData("1.2 = true\n-_ = false", "{1:{2:true},-_:false}")]
    [InlineData("[a]\nb = 1\n[a.c]\nd = 2\n[e]", "{a:{b:1,c:{d:2}},e:{}}")]
    [InlineData("[a.b]\nc = 1\n[a]\nd = 2", "{a:{b:{c:1},d:2}}")]
    [InlineData("[a]\nb.c = 1\n[a.b.d]\ne = 2", "{a:{b:{c:1,d:{e:2}}}}")]
    [InlineData("[[a]]\nb = 1\n[[a]]\n[a.c]\nd = 2\n[[a.e]]\n[[a.e]]", "{a:[{b:1},{c:{d:2},e:[{},{}]}]}")]
    [InlineData("[ a . 'b' ]\nc = 1", "{a:{b:{c:1}}}")]
    [InlineData("a = [1, 'x', [ ], {b = 2, c.d = 3},]", "{a:[1,x,[],{b:2,c:{d:3}}]}")]
    [InlineData("a = [ # one\n 1,\n\n # two\n 2\n]", "{a:[1,2]}")]
    [InlineData("a = {}", "{a:{}}")]
    [InlineData("a = +9_000\nb = -0\nc = 0xDead_beef\nd = 0o17\ne = 0b101\nf = -9223372036854775808\ng = 0x7fffffffffffffff", "{a:9000,b:0,c:3735928559,d:15,e:5,f:-9223372036854775808,g:9223372036854775807}")]
    [InlineData("a = 1.5\nb = -1_0.2_5e+1_0\nc = 1e3\nd = 0.0\ne = inf\nf = -inf\ng = nan\nh = 0e0", "{a:1.5,b:-102500000000,c:1000,d:0,e:Infinity,f:-Infinity,g:NaN,h:0}")]
    [InlineData("a = 1979-05-27T07:32:00Z\nb = 1979-05-27 00:32:00.999999-07:00\nc = 1979-05-27t07:32:00\nd = 1979-05-27\ne = 07:32:00.5", "{a:1979-05-27T07:32:00.0000000+00:00,b:1979-05-27T00:32:00.9999990-07:00,c:1979-05-27T07:32:00.0000000+00:00,d:1979-05-27T00:00:00.0000000+00:00,e:0001-01-01T07:32:00.5000000+00:00}")]
    [InlineData("a = 'C:\\x'\nb = \"q\\\"\\\\\\t\\u00e9\\U0001F600\"", "{a:C:\\x,b:q\"\\\té😀}")]
    [InlineData("a = '''\none 'q' two\\\nthree'''", "{a:one 'q' two\\\nthree}")]
    [InlineData("a = '''''x'''''", "{a:''x''}")]
    [InlineData("a = \"\"\"\none\r\ntwo \\\n\n   \t three\"\"\"\nb = \"\"\"\"q\"\"\"\"\"", "{a:one\ntwo three,b:\"q\"\"}")]
    public void Documents_mean_what_the_specification_says(string text, string expected) => Assert.Equal(expected, Print(Read(text)));

    [Theory]
    [InlineData("a")]
    [InlineData("a =")]
    [InlineData("= 1")]
    [InlineData("a = 1 b = 2")]
    [InlineData("a b = 1")]
    [InlineData("a. = 1")]
    [InlineData("a = 1\na = 2")]
    [InlineData("a.b = 1\na = 2")]
    [InlineData("a = 1\na.b = 2")]
    [InlineData("a = {b = 1}\na.c = 2")]
    [InlineData("a = {b = 1}\n[a.c]")]
    [InlineData("a = {b = 1, b = 2}")]
    [InlineData("a = {b = {c = 1}, b.d = 2}")]
    [InlineData("a = {b = 1,}")]
    [InlineData("a = {\nb = 1}")]
    [InlineData("a = {b = 1")]
    [InlineData("a = [1")]
    [InlineData("a = [1 2]")]
    [InlineData("a = [,]")]
    [InlineData("[a]\n[a]")]
    [InlineData("[a]\nb.c = 1\n[a.b]")]
    [InlineData("[a.b.c]\nz = 1\n[a]\nb.c.t = 2")]
    [InlineData("a.b = 1\n[a]")]
    [InlineData("[a]\n[[a]]")]
    [InlineData("[[a]]\n[a]")]
    [InlineData("a = [{b = 1}]\n[[a]]")]
    [InlineData("a = [{b = 1}]\n[a.c]")]
    [InlineData("[[a.b]]\n[a]\nb.c = 1")]
    [InlineData("[a")]
    [InlineData("[[a]")]
    [InlineData("[]")]
    [InlineData("[a] b = 1")]
    [InlineData("a = 01")]
    [InlineData("a = 1__0")]
    [InlineData("a = _1")]
    [InlineData("a = 1_")]
    [InlineData("a = +0x1")]
    [InlineData("a = 0x")]
    [InlineData("a = 0b2")]
    [InlineData("a = 9223372036854775808")]
    [InlineData("a = 0x8000000000000000")]
    [InlineData("a = 0xfffffffffffffffff")]
    [InlineData("a = 1.")]
    [InlineData("a = .5")]
    [InlineData("a = 1.e5")]
    [InlineData("a = 1e")]
    [InlineData("a = 1_.0")]
    [InlineData("a = True")]
    [InlineData("a = text")]
    [InlineData("a = 1979-05-27T07:32Z")]
    [InlineData("a = 1979-02-30")]
    [InlineData("a = 25:00:00")]
    [InlineData("a = 1979-05-27T07:32:00.Z")]
    [InlineData("a = 07:32:00Z")]
    [InlineData("a = 'x")]
    [InlineData("a = 'x\ny'")]
    [InlineData("a = \"x")]
    [InlineData("a = \"\\x41\"")]
    [InlineData("a = \"\\ud800\"")]
    [InlineData("a = \"\\U00110000\"")]
    [InlineData("a = \"\\u12\"")]
    [InlineData("a = \"\u0001\"")]
    [InlineData("a = '\u007f'")]
    [InlineData("a = '''x")]
    [InlineData("a = \"\"\"x\rx\"\"\"")]
    [InlineData("a = ''''''''x'''")]
    [InlineData("'''a''' = 1")]
    [InlineData("# \u0001")]
    [InlineData("a = 1\rb = 2")]
    [InlineData("\ufeffa = 1")]
    [InlineData("a = 1\0")]
    public void What_the_specification_forbids_is_refused_with_its_place(string text)
    {
        Assert.False(TomlReader.TryRead(Encoding.UTF8.GetBytes(text), out _, out var problem));
        Assert.Matches("^Line [0-9]+, column [0-9]+: .+\\.$", problem);
        Assert.DoesNotContain(problem, char.IsControl);
    }

    [Fact]
    public void Places_count_lines_and_columns_from_one()
    {
        Assert.False(TomlReader.TryRead("a = 1\n\nbc = ?"u8, out _, out var problem));
        Assert.StartsWith("Line 3, column 6:", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_that_are_no_text_are_refused() => Assert.False(TomlReader.TryRead([0x61, 0x3d, 0x27, 0xff, 0x27], out _, out _));

    [Fact]
    public void Nesting_is_bounded_in_every_direction()
    {
        string[] hostile =
        [
            "a = " + new string('[', 100_000),
            "a = " + string.Concat(Enumerable.Repeat("{a=", 100_000)),
            string.Join('.', Enumerable.Repeat("a", 100_000)) + " = 1",
            "[" + string.Join('.', Enumerable.Repeat("a", 100_000)) + "]",
        ];
        foreach (var text in hostile)
            Assert.False(TomlReader.TryRead(Encoding.UTF8.GetBytes(text), out _, out _));
    }

    [Fact]
    public void The_number_of_values_is_bounded()
    {
        var text = "a = [" + string.Concat(Enumerable.Repeat("1,", TomlReader.MaxValues)) + "]";
        Assert.False(TomlReader.TryRead(Encoding.UTF8.GetBytes(text), out _, out var problem));
        Assert.Contains("values", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Any_string_survives_being_written_with_escapes()
    {
        Gen.String[Gen.Char["abé\"'\\\n\r\t\u0001 #=\u2028"], 0, 30].Sample(value =>
        {
            var escaped = string.Concat(value.Select(c => c is >= ' ' and not ('"' or '\\') ? c.ToString() : $"\\u{(int)c:x4}"));
            Assert.Equal(value, Assert.IsType<TomlString>(Read($"a = \"{escaped}\"").Values["a"]).Value);
        });
    }

    [Fact]
    public void Any_text_is_answered_without_an_exception()
    {
        var piece = Gen.OneOf(Gen.OneOfConst("a", "=", "[", "]", "[[", "]]", "{", "}", ".", ",", "\n", "\"", "'", "\"\"\"", "'''", "\\", "#", "1", "_", "e5", "1979-05-27", "T", "07:32:00", "true"), Gen.String);
        piece.Array[0, 20].Select(string.Concat).Sample(text =>
        {
            TomlReader.TryRead(Encoding.UTF8.GetBytes(text), out _, out _);
        });
    }

    private static TomlTable Read(string text)
    {
        Assert.True(TomlReader.TryRead(Encoding.UTF8.GetBytes(text), out var document, out var problem), problem);
        return document;
    }

    private static string Print(TomlValue value) => value switch
    {
        TomlString text => text.Value,
        TomlInteger integer => integer.Value.ToString(CultureInfo.InvariantCulture),
        TomlFloat number => number.Value.ToString(CultureInfo.InvariantCulture),
        TomlBoolean boolean => boolean.Value ? "true" : "false",
        TomlTime time => time.Value.ToString("O"),
        TomlArray array => $"[{string.Join(',', array.Items.Select(Print))}]",
        _ => $"{{{string.Join(',', ((TomlTable)value).Values.Select(pair => $"{pair.Key}:{Print(pair.Value)}"))}}}",
    };
}

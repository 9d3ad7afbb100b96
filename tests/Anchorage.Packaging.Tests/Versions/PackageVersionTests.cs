using CsCheck;

namespace Anchorage.Packaging.Tests.Versions;

public class PackageVersionTests
{
    private static readonly Gen<string> Number = Gen.OneOf(
        Gen.Int[0, 12].Select(number => number.ToString()),
        Gen.Int[0, 9].Select(number => $"00{number}"),
        Gen.OneOfConst("9999999999999999999", "10000000000000000000", "18446744073709551616", new string('7', 200)));

    private static Gen<string> Maybe(Gen<string> part) => Gen.OneOf(Gen.Const(""), part);

    /// <summary>Versions in any spelling that PEP 440 "Normalization" allows.</summary>
    internal static readonly Gen<string> Spelling = Gen.Select(
        Gen.OneOfConst("", "v", "V", " ", "\t"),
        Maybe(Number.Select(number => number + "!")),
        Number.Array[1, 4].Select(numbers => string.Join('.', numbers)),
        Maybe(Gen.Select(Separator, Gen.OneOfConst("a", "b", "c", "rc", "alpha", "Beta", "pre", "PREVIEW"), Separator, Maybe(Number)).Select(Join)),
        Maybe(Gen.OneOf(Number.Select(number => "-" + number), Gen.Select(Separator, Gen.OneOfConst("post", "r", "Rev"), Separator, Maybe(Number)).Select(Join))),
        Maybe(Gen.Select(Separator, Gen.OneOfConst("dev", "DEV"), Separator, Maybe(Number)).Select(Join)),
        Maybe(Gen.OneOf(Number, Gen.OneOfConst("ubuntu", "G1f", "0a")).Array[1, 3].Select(parts => "+" + string.Join('-', parts))))
        .Select((prefix, epoch, release, pre, post, dev, local) => prefix + epoch + release + pre + post + dev + local);

    private static Gen<string> Separator => Gen.OneOfConst("", ".", "-", "_");

    private static string Join(string separator, string word, string second, string number) =>
        separator + word + (number.Length > 0 ? second : "") + number;

    private static readonly Gen<PackageVersion> Version = Spelling.Select(PackageVersion.Parse);

    /// <summary>Numbers at the edges of what the packed form holds, and few others, so that versions often have much in common.</summary>
    private static readonly Gen<string> EdgeVersion =
        from epoch in Gen.OneOfConst("", "", "", "1!", "2!")
        from release in Gen.OneOfConst("0", "1", "254", "255", "256", "65534", "65535", "65536", "99999999999999999999").Array[1, 6]
        from suffix in Gen.OneOfConst("", "", "a1", "rc0", "rc2097151", "rc2097152", ".post1", ".dev1", ".dev0", "b1.dev1", ".post1.dev2", "a1.post2", "+local", "rc1+1")
        select epoch + string.Join('.', release) + suffix;

    [Fact]
    public void The_packed_form_has_the_order_of_the_parts() =>
        Gen.Select(EdgeVersion, EdgeVersion).Sample((left, right) =>
        {
            var (a, b) = (PackageVersion.Parse(left), PackageVersion.Parse(right));
            return Math.Sign(a.CompareTo(b)) == Math.Sign(a.Parts.CompareTo(b.Parts));
        }, iter: 200_000);

    [Fact]
    public void Printing_and_parsing_again_changes_nothing() =>
        Version.Sample(version =>
        {
            var again = PackageVersion.Parse(version.ToString());
            Assert.Equal(version.ToString(), again.ToString());
            Assert.Equal(version, again);
            Assert.Equal(version.ToCanonicalString(), PackageVersion.Parse(version.ToCanonicalString()).ToCanonicalString());
        });

    [Fact]
    public void The_order_is_total() =>
        Gen.Select(Version, Version, Version).Sample((a, b, c) =>
        {
            Assert.Equal(Math.Sign(a.CompareTo(b)), -Math.Sign(b.CompareTo(a)));
            if (a <= b && b <= c)
                Assert.True(a <= c);
            if (a == b)
                Assert.Equal(a.GetHashCode(), b.GetHashCode());
            Assert.Equal(a == b, a.ToCanonicalString() == b.ToCanonicalString());
        });

    [Fact]
    public void Trailing_zeros_do_not_make_another_version()
    {
        var (one, two) = (PackageVersion.Parse("1.0"), PackageVersion.Parse("1.0.0"));
        Assert.Equal(one, two);
        Assert.Equal(one.GetHashCode(), two.GetHashCode());
        Assert.Equal("1.0.0", two.ToString());
        Assert.Equal("1", two.ToCanonicalString());
    }

    [Fact]
    public void Numbers_beyond_a_machine_word_compare_by_value()
    {
        var numbers = new[] { "9999999999999999998", "9999999999999999999", "10000000000000000000", "18446744073709551615", "18446744073709551616" };
        var versions = numbers.Select(PackageVersion.Parse).ToList();
        Assert.Equal(versions, versions.AsEnumerable().Reverse().Order());
        Assert.Equal(numbers, versions.Select(version => version.ToString()));
        Assert.Equal(5, versions.Distinct().Count());
    }

    [Fact]
    public void A_text_of_4300_characters_is_the_longest()
    {
        Assert.True(PackageVersion.TryParse(new string('1', 4300), out _));
        Assert.False(PackageVersion.TryParse(new string('1', 4301), out _));
    }

    [Theory]
    [InlineData("")]
    [InlineData("v")]
    [InlineData("1.0\0")]
    [InlineData("1!")]
    [InlineData("1!!2")]
    [InlineData("1.0+ünicode")]
    [InlineData("1.0po\u017ft1")]
    [InlineData("１.0")]
    public void What_only_looks_like_a_version_is_refused(string text) => Assert.False(PackageVersion.TryParse(text, out _));

    [Fact]
    public void Any_text_is_answered_without_an_exception() =>
        Gen.String.Sample(text => PackageVersion.TryParse(text, out var version) == (version is not null));

    [Fact]
    public void Legacy_versions_sort_below_all_others_by_their_numbers()
    {
        string[] expected = ["", "204x", "2010x", "dev-r9", "dev-r10", "0.0.dev0", "1.0", "1.0.0", "1!0"];
        Assert.Equal(expected, expected.Reverse().Order(VersionOrder.Comparer));
        Assert.Equal(expected, expected.Reverse().OrderBy(VersionOrder.Key));
    }

    [Fact]
    public void The_order_of_texts_is_total_and_tells_different_texts_apart()
    {
        var text = Gen.OneOf(Spelling, Gen.String[Gen.Char["01a.-"], 0, 6]);
        Gen.Select(text, text, text).Sample((a, b, c) =>
        {
            var comparer = VersionOrder.Comparer;
            Assert.Equal(Math.Sign(comparer.Compare(a, b)), -Math.Sign(comparer.Compare(b, a)));
            Assert.Equal(a == b, comparer.Compare(a, b) == 0);
            if (comparer.Compare(a, b) <= 0 && comparer.Compare(b, c) <= 0)
                Assert.True(comparer.Compare(a, c) <= 0);
        });
    }
}

using System.Text.Json;
using CsCheck;

namespace Anchorage.Packaging.Tests.Versions;

/// <summary>Version specifiers as the reference implementation judges them.</summary>
public class SpecifierVectorTests
{
    private const string ReferenceTests = "packaging-vectors/test_specifiers.json";

    [Fact]
    public void Every_specifier_contains_the_versions_that_the_reference_says()
    {
        var versions = Vectors.Json("packaging-vectors/oracle_versions.json").GetProperty("ordered").EnumerateArray().Select(text => text.GetString()!).ToList();
        var count = 0;
        foreach (var specifier in Vectors.Json("packaging-vectors/oracle_specifiers.json").EnumerateObject())
        {
            var set = VersionSpecifiers.Parse(specifier.Name);
            Assert.Equal(Texts(specifier.Value.GetProperty("prereleases")), versions.Where(set.Contains));
            Assert.Equal(Texts(specifier.Value.GetProperty("filter")), set.Filter(versions, PackageVersion.Parse));
            count += versions.Count;
        }
        Vectors.AssertCount(26 * 92, count);
    }

    [Theory]
    [InlineData("TestSpecifier.test_specifiers_valid", true, 9)]
    [InlineData("TestSpecifier.test_specifiers_invalid", false, 31)]
    [InlineData("TestIsUnsatisfiable.test_satisfiable", true, 87)]
    [InlineData("TestIsUnsatisfiable.test_unsatisfiable", true, 77)]
    [InlineData("TestSpecifierSetToRangeEquivalence.test_contains_equivalent_with_version_objects", true, 29)]
    public void Specifiers_are_accepted_and_refused_like_the_reference(string test, bool isValid, int count)
    {
        var cases = Vectors.Cases(ReferenceTests, test);
        foreach (var text in cases)
            Assert.True(isValid == VersionSpecifiers.TryParse(text.GetString(), out _), text.GetString());
        Vectors.AssertCount(count, cases.Count);
    }

    [Fact]
    public void Any_spelling_of_a_version_stands_after_any_operator()
    {
        var cases = Vectors.Cases(ReferenceTests, "TestSpecifier.test_specifiers_normalized");
        foreach (var text in cases.Select(text => text.GetString()!))
        {
            foreach (var sign in (string[])["~=", "==", "!=", "<=", ">=", "<", ">"])
            {
                if (text.Contains('+', StringComparison.Ordinal) && sign is not ("==" or "!="))
                    continue;
                Assert.True(VersionSpecifiers.TryParse(sign + text, out _), sign + text);
            }
        }
        Vectors.AssertCount(95, cases.Count);
    }

    [Theory]
    [InlineData("TestSpecifier.test_specifiers", 188, 1, 0)]
    [InlineData("TestSpecifier.test_invalid_version", 11, 0, 1)]
    [InlineData("TestSpecifier.test_arbitrary_equality", 47, 1, 0)]
    [InlineData("TestSpecifier.test_arbitrary_equality_normalization", 35, 0, 1)]
    [InlineData("TestSpecifierSet.test_contains_arbitrary_equality_contains", 19, 1, 0)]
    [InlineData("TestSpecifierSet.test_contains_arbitrary_equality_normalization", 17, 0, 1)]
    [InlineData("TestSpecifierSet.test_contains_post_release_boundary_intersection", 6, 0, 1)]
    [InlineData("TestSpecifierSet.test_comparison_ignores_local", 6, 1, 0)]
    public void Membership_agrees_with_the_reference(string test, int count, int specifierAt, int versionAt)
    {
        var cases = Vectors.Cases(ReferenceTests, test);
        foreach (var expected in cases)
        {
            var set = VersionSpecifiers.Parse(expected[specifierAt].GetString()!);
            Assert.True(expected[2].GetBoolean() == Contains(set, expected[versionAt]), expected.GetRawText());
        }
        Vectors.AssertCount(count, cases.Count);
    }

    [Fact]
    public void Membership_of_pre_releases_agrees_with_the_reference()
    {
        var count = 0;
        foreach (var (specifier, version, prereleases, expected) in
            from row in Vectors.Cases(ReferenceTests, "TestSpecifier.test_specifiers_prereleases")
            select (row[0], row[1], row[3].ValueKind == JsonValueKind.Null ? row[2] : row[3], row[4]))
        {
            AssertMembership(specifier, version, prereleases, expected);
            count++;
        }
        foreach (var row in Vectors.Cases(ReferenceTests, "TestSpecifierSet.test_contains_exclusionary_bridges"))
        {
            AssertMembership(row[0], row[2], row[1], row[3]);
            count++;
        }
        Vectors.AssertCount(58 + 101, count);
    }

    private static void AssertMembership(JsonElement specifier, JsonElement version, JsonElement prereleases, JsonElement expected)
    {
        var set = VersionSpecifiers.Parse(specifier.GetString()!);
        var isIn = set.Filter([PackageVersion.Parse(version.GetString()!)], item => item, Flag(prereleases)).Count == 1;
        Assert.True(expected.GetBoolean() == isIn, $"{specifier} {version} {prereleases}");
    }

    [Theory]
    [InlineData("TestSpecifier.test_specifier_filter", 40)]
    [InlineData("TestSpecifierSet.test_specifier_filter", 70)]
    public void Filtering_agrees_with_the_reference(string test, int count)
    {
        var cases = Vectors.Cases(ReferenceTests, test);
        foreach (var row in cases)
        {
            var input = row[3].EnumerateArray().Select(TextOf).ToList();
            // Texts that are no version cannot be put into a typed list; they are judged by Contains(string).
            if (!input.All(text => PackageVersion.TryParse(text, out _)))
                continue;
            var set = VersionSpecifiers.Parse(row[0].GetString()!);
            if (row[0].GetString()!.Contains("===", StringComparison.Ordinal))
                continue;
            var prereleases = Flag(row[2]) ?? Flag(row[1]);
            Assert.True(
                row[4].EnumerateArray().Select(TextOf).SequenceEqual(set.Filter(input, PackageVersion.Parse, prereleases)),
                row.GetRawText());
        }
        Vectors.AssertCount(count, cases.Count);
    }

    [Fact]
    public void Filtering_across_gaps_agrees_with_the_reference()
    {
        var cases = Vectors.Cases(ReferenceTests, "TestSpecifierSet.test_filter_exclusionary_bridges");
        foreach (var row in cases)
        {
            var set = VersionSpecifiers.Parse(row[0].GetString()!);
            Assert.Equal(Texts(row[3]), set.Filter(Texts(row[2]), PackageVersion.Parse, Flag(row[1])));
        }
        Vectors.AssertCount(32, cases.Count);
    }

    [Fact]
    public void What_asks_for_pre_releases_is_told_like_the_reference()
    {
        var cases = Vectors.Cases(ReferenceTests, "TestSpecifier.test_specifier_prereleases_detection");
        foreach (var row in cases)
            Assert.Equal(row[1].GetBoolean(), VersionSpecifiers.Parse(row[0].GetString()!).AsksForPrereleases);
        Vectors.AssertCount(14, cases.Count);
    }

    [Fact]
    public void Printing_agrees_with_the_reference()
    {
        var cases = Vectors.Cases(ReferenceTests, "TestSpecifierSet.test_specifiers_str_and_repr");
        foreach (var row in cases)
            Assert.Equal(row[1].GetString(), VersionSpecifiers.Parse(row[0].GetString()!).ToString());
        Vectors.AssertCount(10, cases.Count);
    }

    [Fact]
    public void Nothing_but_identity_and_the_empty_set_takes_a_text_that_is_no_version()
    {
        Assert.True(VersionSpecifiers.Any.Contains("2004-final"));
        Assert.True(VersionSpecifiers.Parse("===2004-FINAL").Contains("2004-final"));
        Assert.False(VersionSpecifiers.Parse("!=1.0").Contains("2004-final"));
    }

    [Fact]
    public void Printing_and_parsing_again_keeps_the_meaning()
    {
        var clause = Gen.Select(Gen.OneOfConst("~=", "==", "!=", "<=", ">=", "<", ">", "==="), PackageVersionTests.Spelling.Where(text => text.Length < 100),
            (sign, text) => sign + (sign is "==" or "!=" ? text : text.Split('+')[0]));
        Gen.Select(clause.Array[0, 4], PackageVersionTests.Spelling).Sample((clauses, candidate) =>
        {
            // "~=" needs two segments, and "===" takes no blanks inside.
            if (!VersionSpecifiers.TryParse(string.Join(" , ", clauses), out var set))
                return;
            var version = PackageVersion.Parse(candidate);
            var again = VersionSpecifiers.Parse(set.ToString());
            Assert.Equal(set.ToString(), again.ToString());
            Assert.Equal(set.Contains(version), again.Contains(version));
            Assert.Equal(set.Contains(version), set.Contains(version.ToString()));
        });
    }

    [Fact]
    public void Each_operator_and_its_opposite_divide_all_versions() =>
        Gen.Select(PackageVersionTests.Spelling, PackageVersionTests.Spelling).Sample((bound, candidate) =>
        {
            var version = PackageVersion.Parse(candidate);
            var text = PackageVersion.Parse(bound);
            Assert.NotEqual(Set("==", text.ToString()).Contains(version), Set("!=", text.ToString()).Contains(version));
            if (Set("<", text.Public).Contains(version))
                Assert.False(Set(">=", text.Public).Contains(version));
            if (Set(">", text.Public).Contains(version))
                Assert.False(Set("<=", text.Public).Contains(version));
        });

    [Theory]
    [InlineData("")]
    [InlineData(">=1.0")]
    public void Any_text_is_answered_without_an_exception(string prefix) =>
        Gen.String.Sample(text => VersionSpecifiers.TryParse(prefix + text, out var set) == (set is not null));

    private static VersionSpecifiers Set(string sign, string version) => VersionSpecifiers.Parse(sign + version);

    private static bool Contains(VersionSpecifiers set, JsonElement version) =>
        version.ValueKind == JsonValueKind.Object ? set.Contains(PackageVersion.Parse(TextOf(version))) : set.Contains(version.GetString()!);

    private static string TextOf(JsonElement version) =>
        version.ValueKind == JsonValueKind.Object ? version.GetProperty("value").GetString()! : version.GetString()!;

    private static IEnumerable<string> Texts(JsonElement array) => array.EnumerateArray().Select(TextOf);

    private static bool? Flag(JsonElement value) => value.ValueKind == JsonValueKind.Null ? null : value.GetBoolean();
}

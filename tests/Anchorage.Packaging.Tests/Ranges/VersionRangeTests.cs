using System.Text.Json;
using CsCheck;

namespace Anchorage.Packaging.Tests.Ranges;

/// <summary>Ranges as the reference implementation computes them, and the laws of sets.</summary>
public class VersionRangeTests
{
    private const string RangeTests = "packaging-vectors/test_ranges.json";
    private const string SpecifierTests = "packaging-vectors/test_specifiers.json";

    [Fact]
    public void Each_operator_has_an_inside_and_an_outside()
    {
        var cases = Vectors.Cases(RangeTests, "TestToRange.test_operators");
        foreach (var row in cases)
        {
            var range = Range(row[0]);
            Assert.True(range.Contains(Version(row[1])), row.GetRawText());
            Assert.False(range.Contains(Version(row[2])), row.GetRawText());
        }
        Vectors.AssertCount(8, cases.Count);
    }

    [Fact]
    public void Ranges_print_as_intervals()
    {
        var cases = Vectors.Cases(RangeTests, "TestEquality.test_repr");
        foreach (var row in cases)
            Assert.StartsWith($"<VersionRange '{Range(row[0])}'", row[1].GetString(), StringComparison.Ordinal);
        Vectors.AssertCount(3, cases.Count);
    }

    [Fact]
    public void Two_spellings_of_one_bound_are_equal()
    {
        var cases = Vectors.Cases(RangeTests, "TestBoundaryCanonicalization.test_equal_and_hash");
        foreach (var row in cases)
        {
            Assert.Equal(Range(row[0]), Range(row[1]));
            Assert.Equal(Range(row[0]).GetHashCode(), Range(row[1]).GetHashCode());
        }
        Vectors.AssertCount(7, cases.Count);
    }

    [Fact]
    public void Gaps_without_a_version_are_empty()
    {
        var empty = Vectors.Cases(RangeTests, "TestSyntheticEmptyGaps.test_is_empty");
        foreach (var text in empty)
            Assert.True(Range(text).IsEmpty, text.GetString());
        Vectors.AssertCount(6, empty.Count);
        var filled = Vectors.Cases(RangeTests, "TestSyntheticEmptyGaps.test_not_empty");
        foreach (var text in filled)
            Assert.False(Range(text).IsEmpty, text.GetString());
        Vectors.AssertCount(4, filled.Count);
        var embedded = Vectors.Cases(RangeTests, "TestSyntheticEmptyGaps.test_intersection_drops_embedded_empty");
        foreach (var row in embedded)
        {
            var range = Range(row[0]);
            Assert.False(range.Contains(Version(row[1])));
            Assert.Equal(range, Range(row[0]).Intersect(VersionRange.All));
            Assert.DoesNotContain("|", range.ToString(), StringComparison.Ordinal);
        }
        Vectors.AssertCount(3, embedded.Count);
    }

    [Fact]
    public void What_holds_only_pre_releases_is_empty_where_they_are_not_wanted()
    {
        var only = Vectors.Cases(RangeTests, "TestEmptyMatchesUnsatisfiable.test_prerelease_only_empty_when_policy_excludes");
        foreach (var text in only)
        {
            Assert.True(VersionRange.IsSatisfiable(Specifiers(text)), text.GetString());
            Assert.False(VersionRange.IsSatisfiable(Specifiers(text), prereleases: false), text.GetString());
        }
        Vectors.AssertCount(5, only.Count);
        var others = Vectors.Cases(RangeTests, "TestEmptyMatchesUnsatisfiable.test_non_prerelease_bounds_survive");
        foreach (var text in others)
            Assert.True(VersionRange.IsSatisfiable(Specifiers(text), prereleases: false), text.GetString());
        Vectors.AssertCount(3, others.Count);
    }

    [Theory]
    [InlineData("TestIsUnsatisfiable.test_unsatisfiable", true, false, 77)]
    [InlineData("TestIsUnsatisfiable.test_satisfiable", true, true, 87)]
    [InlineData("TestIsUnsatisfiable.test_unsatisfiable_prereleases_false", false, false, 23)]
    [InlineData("TestIsUnsatisfiable.test_satisfiable_prereleases_false", false, true, 17)]
    [InlineData("TestIsUnsatisfiable.test_post_release_boundary_unsatisfiable", true, false, 4)]
    public void Contradictions_are_found_like_the_reference_finds_them(string test, bool prereleases, bool expected, int count)
    {
        var cases = Vectors.Cases(SpecifierTests, test);
        foreach (var text in cases)
            Assert.True(expected == VersionRange.IsSatisfiable(Specifiers(text), prereleases), text.GetString());
        Vectors.AssertCount(count, cases.Count);
    }

    [Theory]
    [InlineData("TestSpecifierSet.test_is_subset", 8)]
    [InlineData("TestSpecifierSet.test_is_superset", 8)]
    [InlineData("TestSpecifierSet.test_is_disjoint", 6)]
    public void Sets_are_compared_like_the_reference_compares_them(string test, int count)
    {
        var cases = Vectors.Cases(SpecifierTests, test);
        foreach (var row in cases)
        {
            var (left, right) = (Range(row[0]), Range(row[1]));
            var actual = test.EndsWith("subset", StringComparison.Ordinal) ? left.IsSubsetOf(right)
                : test.EndsWith("superset", StringComparison.Ordinal) ? right.IsSubsetOf(left) : left.IsDisjointFrom(right);
            Assert.True(row[2].GetBoolean() == actual, row.GetRawText());
        }
        Vectors.AssertCount(count, cases.Count);
    }

    [Fact]
    public void The_comparison_of_texts_has_no_range()
    {
        var cases = Vectors.Json(SpecifierTests).EnumerateArray()
            .Where(table => table.GetProperty("test").GetString() == "TestSpecifierSet.test_set_relations_reject_arbitrary_equality" && table.GetProperty("args").GetArrayLength() == 2)
            .SelectMany(table => table.GetProperty("cases").EnumerateArray()).ToList();
        foreach (var row in cases)
            Assert.False(VersionRange.TryOf(Specifiers(row[0]), out _) && VersionRange.TryOf(Specifiers(row[1]), out _), row.GetRawText());
        Assert.Throws<ArgumentException>(() => VersionRange.Of(VersionSpecifiers.Parse("===1.0")));
        Vectors.AssertCount(3, cases.Count);
    }

    [Fact]
    public void A_range_contains_what_its_specifiers_contain()
    {
        string[] tests = ["TestToSpecifierSet.test_roundtrip", "TestToSpecifierSet.test_prerelease_free_recovery_spelling", "TestToSpecifierSet.test_epoch_zero_family_floor_roundtrips"];
        var specifiers = tests.SelectMany(test => Vectors.Cases(RangeTests, test)).Select(row => row.ValueKind == JsonValueKind.Array ? row[0] : row)
            .Concat(Vectors.Json(SpecifierTests).EnumerateArray()
                .Where(table => table.GetProperty("test").GetString() == "TestSpecifierSetToRangeEquivalence.test_contains_equivalent_with_version_objects")
                .SelectMany(table => table.GetProperty("cases").EnumerateArray()))
            .Select(Specifiers).ToList();
        var versions = Vectors.Json("packaging-vectors/oracle_versions.json").GetProperty("ordered").EnumerateArray().Select(Version)
            .Concat(((string[])["0.dev0", "0", "1!0.dev0", "1!0", "3.8.dev0", "3.8", "3.8.post1.dev0", "3.8.post1", "3.9.dev0", "3.14", "1.4.5", "1.5", "1.0.0.1", "1.0.0.0.1.dev0"]).Select(PackageVersion.Parse)).ToList();
        var count = 0;
        foreach (var set in specifiers)
        {
            if (!VersionRange.TryOf(set, out var range))
                continue;
            foreach (var version in versions)
            {
                Assert.True(set.Contains(version) == range.Contains(version), $"{version} in {set}: {range}");
                Assert.True(set.Contains(version) != range.Complement().Contains(version), $"{version} in the complement of {set}");
                count++;
            }
        }
        Vectors.AssertCount(6000, count);
    }

    [Fact]
    public void The_whole_truth_table_of_specifiers_holds_for_ranges()
    {
        var count = 0;
        var versions = Vectors.Json("packaging-vectors/oracle_versions.json").GetProperty("ordered").EnumerateArray().Select(Version).ToList();
        foreach (var row in Vectors.Json("packaging-vectors/oracle_specifiers.json").EnumerateObject())
        {
            var set = VersionSpecifiers.Parse(row.Name);
            if (!VersionRange.TryOf(set, out var range))
                continue;
            var inside = row.Value.GetProperty("prereleases").EnumerateArray().Select(Version).ToList();
            foreach (var version in versions)
            {
                Assert.True(inside.Exists(one => one.ToString() == version.ToString()) == range.Contains(version), $"{version} in {row.Name}: {range}");
                count++;
            }
        }
        Vectors.AssertCount(2200, count);
    }

    [Fact]
    public void Asking_for_pre_releases_survives_an_intersection()
    {
        var cases = Vectors.Cases(RangeTests, "TestFilter.test_intersected_requirement_keeps_opt_in");
        foreach (var row in cases)
        {
            var both = VersionSpecifiers.Parse($"{row[0].GetString()},{row[1].GetString()}");
            Assert.Equal(VersionRange.Of(both), Range(row[0]).Intersect(Range(row[1])));
            var versions = row[2].EnumerateArray().Select(Version).ToList();
            Assert.Equal(row[3].EnumerateArray().Select(Version), both.Filter(versions, version => version));
        }
        Vectors.AssertCount(3, cases.Count);
    }

    [Fact]
    public void Short_releases_stand_in_line_with_long_ones()
    {
        var cases = Vectors.Cases(SpecifierTests, "test_boundary_closure_short_release");
        foreach (var row in cases)
            Assert.True(row[2].GetBoolean() == Range(row[0]).Contains(Version(row[1])), row.GetRawText());
        Vectors.AssertCount(3, cases.Count);
    }

    [Fact]
    public void The_order_of_clauses_changes_nothing()
    {
        var cases = Vectors.Cases(SpecifierTests, "TestIsUnsatisfiable.test_contains_identical_across_canonicalization");
        foreach (var row in cases)
        {
            var reversed = VersionRange.Of(VersionSpecifiers.Parse(string.Join(',', row[0].GetString()!.Split(',').Reverse())));
            Assert.Equal(Range(row[0]), reversed);
            foreach (var version in row[1].EnumerateArray().Select(Version))
                Assert.Equal(Specifiers(row[0]).Contains(version), reversed.Contains(version));
        }
        Vectors.AssertCount(4, cases.Count);
    }

    [Fact]
    public void The_laws_of_sets_hold() => Gen.Select(GenRange, GenRange, GenVersion).Sample((left, right, version) =>
    {
        Assert.Equal(left.Contains(version) && right.Contains(version), left.Intersect(right).Contains(version));
        Assert.Equal(left.Contains(version) || right.Contains(version), left.Union(right).Contains(version));
        Assert.Equal(left, left.Complement().Complement());
        Assert.Equal(left, left.Union(left.Intersect(right)));
        Assert.True(left.Intersect(right).IsSubsetOf(left));
        Assert.True(left.IsDisjointFrom(left.Complement()));
        Assert.Equal(VersionRange.All, left.Union(left.Complement()));
        if (left.Contains(version))
            Assert.False(left.IsEmpty);
        if (left.Contains(version) && !version.IsPrerelease)
            Assert.True(left.HasFinal);
        if (left.Least is { } least)
            Assert.True(left.Contains(least) && (!left.Contains(version) || least <= version));
    });

    [Fact]
    public void Thousands_of_clauses_cost_no_square_of_their_number()
    {
        var set = VersionSpecifiers.Parse(string.Join(',', Enumerable.Range(1000, 2300).Select(i => "!=" + i)));
        Assert.False(VersionRange.Of(set).Contains(PackageVersion.Parse("2000")));
        Assert.True(VersionRange.Of(set).Contains(PackageVersion.Parse("2000.1")));
    }

    private static readonly Gen<PackageVersion> GenVersion = Gen.Select(
        Gen.OneOfConst("0", "1", "1.0", "1.1", "1.0.0.1", "2", "1!1"), Gen.OneOfConst("", "a1", "a2", "rc1"), Gen.OneOfConst("", ".post0", ".post1"), Gen.OneOfConst("", ".dev0", ".dev1"), Gen.OneOfConst("", "+a", "+a.1", "+1"),
        (release, pre, post, dev, local) => PackageVersion.Parse(release + pre + post + dev + local));

    private static readonly Gen<string> GenClause = Gen.Select(Gen.OneOfConst("==", "!=", ">=", "<=", ">", "<", "~=", "==*", "!=*"), GenVersion,
        (sign, version) => sign switch
        {
            "==*" or "!=*" => $"{sign[..2]}{version.BaseVersion}.*",
            "==" or "!=" => sign + version,
            "~=" => $"~={(version.BaseVersion.Contains('.', StringComparison.Ordinal) ? version.Public : "1.0")}",
            _ => sign + version.Public,
        });

    private static readonly Gen<VersionRange> GenRange = GenClause.Array[0, 3].Array[1, 2]
        .Select(sets => sets.Select(clauses => VersionRange.Of(VersionSpecifiers.Parse(string.Join(',', clauses)))).Aggregate((left, right) => left.Union(right)));

    [Fact]
    public void Any_clauses_contain_what_their_range_contains() => Gen.Select(GenClause.Array[0, 4], GenVersion).Sample((clauses, version) =>
    {
        var set = VersionSpecifiers.Parse(string.Join(',', clauses));
        return set.Contains(version) == VersionRange.Of(set).Contains(version);
    });

    private static VersionSpecifiers Specifiers(JsonElement text) => VersionSpecifiers.Parse(text.GetString()!);

    private static VersionRange Range(JsonElement text) => VersionRange.Of(Specifiers(text));

    private static PackageVersion Version(JsonElement text) => PackageVersion.Parse(text.GetString()!);
}

using System.Text.Json;

namespace Anchorage.Packaging.Tests.Versions;

/// <summary>Versions as the reference implementation parses, prints and orders them.</summary>
public class VersionVectorTests
{
    private const string Oracle = "packaging-vectors/oracle_versions.json";
    private const string ReferenceTests = "packaging-vectors/test_version.json";

    [Fact]
    public void Versions_are_taken_apart_and_normalised_like_the_reference()
    {
        var parsed = Vectors.Json(Oracle).GetProperty("parsed").EnumerateArray().ToList();
        foreach (var expected in parsed)
        {
            var version = PackageVersion.Parse(Text(expected, "input")!);
            Assert.Equal(Text(expected, "str"), version.ToString());
            Assert.Equal(Text(expected, "public"), version.Public);
            Assert.Equal(Text(expected, "base"), version.BaseVersion);
            Assert.Equal(Text(expected, "local"), version.Local);
            Assert.Equal(Text(expected, "canonical"), version.ToCanonicalString());
            Assert.Equal(expected.GetProperty("is_pre").GetBoolean(), version.IsPrerelease);
            Assert.Equal(expected.GetProperty("is_post").GetBoolean(), version.IsPostRelease);
            Assert.Equal(expected.GetProperty("is_dev").GetBoolean(), version.IsDevelopmentRelease);
            Assert.Equal(expected.GetProperty("epoch").GetRawText(), version.Parts.Epoch.ToString());
            Assert.Equal(
                expected.GetProperty("release").EnumerateArray().Select(segment => segment.GetRawText()),
                version.Parts.Release.Select(segment => segment.ToString()));
        }
        Vectors.AssertCount(276, parsed.Count);
    }

    [Fact]
    public void Texts_that_are_no_version_are_refused()
    {
        var invalid = Vectors.Json(Oracle).GetProperty("invalid").EnumerateArray().ToList();
        foreach (var text in invalid)
            Assert.False(PackageVersion.TryParse(text.GetString(), out _), text.GetString());
        Vectors.AssertCount(34, invalid.Count);
    }

    [Fact]
    public void Every_pair_compares_like_the_reference()
    {
        var ordered = Vectors.Json(Oracle).GetProperty("ordered").EnumerateArray().Select(text => PackageVersion.Parse(text.GetString()!)).ToList();
        for (var left = 0; left < ordered.Count; left++)
        {
            for (var right = 0; right < ordered.Count; right++)
                Assert.Equal(left.CompareTo(right), Math.Sign(ordered[left].CompareTo(ordered[right])));
        }
        Vectors.AssertCount(92, ordered.Count);
    }

    [Fact]
    public void Sorting_every_spelling_gives_the_order_of_the_reference()
    {
        var sorted = Vectors.Json(Oracle).GetProperty("sorted_all").EnumerateArray().Select(text => text.GetString()!).ToList();
        var shuffled = sorted.Order(StringComparer.Ordinal).OrderBy(VersionOrder.Key).Select(PackageVersion.Parse);
        Assert.Equal(sorted.Select(PackageVersion.Parse), shuffled);
        Vectors.AssertCount(276, sorted.Count);
    }

    [Fact]
    public void Every_spelling_normalises_like_the_reference()
    {
        var cases = Vectors.Cases(ReferenceTests, "TestVersion.test_normalized_versions")
            .Concat(Vectors.Cases(ReferenceTests, "TestVersion.test_version_str_repr")).ToList();
        foreach (var pair in cases)
            Assert.Equal(pair[1].GetString(), PackageVersion.Parse(pair[0].GetString()!).ToString());
        Vectors.AssertCount(149, cases.Count);
    }

    [Fact]
    public void Comparison_operators_agree_with_the_reference()
    {
        var yes = Vectors.Cases(ReferenceTests, "TestVersion.test_comparison_true");
        var no = Vectors.Cases(ReferenceTests, "TestVersion.test_comparison_false");
        foreach (var (cases, expected) in new[] { (yes, true), (no, false) })
        {
            foreach (var comparison in cases)
            {
                var left = PackageVersion.Parse(comparison[0].GetString()!);
                var right = PackageVersion.Parse(comparison[1].GetString()!);
                var actual = comparison[2].GetProperty("$op").GetString() switch
                {
                    "lt" => left < right,
                    "le" => left <= right,
                    "eq" => left == right,
                    "ne" => left != right,
                    "ge" => left >= right,
                    "gt" => left > right,
                    var other => throw new InvalidDataException(other),
                };
                Assert.True(expected == actual, comparison.GetRawText());
            }
        }
        Vectors.AssertCount(100, yes.Count + no.Count);
    }

    [Fact]
    public void Canonical_texts_agree_with_the_reference()
    {
        var cases = Vectors.Cases("packaging-vectors/test_utils.json", "test_canonicalize_version");
        foreach (var pair in cases)
        {
            var text = pair[0].ValueKind == JsonValueKind.Object ? pair[0].GetProperty("value").GetString()! : pair[0].GetString()!;
            if (PackageVersion.TryParse(text, out var version))
                Assert.Equal(pair[1].GetString(), version.ToCanonicalString());
            else
                Assert.Equal(text, pair[1].GetString());
        }
        Vectors.AssertCount(13, cases.Count);
    }

    private static string? Text(JsonElement parent, string name) => parent.GetProperty(name).GetString();
}

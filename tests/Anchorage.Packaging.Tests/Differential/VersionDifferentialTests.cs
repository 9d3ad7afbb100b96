using Anchorage.Packaging.Tests.Versions;
using CsCheck;

namespace Anchorage.Packaging.Tests.Differential;

/// <summary>Versions and specifiers: 13,000 generated cases, judged by us and by the reference.</summary>
public class VersionDifferentialTests
{
    private const string Alphabet = "0123456789.-_+!vVabcrdepostlv";

    private static readonly Gen<string> Version = HostileText.Of(
        Gen.Frequency((30, PackageVersionTests.Spelling), (1, LongNumber), (1, LongRelease)), Alphabet);

    /// <summary>Around the bounds of a machine word, of Python's conversion of digits, and of ours.</summary>
    private static Gen<string> LongNumber => Gen.Select(
        Gen.OneOfConst(18, 19, 20, 21, 4290, 4299, 4300, 4301, 5000), Gen.Char["129"],
        (length, digit) => "1." + new string(digit, length - 2));

    private static Gen<string> LongRelease => Gen.Int[50, 400].Select(segments => string.Join('.', Enumerable.Repeat("0", segments)));

    private static readonly Explained<string> TooLong = new(
        $"A version of more than {PackageVersion.MaxLength} characters is refused here.", text => text.Length > PackageVersion.MaxLength);

    [Fact]
    public Task Versions_are_read_like_the_reference() => Differences.AssertNoneAsync(
        HostileText.Generate(Version, 5000),
        text => new { kind = "version", text },
        text => !PackageVersion.TryParse(text, out var version) ? null : new
        {
            text = version.ToString(),
            canonical = version.ToCanonicalString(),
            @public = version.Public,
            @base = version.BaseVersion,
            local = version.Local,
            pre = version.IsPrerelease,
            post = version.IsPostRelease,
            dev = version.IsDevelopmentRelease,
        },
        TooLong);

    /// <summary>Half of the pairs are close relatives: independent versions differ in their first number.</summary>
    [Fact]
    public Task Versions_are_ordered_like_the_reference()
    {
        var release = Gen.OneOfConst("1", "1.0", "1.0.0", "1.0.1", "1!1", "1.10");
        var suffix = Gen.OneOfConst("", "a", "a0", "a1", "b1", "rc1", ".post", ".post1", "-2", ".dev", ".dev1", "a1.post1", "a1.dev2", ".post1.dev3", "rc1.post2.dev3");
        var local = Gen.OneOfConst("", "", "+1", "+01", "+a", "+A.1", "+a.b", "+1.a", "+1.0", "+10000000000000000000000");
        var relative = Gen.Select(release, suffix, local, (a, b, c) => a + b + c);
        var wellFormed = Gen.OneOf(relative, PackageVersionTests.Spelling);
        return Differences.AssertNoneAsync(
            HostileText.Generate(Gen.Select(wellFormed, wellFormed), 3000),
            pair => new { kind = "order", left = pair.Item1, right = pair.Item2 },
            pair => Math.Sign(PackageVersion.Parse(pair.Item1).CompareTo(PackageVersion.Parse(pair.Item2))));
    }

    [Fact]
    public Task Specifiers_are_read_and_contain_versions_like_the_reference()
    {
        // Few numbers, so that versions fall on the bounds of the specifiers and beside them.
        var number = Gen.OneOfConst("0", "1", "2", "02");
        var release = number.Array[1, 3].Select(numbers => string.Join('.', numbers));
        var suffix = Gen.OneOfConst("", "", "", "a1", "rc1", ".post1", ".post2", ".dev0", ".dev1", "a1.dev1", ".post1.dev1", "-1", "_ALPHA-1", "rc1.post1");
        var local = Gen.OneOfConst("", "", "", "+l", "+1", "+L.1");
        var epoch = Gen.Frequency((9, Gen.Const("")), (1, Gen.OneOfConst("0!", "1!")));
        var near = Gen.Select(epoch, release, suffix, local, (a, b, c, d) => a + b + c + d);
        var sign = Gen.OneOfConst("~=", "==", "!=", "<=", ">=", "<", ">", "===");
        var clause = Gen.Frequency(
            (6, Gen.Select(sign, Gen.OneOfConst("", " "), Gen.Select(epoch, release, suffix, (a, b, c) => a + b + c), (a, b, c) => a + b + c)),
            (2, Gen.Select(Gen.OneOfConst("==", "!="), near, (a, b) => a + b)),
            (2, Gen.Select(Gen.OneOfConst("==", "!="), epoch, release, (a, b, c) => a + b + c + ".*")));
        var set = Gen.Select(clause.Array[0, 3], Gen.OneOfConst(",", ", ", " ,")).Select((clauses, comma) => string.Join(comma, clauses));
        var specifiers = HostileText.Of(set, "~=!<>,.*0123v+-_arcdevpost");
        var version = HostileText.Of(near, Alphabet);
        return Differences.AssertNoneAsync(
            HostileText.Generate(Gen.Select(specifiers, version), 5000),
            pair => new { kind = "specifiers", specifiers = pair.Item1, version = pair.Item2 },
            pair => JudgeSpecifiers(pair.Item1, pair.Item2),
            new Explained<(string, string)>("The reference prints one of two clauses that mean the same (<1a1, <1a.1); here each is kept.", pair => HasTwins(pair.Item1)));
    }

    private static bool HasTwins(string specifiers)
    {
        var clauses = VersionSpecifiers.Parse(specifiers).ToString().Split(',');
        return clauses.DistinctBy(clause =>
        {
            var sign = clause[..clause.AsSpan().IndexOfAnyExcept("~=!<>")];
            return sign + (PackageVersion.TryParse(clause[sign.Length..], out var version) ? version.ToCanonicalString() : clause);
        }).Count() < clauses.Length;
    }

    private static Dictionary<string, object>? JudgeSpecifiers(string text, string candidate)
    {
        if (!VersionSpecifiers.TryParse(text, out var set))
            return null;
        var verdict = new Dictionary<string, object>
        {
            ["text"] = set.ToString(),
            ["asks"] = set.AsksForPrereleases,
            ["spelled"] = set.Contains(candidate),
        };
        if (PackageVersion.TryParse(candidate, out var version))
            verdict["contains"] = new bool?[] { true, false, null }.Select(prereleases => set.Filter([version], item => item, prereleases).Count == 1);
        return verdict;
    }
}

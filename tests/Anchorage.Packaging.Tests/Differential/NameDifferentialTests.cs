using System.Text.RegularExpressions;
using Anchorage.Packaging.Tests.Versions;
using CsCheck;

namespace Anchorage.Packaging.Tests.Differential;

/// <summary>Project and file names: 5,000 generated cases, judged by us and by the reference.</summary>
public partial class NameDifferentialTests
{
    private const string Alphabet = "abcXYZ019-_.";

    private static readonly Gen<string> WellFormedName =
        Gen.Select(Gen.Char["aZ09"], Gen.String[Gen.Char[Alphabet], 0, 10], Gen.Char["aZ09"], (first, middle, last) => first + middle + last);

    [Fact]
    public Task Project_names_are_normalised_like_the_reference() => Differences.AssertNoneAsync(
        HostileText.Generate(HostileText.Of(Gen.Frequency((20, WellFormedName), (1, Gen.Int[250, 260].Select(length => new string('a', length)))), Alphabet), 2000),
        text => new { kind = "name", text },
        text => ProjectName.TryParse(text, out var name) ? name.ToString() : null,
        new Explained<string>($"A name of more than {ProjectName.MaxLength} characters is refused here.", text => text.Length > ProjectName.MaxLength));

    // What PyPI refuses too, and what the reference's lenient reader does not look at.
    private static readonly Explained<string>[] Stricter =
    [
        new($"A file name of more than {DistributionFilename.MaxLength} characters is refused here.", text => text.Length > DistributionFilename.MaxLength),
        new("A file name of other characters than ASCII letters, digits and '-_.+!' is refused here.", text => OtherCharacter().IsMatch(text)),
        new("A project name that the name grammar refuses makes no file name here.", text => !ProjectName.TryParse(NamePart(text), out _)),
        new("A compatibility tag that is empty, has a sign in it, or begins a Python tag with a digit makes no wheel here.",
            text => text.EndsWith(".whl", StringComparison.Ordinal) && OddTag().IsMatch(string.Join('-', text[..^4].Split('-').TakeLast(3)))),
    ];

    [Fact]
    public Task Wheel_names_are_taken_apart_like_the_reference()
    {
        var name = Gen.String[Gen.Char["abcXYZ019_."], 1, 6].Select(text => "a" + text);
        var version = Gen.Frequency((3, PackageVersionTests.Spelling.Where(text => !text.Contains('-', StringComparison.Ordinal) && text.Length < 100)), (1, Gen.OneOfConst("1.0", "2", "1.0-1")));
        var build = Gen.Frequency((4, Gen.Const("")), (2, Gen.OneOfConst("-1", "-0", "-007", "-2b", "-20240101_x.y")), (1, Gen.OneOfConst("-", "-b1", "-_1")));
        var tags = Gen.Select(TagSet("py3", "py2", "cp313", "pp39", "CP39"), TagSet("none", "abi3", "cp313t"), TagSet("any", "manylinux_2_17_x86_64", "win32", "macosx_11_0_arm64"));
        var wheel = Gen.Select(name, version, build, tags, (a, b, c, d) => $"{a}-{b}{c}-{d.Item1}-{d.Item2}-{d.Item3}.whl");
        return Differences.AssertNoneAsync(
            HostileText.Generate(HostileText.Of(wheel, Alphabet + "+!py3none"), 2000),
            text => new { kind = "wheel", text },
            JudgeWheel,
            Stricter);
    }

    private static Gen<string> TagSet(params string[] tags) =>
        Gen.Frequency((5, Gen.OneOfConst(tags)), (1, Gen.OneOfConst(tags).Array[2, 3].Select(set => string.Join('.', set))));

    private static object? JudgeWheel(string text)
    {
        if (!DistributionFilename.TryParse(text, out var filename, out _) || filename is not WheelFilename wheel)
            return null;
        var tags =
            from python in wheel.PythonTags
            from abi in wheel.AbiTags
            from platform in wheel.PlatformTags
            select $"{python}-{abi}-{platform}";
        var digits = wheel.BuildTag is { } tag ? tag[..(tag.AsSpan().IndexOfAnyExceptInRange('0', '9') is var end and >= 0 ? end : tag.Length)] : "";
        return new
        {
            name = wheel.Project.ToString(),
            version = wheel.Version.ToString(),
            build = wheel.BuildTag is null ? [] : (string[])[digits.TrimStart('0'), wheel.BuildTag[digits.Length..]],
            tags = tags.Distinct().Order(StringComparer.Ordinal),
        };
    }

    [Fact]
    public Task Sdist_names_are_taken_apart_like_the_reference()
    {
        var version = Gen.Frequency((3, PackageVersionTests.Spelling.Where(text => text.Length < 100)), (1, Gen.OneOfConst("1.0", "2", "1.0-1")));
        var sdist = Gen.Select(WellFormedName, version, Gen.OneOfConst(".tar.gz", ".tar.gz", ".zip", ".tgz"), (a, b, c) => $"{a}-{b}{c}");
        return Differences.AssertNoneAsync(
            HostileText.Generate(HostileText.Of(sdist, Alphabet + "+!targzip"), 1000),
            text => new { kind = "sdist", text },
            text => DistributionFilename.TryParse(text, out var filename, out _) && filename is SdistFilename
                ? new { name = filename.Project.ToString(), version = filename.Version.ToString() }
                : null,
            Stricter);
    }

    private static string NamePart(string text) => text.EndsWith(".whl", StringComparison.Ordinal)
        ? text.Split('-')[0]
        : text[..Math.Max(0, text.LastIndexOf('-'))];

    [GeneratedRegex("[^A-Za-z0-9_.+!-]")]
    private static partial Regex OtherCharacter();

    [GeneratedRegex(@"^[0-9]|^[^-]*\.[0-9]|(^|[.-])($|[.-])|[+!]")]
    private static partial Regex OddTag();
}

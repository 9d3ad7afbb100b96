using System.Text.RegularExpressions;
using CsCheck;

namespace Anchorage.Packaging.Tests.Differential;

/// <summary>Requirements, markers and license expressions: 9,000 generated cases, judged by us and by the reference.</summary>
public partial class RequirementDifferentialTests
{
    private const string Alphabet = "abz019-_.[](),;@<>=!~'\" ";

    private static readonly Dictionary<string, string>[] Environments =
    [
        new()
        {
            ["os_name"] = "posix",
            ["sys_platform"] = "linux",
            ["python_version"] = "3.13",
            ["python_full_version"] = "3.13.0rc1",
            ["platform_system"] = "Linux",
            ["platform_machine"] = "x86_64",
            ["platform_release"] = "6.1.0-28-amd64",
            ["platform_version"] = "#1 SMP Debian 6.1.119-1",
            ["platform_python_implementation"] = "CPython",
            ["implementation_name"] = "cpython",
            ["implementation_version"] = "3.13.0",
            ["extra"] = "test",
        },
        new()
        {
            ["os_name"] = "nt",
            ["sys_platform"] = "win32",
            ["python_version"] = "3.9",
            ["python_full_version"] = "3.9.21",
            ["platform_system"] = "Windows",
            ["platform_machine"] = "AMD64",
            ["platform_release"] = "10",
            ["platform_version"] = "10.0.19041",
            ["platform_python_implementation"] = "PyPy",
            ["implementation_name"] = "pypy",
            ["implementation_version"] = "7.3.17",
            ["extra"] = "",
        },
    ];

    private static readonly Gen<string> Sign = Gen.Frequency((8, Gen.OneOfConst("==", "!=", "<", "<=", ">", ">=")), (2, Gen.OneOfConst("~=", "===", "in", "not in", "not  in")));

    private static readonly Gen<string> Quote = Gen.OneOfConst("'", "\"");

    private static readonly Gen<string> Comparison =
        from kind in Gen.Int[0, 9]
        from variable in kind switch
        {
            < 4 => Gen.OneOfConst("python_version", "python_full_version", "implementation_version", "platform_release"),
            < 8 => Gen.OneOfConst("os_name", "sys_platform", "platform_system", "platform_machine", "platform_version", "platform_python_implementation", "implementation_name"),
            8 => Gen.Const("extra"),
            _ => Gen.OneOfConst("os.name", "sys.platform", "platform.version", "platform.machine", "platform.python_implementation", "python_implementation", "nothing"),
        }
        from sign in Sign
        from quote in Quote
        from value in kind switch
        {
            < 4 => Gen.OneOfConst("3.9", "3.13", "3.13.0", "3.13.0rc1", "3", "3.9.*", "3.9, 3.13", "3.9,", "6.1.0", "10", "3.13.0.post1", "word", "", "v3.13", "3.13+local", " 3.13 "),
            8 => Gen.OneOfConst("test", "Test", "te-st", "", "-"),
            _ => Gen.OneOfConst("posix", "nt", "linux", "win32", "Linux", "x86_64", "AMD64", "CPython", "cpython", "linux win32", "10", "10.0.19041", ""),
        }
        from blanks in Gen.OneOfConst("", " ", "  ", "\t").Array[2]
        from isReversed in Gen.Frequency((6, Gen.Const(false)), (1, Gen.Const(true)))
        let gap = sign.Contains("in", StringComparison.Ordinal) ? blanks.Select(blank => blank.Length == 0 ? " " : blank).ToArray() : blanks
        let text = quote + value + quote
        select isReversed ? text + gap[0] + sign + gap[1] + variable : variable + gap[0] + sign + gap[1] + text;

    private static Gen<string> MarkerOf(int depth) => depth == 0 ? Comparison : Gen.Frequency(
        (3, Comparison),
        (2, Gen.Select(MarkerOf(depth - 1), Gen.OneOfConst(" and ", " or ", " and  "), MarkerOf(depth - 1), (left, word, right) => left + word + right)),
        (1, MarkerOf(depth - 1).Select(inner => $"({inner})")),
        (1, MarkerOf(depth - 1).Select(inner => $"( {inner} )")));

    private static readonly Gen<string> Marker = MarkerOf(3);

    [Fact]
    public Task Markers_are_read_and_evaluated_like_the_reference() => Differences.AssertNoneAsync(
        HostileText.Generate(HostileText.Of(Marker, "pythonversi_.<>=!~'\"() andor319"), 4000),
        text => new { kind = "marker", text, environments = Environments },
        text => EnvironmentMarker.TryParse(text, out var marker, out _)
            ? new { text = TextOf(marker), holds = Environments.Select(environment => marker.Evaluate(environment)) }
            : null,
        ControlCharacter,
        Undefined,
        new Explained<string>("The reference does not normalise the value of an extra inside parentheses, so that it compares as written.",
            text => text.Contains("extra", StringComparison.Ordinal) && text.Contains('(', StringComparison.Ordinal)));

    [Fact]
    public Task Requirements_are_read_like_the_reference()
    {
        var name = Gen.OneOfConst("a", "Some.Name", "x_y-z", "a1", "requests");
        var extras = Gen.Frequency((3, Gen.Const("")), (2, Gen.OneOfConst("[]", "[a]", "[b,a]", "[ a , B.c ]", "[a,a]", " [x_y]")));
        var clause = Gen.Select(Gen.OneOfConst(">=", "<", "==", "!=", "~=", "===", "<=", ">"), Gen.OneOfConst("", " "), Gen.OneOfConst("1.0", "2", "1.2.*", "1!3.0a1", "1.0+x"), (a, b, c) => a + b + c);
        var specifiers = Gen.Select(clause.Array[0, 3], Gen.OneOfConst(",", ", ", " ,")).Select((clauses, comma) => string.Join(comma, clauses));
        var target = Gen.Frequency(
            (4, Gen.Select(Gen.OneOfConst("", " "), specifiers, (blank, text) => blank + text)),
            (1, specifiers.Select(text => $" ({text})")),
            (1, Gen.OneOfConst(" @ https://example.com/a.whl", "@file:///a;b", " @ git+https://example.com/r@v1#egg=a ", " @ ")));
        var marker = Gen.Frequency((2, Gen.Const("")), (2, Marker.Select(text => " ; " + text)), (1, Marker.Select(text => ";" + text)));
        return Differences.AssertNoneAsync(
            HostileText.Generate(HostileText.Of(Gen.Select(name, extras, target, marker, (a, b, c, d) => a + b + c + d), Alphabet), 4000),
            text => new { kind = "requirement", text },
            text => Requirement.TryParse(text, out var requirement, out _)
                ? new
                {
                    name = requirement.DisplayName,
                    extras = requirement.Extras,
                    specifier = string.Join(',', requirement.Specifiers.ToString().Split(',').Order(StringComparer.Ordinal)),
                    url = requirement.Url,
                    marker = requirement.Marker is null ? null : TextOf(requirement.Marker),
                }
                : null,
            ControlCharacter,
            new Explained<string>("The reference reads the text behind === up to the next blank, further clauses included.", text => ArbitraryThenMore().IsMatch(text)),
            new Explained<string>("A name of a project or extra that ends with '_' is refused here, as the grammar of names does.", text => EndsWithUnderscore().IsMatch(text.Split(';')[0])));
    }

    [Fact]
    public Task License_expressions_are_normalised_like_the_reference()
    {
        var license = Gen.OneOfConst("MIT", "mit", "Apache-2.0", "GPL-3.0-only", "gpl-2.0", "BSD-3-Clause", "LicenseRef-Own", "licenseref-x.y-1", "MIT+", "GPL-2.0-or-later", "Nothing-1.0", "0BSD");
        var with = Gen.Frequency((4, Gen.Const("")), (1, Gen.OneOfConst(" WITH Classpath-exception-2.0", " with llvm-exception", " WITH MIT", " WITH Nothing")));
        var one = Gen.Select(license, with, (a, b) => a + b);
        var two = Gen.Select(one, Gen.OneOfConst(" AND ", " or ", " OR ", "  and "), one, (a, b, c) => a + b + c);
        var expression = Gen.OneOf(one, two, two.Select(text => $"({text})"), Gen.Select(two, Gen.OneOfConst(" AND ", " OR "), one, (a, b, c) => $"({a}){b}{c}"));
        return Differences.AssertNoneAsync(
            HostileText.Generate(HostileText.Of(expression, "MITAGPLandorWH()+-.0123 "), 1000),
            text => new { kind = "license", text },
            text => LicenseExpression.TryParse(text, out var parsed, out _) ? parsed.ToString() : null,
            new Explained<string>("Python takes the ASCII separators 1C to 1F for blanks between words.", text => text.AsSpan().ContainsAnyInRange('\u001c', '\u001f')));
    }

    /// <summary>The reference normalises the value of an extra in some places of a marker and not in others.</summary>
    private static string? TextOf(EnvironmentMarker marker) => marker.ToString() is var text && text.Contains("extra", StringComparison.Ordinal) ? null : text;

    private static readonly Explained<string> ControlCharacter = new(
        "A control character other than the tab is refused here, wherever it stands.", text => Control().IsMatch(text));

    private static readonly Explained<string> Undefined = new(
        "The reference throws at a comparison without meaning, where here that comparison does not hold and the rest is judged.",
        _ => true,
        theirs => theirs.ValueKind == System.Text.Json.JsonValueKind.Object && theirs.TryGetProperty("holds", out var holds)
            && holds.EnumerateArray().Any(verdict => verdict.ValueKind == System.Text.Json.JsonValueKind.String));

    [GeneratedRegex("===[^;]*,")]
    private static partial Regex ArbitraryThenMore();

    [GeneratedRegex(@"_(?![A-Za-z0-9._-])")]
    private static partial Regex EndsWithUnderscore();

    [GeneratedRegex(@"[\0-\x08\x0a-\x1f\x7f-\x9f]")]
    private static partial Regex Control();
}

using System.Text.Json;
using CsCheck;

namespace Anchorage.Packaging.Tests.Requirements;

/// <summary>Requirements and markers as the reference implementation reads and evaluates them.</summary>
public class RequirementVectorTests
{
    private const string RequirementTests = "packaging-vectors/test_requirements.json";
    private const string MarkerTests = "packaging-vectors/test_markers.json";

    private static readonly Dictionary<string, string> Linux = new()
    {
        ["os_name"] = "posix",
        ["sys_platform"] = "linux",
        ["python_version"] = "3.13",
        ["python_full_version"] = "3.13.0",
        ["platform_system"] = "Linux",
        ["platform_machine"] = "x86_64",
        ["platform_python_implementation"] = "CPython",
        ["implementation_name"] = "cpython",
        ["implementation_version"] = "3.13.0",
        ["extra"] = "",
    };

    [Fact]
    public void Every_combination_of_parts_is_read()
    {
        const string Test = "test_basic_valid_requirement_parsing";
        var tables = Vectors.Json(RequirementTests).EnumerateArray().Where(table => table.GetProperty("test").GetString() == Test)
            .ToDictionary(table => table.GetProperty("args")[0].GetString()!, table => table.GetProperty("cases").EnumerateArray().ToList());
        var count = 0;
        foreach (var blank in tables["whitespace"].Select(item => item.GetString()!))
        {
            foreach (var (name, extras, target, marker) in
                from name in tables["name"]
                from extras in tables["extras"]
                from target in tables["url"]
                from marker in tables["marker"]
                select (name.GetString()!, extras.GetProperty("$set").EnumerateArray().Select(extra => extra.GetString()!).ToList(), target, marker.GetString()))
            {
                var url = target[0].GetString();
                var specifier = target[1].GetString()!.Replace("{ws}", blank, StringComparison.Ordinal);
                var text = name + (extras.Count == 0 ? "" : $"[{string.Join($",{blank}", extras)}]") + blank
                    + (url is null ? specifier : $"@{blank}{url}")
                    + (marker is null ? "" : $"{(url is null ? blank : " ")};{marker.Replace("{ws}", blank.Length == 0 && marker.Contains("os_name", StringComparison.Ordinal) ? " " : blank, StringComparison.Ordinal)}");
                Assert.True(Requirement.TryParse(text, out var requirement, out var problem), $"{text}: {problem}");
                Assert.Equal(ProjectName.Parse(name), requirement.Name);
                Assert.Equal(extras.Select(extra => ProjectName.Parse(extra).ToString()).Order(StringComparer.Ordinal), requirement.Extras);
                Assert.Equal(url, requirement.Url);
                Assert.Equal(marker is null, requirement.Marker is null);
                Assert.True(Requirement.TryParse(requirement.ToString(), out var again, out problem), $"{requirement}: {problem}");
                Assert.Equal(requirement.ToString(), again.ToString());
                count++;
            }
        }
        Vectors.AssertCount(3 * 6 * 4 * 18 * 4, count);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-name")]
    [InlineData("name 1.0")]
    [InlineData("name[extra")]
    [InlineData("name[a b]")]
    [InlineData("name[,a]")]
    [InlineData("name[a,]")]
    [InlineData("name @")]
    [InlineData("name @ https://example.com; os_name == 'a'")]
    [InlineData("name (>=1")]
    [InlineData("name >=1,,<2")]
    [InlineData("name ,>=1")]
    [InlineData("name ==1.0.post1.*")]
    [InlineData("name >=1.0+local")]
    [InlineData("name; python_version")]
    [InlineData("name; unknown == 'x'")]
    [InlineData("name>=1\n")]
    [InlineData("name; os_name == \"C:\\\"")]
    [InlineData("name; os_name == \"\\x\"")]
    [InlineData("demo===x,y")]
    [InlineData("name; python_version >= '3' and")]
    public void Malformed_requirements_are_refused_with_a_reason(string text)
    {
        Assert.False(Requirement.TryParse(text, out _, out var problem));
        Assert.DoesNotContain(problem, char.IsControl);
    }

    [Theory]
    [InlineData("TestMarker.test_parses_valid", true, 1440)]
    [InlineData("TestMarker.test_parses_pep345_valid", true, 600)]
    [InlineData("TestMarker.test_parses_setuptools_legacy_valid", true, 120)]
    [InlineData("TestMarker.test_parses_invalid", false, 6)]
    public void Markers_are_accepted_and_refused_like_the_reference(string test, bool isValid, int count)
    {
        var cases = Vectors.Cases(MarkerTests, test);
        foreach (var text in cases)
            Assert.True(isValid == EnvironmentMarker.TryParse(text.GetString()!, out _, out _), text.GetString());
        Vectors.AssertCount(count, cases.Count);
    }

    [Theory]
    [InlineData("TestMarker.test_evaluates", 15)]
    [InlineData("TestMarker.test_evaluate_pep345_markers", 6)]
    [InlineData("TestMarker.test_version_like_equality", 6)]
    public void Markers_evaluate_like_the_reference(string test, int count)
    {
        var cases = Vectors.Cases(MarkerTests, test);
        foreach (var row in cases)
        {
            var environment = new Dictionary<string, string>(Linux);
            if (row[1].ValueKind == JsonValueKind.Object)
            {
                foreach (var variable in row[1].EnumerateObject())
                    environment[variable.Name] = variable.Value.GetString()!;
            }
            Assert.True(row[2].GetBoolean() == Marker(row[0].GetString()!).Evaluate(environment), row.GetRawText());
        }
        Vectors.AssertCount(count, cases.Count);
    }

    [Fact]
    public void Markers_print_like_the_reference()
    {
        var cases = Vectors.Cases(MarkerTests, "TestMarker.test_str_repr_eq_hash");
        foreach (var row in cases)
            Assert.Equal(row[1].GetString(), Marker(row[0].GetString()!).ToString());
        Vectors.AssertCount(9, cases.Count);
    }

    [Fact]
    public void Nesting_is_bounded()
    {
        static string Nested(int depth) => new string('(', depth) + "os_name == 'a'" + new string(')', depth);
        Assert.True(EnvironmentMarker.TryParse(Nested(100), out _, out _));
        Assert.False(EnvironmentMarker.TryParse(Nested(8000), out _, out var problem));
        Assert.Contains("nested", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Any_text_is_answered_without_an_exception()
    {
        var piece = Gen.OneOf(Gen.OneOfConst("name", "[a]", ">=1", "@", ";", "(", ")", " ", "os_name", "==", "'x'", "and", "or", "not", "in", ","), Gen.String);
        piece.Array[0, 10].Select(pieces => string.Concat(pieces)).Sample(text =>
        {
            if (Requirement.TryParse(text, out var requirement, out _))
                requirement.Marker?.Evaluate(Linux);
        });
    }

    private static EnvironmentMarker Marker(string text)
    {
        Assert.True(EnvironmentMarker.TryParse(text, out var marker, out var problem), $"{text}: {problem}");
        return marker;
    }
}

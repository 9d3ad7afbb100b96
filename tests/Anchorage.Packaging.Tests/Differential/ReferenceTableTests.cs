using System.Text;
using System.Text.Json;

namespace Anchorage.Packaging.Tests.Differential;

/// <summary>Tables of the reference's own tests whose expectation is in the name of the test.</summary>
public class ReferenceTableTests
{
    private const string Requirements = "packaging-vectors/test_requirements.json";
    private const string Markers = "packaging-vectors/test_markers.json";
    private const string Versions = "packaging-vectors/test_version.json";
    private const string Names = "packaging-vectors/test_utils.json";
    private const string RegistryNames = "warehouse-vectors/utils__test_project.json";
    private const string RegistryWheels = "warehouse-vectors/utils__test_wheel.json";

    private static string Text(JsonElement item) => item.ValueKind == JsonValueKind.Array ? item[0].GetString()! : item.GetString()!;

    private static bool IsRequirement(string text) => Requirement.TryParse(text, out _, out _);

    private static bool IsMarker(string text) => EnvironmentMarker.TryParse(text, out _, out _);

    [Theory]
    [InlineData(Requirements, "TestRequirementParsing.test_valid_marker", 6, "name; {0}", true)]
    [InlineData(Requirements, "TestRequirementParsing.test_file_url", 4, "name @ {0}", true)]
    [InlineData(Requirements, "TestRequirementParsing.test_trailing_horizontal_whitespace", 3, "name>=1{0}", true)]
    [InlineData(Requirements, "TestRequirementParsing.test_error_when_prefix_match_uses_post_release", 2, "name{0}1.0.post1.*", false)]
    [InlineData(Requirements, "TestRequirementParsing.test_error_when_local_version_label_is_used_incorrectly", 5, "name{0}1.0+local", false)]
    [InlineData(Requirements, "TestRequirementParsing.test_error_invalid_marker_malformed_quoted_string", 2, "{0}", false)]
    public void Requirements_are_taken_or_refused_as_the_reference_tests_say(string file, string test, int count, string format, bool isValid)
    {
        var cases = Vectors.Cases(file, test);
        foreach (var text in cases.Select(item => format.Replace("{0}", Text(item), StringComparison.Ordinal)))
            Assert.True(isValid == IsRequirement(text), text);
        Vectors.AssertCount(count, cases.Count);
    }

    [Theory]
    [InlineData("TestMarker.test_parses_trailing_horizontal_whitespace", 3, "os_name == 'nt'{0}", true)]
    [InlineData("TestMarker.test_parses_invalid_malformed_quoted_string", 2, "{0}", false)]
    public void Markers_are_taken_or_refused_as_the_reference_tests_say(string test, int count, string format, bool isValid)
    {
        var cases = Vectors.Cases(Markers, test);
        foreach (var text in cases.Select(item => format.Replace("{0}", Text(item), StringComparison.Ordinal)))
            Assert.True(isValid == IsMarker(text), text);
        Vectors.AssertCount(count, cases.Count);
    }

    [Theory]
    [InlineData("os_name == 'a\\nb'")]
    [InlineData("os_name == 'a\\\\nb'")]
    [InlineData("os_name == '\\x22\\x27'")]
    [InlineData("os_name == '\\ud800'")]
    [InlineData("os_name == '\"'")]
    public void A_marker_with_escapes_is_printed_as_it_can_be_read(string text)
    {
        Assert.True(EnvironmentMarker.TryParse(text, out var marker, out _));
        Assert.DoesNotContain(marker.ToString(), char.IsControl);
        Assert.True(EnvironmentMarker.TryParse(marker.ToString(), out var again, out var problem), problem);
        Assert.Equal(marker.ToString(), again.ToString());
        Assert.True(IsRequirement($"name; {marker}"));
    }

    [Fact]
    public void Versions_are_taken_or_refused_as_the_reference_tests_say()
    {
        var valid = Vectors.Cases(Versions, "TestVersion.test_valid_versions");
        var invalid = Vectors.Cases(Versions, "TestVersion.test_invalid_versions");
        Assert.All(valid, item => Assert.True(PackageVersion.TryParse(Text(item), out _), Text(item)));
        Assert.All(invalid, item => Assert.False(PackageVersion.TryParse(Text(item), out _), Text(item)));
        Vectors.AssertCount(112, valid.Count + invalid.Count);
    }

    [Fact]
    public void Parts_of_versions_are_those_of_the_reference_tests()
    {
        var parts = new Dictionary<string, Func<PackageVersion, object?>>
        {
            ["public"] = version => version.Public,
            ["base_version"] = version => version.BaseVersion,
            ["local"] = version => version.Local,
            ["is_prerelease"] = version => version.IsPrerelease,
            ["is_devrelease"] = version => version.IsDevelopmentRelease,
            ["is_postrelease"] = version => version.IsPostRelease,
        };
        var count = 0;
        foreach (var (part, read) in parts)
        {
            foreach (var item in Vectors.Cases(Versions, $"TestVersion.test_version_{part}"))
            {
                object? expected = item[1].ValueKind switch { JsonValueKind.String => item[1].GetString(), JsonValueKind.Null => null, _ => item[1].GetBoolean() };
                Assert.True(Equals(expected, read(PackageVersion.Parse(Text(item)))), $"{part} of {item[0]}");
                count++;
            }
        }
        Vectors.AssertCount(143, count);
    }

    [Fact]
    public void Names_are_normalised_and_refused_as_the_reference_tests_say()
    {
        var cases = Vectors.Cases(Names, "test_canonicalize_name");
        foreach (var item in cases)
            Assert.Equal(item[1].GetString(), ProjectName.Parse(Text(item)).ToString());
        var normalized = Vectors.Cases(Names, "test_is_normalized_name");
        foreach (var item in normalized)
            Assert.Equal(Text(item) == item[1].GetString(), ProjectName.IsNormalized(Text(item)));
        var invalid = Vectors.Cases(Names, "test_canonicalize_name_invalid");
        Assert.All(invalid, item => Assert.False(ProjectName.TryParse(Text(item), out _), Text(item)));
        var registry = Vectors.Cases(RegistryNames, "test_project_name_re_ok");
        Assert.All(registry, item => Assert.True(ProjectName.TryParse(Text(item), out _), Text(item)));
        var refused = Vectors.Cases(RegistryNames, "test_project_name_re_invalid");
        Assert.All(refused, item => Assert.False(ProjectName.TryParse(Text(item), out _), Text(item)));
        Vectors.AssertCount(38, cases.Count + normalized.Count + invalid.Count + registry.Count + refused.Count);
    }

    [Fact]
    public void Entry_points_are_taken_or_refused_as_by_the_registry()
    {
        var count = 0;
        foreach (var item in Vectors.Cases(RegistryWheels, "test_validate_entrypoints_names").Where(item => item.ValueKind == JsonValueKind.Array))
        {
            foreach (var group in (string[])["console_scripts", "gui_scripts"])
            {
                var problem = EntryPoints.FindProblem(Encoding.UTF8.GetBytes($"[{group}]\n{Text(item)} = foo:main\n"));
                Assert.True(item[1].GetBoolean() == problem is null, $"{item}: {problem}");
            }
            count++;
        }
        foreach (var item in Vectors.Cases(RegistryWheels, "test_validate_entrypoints_invalid_syntax"))
        {
            Assert.NotNull(EntryPoints.FindProblem(Encoding.Latin1.GetBytes(item[0].GetProperty("$bytes").GetString()!)));
            count++;
        }
        Vectors.AssertCount(29, count);
    }
}

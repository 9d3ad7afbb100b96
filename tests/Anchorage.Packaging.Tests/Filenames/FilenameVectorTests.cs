using System.Text.Json;

namespace Anchorage.Packaging.Tests.Filenames;

/// <summary>File names as the reference implementation and the reference registry judge them.</summary>
public class FilenameVectorTests
{
    private const string Utils = "packaging-vectors/test_utils.json";
    private const string Registry = "warehouse-vectors/forklift__test_legacy.json";

    [Fact]
    public void Wheel_names_are_taken_apart_like_the_reference()
    {
        var cases = Vectors.Cases(Utils, "test_parse_wheel_filename");
        foreach (var expected in cases)
        {
            var text = expected[0].GetString()!;
            if (!text.All(char.IsAscii))
            {
                // The reference takes any letter; a project name is ASCII, so such a file belongs to no project.
                Assert.False(DistributionFilename.TryParse(text, out _, out _));
                continue;
            }
            var wheel = Assert.IsType<WheelFilename>(Parse(text));
            Assert.Equal(expected[1].GetString(), wheel.Project.ToString());
            Assert.Equal(expected[2].GetProperty("value").GetString(), wheel.Version.ToString());
            Assert.Equal(string.Concat(expected[3].EnumerateArray().Select(part => part.ToString())), wheel.BuildTag ?? "");
            Assert.Equal(
                expected[4].GetProperty("$set").EnumerateArray().Select(tag => tag.GetProperty("value").GetString()).Order(),
                Tags(wheel).Order());
        }
        Vectors.AssertCount(8, cases.Count);
    }

    [Fact]
    public void Invalid_wheel_names_are_refused() =>
        AssertAllRefused(14, Vectors.Cases(Utils, "test_parse_wheel_invalid_filename"));

    [Fact]
    public void Invalid_sdist_names_are_refused() =>
        AssertAllRefused(5, Vectors.Cases(Utils, "test_parse_sdist_invalid_filename"));

    [Fact]
    public void Names_that_the_registry_refuses_at_upload_are_refused_here() =>
        AssertAllRefused(4, [.. Vectors.Cases(Registry, "test_upload_fails_with_invalid_filename").Select(pair => pair[0])]);

    [Fact]
    public void Tag_sets_in_any_order_are_read()
    {
        var cases = Vectors.Cases(Utils, "test_parse_wheel_unsorted_tags_valid_by_default");
        foreach (var text in cases)
            Assert.IsType<WheelFilename>(Parse(text.GetString()!));
        Vectors.AssertCount(2, cases.Count);
    }

    [Fact]
    public void Tags_that_the_reference_refuses_are_refused()
    {
        var empty = Vectors.Cases("packaging-vectors/test_tags.json", "TestParseTag.test_empty_component_raises");
        var interpreter = Vectors.Cases("packaging-vectors/test_tags.json", "TestParseTag.test_invalid_interpreter_raises");
        foreach (var tag in empty.Concat(interpreter))
            Assert.False(DistributionFilename.TryParse($"foo-1.0-{tag.GetString()}.whl", out _, out _), tag.GetString());
        Vectors.AssertCount(10, empty.Count + interpreter.Count);
    }

    [Fact]
    public void Sdist_names_are_taken_apart_like_the_reference()
    {
        var cases = Vectors.Cases(Utils, "test_parse_sdist_filename");
        foreach (var expected in cases)
        {
            var sdist = Assert.IsType<SdistFilename>(Parse(expected[0].GetString()!));
            Assert.Equal(expected[1].GetString(), sdist.Project.ToString());
            Assert.Equal(expected[2].GetProperty("value").GetString(), sdist.Version.ToString());
        }
        Vectors.AssertCount(2, cases.Count);
    }

    [Fact]
    public void Names_that_break_PEP_625_say_what_they_should_be()
    {
        var cases = Vectors.Cases(Registry, "test_upload_fails_pep625");
        foreach (var expected in cases)
        {
            var text = expected[0].GetString()!;
            if (!DistributionFilename.TryParse(text, out var filename, out _))
                continue;
            Assert.False(filename.IsCanonical, text);
            // 'x-1.0-9' splits at the last dash, as in the reference; the suggestion is then for another project.
            if (!text.Contains("-9", StringComparison.Ordinal))
                Assert.Equal(expected[2].GetString(), filename.CanonicalText);
        }
        Vectors.AssertCount(7, cases.Count);
    }

    [Fact]
    public void Names_of_real_files_are_taken_apart_like_the_reference()
    {
        var files = Vectors.Json("artifact-oracle.json").EnumerateArray()
            .Where(file => file.TryGetProperty("filename", out _)).ToList();
        foreach (var file in files)
        {
            var expected = file.GetProperty("filename");
            var text = Path.GetFileName(file.GetProperty("path").GetString()!);
            var isValid = DistributionFilename.TryParse(text, out var filename, out var problem);
            Assert.True(expected.GetProperty("ok").GetBoolean() == isValid, $"{text}: {problem}");
            if (filename is null)
                continue;
            Assert.Equal(expected.GetProperty("name").GetString(), filename.Project.ToString());
            Assert.Equal(expected.GetProperty("version").GetString(), filename.Version.ToString());
            if (filename is WheelFilename wheel)
                Assert.Equal(expected.GetProperty("tags").EnumerateArray().Select(tag => tag.GetString()).Order(), Tags(wheel).Order());
        }
        Vectors.AssertCount(196, files.Count);
    }

    private static IEnumerable<string> Tags(WheelFilename wheel) =>
        from python in wheel.PythonTags from abi in wheel.AbiTags from platform in wheel.PlatformTags select $"{python}-{abi}-{platform}";

    private static DistributionFilename Parse(string text)
    {
        Assert.True(DistributionFilename.TryParse(text, out var filename, out var problem), problem);
        return filename;
    }

    private static void AssertAllRefused(int count, List<JsonElement> cases)
    {
        foreach (var text in cases)
        {
            Assert.False(DistributionFilename.TryParse(text.GetString()!, out _, out var problem), text.GetString());
            Assert.DoesNotContain(problem, char.IsControl);
        }
        Vectors.AssertCount(count, cases.Count);
    }
}

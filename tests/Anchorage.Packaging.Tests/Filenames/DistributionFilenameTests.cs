using Anchorage.Packaging.Tests.Versions;
using CsCheck;

namespace Anchorage.Packaging.Tests.Filenames;

public class DistributionFilenameTests
{
    private static readonly Gen<ProjectName> Project = Gen.String[Gen.Char["aZ09._-"], 0, 12].Select(middle => ProjectName.Parse($"a{middle}b"));

    private static readonly Gen<PackageVersion> Version = PackageVersionTests.Spelling
        .Where(text => text.Length < 60).Select(PackageVersion.Parse);

    [Fact]
    public void A_canonical_sdist_name_is_read_back() =>
        Gen.Select(Project, Version).Sample((project, version) =>
        {
            var text = $"{project.ToFilenamePart()}-{version}.tar.gz";
            Assert.True(DistributionFilename.TryParse(text, out var filename, out var problem), problem);
            Assert.Equal(project, filename.Project);
            Assert.Equal(version.ToString(), filename.Version.ToString());
            Assert.True(filename.IsCanonical);
        });

    [Fact]
    public void A_canonical_wheel_name_is_read_back() =>
        Gen.Select(Project, Version, Gen.OneOfConst("", "1-", "2b_x-"), Gen.OneOfConst("py3-none-any", "py2.py3-none-any", "cp313-cp313t.abi3-win_amd64"))
            .Sample((project, version, build, tags) =>
        {
            var text = $"{project.ToFilenamePart()}-{version}-{build}{tags}.whl";
            Assert.True(DistributionFilename.TryParse(text, out var filename, out var problem), problem);
            Assert.Equal(project, filename.Project);
            Assert.Equal(version.ToString(), filename.Version.ToString());
            Assert.Equal(build.TrimEnd('-'), Assert.IsType<WheelFilename>(filename).BuildTag ?? "");
            Assert.True(filename.IsCanonical);
        });

    [Fact]
    public void Any_text_is_answered_and_a_refusal_has_a_printable_reason() =>
        Gen.OneOf(Gen.String, Gen.String.Select(text => text + ".whl"), Gen.String[Gen.Char["a-1.0!+"], 0, 30].Select(text => text + ".tar.gz")).Sample(text =>
        {
            if (DistributionFilename.TryParse(text, out var filename, out var problem))
                Assert.Equal(text, filename.Text);
            else
                Assert.True(problem.Length > 0 && problem.All(c => c is >= ' ' and <= '~'));
        });

    [Theory]
    [InlineData("../foo-1.0-py3-none-any.whl", "path separator")]
    [InlineData("foo/../bar-1.0.tar.gz", "path separator")]
    [InlineData("c:\\foo-1.0.tar.gz", "U+003A")]
    [InlineData("foo\\bar-1.0.tar.gz", "path separator")]
    [InlineData("foo-1.0\0.tar.gz", "U+0000")]
    [InlineData("foo-1.0.tar.gz\n", "U+000A")]
    [InlineData("foo-1.0\r\nX-Header: 1.whl", "U+000D")]
    [InlineData("fo\u00f6-1.0.tar.gz", "U+00F6")]
    [InlineData("foo-1.0\u202e.whl", "U+202E")]
    [InlineData("foo-1.0 .tar.gz", "U+0020")]
    [InlineData("foo-1.0%2f.tar.gz", "U+0025")]
    [InlineData(".hidden-1.0.tar.gz", "must start with")]
    [InlineData("", "empty")]
    [InlineData("foo-1.0.exe", "neither a wheel")]
    [InlineData("foo-1.0-py3-none-any.WHL", "neither a wheel")]
    [InlineData(".whl", "must start with")]
    public void Hostile_names_are_refused_with_the_reason(string text, string reason)
    {
        Assert.False(DistributionFilename.TryParse(text, out _, out var problem));
        Assert.Contains(reason, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_that_no_file_system_stores_is_refused()
    {
        const string Rest = "-1.0.tar.gz";
        Assert.True(DistributionFilename.TryParse(new string('a', 255 - Rest.Length) + Rest, out _, out _));
        Assert.False(DistributionFilename.TryParse(new string('a', 256 - Rest.Length) + Rest, out _, out var problem));
        Assert.Contains("256 characters", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Foo.Bar-1.0.tar.gz", "foo_bar-1.0.tar.gz")]
    [InlineData("foo-bar-1.0.zip", "foo_bar-1.0.tar.gz")]
    [InlineData("foo-1.0ALPHA1.tar.gz", "foo-1.0a1.tar.gz")]
    [InlineData("Foo-1.0-1-py3-none-any.whl", "foo-1.0-1-py3-none-any.whl")]
    [InlineData("foo-1.0-PY3-none-Any.whl", "foo-1.0-py3-none-any.whl")]
    [InlineData("has.script-v1.00-py3-none-any.whl", "has_script-1.0-py3-none-any.whl")]
    public void A_loose_name_is_read_and_its_canonical_form_is_told(string text, string canonical)
    {
        Assert.True(DistributionFilename.TryParse(text, out var filename, out _));
        Assert.False(filename.IsCanonical);
        Assert.Equal(canonical, filename.CanonicalText);
    }
}

using System.Text;

namespace Anchorage.Packaging.Tests.LockFiles;

/// <summary>Lock files of the specification, of pip's tests and of pip-audit's, and what may not stand in one.</summary>
public class LockFileTests
{
    private const string Hash = "hashes = {sha256 = 'aa'}";

    private static readonly string[] Refused =
        ["pip/lockfiles/pylock.invalid.toml", "pip-audit-pylock/pylock.invalid-version.toml", "pip-audit-pylock/pylock.invalid.toml", "pip-audit-pylock/pylock.missing-packages.toml", "pip-audit-pylock/pylock.missing-version.toml", "pip-audit-pylock/pylock.package-missing-name.toml"];

    [Fact]
    public void Real_lock_files_are_read_and_broken_ones_refused()
    {
        var files = ((string[])["pip/lockfiles", "pip-audit-pylock", "packaging/pylock"]).SelectMany(folder => Directory.EnumerateFiles(Vectors.PathOf(folder), "*.toml")).ToList();
        foreach (var file in files)
        {
            var isRefused = Refused.Any(name => file.EndsWith(name, StringComparison.Ordinal));
            Assert.True(LockFile.TryParse(File.ReadAllBytes(file), out _, out var problem) != isRefused, $"{file}: {problem}");
        }
        Vectors.AssertCount(21, files.Count);
    }

    [Fact]
    public void The_example_of_the_specification_is_taken_apart()
    {
        var file = Read(File.ReadAllText(Vectors.PathOf("packaging/pylock/pylock.spec-example.toml")));
        Assert.Equal("mousebender", file.CreatedBy);
        Assert.Equal("==3.12.*", file.RequiresPython?.ToString());
        Assert.Equal(["sys_platform == \"win32\"", "sys_platform == \"linux\""], file.Environments.Select(marker => marker.ToString()));
        Assert.Equal(["attrs", "cattrs", "numpy"], file.Packages.Select(package => package.Name.ToString()));
        var attrs = file.Packages[0];
        Assert.Equal("release-pypi", attrs.AttestationIdentities[0]["environment"]);
        Assert.Equal(63152, attrs.Wheels[0].Size);
        Assert.Equal(new DateTimeOffset(2025, 1, 25, 11, 30, 10, TimeSpan.Zero).AddTicks(1649850), attrs.Wheels[0].UploadTime);
        Assert.Equal("attrs", file.Packages[1].Dependencies[0].ToString());
        Assert.Equal("https://pypi.org/simple", file.Packages[1].Index);
        Assert.All(file.Packages, package => Assert.False(package.IsDirect));
    }

    [Fact]
    public void The_best_wheel_of_each_package_is_selected()
    {
        var file = Read(File.ReadAllText(Vectors.PathOf("packaging/pylock/pylock.spec-example.toml")));
        Assert.True(file.TrySelect(Python("3.12.4", "linux"), Linux, extras: null, dependencyGroups: null, out var selected, out var problem), problem);
        Assert.Equal(
            ["attrs-25.1.0-py3-none-any.whl", "cattrs-24.1.2-py3-none-any.whl", "numpy-2.2.3-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"],
            selected.Select(item => ((LockedFile)item.Source).Filename.Text));
        Assert.False(file.TrySelect(Python("3.13.0", "linux"), Linux, null, null, out _, out problem));
        Assert.Contains("==3.12.*", problem, StringComparison.Ordinal);
        Assert.False(file.TrySelect(Python("3.12.4", "darwin"), Linux, null, null, out _, out problem));
        Assert.Contains("environments", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Extras_and_groups_select_packages()
    {
        var file = Read($"""
            lock-version = "1.0"
            created-by = "test"
            extras = ["cli"]
            dependency-groups = ["dev", "docs"]
            default-groups = ["dev"]
            packages = [
                {InDirectory("a", "marker = \"'cli' in extras\"")},
                {InDirectory("b", "marker = \"'dev' in dependency_groups\"")},
                {InDirectory("c", "marker = \"'docs' in dependency_groups or 'cli' in extras\"")},
            ]
            """);
        Assert.Equal("b", Selected(file, [], null));
        Assert.Equal("a,b,c", Selected(file, ["cli"], null));
        Assert.Equal("c", Selected(file, [], ["docs"]));
        Assert.Equal("", Selected(file, [], []));
    }

    [Fact]
    public void A_project_selected_twice_is_ambiguous()
    {
        var file = Read(Packages(InDirectory("a", "marker = \"os_name == 'posix'\""), InDirectory("a", "marker = \"sys_platform == 'linux'\"")));
        Assert.False(file.TrySelect(Python("3.12.4", "linux"), Linux, null, null, out _, out var problem));
        Assert.Contains("twice", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void The_sdist_stands_in_where_no_wheel_fits()
    {
        const string Wheels = "wheels = [{path = 'a-1.0-cp312-cp312-win_amd64.whl', hashes = {sha256 = 'aa'}}]";
        var both = Read(Packages($"{{name = 'a', {Wheels}, sdist = {{url = 'https://x/a-1.0.tar.gz?y#z', {Hash}}}}}"));
        Assert.True(both.TrySelect(Python("3.12.4", "linux"), Linux, null, null, out var selected, out _));
        Assert.IsType<SdistFilename>(Assert.IsType<LockedFile>(selected[0].Source).Filename);
        Assert.False(Read(Packages($"{{name = 'a', {Wheels}}}")).TrySelect(Python("3.12.4", "linux"), Linux, null, null, out _, out var problem));
        Assert.Contains("No wheel of a", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("name = 'A', directory = {path = '.'}", "normalised")]
    [InlineData("name = 'a'", "exactly one")]
    [InlineData("name = 'a', directory = {path = '.'}, vcs = {type = 'git', url = 'x', commit-id = 'y'}", "exactly one")]
    [InlineData("name = 'a', directory = {path = '.'}, wheels = [{name = 'a-1-py3-none-any.whl', url = 'x', hashes = {sha256 = 'a'}}]", "only one kind")]
    [InlineData("name = 'a', directory = {}", "'path'")]
    [InlineData("name = 'a', directory = {path = '.', editable = 'yes'}", "true or false")]
    [InlineData("name = 'a', vcs = {type = 'git', url = 'x'}", "'commit-id'")]
    [InlineData("name = 'a', vcs = {type = 'git', commit-id = 'x'}", "'url' or a 'path'")]
    [InlineData("name = 'a', archive = {url = 'x'}", "'hashes'")]
    [InlineData("name = 'a', archive = {url = 'x', hashes = {}}", "at least one digest")]
    [InlineData("name = 'a', archive = {url = 'x', hashes = {sha256 = 1}}", "string")]
    [InlineData("name = 'a', archive = {url = 'x', hashes = {\"a\\u0007\" = 1}}", "string")]
    [InlineData("name = 'a', archive = {url = 'x', hashes = {sha256 = 'a', SHA256 = 'b'}}", "two digests")]
    [InlineData("name = 'a', archive = {url = 'x', hashes = {sha256 = 'a'}, size = -1}", "negative")]
    [InlineData("name = 'a', archive = {url = 'x', hashes = {sha256 = 'a'}, size = 1.0}", "integer")]
    [InlineData("name = 'a', archive = {url = 'x', hashes = {sha256 = 'a'}, upload-time = '2020-01-01'}", "date")]
    [InlineData("name = 'a', archive = {url = 'x', hashes = {sha256 = 'a'}, upload-time = 2020-01-01}", "date")]
    [InlineData("name = 'a', sdist = {url = 'https://x/b-1.0.tar.gz', hashes = {sha256 = 'a'}}", "file of b")]
    [InlineData("name = 'a', version = '2', sdist = {url = 'https://x/a-1.0.tar.gz', hashes = {sha256 = 'a'}}", "version 1.0")]
    [InlineData("name = 'a', sdist = {url = 'https://x/a-1.0-py3-none-any.whl', hashes = {sha256 = 'a'}}", "no sdist")]
    [InlineData("name = 'a', wheels = [{url = 'https://x/a.whl', hashes = {sha256 = 'a'}}]", "file name")]
    [InlineData("name = 'a', wheels = {}", "an array")]
    [InlineData("name = 'a', wheels = [1]", "packages[0].wheels[0]")]
    [InlineData("name = 'a', directory = {path = '.'}, version = 'x'", "PEP 440")]
    [InlineData("name = 'a', directory = {path = '.'}, marker = 'x'", "marker")]
    [InlineData("name = 'a', directory = {path = '.'}, requires-python = 'x'", "requires-python")]
    [InlineData("name = 'a', directory = {path = '.'}, tool = 1", "table")]
    [InlineData("name = 'a', directory = {path = '.'}, attestation-identities = [{repository = 'x'}]", "'kind'")]
    [InlineData("name = 'a', directory = {path = '.'}, dependencies = ['a']", "a table")]
    public void Packages_that_break_a_rule_are_refused_with_the_place(string package, string expected)
    {
        Assert.False(LockFile.TryParse(Encoding.UTF8.GetBytes(Packages($"{{{package}}}")), out _, out var problem));
        Assert.Contains(expected, problem, StringComparison.Ordinal);
        Assert.Contains("line 3", problem, StringComparison.Ordinal);
        Assert.DoesNotContain(problem, char.IsControl);
    }

    [Theory]
    [InlineData("pylock.toml", true)]
    [InlineData("pylock.dev.toml", true)]
    [InlineData("pylock.a b-c.toml", true)]
    [InlineData("pylock..toml", false)]
    [InlineData("pylock.a.b.toml", false)]
    [InlineData("pylock.a/b.toml", false)]
    [InlineData("Pylock.toml", false)]
    [InlineData("xpylock.toml", false)]
    [InlineData("pylock.toml.bak", false)]
    public void Names_of_lock_files_are_told_from_others(string name, bool expected) => Assert.Equal(expected, LockFile.IsLockFileName(name));

    [Theory]
    [InlineData("1.1", true)]
    [InlineData("2.0", false)]
    [InlineData("0.9", false)]
    [InlineData("x", false)]
    public void Minor_versions_of_the_future_are_read(string version, bool expected) =>
        Assert.Equal(expected, LockFile.TryParse(Encoding.UTF8.GetBytes(Packages().Replace("1.0", version, StringComparison.Ordinal)), out _, out _));

    private static readonly SupportedTags Linux = SupportedTags.For(TargetPython.CPython(3, 12), TargetPlatform.Linux("x86_64", 2, 28));

    private static Dictionary<string, string> Python(string version, string platform) => new()
    {
        ["python_full_version"] = version,
        ["python_version"] = "3.12",
        ["sys_platform"] = platform,
        ["os_name"] = "posix",
    };

    private static string Selected(LockFile file, string[] extras, string[]? groups)
    {
        Assert.True(file.TrySelect(Python("3.12.4", "linux"), Linux, extras.Select(ProjectName.Parse), groups, out var selected, out var problem), problem);
        return string.Join(',', selected.Select(item => item.Package.Name));
    }

    private static string InDirectory(string name, string more) => $"{{name = '{name}', directory = {{path = '.'}}, {more}}}";

    private static string Packages(params string[] packages) => $"lock-version = '1.0'\ncreated-by = 'test'\npackages = [{string.Join(", ", packages)}]\n";

    private static LockFile Read(string text)
    {
        Assert.True(LockFile.TryParse(Encoding.UTF8.GetBytes(text), out var file, out var problem), problem);
        return file;
    }
}

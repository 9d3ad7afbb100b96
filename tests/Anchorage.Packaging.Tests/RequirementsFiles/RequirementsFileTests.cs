using System.Text;
using CsCheck;

namespace Anchorage.Packaging.Tests.RequirementsFiles;

/// <summary>Requirements files as pip documents and reads them.</summary>
public class RequirementsFileTests
{
    [Fact]
    public void Requirements_options_and_places_are_taken_apart()
    {
        var file = Read("""
            # the index
            -i https://index.example/simple/
            --extra-index-url=https://other.example/simple/
            --find-links "with blank/wheels"
            --pre
            --only-binary :all:

            requests[socks] >=2.8.1, ==2.8.* ; python_version < "3.7"  # a comment
            demo==1.0 \
                --hash=sha256:2CF24DBA5FB0A30E26E83B2AC5B9E29E1B161E5C1FA7425E73043362938B9824 \
                --hash sha512:9b71d224bd62f3785d96d46ad3ea3d73319bfbc2890caadae2dff72519673ca72323c3d99ba5c11d7c7acc6e14b8c5da0c4663475c2e5c3adef46f73bcdec043
            -e git+https://git.example/repo.git@main#egg=Some_Project&subdirectory=x
            ./local/dir[a,B] ; os_name == "posix"
            https://files.example/demo-2.0-py3-none-any.whl#sha256=aa
            name @ https://files.example/a;b.zip ; os_name == "nt"
            """);
        Assert.Equal("https://index.example/simple/", file.IndexUrl);
        Assert.Equal(["https://other.example/simple/"], file.ExtraIndexUrls);
        Assert.Equal(["with blank/wheels"], file.FindLinks);
        Assert.Contains(file.Options, option => option is { Name: "--pre", Value: null });
        Assert.Contains(file.Options, option => option is { Name: "--only-binary", Value: ":all:" });
        Assert.True(file.RequiresHashes);

        var all = file.Requirements.ToList();
        Assert.Equal([8, 9, 12, 13, 14, 15], all.Select(requirement => requirement.Line));
        Assert.Equal("requests", all[0].Named!.Name.ToString());
        Assert.Equal(["socks"], all[0].Extras);
        Assert.NotNull(all[0].Marker);
        Assert.Equal(["sha256", "sha512"], all[1].Hashes.Select(hash => hash.Key));
        Assert.StartsWith("2cf24dba", all[1].Hashes[0].Value, StringComparison.Ordinal);
        Assert.True(all[2].IsEditable);
        Assert.Equal("some-project", all[2].Project!.ToString());
        Assert.Equal(("./local/dir", "a,b"), (all[3].Location, string.Join(',', all[3].Extras)));
        Assert.NotNull(all[3].Marker);
        Assert.Equal("demo", all[4].Project!.ToString());
        Assert.Equal("https://files.example/a;b.zip", all[5].Named!.Url);
    }

    [Theory]
    [InlineData("a\\\nb", "ab")]
    [InlineData("a \\\n # comment \\\nb", "a|b")]
    [InlineData("a # x\\\nb", "a")]
    [InlineData("a\\", "a")]
    [InlineData("a#b", "!")]
    [InlineData("  a  ", "a")]
    [InlineData("a\r\n\r\nb\rc\u2028d", "a|b|c|d")]
    [InlineData("# only", "")]
    public void Lines_are_joined_and_comments_dropped_as_pip_does(string text, string expected)
    {
        var isRead = RequirementsFile.TryParse(Encoding.UTF8.GetBytes(text), "r.txt", out var file, out _);
        Assert.Equal(expected, isRead ? string.Join('|', file!.Requirements.Select(requirement => requirement.Text)) : "!");
    }

    [Fact]
    public void Variables_in_braces_and_capitals_are_replaced_once()
    {
        var values = new Dictionary<string, string> { ["TOKEN"] = "s3cret${USER}", ["USER"] = "me", ["EMPTY"] = "" };
        var file = Read("--index-url https://${USER}:${TOKEN}@x/${EMPTY}/${MISSING}/${lower}/$USER/${", name => values.GetValueOrDefault(name));
        Assert.Equal("https://me:s3cret${USER}@x/${EMPTY}/${MISSING}/${lower}/$USER/${", file.IndexUrl);
        Assert.Equal("https://${USER}@x/", Read("-i https://${USER}@x/").IndexUrl);
    }

    [Theory]
    [InlineData("demo --hash=md5:aa", "digest")]
    [InlineData("demo --hash=sha256:aa", "malformed")]
    [InlineData("--hash=sha256:aa", "without a requirement")]
    [InlineData("--unknown", "may not stand")]
    [InlineData("--user demo", "may not stand")]
    [InlineData("-x", "may not stand")]
    [InlineData("--index-url", "no value")]
    [InlineData("--pre=yes", "takes none")]
    [InlineData("--pre demo", "behind its options")]
    [InlineData("--index-url 'x", "not closed")]
    [InlineData("demo >=", "no requirement that can be read")]
    [InlineData("two words", "no requirement that can be read")]
    [InlineData("./x ; nonsense", "marker")]
    [InlineData("name @ ", "no requirement that can be read")]
    public void Malformed_lines_are_refused_with_file_and_line(string line, string expected)
    {
        Assert.False(RequirementsFile.TryParse(Encoding.UTF8.GetBytes("\n" + line), "some/r.txt", out _, out var problem));
        Assert.Contains(expected, problem, StringComparison.Ordinal);
        Assert.Contains("'some/r.txt' line 2", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--index", "--index-url")]
    [InlineData("--pypi-url", "--index-url")]
    [InlineData("--extra", "--extra-index-url")]
    [InlineData("-f", "--find-links")]
    [InlineData("--trusted-host", "--trusted-host")]
    public void Options_may_be_shortened(string written, string expected)
    {
        foreach (var text in (string[])[$"{written} x", written.StartsWith("--", StringComparison.Ordinal) ? $"{written}=x" : written + "x"])
            Assert.Equal((expected, "x"), Read(text).Options.Select(option => (option.Name, option.Value)).Single());
    }

    [Fact]
    public void No_index_overrides_every_index()
    {
        var file = Read("-i a\n--no-index\n--extra-index-url b\n--trusted-host c");
        Assert.Null(file.IndexUrl);
        Assert.Empty(file.ExtraIndexUrls);
        Assert.Equal(["c"], file.TrustedHosts);
    }

    [Fact]
    public void Included_files_are_read_in_their_place()
    {
        var files = new Dictionary<string, string>
        {
            ["dir/main.txt"] = "a\n-r sub/../sub/more.txt\n-c ./limits.txt\nz",
            ["dir/sub/more.txt"] = "b\n-r ../last.txt",
            ["dir/last.txt"] = "c",
            ["dir/limits.txt"] = "d<2\n-r last.txt",
        };
        var file = ReadAll("dir/main.txt", files);
        Assert.Equal("a b c d! c! z", string.Join(' ', file.Requirements.Select(requirement => requirement.Project + (requirement.IsConstraint ? "!" : ""))));
        Assert.Equal("dir/sub/more.txt", file.Entries.OfType<IncludedFile>().First().Target);
        Assert.Equal(("dir/last.txt", 1), file.Requirements.Where(requirement => requirement.Project!.ToString() == "c").Select(requirement => (requirement.File, requirement.Line)).First());
    }

    [Fact]
    public void Files_relative_to_a_URL_have_a_URL()
    {
        var file = ReadAll("https://x.example/a/r.txt", new() { ["https://x.example/a/r.txt"] = "-r ../b/s.txt", ["https://x.example/b/s.txt"] = "demo" });
        Assert.Equal("https://x.example/b/s.txt", file.Requirements.Single().File);
        Assert.Equal("/abs.txt", Read("-r /abs.txt").Entries.OfType<IncludedFile>().Single().Target);
    }

    [Theory]
    [InlineData("-r a.txt", "never end")]
    [InlineData("-r b.txt", "never end")]
    [InlineData("-r missing.txt", "cannot be read")]
    [InlineData("-r bad.txt", "'bad.txt' line 1")]
    public void Circles_and_missing_files_are_refused(string line, string expected)
    {
        var files = new Dictionary<string, string> { ["a.txt"] = line, ["b.txt"] = "-c ./a.txt", ["bad.txt"] = "--nonsense" };
        Assert.False(RequirementsFile.TryRead("a.txt", name => files.TryGetValue(name, out var text) ? Encoding.UTF8.GetBytes(text) : null, out _, out var problem));
        Assert.Contains(expected, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Chains_and_fans_of_files_are_bounded()
    {
        Assert.False(RequirementsFile.TryRead("0", name => Encoding.UTF8.GetBytes($"-r {int.Parse(name, System.Globalization.CultureInfo.InvariantCulture) + 1}"), out _, out var problem));
        Assert.Contains("deep", problem, StringComparison.Ordinal);
        Assert.False(RequirementsFile.TryRead("a0", name => Encoding.UTF8.GetBytes(name == "a20" ? "" : $"-r a{int.Parse(name[1..], System.Globalization.CultureInfo.InvariantCulture) + 1}\n-r a{int.Parse(name[1..], System.Globalization.CultureInfo.InvariantCulture) + 1}"), out _, out problem));
        Assert.Contains("files", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Encodings_are_found_by_mark_and_by_cookie()
    {
        const string Text = "./dé\n";
        foreach (var encoding in (Encoding[])[Encoding.UTF8, Encoding.Unicode, Encoding.BigEndianUnicode, Encoding.UTF32])
            Assert.Equal("./dé", Location([.. encoding.GetPreamble(), .. encoding.GetBytes(Text)]));
        Assert.Equal("./dé", Location(Encoding.UTF8.GetBytes(Text)));
        Assert.Equal("./dé", Location(Encoding.Latin1.GetBytes("# -*- coding: latin-1 -*-\n" + Text)));
        Assert.Equal("./dé", Location(Encoding.Latin1.GetBytes("#\n# coding=latin1\n" + Text)));
        Assert.False(RequirementsFile.TryParse(Encoding.Latin1.GetBytes(Text), "r.txt", out _, out var problem));
        Assert.Contains("UTF-8", problem, StringComparison.Ordinal);
        Assert.False(RequirementsFile.TryParse("# coding: ebcdic\n"u8, "r.txt", out _, out problem));
        Assert.Contains("ebcdic", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Any_text_is_answered_without_an_exception()
    {
        var piece = Gen.OneOf(Gen.OneOfConst("a", "==1", "\n", "\\\n", " ", "#", " --hash=", "sha256:", "-r ", "-e ", "git+https://", ";", "[", "]", "'", "\"", "${A}", "# coding: x", "@", "./", ".whl"), Gen.String);
        piece.Array[0, 15].Select(string.Concat).Sample(text =>
        {
            RequirementsFile.TryParse(Encoding.UTF8.GetBytes(text), "r.txt", out _, out _, name => name);
        });
    }

    private static string? Location(byte[] content)
    {
        Assert.True(RequirementsFile.TryParse(content, "r.txt", out var file, out var problem), problem);
        return file.Requirements.Single().Location;
    }

    private static RequirementsFile Read(string text, Func<string, string?>? variable = null)
    {
        Assert.True(RequirementsFile.TryParse(Encoding.UTF8.GetBytes(text), "r.txt", out var file, out var problem, variable), problem);
        return file;
    }

    private static RequirementsFile ReadAll(string name, Dictionary<string, string> files)
    {
        Assert.True(RequirementsFile.TryRead(name, path => files.TryGetValue(path, out var text) ? Encoding.UTF8.GetBytes(text) : null, out var file, out var problem), problem);
        return file;
    }
}

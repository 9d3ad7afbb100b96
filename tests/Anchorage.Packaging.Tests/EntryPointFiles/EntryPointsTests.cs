using System.Text;
using System.Text.Json;
using CsCheck;

namespace Anchorage.Packaging.Tests.EntryPointFiles;

public class EntryPointsTests
{
    private const string WheelTests = "warehouse-vectors/utils__test_wheel.json";

    [Fact]
    public void Script_names_are_judged_like_the_registry_judges_them()
    {
        var cases = Vectors.Json(WheelTests).EnumerateArray()
            .Where(table => table.GetProperty("test").GetString() == "test_validate_entrypoints_names" && table.GetProperty("args").ValueKind == JsonValueKind.Array)
            .SelectMany(table => table.GetProperty("cases").EnumerateArray()).ToList();
        foreach (var row in cases)
        {
            foreach (var group in (string[])[EntryPoints.ConsoleScripts, EntryPoints.GuiScripts])
            {
                var text = $"[{group}]\n{row[0].GetString()} = foo:main\n";
                Assert.True(row[1].GetBoolean() == EntryPoints.TryParse(Encoding.UTF8.GetBytes(text), out _, out _), row.GetRawText());
            }
        }
        Vectors.AssertCount(27, cases.Count);
    }

    [Fact]
    public void Files_that_the_registry_refuses_are_refused()
    {
        var cases = Vectors.Cases(WheelTests, "test_validate_entrypoints_invalid_syntax");
        foreach (var row in cases)
            Assert.False(EntryPoints.TryParse(Encoding.Latin1.GetBytes(row[0].GetProperty("$bytes").GetString()!), out _, out _), row.GetRawText());
        Vectors.AssertCount(2, cases.Count);
    }

    [Fact]
    public void Groups_names_and_references_are_taken_apart()
    {
        var entryPoints = Read("# a comment\n[console_scripts]\nfoo = foomod:main\n; another\nfoobar = foomod.sub:Main.run [cli, Extra]\n\n[pytest11]\nName With Blanks = plugin\nfolded = one\n    two\n");
        Assert.Equal(["console_scripts", "pytest11"], entryPoints.Groups);
        var scripts = entryPoints.Of(EntryPoints.ConsoleScripts).ToList();
        Assert.Equal(("foo", "foomod", "main"), (scripts[0].Name, scripts[0].Reference!.Module, scripts[0].Reference!.Attribute));
        Assert.Equal("foomod.sub:Main.run [cli,Extra]", scripts[1].Reference!.ToString());
        var plugins = entryPoints.Of("pytest11").ToList();
        Assert.Equal(("Name With Blanks", "plugin", null), (plugins[0].Name, plugins[0].Reference!.Module, plugins[0].Reference!.Attribute));
        Assert.Equal("one\ntwo", plugins[1].Value);
        Assert.Null(plugins[1].Reference);
    }

    [Theory]
    [InlineData("foo = bar\n", "in front of the first group")]
    [InlineData("[a]\n[a]\n", "twice")]
    [InlineData("[a]\nb = c\nb = d\n", "twice in one group")]
    [InlineData("[a\n", "malformed group")]
    [InlineData("[a]\n= b\n", "no 'name = object' pair")]
    public void Malformed_files_are_refused_with_a_reason(string text, string expected)
    {
        Assert.False(EntryPoints.TryParse(Encoding.UTF8.GetBytes(text), out _, out var problem));
        Assert.Contains(expected, problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a", true)]
    [InlineData(" a . b ", false)]
    [InlineData("a.b : c.d", true)]
    [InlineData("a:", false)]
    [InlineData(":a", false)]
    [InlineData("a.:b", false)]
    [InlineData("a-b:c", false)]
    [InlineData("a:b[x", false)]
    [InlineData("a:b x]", false)]
    [InlineData("a:b [-]", false)]
    [InlineData("a:b []", true)]
    [InlineData("módulo:función", true)]
    public void References_are_told_from_other_texts(string text, bool expected) => Assert.Equal(expected, ObjectReference.TryParse(text, out _));

    [Fact]
    public void Entry_points_of_real_wheels_are_read_like_the_reference_reads_them()
    {
        var count = 0;
        foreach (var artifact in RealDistributions.All())
        {
            if (!artifact.TryGetProperty("entry_points", out var verdict) || verdict.ValueKind != JsonValueKind.String || !artifact.TryGetProperty("metadata_member", out var member) || member.ValueKind != JsonValueKind.String)
                continue;
            var folder = member.GetString()![..(member.GetString()!.LastIndexOf('/') + 1)];
            if (RealDistributions.ReadMember(RealDistributions.FullPath(artifact), folder + "entry_points.txt") is not { } content)
                continue;
            Assert.True(verdict.GetString() == "ok" == EntryPoints.TryParse(content, out var entryPoints, out var problem), $"{artifact.GetProperty("path")}: {problem}");
            Assert.All(entryPoints?.Of(EntryPoints.ConsoleScripts) ?? [], entry => Assert.NotNull(entry.Reference));
            count++;
        }
        Vectors.AssertCount(39, count);
    }

    [Fact]
    public void What_is_printed_reads_as_the_same()
    {
        var name = Gen.OneOfConst("a", "b.c", "D-e", "f_1");
        Gen.Select(Gen.OneOfConst("console_scripts", "x", "a b"), name, Gen.OneOfConst("m:f", "m", "any text", "one\ntwo")).Array[0, 8].Sample(entries =>
        {
            var distinct = entries.DistinctBy(entry => (entry.Item1, entry.Item2)).Select(entry => new EntryPoint(entry.Item1, entry.Item2, entry.Item3)).ToList();
            var again = Read(new EntryPoints(distinct).ToString());
            return again.All.ToHashSet().SetEquals(distinct);
        });
    }

    private static EntryPoints Read(string text)
    {
        Assert.True(EntryPoints.TryParse(Encoding.UTF8.GetBytes(text), out var entryPoints, out var problem), problem);
        return entryPoints;
    }
}

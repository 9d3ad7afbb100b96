namespace Anchorage.Packaging.Tests.Archives;

/// <summary>What an accepted distribution does when it is installed, said before it is.</summary>
public class ArchiveFactTests
{
    private static IReadOnlyList<string> FactsOf(params (string Name, string Content)[] files)
    {
        var parts = new WheelParts();
        foreach (var (name, content) in files)
            parts.Files[name] = WheelParts.Bytes(content);
        return WheelParts.Inspect(parts.Build()).Facts;
    }

    [Theory]
    [InlineData("demo.pth", "import os")]
    [InlineData("demo.pth", "import\tos")]
    [InlineData("demo.pth", "\ufeffimport os")]
    [InlineData("demo.pth", "./lib\rimport os")]
    [InlineData("demo.pth", "./lib\u2028import os")]
    [InlineData("demo.pth", "./lib\fimport os")]
    [InlineData("demo.PTH", "import os")]
    [InlineData("demo-1.0.data/purelib/demo.pth", "import os")]
    [InlineData("demo-1.0.data/platlib/demo.pth", "import os")]
    [InlineData("demo-1.0.data/data/lib/python3.13/site-packages/demo.pth", "import os")]
    [InlineData("demo-1.0.data/data/lib/python3/dist-packages/demo.pth", "import os")]
    [InlineData("sitecustomize.py", "x = 1")]
    [InlineData("usercustomize.py", "x = 1")]
    [InlineData("demo-1.0.data/purelib/sitecustomize.py", "x = 1")]
    public void Code_that_runs_at_every_start_of_Python_is_reported(string name, string content) =>
        Assert.Contains(FactsOf((name, content)), fact => fact.StartsWith($"'{name}' runs", StringComparison.Ordinal) && fact.Contains("whenever Python starts", StringComparison.Ordinal));

    [Theory]
    [InlineData("demo.pth", "./lib\n# import os\nimportant\n")]
    [InlineData("demo.pth", "")]
    [InlineData("demo/demo.pth", "import os")]
    [InlineData("demo/sitecustomize.py", "x = 1")]
    public void Paths_alone_are_no_surprise(string name, string content) => Assert.Empty(FactsOf((name, content)));

    [Fact]
    public void A_startup_file_that_is_no_text_is_looked_into_all_the_same()
    {
        var parts = new WheelParts();
        parts.Files["demo.pth"] = [0xFF, .. "\nimport os"u8];
        Assert.Contains(WheelParts.Inspect(parts.Build()).Facts, fact => fact.Contains("import os", StringComparison.Ordinal));
    }

    [Fact]
    public void A_startup_file_too_large_to_look_into_is_reported_and_many_are_counted()
    {
        var parts = new WheelParts();
        parts.Files["demo.pth"] = new byte[2000];
        Assert.Contains("'demo.pth' is read whenever Python starts, and is too large to be looked into.",
            WheelParts.Inspect(parts.Build(), limits: new ArchiveLimits { MaxTextBytes = 1000 }).Facts);
        var facts = FactsOf([.. Enumerable.Range(0, 12).Select(i => ($"a{i:00}.pth", "import os"))]);
        Assert.Equal(11, facts.Count);
        Assert.Equal("Has 2 more files that Python reads at every start.", facts[^1]);
    }

    [Theory]
    [InlineData("demo/x.so", "1 native libraries")]
    [InlineData("demo/x.so.1.2", "1 native libraries")]
    [InlineData("demo/x.PYD", "1 native libraries")]
    [InlineData("demo/x.dll", "1 native libraries")]
    [InlineData("demo/x.dylib", "1 native libraries")]
    [InlineData("demo/t64.exe", "1 programs for Windows")]
    [InlineData("demo/inner.whl", "1 archives")]
    [InlineData("demo/inner.tar.gz", "1 archives")]
    [InlineData("demo-1.0.data/scripts/run", "1 scripts for the PATH: run")]
    [InlineData("demo-1.0.data/data/etc/demo.conf", "1 files for places outside of site-packages: etc/demo.conf")]
    [InlineData("demo-1.0.data/headers/demo.h", "1 files for places outside of site-packages")]
    [InlineData("demo/INIT.py", "", "demo/init.py", "1 files whose names are those of others")]
    [InlineData("demo/x:y", "1 files with names that Windows does not store")]
    [InlineData("demo/nul.txt", "1 files with names that Windows does not store")]
    [InlineData("demo/Com1", "1 files with names that Windows does not store")]
    [InlineData("demo/x. ", "1 files with names that Windows does not store")]
    public void What_installs_differently_than_it_looks_is_reported(string name, string expected, string? second = null, string? expectedOfTwo = null)
    {
        var facts = second is null ? FactsOf((name, "x")) : FactsOf((name, "x"), (second, "y"));
        Assert.Contains($"Contains {expectedOfTwo ?? expected}", Assert.Single(facts), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("demo/x.so.txt")]
    [InlineData("demo/com.py")]
    [InlineData("demo/com0")]
    [InlineData("demo/null.py")]
    [InlineData("demo/console")]
    public void Names_that_only_look_alike_are_no_surprise(string name) => Assert.Empty(FactsOf((name, "x")));

    [Fact]
    public void Facts_have_three_examples_at_most()
    {
        var facts = FactsOf([.. Enumerable.Range(0, 5).Select(i => ($"demo/{i}.so", "x"))]);
        Assert.Equal(["Contains 5 native libraries: demo/0.so, demo/1.so, demo/2.so, …."], facts);
    }

    [Fact]
    public void Requirements_past_the_index_are_reported()
    {
        var facts = FactsOf((WheelParts.DistInfo + "/METADATA", "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\nRequires-Dist: a @ https://example.com/a.whl\nRequires-Dist: b\n"));
        Assert.Equal(["Depends on a from a URL, past any index: https://example.com/a.whl"], facts);
    }

    [Fact]
    public void Every_sbom_is_listed()
    {
        var parts = new WheelParts();
        parts.Files[WheelParts.DistInfo + "/sboms/a.cdx.json"] = WheelParts.Bytes("{}");
        parts.Files[WheelParts.DistInfo + "/sboms/sub/b.spdx.json"] = WheelParts.Bytes("{}");
        parts.Files["demo/sboms/c.json"] = WheelParts.Bytes("{}");
        Assert.Equal([WheelParts.DistInfo + "/sboms/a.cdx.json", WheelParts.DistInfo + "/sboms/sub/b.spdx.json"], WheelParts.Inspect(parts.Build()).SbomFiles);
    }

    [Theory]
    [InlineData("other-1.0.data/purelib/x.pth")]
    [InlineData("Demo-1.0.data/scripts/x")]
    [InlineData("demo-1.0.DATA/scripts/x")]
    [InlineData("demo-1.0.data/nowhere/x")]
    [InlineData("demo-1.0.data/x")]
    [InlineData("demo-1.0.data")]
    public void A_data_folder_that_installers_place_differently_is_refused(string name)
    {
        var parts = new WheelParts();
        parts.Files[name] = WheelParts.Bytes("import os");
        var refusal = Assert.Throws<InvalidDistributionException>(() => WheelParts.Inspect(parts.Build()));
        Assert.Equal(("data-folder", name), (refusal.Rule, refusal.Member));
    }

    [Fact]
    public void An_sdist_says_what_building_it_runs()
    {
        var facts = WheelParts.Inspect(RawTar.Sdist(tar => tar.Add("demo-1.0/setup.py", "x").Add("demo-1.0/sub/setup.py", "x").Add("demo-1.0/tests/data.zip", "x")), "demo-1.0.tar.gz").Facts;
        Assert.Equal(["Building from this sdist runs setup.py.", "Contains 1 archives, which are not looked into: demo-1.0/tests/data.zip."], facts);
        Assert.Empty(WheelParts.Inspect(RawTar.Sdist(tar => tar.Add("demo-1.0/sub/setup.py", "x")), "demo-1.0.tar.gz").Facts);
    }
}

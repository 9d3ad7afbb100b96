using System.Text.Json;

namespace Anchorage.Packaging.Tests.Tags;

/// <summary>Tags as the reference implementation reads and orders them, and as the reference registry accepts them.</summary>
public class CompatibilityTagTests
{
    private const string TagTests = "packaging-vectors/test_tags.json";
    private const string Registry = "warehouse-vectors/forklift__test_legacy.json";

    [Fact]
    public void Malformed_tags_are_refused()
    {
        var cases = ((string[])["TestParseTag.test_empty_component_raises", "TestParseTag.test_invalid_interpreter_raises", "TestParseTag.test_invalid_component_count_raises"])
            .SelectMany(test => Vectors.Cases(TagTests, test)).ToList();
        foreach (var text in cases)
            Assert.False(CompatibilityTag.TryParseSet(text.GetString(), out _), text.GetString());
        Vectors.AssertCount(12, cases.Count);
    }

    [Fact]
    public void Implementations_of_any_name_are_read()
    {
        var cases = Vectors.Cases(TagTests, "TestParseTag.test_identifier_interpreter_is_valid");
        foreach (var name in cases)
            Assert.Equal(name.GetString(), CompatibilityTag.Parse($"{name.GetString()}-none-any").Python);
        Vectors.AssertCount(3, cases.Count);
    }

    [Fact]
    public void Tags_print_as_they_were_read()
    {
        var cases = Vectors.Cases(TagTests, "test_pickle_tag_roundtrip");
        foreach (var row in cases)
        {
            var text = string.Join('-', row.EnumerateArray().Select(part => part.GetString()));
            Assert.Equal(text, CompatibilityTag.Parse(text).ToString());
            Assert.Equal(CompatibilityTag.Parse(text), CompatibilityTag.Parse(text.ToUpperInvariant()));
        }
        Vectors.AssertCount(4, cases.Count);
    }

    [Fact]
    public void Formats_of_macOS_are_those_of_the_reference()
    {
        var cases = Vectors.Cases(TagTests, "TestMacOSPlatforms.test_binary_formats");
        foreach (var row in cases)
            Assert.Equal(Texts(row[2]), TargetPlatform.MacFormats((row[0][0].GetInt32(), row[0][1].GetInt32()), row[1].GetString()!));
        Vectors.AssertCount(22, cases.Count);
    }

    [Fact]
    public void Mac_versions_go_down_to_the_first_that_fits()
    {
        // The reference's own assertions of this test: 11 and later name their first release, 10.x only as universal2.
        var cases = Vectors.Cases(TagTests, "TestMacOSPlatforms.test_macos_11");
        foreach (var row in cases)
        {
            var (major, minor) = (row[0].GetInt32(), row[1].GetInt32());
            var x86 = TargetPlatform.MacOS(major, minor, "x86_64").Tags;
            var arm = TargetPlatform.MacOS(major, minor, "arm64").Tags;
            Assert.Contains("macosx_11_0_universal2", x86);
            Assert.Contains("macosx_10_16_x86_64", x86);
            Assert.Contains("macosx_10_4_universal2", x86);
            Assert.DoesNotContain("macosx_11_3_x86_64", x86);
            Assert.Contains("macosx_10_16_universal2", arm);
            Assert.DoesNotContain("macosx_10_16_arm64", arm);
            Assert.Equal(major == 12, arm.Contains("macosx_12_0_arm64"));
        }
        Vectors.AssertCount(4, cases.Count);
    }

    [Fact]
    public void Musl_versions_go_down_to_zero_for_each_architecture()
    {
        var cases = Vectors.Json(TagTests).EnumerateArray()
            .Where(table => table.GetProperty("test").GetString() == "TestManylinuxPlatform.test_linux_platforms_musllinux" && table.GetProperty("args").GetArrayLength() == 3)
            .SelectMany(table => table.GetProperty("cases").EnumerateArray()).ToList();
        foreach (var row in cases)
        {
            foreach (var architecture in (string[])[row[0].GetString()!, row[1].GetString()!])
            {
                var (major, minor) = (row[2][0].GetInt32(), row[2][1].GetInt32());
                string[] architectures = architecture == "armv8l" ? ["armv8l", "armv7l"] : [architecture];
                Assert.Equal(
                    [.. architectures.SelectMany(one => Enumerable.Range(0, minor + 1).Select(older => $"musllinux_{major}_{minor - older}_{one}")), .. architectures.Select(one => "linux_" + one)],
                    TargetPlatform.Musl(architecture, major, minor).Tags);
            }
        }
        Vectors.AssertCount(4, cases.Count);
    }

    [Fact]
    public void Old_names_of_manylinux_stand_beside_the_new_ones()
    {
        var cases = Vectors.Cases(TagTests, "TestManylinuxPlatform.test_linux_platforms_manylinux2014_armhf_abi");
        foreach (var row in cases)
        {
            var tags = TargetPlatform.Linux(row[1].GetString()!, 2, 30).Tags;
            Assert.Contains("manylinux2014_armv7l", tags);
            Assert.Equal("linux_armv7l", tags[^1]);
            Assert.DoesNotContain("manylinux_2_16_armv7l", tags);
        }
        Vectors.AssertCount(3, cases.Count);
        var x86 = TargetPlatform.Linux("x86_64", 2, 17).Tags;
        Assert.Equal(["manylinux_2_17_x86_64", "manylinux2014_x86_64", "manylinux_2_16_x86_64"], x86.Take(3));
        Assert.Equal(["manylinux_2_5_x86_64", "manylinux1_x86_64", "linux_x86_64"], x86.TakeLast(3));
    }

    [Fact]
    public void A_debug_build_runs_normal_extension_modules_as_well()
    {
        var cases = Vectors.Cases(TagTests, "TestCPythonABI.test__debug_cp38");
        foreach (var row in cases)
            Assert.Equal(Texts(row[1]), TargetPython.CPython(3, 8, isDebug: row[0].GetBoolean()).Abis);
        Vectors.AssertCount(2, cases.Count);
    }

    [Fact]
    public void Flags_of_old_ABIs_are_those_of_the_reference()
    {
        var pymalloc = Vectors.Cases(TagTests, "TestCPythonABI.test_pymalloc");
        foreach (var row in pymalloc)
        {
            var abi = TargetPython.CPython(row[1][0].GetInt32(), row[1][1].GetInt32(), hasPyMalloc: row[0].ValueKind == JsonValueKind.Null || row[0].GetInt32() == 1).Abis[0];
            Assert.Equal(row[2].GetBoolean(), abi.Contains('m', StringComparison.Ordinal));
        }
        Vectors.AssertCount(4, pymalloc.Count);
        var unicode = Vectors.Cases(TagTests, "TestCPythonABI.test_wide_unicode");
        foreach (var row in unicode)
        {
            var isWide = row[0].ValueKind == JsonValueKind.Null ? row[1].GetInt32() == 0x10FFFF : row[0].GetInt32() == 4;
            var abi = TargetPython.CPython(row[2][0].GetInt32(), row[2][1].GetInt32(), hasWideUnicode: isWide, hasPyMalloc: false).Abis[0];
            Assert.Equal(row[3].GetBoolean(), abi.EndsWith('u'));
        }
        Vectors.AssertCount(5, unicode.Count);
    }

    [Fact]
    public void Implementations_have_the_short_names_of_the_reference()
    {
        var cases = Vectors.Cases(TagTests, "TestSysTags.test_interpreter_name");
        foreach (var row in cases)
            Assert.Equal(row[1].GetString(), TargetPython.Other(row[0].GetString()!, 3, 11).Implementation);
        Vectors.AssertCount(4, cases.Count);
    }

    [Fact]
    public void No_ABI_is_supported_in_any_case()
    {
        var cases = Vectors.Cases(TagTests, "TestGenericTags.test_abi_unspecified");
        foreach (var row in cases)
        {
            var python = TargetPython.Other("sillywalk", 3, 3, Texts(row));
            Assert.Equal("sillywalk33-none-plat", SupportedTags.For(python, TargetPlatform.Other("plat")).Tags[0].ToString());
        }
        Vectors.AssertCount(2, cases.Count);
    }

    [Fact]
    public void Things_are_selected_by_their_best_tag()
    {
        var cases = Vectors.Cases(TagTests, "test_create_compatible_tags_selector");
        foreach (var row in cases)
        {
            static string Wheel(string platforms) => $"a-1-py3-none-{platforms}.whl";
            var supported = new SupportedTags(Texts(row[0]).Select(tag => CompatibilityTag.Parse($"py3-none-{tag}")));
            Assert.Equal(Texts(row[2]).Select(Wheel), supported.Select(Texts(row[1]).Select(thing => Name(Wheel(thing)))).Select(wheel => wheel.Text));
        }
        Vectors.AssertCount(7, cases.Count);
    }

    [Fact]
    public void Platforms_that_the_registry_accepts_are_accepted()
    {
        var accepted = Vectors.Cases(Registry, "test_upload_succeeds_with_wheel");
        foreach (var platform in accepted)
            Assert.Null(PlatformTagRules.FindRefused(Name($"a-1-py3-none-{platform.GetString()}.whl")));
        Vectors.AssertCount(49, accepted.Count);
        var refused = Vectors.Cases(Registry, "test_upload_fails_with_unsupported_wheel_plat");
        foreach (var platform in refused)
            Assert.NotNull(PlatformTagRules.FindRefused(Name($"a-1-py3-none-{platform.GetString()}.whl")));
        Vectors.AssertCount(7, refused.Count);
    }

    [Fact]
    public void A_free_threaded_build_takes_its_own_stable_ABI_only()
    {
        var tags = SupportedTags.For(TargetPython.CPython(3, 15, isFreeThreaded: true), TargetPlatform.Windows("amd64"));
        Assert.Equal("cp315-cp315t-win_amd64", tags.Tags[0].ToString());
        Assert.Equal(1, tags.RankOf(CompatibilityTag.Parse("cp315-abi3t-win_amd64")));
        Assert.Null(tags.RankOf(CompatibilityTag.Parse("cp315-abi3-win_amd64")));
        Assert.Null(tags.RankOf(Name("a-1-cp315-cp315-win_amd64.whl")));
        Assert.NotNull(tags.RankOf(Name("a-1-py3-none-any.whl")));
    }

    [Fact]
    public void A_compressed_set_is_a_bounded_product()
    {
        Assert.True(CompatibilityTag.TryParseSet("py2.py3-none-any.win32.any", out var tags));
        Assert.Equal(["py2-none-any", "py2-none-win32", "py3-none-any", "py3-none-win32"], tags.Select(tag => tag.ToString()));
        var many = string.Join('.', Enumerable.Range(0, 20).Select(i => "a" + i));
        Assert.False(CompatibilityTag.TryParseSet($"{many}-{many}-{many}", out _));
        Assert.False(CompatibilityTag.TryParse("py2.py3-none-any", out _));
    }

    [Theory]
    [InlineData("ios_15_4_arm64_iphoneos", "ios_15_4_arm64_iphoneos,ios_15_3_arm64_iphoneos")]
    public void Devices_take_what_was_built_for_older_ones(string first, string start)
    {
        var ios = TargetPlatform.IOS(15, 4, "arm64-iphoneos").Tags;
        Assert.Equal(first, ios[0]);
        Assert.StartsWith(start, string.Join(',', ios), StringComparison.Ordinal);
        Assert.Equal("ios_12_0_arm64_iphoneos", ios[^1]);
        Assert.Equal(5 + 30, ios.Count);
        Assert.Empty(TargetPlatform.IOS(11, 9, "arm64_iphoneos").Tags);
        Assert.Equal(["android_18_arm64_v8a", "android_17_arm64_v8a", "android_16_arm64_v8a"], TargetPlatform.Android(18, "arm64-v8a").Tags);
        Assert.Equal(["pyemscripten_2026_0_wasm32"], TargetPlatform.PyEmscripten(2026, 0).Tags);
        Assert.Equal(["win32"], TargetPlatform.Windows("x86").Tags);
        Assert.Equal(["freebsd_14_1_release_amd64"], TargetPlatform.Other("freebsd-14.1-RELEASE-amd64").Tags);
    }

    private static WheelFilename Name(string text)
    {
        Assert.True(DistributionFilename.TryParse(text, out var filename, out var problem), problem);
        return Assert.IsType<WheelFilename>(filename);
    }

    private static string[] Texts(JsonElement array) => [.. array.EnumerateArray().Select(item => item.GetString()!)];
}

using System.IO.Compression;
using CsCheck;

namespace Anchorage.Packaging.Tests.Archives;

public class WheelInspectionTests
{
    private const string DistInfo = WheelParts.DistInfo;

    private static byte[] With(string name, string content)
    {
        var parts = new WheelParts();
        parts.Files[name] = WheelParts.Bytes(content);
        return parts.Build();
    }

    [Fact]
    public void A_sound_wheel_is_reported_with_the_exact_bytes_of_its_metadata()
    {
        var parts = new WheelParts();
        var report = WheelParts.Inspect(parts.Build());
        Assert.Equal("demo", report.Metadata.DisplayName);
        Assert.Equal(parts.Files[DistInfo + "/METADATA"], report.MetadataBytes.ToArray());
        Assert.Empty(report.Facts);
    }

    [Fact]
    public void Surprises_at_install_time_are_reported_as_facts()
    {
        var parts = new WheelParts();
        parts.Files["demo.pth"] = WheelParts.Bytes("# path\nimport os; os.system('true')\n");
        parts.Files["plain.pth"] = WheelParts.Bytes("./lib\n");
        parts.Files["demo/fast.cpython-313-x86_64-linux-gnu.so"] = WheelParts.Bytes("\x7fELF");
        parts.Files["demo.libs/libz.so.1.2"] = WheelParts.Bytes("\x7fELF");
        parts.Files[DistInfo + "/sboms/demo.cdx.json"] = WheelParts.Bytes("{}");
        var report = WheelParts.Inspect(parts.Build());
        Assert.Equal(2, report.Facts.Count);
        Assert.Contains("'demo.pth' runs code whenever Python starts", report.Facts[0], StringComparison.Ordinal);
        Assert.Contains("2 native libraries", report.Facts[1], StringComparison.Ordinal);
        Assert.Equal([DistInfo + "/sboms/demo.cdx.json"], report.SbomFiles);
    }

    [Theory]
    [InlineData("METADATA", "Metadata-Version: 2.1\nName: other\nVersion: 1.0\n", "metadata-mismatch")]
    [InlineData("METADATA", "Metadata-Version: 2.1\nName: demo\nVersion: 1.1\n", "metadata-mismatch")]
    [InlineData("METADATA", "Name: demo\nVersion: 1.0\n", "metadata")]
    [InlineData("METADATA", "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\nRequires-Python: three\n", "metadata")]
    [InlineData("METADATA", "Metadata-Version: 2.4\nName: demo\nVersion: 1.0\nLicense-File: LICENSE\n", "license-file")]
    [InlineData("WHEEL", "Wheel-Version: 2.0\n", "wheel-file")]
    [InlineData("WHEEL", "", "wheel-file")]
    [InlineData("entry_points.txt", "[console_scripts]\n../evil = demo:main\n", "entry-points")]
    [InlineData("entry_points.txt", "demo = demo:main\n", "entry-points")]
    public void A_faulty_file_of_dist_info_is_refused(string file, string content, string rule) =>
        Assert.Equal(rule, WheelParts.Rule(With($"{DistInfo}/{file}", content)));

    [Theory]
    [InlineData("METADATA")]
    [InlineData("WHEEL")]
    public void A_missing_file_of_dist_info_is_refused(string file)
    {
        var parts = new WheelParts();
        parts.Files.Remove($"{DistInfo}/{file}");
        Assert.Equal("missing-member", WheelParts.Rule(parts.Build()));
        Assert.Equal("missing-member", WheelParts.Rule(new WheelParts { HasRecord = false }.Build()));
    }

    [Fact]
    public void RECORD_must_be_true()
    {
        static string Rule(Func<string, string> change) => WheelParts.Rule(new WheelParts { Record = change }.Build());
        Assert.Equal("record-missing", Rule(record => record.Replace("demo/__init__.py", "demo/other.py", StringComparison.Ordinal)));
        Assert.Equal("record-missing", Rule(record => record + "ghost.py,,\n"));
        Assert.Equal("record-mismatch", Rule(record => record.Replace(",6\n", ",7\n", StringComparison.Ordinal)));
        Assert.Equal("record-mismatch", Rule(record => $"demo/__init__.py,,6{record[record.IndexOf('\n', StringComparison.Ordinal)..]}"));
        Assert.Equal("record-malformed", Rule(record => record.Replace("sha256=", "md5=", StringComparison.Ordinal)));
        Assert.Equal("record-malformed", Rule(record => record + "\"open"));
        Assert.Equal("record-malformed", Rule(record => record + record));
        Assert.Equal("record-mismatch", Rule(record =>
        {
            var at = record.IndexOf("sha256=", StringComparison.Ordinal) + 10;
            return record[..at] + (record[at] == 'A' ? 'B' : 'A') + record[(at + 1)..];
        }));
    }

    [Theory]
    [InlineData("sha256")]
    [InlineData("sha256=")]
    [InlineData("sha256=&&&&")]
    [InlineData("sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuF")]
    [InlineData("sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU_")]
    [InlineData("sha256=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU")]
    [InlineData("sha512=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU")]
    [InlineData("sha1=2jmj7l5rSw0yVb_vlWAYkK_YBwk")]
    [InlineData("=")]
    public void A_hash_that_is_none_is_refused(string hash) =>
        Assert.Equal("record-malformed", WheelParts.Rule(new WheelParts { Record = record => $"demo/__init__.py,{hash},6{record[record.IndexOf('\n', StringComparison.Ordinal)..]}" }.Build()));

    [Theory]
    [InlineData("../evil.py")]
    [InlineData("demo/../../evil.py")]
    [InlineData("/etc/passwd")]
    [InlineData("C:/evil.py")]
    [InlineData("demo\\evil.py")]
    [InlineData("demo//evil.py")]
    [InlineData("./evil.py")]
    [InlineData("demo/evil\u202e.py")]
    [InlineData("demo/evil\n.py")]
    public void Member_names_that_unpackers_read_differently_are_refused(string name) =>
        Assert.Equal("member-name", WheelParts.Rule(With(name, "x")));

    [Fact]
    public void Two_dist_info_folders_or_a_foreign_one_are_refused()
    {
        Assert.Equal("dist-info", WheelParts.Rule(With("other-1.0.dist-info/METADATA", "x")));
        Assert.Equal("dist-info", WheelParts.Rule(new WheelParts().Build(), "other-1.0-py3-none-any.whl"));
        Assert.Equal("dist-info", WheelParts.Rule(new WheelParts().Build(), "demo-2.0-py3-none-any.whl"));
        // The same version in other words: the reference registry looks for METADATA where the file name says.
        Assert.Equal("dist-info", WheelParts.Rule(new WheelParts().Build(), "demo-1.0.0-py3-none-any.whl"));
    }

    [Fact]
    public void A_symbolic_link_is_refused()
    {
        var memory = new MemoryStream();
        using (var zip = new ZipArchive(memory, ZipArchiveMode.Create, leaveOpen: true))
            zip.CreateEntry("link").ExternalAttributes = unchecked((int)0xA1FF0000);
        var bytes = memory.ToArray();
        // The BCL writes the host it runs on; the attribute means a link on Unix only.
        var central = bytes.AsSpan().IndexOf("PK\x01\x02"u8);
        bytes[central + 5] = 3;
        Assert.Equal("member-type", WheelParts.Rule(bytes));
    }

    [Fact]
    public void A_bomb_is_refused_before_it_is_unpacked()
    {
        var parts = new WheelParts();
        parts.Files["bomb.bin"] = new byte[80 << 20];
        var bytes = parts.Build();
        Assert.True(bytes.Length < 1 << 20);
        Assert.Equal("ratio", WheelParts.Rule(bytes));
        Assert.Equal("unpacked-size", WheelParts.Rule(bytes, limits: new ArchiveLimits { MaxUnpackedBytes = 1 << 20 }));
    }

    [Fact]
    public void Numbers_of_members_and_lengths_of_names_are_bounded()
    {
        var parts = new WheelParts();
        for (var i = 0; i < 200; i++)
            parts.Files[$"demo/{i}.py"] = [];
        Assert.Equal("entry-count", WheelParts.Rule(parts.Build(), limits: new ArchiveLimits { MaxEntries = 100 }));
        Assert.Equal("member-name", WheelParts.Rule(With(new string('a', 1025), "x")));
        Assert.Equal("text-size", WheelParts.Rule(new WheelParts().Build(), limits: new ArchiveLimits { MaxTextBytes = 20 }));
    }

    [Fact]
    public void A_hundred_thousand_members_are_judged_with_little_memory()
    {
        var parts = new WheelParts();
        for (var i = 0; i < 99_990; i++)
            parts.Files[$"demo/{i}"] = [];
        var bytes = parts.Build();
        var before = GC.GetAllocatedBytesForCurrentThread();
        WheelParts.Inspect(bytes);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 400L << 20);
    }

    [Fact]
    public void Every_truncation_is_refused()
    {
        var bytes = new WheelParts().Build();
        for (var length = 0; length < bytes.Length; length++)
            Assert.Throws<InvalidDistributionException>(() => WheelParts.Inspect(bytes[..length]));
    }

    [Fact]
    public void Bytes_in_front_behind_and_between_are_refused()
    {
        var bytes = new WheelParts().Build();
        Assert.Equal("zip-framing", WheelParts.Rule([0, .. bytes]));
        Assert.Equal("zip-framing", WheelParts.Rule([.. bytes, 0]));
        Assert.Equal("zip-framing", WheelParts.Rule([.. bytes, .. bytes]));
    }

    [Fact]
    public void Any_changed_byte_is_refused_or_changes_nothing_that_counts()
    {
        var parts = new WheelParts();
        var bytes = parts.Build();
        var expected = WheelParts.Inspect(bytes).MetadataBytes.ToArray();
        Gen.Select(Gen.Int[0, bytes.Length - 1], Gen.Byte[1, 255]).Sample((at, change) =>
        {
            var changed = (byte[])bytes.Clone();
            changed[at] ^= change;
            try
            {
                Assert.Equal(expected, WheelParts.Inspect(changed).MetadataBytes.ToArray());
            }
            catch (InvalidDistributionException)
            {
                // The expected answer to nearly every change; the rest is times and attributes.
            }
            ArchiveInspector.FindWheelMetadata(new MemoryStream(changed), ArchiveLimits.Default, CancellationToken.None);
        });
    }

    [Fact]
    public void Metadata_of_a_published_wheel_is_found_or_null()
    {
        static byte[]? Find(byte[] content) =>
            ArchiveInspector.FindWheelMetadata(new MemoryStream(content), ArchiveLimits.Default, CancellationToken.None)?.ToArray();
        var parts = new WheelParts { HasRecord = false };
        Assert.Equal(parts.Files[DistInfo + "/METADATA"], Find(parts.Build()));
        Assert.Null(Find([]));
        Assert.Null(Find(new byte[1000]));
        parts.Files.Remove(DistInfo + "/METADATA");
        Assert.Null(Find(parts.Build()));
    }
}

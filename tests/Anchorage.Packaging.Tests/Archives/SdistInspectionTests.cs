using System.Formats.Tar;
using System.IO.Compression;
using CsCheck;

namespace Anchorage.Packaging.Tests.Archives;

public class SdistInspectionTests
{
    private const string Filename = "demo-1.0.tar.gz";

    private static readonly (string, TarEntryType, string) PkgInfo =
        ("demo-1.0/PKG-INFO", TarEntryType.RegularFile, "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n");

    private static string Rule(params (string, TarEntryType, string)[] members) => WheelParts.Rule(WheelParts.Tar(members), Filename);

    [Fact]
    public void A_sound_sdist_is_reported()
    {
        var report = WheelParts.Inspect(WheelParts.Tar(("demo-1.0/", TarEntryType.Directory, ""), ("demo-1.0/setup.py", TarEntryType.RegularFile, "x"), PkgInfo), Filename);
        Assert.Equal("demo", report.Metadata.DisplayName);
        Assert.Equal(["Building from this sdist runs setup.py."], report.Facts);
    }

    [Theory]
    [InlineData(TarEntryType.SymbolicLink)]
    [InlineData(TarEntryType.HardLink)]
    [InlineData(TarEntryType.Fifo)]
    [InlineData(TarEntryType.CharacterDevice)]
    public void Links_and_devices_are_refused(TarEntryType type) =>
        Assert.Equal("member-type", Rule(PkgInfo, ("demo-1.0/x", type, "/etc/passwd")));

    [Theory]
    [InlineData("demo-1.0/../evil", "member-name")]
    [InlineData("/demo-1.0/evil", "member-name")]
    [InlineData("demo-1.0/e\\vil", "member-name")]
    [InlineData("demo-1.0/PKG-INFO", "duplicate-member")]
    [InlineData("other-1.0/x", "top-directory")]
    [InlineData("x", "top-directory")]
    public void Paths_outside_the_one_folder_are_refused(string name, string rule) =>
        Assert.Equal(rule, Rule(PkgInfo, (name, TarEntryType.RegularFile, "x")));

    [Fact]
    public void The_folder_and_PKG_INFO_must_be_those_of_the_file_name()
    {
        Assert.Equal("tar-framing", Rule());
        Assert.Equal("top-directory", Rule(("demo-1.1/PKG-INFO", TarEntryType.RegularFile, PkgInfo.Item3)));
        Assert.Equal("missing-member", Rule(("demo-1.0/x", TarEntryType.RegularFile, "x")));
        Assert.Equal("missing-member", Rule(("demo-1.0/sub/PKG-INFO", TarEntryType.RegularFile, PkgInfo.Item3)));
        Assert.Equal("metadata-mismatch", Rule((PkgInfo.Item1, PkgInfo.Item2, PkgInfo.Item3.Replace("demo", "other", StringComparison.Ordinal))));
        Assert.Equal("license-file", Rule((PkgInfo.Item1, PkgInfo.Item2, "Metadata-Version: 2.4\nName: demo\nVersion: 1.0\nLicense-File: LICENSE\n")));
    }

    [Fact]
    public void A_sparse_file_is_refused()
    {
        var memory = new MemoryStream();
        using (var gzip = new GZipStream(memory, CompressionMode.Compress, leaveOpen: true))
        using (var tar = new TarWriter(gzip))
            tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, "demo-1.0/x", new Dictionary<string, string> { ["GNU.sparse.major"] = "1" }));
        Assert.Equal("member-type", WheelParts.Rule(memory.ToArray(), Filename));
    }

    [Fact]
    public void A_bomb_is_refused_while_it_is_unpacked()
    {
        var bomb = WheelParts.Tar(PkgInfo, ("demo-1.0/zeros", TarEntryType.RegularFile, new string('\0', 80 << 20)));
        Assert.Equal("ratio", WheelParts.Rule(bomb, Filename));
        Assert.Equal("unpacked-size", WheelParts.Rule(bomb, Filename, new ArchiveLimits { MaxUnpackedBytes = 1 << 20 }));
        Assert.Equal("entry-count", WheelParts.Rule(bomb, Filename, new ArchiveLimits { MaxEntries = 1 }));
    }

    [Fact]
    public void A_truncated_archive_and_one_with_more_behind_it_are_refused()
    {
        var bytes = WheelParts.Tar(PkgInfo, ("demo-1.0/x", TarEntryType.RegularFile, "x"));
        for (var length = 0; length < bytes.Length; length++)
            Assert.Equal("tar-framing", WheelParts.Rule(bytes[..length], Filename));
        Assert.Equal("tar-framing", WheelParts.Rule([.. bytes, .. bytes], Filename));
        Assert.Equal("tar-framing", WheelParts.Rule([.. bytes, 0], Filename));
    }

    [Fact]
    public void Long_names_in_either_format_are_read()
    {
        var name = "demo-1.0/" + new string('n', 200) + ".py";
        foreach (var format in (TarEntryFormat[])[TarEntryFormat.Pax, TarEntryFormat.Gnu])
        {
            var memory = new MemoryStream();
            using (var gzip = new GZipStream(memory, CompressionMode.Compress, leaveOpen: true))
            using (var tar = new TarWriter(gzip, format))
            {
                TarEntry Entry(string path, string content) => format == TarEntryFormat.Pax
                    ? new PaxTarEntry(TarEntryType.RegularFile, path) { DataStream = new MemoryStream(WheelParts.Bytes(content)) }
                    : new GnuTarEntry(TarEntryType.RegularFile, path) { DataStream = new MemoryStream(WheelParts.Bytes(content)) };
                tar.WriteEntry(Entry(name, "x"));
                tar.WriteEntry(Entry(PkgInfo.Item1, PkgInfo.Item3));
            }
            Assert.Equal("demo", WheelParts.Inspect(memory.ToArray(), Filename).Metadata.DisplayName);
        }
    }

    [Fact]
    public void A_zip_sdist_of_old_is_read()
    {
        var memory = new MemoryStream();
        using (var zip = new ZipArchive(memory, ZipArchiveMode.Create, leaveOpen: true))
        {
            using var entry = zip.CreateEntry("Demo-1.0/PKG-INFO").Open();
            entry.Write(WheelParts.Bytes(PkgInfo.Item3));
        }
        Assert.Equal("demo", WheelParts.Inspect(memory.ToArray(), "Demo-1.0.zip").Metadata.DisplayName);
        Assert.Equal("tar-framing", WheelParts.Rule(memory.ToArray(), Filename));
    }

    [Fact]
    public void Any_bytes_are_answered_without_another_exception()
    {
        var sound = WheelParts.Tar(PkgInfo);
        Gen.OneOf(
            Gen.Byte.Array,
            Gen.Select(Gen.Int[0, sound.Length - 1], Gen.Byte).Select((at, value) => { var copy = (byte[])sound.Clone(); copy[at] = value; return copy; }))
            .Sample(bytes =>
            {
                try
                {
                    WheelParts.Inspect(bytes, Filename);
                }
                catch (InvalidDistributionException)
                {
                    // The only exception that hostile bytes may cause.
                }
            });
    }
}

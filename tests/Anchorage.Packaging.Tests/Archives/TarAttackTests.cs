namespace Anchorage.Packaging.Tests.Archives;

/// <summary>Sdists that two unpackers would read differently, or that reach beyond their folder: one lie each.</summary>
public class TarAttackTests
{
    private const string Filename = "demo-1.0.tar.gz";
    private const string Other = "demo-1.0/other.py";

    private static InvalidDistributionException Refusal(byte[] sdist, ArchiveLimits? limits = null)
    {
        var refusal = Assert.Throws<InvalidDistributionException>(() => WheelParts.Inspect(sdist, Filename, limits));
        Assert.DoesNotContain(refusal.Message, char.IsControl);
        return refusal;
    }

    private static string Pax(string key, string value) => RawTar.PaxRecord(key, value);

    private static readonly Dictionary<string, Action<RawTar>> Sound = new()
    {
        ["nothing else"] = _ => { },
        ["a file"] = tar => tar.Add(Other, "y"),
        ["a folder, twice"] = tar => tar.Add("demo-1.0/", "", '5').Add("demo-1.0", "", '5'),
        ["a dot in front"] = tar => tar.Add("./demo-1.0/", "", '5').Add("./" + Other, "y"),
        ["a file in the format before POSIX"] = tar => tar.Add(Other, "y", '\0', header => header.AsSpan(257, 8).Clear()),
        ["a file in GNU's format"] = tar => tar.Add(Other, "y", '0', RawTar.Gnu),
        ["a prefix of the name"] = tar => tar.Add("other.py", "y", '0', header => "demo-1.0/sub"u8.CopyTo(header.AsSpan(345))),
        ["GNU's long name"] = tar => tar.Add("././@LongLink", "demo-1.0/" + new string('n', 200) + "\0", 'L').Add("cut", "y"),
        ["a long name"] = tar => tar.Pax(Pax("path", "demo-1.0/" + new string('n', 200))).Add("cut", "y"),
        ["a size that is in both headers"] = tar => tar.Pax(Pax("size", "3")).Add(Other, "yyy"),
        ["a size in base 256"] = tar => tar.Add(Other, "yyy", '0', header => RawTar.Base256(header.AsSpan(124, 12), 3)),
        ["a size with blanks around it"] = tar => tar.Add(Other, "yyy", '0', header => "         3 \0"u8.CopyTo(header.AsSpan(124))),
        ["a comment for all members"] = tar => tar.Pax(Pax("comment", "0123abc"), 'g').Add(Other, "y"),
        ["binary attributes"] = tar => tar.Pax(Pax("SCHILY.xattr.com.apple", "\u0001=\n")).Add(Other, "y"),
    };

    public static TheoryData<string> SoundNames => [.. Sound.Keys];

    [Theory]
    [MemberData(nameof(SoundNames))]
    public void What_sdists_consist_of_is_accepted(string form) =>
        Assert.Equal("demo", WheelParts.Inspect(RawTar.Sdist(Sound[form]), Filename).Metadata.DisplayName);

    private static readonly Dictionary<string, (Action<RawTar> Lie, string Rule, string? Member)> Lies = new()
    {
        ["a symbolic link inside"] = (tar => tar.Add(Other, "", '2', header => "PKG-INFO"u8.CopyTo(header.AsSpan(157))), "member-type", Other),
        ["a symbolic link outside"] = (tar => tar.Add(Other, "", '2', header => "/etc/passwd"u8.CopyTo(header.AsSpan(157))), "member-type", Other),
        ["a hard link inside"] = (tar => tar.Add(Other, "", '1', header => "demo-1.0/PKG-INFO"u8.CopyTo(header.AsSpan(157))), "member-type", Other),
        ["a hard link outside"] = (tar => tar.Add(Other, "", '1', header => "../../x"u8.CopyTo(header.AsSpan(157))), "member-type", Other),
        ["a character device"] = (tar => tar.Add(Other, "", '3'), "member-type", Other),
        ["a block device"] = (tar => tar.Add(Other, "", '4'), "member-type", Other),
        ["a named pipe"] = (tar => tar.Add(Other, "", '6'), "member-type", Other),
        ["a contiguous file"] = (tar => tar.Add(Other, "", '7'), "member-type", Other),
        ["a sparse file of old GNU tar"] = (tar => tar.Add(Other, "y", 'S', RawTar.Gnu), "member-type", Other),
        ["a sparse file in pax, format 0.1"] = (tar => tar.Pax(Pax("path", Other) + Pax("GNU.sparse.map", "0,1")).Add(Other, "y"), "member-type", Other),
        ["a sparse file in pax, format 1.0"] = (tar => tar.Pax(Pax("GNU.sparse.major", "1") + Pax("path", Other)).Add(Other, "y"), "member-type", Other),
        ["a volume label"] = (tar => tar.Add("demo-1.0", "", 'V'), "member-type", "demo-1.0"),
        ["a continuation of another volume"] = (tar => tar.Add(Other, "", 'M'), "member-type", Other),
        ["a folder of an incremental archive"] = (tar => tar.Add(Other, "y", 'D'), "member-type", Other),
        ["GNU's long target of a link"] = (tar => tar.Add("././@LongLink", "/etc/passwd", 'K'), "member-type", "@LongLink"),
        ["an absolute path"] = (tar => tar.Add("/demo-1.0/x", "y"), "member-name", "/demo-1.0/x"),
        ["a path that leads out"] = (tar => tar.Add("demo-1.0/../../x", "y"), "member-name", "demo-1.0/../../x"),
        ["a path of Windows"] = (tar => tar.Add("C:\\x", "y"), "member-name", "C:\\x"),
        ["an empty name"] = (tar => tar.Add("", "y"), "member-name", ""),
        ["an absolute path in pax"] = (tar => tar.Pax(Pax("path", "/etc/x")).Add(Other, "y"), "member-name", "/etc/x"),
        ["a path that leads out, in pax"] = (tar => tar.Pax(Pax("path", "demo-1.0/../x")).Add(Other, "y"), "member-name", "demo-1.0/../x"),
        ["an empty path in pax"] = (tar => tar.Pax(Pax("path", "")).Add(Other, "y"), "member-name", ""),
        ["a path with NUL in pax"] = (tar => tar.Pax(Pax("path", "demo-1.0/x\0y")).Add(Other, "y"), "member-name", "demo-1.0/x y"),
        ["a path that leads out, in GNU's long name"] = (tar => tar.Add("././@LongLink", "../x\0", 'L').Add(Other, "y"), "member-name", "../x"),
        ["a path that leads out, in the prefix"] = (tar => tar.Add("x", "y", '0', header => "demo-1.0/.."u8.CopyTo(header.AsSpan(345))), "member-name", "demo-1.0/../x"),
        ["a prefix in GNU's format"] = (tar => tar.Add(Other, "y", '0', header => { RawTar.Gnu(header); header[345] = (byte)'1'; }), "tar-framing", null),
        ["a file named like a folder"] = (tar => tar.Add("demo-1.0/x/", "y"), "tar-framing", "demo-1.0/x/"),
        ["a folder with content"] = (tar => tar.Add("demo-1.0/x", "y", '5'), "tar-framing", "demo-1.0/x"),
        ["a path for all members"] = (tar => tar.Pax(Pax("path", Other), 'g').Add(Other, "y"), "tar-framing", null),
        ["a size for all members"] = (tar => tar.Pax(Pax("size", "1"), 'g').Add(Other, "y"), "tar-framing", null),
        ["two sizes"] = (tar => tar.Pax(Pax("size", "512")).Add(Other, "", '0').Add("demo-1.0/hidden", ""), "tar-framing", Other),
        ["a negative size in pax"] = (tar => tar.Pax(Pax("size", "-1")).Add(Other, "y"), "tar-framing", null),
        ["a size in pax that is no number"] = (tar => tar.Pax(Pax("size", "1.0")).Add(Other, "y"), "tar-framing", null),
        ["a size in pax beyond a word"] = (tar => tar.Pax(Pax("size", "99999999999999999999")).Add(Other, "y"), "tar-framing", null),
        ["a huge size in pax"] = (tar => tar.Pax(Pax("size", "99999999999999")).Add(Other, "y"), "unpacked-size", Other),
        ["a size in pax given twice"] = (tar => tar.Pax(Pax("size", "1") + Pax("size", "2")).Add(Other, "y"), "tar-framing", null),
        ["a path in pax given twice"] = (tar => tar.Pax(Pax("path", Other) + Pax("path", "demo-1.0/b")).Add(Other, "y"), "tar-framing", null),
        ["two pax headers"] = (tar => tar.Pax(Pax("path", Other)).Pax(Pax("path", "demo-1.0/b")).Add(Other, "y"), "tar-framing", null),
        ["a pax header and a long name"] = (tar => tar.Pax(Pax("path", Other)).Add("././@LongLink", "demo-1.0/b", 'L').Add(Other, "y"), "tar-framing", null),
        ["a pax record with a wrong length"] = (tar => tar.Pax("99 path=x\n").Add(Other, "y"), "tar-framing", null),
        ["a pax record without an end"] = (tar => tar.Pax("8 path=xx").Add(Other, "y"), "tar-framing", null),
        ["a pax record without a value"] = (tar => tar.Pax("7 path\n").Add(Other, "y"), "tar-framing", null),
        ["a negative size"] = (tar => tar.Add(Other, "y", '0', header => RawTar.Base256(header.AsSpan(124, 12), -1)), "tar-framing", null),
        ["a size that is no number"] = (tar => tar.Add(Other, "y", '0', header => "0000000009\0"u8.CopyTo(header.AsSpan(124))), "tar-framing", null),
        ["a size with a second one behind NUL"] = (tar => tar.Add(Other, "y", '0', header => "1\00000000777"u8.CopyTo(header.AsSpan(124))), "tar-framing", null),
        ["a huge size in base 256"] = (tar => tar.Add(Other, "y", '0', header => RawTar.Base256(header.AsSpan(124, 12), 1L << 60)), "unpacked-size", Other),
        ["a size in base 256 beyond a word"] = (tar => tar.Add(Other, "y", '0', header => { RawTar.Base256(header.AsSpan(124, 12), 3); header[126] = 1; }), "tar-framing", null),
        ["a wrong checksum"] = (tar => tar.Add(Other, "y", '0', header => "000000\0 "u8.CopyTo(header.AsSpan(148))), "tar-framing", null),
        ["two files of one name"] = (tar => tar.Add(Other, "y").Add(Other, "y"), "duplicate-member", Other),
        ["two PKG-INFO"] = (tar => tar.Add("demo-1.0/PKG-INFO", RawTar.PkgInfo), "duplicate-member", "demo-1.0/PKG-INFO"),
        ["a file and a folder of one name"] = (tar => tar.Add("demo-1.0/x", "y").Add("demo-1.0/x", "", '5'), "member-conflict", "demo-1.0/x"),
        ["a folder and a file of one name"] = (tar => tar.Add("demo-1.0/x", "", '5').Add("demo-1.0/x", "y"), "member-conflict", "demo-1.0/x"),
        ["a file inside a file"] = (tar => tar.Add("demo-1.0/x", "y").Add("demo-1.0/x/z", "y"), "member-conflict", "demo-1.0/x"),
        ["PKG-INFO in other letters"] = (tar => tar.Add("demo-1.0/pkg-info", "y"), "member-conflict", "demo-1.0/PKG-INFO"),
        ["two setup.py"] = (tar => tar.Add("demo-1.0/setup.py", "y").Add("demo-1.0/Setup.PY", "y"), "member-conflict", "demo-1.0/Setup.PY"),
        ["a second top folder"] = (tar => tar.Add("demo-1.1/x", "y"), "top-directory", "demo-1.1"),
        ["a top folder in other letters"] = (tar => tar.Add("Demo-1.0/x", "y"), "top-directory", "demo-1.0/PKG-INFO"),
        ["a file at the top"] = (tar => tar.Add("x", "y"), "top-directory", "x"),
        ["a folder at the top"] = (tar => tar.Add("demo", "", '5'), "top-directory", "demo"),
    };

    public static TheoryData<string> LieNames => [.. Lies.Keys];

    [Theory]
    [MemberData(nameof(LieNames))]
    public void A_lie_is_refused_by_rule_and_member(string lie)
    {
        var refusal = Refusal(RawTar.Sdist(Lies[lie].Lie));
        Assert.Equal((Lies[lie].Rule, Lies[lie].Member), (refusal.Rule, refusal.Member));
    }

    [Fact]
    public void A_damaged_header_is_placed_behind_the_member_in_front_of_it()
    {
        var refusal = Refusal(RawTar.Sdist(tar => tar.Add(Other, "y").Add("demo-1.0/next", "z", '0', header => header[148] = (byte)'7')));
        Assert.Equal(("tar-framing", Other), (refusal.Rule, refusal.Member));
        Assert.Contains($"behind '{Other}'", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_archive_without_its_end_is_refused()
    {
        var blocks = RawTar.Blocks(_ => { });
        Assert.NotNull(WheelParts.Inspect(RawTar.GZip(blocks[..^512]), Filename));
        Assert.Equal("tar-framing", Refusal(RawTar.GZip(blocks[..^1024])).Rule);
        Assert.Equal("tar-framing", Refusal(RawTar.GZip(blocks[..^1536])).Rule);
        Assert.Equal("tar-framing", Refusal(RawTar.GZip([.. RawTar.Blocks(_ => { })[..^1024], .. "\u0001"u8])).Rule);
        // A header for the next member, and no next member.
        var last = new RawTar().Add("demo-1.0/PKG-INFO", RawTar.PkgInfo).Pax(Pax("path", Other)).End();
        Assert.Equal("tar-framing", Refusal(RawTar.GZip(last)).Rule);
    }

    [Fact]
    public void A_second_archive_behind_the_end_mark_is_refused()
    {
        var blocks = RawTar.Blocks(_ => { });
        Assert.NotNull(WheelParts.Inspect(RawTar.GZip([.. blocks, .. new byte[10240]]), Filename));
        Assert.Equal("tar-framing", Refusal(RawTar.GZip([.. blocks, .. blocks])).Rule);
        Assert.Equal("tar-framing", Refusal(RawTar.GZip([.. blocks, .. new byte[10240], 1])).Rule);
    }

    [Fact]
    public void Anything_but_one_gzip_member_is_refused()
    {
        var blocks = RawTar.Blocks(_ => { });
        var sound = RawTar.GZip(blocks);
        var (first, second) = (RawTar.GZip(blocks[..700]), RawTar.GZip(blocks[700..]));
        Assert.Equal("tar-framing", Refusal([.. first, .. second]).Rule);
        // An empty member in front or behind: some readers stop after the first, and checksum and length agree.
        byte[] empty = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        Assert.Equal("tar-framing", Refusal([.. empty, .. sound]).Rule);
        Assert.Equal("tar-framing", Refusal([.. sound, .. empty]).Rule);
        // Bytes behind the end that end like the end.
        Assert.Equal("tar-framing", Refusal([.. sound, .. "hidden"u8, .. sound[^8..]]).Rule);
        Assert.Equal("tar-framing", Refusal([.. sound, .. sound[^8..]]).Rule);
        Assert.Equal("tar-framing", Refusal([.. sound, 0]).Rule);
        Assert.Equal("tar-framing", Refusal(blocks).Rule);
        Assert.Equal("tar-framing", Refusal([]).Rule);
        byte[] wrongChecksum = [.. sound];
        wrongChecksum[^8] ^= 1;
        Assert.Equal("tar-framing", Refusal(wrongChecksum).Rule);
        byte[] wrongLength = [.. sound];
        wrongLength[^1] ^= 1;
        Assert.Equal("tar-framing", Refusal(wrongLength).Rule);
    }

    [Fact]
    public void A_gzip_header_may_have_every_field_and_no_other()
    {
        var sound = RawTar.GZip(RawTar.Blocks(_ => { }));
        byte[] WithFlags(byte flags, params byte[] fields) => [.. sound[..3], flags, .. sound[4..10], .. fields, .. sound[10..]];
        Assert.NotNull(WheelParts.Inspect(WithFlags(1), Filename));
        Assert.NotNull(WheelParts.Inspect(WithFlags(2, 0, 0), Filename));
        Assert.NotNull(WheelParts.Inspect(WithFlags(4, 3, 0, 1, 2, 3), Filename));
        Assert.NotNull(WheelParts.Inspect(WithFlags(8, [.. "demo-1.0.tar\0"u8]), Filename));
        Assert.NotNull(WheelParts.Inspect(WithFlags(31, [2, 0, 9, 9, .. "name\0comment\0"u8, 7, 7]), Filename));
        Assert.Equal("tar-framing", Refusal(WithFlags(32)).Rule);
        Assert.Equal("tar-framing", Refusal(WithFlags(64)).Rule);
        Assert.Equal("tar-framing", Refusal(WithFlags(4, 0xFF, 0xFF)).Rule);
        Assert.Equal("tar-framing", Refusal(WithFlags(8, [.. Enumerable.Repeat((byte)'n', 5000)])).Rule);
        Assert.Equal("tar-framing", Refusal([.. sound[..2], 7, .. sound[3..]]).Rule);
    }

    [Fact]
    public void A_bomb_is_refused_while_it_is_unpacked()
    {
        // A hundred megabytes of pax headers, which no member's size counts.
        var records = string.Concat(Enumerable.Repeat(Pax("comment", new string('\0', 90_000)), 11));
        var bomb = RawTar.Sdist(tar =>
        {
            for (var i = 0; i < 100; i++)
                tar.Pax(records, 'g');
        });
        Assert.Equal("ratio", Refusal(bomb).Rule);
        Assert.Equal("unpacked-size", Refusal(bomb, new ArchiveLimits { MaxUnpackedBytes = 1 << 20 }).Rule);
        Assert.Equal("entry-count", Refusal(bomb, new ArchiveLimits { MaxEntries = 50 }).Rule);
        // Zeros behind the end.
        var zeros = RawTar.GZip([.. RawTar.Blocks(_ => { }), .. new byte[80 << 20]]);
        Assert.Equal("ratio", Refusal(zeros).Rule);
        Assert.Equal("tar-framing", Refusal(RawTar.Sdist(tar => tar.Pax(Pax("comment", new string('x', 1 << 20))))).Rule);
    }

    [Fact]
    public void A_sparse_or_linked_member_of_a_zip_sdist_is_refused_too()
    {
        var zip = new RawZip();
        zip.Members.Add(new RawMember("demo-1.0/PKG-INFO", RawTar.PkgInfo));
        Assert.NotNull(WheelParts.Inspect(zip.Build(), "demo-1.0.zip"));
        zip.Members.Add(new RawMember("demo-1.0/link", "/etc/passwd") { Attributes = 0xA1FF0000 });
        Assert.Equal("member-type", WheelParts.Rule(zip.Build(), "demo-1.0.zip"));
        zip.Members[1] = new RawMember("other/x", "x");
        Assert.Equal("top-directory", WheelParts.Rule(zip.Build(), "demo-1.0.zip"));
        zip.Members[1] = new RawMember("demo-1.0/pkg-info", "x");
        Assert.Equal("member-conflict", WheelParts.Rule(zip.Build(), "demo-1.0.zip"));
        zip.Members[1] = new RawMember("demo-1.0/x", "x") { Crc = 1 };
        Assert.Equal("corrupt-member", WheelParts.Rule(zip.Build(), "demo-1.0.zip"));
    }
}

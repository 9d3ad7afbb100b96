using System.Text;

namespace Anchorage.Packaging.Tests.Archives;

/// <summary>Wheels that two unpackers would read differently, or that reach beyond their folder: one lie each.</summary>
public class ZipAttackTests
{
    private const string Other = "demo/other.py";

    private static readonly byte[] Junk = [.. Enumerable.Repeat((byte)'x', 40)];

    private static RawMember Member(string name = Other, string content = "y = 2\n") => new(name, content);

    private static RawMember Changed(Action<RawMember> change)
    {
        var member = Member();
        change(member);
        return member;
    }

    private static RawZip With(Action<RawZip> change)
    {
        var zip = RawZip.Wheel(Member());
        change(zip);
        return zip;
    }

    private static InvalidDistributionException Refusal(byte[] wheel, ArchiveLimits? limits = null) =>
        Assert.Throws<InvalidDistributionException>(() => WheelParts.Inspect(wheel, limits: limits));

    [Fact]
    public void The_wheel_that_attacks_start_from_is_accepted_in_every_sound_form()
    {
        Assert.NotNull(WheelParts.Inspect(RawZip.Wheel(Member(), Member("demo/ümläut.py"), Member("demo/").Directory()).Build()));
        Assert.NotNull(WheelParts.Inspect(RawZip.Wheel(Member().Deflate()).Build()));
        Assert.NotNull(WheelParts.Inspect(With(zip => zip.Comment = Encoding.ASCII.GetBytes("built by hand")).Build()));
        Assert.NotNull(WheelParts.Inspect(With(zip => zip.Zip64 = _ => { }).Build()));
        Assert.NotNull(WheelParts.Inspect(With(zip => (zip.Zip64, zip.Entries, zip.DirectorySize, zip.DirectoryOffset) = (_ => { }, 0xFFFF, uint.MaxValue, uint.MaxValue)).Build()));
    }

    /// <summary>Lies about one member: the refusal names it.</summary>
    private static readonly Dictionary<string, (Action<RawMember> Lie, string Rule)> MemberLies = new()
    {
        ["another name in the local header"] = (member => member.LocalName = "demo/outer.py"u8.ToArray(), "zip-framing"),
        ["another method in the local header"] = (member => member.LocalMethod = 8, "zip-framing"),
        ["other flags in the local header"] = (member => member.LocalFlags = 0x0802, "zip-framing"),
        ["another checksum in the local header"] = (member => member.LocalCrc = 1, "zip-framing"),
        ["another size in the local header"] = (member => member.LocalSize = 7, "zip-framing"),
        ["another packed size in the local header"] = (member => member.LocalPackedSize = 7, "zip-framing"),
        ["a wrong checksum"] = (member => member.Crc = 1, "corrupt-member"),
        ["a size that is too small"] = (member => member.Deflate().Size = 5, "record-mismatch"),
        ["a packed size that is too large"] = (member => member.PackedSize = 1 << 20, "zip-framing"),
        ["a packed size that is too small"] = (member => member.Deflate().PackedSize = (uint)member.Packed.Length - 1, "zip-framing"),
        ["sizes behind the content"] = (member => (member.Flags, member.Behind) = (0x0808, new byte[16]), "zip-framing"),
        ["encryption"] = (member => member.Flags = 0x0801, "zip-framing"),
        ["strong encryption"] = (member => member.Flags = 0x0841, "zip-framing"),
        ["a masked header"] = (member => member.Flags = 0x2800, "zip-framing"),
        ["a patch as content"] = (member => member.Flags = 0x0820, "zip-framing"),
        ["method LZMA"] = (member => member.Method = 14, "compression-method"),
        ["method BZIP2"] = (member => member.Method = 12, "compression-method"),
        ["method Zstandard"] = (member => member.Method = 93, "compression-method"),
        ["method Deflate64"] = (member => member.Method = 9, "compression-method"),
        ["an unknown method"] = (member => member.Method = 0xFFFF, "compression-method"),
        ["stored content marked as deflated"] = (member => member.Method = 8, "corrupt-member"),
        ["bytes behind the deflated content"] = (member => member.Packed = [.. member.Deflate().Packed, .. Junk], "corrupt-member"),
        ["a second deflated content behind the first"] = (member => member.Packed = [.. member.Deflate().Packed, .. Member(content: "z").Deflate().Packed], "corrupt-member"),
        ["a comment"] = (member => member.Comment = [1], "zip-framing"),
        ["another disk"] = (member => member.Disk = 1, "zip-framing"),
        ["a name in other than UTF-8"] = (member => (member.Flags, member.Name) = (0, "demo/\u00fc.py"u8.ToArray()), "zip-framing"),
        ["a second name in the extra field"] = (member => member.Extra = RawZip.ExtraRecord(0x7075, 1), "zip-framing"),
        ["a second name in the local extra field"] = (member => member.LocalExtra = RawZip.ExtraRecord(0x7075, 1), "zip-framing"),
        ["an extra field that is cut off"] = (member => member.Extra = [1, 0, 8], "zip-framing"),
        ["an extra record longer than the field"] = (member => member.Extra = [9, 0, 80, 0], "zip-framing"),
        ["a ZIP64 record without need"] = (member => member.Extra = RawZip.ExtraRecord(1, 6, 6), "zip-framing"),
        ["a ZIP64 record that is missing"] = (member => member.Size = uint.MaxValue, "zip-framing"),
        ["a ZIP64 record with one value too few"] = (member => (member.Size, member.PackedSize, member.Extra) = (uint.MaxValue, uint.MaxValue, RawZip.ExtraRecord(1, 6)), "zip-framing"),
        ["a ZIP64 record with one value too many"] = (member => (member.Size, member.Extra) = (uint.MaxValue, RawZip.ExtraRecord(1, 6, 6)), "zip-framing"),
        ["two ZIP64 records"] = (member => (member.Size, member.Extra) = (uint.MaxValue, [.. RawZip.ExtraRecord(1, 6), .. RawZip.ExtraRecord(1, 7)]), "zip-framing"),
        ["a negative size"] = (member => (member.Size, member.Extra) = (uint.MaxValue, RawZip.ExtraRecord(1, ulong.MaxValue)), "zip-framing"),
        ["another size in the local ZIP64 record"] = (member => (member.LocalSize, member.LocalExtra) = (uint.MaxValue, RawZip.ExtraRecord(1, 7)), "zip-framing"),
        ["an offset in front of its header"] = (member => member.Offset = 0, "zip-framing"),
        ["an offset beyond the file"] = (member => member.Offset = 1 << 24, "zip-framing"),
        ["the mode of a symbolic link"] = (member => member.Attributes = 0xA1FF0000, "member-type"),
        ["the mode of a symbolic link from a host without"] = (member => (member.Attributes, member.MadeBy) = (0xA1FF0000, 0), "member-type"),
        ["the mode of a device"] = (member => member.Attributes = 0x21B60000, "member-type"),
        ["the mode of a pipe"] = (member => member.Attributes = 0x11B60000, "member-type"),
        ["the mode of a folder"] = (member => member.Attributes = 0x41ED0000, "member-type"),
    };

    public static TheoryData<string> MemberLieNames => [.. MemberLies.Keys];

    [Theory]
    [MemberData(nameof(MemberLieNames))]
    public void A_lie_about_a_member_is_refused_by_rule_and_member(string lie)
    {
        var member = Member();
        var zip = RawZip.Wheel(member);
        MemberLies[lie].Lie(member);
        var refusal = Refusal(zip.Build());
        Assert.Equal(MemberLies[lie].Rule, refusal.Rule);
        Assert.Contains(refusal.Member!, (string[])[Encoding.UTF8.GetString(member.Name), WheelParts.DistInfo + "/RECORD"]);
        Assert.Contains(refusal.Member!, refusal.Message, StringComparison.Ordinal);
    }

    /// <summary>Lies about the archive as a whole.</summary>
    private static readonly Dictionary<string, Action<RawZip>> ArchiveLies = new()
    {
        ["bytes in front of the first member"] = zip => zip.Front = Junk,
        ["bytes between two members"] = zip => zip.Members[1].Behind = Junk,
        ["bytes in front of the directory"] = zip => zip.BeforeDirectory = Junk,
        ["bytes behind the directory"] = zip => zip.BeforeEnd = Junk,
        ["a member that the directory does not list"] = zip => zip.Members[1].HasCentral = false,
        ["a member that is only in the directory"] = zip => zip.Members[1].HasLocal = false,
        ["two entries for one member"] = zip => (zip.Members[1].Offset, zip.Members[1].HasLocal) = (0, false),
        ["too few members counted"] = zip => zip.Entries = 2,
        ["too many members counted"] = zip => zip.Entries = 200,
        ["two counts of members"] = zip => zip.EntriesOnDisk = 1,
        ["several disks"] = zip => zip.Disk = 1,
        ["a directory that is too short"] = zip => zip.DirectorySize = 10,
        ["a directory elsewhere"] = zip => zip.DirectoryOffset = 0,
        ["a directory beyond the file"] = zip => zip.DirectoryOffset = 1 << 30,
        ["a comment that looks like an end record"] = zip => zip.Comment = [.. "PK\u0005\u0006"u8, .. new byte[18]],
        ["a ZIP64 record that is missing"] = zip => zip.Entries = 0xFFFF,
        ["a ZIP64 record with another count"] = zip => zip.Zip64 = bytes => bytes[32] ^= 1,
        ["a ZIP64 record with another count on this disk"] = zip => zip.Zip64 = bytes => bytes[24] ^= 1,
        ["a ZIP64 record with another size"] = zip => zip.Zip64 = bytes => bytes[40] ^= 1,
        ["a ZIP64 record with another offset"] = zip => zip.Zip64 = bytes => bytes[48] ^= 1,
        ["a ZIP64 record with a negative offset"] = zip => (zip.DirectoryOffset, zip.Zip64) = (uint.MaxValue, bytes => bytes[55] = 0xFF),
        ["a ZIP64 record on another disk"] = zip => zip.Zip64 = bytes => bytes[16] = 1,
        ["a ZIP64 record of another length"] = zip => zip.Zip64 = bytes => bytes[4] ^= 1,
        ["no ZIP64 record where its locator points"] = zip => zip.Zip64 = bytes => bytes[0] = 0,
        ["a ZIP64 locator that points elsewhere"] = zip => zip.Zip64 = bytes => bytes[64] ^= 1,
        ["a ZIP64 locator of another disk"] = zip => zip.Zip64 = bytes => bytes[60] = 1,
        ["a ZIP64 locator of several disks"] = zip => zip.Zip64 = bytes => bytes[72] = 2,
    };

    public static TheoryData<string> ArchiveLieNames => [.. ArchiveLies.Keys];

    [Theory]
    [MemberData(nameof(ArchiveLieNames))]
    public void A_lie_about_the_archive_is_refused(string lie) => Assert.Equal("zip-framing", Refusal(With(ArchiveLies[lie]).Build()).Rule);

    [Theory]
    [InlineData("../evil.py")]
    [InlineData("demo/../../evil.py")]
    [InlineData("demo/..")]
    [InlineData("/etc/passwd")]
    [InlineData("//server/share")]
    [InlineData("C:/evil.py")]
    [InlineData("c:evil.py")]
    [InlineData("demo\\evil.py")]
    [InlineData("..\\evil.py")]
    [InlineData("demo//evil.py")]
    [InlineData("./evil.py")]
    [InlineData("demo/./evil.py")]
    [InlineData("demo/evil.py\0.txt")]
    [InlineData("demo/evil\u202e.py")]
    [InlineData("demo/evil\u200b.py")]
    [InlineData("demo/evil\u00a0.py")]
    [InlineData("demo/evil\u2028.py")]
    [InlineData("demo/evil\n.py")]
    [InlineData("demo/evil\u001b[2J.py")]
    [InlineData("")]
    public void A_name_that_unpackers_read_differently_is_refused(string name)
    {
        var refusal = Refusal(RawZip.Wheel(Member(name)).Build());
        Assert.Equal("member-name", refusal.Rule);
        Assert.Equal(CoreMetadata.Quote(name), refusal.Member);
        Assert.DoesNotContain(refusal.Message, char.IsControl);
    }

    [Fact]
    public void A_name_that_is_no_UTF_8_is_refused() =>
        Assert.Equal("member-name", Refusal(RawZip.Wheel(Changed(member => member.Name = [.. "demo/"u8, 0xC3, 0x28])).Build()).Rule);

    [Fact]
    public void Names_are_bounded_in_length_parts_and_depth()
    {
        Assert.NotNull(WheelParts.Inspect(RawZip.Wheel(Member("demo/" + new string('a', 255))).Build()));
        Assert.Equal("member-name", Refusal(RawZip.Wheel(Member("demo/" + new string('a', 256))).Build()).Rule);
        Assert.Equal("member-name", Refusal(RawZip.Wheel(Member("demo/" + new string('ä', 128))).Build()).Rule);
        static string Deep(int depth) => string.Join('/', Enumerable.Repeat("d", depth));
        Assert.NotNull(WheelParts.Inspect(RawZip.Wheel(Member(Deep(100))).Build()));
        Assert.Equal("member-name", Refusal(RawZip.Wheel(Member(Deep(101))).Build()).Rule);
        var longest = string.Join('/', Enumerable.Repeat(new string('p', 204), 5));
        Assert.Equal(1024, longest.Length);
        Assert.NotNull(WheelParts.Inspect(RawZip.Wheel(Member(longest)).Build()));
        Assert.Equal("member-name", Refusal(RawZip.Wheel(Member(longest + "p")).Build()).Rule);
    }

    [Theory]
    [InlineData(Other, Other, "duplicate-member", Other)]
    [InlineData("demo/x/", "demo/x/", "duplicate-member", "demo/x/")]
    [InlineData("demo/x", "demo/x/", "member-conflict", "demo/x")]
    [InlineData("demo/x/", "demo/x", "member-conflict", "demo/x")]
    [InlineData("demo/x", "demo/x/y/z.py", "member-conflict", "demo/x")]
    [InlineData("demo/x/y/", "demo/x", "member-conflict", "demo/x")]
    [InlineData(WheelParts.DistInfo + "/metadata", "demo/y", "member-conflict", WheelParts.DistInfo + "/metadata")]
    [InlineData(WheelParts.DistInfo + "/WHEEL.", "demo/y", "member-conflict", WheelParts.DistInfo + "/WHEEL.")]
    [InlineData("demo-1.0.DIST-INFO/METADATA", "demo/y", "dist-info", null)]
    [InlineData(WheelParts.DistInfo + "./METADATA", "demo/y", "member-conflict", WheelParts.DistInfo + "./METADATA")]
    public void Two_members_for_one_path_are_refused(string first, string second, string rule, string? member)
    {
        static RawMember Of(string name) => name.EndsWith('/') ? Member(name).Directory() : Member(name);
        var refusal = Refusal(RawZip.Wheel(Of(first), Of(second)).Build());
        Assert.Equal(rule, refusal.Rule);
        Assert.Equal(member, refusal.Member);
    }

    [Fact]
    public void A_folder_with_content_is_refused()
    {
        Assert.Equal("zip-framing", Refusal(RawZip.Wheel(Changed(member => (member.Name, member.Attributes) = ("demo/x/"u8.ToArray(), 0))).Build()).Rule);
        Assert.Equal("member-type", Refusal(RawZip.Wheel(Changed(member => (member.Name, member.Content) = ("demo/x/"u8.ToArray(), []))).Build()).Rule);
    }

    /// <summary>The quine of bombs: many entries of the directory for the same packed bytes.</summary>
    [Fact]
    public void Overlapping_members_are_refused_before_anything_is_unpacked()
    {
        var zip = RawZip.Wheel(Enumerable.Range(0, 1000).Select(i => Changed(member => (member.Name, member.HasLocal, member.Offset) = (Encoding.ASCII.GetBytes($"demo/{i}"), false, 0u))).ToArray());
        Assert.Equal("zip-framing", Refusal(zip.Build()).Rule);
    }

    [Fact]
    public void A_bomb_is_refused_by_what_it_claims_and_by_what_it_unpacks_to()
    {
        var bomb = Changed(member => member.Content = new byte[80 << 20]).Deflate();
        Assert.Equal(("ratio", Other), (Refusal(RawZip.Wheel(bomb).Build()).Rule, Refusal(RawZip.Wheel(bomb).Build()).Member));
        // It claims six bytes and has eighty million: unpacking ends at the seventh.
        var liar = Member();
        var zip = RawZip.Wheel(liar);
        liar.Packed = bomb.Packed;
        liar.Method = 8;
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(("corrupt-member", Other), (Refusal(zip.Build()).Rule, Other));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 8 << 20);
    }

    [Fact]
    public void Bounds_are_of_what_is_inside()
    {
        var wheel = RawZip.Wheel(Member()).Build();
        const int Members = 5;
        Assert.NotNull(WheelParts.Inspect(wheel, limits: new ArchiveLimits { MaxEntries = Members }));
        Assert.Equal("entry-count", Refusal(wheel, new ArchiveLimits { MaxEntries = Members - 1 }).Rule);
        var total = RawZip.Wheel(Member()).Members.Sum(member => member.Content.Length);
        Assert.NotNull(WheelParts.Inspect(wheel, limits: new ArchiveLimits { MaxUnpackedBytes = total }));
        Assert.Equal("unpacked-size", Refusal(wheel, new ArchiveLimits { MaxUnpackedBytes = total - 1 }).Rule);
        var longest = RawZip.Wheel(Member()).Members.Max(member => member.Content.Length);
        Assert.NotNull(WheelParts.Inspect(wheel, limits: new ArchiveLimits { MaxTextBytes = longest }));
        Assert.Equal("text-size", Refusal(wheel, new ArchiveLimits { MaxTextBytes = longest - 1 }).Rule);
    }
}

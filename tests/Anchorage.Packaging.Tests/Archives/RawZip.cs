using System.Buffers.Binary;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;

namespace Anchorage.Packaging.Tests.Archives;

/// <summary>One member of a <see cref="RawZip"/>; whatever is not set is as it should be.</summary>
internal sealed class RawMember(byte[] name, byte[] content)
{
    public RawMember(string name, string content)
        : this(Encoding.UTF8.GetBytes(name), Encoding.UTF8.GetBytes(content))
    {
    }

    public byte[] Name { get; set; } = name;

    public byte[] Content { get; set; } = content;

    public byte[] LocalName { get => field ?? Name; set; }

    public byte[] Packed { get => field ?? Content; set; }

    public ushort Method { get; set; }

    public ushort LocalMethod { get => field == 0 ? Method : field; set; }

    public ushort Flags { get; set; } = 0x0800;

    public ushort LocalFlags { get => field == 0 ? Flags : field; set; }

    public uint Crc { get => field == 0 ? Crc32.Append(0, Content) : field; set; }

    public uint LocalCrc { get => field == 0 ? Crc : field; set; }

    public uint Size { get => field == 0 ? (uint)Content.Length : field; set; }

    public uint LocalSize { get => field == 0 ? Size : field; set; }

    public uint PackedSize { get => field == 0 ? (uint)Packed.Length : field; set; }

    public uint LocalPackedSize { get => field == 0 ? PackedSize : field; set; }

    public byte[] Extra { get; set; } = [];

    public byte[] LocalExtra { get; set; } = [];

    public byte[] Comment { get; set; } = [];

    public ushort Disk { get; set; }

    public ushort MadeBy { get; set; } = 3 << 8;

    public uint Attributes { get; set; } = 0x81A40000;

    /// <summary>Bytes in the file behind the content, which the sizes do not count.</summary>
    public byte[] Behind { get; set; } = [];

    public uint? Offset { get; set; }

    /// <summary>Left out of the central directory, or of the members in front of it.</summary>
    public bool HasCentral { get; set; } = true;

    public bool HasLocal { get; set; } = true;

    public RawMember Directory()
    {
        (Content, Attributes) = ([], 0x41ED0010);
        return this;
    }

    public RawMember Deflate()
    {
        var packed = new MemoryStream();
        using (var deflate = new DeflateStream(packed, CompressionLevel.Optimal, leaveOpen: true))
            deflate.Write(Content);
        (Packed, Method) = (packed.ToArray(), 8);
        return this;
    }
}

/// <summary>A ZIP archive written field by field, so that a test can make any one of them a lie.</summary>
internal sealed class RawZip
{
    public List<RawMember> Members { get; } = [];

    public byte[] Front { get; set; } = [];

    public byte[] BeforeDirectory { get; set; } = [];

    public byte[] BeforeEnd { get; set; } = [];

    public byte[] Comment { get; set; } = [];

    public ushort? Entries { get; set; }

    public ushort? EntriesOnDisk { get; set; }

    public ushort Disk { get; set; }

    public uint? DirectorySize { get; set; }

    public uint? DirectoryOffset { get; set; }

    /// <summary>Changes the ZIP64 records that are written in front of the end record; null where there are none.</summary>
    public Action<byte[]>? Zip64 { get; set; }

    /// <summary>A sound wheel of demo 1.0 with the members that are given beside its own; RECORD lists them all.</summary>
    public static RawZip Wheel(params RawMember[] others)
    {
        var zip = new RawZip();
        foreach (var (name, content) in new WheelParts().Files)
            zip.Members.Add(new RawMember(Encoding.UTF8.GetBytes(name), content));
        zip.Members.AddRange(others);
        var record = new StringBuilder();
        foreach (var member in zip.Members.Where(member => member.Name.Length == 0 || member.Name[^1] != '/'))
            record.Append($"{Encoding.UTF8.GetString(member.Name)},sha256={System.Buffers.Text.Base64Url.EncodeToString(SHA256.HashData(member.Content))},{member.Content.Length}\n");
        zip.Members.Add(new RawMember(WheelParts.DistInfo + "/RECORD", record + WheelParts.DistInfo + "/RECORD,,\n"));
        return zip;
    }

    public byte[] Build()
    {
        var file = new MemoryStream();
        file.Write(Front);
        var directory = new MemoryStream();
        foreach (var member in Members)
        {
            var offset = member.Offset ?? (uint)file.Position;
            if (member.HasLocal)
                WriteLocal(file, member);
            if (member.HasCentral)
                WriteCentral(directory, member, offset);
        }
        file.Write(BeforeDirectory);
        var start = file.Position;
        file.Write(directory.ToArray());
        file.Write(BeforeEnd);
        var count = (ushort)Members.Count(member => member.HasCentral);
        if (Zip64 is not null)
            WriteZip64(file, count, directory.Length, start);
        Write(file, 0x06054b50u, Disk, Disk, EntriesOnDisk ?? Entries ?? count, Entries ?? count, DirectorySize ?? (uint)directory.Length, DirectoryOffset ?? (uint)start, (ushort)Comment.Length);
        file.Write(Comment);
        return file.ToArray();
    }

    private static void WriteLocal(MemoryStream file, RawMember member)
    {
        Write(file, 0x04034b50u, (ushort)20, member.LocalFlags, member.LocalMethod, 0u, member.LocalCrc, member.LocalPackedSize, member.LocalSize, (ushort)member.LocalName.Length, (ushort)member.LocalExtra.Length);
        file.Write(member.LocalName);
        file.Write(member.LocalExtra);
        file.Write(member.Packed);
        file.Write(member.Behind);
    }

    private static void WriteCentral(MemoryStream directory, RawMember member, uint offset)
    {
        Write(directory, 0x02014b50u, (ushort)(member.MadeBy | 20), (ushort)20, member.Flags, member.Method, 0u, member.Crc, member.PackedSize, member.Size);
        Write(directory, (ushort)member.Name.Length, (ushort)member.Extra.Length, (ushort)member.Comment.Length, member.Disk, (ushort)0, member.Attributes, offset);
        directory.Write(member.Name);
        directory.Write(member.Extra);
        directory.Write(member.Comment);
    }

    private void WriteZip64(MemoryStream file, ushort count, long directoryLength, long start)
    {
        var records = new MemoryStream();
        Write(records, 0x06064b50u, 44UL, (ushort)45, (ushort)45, 0u, 0u, (ulong)count, (ulong)count, (ulong)directoryLength, (ulong)start);
        Write(records, 0x07064b50u, 0u, (ulong)file.Position, 1u);
        var bytes = records.ToArray();
        Zip64!(bytes);
        file.Write(bytes);
    }

    /// <summary>A record of an extra field.</summary>
    public static byte[] ExtraRecord(ushort id, params ulong[] values)
    {
        var record = new MemoryStream();
        Write(record, id, (ushort)(values.Length * 8));
        foreach (var value in values)
            Write(record, value);
        return record.ToArray();
    }

    private static void Write(Stream stream, params object[] fields)
    {
        Span<byte> bytes = stackalloc byte[8];
        foreach (var field in fields)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, Convert.ToUInt64(field, System.Globalization.CultureInfo.InvariantCulture));
            stream.Write(bytes[..(field is ushort ? 2 : field is uint ? 4 : 8)]);
        }
    }
}

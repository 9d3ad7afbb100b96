using System.Buffers.Binary;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Unicode;

namespace Anchorage.Packaging;

/// <summary>
/// Reads a ZIP archive so strictly that every unpacker must see the same members: local headers and central directory
/// say the same, the members fill the file from its first byte to the central directory without a gap, and no field that
/// unpackers are known to weigh differently is used (data descriptors, second names, comments on members). Members are
/// read one by one; memory holds the directory and one buffer.
/// </summary>
internal sealed class ZipArchiveReader
{
    private const uint CentralSignature = 0x02014b50;
    private const uint LocalSignature = 0x04034b50;
    private const int CentralLength = 46;
    private const int LocalLength = 30;

    /// <summary>Compression level hints and "the name is UTF-8". All else (encryption, data descriptor, patches) is refused.</summary>
    private const ushort AllowedFlags = 0x0806;
    private const ushort Utf8Flag = 0x0800;
    private const ushort DataDescriptorFlag = 0x0008;
    private const int FileTypeMask = 0xF000;
    private const int RegularFile = 0x8000;
    private const int Folder = 0x4000;
    private const int SymbolicLink = 0xA000;
    private const int BufferSize = 64 << 10;

    /// <summary>Smaller archives may be packed as tightly as they like.</summary>
    private const long RatioFreeBytes = 64L << 20;

    private readonly Stream stream;
    private readonly byte[] buffer = new byte[BufferSize];

    private ZipArchiveReader(Stream stream, List<ZipMember> members)
    {
        this.stream = stream;
        Members = members;
    }

    /// <summary>All members, directories included, in the order of the file.</summary>
    public List<ZipMember> Members { get; }

    /// <summary>The paths of all members.</summary>
    public MemberPaths Paths { get; } = new();

    public static InvalidDistributionException Refuse(string message, string? member = null) => new("zip-framing", member, message);

    /// <summary>Reads and checks the structure; no member is unpacked yet.</summary>
    public static ZipArchiveReader Open(Stream content, ArchiveLimits limits, CancellationToken cancellationToken)
    {
        // Never disposed: it owns nothing but its buffer, and disposing would close the caller's stream.
        var stream = new BufferedStream(content, BufferSize);
        var end = ZipEnd.Read(stream);
        var members = ReadDirectory(stream, end, limits, isStrict: true, cancellationToken);
        members.Sort((left, right) => left.HeaderOffset.CompareTo(right.HeaderOffset));
        var reader = new ZipArchiveReader(stream, members);
        reader.CheckLocalHeaders(end.DirectoryOffset, cancellationToken);
        reader.CheckPaths();
        reader.CheckSizes(content.Length, limits);
        return reader;
    }

    /// <summary>The directory alone, for archives that others have published: nothing is checked but what reading needs.</summary>
    public static ZipArchiveReader OpenUnchecked(Stream content, ArchiveLimits limits, CancellationToken cancellationToken)
    {
        var stream = new BufferedStream(content, BufferSize);
        return new ZipArchiveReader(stream, ReadDirectory(stream, ZipEnd.Read(stream), limits, isStrict: false, cancellationToken));
    }

    private static List<ZipMember> ReadDirectory(Stream stream, ZipEnd end, ArchiveLimits limits, bool isStrict, CancellationToken cancellationToken)
    {
        if (end.Entries > limits.MaxEntries)
            throw new InvalidDistributionException("entry-count", null, $"The archive has {end.Entries} members; at most {limits.MaxEntries} are allowed.");
        if (end.Entries * CentralLength > end.DirectorySize)
            throw Refuse("The archive's central directory is too short for the members it claims.");
        var members = new List<ZipMember>((int)end.Entries);
        stream.Position = end.DirectoryOffset;
        for (var i = 0L; i < end.Entries; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var member = ReadCentralHeader(stream, end.DirectoryOffset + end.DirectorySize, limits, isStrict);
            if (member is not null)
                members.Add(member);
        }
        if (stream.Position != end.DirectoryOffset + end.DirectorySize)
            throw Refuse("The archive's central directory is longer than the members it counts.");
        return members;
    }

    /// <summary>One header of the central directory; null for a name that an unchecked reader passes over.</summary>
    private static ZipMember? ReadCentralHeader(Stream stream, long directoryEnd, ArchiveLimits limits, bool isStrict)
    {
        Span<byte> header = stackalloc byte[CentralLength];
        if (directoryEnd - stream.Position < CentralLength)
            throw Refuse("The archive's central directory is cut off.");
        stream.ReadExactly(header);
        if (BinaryPrimitives.ReadUInt32LittleEndian(header) != CentralSignature)
            throw Refuse("The archive's central directory is damaged.");
        var nameLength = BinaryPrimitives.ReadUInt16LittleEndian(header[28..]);
        var extraLength = BinaryPrimitives.ReadUInt16LittleEndian(header[30..]);
        var commentLength = BinaryPrimitives.ReadUInt16LittleEndian(header[32..]);
        if (directoryEnd - stream.Position < nameLength + extraLength + commentLength)
            throw Refuse("The archive's central directory is cut off.");
        var name = ReadBytes(stream, nameLength);
        var extra = ReadBytes(stream, extraLength);
        stream.Seek(commentLength, SeekOrigin.Current);

        var flags = BinaryPrimitives.ReadUInt16LittleEndian(header[8..]);
        long packedSize = BinaryPrimitives.ReadUInt32LittleEndian(header[20..]);
        long size = BinaryPrimitives.ReadUInt32LittleEndian(header[24..]);
        long offset = BinaryPrimitives.ReadUInt32LittleEndian(header[42..]);
        if (!isStrict && (nameLength > limits.MaxNameBytes || !Utf8.IsValid(name)))
            return null;
        var text = isStrict ? MemberName.Read(name, limits) : Encoding.UTF8.GetString(name);
        if (isStrict)
            CheckHeader(text, flags, header, commentLength);
        ZipExtra.Apply(extra, text, ref size, ref packedSize, ref offset);
        return new ZipMember
        {
            Name = text,
            Flags = flags,
            Method = BinaryPrimitives.ReadUInt16LittleEndian(header[10..]),
            Crc = BinaryPrimitives.ReadUInt32LittleEndian(header[16..]),
            PackedSize = packedSize,
            Size = size,
            HeaderOffset = offset,
            Mode = BinaryPrimitives.ReadUInt16LittleEndian(header[40..]),
        };
    }

    private static void CheckHeader(string name, ushort flags, ReadOnlySpan<byte> header, int commentLength)
    {
        if ((flags & DataDescriptorFlag) != 0)
            throw Refuse($"'{name}' has its sizes behind its content (a data descriptor), which unpackers read differently. Build the archive on a disk, not into a pipe.", name);
        if ((flags & ~AllowedFlags) != 0)
            throw Refuse($"'{name}' is encrypted or uses another feature (flags 0x{flags:X4}) that installers do not read.", name);
        if ((flags & Utf8Flag) == 0 && !Ascii.IsValid(name))
            throw Refuse($"The name '{name}' has other characters than ASCII and is not marked as UTF-8, so that unpackers would disagree about it.", name);
        if (commentLength != 0)
            throw Refuse($"'{name}' has a comment in the central directory.", name);
        if (BinaryPrimitives.ReadUInt16LittleEndian(header[34..]) != 0)
            throw Refuse($"'{name}' claims to be on another disk.", name);
        var method = BinaryPrimitives.ReadUInt16LittleEndian(header[10..]);
        if (method is not (ZipMember.Stored or ZipMember.Deflated))
            throw new InvalidDistributionException("compression-method", name, $"'{name}' is packed with method {method}; installers read stored and deflated members only.");
    }

    private static byte[] ReadBytes(Stream stream, int length)
    {
        if (length == 0)
            return [];
        var bytes = new byte[length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>Walks the file from its first byte: each member starts where the one before ended.</summary>
    private void CheckLocalHeaders(long directoryOffset, CancellationToken cancellationToken)
    {
        var position = 0L;
        foreach (var member in Members)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (member.HeaderOffset != position)
                throw Refuse($"There are bytes in front of the member '{member.Name}' that belong to no member, or members overlap.", member.Name);
            position = SkipLocalHeader(member, directoryOffset);
            if (member.PackedSize > directoryOffset - position)
                throw Refuse($"The member '{member.Name}' is longer than the file.", member.Name);
            position += member.PackedSize;
        }
        if (position != directoryOffset)
            throw Refuse("There are bytes in front of the central directory that belong to no member.");
    }

    /// <summary>Compares the local header with the directory; returns where the content starts.</summary>
    private long SkipLocalHeader(ZipMember member, long directoryOffset)
    {
        Span<byte> header = stackalloc byte[LocalLength];
        if (directoryOffset - member.HeaderOffset < LocalLength)
            throw Refuse($"The member '{member.Name}' is cut off.", member.Name);
        stream.Position = member.HeaderOffset;
        stream.ReadExactly(header);
        var nameLength = BinaryPrimitives.ReadUInt16LittleEndian(header[26..]);
        var extraLength = BinaryPrimitives.ReadUInt16LittleEndian(header[28..]);
        if (directoryOffset - stream.Position < nameLength + extraLength)
            throw Refuse($"The member '{member.Name}' is cut off.", member.Name);
        var name = ReadBytes(stream, nameLength);
        long packedSize = BinaryPrimitives.ReadUInt32LittleEndian(header[18..]);
        long size = BinaryPrimitives.ReadUInt32LittleEndian(header[22..]);
        var none = 0L;
        ZipExtra.Apply(ReadBytes(stream, extraLength), member.Name, ref size, ref packedSize, ref none);
        if (BinaryPrimitives.ReadUInt32LittleEndian(header) != LocalSignature
            || !name.AsSpan().SequenceEqual(Encoding.UTF8.GetBytes(member.Name))
            || BinaryPrimitives.ReadUInt16LittleEndian(header[6..]) != member.Flags
            || BinaryPrimitives.ReadUInt16LittleEndian(header[8..]) != member.Method
            || BinaryPrimitives.ReadUInt32LittleEndian(header[14..]) != member.Crc
            || size != member.Size || packedSize != member.PackedSize)
            throw Refuse($"The central directory and the local header disagree about the member '{member.Name}'.", member.Name);
        return stream.Position;
    }

    private void CheckPaths()
    {
        foreach (var member in Members)
        {
            if (!Paths.TryAdd(member.Name))
                throw MemberPaths.Duplicate(member.Name);
            CheckType(member);
        }
        Paths.CheckConflicts();
    }

    /// <summary>
    /// Some unpackers obey the mode and make a link, a device or a folder, others make a file with the content in it; not
    /// all of them look whether the host that the header names has modes at all.
    /// </summary>
    private static void CheckType(ZipMember member)
    {
        var type = member.Mode & FileTypeMask;
        if (type == 0 || type == (member.IsDirectory ? Folder : RegularFile))
            return;
        var kind = type switch
        {
            SymbolicLink => "a symbolic link",
            Folder => "a folder, by its mode, and a file, by its name",
            RegularFile => "a file, by its mode, and a folder, by its name",
            _ => $"neither a file nor a folder (mode 0x{member.Mode:X4})",
        };
        throw new InvalidDistributionException("member-type", member.Name, $"'{member.Name}' is {kind}. A distribution has regular files and folders only; put a copy of the file in its place.");
    }

    private void CheckSizes(long archiveBytes, ArchiveLimits limits)
    {
        var total = 0L;
        foreach (var member in Members)
        {
            if (member.IsDirectory && (member.Size != 0 || member.PackedSize != 0))
                throw Refuse($"The directory '{member.Name}' has content.", member.Name);
            if (member.Size > limits.MaxUnpackedBytes - total)
                throw new InvalidDistributionException("unpacked-size", member.Name, $"The archive unpacks to more than {limits.MaxUnpackedBytes} bytes.");
            total += member.Size;
        }
        if (total > RatioFreeBytes && total / limits.MaxRatio > archiveBytes)
            throw new InvalidDistributionException("ratio", Members.MaxBy(member => member.Size)?.Name, $"The archive unpacks to more than {limits.MaxRatio} times its own size, as a decompression bomb does.");
    }

    /// <summary>
    /// Unpacks one member, checks its size and checksum, and hands the content to <paramref name="hash"/> and
    /// <paramref name="capture"/> where given. Never reads or unpacks more than the directory says.
    /// </summary>
    public void Unpack(ZipMember member, IncrementalHash? hash, Stream? capture, CancellationToken cancellationToken)
    {
        using var packed = OpenPacked(member);
        using Stream content = member.Method == ZipMember.Deflated ? new DeflateStream(packed, CompressionMode.Decompress) : packed;
        var (size, crc) = (0L, 0U);
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var read = ReadContent(content, member);
            if (read == 0)
                break;
            size += read;
            if (size > member.Size)
                throw Corrupt(member, $"is longer than the {member.Size} bytes that the archive says");
            var chunk = buffer.AsSpan(0, read);
            crc = Crc32.Append(crc, chunk);
            hash?.AppendData(chunk);
            capture?.Write(chunk);
        }
        if (size != member.Size)
            throw Corrupt(member, $"has {size} bytes where the archive says {member.Size}");
        if (crc != member.Crc)
            throw Corrupt(member, "does not match its checksum");
        if (!packed.IsAtEnd)
            throw Corrupt(member, "ends before its packed bytes do, so that others are hidden behind it");
    }

    private PackedStream OpenPacked(ZipMember member)
    {
        Span<byte> header = stackalloc byte[LocalLength];
        if (member.HeaderOffset > stream.Length - LocalLength)
            throw Corrupt(member, "is cut off");
        stream.Position = member.HeaderOffset;
        stream.ReadExactly(header);
        stream.Seek(BinaryPrimitives.ReadUInt16LittleEndian(header[26..]) + BinaryPrimitives.ReadUInt16LittleEndian(header[28..]), SeekOrigin.Current);
        return new PackedStream(stream, member.PackedSize);
    }

    private int ReadContent(Stream content, ZipMember member)
    {
        try
        {
            return content.Read(buffer);
        }
        catch (InvalidDataException)
        {
            throw Corrupt(member, "cannot be unpacked");
        }
    }

    private static InvalidDistributionException Corrupt(ZipMember member, string fault) =>
        new("corrupt-member", member.Name, $"The content of '{member.Name}' {fault}; the archive is damaged. Build it again.");

    /// <summary>The content of a text member, which must fit into memory.</summary>
    public byte[] ReadText(ZipMember member, ArchiveLimits limits, CancellationToken cancellationToken)
    {
        if (member.Size > limits.MaxTextBytes)
            throw new InvalidDistributionException("text-size", member.Name, $"'{member.Name}' has {member.Size} bytes; at most {limits.MaxTextBytes} are read.");
        using var text = new MemoryStream((int)member.Size);
        Unpack(member, hash: null, text, cancellationToken);
        return text.ToArray();
    }
}

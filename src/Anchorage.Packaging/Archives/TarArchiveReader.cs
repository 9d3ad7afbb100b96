using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace Anchorage.Packaging;

/// <summary>
/// Reads a <c>.tar.gz</c> as a stream, forward only. It takes what sdists consist of, regular files and directories, in
/// the formats ustar, pax and GNU, and refuses the rest: links and devices reach outside the unpacked folder, sparse files
/// are read differently by different unpackers. (The BCL's reader stops at the binary attributes that macOS tar writes.)
/// </summary>
internal sealed class TarArchiveReader : IDisposable
{
    private const int BlockSize = 512;

    /// <summary>Of one extended header; it holds a path and some attributes.</summary>
    private const int MaxHeaderBytes = 1 << 20;

    /// <summary>Smaller archives may be packed as tightly as they like.</summary>
    private const long RatioFreeBytes = 64L << 20;

    private readonly Stream packed;
    private readonly PackedStream body;
    private readonly DeflateStream stream;
    private readonly ArchiveLimits limits;
    private readonly CancellationToken cancellationToken;
    private readonly long packedBytes;
    private readonly byte[] block = new byte[BlockSize];
    private readonly byte[] buffer = new byte[64 << 10];
    private string? member;
    private long unpackedBytes;
    private uint checksum;
    private long entries;
    private long contentLeft;
    private int paddingLeft;

    public TarArchiveReader(Stream content, ArchiveLimits limits, CancellationToken cancellationToken)
    {
        packed = content;
        packedBytes = content.Length;
        GzipHeader.Skip(content);
        body = new PackedStream(content, packedBytes - GzipHeader.TrailerLength - content.Position);
        stream = new DeflateStream(body, CompressionMode.Decompress, leaveOpen: true);
        this.limits = limits;
        this.cancellationToken = cancellationToken;
    }

    /// <summary>The paths of the members so far.</summary>
    public MemberPaths Paths { get; } = new();

    /// <summary>Size of the member that <see cref="TryReadMember"/> has just found.</summary>
    public long Size { get; private set; }

    /// <summary>
    /// Goes on to the next file or directory (whose name ends with <c>/</c>), passing over what is left of the last one;
    /// false behind the last member, where everything up to the end of the file has been checked to be empty.
    /// </summary>
    public bool TryReadMember(out string name)
    {
        Skip(contentLeft + paddingLeft);
        (contentLeft, paddingLeft) = (0, 0);
        var extended = default(PaxValues);
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Fill(block);
            if (!block.AsSpan().ContainsAnyExcept((byte)0))
            {
                if (extended.IsSet)
                    throw Refuse("The archive ends inside a member.");
                member = null;
                CheckRestIsEmpty();
                Paths.CheckConflicts();
                name = "";
                return false;
            }
            if (++entries > limits.MaxEntries)
                throw new InvalidDistributionException("entry-count", null, $"The archive has more than {limits.MaxEntries} members.");
            var header = TarHeader.Read(block, member);
            switch (header.Type)
            {
                // A second one for the same member is where readers part: some obey the first, others the last.
                case 'x' or 'L' when extended.IsSet:
                    throw Refuse("A member of the archive has two extended headers, which unpackers read differently.");
                case 'x':
                    extended = PaxValues.Read(ReadHeaderContent(header.Size), member);
                    continue;
                case 'g':
                    PaxValues.CheckGlobal(ReadHeaderContent(header.Size), member);
                    continue;
                case 'L':
                    extended = PaxValues.OfLongName(ReadHeaderContent(header.Size));
                    continue;
                default:
                    name = StartMember(header, extended);
                    return true;
            }
        }
    }

    private string StartMember(TarHeader header, PaxValues extended)
    {
        var isFolder = header.Type == '5';
        var name = ReadName(extended.Path ?? header.Name, isFolder);
        member = CoreMetadata.Quote(name);
        if (header.Type is not ('0' or '\0' or '5'))
            throw new InvalidDistributionException("member-type", member, $"'{member}' is {TarHeader.Describe(header.Type)}. An sdist has regular files and directories only; put a copy of the file in its place.");
        if (name.EndsWith('/'))
            throw Refuse($"'{member}' is named like a directory but is none.");
        Size = ReadSize(header.Size, extended.Size);
        Paths.TryAdd(isFolder ? name + "/" : name);
        if (isFolder)
            return Size == 0 ? name + "/" : throw Refuse($"The directory '{member}' has content.");
        if (Size > limits.MaxUnpackedBytes - unpackedBytes)
            throw TooLarge();
        contentLeft = Size;
        paddingLeft = (int)((BlockSize - (Size % BlockSize)) % BlockSize);
        return name;
    }

    /// <summary>"./" in front, and more than one '/' behind a directory, are how some tars print the same path.</summary>
    private string ReadName(byte[] bytes, bool isFolder)
    {
        var name = bytes.AsSpan();
        while (name.StartsWith("./"u8) && name.Length > 2)
            name = name[2..];
        while (name.Length > 1 && name[^1] == '/' && (isFolder || name[^2] == '/'))
            name = name[..^1];
        return MemberName.Read(name, limits);
    }

    /// <summary>
    /// An extended size is for what eleven octal digits cannot say. Below that both must agree: a reader that passes over
    /// extended headers would take the content for headers, and find other members than the next reader.
    /// </summary>
    private long ReadSize(long plain, long? extended)
    {
        const long MostInOctal = (1L << 33) - 1;
        if (extended is { } size && size <= MostInOctal && size != plain)
            throw Refuse($"Two headers contradict each other about the size of '{member}': {plain} and {size} bytes.");
        return extended ?? plain;
    }

    /// <summary>The content of the member just found, which must fit into memory.</summary>
    public byte[] ReadText()
    {
        if (Size > limits.MaxTextBytes)
            throw new InvalidDistributionException("text-size", member, $"'{member}' has {Size} bytes; at most {limits.MaxTextBytes} are read.");
        var text = new byte[(int)Size];
        Fill(text);
        contentLeft = 0;
        return text;
    }

    private byte[] ReadHeaderContent(long size)
    {
        if (size > MaxHeaderBytes)
            throw Refuse($"An extended header has {size} bytes; at most {MaxHeaderBytes} are read.");
        var content = new byte[(int)size];
        Fill(content);
        Skip((BlockSize - (size % BlockSize)) % BlockSize);
        return content;
    }

    private void Skip(long count)
    {
        while (count > 0)
        {
            var part = buffer.AsSpan(0, (int)Math.Min(count, buffer.Length));
            Fill(part);
            count -= part.Length;
        }
    }

    private void Fill(Span<byte> target)
    {
        while (!target.IsEmpty)
        {
            var read = Read(target);
            if (read == 0)
                throw Refuse("The archive is cut off. Build or copy it again.");
            target = target[read..];
        }
    }

    /// <summary>Behind the end mark a second archive could hide, which readers that ignore zeros would unpack.</summary>
    private void CheckRestIsEmpty()
    {
        int read;
        while ((read = Read(buffer)) > 0)
        {
            if (buffer.AsSpan(0, read).ContainsAnyExcept((byte)0))
                throw Refuse("The archive has data behind its end mark.");
        }
        CheckTrailer();
    }

    /// <summary>RFC 1952: one member is the whole file, and ends with checksum and length of all that was unpacked.</summary>
    private void CheckTrailer()
    {
        if (!body.IsAtEnd)
            throw Refuse("The gzip file has bytes behind its end, or consists of several parts; unpackers disagree about those. Build or copy it again.");
        if (GzipHeader.ReadTrailer(packed) != (checksum, (uint)unpackedBytes))
            throw Refuse("The gzip file is cut off or damaged: checksum and length at its end are not those of its content. Build or copy it again.");
    }

    /// <summary>Every unpacked byte comes through here and is counted.</summary>
    private int Read(Span<byte> target)
    {
        cancellationToken.ThrowIfCancellationRequested();
        int read;
        try
        {
            read = stream.Read(target);
        }
        catch (InvalidDataException)
        {
            throw Refuse("The file is no gzip file, or it is damaged. Build or copy it again.");
        }
        unpackedBytes += read;
        checksum = Crc32.Append(checksum, target[..read]);
        if (unpackedBytes > limits.MaxUnpackedBytes)
            throw TooLarge();
        if (unpackedBytes > RatioFreeBytes && unpackedBytes / limits.MaxRatio > packedBytes)
            throw new InvalidDistributionException("ratio", member, $"The archive unpacks to more than {limits.MaxRatio} times its own size, as a decompression bomb does.");
        return read;
    }

    private InvalidDistributionException TooLarge() =>
        new("unpacked-size", member, string.Create(CultureInfo.InvariantCulture, $"The archive unpacks to more than {limits.MaxUnpackedBytes} bytes."));

    /// <summary>Where no member is named, the fault is in front of the first or behind the last.</summary>
    private InvalidDistributionException Refuse(string message) => Refuse(message, member);

    internal static InvalidDistributionException Refuse(string message, string? member) =>
        new("tar-framing", member, message);

    public void Dispose() => stream.Dispose();
}

using System.Buffers.Binary;
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
    private readonly GZipStream stream;
    private readonly ArchiveLimits limits;
    private readonly CancellationToken cancellationToken;
    private readonly long packedBytes;
    private readonly byte[] block = new byte[BlockSize];
    private readonly byte[] buffer = new byte[64 << 10];
    private readonly HashSet<string> names = new(StringComparer.Ordinal);
    private long unpackedBytes;
    private uint checksum;
    private long entries;
    private long contentLeft;
    private int paddingLeft;

    public TarArchiveReader(Stream content, ArchiveLimits limits, CancellationToken cancellationToken)
    {
        packed = content;
        stream = new GZipStream(content, CompressionMode.Decompress, leaveOpen: true);
        packedBytes = content.Length;
        this.limits = limits;
        this.cancellationToken = cancellationToken;
    }

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
        string? longName = null;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ReadBlock();
            if (!block.AsSpan().ContainsAnyExcept((byte)0))
            {
                if (extended.IsSet || longName is not null)
                    throw Refuse("The archive ends inside a member.");
                CheckRestIsEmpty();
                name = "";
                return false;
            }
            if (++entries > limits.MaxEntries)
                throw new InvalidDistributionException("entry-count", null, $"The archive has more than {limits.MaxEntries} members.");
            var header = TarHeader.Read(block);
            switch (header.Type)
            {
                case 'x':
                    extended = PaxValues.Read(ReadHeaderContent(header.Size));
                    continue;
                case 'g':
                    PaxValues.CheckGlobal(ReadHeaderContent(header.Size));
                    continue;
                case 'L':
                    longName = Encoding.Latin1.GetString(ReadHeaderContent(header.Size)).TrimEnd('\0');
                    continue;
                default:
                    name = StartMember(header, extended, longName);
                    return true;
            }
        }
    }

    private string StartMember(TarHeader header, PaxValues extended, string? longName)
    {
        var bytes = extended.Path ?? (longName is null ? header.Name : Encoding.Latin1.GetBytes(longName));
        // "./" in front, and more than one '/' behind a directory, are how some tars print the same path.
        while (bytes.AsSpan().StartsWith("./"u8) && bytes.Length > 2)
            bytes = bytes[2..];
        while (bytes.Length > 1 && bytes[^1] == '/' && (header.Type == '5' || bytes[^2] == '/'))
            bytes = bytes[..^1];
        if (bytes.Length > limits.MaxNameBytes)
            throw new InvalidDistributionException("member-name", null, $"A member name has {bytes.Length} bytes; at most {limits.MaxNameBytes} are allowed.");
        var name = MemberName.Read(bytes);
        if (header.Type is not ('0' or '\0' or '5'))
            throw new InvalidDistributionException("member-type", name, $"'{name}' is {TarHeader.Describe(header.Type)}. An sdist has regular files and directories only; put a copy of the file in its place.");
        if (!names.Add(name))
        {
            if (header.Type != '5')
                throw new InvalidDistributionException("duplicate-member", name, $"The archive has two members named '{name}'.");
        }
        Size = extended.Size ?? header.Size;
        if (header.Type == '5')
        {
            if (Size != 0)
                throw Refuse($"The directory '{name}' has content.");
            return name + "/";
        }
        if (name.EndsWith('/'))
            throw Refuse($"'{name}' is named like a directory but is none.");
        if (Size > limits.MaxUnpackedBytes - unpackedBytes)
            throw TooLarge(name);
        contentLeft = Size;
        paddingLeft = (int)((BlockSize - (Size % BlockSize)) % BlockSize);
        return name;
    }

    /// <summary>The content of the member just found, which must fit into memory.</summary>
    public byte[] ReadText(string name)
    {
        if (Size > limits.MaxTextBytes)
            throw new InvalidDistributionException("text-size", name, $"'{name}' has {Size} bytes; at most {limits.MaxTextBytes} are read.");
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

    private void ReadBlock() => Fill(block);

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

    /// <summary>
    /// RFC 1952: the file ends with checksum and length of all that was unpacked. The BCL's stream takes a missing end
    /// for the end, and passes over what follows it; here the last 8 bytes must be the trailer of the one gzip member.
    /// </summary>
    private void CheckTrailer()
    {
        Span<byte> trailer = stackalloc byte[8];
        packed.Position = packedBytes - trailer.Length;
        packed.ReadExactly(trailer);
        if (BinaryPrimitives.ReadUInt32LittleEndian(trailer) != checksum || BinaryPrimitives.ReadUInt32LittleEndian(trailer[4..]) != (uint)unpackedBytes)
            throw Refuse("The gzip file is cut off, has bytes behind its end, or consists of several parts. Build or copy it again.");
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
            throw TooLarge(null);
        if (unpackedBytes > RatioFreeBytes && unpackedBytes / limits.MaxRatio > packedBytes)
            throw new InvalidDistributionException("ratio", null, $"The archive unpacks to more than {limits.MaxRatio} times its own size, as a decompression bomb does.");
        return read;
    }

    private InvalidDistributionException TooLarge(string? name) =>
        new("unpacked-size", name, string.Create(CultureInfo.InvariantCulture, $"The archive unpacks to more than {limits.MaxUnpackedBytes} bytes."));

    internal static InvalidDistributionException Refuse(string message) => new("tar-framing", null, message);

    public void Dispose() => stream.Dispose();
}

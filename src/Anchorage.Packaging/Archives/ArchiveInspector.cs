using System.Formats.Tar;
using System.IO.Compression;

namespace Anchorage.Packaging;

/// <summary>Bounds of an archive inspection: what is larger is refused, not read.</summary>
public sealed record ArchiveLimits
{
    /// <summary>The bounds used unless a caller says otherwise.</summary>
    public static ArchiveLimits Default { get; } = new();

    /// <summary>Most members. Default 100,000.</summary>
    public int MaxEntries { get; init; } = 100_000;

    /// <summary>Most bytes of all members unpacked. Default 8 GiB.</summary>
    public long MaxUnpackedBytes { get; init; } = 8L << 30;

    /// <summary>Highest ratio unpacked : packed, judged once more than 64 MiB are unpacked. Default 50, as the reference registry.</summary>
    public int MaxRatio { get; init; } = 50;

    /// <summary>Most bytes of one of the files that are read into memory (METADATA, RECORD, WHEEL, PKG-INFO). Default 32 MiB.</summary>
    public int MaxTextBytes { get; init; } = 32 << 20;

    /// <summary>Longest member name in bytes. Default 1,024.</summary>
    public int MaxNameBytes { get; init; } = 1024;
}

/// <summary>What an inspected archive holds.</summary>
public sealed record ArchiveReport
{
    /// <summary>The parsed metadata of the distribution.</summary>
    public required CoreMetadata Metadata { get; init; }

    /// <summary>The exact bytes of METADATA (wheel) or PKG-INFO (sdist).</summary>
    public required ReadOnlyMemory<byte> MetadataBytes { get; init; }

    /// <summary>Facts worth knowing at install time, one sentence each (a <c>.pth</c> with code, a native library, <c>setup.py</c>).</summary>
    public IReadOnlyList<string> Facts { get; init; } = [];
}

/// <summary>An archive that is refused: which rule, which member, and a sentence for the person who built it.</summary>
public sealed class InvalidDistributionException(string rule, string? member, string message) : Exception(message)
{
    /// <summary>The rule's short name, e.g. <c>record-mismatch</c>.</summary>
    public string Rule { get; } = rule;

    /// <summary>The member concerned; null where it is the archive as a whole.</summary>
    public string? Member { get; } = member;
}

/// <summary>Reads a wheel or sdist within hard bounds and decides whether it may be published.</summary>
public static class ArchiveInspector
{
    /// <summary>Inspects <paramref name="content"/> (seekable, at position 0) as the distribution that <paramref name="filename"/> says.</summary>
    /// <exception cref="InvalidDistributionException">It is not a well-formed distribution of that name.</exception>
    public static ArchiveReport Inspect(Stream content, DistributionFilename filename, ArchiveLimits limits, CancellationToken cancellationToken)
    {
        var bytes = filename is WheelFilename ? FindWheelMetadata(content, limits, cancellationToken) : FindPackageInfo(content, limits);
        if (bytes is null)
            throw new InvalidDistributionException("metadata-missing", null, "The archive has no metadata file.");
        if (!CoreMetadata.TryParse(bytes.Value.Span, out var metadata, out var problems))
            throw new InvalidDistributionException("metadata-invalid", null, string.Join(' ', problems));
        return new ArchiveReport { Metadata = metadata, MetadataBytes = bytes.Value };
    }

    /// <summary>
    /// The METADATA of a wheel, without judging the archive otherwise: for files that another index published.
    /// Null where there is none.
    /// </summary>
    public static ReadOnlyMemory<byte>? FindWheelMetadata(Stream content, ArchiveLimits limits, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            using var zip = new ZipArchive(content, ZipArchiveMode.Read, leaveOpen: true);
            var entry = zip.Entries.FirstOrDefault(entry => entry.FullName.EndsWith(".dist-info/METADATA", StringComparison.Ordinal));
            return entry is null || entry.Length > limits.MaxTextBytes ? null : Read(entry.Open(), entry.Length);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDistributionException("zip-invalid", null, e.Message);
        }
    }

    private static ReadOnlyMemory<byte>? FindPackageInfo(Stream content, ArchiveLimits limits)
    {
        try
        {
            using var tar = new TarReader(new GZipStream(content, CompressionMode.Decompress, leaveOpen: true));
            while (tar.GetNextEntry() is { } entry)
            {
                if (entry.Name.Split('/') is [_, "PKG-INFO"] && entry.DataStream is { } data && entry.Length <= limits.MaxTextBytes)
                    return Read(data, entry.Length);
            }
            return null;
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDistributionException("tar-invalid", null, e.Message);
        }
    }

    private static ReadOnlyMemory<byte> Read(Stream stream, long length)
    {
        var bytes = new byte[length];
        using (stream)
            stream.ReadExactly(bytes);
        return bytes;
    }
}

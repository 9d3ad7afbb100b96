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

    /// <summary>Most folders that one member lies in, itself counted. Default 100.</summary>
    public int MaxDepth { get; init; } = 100;
}

/// <summary>What an inspected archive holds.</summary>
public sealed record ArchiveReport
{
    /// <summary>The parsed metadata of the distribution.</summary>
    public required CoreMetadata Metadata { get; init; }

    /// <summary>The exact bytes of METADATA (wheel) or PKG-INFO (sdist).</summary>
    public required ReadOnlyMemory<byte> MetadataBytes { get; init; }

    /// <summary>Paths of the software bills of materials in <c>.dist-info/sboms</c> (PEP 770).</summary>
    public IReadOnlyList<string> SbomFiles { get; init; } = [];

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
    /// <summary>
    /// Inspects <paramref name="content"/> (seekable, at position 0) as the distribution that <paramref name="filename"/>
    /// says. Every member is unpacked once, in a buffer; nothing is written anywhere. Reads synchronously.
    /// </summary>
    /// <exception cref="InvalidDistributionException">It is not a well-formed distribution of that name.</exception>
    public static ArchiveReport Inspect(Stream content, DistributionFilename filename, ArchiveLimits limits, CancellationToken cancellationToken)
    {
        try
        {
            return filename switch
            {
                WheelFilename wheel => WheelInspection.Run(content, wheel, limits, cancellationToken),
                SdistFilename sdist => SdistInspection.Run(content, sdist, limits, cancellationToken),
                _ => throw new ArgumentException("Neither a wheel nor an sdist.", nameof(filename)),
            };
        }
        catch (EndOfStreamException)
        {
            throw new InvalidDistributionException("truncated", null, "The archive ends in the middle of a record. Build or copy it again.");
        }
    }

    /// <summary>
    /// The METADATA of a wheel, without judging the archive otherwise: for files that another index published.
    /// Null where there is none, or where the archive cannot be read.
    /// </summary>
    public static ReadOnlyMemory<byte>? FindWheelMetadata(Stream content, ArchiveLimits limits, CancellationToken cancellationToken)
    {
        // Not a conditional expression: there null would become an empty ReadOnlyMemory by way of byte[].
        if (WheelMetadata.Find(content, limits, cancellationToken) is not { } metadata)
            return null;
        return metadata;
    }
}

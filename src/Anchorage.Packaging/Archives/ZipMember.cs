namespace Anchorage.Packaging;

/// <summary>One member of a ZIP archive, as its central directory and its local header agree on it.</summary>
internal sealed record ZipMember
{
    public const ushort Stored = 0;
    public const ushort Deflated = 8;

    public required string Name { get; init; }

    public required ushort Flags { get; init; }

    public required ushort Method { get; init; }

    public required uint Crc { get; init; }

    public required long PackedSize { get; init; }

    public required long Size { get; init; }

    public required long HeaderOffset { get; init; }

    /// <summary>Upper half of the external attributes: the file's mode on Unix, or 0.</summary>
    public required int Mode { get; init; }

    public bool IsDirectory => Name.EndsWith('/');
}

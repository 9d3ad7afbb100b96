using System.Diagnostics.CodeAnalysis;

namespace Anchorage.Packaging;

/// <summary>Core metadata 1.0–2.6 as written in METADATA and PKG-INFO.</summary>
public sealed class CoreMetadata
{
    /// <summary>Parses the bytes of METADATA or PKG-INFO; <paramref name="problems"/> has one sentence for each fault.</summary>
    public static bool TryParse(ReadOnlySpan<byte> content, [NotNullWhen(true)] out CoreMetadata? metadata, out IReadOnlyList<string> problems) => throw new NotImplementedException();

    /// <summary>Metadata-Version.</summary>
    public string MetadataVersion => throw new NotImplementedException();

    /// <summary>Name as written.</summary>
    public string DisplayName => throw new NotImplementedException();

    /// <summary>Name, normalised.</summary>
    public ProjectName Name => throw new NotImplementedException();

    /// <summary>Version.</summary>
    public PackageVersion Version => throw new NotImplementedException();

    /// <summary>Requires-Python as written; null where absent.</summary>
    public string? RequiresPython => throw new NotImplementedException();

    /// <summary>All headers in order, names as written (core metadata allows repeats), description body left out.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Fields => throw new NotImplementedException();

    /// <summary>The last value of a single-use field, case-insensitive; null where absent or UNKNOWN.</summary>
    public string? Find(string field) => throw new NotImplementedException();

    /// <summary>All values of a multiple-use field, case-insensitive.</summary>
    public IReadOnlyList<string> FindAll(string field) => throw new NotImplementedException();

    /// <summary>The description, from the body or the header.</summary>
    public string? Description => throw new NotImplementedException();
}

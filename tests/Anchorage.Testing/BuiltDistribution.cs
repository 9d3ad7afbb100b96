using System.Security.Cryptography;

namespace Anchorage.Testing;

/// <summary>A wheel or sdist in memory, with what an uploading client says about it.</summary>
public sealed record BuiltDistribution(string Filename, byte[] Content)
{
    /// <summary>The project as the file name spells it.</summary>
    public string Project { get; init; } = Filename.Split('-')[0];

    /// <summary>The version as the file name spells it.</summary>
    public string Version { get; init; } = VersionIn(Filename);

    /// <summary>The exact bytes of METADATA or PKG-INFO; empty where there is none or nobody asked.</summary>
    public byte[] Metadata { get; init; } = [];

    /// <summary>requires-python that the metadata declares.</summary>
    public string? RequiresPython { get; init; }

    /// <summary>Upload form: <c>filetype</c>.</summary>
    public string FileType => IsWheel ? "bdist_wheel" : "sdist";

    /// <summary>Upload form: <c>pyversion</c>.</summary>
    public string PythonVersion => IsWheel ? Filename.Split('-')[^3] : "source";

    /// <summary>True for a wheel.</summary>
    public bool IsWheel => Filename.EndsWith(".whl", StringComparison.Ordinal);

    /// <summary>SHA-256 of the content, hexadecimal.</summary>
    public string Sha256 { get; } = Convert.ToHexStringLower(SHA256.HashData(Content));

    /// <summary>Reads a distribution file.</summary>
    public static BuiltDistribution FromFile(string path) => new(Path.GetFileName(path), File.ReadAllBytes(path));

    /// <summary>The first <paramref name="bytes"/> of it, under the same name.</summary>
    public BuiltDistribution CutOffAfter(int bytes) => new(Filename, Content[..bytes]) { Metadata = Metadata, RequiresPython = RequiresPython };

    /// <summary>The same bytes under another name.</summary>
    public BuiltDistribution NamedLike(string filename) => new(filename, Content) { Metadata = Metadata, RequiresPython = RequiresPython };

    private static string VersionIn(string filename)
    {
        if (filename.EndsWith(".whl", StringComparison.Ordinal))
            return filename.Split('-') is { Length: >= 2 } parts ? parts[1] : "";
        var stem = filename.EndsWith(".tar.gz", StringComparison.Ordinal) ? filename[..^7] : Path.GetFileNameWithoutExtension(filename);
        return stem[(stem.LastIndexOf('-') + 1)..];
    }
}

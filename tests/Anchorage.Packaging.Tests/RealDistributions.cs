using System.Formats.Tar;
using System.IO.Compression;
using System.Text.Json;

namespace Anchorage.Packaging.Tests;

/// <summary>The real wheels and sdists of the shared data, read with the BCL's archive readers, independently of ours.</summary>
internal static class RealDistributions
{
    public static List<JsonElement> All() => [.. Vectors.Json("artifact-oracle.json").EnumerateArray()];

    public static string FullPath(JsonElement artifact) => Vectors.PathOf(artifact.GetProperty("path").GetString()!);

    /// <summary>One member; null where the archive has no such member or is unreadable for the BCL.</summary>
    public static byte[]? ReadMember(string path, string member)
    {
        using var stream = File.OpenRead(path);
        if (path.EndsWith(".gz", StringComparison.Ordinal) || path.EndsWith(".tgz", StringComparison.Ordinal))
        {
            using var gzip = new GZipStream(stream, CompressionMode.Decompress);
            using var tar = new TarReader(gzip);
            try
            {
                while (tar.GetNextEntry() is { } entry)
                {
                    if (entry.Name == member)
                        return ReadAll(entry.DataStream!);
                }
            }
            catch (InvalidDataException)
            {
                // Two sdists of macOS tar carry binary attributes in their extended headers, which the BCL does not read.
            }
            return null;
        }
        using var zip = new ZipArchive(stream);
        using var content = zip.GetEntry(member)?.Open();
        return content is null ? null : ReadAll(content);
    }

    private static byte[] ReadAll(Stream stream)
    {
        var memory = new MemoryStream();
        stream.CopyTo(memory);
        return memory.ToArray();
    }
}

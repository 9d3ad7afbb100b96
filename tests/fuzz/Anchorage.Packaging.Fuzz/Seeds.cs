using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;

namespace Anchorage.Packaging.Fuzz;

/// <summary>
/// Where fuzzing starts: the texts of <c>tests/fuzz/corpus/TARGET/</c>, and archives made here, so that no binary file
/// stands in the repository.
/// </summary>
internal static class Seeds
{
    private const string DistInfo = "sample-1.0.dist-info/";

    /// <param name="target">The target.</param>
    /// <param name="corpora">Folders with a folder for each target; those that are absent are passed over.</param>
    public static List<byte[]> Of(FuzzTarget target, params string[] corpora)
    {
        var seeds = new List<byte[]>(target.Name switch
        {
            "wheel" => [Wheel(CompressionLevel.NoCompression), Wheel(CompressionLevel.Fastest)],
            "tar" => [Tar(TarEntryFormat.Pax), Tar(TarEntryFormat.Ustar), Tar(TarEntryFormat.Gnu)],
            "sdist" => [GZip(Tar(TarEntryFormat.Pax), CompressionLevel.NoCompression), GZip(Tar(TarEntryFormat.Gnu), CompressionLevel.Fastest)],
            "zip-sdist" => [Zip(SdistFiles, CompressionLevel.NoCompression), Zip(SdistFiles, CompressionLevel.Fastest)],
            _ => [[]],
        });
        foreach (var folder in corpora.Select(corpus => Path.Combine(corpus, target.Name)).Where(Directory.Exists))
            seeds.AddRange(Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal).Select(File.ReadAllBytes));
        return seeds;
    }

    private const string Metadata = "Metadata-Version: 2.4\nName: sample\nVersion: 1.0\nSummary: A sample\n\nText.\n";

    private static readonly (string Name, string Text)[] SdistFiles =
        [("sample-1.0/PKG-INFO", Metadata), ("sample-1.0/pyproject.toml", "[project]\nname = \"sample\"\n"), ("sample-1.0/sample.py", "x = 1\n")];

    private static byte[] Wheel(CompressionLevel level)
    {
        List<(string Name, string Text)> files =
        [
            ("sample.py", "x = 1\n"),
            ("sample.pth", "import sample\n"),
            (DistInfo + "METADATA", Metadata),
            (DistInfo + "WHEEL", "Wheel-Version: 1.0\nGenerator: sample\nRoot-Is-Purelib: true\nTag: py3-none-any\n"),
            (DistInfo + "entry_points.txt", "[console_scripts]\nsample = sample:main\n"),
            (DistInfo + "licenses/LICENSE", "Free.\n"),
        ];
        var record = new StringBuilder();
        foreach (var (name, text) in files)
            record.Append(name).Append(",sha256=").Append(Digest(text)).Append(',').Append(text.Length).Append('\n');
        files.Add((DistInfo + "RECORD", record.Append(DistInfo).Append("RECORD,,\n").ToString()));
        return Zip(files, level);
    }

    private static string Digest(string text) =>
        Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text))).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    private static byte[] Zip(IEnumerable<(string Name, string Text)> files, CompressionLevel level)
    {
        var content = new MemoryStream();
        using (var zip = new ZipArchive(content, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, text) in files)
            {
                var entry = zip.CreateEntry(name, level);
                // The clock of the machine would make each run another one.
                entry.LastWriteTime = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
                using var stream = entry.Open();
                stream.Write(Encoding.UTF8.GetBytes(text));
            }
        }
        return content.ToArray();
    }

    private static byte[] Tar(TarEntryFormat format)
    {
        var content = new MemoryStream();
        using (var tar = new TarWriter(content, format, leaveOpen: true))
        {
            foreach (var (name, text) in SdistFiles)
            {
                TarEntry entry = format switch
                {
                    TarEntryFormat.Pax => new PaxTarEntry(TarEntryType.RegularFile, name, new Dictionary<string, string> { ["comment"] = "a sample" }),
                    TarEntryFormat.Gnu => new GnuTarEntry(TarEntryType.RegularFile, name),
                    _ => new UstarTarEntry(TarEntryType.RegularFile, name),
                };
                entry.ModificationTime = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
                entry.DataStream = new MemoryStream(Encoding.UTF8.GetBytes(text));
                tar.WriteEntry(entry);
            }
        }
        return content.ToArray();
    }

    private static byte[] GZip(byte[] content, CompressionLevel level)
    {
        var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, level, leaveOpen: true))
            gzip.Write(content);
        return compressed.ToArray();
    }
}

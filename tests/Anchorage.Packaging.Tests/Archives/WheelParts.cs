using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;

namespace Anchorage.Packaging.Tests.Archives;

/// <summary>Builds wheels and sdists in memory, right by default; a test makes one thing wrong.</summary>
internal sealed class WheelParts
{
    public const string DistInfo = "demo-1.0.dist-info";

    public Dictionary<string, byte[]> Files { get; } = new()
    {
        ["demo/__init__.py"] = Bytes("x = 1\n"),
        [DistInfo + "/METADATA"] = Bytes("Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n"),
        [DistInfo + "/WHEEL"] = Bytes("Wheel-Version: 1.0\nTag: py3-none-any\n"),
    };

    /// <summary>Changes RECORD behind the back of the files.</summary>
    public Func<string, string> Record { get; set; } = record => record;

    public bool HasRecord { get; set; } = true;

    public static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    public byte[] Build()
    {
        var memory = new MemoryStream();
        using (var zip = new ZipArchive(memory, ZipArchiveMode.Create, leaveOpen: true))
        {
            var record = new StringBuilder();
            foreach (var (name, content) in Files)
            {
                using var entry = zip.CreateEntry(name).Open();
                entry.Write(content);
                record.Append($"{name},sha256={System.Buffers.Text.Base64Url.EncodeToString(SHA256.HashData(content))},{content.Length}\n");
            }
            if (HasRecord)
            {
                using var entry = zip.CreateEntry(DistInfo + "/RECORD").Open();
                entry.Write(Bytes(Record(record + DistInfo + "/RECORD,,\n")));
            }
        }
        return memory.ToArray();
    }

    public static byte[] Tar(params (string Name, TarEntryType Type, string Content)[] members)
    {
        var memory = new MemoryStream();
        using (var gzip = new GZipStream(memory, CompressionMode.Compress, leaveOpen: true))
        using (var tar = new TarWriter(gzip, TarEntryFormat.Pax))
        {
            foreach (var (name, type, content) in members)
            {
                var entry = new PaxTarEntry(type, name);
                if (type is TarEntryType.SymbolicLink or TarEntryType.HardLink)
                    entry.LinkName = content;
                else if (type == TarEntryType.RegularFile)
                    entry.DataStream = new MemoryStream(Bytes(content));
                tar.WriteEntry(entry);
            }
        }
        return memory.ToArray();
    }

    public static ArchiveReport Inspect(byte[] content, string filename = "demo-1.0-py3-none-any.whl", ArchiveLimits? limits = null)
    {
        Assert.True(DistributionFilename.TryParse(filename, out var parsed, out var problem), problem);
        return ArchiveInspector.Inspect(new MemoryStream(content), parsed, limits ?? ArchiveLimits.Default, CancellationToken.None);
    }

    public static string Rule(byte[] content, string filename = "demo-1.0-py3-none-any.whl", ArchiveLimits? limits = null)
    {
        var refusal = Assert.Throws<InvalidDistributionException>(() => Inspect(content, filename, limits));
        Assert.DoesNotContain(refusal.Message, char.IsControl);
        return refusal.Rule;
    }
}

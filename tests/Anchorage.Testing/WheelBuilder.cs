using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;

namespace Anchorage.Testing;

/// <summary>
/// Builds small wheels in memory: valid and the same bytes every time, unless a method says what shall be wrong.
/// No binary file needs to live in the repository.
/// </summary>
public sealed class WheelBuilder(string project, string release)
{
    private static readonly DateTimeOffset timestamp = new(2020, 2, 2, 0, 0, 0, TimeSpan.Zero);

    private readonly string name = project;
    private readonly string version = release;
    private readonly string stem = $"{project.Replace('-', '_').Replace('.', '_').ToLowerInvariant()}-{release}";
    private readonly List<(string Path, byte[] Content)> members = [];
    private readonly List<string> metadataLines = [];
    private readonly List<string> extraRecordLines = [];
    private readonly HashSet<string> unrecorded = [];
    private readonly HashSet<string> misrecorded = [];
    private string tag = "py2.py3-none-any";
    private string? buildTag;
    private string nameInside = project;
    private string versionInside = release;
    private string metadataVersion = "2.1";
    private string? requiresPython;
    private string description = "";
    private byte[]? rawMetadata;
    private bool hasMetadata = true, hasRecord = true, hasWheelFile = true;
    private long bombBytes;
    private byte[] trailingBytes = [];
    private byte[] leadingBytes = [];

    private string DistInfo => stem + ".dist-info";

    /// <summary>The one module that every wheel has: <c>NAME.py</c> with a constant.</summary>
    public string ModuleName { get; } = project.Replace('-', '_').Replace('.', '_').ToLowerInvariant();

    // ----- valid variations -----

    /// <summary>Adds a member.</summary>
    public WheelBuilder WithMember(string path, string content) => WithMember(path, Encoding.UTF8.GetBytes(content));

    /// <summary>Adds a member.</summary>
    public WheelBuilder WithMember(string path, byte[] content) => Do(() => members.Add((path, content)));

    /// <summary>Adds incompressible bytes (the same for the same seed), for transfers that take a while.</summary>
    public WheelBuilder OfSize(int bytes, int seed = 1) => Do(() =>
    {
        var noise = new byte[bytes];
        // A test's noise must repeat: a cryptographic source would not.
        new Random(seed).NextBytes(noise);
        members.Add(($"{ModuleName}_noise.bin", noise));
    });

    /// <summary>Sets Requires-Python.</summary>
    public WheelBuilder RequiringPython(string specifiers) => Do(() => requiresPython = specifiers);

    /// <summary>Adds a Requires-Dist.</summary>
    public WheelBuilder Requiring(string requirement) => WithMetadataLine($"Requires-Dist: {requirement}");

    /// <summary>Adds a line to the metadata headers.</summary>
    public WheelBuilder WithMetadataLine(string line) => Do(() => metadataLines.Add(line));

    /// <summary>Sets the description, the body of METADATA.</summary>
    public WheelBuilder WithDescription(string text) => Do(() => description = text);

    /// <summary>Sets Metadata-Version.</summary>
    public WheelBuilder WithMetadataVersion(string value) => Do(() => metadataVersion = value);

    /// <summary>Sets the compatibility tag, e.g. <c>cp312-cp312-manylinux_2_17_x86_64</c>.</summary>
    public WheelBuilder Tagged(string compatibilityTag) => Do(() => tag = compatibilityTag);

    /// <summary>Sets the build tag.</summary>
    public WheelBuilder WithBuildTag(string build) => Do(() => buildTag = build);

    /// <summary>Adds a console script that prints the name and version.</summary>
    public WheelBuilder WithConsoleScript(string script) => WithMember($"{DistInfo}/entry_points.txt", $"[console_scripts]\n{script} = {ModuleName}:main\n");

    // ----- what can be wrong -----

    /// <summary>METADATA says another project than the file name.</summary>
    public WheelBuilder ClaimingNameInside(string other) => Do(() => nameInside = other);

    /// <summary>METADATA says another version than the file name.</summary>
    public WheelBuilder ClaimingVersionInside(string other) => Do(() => versionInside = other);

    /// <summary>No METADATA.</summary>
    public WheelBuilder WithoutMetadata() => Do(() => hasMetadata = false);

    /// <summary>No RECORD.</summary>
    public WheelBuilder WithoutRecord() => Do(() => hasRecord = false);

    /// <summary>No WHEEL.</summary>
    public WheelBuilder WithoutWheelFile() => Do(() => hasWheelFile = false);

    /// <summary>RECORD has another hash than the module.</summary>
    public WheelBuilder WithLyingRecord() => Do(() => misrecorded.Add($"{ModuleName}.py"));

    /// <summary>A member that RECORD does not list.</summary>
    public WheelBuilder WithUnrecordedMember(string path) => Do(() =>
    {
        members.Add((path, "unrecorded\n"u8.ToArray()));
        unrecorded.Add(path);
    });

    /// <summary>RECORD lists a member that is not there.</summary>
    public WheelBuilder WithRecordedButMissingMember(string path) => Do(() => extraRecordLines.Add($"{path},sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0"));

    /// <summary>A member that would be unpacked outside of the target folder.</summary>
    public WheelBuilder WithTraversalMember(string path = "../../escaped.py") => WithMember(path, "escaped = True\n");

    /// <summary>A member of zeros that unpacks to this many bytes.</summary>
    public WheelBuilder AsZipBomb(long unpackedBytes) => Do(() => bombBytes = unpackedBytes);

    /// <summary>A second .dist-info folder, of another project.</summary>
    public WheelBuilder WithSecondDistInfo(string otherName = "other", string otherVersion = "1.0") =>
        WithMember($"{otherName}-{otherVersion}.dist-info/METADATA", $"Metadata-Version: 2.1\nName: {otherName}\nVersion: {otherVersion}\n");

    /// <summary>METADATA that is not UTF-8.</summary>
    public WheelBuilder WithNonUtf8Metadata() => Do(() => rawMetadata = [.. Encoding.ASCII.GetBytes($"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nSummary: "), 0xC3, 0x28, 0xFF, (byte)'\n']);

    /// <summary>METADATA of exactly these bytes.</summary>
    public WheelBuilder WithRawMetadata(byte[] content) => Do(() => rawMetadata = content);

    /// <summary>The module a second time under the same name, with other content.</summary>
    public WheelBuilder WithDuplicateMember() => WithMember($"{ModuleName}.py", "shadow = True\n");

    /// <summary>Bytes after the end of the archive.</summary>
    public WheelBuilder WithTrailingBytes() => Do(() => trailingBytes = "trailing"u8.ToArray());

    /// <summary>Bytes before the archive.</summary>
    public WheelBuilder WithLeadingBytes() => Do(() => leadingBytes = "#!/bin/sh\n"u8.ToArray());

    // ----- the wheel -----

    /// <summary>Builds it.</summary>
    public BuiltDistribution Build()
    {
        var metadata = rawMetadata ?? WriteMetadata();
        List<(string Path, byte[] Content)> all =
        [
            ($"{ModuleName}.py", Encoding.UTF8.GetBytes($"name = {Quote(name)}\nversion = {Quote(version)}\n\n\ndef main():\n    print(name + ' ' + version)\n")),
            .. members,
        ];
        if (hasMetadata)
            all.Add(($"{DistInfo}/METADATA", metadata));
        if (hasWheelFile)
            all.Add(($"{DistInfo}/WHEEL", WriteWheelFile()));

        using var output = new MemoryStream();
        output.Write(leadingBytes);
        using (var archive = new ZipArchive(output, ZipArchiveMode.Create, leaveOpen: true))
        {
            var record = new StringBuilder();
            foreach (var (path, content) in all)
            {
                Add(archive, path, content);
                if (unrecorded.Contains(path))
                    continue;
                var hashed = misrecorded.Contains(path) ? [.. content, 0] : content;
                record.Append(path).Append(",sha256=").Append(UrlSafeHash(hashed)).Append(',').Append(content.Length).Append('\n');
            }
            if (bombBytes > 0)
                record.Append(AddBomb(archive));
            foreach (var line in extraRecordLines)
                record.Append(line).Append('\n');
            record.Append(DistInfo).Append("/RECORD,,\n");
            if (hasRecord)
                Add(archive, $"{DistInfo}/RECORD", Encoding.UTF8.GetBytes(record.ToString()));
        }
        output.Write(trailingBytes);

        var filename = $"{stem}{(buildTag is null ? "" : "-" + buildTag)}-{tag}.whl";
        return new BuiltDistribution(filename, output.ToArray())
        {
            Project = name,
            Version = version,
            Metadata = hasMetadata ? metadata : [],
            RequiresPython = requiresPython,
        };
    }

    private byte[] WriteMetadata()
    {
        var text = new StringBuilder();
        text.Append("Metadata-Version: ").Append(metadataVersion).Append('\n');
        text.Append("Name: ").Append(nameInside).Append('\n');
        text.Append("Version: ").Append(versionInside).Append('\n');
        if (requiresPython is not null)
            text.Append("Requires-Python: ").Append(requiresPython).Append('\n');
        foreach (var line in metadataLines)
            text.Append(line).Append('\n');
        if (description.Length > 0)
            text.Append('\n').Append(description).Append('\n');
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private byte[] WriteWheelFile()
    {
        var parts = tag.Split('-');
        var lines = from python in parts[0].Split('.')
                    from abi in parts[1].Split('.')
                    from platform in parts[2].Split('.')
                    select $"Tag: {python}-{abi}-{platform}\n";
        var build = buildTag is null ? "" : $"Build: {buildTag}\n";
        return Encoding.UTF8.GetBytes($"Wheel-Version: 1.0\nGenerator: anchorage-tests\nRoot-Is-Purelib: true\n{string.Concat(lines)}{build}");
    }

    private static void Add(ZipArchive archive, string path, byte[] content)
    {
        var entry = archive.CreateEntry(path, CompressionLevel.Optimal);
        entry.LastWriteTime = timestamp;
        using var stream = entry.Open();
        stream.Write(content);
    }

    private string AddBomb(ZipArchive archive)
    {
        var path = $"{ModuleName}_zeros.bin";
        var entry = archive.CreateEntry(path, CompressionLevel.SmallestSize);
        entry.LastWriteTime = timestamp;
        using var stream = entry.Open();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var zeros = new byte[64 * 1024];
        for (var left = bombBytes; left > 0; left -= zeros.Length)
        {
            var piece = zeros.AsSpan(0, (int)Math.Min(left, zeros.Length));
            hash.AppendData(piece);
            stream.Write(piece);
        }
        return $"{path},sha256={Convert.ToBase64String(hash.GetHashAndReset()).TrimEnd('=').Replace('+', '-').Replace('/', '_')},{bombBytes}\n";
    }

    private static string UrlSafeHash(byte[] content) =>
        Convert.ToBase64String(SHA256.HashData(content)).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    private static string Quote(string text) => $"'{text}'";

    private WheelBuilder Do(Action change)
    {
        change();
        return this;
    }
}

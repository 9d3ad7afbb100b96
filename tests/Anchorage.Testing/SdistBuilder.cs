using System.Formats.Tar;
using System.IO.Compression;
using System.Text;

namespace Anchorage.Testing;

/// <summary>Builds small sdists (PEP 625) in memory: valid and the same bytes every time, unless a method says what shall be wrong.</summary>
public sealed class SdistBuilder(string project, string release)
{
    private static readonly DateTimeOffset timestamp = new(2020, 2, 2, 0, 0, 0, TimeSpan.Zero);

    private readonly string name = project;
    private readonly string version = release;
    private readonly string stem = $"{project.Replace('-', '_').Replace('.', '_').ToLowerInvariant()}-{release}";
    private readonly List<(string Path, byte[] Content)> members = [];
    private readonly List<TarEntry> rawEntries = [];
    private string nameInside = project;
    private string versionInside = release;
    private string? requiresPython;
    private string? topFolder;
    private bool hasPackageInfo = true;
    private long bombBytes;

    private string Top => topFolder ?? stem;

    /// <summary>Adds a member below the top folder.</summary>
    public SdistBuilder WithMember(string path, string content) => Do(() => members.Add(($"{Top}/{path}", Encoding.UTF8.GetBytes(content))));

    /// <summary>Sets Requires-Python.</summary>
    public SdistBuilder RequiringPython(string specifiers) => Do(() => requiresPython = specifiers);

    // ----- what can be wrong -----

    /// <summary>PKG-INFO says another project than the file name.</summary>
    public SdistBuilder ClaimingNameInside(string other) => Do(() => nameInside = other);

    /// <summary>PKG-INFO says another version than the file name.</summary>
    public SdistBuilder ClaimingVersionInside(string other) => Do(() => versionInside = other);

    /// <summary>No PKG-INFO.</summary>
    public SdistBuilder WithoutPackageInfo() => Do(() => hasPackageInfo = false);

    /// <summary>The top folder has another name than the file.</summary>
    public SdistBuilder WithTopFolder(string folder) => Do(() => topFolder = folder);

    /// <summary>A member beside the top folder.</summary>
    public SdistBuilder WithMemberOutsideTopFolder() => Do(() => members.Add(("other/stray.py", "stray = True\n"u8.ToArray())));

    /// <summary>A member that would be unpacked outside of the target folder.</summary>
    public SdistBuilder WithTraversalMember() => Do(() => members.Add(($"{Top}/../../escaped.py", "escaped = True\n"u8.ToArray())));

    /// <summary>A member with an absolute path.</summary>
    public SdistBuilder WithAbsoluteMember() => Do(() => members.Add(("/tmp/escaped.py", "escaped = True\n"u8.ToArray())));

    /// <summary>A symbolic link that leads outside.</summary>
    public SdistBuilder WithSymbolicLinkOutside() => Do(() =>
        rawEntries.Add(new PaxTarEntry(TarEntryType.SymbolicLink, $"{Top}/link") { LinkName = "../../../etc/passwd", ModificationTime = timestamp }));

    /// <summary>A device node.</summary>
    public SdistBuilder WithDevice() => Do(() =>
        rawEntries.Add(new PaxTarEntry(TarEntryType.CharacterDevice, $"{Top}/null") { DeviceMajor = 1, DeviceMinor = 3, ModificationTime = timestamp }));

    /// <summary>A member of zeros that unpacks to this many bytes.</summary>
    public SdistBuilder AsTarBomb(long unpackedBytes) => Do(() => bombBytes = unpackedBytes);

    /// <summary>Builds it.</summary>
    public BuiltDistribution Build()
    {
        var metadata = Encoding.UTF8.GetBytes(
            $"Metadata-Version: 2.1\nName: {nameInside}\nVersion: {versionInside}\n{(requiresPython is null ? "" : $"Requires-Python: {requiresPython}\n")}");
        var module = name.Replace('-', '_').Replace('.', '_').ToLowerInvariant();
        using var output = new MemoryStream();
        using (var gzip = new GZipStream(output, CompressionLevel.Optimal, leaveOpen: true))
        using (var tar = new TarWriter(gzip, TarEntryFormat.Pax))
        {
            if (hasPackageInfo)
                Add(tar, $"{Top}/PKG-INFO", new MemoryStream(metadata));
            Add(tar, $"{Top}/setup.py", Text($"from setuptools import setup\nsetup(name='{name}', version='{version}', py_modules=['{module}'])\n"));
            Add(tar, $"{Top}/{module}.py", Text($"name = '{name}'\nversion = '{version}'\n"));
            foreach (var (path, content) in members)
                Add(tar, path, new MemoryStream(content));
            foreach (var entry in rawEntries)
                tar.WriteEntry(entry);
            if (bombBytes > 0)
                Add(tar, $"{Top}/zeros.bin", new ZeroStream(bombBytes));
        }
        return new BuiltDistribution($"{stem}.tar.gz", output.ToArray())
        {
            Project = name,
            Version = version,
            Metadata = hasPackageInfo ? metadata : [],
            RequiresPython = requiresPython,
        };
    }

    private static MemoryStream Text(string text) => new(Encoding.UTF8.GetBytes(text));

    private static void Add(TarWriter tar, string path, Stream content)
    {
        using (content)
            tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, path) { DataStream = content, ModificationTime = timestamp });
    }

    private SdistBuilder Do(Action change)
    {
        change();
        return this;
    }

    /// <summary>So many zeros without the memory for them.</summary>
    private sealed class ZeroStream(long length) : Stream
    {
        private long position;

        public override bool CanRead => true;
        public override bool CanSeek => true;
        public override bool CanWrite => false;
        public override long Length => length;
        public override long Position { get => position; set => position = value; }

        public override int Read(byte[] buffer, int offset, int count)
        {
            var read = (int)Math.Min(count, length - position);
            Array.Clear(buffer, offset, read);
            position += read;
            return read;
        }

        public override long Seek(long offset, SeekOrigin origin) =>
            position = origin switch { SeekOrigin.Begin => offset, SeekOrigin.Current => position + offset, _ => length + offset };

        public override void Flush() { }
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}

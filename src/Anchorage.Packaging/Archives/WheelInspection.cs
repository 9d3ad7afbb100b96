using System.Security.Cryptography;
using System.Text;
using System.Text.Unicode;

namespace Anchorage.Packaging;

/// <summary>
/// Decides whether an archive is the wheel that its file name says (binary distribution format specification):
/// 1 structure of the ZIP; 2 one .dist-info for this name and version; 3 METADATA; 4 WHEEL; 5 entry points; 6 license
/// files; 7 the .data folder; 8 every member against RECORD, unpacking each once.
/// </summary>
internal sealed class WheelInspection
{
    private const string DataSuffix = ".data";

    private static readonly string[] Schemes = ["purelib", "platlib", "headers", "scripts", "data"];

    private readonly WheelFilename filename;
    private readonly ArchiveLimits limits;
    private readonly CancellationToken cancellationToken;
    private readonly ZipArchiveReader zip;
    private readonly Dictionary<string, ZipMember> members;
    private readonly ArchiveFacts facts = new();
    private string distInfo = "";
    private string stem = "";

    private WheelInspection(Stream content, WheelFilename filename, ArchiveLimits limits, CancellationToken cancellationToken)
    {
        this.filename = filename;
        this.limits = limits;
        this.cancellationToken = cancellationToken;
        zip = ZipArchiveReader.Open(content, limits, cancellationToken);
        members = zip.Members.ToDictionary(member => member.Name, StringComparer.Ordinal);
    }

    public static ArchiveReport Run(Stream content, WheelFilename filename, ArchiveLimits limits, CancellationToken cancellationToken) =>
        new WheelInspection(content, filename, limits, cancellationToken).Run();

    private ArchiveReport Run()
    {
        distInfo = FindDistInfo();
        var metadataBytes = ReadRequired("METADATA");
        var metadata = PublishedMetadata.Read(metadataBytes, $"{distInfo}/METADATA", filename, facts);
        CheckWheelFile();
        CheckEntryPoints();
        CheckLicenseFiles(metadata);
        CheckDataFolder();
        zip.Paths.CheckTwins(facts, path => path.StartsWith(distInfo + "/", StringComparison.OrdinalIgnoreCase));
        CheckRecord();
        return new ArchiveReport { Metadata = metadata, MetadataBytes = metadataBytes, Facts = facts.Sentences, SbomFiles = facts.SbomFiles };
    }

    private string FindDistInfo()
    {
        var folders = zip.Members
            .Select(member => member.Name.Split('/')[0])
            .Where(folder => folder.EndsWith(WheelMetadata.FolderSuffix, StringComparison.OrdinalIgnoreCase))
            .Distinct(StringComparer.Ordinal).Take(3).ToList();
        if (folders.Count == 0)
            throw new InvalidDistributionException("dist-info", null, "The wheel has no .dist-info folder.");
        if (folders.Count > 1)
            throw new InvalidDistributionException("dist-info", null, $"The wheel has more than one .dist-info folder: {string.Join(", ", folders.Select(CoreMetadata.Quote))}.");
        stem = folders[0][..^WheelMetadata.FolderSuffix.Length];
        if (!folders[0].EndsWith(WheelMetadata.FolderSuffix, StringComparison.Ordinal) || (stem != StemOf(filename.Text) && stem != StemOf(filename.CanonicalText)))
            throw new InvalidDistributionException("dist-info", CoreMetadata.Quote(folders[0]), $"The wheel's folder '{CoreMetadata.Quote(folders[0])}' is not '{StemOf(filename.Text)}{WheelMetadata.FolderSuffix}', as the file name has it. Build the wheel again, and do not rename it.");
        return folders[0];
    }

    /// <summary>
    /// Name and version as a file name spells them: the reference registry looks for METADATA there alone. Old tools left
    /// dots and capitals in the name of the file and not in that of the folder.
    /// </summary>
    private static string StemOf(string filename) => string.Join('-', filename.Split('-').Take(2));

    /// <summary>
    /// Files for other places than site-packages. Some installers take any folder of this suffix for it, others the one of
    /// the wheel's own name; and none installs a wheel with a scheme that it does not know.
    /// </summary>
    private void CheckDataFolder()
    {
        foreach (var member in zip.Members)
        {
            var parts = member.Name.Split('/', 3);
            if (!parts[0].EndsWith(DataSuffix, StringComparison.OrdinalIgnoreCase))
                continue;
            if (parts[0] != stem + DataSuffix)
                throw new InvalidDistributionException("data-folder", member.Name, $"'{CoreMetadata.Quote(parts[0])}' is the folder of another distribution's data; this wheel's is '{stem}{DataSuffix}'.");
            if (parts is [_, ""])
                continue;
            if (parts is not [_, var scheme, var path] || !Schemes.Contains(scheme))
                throw new InvalidDistributionException("data-folder", member.Name, $"'{member.Name}' is for no place that installers know; in '{parts[0]}' are the folders {string.Join(", ", Schemes)}.");
            if (path.Length > 0 && !member.IsDirectory)
                facts.NoteScheme(scheme, path);
        }
    }

    private byte[] ReadRequired(string name)
    {
        var path = $"{distInfo}/{name}";
        return members.TryGetValue(path, out var member)
            ? zip.ReadText(member, limits, cancellationToken)
            : throw new InvalidDistributionException("missing-member", path, $"The wheel has no '{path}'.");
    }

    /// <summary>The format's major version is what installers check before they unpack anything.</summary>
    private void CheckWheelFile()
    {
        var path = $"{distInfo}/WHEEL";
        var content = ReadRequired("WHEEL");
        if (!Utf8.IsValid(content) || !MetadataText.TryRead(content, CoreMetadata.MaxFields, out var fields, out _))
            throw new InvalidDistributionException("wheel-file", path, "WHEEL is no text in UTF-8.");
        var version = fields.Find(field => field.Key.Equals("Wheel-Version", StringComparison.OrdinalIgnoreCase)).Value?.Trim();
        // Fixtures of installers still carry version 0.1, which every installer takes.
        if (version is not ['0' or '1', '.', .. { Length: > 0 } minor] || minor.AsSpan().ContainsAnyExceptInRange('0', '9'))
            throw new InvalidDistributionException("wheel-file", path, $"WHEEL says Wheel-Version '{CoreMetadata.Quote(version ?? "")}'; installers read version 1.x.");
    }

    private void CheckEntryPoints()
    {
        var path = $"{distInfo}/entry_points.txt";
        if (members.TryGetValue(path, out var member) && EntryPoints.FindProblem(zip.ReadText(member, limits, cancellationToken)) is { } problem)
            throw new InvalidDistributionException("entry-points", path, $"entry_points.txt {problem}.");
    }

    /// <summary>PEP 639: since metadata 2.4 each License-File is in <c>.dist-info/licenses</c>.</summary>
    private void CheckLicenseFiles(CoreMetadata metadata)
    {
        if (!PublishedMetadata.RequiresLicenseFiles(metadata))
            return;
        foreach (var file in metadata.FindAll("License-File"))
        {
            var path = $"{distInfo}/licenses/{file}";
            if (!members.ContainsKey(path))
                throw new InvalidDistributionException("license-file", CoreMetadata.Quote(path), $"METADATA names the License-File '{CoreMetadata.Quote(file)}', and the wheel has no '{CoreMetadata.Quote(path)}'.");
        }
    }

    private void CheckRecord()
    {
        var recordPath = $"{distInfo}/RECORD";
        var record = WheelRecord.Read(ReadRequired("RECORD"), recordPath, limits.MaxEntries);
        foreach (var member in zip.Members)
        {
            if (member.IsDirectory)
                continue;
            facts.Note(member.Name, distInfo);
            if (member.Name == recordPath || member.Name == recordPath + ".jws" || member.Name == recordPath + ".p7s")
                zip.Unpack(member, hash: null, capture: null, cancellationToken);
            else if (record.Rows.TryGetValue(member.Name, out var row))
                CheckRow(member, row);
            else
                throw new InvalidDistributionException("record-missing", member.Name, $"'{member.Name}' is in the wheel and not in RECORD. Build the wheel again, and do not add files to a built one.");
        }
        foreach (var path in record.Rows.Keys)
        {
            if (!members.ContainsKey(path) && !path.EndsWith('/'))
                throw new InvalidDistributionException("record-missing", CoreMetadata.Quote(path), $"'{CoreMetadata.Quote(path)}' is in RECORD and not in the wheel.");
        }
    }

    private void CheckRow(ZipMember member, WheelRecord.Row row)
    {
        if (row.Digest.Length == 0)
            throw new InvalidDistributionException("record-mismatch", member.Name, $"RECORD has no hash for '{member.Name}'.");
        if (row.Size is not { } size)
            throw new InvalidDistributionException("record-mismatch", member.Name, $"RECORD has no size for '{member.Name}'.");
        if (size != member.Size)
            throw new InvalidDistributionException("record-mismatch", member.Name, $"'{member.Name}' has {member.Size} bytes; RECORD says {size}. Build the wheel again, and do not change a built one.");
        using var hash = IncrementalHash.CreateHash(row.Algorithm);
        var startup = StartupFile.Of(member.Name, stem + DataSuffix);
        using var content = startup is not null && size <= limits.MaxTextBytes ? new MemoryStream() : null;
        zip.Unpack(member, hash, content, cancellationToken);
        if (!hash.GetHashAndReset().AsSpan().SequenceEqual(row.Digest))
            throw new InvalidDistributionException("record-mismatch", member.Name, $"'{member.Name}' is not the file that RECORD lists: its hash differs. Build the wheel again, and do not change a built one.");
        if (startup is not null)
            facts.NoteStartupFile(startup, content?.ToArray());
    }
}

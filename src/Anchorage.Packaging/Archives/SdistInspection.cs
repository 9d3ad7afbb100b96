namespace Anchorage.Packaging;

/// <summary>
/// Decides whether an archive is the sdist that its file name says (source distribution format, PEP 625, PEP 721): one
/// top folder of that name and version, regular files only, and a PKG-INFO in the folder that agrees.
/// </summary>
internal sealed class SdistInspection
{
    private readonly SdistFilename filename;
    private readonly HashSet<string> licenseCandidates = new(StringComparer.Ordinal);
    private readonly ArchiveFacts facts = new();
    private string? top;
    private byte[]? metadataBytes;

    private SdistInspection(SdistFilename filename) => this.filename = filename;

    public static ArchiveReport Run(Stream content, SdistFilename filename, ArchiveLimits limits, CancellationToken cancellationToken)
    {
        var inspection = new SdistInspection(filename);
        if (filename.IsZip)
            inspection.ReadZip(content, limits, cancellationToken);
        else
            inspection.ReadTar(content, limits, cancellationToken);
        return inspection.Finish();
    }

    private void ReadTar(Stream content, ArchiveLimits limits, CancellationToken cancellationToken)
    {
        using var tar = new TarArchiveReader(content, limits, cancellationToken);
        while (tar.TryReadMember(out var name))
        {
            if (Note(name))
                metadataBytes = tar.ReadText();
        }
        CheckTwins(tar.Paths);
    }

    private void ReadZip(Stream content, ArchiveLimits limits, CancellationToken cancellationToken)
    {
        var zip = ZipArchiveReader.Open(content, limits, cancellationToken);
        foreach (var member in zip.Members)
        {
            if (Note(member.Name))
                metadataBytes = zip.ReadText(member, limits, cancellationToken);
            else if (!member.IsDirectory)
                zip.Unpack(member, hash: null, capture: null, cancellationToken);
        }
        CheckTwins(zip.Paths);
    }

    /// <summary>What a build reads before anything else decides about what is built.</summary>
    private void CheckTwins(MemberPaths paths)
    {
        string[] deciding = [$"{top}/PKG-INFO", $"{top}/pyproject.toml", $"{top}/setup.py", $"{top}/setup.cfg"];
        paths.CheckTwins(facts, path => Array.Exists(deciding, file => file.Equals(path, StringComparison.OrdinalIgnoreCase)));
    }

    /// <summary>Takes note of a member; true for the PKG-INFO that is to be read.</summary>
    private bool Note(string name)
    {
        var slash = name.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0)
            throw new InvalidDistributionException("top-directory", name, $"'{name}' is outside the folder '{ExpectedTop}', which must hold everything.");
        var folder = name[..slash];
        if (top is null)
            CheckTop(folder);
        else if (folder != top)
            throw new InvalidDistributionException("top-directory", name, $"The sdist has two top folders, '{top}' and '{folder}'; it must have '{ExpectedTop}' only.");
        var path = name[(slash + 1)..];
        if (path.Length > 0 && path[^1] != '/')
            licenseCandidates.Add(path);
        facts.NoteBinary(name);
        if (path == "setup.py")
            facts.NoteSetupScript();
        return path == "PKG-INFO";
    }

    private string ExpectedTop => $"{filename.Project.ToFilenamePart()}-{filename.Version}";

    /// <summary>Name and version in any spelling: the folder agrees with the file name in the sense of the standards.</summary>
    private void CheckTop(string folder)
    {
        top = folder;
        var dash = folder.LastIndexOf('-');
        if (dash < 0 || !ProjectName.TryParse(folder[..dash], out var project) || project != filename.Project
            || !PackageVersion.TryParse(folder[(dash + 1)..], out var version) || version != filename.Version)
            throw new InvalidDistributionException("top-directory", folder, $"The sdist's top folder is '{folder}'; for {filename.Project} {filename.Version} it must be '{ExpectedTop}'.");
    }

    private ArchiveReport Finish()
    {
        if (top is null)
            throw new InvalidDistributionException("top-directory", null, $"The sdist is empty; it must have the folder '{ExpectedTop}'.");
        var path = $"{top}/PKG-INFO";
        if (metadataBytes is null)
            throw new InvalidDistributionException("missing-member", path, $"The sdist has no '{path}'.");
        var metadata = PublishedMetadata.Read(metadataBytes, path, filename, facts);
        if (PublishedMetadata.RequiresLicenseFiles(metadata))
        {
            foreach (var file in metadata.FindAll("License-File"))
            {
                if (!licenseCandidates.Contains(file))
                    throw new InvalidDistributionException("license-file", CoreMetadata.Quote(file), $"PKG-INFO names the License-File '{CoreMetadata.Quote(file)}', and the sdist has no '{top}/{CoreMetadata.Quote(file)}'.");
            }
        }
        return new ArchiveReport { Metadata = metadata, MetadataBytes = metadataBytes, Facts = facts.Sentences };
    }
}

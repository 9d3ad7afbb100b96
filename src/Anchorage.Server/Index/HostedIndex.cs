using System.Data.Common;
using Anchorage.Packaging;
using Anchorage.Server.Database;
using Anchorage.Server.Storage;

namespace Anchorage.Server.Index;

/// <summary>Packages published here. The database row is the truth; a row implies its blob.</summary>
internal sealed class HostedIndex(long id, SqlDatabase database, IBlobStore blobs, HostedStamps stamps, HostedFiles files) : IPackageIndex
{
    private static readonly Sql SelectProject = new("""
        SELECT id, status, status_reason, serial FROM project WHERE index_id = @index_id AND name = @name
        """);

    private static readonly Sql SelectFiles = new("""
        SELECT f.filename, f.kind, f.sha256, f.size, f.metadata_sha256, f.requires_python, f.uploaded_at, f.yanked_reason, r.version
        FROM distribution_file f JOIN release r ON r.id = f.release_id
        WHERE f.project_id = @project_id
        """);

    private static readonly Sql SelectProjects = new("SELECT display_name, serial FROM project WHERE index_id = @index_id ORDER BY name");

    public async ValueTask<IndexAnswer<ListSnapshot>> ListProjectsAsync(CancellationToken cancellationToken)
    {
        var serial = await stamps.FindIndexSerialAsync(id, cancellationToken);
        return new IndexAnswer<ListSnapshot>.Found(new ListSnapshot(new Stamp(id, serial), serial, ReadListAsync));

        async Task<ProjectList> ReadListAsync(CancellationToken token)
        {
            var projects = await database.QueryAsync(
                SelectProjects, static row => new ProjectListEntry(row.GetString(0), row.GetInt64(1)), token, ("index_id", id));
            return new ProjectList { LastSerial = serial, Projects = projects };
        }
    }

    public async ValueTask<IndexAnswer<ProjectSnapshot>> GetProjectAsync(ProjectName project, CancellationToken cancellationToken) =>
        await stamps.FindAsync(id, project, cancellationToken) is { } serial
            ? new IndexAnswer<ProjectSnapshot>.Found(new ProjectSnapshot(new Stamp(id, serial), serial, token => ReadProjectAsync(project, token)))
            : IndexAnswer<ProjectSnapshot>.Absent.Instance;

    public async ValueTask<IndexAnswer<OpenedFile>> OpenFileAsync(FileRequest request, CancellationToken cancellationToken)
    {
        var file = await files.FindAsync(id, request.Project, request.Filename, cancellationToken);
        // PEP 792: a quarantined project offers no files, also not to those who know the address.
        if (file is null || file.Digest != request.Locator || file.IsQuarantined)
            return IndexAnswer<OpenedFile>.Absent.Instance;
        var digest = request.Part == FilePart.Metadata ? file.MetadataDigest : file.Digest;
        var blob = await blobs.FindAsync(digest, cancellationToken)
            ?? throw new MissingBlobException($"The blob {digest} of the published file {request.Filename} is missing from the store. Run anchorage-server fsck.");
        return new IndexAnswer<OpenedFile>.Found(new OpenedFile.Stored(request.Filename, digest, blob, file.UploadedAt));
    }

    private async Task<ProjectDetail> ReadProjectAsync(ProjectName name, CancellationToken cancellationToken)
    {
        var project = await database.FindAsync(
            SelectProject,
            static row => new { Id = row.GetInt64(0), Status = row.GetString(1), Reason = row.IsDBNull(2) ? null : row.GetString(2), Serial = row.GetInt64(3) },
            cancellationToken, ("index_id", id), ("name", name.ToString()));
        if (project is null)
            return new ProjectDetail { Name = name, Versions = [] };
        var files = project.Status == ProjectStatuses.Quarantined
            ? []
            : await database.QueryAsync(SelectFiles, ReadFile, cancellationToken, ("project_id", project.Id));
        files.Sort(static (left, right) =>
            VersionOrder.Comparer.Compare(left.Version, right.Version) is not 0 and var order
                ? order
                : string.CompareOrdinal(left.File.Filename, right.File.Filename));
        return new ProjectDetail
        {
            Name = name,
            LastSerial = project.Serial,
            Status = new ProjectStatus(project.Status, project.Reason),
            Versions = [.. files.Select(static entry => entry.Version).Distinct()],
            Files = files.ConvertAll(static entry => entry.File),
        };
    }

    private static (string Version, ProjectFile File) ReadFile(DbDataReader row)
    {
        var isWheel = row.GetString(1) == FileKinds.Wheel;
        var file = new ProjectFile
        {
            Filename = row.GetString(0),
            Url = row.GetString(0),
            Hashes = new Dictionary<string, string>(1) { ["sha256"] = row.GetString(2) },
            Size = row.GetInt64(3),
            // PEP 658 allows it for sdists too, but an sdist's metadata may be dynamic and pip 26.2 stops at a difference.
            HasCoreMetadata = isWheel,
            CoreMetadataHashes = isWheel ? new Dictionary<string, string>(1) { ["sha256"] = row.GetString(4) } : [],
            RequiresPython = row.IsDBNull(5) ? null : row.GetString(5),
            UploadTime = Timestamps.ToUploadTime(row.GetInt64(6)),
            YankedReason = row.IsDBNull(7) ? null : row.GetString(7),
        };
        return (row.GetString(8), file);
    }
}

/// <summary>A published file whose bytes are gone: an alarm, never a 404.</summary>
internal sealed class MissingBlobException(string message) : Exception(message);

/// <summary>PEP 792 status markers.</summary>
internal static class ProjectStatuses
{
    public const string Active = "active";
    public const string Archived = "archived";
    public const string Deprecated = "deprecated";
    public const string Quarantined = "quarantined";

    public static IReadOnlyList<string?> All { get; } = [Active, Archived, Deprecated, Quarantined];
}

/// <summary>File types of the upload API.</summary>
internal static class FileKinds
{
    public const string Wheel = "bdist_wheel";
    public const string Sdist = "sdist";
}

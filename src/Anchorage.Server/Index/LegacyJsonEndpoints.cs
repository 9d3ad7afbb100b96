using System.Buffers;
using System.Security.Cryptography;
using Anchorage.Packaging;
using Anchorage.Server.Identity;
using Anchorage.Server.Permissions;

namespace Anchorage.Server.Index;

/// <summary><c>/{index}/pypi/{project}/json</c> and <c>/{index}/pypi/{project}/{version}/json</c>.</summary>
internal sealed class LegacyJsonEndpoints(IndexCatalog catalog, Access access)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        string[] methods = [HttpMethods.Get, HttpMethods.Head];
        routes.MapMethods("/{index}/pypi/{project}/json", methods, context => ServeAsync(context, (string)context.Request.RouteValues["index"]!));
        routes.MapMethods("/{index}/pypi/{project}/{version}/json", methods, context => ServeAsync(context, (string)context.Request.RouteValues["index"]!));
    }

    private async Task ServeAsync(HttpContext context, string indexName)
    {
        var request = context.Request;
        context.Response.Headers.AccessControlAllowOrigin = "*";
        context.Response.Headers.AccessControlExposeHeaders = "X-PyPI-Last-Serial";
        var spelling = (string)request.RouteValues["project"]!;
        if (!ProjectName.TryParse(spelling, out var project))
        {
            await Problems.NotFound("That is no project name.").WriteAsync(context);
            return;
        }
        if (await access.RequireAsync(context, indexName, project, AccessAction.Read) is null)
            return;
        if (catalog.Find(indexName) is not { } index)
        {
            await Problems.IndexNotFound(indexName).WriteAsync(context);
            return;
        }
        var version = request.RouteValues["version"] as string;
        if (spelling != project.ToString())
        {
            context.Response.StatusCode = StatusCodes.Status301MovedPermanently;
            context.Response.Headers.Location = request.PathBase + new PathString(
                request.Path.Value!.Replace($"/{spelling}/", $"/{project}/", StringComparison.Ordinal)).ToUriComponent();
            return;
        }
        switch (await index.Pages.GetProjectAsync(project, context.RequestAborted))
        {
            case IndexAnswer<ProjectSnapshot>.Found found:
                await WriteAsync(context, index, indexName, project, found.Value, version);
                break;
            case IndexAnswer<ProjectSnapshot>.Unavailable unavailable:
                await unavailable.Failure.ToProblem().WriteAsync(context);
                break;
            default:
                await Problems.ProjectNotFound(project.ToString(), indexName).WriteAsync(context);
                break;
        }
    }

    private static async Task WriteAsync(HttpContext context, NamedIndex index, string indexName, ProjectName project, ProjectSnapshot snapshot, string? version)
    {
        var detail = await snapshot.ReadAsync(context.RequestAborted);
        var releases = LegacyJson.ReleasesOf(detail);
        var described = Find(releases, version);
        // A release that the page does not know may be younger than the page.
        if (described is null && version is not null && snapshot.AskAgain is { } askAgain
            && await askAgain(context.RequestAborted) is IndexAnswer<ProjectSnapshot>.Found renewed && renewed.Value.Stamp != snapshot.Stamp)
        {
            snapshot = renewed.Value;
            detail = await snapshot.ReadAsync(context.RequestAborted);
            releases = LegacyJson.ReleasesOf(detail);
            described = Find(releases, version);
        }
        if (described is null)
        {
            await Problems.NotFound(version is null ? $"The project '{project}' has no releases." : $"The project '{project}' has no release {version}.").WriteAsync(context);
            return;
        }
        var isHosted = index.Definition.Kind == IndexDefinition.Hosted && snapshot.Stamp.IndexId == index.Definition.Id;
        var metadata = await FindMetadataAsync(index, project, described, isHosted, context.RequestAborted);
        var body = new ArrayBufferWriter<byte>(16 << 10);
        LegacyJson.Write(body, detail, indexName, $"{context.Request.Scheme}://{context.Request.Host}", described, version is null ? releases : null, metadata);
        var headers = context.Response.Headers;
        headers.CacheControl = "private, no-cache";
        headers.Vary = "Authorization";
        headers.ETag = $"\"{Convert.ToHexStringLower(SHA256.HashData(body.WrittenSpan).AsSpan(0, 16))}\"";
        if (detail.LastSerial is { } serial)
            headers["X-PyPI-Last-Serial"] = serial.ToString(System.Globalization.CultureInfo.InvariantCulture);
        if (SimpleEndpoints.HasCurrent(context.Request, headers.ETag!))
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = body.WrittenCount;
        if (!HttpMethods.IsHead(context.Request.Method))
            await context.Response.Body.WriteAsync(body.WrittenMemory, context.RequestAborted);
    }

    private static LegacyJson.Release? Find(List<LegacyJson.Release> releases, string? version) => version is null
        ? LegacyJson.Latest(releases)
        : PackageVersion.TryParse(version, out var wanted) ? releases.Find(release => PackageVersion.Parse(release.Version) == wanted) : null;

    /// <summary>From a wheel where there is one (its metadata is final), else from the sdist; null where none can be had now.</summary>
    private static async Task<CoreMetadata?> FindMetadataAsync(NamedIndex index, ProjectName project, LegacyJson.Release release, bool isHosted, CancellationToken cancellationToken)
    {
        var file = release.Files.FirstOrDefault(static file => file.HasCoreMetadata) ?? release.Files[0];
        // Without a sidecar a mirrored file would have to be fetched whole for a page that few read.
        if (!file.HasCoreMetadata && !isHosted)
            return null;
        var answer = await index.Pages.OpenFileAsync(new FileRequest(project, file.Filename, FileAddress.Locator(file), FilePart.Metadata), cancellationToken);
        if (answer is not IndexAnswer<OpenedFile>.Found { Value: OpenedFile.Stored stored })
            return null;
        var content = new byte[stored.Blob.Length];
        await using var stream = stored.Blob.OpenRead();
        await stream.ReadExactlyAsync(content, cancellationToken);
        return CoreMetadata.TryParse(content, out var metadata, out _) ? metadata : null;
    }
}

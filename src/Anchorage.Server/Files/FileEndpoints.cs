using Anchorage.Packaging;
using Anchorage.Server.Audit;
using Anchorage.Server.Identity;
using Anchorage.Server.Index;
using Anchorage.Server.Permissions;
using Anchorage.Server.Upstreams;
using Microsoft.Net.Http.Headers;

namespace Anchorage.Server.Files;

/// <summary>
/// <c>/packages/{index}/{aa}/{bb}/{rest of sha256}/{filename}</c>, and <c>….metadata</c> of it.
/// <list type="number">
/// <item>read the address;</item>
/// <item>authenticate, authorise;</item>
/// <item>ask the index;</item>
/// <item>put the download on record, durably;</item>
/// <item>send: stored bytes with ranges, or bytes as they arrive from the upstream;</item>
/// <item>put the outcome on record.</item>
/// </list>
/// Bodies are never encoded: a client hashes what it receives.
/// </summary>
internal sealed class FileEndpoints(IndexCatalog catalog, Access access, AuditLog audit)
{
    private const string MetadataSuffix = ".metadata";

    public void Map(IEndpointRouteBuilder routes)
    {
        const string Address = "/packages/{index}/{first}/{second}/{rest}/{filename}";
        routes.MapMethods(Address, [HttpMethods.Get, HttpMethods.Head], ServeAsync);
        routes.MapMethods(Address, [HttpMethods.Options], static context =>
        {
            context.Response.Headers.AccessControlAllowOrigin = "*";
            context.Response.Headers.AccessControlAllowMethods = "GET, HEAD";
            context.Response.Headers.AccessControlAllowHeaders = "Authorization, Range, If-Range, If-None-Match";
            context.Response.Headers.AccessControlMaxAge = "86400";
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return Task.CompletedTask;
        });
    }

    private async Task ServeAsync(HttpContext context)
    {
        var values = context.Request.RouteValues;
        var indexName = (string)values["index"]!;
        var filename = (string)values["filename"]!;
        context.Response.Headers.AccessControlAllowOrigin = "*";
        context.Response.Headers.AccessControlExposeHeaders = "Accept-Ranges, Content-Range, Content-Length, ETag";

        // 1
        var part = FilePart.Content;
        if (filename.EndsWith(MetadataSuffix, StringComparison.Ordinal))
            (part, filename) = (FilePart.Metadata, filename[..^MetadataSuffix.Length]);

        // 2
        if (await access.RequireSomeAsync(context, indexName, AccessAction.Read) is not { } principal)
            return;
        if (!FileAddress.TryReadLocator((string)values["first"]!, (string)values["second"]!, (string)values["rest"]!, out var locator)
            || catalog.Find(indexName) is not { } index)
        {
            await Problems.FileNotFound(filename, indexName).WriteAsync(context);
            return;
        }

        // 3
        var isGuess = !DistributionFilename.TryParse(filename, out var parsed, out _);
        foreach (var project in parsed is null ? FileAddress.GuessProjects(filename) : [parsed.Project])
        {
            if (!access.Allows(principal, indexName, project, AccessAction.Read))
            {
                await Access.Refusal(principal, indexName, project, AccessAction.Read).WriteAsync(context);
                return;
            }
            switch (await index.Pages.OpenFileAsync(new FileRequest(project, filename, locator, part) { IsGuess = isGuess }, context.RequestAborted))
            {
                case IndexAnswer<OpenedFile>.Found found:
                    var download = new Download(context, audit, principal, indexName, project, found.Value, part);
                    await download.SendAsync();
                    return;
                case IndexAnswer<OpenedFile>.Unavailable unavailable:
                    await unavailable.Failure.ToProblem().WriteAsync(context);
                    return;
            }
        }
        await Problems.FileNotFound(filename, indexName).WriteAsync(context);
    }
}

using System.Globalization;
using Anchorage.Packaging;
using Anchorage.Server.Audit;
using Anchorage.Server.Identity;
using Anchorage.Server.Index;
using Anchorage.Server.Permissions;
using Microsoft.AspNetCore.Http.Features;

namespace Anchorage.Server.Projects;

/// <summary>POST …/yank.</summary>
internal sealed record YankRequest(string? Reason);

/// <summary>PUT …/status: a PEP 792 marker and its reason.</summary>
internal sealed record StatusRequest(string? Status, string? Reason);

/// <summary>How many files a change touched.</summary>
internal sealed record ChangeAnswer(int Files);

/// <summary>Changes to what is published: yank, unyank, delete. Each is on record, durably, before it can be seen.</summary>
internal sealed class ProjectEndpoints(IndexCatalog catalog, Access access, AuditLog audit, ChangeRelease changes)
{
    private const int MaxReasonLength = 500;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/indexes/{index}/projects/{project}/releases/{version}/yank", YankAsync);
        routes.MapPost("/api/indexes/{index}/projects/{project}/releases/{version}/unyank", UnyankAsync);
        routes.MapDelete("/api/indexes/{index}/projects/{project}/releases/{version}", DeleteReleaseAsync);
        routes.MapPut("/api/indexes/{index}/projects/{project}/status", SetStatusAsync);
        routes.MapDelete("/api/indexes/{index}/files/{filename}", DeleteFileAsync);
    }

    private async Task YankAsync(HttpContext context)
    {
        if (await TargetAsync(context) is not { } target)
            return;
        var reason = "";
        if (context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: true })
        {
            var (request, problem) = await RequestBody.ReadAsync(context, ServerJson.Default.YankRequest);
            if (problem is null && request!.Reason is { Length: > MaxReasonLength })
                problem = Problems.RequestInvalid($"The reason is longer than {MaxReasonLength} characters; pip prints it on one line.");
            if (problem is not null)
            {
                await problem.WriteAsync(context);
                return;
            }
            reason = OneLine(request!.Reason) ?? "";
        }
        await ChangeAsync(context, target, "release.yank", reason, token => changes.YankAsync(target.Index, target.Project, target.Version, reason, token));
    }

    private async Task UnyankAsync(HttpContext context)
    {
        if (await TargetAsync(context) is { } target)
            await ChangeAsync(context, target, "release.unyank", null, token => changes.YankAsync(target.Index, target.Project, target.Version, null, token));
    }

    private async Task DeleteReleaseAsync(HttpContext context)
    {
        if (await TargetAsync(context) is { } target)
            await ChangeAsync(context, target, "release.delete", null, token => changes.DeleteReleaseAsync(target.Index, target.Project, target.Version, target.Principal.Id, token));
    }

    private async Task DeleteFileAsync(HttpContext context)
    {
        var indexName = (string)context.Request.RouteValues["index"]!;
        var filename = (string)context.Request.RouteValues["filename"]!;
        if (!DistributionFilename.TryParse(filename, out var parsed, out _))
        {
            await Problems.NotFound($"'{filename}' is no name of a wheel or sdist.").WriteAsync(context);
            return;
        }
        if (await access.RequireAsync(context, indexName, parsed.Project, AccessAction.Manage) is not { } principal || await HostedAsync(context, indexName) is not { } index)
            return;
        await ChangeAsync(
            context, new Target(principal, index, parsed.Project, parsed.Version), "file.delete", filename,
            token => changes.DeleteFileAsync(index, parsed.Project, filename, principal.Id, token), filename);
    }

    private async Task SetStatusAsync(HttpContext context)
    {
        var indexName = (string)context.Request.RouteValues["index"]!;
        if (!ProjectName.TryParse((string)context.Request.RouteValues["project"]!, out var project))
        {
            await Problems.NotFound("The address names no valid project.").WriteAsync(context);
            return;
        }
        if (await access.RequireAsync(context, indexName, project, AccessAction.Manage) is not { } principal || await HostedAsync(context, indexName) is not { } index)
            return;
        var (request, problem) = await RequestBody.ReadAsync(context, ServerJson.Default.StatusRequest);
        if (problem is null && !ProjectStatuses.All.Contains(request!.Status))
            problem = Problems.RequestInvalid($"status must be one of {string.Join(", ", ProjectStatuses.All)} (PEP 792).");
        if (problem is null && request!.Reason is { Length: > MaxReasonLength })
            problem = Problems.RequestInvalid($"The reason is longer than {MaxReasonLength} characters.");
        if (problem is not null)
        {
            await problem.WriteAsync(context);
            return;
        }
        var reason = OneLine(request!.Reason) is { Length: > 0 } text ? text : null;
        var entry = AuditEvents.For(context, principal, "project.status", "intent") with { Index = indexName, Project = project.ToString(), Reason = $"{request.Status}: {reason}" };
        await audit.AppendAsync(entry, context.RequestAborted);
        var count = await changes.SetStatusAsync(index, project, request.Status!, reason, CancellationToken.None);
        audit.Post(entry with { Outcome = count > 0 ? "ok" : "failed" });
        if (count == 0)
            await Problems.ProjectNotFound(project.ToString(), indexName).WriteAsync(context);
        else
            context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    /// <summary>
    /// Clients print a reason as it is: no line ends, no escape sequences and no change of writing direction for their
    /// terminal, no NUL for PostgreSQL.
    /// </summary>
    private static string? OneLine(string? reason) =>
        reason is null ? null : string.Concat(reason.Select(static c => char.IsControl(c) || char.GetUnicodeCategory(c) == UnicodeCategory.Format ? ' ' : c)).Trim();

    private sealed record Target(Principal Principal, IndexDefinition Index, ProjectName Project, PackageVersion Version);

    /// <summary>The release in the address, where the caller may manage it; else null, and the refusal was written.</summary>
    private async Task<Target?> TargetAsync(HttpContext context)
    {
        var values = context.Request.RouteValues;
        var indexName = (string)values["index"]!;
        if (!ProjectName.TryParse((string)values["project"]!, out var project) || !PackageVersion.TryParse((string)values["version"]!, out var version))
        {
            await Problems.NotFound("The address names no valid project and version.").WriteAsync(context);
            return null;
        }
        if (await access.RequireAsync(context, indexName, project, AccessAction.Manage) is not { } principal || await HostedAsync(context, indexName) is not { } index)
            return null;
        return new Target(principal, index, project, version);
    }

    private async Task<IndexDefinition?> HostedAsync(HttpContext context, string indexName)
    {
        if (catalog.Find(indexName)?.Definition is { Kind: IndexDefinition.Hosted } definition)
            return definition;
        await (catalog.Find(indexName) is null ? Problems.IndexNotFound(indexName) : Problems.IndexNotHosting(indexName)).WriteAsync(context);
        return null;
    }

    private async Task ChangeAsync(HttpContext context, Target target, string action, string? reason, Func<CancellationToken, Task<int>> change, string? file = null)
    {
        var entry = AuditEvents.For(context, target.Principal, action, "intent") with
        {
            Index = target.Index.Name,
            Project = target.Project.ToString(),
            Version = target.Version.ToString(),
            File = file,
            Reason = file is null ? reason : null,
        };
        await audit.AppendAsync(entry, context.RequestAborted);
        var count = await change(CancellationToken.None);
        audit.Post(entry with { Outcome = count > 0 ? "ok" : "failed", Reason = $"{count} files. {entry.Reason}" });
        if (count == 0)
            await Problems.NotFound($"The index '{target.Index.Name}' has no such file of {target.Project} {target.Version}.").WriteAsync(context);
        else
            await context.Response.WriteAsJsonAsync(new ChangeAnswer(count), ServerJson.Default.ChangeAnswer);
    }
}

using Anchorage.Packaging;
using Anchorage.Server.Audit;
using Anchorage.Server.Identity;
using Anchorage.Server.Index;
using Anchorage.Server.Operations;
using Anchorage.Server.Permissions;
using Anchorage.Server.Storage;
using Microsoft.AspNetCore.Http.Features;

namespace Anchorage.Server.Upload;

/// <summary>
/// The upload API that twine, flit, poetry, pdm, hatch and uv speak ("legacy"): <c>POST /{index}/</c>.
/// <list type="number">
/// <item>authenticate; without any right to upload nothing is read;</item>
/// <item>stream the form: hashed while it arrives, limits enforced as bytes arrive;</item>
/// <item>check fields, digests and file name against each other;</item>
/// <item>authorise for this project;</item>
/// <item>inspect the archive, and compare what it says of itself;</item>
/// <item>publish.</item>
/// </list>
/// A refusal is answered after the client has finished sending (within bounds): twine would otherwise report a broken
/// connection instead of the reason.
/// </summary>
internal sealed class UploadEndpoint(IndexCatalog catalog, Access access, PublishFile publish, IBlobStore blobs, AuditLog audit, ServerOptions options)
{
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(30);

    public void Map(IEndpointRouteBuilder routes)
    {
        // With and without the last slash: twine gives up at any redirect, so there is none.
        routes.MapPost("/", context => UploadAsync(context, IndexCatalog.DefaultIndex));
        routes.MapPost("/legacy", context => UploadAsync(context, IndexCatalog.DefaultIndex));
        routes.MapPost("/{index}", context => UploadAsync(context, (string)context.Request.RouteValues["index"]!));
        routes.MapPost("/{index}/legacy", context => UploadAsync(context, (string)context.Request.RouteValues["index"]!));
        // twine and uv users who paste the Simple address get told, instead of a bare 405.
        foreach (var path in new[] { "/simple/{**rest}", "/{index}/simple/{**rest}" })
            routes.MapPost(path, static context => Problems.MethodNotAllowed("This is the address to install from. Upload to the index itself, e.g. /main/.").WriteAsync(context));
    }

    private async Task UploadAsync(HttpContext context, string indexName)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = null;   // the form reader counts, and says which limit it was
        Problem? refusal;
        try
        {
            refusal = await TryUploadAsync(context, indexName);
        }
        catch (UploadRefusedException e)
        {
            refusal = e.Problem;
        }
        if (refusal is null)
            return;
        await DrainAsync(context);
        await refusal.WriteAsync(context);
    }

    /// <summary>Null: answered. Else the refusal.</summary>
    private async Task<Problem?> TryUploadAsync(HttpContext context, string indexName)
    {
        // 1
        var (principal, problem) = await access.CheckSomeAsync(context, indexName, AccessAction.Upload);
        if (problem is not null)
            return problem;
        if (catalog.Find(indexName) is not { } index)
            return Problems.IndexNotFound(indexName);
        if (index.Definition.Kind != IndexDefinition.Hosted)
            return Problems.IndexNotHosting(indexName);

        // 2
        using var form = await UploadForm.ReadAsync(context, blobs, options);

        // 3
        var fields = UploadFields.Check(form, options);

        // 4
        if (!access.Allows(principal!, indexName, fields.Filename.Project, AccessAction.Upload))
            return Access.Refusal(principal!, indexName, fields.Filename.Project, AccessAction.Upload);
        var digests = form.Digests!;
        var outcome = await publish.FindObstacleAsync(index.Definition, fields.Filename.Text, digests.Sha256, context.RequestAborted);

        var entry = AuditEvents.For(context, principal!, "file.upload", "denied") with
        {
            Index = indexName,
            Project = fields.Filename.Project.ToString(),
            Version = fields.Filename.Version.ToString(),
            File = fields.Filename.Text,
            Sha256 = digests.Sha256.ToString(),
            Size = form.Size,
        };
        if (outcome is not null)
        {
            publish.RecordOutcome(outcome, entry);
        }
        else
        {
            // 5
            ArchiveReport archive;
            try
            {
                archive = Inspect(form, fields, context.RequestAborted);
            }
            catch (UploadRefusedException e)
            {
                audit.Post(entry with { Reason = e.Message });
                throw;
            }
            // 6
            var upload = new CheckedUpload(
                index.Definition, fields.Filename, fields.Kind, fields.PythonVersion, archive.Metadata.DisplayName, archive, form.Content!, form.Size, digests);
            outcome = await publish.PublishAsync(upload, entry, context.RequestAborted);
        }
        return await AnswerAsync(context, outcome, fields.Filename.Text);
    }

    private static ArchiveReport Inspect(UploadForm form, UploadFields fields, CancellationToken cancellationToken)
    {
        try
        {
            using var content = form.Content!.OpenReader();
            var archive = ArchiveInspector.Inspect(content, fields.Filename, ArchiveLimits.Default, cancellationToken);
            fields.Compare(archive.Metadata);
            return archive;
        }
        catch (InvalidDistributionException e)
        {
            var member = e.Member is null ? "" : $" (in '{e.Member}')";
            throw new UploadRefusedException(Problems.UploadInvalid($"Invalid distribution file: {e.Message}{member} [{e.Rule}]"));
        }
    }

    private static async Task<Problem?> AnswerAsync(HttpContext context, PublishOutcome outcome, string filename)
    {
        switch (outcome)
        {
            case PublishOutcome.Published or PublishOutcome.Unchanged:
                Meters.Uploads.Add(1);
                context.Response.ContentType = "text/plain; charset=utf-8";
                await context.Response.WriteAsync(
                    outcome is PublishOutcome.Published ? "Published.\n" : "The same file was published before; nothing changed.\n", context.RequestAborted);
                return null;
            case PublishOutcome.NameTaken taken:
                return Problems.FileExists(filename, taken.Blake2b256);
            case PublishOutcome.NameWasDeleted:
                return Problems.FileWasDeleted(filename);
            case PublishOutcome.ProjectClosed closed:
                return Problems.ProjectClosed(closed.Status, closed.Reason);
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    /// <summary>Reads what the client still sends, within bounds, so that it gets to read the answer.</summary>
    private async Task DrainAsync(HttpContext context)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        timeout.CancelAfter(DrainTime);
        try
        {
            var buffer = new byte[64 << 10];
            var remaining = options.MaxFileBytes + options.MaxFormBytes;
            int read;
            while (remaining > 0 && (read = await context.Request.Body.ReadAsync(buffer, timeout.Token)) > 0)
                remaining -= read;
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or BadHttpRequestException)
        {
            // Gone, or too slow: the answer is tried all the same.
        }
    }
}

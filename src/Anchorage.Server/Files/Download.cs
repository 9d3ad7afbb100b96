using System.Globalization;
using Anchorage.Packaging;
using Anchorage.Server.Audit;
using Anchorage.Server.Identity;
using Anchorage.Server.Index;
using Anchorage.Server.Operations;
using Anchorage.Server.Upstreams;
using Microsoft.Net.Http.Headers;

namespace Anchorage.Server.Files;

/// <summary>One file on its way to one client: on record first, then sent, then its outcome on record.</summary>
internal sealed class Download(
    HttpContext context, AuditLog audit, Principal principal, string indexName, ProjectName project, OpenedFile file, FilePart part)
{
    private bool IsHead => HttpMethods.IsHead(context.Request.Method);

    public Task SendAsync() => file switch
    {
        OpenedFile.Stored stored => SendStoredAsync(stored.Digest, stored.Blob.LocalPath, stored.PublishedAt),
        OpenedFile.Upstream upstream when IsHead => SendHeadAsync(upstream),
        OpenedFile.Upstream upstream => SendArrivingAsync(upstream),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    /// <summary>
    /// The whole of a stored file, which is what installers ask for, is sent from here: the framework looks the file up
    /// again and copies it in small pieces. Ranges, If-Range, If-None-Match and HEAD are the framework's (RFC 9110 §13, §14).
    /// </summary>
    private async Task SendStoredAsync(Sha256Digest digest, string path, DateTimeOffset publishedAt)
    {
        var entry = Entry(digest);
        if (part == FilePart.Content && !IsHead)
            await audit.AppendAsync(entry with { Outcome = "intent" }, context.RequestAborted);
        SetHeaders();
        if (!IsHead && StringValuesAreEmpty(
            HeaderNames.Range, HeaderNames.IfRange, HeaderNames.IfNoneMatch, HeaderNames.IfMatch, HeaderNames.IfModifiedSince, HeaderNames.IfUnmodifiedSince))
        {
            await SendWholeAsync(entry, digest, path, publishedAt);
            return;
        }
        // RFC 9110 §14.2: a unit that is not known is ignored; the framework would take lines for bytes.
        if (!context.Request.Headers.Range.ToString().StartsWith("bytes", StringComparison.OrdinalIgnoreCase))
            context.Request.Headers.Remove(HeaderNames.Range);
        var result = TypedResults.PhysicalFile(
            path, ContentType(), fileDownloadName: null, lastModified: publishedAt, entityTag: Tag(digest), enableRangeProcessing: AsksForBytes);
        await RecordOutcomeAsync(entry, async () =>
        {
            await result.ExecuteAsync(context);
            return context.Response.ContentLength ?? 0;
        });
    }

    private async Task SendWholeAsync(AuditEvent entry, Sha256Digest digest, string path, DateTimeOffset publishedAt)
    {
        // The open file is the length and the bytes, also where the name goes meanwhile.
        using var file = File.OpenHandle(path, options: FileOptions.SequentialScan);
        var length = RandomAccess.GetLength(file);
        var headers = context.Response.Headers;
        headers.AcceptRanges = "bytes";
        headers.ETag = $"\"{digest}\"";
        headers.LastModified = publishedAt.ToString("R", CultureInfo.InvariantCulture);
        headers.ContentType = ContentType();
        headers.ContentLength = length;
        await RecordOutcomeAsync(entry, async () =>
        {
            await ResponseBody.SendAsync(context, file, 0, length);
            return length;
        });
    }

    /// <summary>From what the index page promises, without fetching the file.</summary>
    private async Task SendHeadAsync(OpenedFile.Upstream upstream)
    {
        if (upstream.ExpectedSize is { } size && upstream.ExpectedDigest is { } digest)
        {
            SetHeaders();
            context.Response.Headers.AcceptRanges = "bytes";
            context.Response.Headers.ETag = Tag(digest).ToString();
            context.Response.ContentType = ContentType();
            context.Response.ContentLength = size;
            return;
        }
        await SendWhenStoredAsync(upstream.Fetch());
    }

    private async Task SendArrivingAsync(OpenedFile.Upstream upstream)
    {
        var fetch = upstream.Fetch();
        // Parts and comparisons are answered from verified bytes only.
        if (!StringValuesAreEmpty(HeaderNames.Range, HeaderNames.IfNoneMatch, HeaderNames.IfModifiedSince))
        {
            await SendWhenStoredAsync(fetch);
            return;
        }
        var length = await fetch.Head.WaitAsync(context.RequestAborted);
        await using var reader = fetch.Completed.IsCompleted ? null : fetch.TryOpenReader();
        if (reader is null)
        {
            await SendWhenStoredAsync(fetch);
            return;
        }
        var entry = Entry(upstream.ExpectedDigest);
        await audit.AppendAsync(entry with { Outcome = "intent" }, context.RequestAborted);
        SetHeaders();
        context.Response.Headers.AcceptRanges = "bytes";
        if (upstream.ExpectedDigest is { } digest)
            context.Response.Headers.ETag = Tag(digest).ToString();
        context.Response.ContentType = ContentType();
        context.Response.ContentLength = length;
        await RecordOutcomeAsync(entry, async () =>
        {
            if (await fetch.CopyToAsync(reader, context.Response.Body, context.RequestAborted))
                return context.Response.ContentLength ?? 0;
            // A cut connection is the only honest way to say "throw it away" after the headers have gone.
            if (context.Response.HasStarted)
                context.Abort();
            else
                await RefuseAsync(await fetch.Completed);
            return null;
        });
    }

    private async Task SendWhenStoredAsync(FileFetch fetch)
    {
        switch (await fetch.Completed.WaitAsync(context.RequestAborted))
        {
            case FetchOutcome.Committed committed:
                await SendStoredAsync(committed.Digest, committed.Blob.LocalPath, committed.At);
                break;
            case var ended:
                await RefuseAsync(ended);
                break;
        }
    }

    private Task RefuseAsync(FetchOutcome ended) => ended switch
    {
        FetchOutcome.Failed failed => failed.Failure.ToProblem().WriteAsync(context),
        FetchOutcome.Faulted faulted => Task.FromException(faulted.Fault),
        _ => Problems.FileNotFound(file.Filename, indexName).WriteAsync(context),
    };

    /// <summary>Sends, and hands the outcome to the record's next batch: the intent is durable already.</summary>
    private async Task RecordOutcomeAsync(AuditEvent entry, Func<Task<long?>> send)
    {
        var outcome = "aborted";
        long? bytes = null;
        try
        {
            bytes = await send();
            if (bytes is null)
                outcome = "failed";
            else if (!context.RequestAborted.IsCancellationRequested)
                outcome = "ok";
        }
        finally
        {
            if (part == FilePart.Content && !IsHead)
            {
                Meters.Downloads.Add(1);
                Meters.DownloadedBytes.Add(bytes ?? 0);
                audit.Post(entry with { Outcome = outcome, Bytes = bytes, Reason = $"status {context.Response.StatusCode}" });
            }
        }
    }

    private AuditEvent Entry(Sha256Digest? digest) =>
        AuditEvents.For(context, principal, IsHeldBy(digest) ? "file.revalidate" : "file.download", "intent") with
        {
            Index = indexName,
            Project = project.ToString(),
            File = file.Filename,
            Sha256 = digest?.ToString(),
        };

    /// <summary>The client names our ETag: it has the bytes and asks whether it may go on using them.</summary>
    private bool IsHeldBy(Sha256Digest? digest) =>
        digest is { } known && context.Request.Headers.IfNoneMatch is { Count: > 0 } tags
        && tags.ToString().Contains(known.ToString(), StringComparison.Ordinal);

    private void SetHeaders()
    {
        context.Response.Headers.CacheControl = "private, no-cache";
        context.Response.Headers.Vary = "Authorization";
        // What is stored came from strangers: a browser must not run it.
        context.Response.Headers.XContentTypeOptions = "nosniff";
        context.Response.Headers.ContentSecurityPolicy = "sandbox; default-src 'none'";
    }

    /// <summary>A range in a unit that is not known is none (RFC 9110 §14.2); the framework takes every unit for bytes.</summary>
    private bool AsksForBytes => context.Request.Headers.Range is not [{ } range] || range.StartsWith("bytes=", StringComparison.OrdinalIgnoreCase);

    private static EntityTagHeaderValue Tag(Sha256Digest digest) => new($"\"{digest}\"");

    private string ContentType() => part == FilePart.Metadata
        ? "text/plain; charset=utf-8"
        : file.Filename switch
        {
            var name when name.EndsWith(".tar.gz", StringComparison.OrdinalIgnoreCase) => "application/gzip",
            var name when name.EndsWith(".zip", StringComparison.OrdinalIgnoreCase) => "application/zip",
            _ => "application/octet-stream",
        };

    private bool StringValuesAreEmpty(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (context.Request.Headers[name].Count > 0)
                return false;
        }
        return true;
    }
}

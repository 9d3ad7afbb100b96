using System.Buffers;
using System.Text.Json;
using Anchorage.Server.Audit;
using Anchorage.Server.Database;
using Anchorage.Server.Storage;

namespace Anchorage.Server.Operations;

/// <summary>
/// Whether requests should come here. Anyone may ask, so the answer names the part that fails and no path or host, and
/// is worked out afresh at most once a second. The log has the details.
/// </summary>
internal sealed class Readiness(
    SqlDatabase database, IBlobStore blobs, AuditLog audit, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<Readiness> logger) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan FreshFor = TimeSpan.FromSeconds(1);

    private static readonly string[] Parts = ["database", "storage", "audit"];

    private readonly SemaphoreSlim checking = new(1, 1);
    private volatile Findings? latest;
    private string lastLogged = "";

    private sealed record Findings(long At, string? Database, string? Storage, string? Audit);

    public static Task WriteLiveAsync(HttpContext context) => WriteAsync(context, StatusCodes.Status200OK, static json => json.WriteString("status", "live"));

    public async Task WriteReadyAsync(HttpContext context)
    {
        var findings = await GetFindingsAsync(context.RequestAborted);
        var isDraining = lifetime.ApplicationStopping.IsCancellationRequested;
        var isReady = findings is { Database: null, Storage: null, Audit: null } && !isDraining;
        await WriteAsync(context, isReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable, json =>
        {
            json.WriteString("status", isReady ? "ready" : "not ready");
            json.WriteStartObject("checks");
            json.WriteString("database", findings.Database ?? "ok");
            json.WriteString("storage", findings.Storage ?? "ok");
            json.WriteString("audit", findings.Audit ?? "ok");
            json.WriteString("server", isDraining ? "stopping" : "ok");
            json.WriteEndObject();
        });
    }

    public void Dispose() => checking.Dispose();

    private async Task<Findings> GetFindingsAsync(CancellationToken cancellationToken)
    {
        await checking.WaitAsync(cancellationToken);
        try
        {
            if (latest is { } known && time.GetElapsedTime(known.At) < FreshFor)
                return known;
            using var patience = new CancellationTokenSource(Patience, time);
            var findings = await Task.WhenAll(
                FindAsync(() => database.PingAsync(patience.Token)),
                FindAsync(() => Task.Run(blobs.CheckWritable, patience.Token)),
                FindAsync(() => audit.CheckAsync(patience.Token)));
            Log(findings);
            return latest = new Findings(time.GetTimestamp(), findings[0].Reason, findings[1].Reason, findings[2].Reason);
        }
        finally
        {
            checking.Release();
        }
    }

    private async Task<(string? Reason, Exception? Exception)> FindAsync(Func<Task> check)
    {
        try
        {
            await check().WaitAsync(Patience, time);
            return (null, null);
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            return ("does not answer in time", exception);
        }
        catch (StorageFullException exception)
        {
            return ("is full", exception);
        }
#pragma warning disable CA1031 // Whatever the part says: it is not ready.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return ("fails", exception);
        }
    }

    /// <summary>Once per change, not once per probe.</summary>
    private void Log((string? Reason, Exception? Exception)[] findings)
    {
        var failing = Parts.Zip(findings).Where(static part => part.Second.Reason is not null);
        var summary = string.Join(", ", failing.Select(static part => $"{part.First} {part.Second.Reason}"));
        if (summary == lastLogged)
            return;
        lastLogged = summary;
        if (summary.Length == 0)
            logger.LogInformation("Ready again");
        else
            logger.LogWarning(findings.Select(static finding => finding.Exception).FirstOrDefault(static exception => exception is not null), "Not ready: {Reasons}", summary);
    }

    private static async Task WriteAsync(HttpContext context, int status, Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = buffer.WrittenCount;
        context.Response.Headers.CacheControl = "no-store";
        if (!HttpMethods.IsHead(context.Request.Method))
            await context.Response.Body.WriteAsync(buffer.WrittenMemory, context.RequestAborted);
    }
}

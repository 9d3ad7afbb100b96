namespace Anchorage.Server.Audit;

/// <summary>What happened, to what, by whom. One event is less than 64 KiB as JSON.</summary>
internal sealed record AuditEvent
{
    public required string Action { get; init; }            // file.upload, file.download, file.revalidate, file.delete, release.yank, token.create, …
    public required string Outcome { get; init; }           // intent | ok | denied | failed | aborted
    public string? Actor { get; init; }                     // principal, e.g. token:7Q2… or anonymous
    public string? ClientAddress { get; init; }
    public string? UserAgent { get; init; }
    public string? Index { get; init; }
    public string? Project { get; init; }
    public string? Version { get; init; }
    public string? File { get; init; }
    public string? Sha256 { get; init; }
    public long? Size { get; init; }
    public long? Bytes { get; init; }
    public string? Reason { get; init; }
    public string? RequestId { get; init; }
}

/// <summary>The record: an append-only write-ahead file.</summary>
internal sealed class AuditLog : IDisposable
{
    private readonly FileStream file;
    private readonly TimeProvider time;
    private readonly Lock writing = new();

    private AuditLog(FileStream file, TimeProvider time) => (this.file, this.time) = (file, time);

    public static AuditLog Open(string directory, TimeProvider time, ILogger logger)
    {
        ArgumentNullException.ThrowIfNull(logger);
        return new AuditLog(new FileStream(Path.Combine(directory, "events.jsonl"), FileMode.Append, FileAccess.Write, FileShare.Read, 0), time);
    }

    /// <summary>Completes when the event is durable. Throws <see cref="AuditUnavailableException"/> when it cannot be: fail closed.</summary>
    public ValueTask AppendAsync(AuditEvent auditEvent, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Write(auditEvent, flush: true);
        return ValueTask.CompletedTask;
    }

    /// <summary>Hands the event to the next batch and does not wait: for outcomes of events whose intent is durable.</summary>
    public void Post(AuditEvent auditEvent) => Write(auditEvent, flush: false);

    public void Dispose() => file.Dispose();

    private void Write(AuditEvent auditEvent, bool flush)
    {
        lock (writing)
        {
            file.Write(System.Text.Encoding.UTF8.GetBytes($"{time.GetUtcNow():O} {auditEvent}\n"));
            if (flush)
                file.Flush(flushToDisk: true);
        }
    }
}

/// <summary>The record cannot be written: nothing that must be on record may go on. Becomes a 503 with Retry-After.</summary>
internal sealed class AuditUnavailableException(string message, Exception? inner = null) : Exception(message, inner);

using System.Collections.Concurrent;
using Anchorage.Packaging;
using Anchorage.Server.Audit;
using Anchorage.Server.Operations;
using Anchorage.Server.Storage;

namespace Anchorage.Server.Upstreams;

/// <summary>What to fetch, from where, for which index.</summary>
internal sealed record FetchOrder(long IndexId, string IndexName, ProjectName Project, string Filename, Sha256Digest Locator, Uri Address, Sha256Digest? ExpectedDigest, long? ExpectedSize);

/// <summary>
/// The fetches under way: any number of clients asking for one file cause one upstream request.
/// <list type="number">
/// <item>ask the upstream;</item>
/// <item>write what arrives to a staged file, hashing, and go on where the connection breaks (<see cref="FileTransfer"/>);</item>
/// <item>compare length and SHA-256 with what the index page promised; a mismatch is on record with both hashes;</item>
/// <item>publish the blob, then let the index write its row; only then do followers send their last bytes.</item>
/// </list>
/// </summary>
internal sealed class FileFetches(IBlobStore blobs, AuditLog audit, TimeProvider time, ILogger<FileFetches> logger, IHostApplicationLifetime lifetime)
{
    private readonly ConcurrentDictionary<(long IndexId, Sha256Digest Locator, string Filename), FileFetch> underWay = new();

    /// <summary>The fetch of that file: the one under way, or one that begins here.</summary>
    /// <param name="find">Looks into the store once more: another fetch may have ended between the caller's look and this call.</param>
    /// <param name="commit">Writes the index's row for the stored file.</param>
    public FileFetch Join(
        FetchOrder order, UpstreamClient client, Func<CancellationToken, Task<FetchOutcome.Committed?>> find, Func<Sha256Digest, long, CancellationToken, Task> commit)
    {
        var key = (order.IndexId, order.Locator, order.Filename);
        var own = new FileFetch(order.ExpectedDigest, order.ExpectedSize);
        var fetch = underWay.GetOrAdd(key, own);
        if (ReferenceEquals(fetch, own))
            _ = RunAsync(key, own, order, client, find, commit);
        return fetch;
    }

    private async Task RunAsync(
        (long, Sha256Digest, string) key, FileFetch fetch, FetchOrder order, UpstreamClient client,
        Func<CancellationToken, Task<FetchOutcome.Committed?>> find, Func<Sha256Digest, long, CancellationToken, Task> commit)
    {
        await Task.Yield();
        FetchOutcome outcome;
        var isStored = false;
        try
        {
            // Not ApplicationStopping: clients that follow this fetch are drained, not cut, when the registry stops.
            var stored = await find(lifetime.ApplicationStopped);
            isStored = stored is not null;
            outcome = stored ?? await FetchAsync(fetch, order, client, commit, lifetime.ApplicationStopped);
        }
        catch (Exception e) when (e is not StorageFullException && UpstreamFailure.IsExpected(e))
        {
            outcome = new FetchOutcome.Failed(UpstreamFailure.From(client.Name, e));
        }
#pragma warning disable CA1031 // The followers must hear of the end whatever it was; the fault is logged with its trace.
        catch (Exception e)
#pragma warning restore CA1031
        {
            logger.LogError(e, "Fetching {file} from {upstream} failed", order.Filename, client.Name);
            outcome = new FetchOutcome.Faulted(e);
        }
        if (outcome is FetchOutcome.Failed failed)
        {
            logger.LogWarning("Fetching {file} from {upstream} failed: {reason}", order.Filename, client.Name, failed.Failure.Why);
            // Wrong bytes are on record already, durably; that an upstream failed may wait for the next batch.
            if (failed.Failure.Phase != UpstreamPhase.Content)
                audit.Post(Event(order, "failed", $"{client.Name}: {failed.Failure.Why}"));
        }
        if (!isStored)
            Count(outcome);
        // Out of the table first: whoever asks after the end finds the row, or starts anew.
        underWay.TryRemove(new KeyValuePair<(long, Sha256Digest, string), FileFetch>(key, fetch));
        fetch.End(outcome);
    }

    private static void Count(FetchOutcome outcome) => Meters.UpstreamFetches.Add(1, new KeyValuePair<string, object?>("outcome", outcome switch
    {
        FetchOutcome.Committed => "ok",
        FetchOutcome.Absent => "absent",
        _ => "failed",
    }));

    private async Task<FetchOutcome> FetchAsync(
        FileFetch fetch, FetchOrder order, UpstreamClient client, Func<Sha256Digest, long, CancellationToken, Task> commit, CancellationToken stopping)
    {
        // 1, 2
        using var staged = blobs.Stage();
        using var transfer = new FileTransfer(order, client, fetch, staged, time);
        var outcome = await transfer.RunAsync(stopping);
        if (transfer.Resumptions > 0)
            logger.LogInformation("{file} from {upstream} broke off and was resumed {times} times", order.Filename, client.Name, transfer.Resumptions);
        if (outcome is not TransferOutcome.Whole whole)
        {
            return outcome switch
            {
                TransferOutcome.Mismatch mismatch => await MismatchAsync(order, client.Name, mismatch.What, null),
                TransferOutcome.Failed failed => new FetchOutcome.Failed(failed.Failure),
                _ => new FetchOutcome.Absent(),
            };
        }

        // 3
        var (digest, size) = whole;
        if (order.ExpectedSize is { } expectedSize && size != expectedSize)
            return new FetchOutcome.Failed(new UpstreamFailure(client.Name, UpstreamPhase.Body, $"it sent {size} of {expectedSize} bytes of {order.Filename}"));
        if (order.ExpectedDigest is { } expected && digest != expected)
            return await MismatchAsync(order, client.Name, $"the SHA-256 is {digest}, its page says {expected}", digest);

        // 4
        await blobs.PublishAsync(staged, digest, CancellationToken.None);
        await commit(digest, size, CancellationToken.None);
        var blob = await blobs.FindAsync(digest, CancellationToken.None) ?? throw new IOException($"The blob {digest} is not in the store after its publication.");
        return new FetchOutcome.Committed(digest, blob, time.GetUtcNow());
    }

    /// <summary>Puts on record, with both hashes, that an upstream sent other bytes than its page promises.</summary>
    public async Task<FetchOutcome.Failed> MismatchAsync(FetchOrder order, string upstream, string what, Sha256Digest? actual)
    {
        var why = $"the bytes of {order.Filename} are not those its page promises: {what}";
        await audit.AppendAsync(Event(order, "denied", $"{upstream}: {why}") with { Sha256 = actual?.ToString() }, CancellationToken.None);
        return new FetchOutcome.Failed(new UpstreamFailure(upstream, UpstreamPhase.Content, why));
    }

    private static AuditEvent Event(FetchOrder order, string outcome, string reason) => new()
    {
        Action = "mirror.fetch",
        Outcome = outcome,
        Actor = "system",
        Index = order.IndexName,
        Project = order.Project.ToString(),
        File = order.Filename,
        Reason = reason,
    };
}

// README.md beside this file tells the life of an event in numbered steps; the numbers here are the same.
using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Threading.Tasks.Sources;

namespace Anchorage.Server.Audit;

/// <summary>The record: an append-only write-ahead file with group commit.</summary>
internal sealed class AuditLog : IAsyncDisposable
{
    public const string MeterName = "Anchorage.Audit";
    private const long DefaultSegmentBytes = 64 * 1024 * 1024;

    /// <summary>More events than this waiting for the disk means that the disk does not keep up: the next ones are refused.</summary>
    private const int MaxWaiting = 8192;

    /// <summary>Outcomes may wait in such numbers: each belongs to a request that is already on record.</summary>
    private const int MaxPosted = 65_536;

    /// <summary>Frames are handed to the file in pieces of about this size, however large the batch.</summary>
    private const int WriteBytes = 1024 * 1024;

    private static readonly TimeSpan Stuck = TimeSpan.FromSeconds(10);
    private static readonly Meter Meter = new(MeterName);
    private static readonly Histogram<int> BatchEvents = Meter.CreateHistogram<int>("anchorage.audit.batch.events", "{event}", "Events made durable by one sync");
    private static readonly Histogram<double> BatchDuration = Meter.CreateHistogram<double>("anchorage.audit.batch.duration", "s", "Time to write and sync one batch");
    private static readonly Counter<long> FailedBatches = Meter.CreateCounter<long>("anchorage.audit.batch.failures", "{batch}", "Batches that could not be made durable");
    private static readonly Counter<long> LostOutcomes = Meter.CreateCounter<long>("anchorage.audit.outcomes.lost", "{event}", "Outcomes that could not be kept while the record was unavailable");

    private readonly object gate = new();
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly long segmentBytes;
    private readonly AuditFrameWriter frames;
    private readonly ConcurrentQueue<Waiter> idleWaiters = new();
    private readonly TaskCompletionSource stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private List<Entry> waiting = [];
    private List<Entry> batch = [];
    private readonly List<Entry> kept = [];     // outcomes of a failed batch, for the next one
    private AuditSegment segment;
    private bool isClosing;
    private bool isBroken;
    private volatile string? failure;
    private long batchStarted;      // timestamp, 0 between batches

    private readonly record struct Entry(AuditEvent Event, Waiter? Waiter);

    private AuditLog(AuditSegment segment, string node, long segmentBytes, TimeProvider time, ILogger logger)
    {
        this.segment = segment;
        this.segmentBytes = segmentBytes;
        this.time = time;
        this.logger = logger;
        frames = new AuditFrameWriter(node);
        // A thread of its own: it spends its life in fsync, which would hold up one of the pool's few.
        new Thread(WriteBatches) { IsBackground = true, Name = "audit record" }.Start();
    }

    /// <summary>Opens the record of this node and continues it after its last whole event.</summary>
    /// <exception cref="AuditUnavailableException">It cannot be written.</exception>
    /// <exception cref="AuditDamagedException">Its last segment is not one.</exception>
    public static AuditLog Open(
        string directory, TimeProvider time, ILogger logger, string? node = null, long segmentBytes = DefaultSegmentBytes)
    {
        try
        {
            return new AuditLog(AuditSegment.OpenLast(directory, logger), node ?? Environment.MachineName, segmentBytes, time, logger);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new AuditUnavailableException($"The audit record in {directory} cannot be written: {exception.Message}", exception);
        }
    }

    /// <summary>
    /// Completes when the event is durable. Throws <see cref="AuditUnavailableException"/> when it cannot be: fail closed.
    /// Once handed over, an event is put on record whether or not its caller still waits.
    /// </summary>
    public ValueTask AppendAsync(AuditEvent auditEvent, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!idleWaiters.TryDequeue(out var waiter))
            waiter = new Waiter(idleWaiters);
        var completion = waiter.Completion;
        // 2 hand over
        lock (gate)
        {
            if (isClosing)
                throw new AuditUnavailableException("The audit record is closed: the server is stopping.");
            if (waiting.Count >= MaxWaiting || IsStuck)
            {
                idleWaiters.Enqueue(waiter);
                throw new AuditUnavailableException($"The disk of the audit record does not keep up: {waiting.Count} events wait for it.");
            }
            waiting.Add(new Entry(auditEvent, waiter));
            Monitor.Pulse(gate);
        }
        return completion;
    }

    /// <summary>Hands the event to the next batch and does not wait: for outcomes of events whose intent is durable.</summary>
    public void Post(AuditEvent auditEvent)
    {
        lock (gate)
        {
            if (!isClosing && waiting.Count < MaxPosted)
            {
                waiting.Add(new Entry(auditEvent, null));
                Monitor.Pulse(gate);
                return;
            }
        }
        LostOutcomes.Add(1);
    }

    /// <summary>Whether events become durable at present. After a failure it tries, and puts the interruption on record.</summary>
    /// <exception cref="AuditUnavailableException">They do not.</exception>
    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        if (failure is { } reason)
            await AppendAsync(new AuditEvent { Action = "audit.resume", Outcome = "ok", Reason = reason }, cancellationToken);
        else if (IsStuck)
            throw new AuditUnavailableException("The disk of the audit record does not answer.");
        else if (Volatile.Read(ref isClosing))
            throw new AuditUnavailableException("The audit record is closed: the server is stopping.");
    }

    /// <summary>Takes no more events, and completes when those it took are on disk.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (gate)
        {
            isClosing = true;
            Monitor.Pulse(gate);
        }
        await stopped.Task;
    }

    // Time as the disk has it, whatever clock the events are given.
    private bool IsStuck => Volatile.Read(ref batchStarted) is var started and not 0 && TimeProvider.System.GetElapsedTime(started) > Stuck;

    private void WriteBatches()
    {
        while (true)
        {
            lock (gate)
            {
                while (waiting.Count == 0 && !isClosing)
                    Monitor.Wait(gate);
                if (waiting.Count == 0 && kept.Count == 0)
                    break;
                (batch, waiting) = (waiting, batch);
                batch.InsertRange(0, kept);
                kept.Clear();
            }
            var started = TimeProvider.System.GetTimestamp();
            Volatile.Write(ref batchStarted, started == 0 ? 1 : started);
            try
            {
                WriteBatch();
                BatchEvents.Record(batch.Count);
                BatchDuration.Record(TimeProvider.System.GetElapsedTime(started).TotalSeconds);
                failure = null;
                // 5 tell
                Complete(null);
            }
            catch (Exception exception)
            {
                Fail(exception);
            }
            Volatile.Write(ref batchStarted, 0);
            batch.Clear();
        }
        segment.Dispose();
        frames.Dispose();
        stopped.SetResult();
    }

    private void WriteBatch()
    {
        if (isBroken)
        {
            segment = segment.Recover();
            isBroken = false;
        }
        else if (segment.DurableLength >= segmentBytes)
        {
            segment = segment.CreateNext();
        }

        // 3 number, frame, write
        isBroken = true;
        var (length, sequence) = (segment.DurableLength, segment.NextSequence);
        foreach (var entry in batch)
        {
            frames.Add(entry.Event, sequence++, time.GetUtcNow());
            if (frames.Frames.Length >= WriteBytes)
                length = WriteFrames(length);
        }
        length = WriteFrames(length);

        // 4 sync
        segment.Sync(length, sequence);
        isBroken = false;
    }

    private long WriteFrames(long offset)
    {
        var content = frames.Frames;
        segment.Write(content, offset);
        offset += content.Length;
        frames.Clear();
        return offset;
    }

    /// <summary>Nothing of the batch counts as written: who waits is told so, and outcomes are kept for the next batch.</summary>
    private void Fail(Exception exception)
    {
        frames.Clear();
        if (failure is null)
            logger.LogError(exception, "The audit record cannot be written. Requests that must be on record are refused until it can.");
        failure = exception.Message;
        FailedBatches.Add(1);
        // The next attempt comes with the next event; a log that is closing has made its last.
        lock (gate)
        {
            foreach (var entry in batch.Where(static entry => entry.Waiter is null))
            {
                if (isClosing || kept.Count >= MaxPosted)
                    LostOutcomes.Add(1);
                else
                    kept.Add(entry);
            }
        }
        Complete(exception);
    }

    private void Complete(Exception? exception)
    {
        foreach (var entry in batch)
            entry.Waiter?.Complete(exception);
    }

    /// <summary>One caller that waits for its event to be durable; used again and again, so that waiting costs no garbage.</summary>
    private sealed class Waiter(ConcurrentQueue<Waiter> idle) : IValueTaskSource
    {
        // Callers go on elsewhere: the writing thread has the next batch to write.
        private ManualResetValueTaskSourceCore<bool> core = new() { RunContinuationsAsynchronously = true };

        public ValueTask Completion => new(this, core.Version);

        public void Complete(Exception? exception)
        {
            if (exception is null)
                core.SetResult(true);
            else
                core.SetException(new AuditUnavailableException($"The audit record cannot be written: {exception.Message}", exception));
        }

        public void GetResult(short token)
        {
            try
            {
                core.GetResult(token);
            }
            finally
            {
                core.Reset();
                idle.Enqueue(this);
            }
        }

        public ValueTaskSourceStatus GetStatus(short token) => core.GetStatus(token);

        public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
            core.OnCompleted(continuation, state, token, flags);
    }
}

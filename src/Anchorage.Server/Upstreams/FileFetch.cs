using System.Buffers;
using System.Security.Cryptography;
using Anchorage.Packaging;
using Anchorage.Server.Storage;

namespace Anchorage.Server.Upstreams;

/// <summary>How a fetch ended.</summary>
internal abstract record FetchOutcome
{
    /// <summary>Verified, in the store, its row written.</summary>
    public sealed record Committed(Sha256Digest Digest, StoredBlob Blob, DateTimeOffset At) : FetchOutcome;

    /// <summary>The upstream positively has no such file.</summary>
    public sealed record Absent : FetchOutcome;

    public sealed record Failed(UpstreamFailure Failure) : FetchOutcome;

    /// <summary>The upstream did its part, we did not (a full disk, a lost database): to be thrown in each request that waits.</summary>
    public sealed record Faulted(Exception Fault) : FetchOutcome;
}

/// <summary>
/// One file on its way from an upstream into the store, followed by any number of clients.
/// <code>
///   upstream ──▶ staged file (hashed while it grows) ──▶ verified ──▶ blob, row
///                   │ followers read behind the writer       │
///                   └──▶ client, client, client ◀── last bytes only after "verified"
/// </code>
/// A follower holds the last bytes back until length and digest are checked: nobody ever sees a complete 200 with
/// wrong bytes. The fetch belongs to no client: it goes on when all of them leave, and fails for all when it fails.
/// </summary>
internal sealed class FileFetch
{
    /// <summary>Bytes that followers hold back until the file is verified.</summary>
    private const int HeldBack = 1024;

    private readonly TaskCompletionSource<long?> head = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<FetchOutcome> completed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock progress = new();
    private TaskCompletionSource grown = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private StagedBlob? staged;
    private long available;

    public FileFetch(Sha256Digest? expectedDigest, long? expectedSize)
    {
        ExpectedDigest = expectedDigest;
        ExpectedSize = expectedSize;
    }

    public Sha256Digest? ExpectedDigest { get; }

    public long? ExpectedSize { get; }

    /// <summary>Completes when the upstream has begun to send (with the length, where known) or when the fetch has ended without.</summary>
    public Task<long?> Head => head.Task;

    /// <summary>Completes when the fetch has ended, well or not; never throws.</summary>
    public Task<FetchOutcome> Completed => completed.Task;

    /// <summary>Begins: the upstream answered 200, bytes go to <paramref name="target"/>.</summary>
    public void Begin(StagedBlob target, long? length)
    {
        staged = target;
        head.TrySetResult(length ?? ExpectedSize);
    }

    /// <summary>More bytes can be read from the staged file.</summary>
    public void Advance(long total)
    {
        TaskCompletionSource signal;
        lock (progress)
        {
            available = total;
            signal = grown;
            grown = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
        signal.SetResult();
    }

    public void End(FetchOutcome outcome)
    {
        completed.TrySetResult(outcome);
        head.TrySetResult(null);
        lock (progress)
            grown.TrySetResult();
    }

    /// <summary>Opens a reader over the growing file. To be called before the fetch can end, i.e. once <see cref="Head"/> is there.</summary>
    public FileStream? TryOpenReader()
    {
        try
        {
            return staged?.OpenReader();
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Copies the file while it arrives. False: it did not end well, what was written is to be thrown away.</summary>
    public async Task<bool> CopyToAsync(FileStream reader, Stream target, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(64 << 10);
        try
        {
            long sent = 0;
            while (true)
            {
                Task signal;
                long readable;
                // In this order: the end comes after the last growth, so what is read next is then final.
                var isOver = Completed.IsCompleted;
                lock (progress)
                {
                    signal = grown.Task;
                    readable = available;
                }
                var until = isOver ? readable : readable - HeldBack;
                if (isOver && await Completed is not FetchOutcome.Committed)
                    return false;
                while (sent < until)
                {
                    var read = await reader.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, until - sent)), cancellationToken);
                    if (read == 0)
                        throw new IOException("The staged file is shorter than what was written to it.");
                    await target.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
                    sent += read;
                }
                if (isOver)
                    return true;
                await signal.WaitAsync(cancellationToken);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}

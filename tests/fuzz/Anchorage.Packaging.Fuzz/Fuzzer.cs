using System.Diagnostics;

namespace Anchorage.Packaging.Fuzz;

/// <summary>An input that broke a promise of a reader.</summary>
internal sealed record Failure(string Target, byte[] Content, string Message);

/// <summary>
/// Feeds one target with mutated inputs until its time or number is over: 1 every seed; 2 a mutation of an input in the
/// pool; 3 what went new ways joins the pool. Each input has bounds of time and of memory allocated.
/// </summary>
internal sealed class Fuzzer(FuzzTarget target, IReadOnlyList<byte[]> seeds, int seed)
{
    /// <summary>Wall-clock time on a busy machine; an input of 256 KiB takes a few milliseconds.</summary>
    private static readonly TimeSpan MaxTime = TimeSpan.FromSeconds(10);

    private const int MaxPool = 4000;

    private readonly Random random = new(seed);
    private readonly BranchCoverage coverage = new();
    private readonly List<byte[]> pool = [.. seeds];
    private byte[] current = [];
    private long startedAt;
    private Failure? failure;

    public int Inputs { get; private set; }

    public int Steps => coverage.Steps;

    /// <summary>Inputs found to go new ways; none where the code is not instrumented.</summary>
    public IEnumerable<byte[]> Found => pool.Skip(seeds.Count);

    public TimeSpan Slowest { get; private set; }

    public long MostAllocated { get; private set; }

    /// <summary>The first failure; null where there is none.</summary>
    public Failure? Run(int inputs, TimeSpan time)
    {
        // On a thread of its own, so that an input that never ends is found by the one that waits.
        var thread = new Thread(() => Feed(inputs, time), maxStackSize: 1 << 20) { IsBackground = true, Name = target.Name };
        thread.Start();
        while (!thread.Join(TimeSpan.FromSeconds(1)))
        {
            var started = Volatile.Read(ref startedAt);
            if (started != 0 && Stopwatch.GetElapsedTime(started) > MaxTime)
                return new Failure(target.Name, current, $"did not end within {MaxTime.TotalSeconds} s");
        }
        return failure;
    }

    private void Feed(int inputs, TimeSpan time)
    {
        var started = Stopwatch.GetTimestamp();
        foreach (var content in seeds)
        {
            if (!TryOne(content))
                return;
        }
        while (Inputs < inputs && Stopwatch.GetElapsedTime(started) < time)
        {
            var content = Mutation.Of(pool[random.Next(pool.Count)], pool[random.Next(pool.Count)], target.Words, random);
            if (!TryOne(content))
                return;
            if (coverage.IsNew() && pool.Count < MaxPool)
                pool.Add(content);
        }
    }

    private bool TryOne(byte[] content)
    {
        current = content;
        Inputs++;
        coverage.Clear();
        var allocatedBefore = GC.GetAllocatedBytesForCurrentThread();
        Volatile.Write(ref startedAt, Stopwatch.GetTimestamp());
        try
        {
            target.Read(content);
        }
        catch (Exception e)
        {
            failure = new Failure(target.Name, content, e.ToString());
            return false;
        }
        var elapsed = Stopwatch.GetElapsedTime(startedAt);
        Volatile.Write(ref startedAt, 0);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - allocatedBefore;
        Slowest = elapsed > Slowest ? elapsed : Slowest;
        MostAllocated = Math.Max(MostAllocated, allocated);
        var bound = target.MaxAllocatedBytes(content.Length);
        if (allocated <= bound)
            return true;
        failure = new Failure(target.Name, content, $"allocated {allocated} bytes for an input of {content.Length}; the bound is {bound}");
        return false;
    }
}

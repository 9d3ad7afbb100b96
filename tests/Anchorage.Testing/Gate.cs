namespace Anchorage.Testing;

/// <summary>A door that something under test has to pass: the test sees who arrives and decides when it opens. Replaces every sleep.</summary>
public sealed class Gate
{
    private readonly TaskCompletionSource opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int arrivals;

    /// <summary>Completes when the first one stands before the door.</summary>
    public Task Reached => reached.Task;

    /// <summary>How many have come to the door so far.</summary>
    public int Arrivals => Volatile.Read(ref arrivals);

    /// <summary>Opens the door, for good.</summary>
    public void Open() => opened.TrySetResult();

    internal async Task PassAsync(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref arrivals);
        reached.TrySetResult();
        await opened.Task.WaitAsync(cancellationToken);
    }
}

using System.Buffers;

namespace Anchorage.Server.Operations;

/// <summary>
/// Lines on their way to a stream: collected in memory, written by a thread of its own in large pieces. One line per
/// request with a write of its own cost more than the whole request (52 µs against 28 µs of a small page).
/// <list type="bullet">
/// <item>Lines leave at most <see cref="Linger"/> after they were said, and at once where they are urgent.</item>
/// <item>None is lost: a full buffer holds up who speaks, and the end of the process writes what is left.</item>
/// </list>
/// </summary>
internal sealed class LogOutput : IDisposable
{
    /// <summary>Long enough to share a write among hundreds of lines, too short for a person who watches.</summary>
    private static readonly TimeSpan Linger = TimeSpan.FromMilliseconds(20);

    /// <summary>More than this waiting means that whoever reads the stream does not keep up.</summary>
    private const int MaxWaiting = 4 << 20;

    private static readonly Lazy<LogOutput> OfProcess = new(static () =>
    {
        var output = new LogOutput(Console.OpenStandardError());
        AppDomain.CurrentDomain.ProcessExit += (_, _) => output.Flush();
        AppDomain.CurrentDomain.UnhandledException += (_, _) => output.Flush();
        return output;
    });

    private readonly Stream target;
    private readonly object gate = new();
    private readonly object writing = new();
    private readonly ManualResetEventSlim urgent = new();
    private ArrayBufferWriter<byte> waiting = new(64 << 10);
    private ArrayBufferWriter<byte> leaving = new(64 << 10);
    private bool isClosed;

    public LogOutput(Stream target)
    {
        this.target = target;
        new Thread(WriteWhatWaits) { IsBackground = true, Name = "log output" }.Start();
    }

    /// <summary>Standard error, shared by all loggers of the process: it ends with the process, not with one of them.</summary>
    public static LogOutput StandardError => OfProcess.Value;

    /// <summary>Takes one or more whole lines.</summary>
    public void Write(ReadOnlySpan<byte> lines, bool isUrgent)
    {
        lock (gate)
        {
            while (waiting.WrittenCount >= MaxWaiting && !isClosed)
                Monitor.Wait(gate);
            var wasEmpty = waiting.WrittenCount == 0;
            waiting.Write(lines);
            if (wasEmpty)
                Monitor.PulseAll(gate);
        }
        if (isUrgent)
            urgent.Set();
    }

    /// <summary>Returns when every line that was taken before has been written.</summary>
    public void Flush()
    {
        // One at a time, and lines in their order: who writes has taken them while nobody else could.
        lock (writing)
        {
            lock (gate)
            {
                (waiting, leaving) = (leaving, waiting);
                Monitor.PulseAll(gate);
            }
            try
            {
                if (leaving.WrittenCount > 0)
                    target.Write(leaving.WrittenSpan);
            }
            catch (IOException)
            {
                // Nobody reads standard error any more, and there is no other place to say so.
            }
            leaving.ResetWrittenCount();
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            isClosed = true;
            Monitor.PulseAll(gate);
        }
        urgent.Set();
        Flush();
    }

    private void WriteWhatWaits()
    {
        while (true)
        {
            lock (gate)
            {
                while (waiting.WrittenCount == 0 && !isClosed)
                    Monitor.Wait(gate);
                if (waiting.WrittenCount == 0)
                    return;
            }
            urgent.Wait(Linger);
            urgent.Reset();
            Flush();
        }
    }
}

using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Anchorage.Testing;

namespace Anchorage.Bench.Contestants;

/// <summary>A server that runs for the length of a comparison, and the client that trusts its root.</summary>
internal sealed class Contestant : IAsyncDisposable
{
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(20);

    private readonly RunningCommand running;
    private readonly string? logFile;

    public Contestant(string name, Uri address, string rootPem, RunningCommand running, string? logFile = null)
    {
        (Name, Address, this.running, this.logFile) = (name, address, running, logFile);
        Client = RegistryClient.CreateHttpClient(address, rootPem);
        Client.DefaultRequestVersion = HttpVersion.Version11;
    }

    public string Name { get; }

    public Uri Address { get; }

    public HttpClient Client { get; }

    public int ProcessId => running.Id;

    /// <summary>Itself and, for nginx, its workers.</summary>
    public IReadOnlyList<int> ProcessIds => [running.Id, .. ProcessFacts.ChildrenOf(running.Id)];

    /// <summary>A log line per request would fill the disk: between drives it is emptied. The server appends.</summary>
    public void EmptyLog()
    {
        if (logFile is null)
            return;
        using var file = new FileStream(logFile, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        file.SetLength(0);
    }

    /// <summary>The sum of the durations of all answers since the last time, in milliseconds, from the registry's own log.</summary>
    public double TakeRequestTime()
    {
        using var file = new FileStream(logFile ?? throw new InvalidOperationException($"{Name} has no log."), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(file);
        var sum = 0.0;
        while (reader.ReadLine() is { } line)
        {
            using var entry = JsonDocument.Parse(line);
            if (entry.RootElement.TryGetProperty("duration_ms", out var duration))
                sum += duration.GetDouble();
        }
        EmptyLog();
        return sum;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        if (!running.HasExited)
        {
            running.Terminate();
            using var patience = new CancellationTokenSource(StopPatience);
            try
            {
                await running.WaitForExitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                // Disposing kills it.
            }
        }
        await running.DisposeAsync();
    }

    /// <summary>A port that was free a moment ago; a race with another program shows as a failed start.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

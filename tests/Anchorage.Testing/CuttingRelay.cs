using System.Net;
using System.Net.Sockets;

namespace Anchorage.Testing;

/// <summary>
/// Carries bytes between clients and a server and, once a connection has brought a client so many of them, drops it or
/// lets it fall silent: what a bad line does. It knows nothing of TLS, so the client still speaks to the real server with the real certificate.
/// </summary>
public sealed class CuttingRelay : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stopping = new();
    private readonly int targetPort;
    private readonly Task accepting;
    private int cutsLeft;
    private readonly int cutAfterBytes;
    private int connectionCount;
    private int cutCount;

    private readonly bool fallsSilent;

    private CuttingRelay(Uri target, int cutAfterBytes, int cuts, bool fallsSilent)
    {
        this.fallsSilent = fallsSilent;
        targetPort = target.Port;
        this.cutAfterBytes = cutAfterBytes;
        cutsLeft = cuts;
        listener.Start();
        Address = new UriBuilder(target) { Port = ((IPEndPoint)listener.LocalEndpoint).Port }.Uri;
        accepting = AcceptAsync();
    }

    /// <summary>The server's address, through the relay.</summary>
    public Uri Address { get; }

    /// <summary>Connections so far.</summary>
    public int ConnectionCount => Volatile.Read(ref connectionCount);

    /// <summary>Connections dropped or silenced so far.</summary>
    public int CutCount => Volatile.Read(ref cutCount);

    /// <summary>Drops the first connections that carry more than <paramref name="cutAfterBytes"/> to the client.</summary>
    public static CuttingRelay Cut(Uri target, int cutAfterBytes, int cuts = 1) => new(target, cutAfterBytes, cuts, fallsSilent: false);

    /// <summary>Keeps those connections open and brings nothing more.</summary>
    public static CuttingRelay FallSilent(Uri target, int cutAfterBytes, int cuts = 1) => new(target, cutAfterBytes, cuts, fallsSilent: true);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        listener.Stop();
        await accepting;
        stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true)
            {
                var client = await listener.AcceptTcpClientAsync(stopping.Token);
                Interlocked.Increment(ref connectionCount);
                connections.Add(CarryAsync(client));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task CarryAsync(TcpClient client)
    {
        using var server = new TcpClient();
        using (client)
        {
            try
            {
                await server.ConnectAsync(IPAddress.Loopback, targetPort, stopping.Token);
                var up = CopyAsync(client.GetStream(), server.GetStream(), mayCut: false);
                var down = CopyAsync(server.GetStream(), client.GetStream(), mayCut: true);
                await Task.WhenAny(up, down);
                client.Close();
                server.Close();
                await Task.WhenAll(up, down);
            }
            catch (Exception e) when (e is IOException or OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // Either side went away; the other one sees it now.
            }
        }
    }

    private async Task CopyAsync(NetworkStream from, NetworkStream to, bool mayCut)
    {
        var buffer = new byte[16 * 1024];
        var carried = 0;
        int read;
        while ((read = await from.ReadAsync(buffer, stopping.Token)) > 0)
        {
            await to.WriteAsync(buffer.AsMemory(0, read), stopping.Token);
            carried += read;
            if (mayCut && carried > cutAfterBytes && Interlocked.Decrement(ref cutsLeft) >= 0)
            {
                Interlocked.Increment(ref cutCount);
                if (fallsSilent)
                    await Task.Delay(Timeout.Infinite, stopping.Token);
                return;
            }
        }
    }
}

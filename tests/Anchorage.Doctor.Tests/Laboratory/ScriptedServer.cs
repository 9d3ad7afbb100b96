using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace Anchorage.Doctor.Tests.Laboratory;

/// <summary>Does to every connection what a scenario says, on a free loopback port.</summary>
internal sealed class ScriptedServer : IDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource ended = new();

    public ScriptedServer(Func<Socket, CancellationToken, Task> script)
    {
        listener.Start();
        _ = AcceptAsync(script);
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    public static ScriptedServer Alert(byte number) => new(async (socket, token) =>
    {
        await ReadSomeAsync(socket, token);
        await socket.SendAsync(AlertRecord(number), token);
        await CloseAsync(socket, token);
    });

    /// <summary>Refuses hellos with a name with a bare handshake_failure, and is an ordinary server to those without.</summary>
    public static ScriptedServer RefusingNames(int ordinaryPort) => new(async (socket, token) =>
    {
        var hello = await ReadSomeAsync(socket, token);
        if (hello.AsSpan().IndexOf("localhost"u8) >= 0)
        {
            await socket.SendAsync(AlertRecord(40), token);
            await CloseAsync(socket, token);
            return;
        }
        using var ordinary = new TcpClient();
        await ordinary.ConnectAsync(IPAddress.Loopback, ordinaryPort, token);
        await using var near = new NetworkStream(socket);
        await using var far = ordinary.GetStream();
        await far.WriteAsync(hello, token);
        await Task.WhenAny(near.CopyToAsync(far, token), far.CopyToAsync(near, token));
    });

    public static ScriptedServer ResetOnAccept() => new((socket, _) =>
    {
        Reset(socket);
        return Task.CompletedTask;
    });

    public static ScriptedServer ResetAfterHello() => new(async (socket, token) =>
    {
        await ReadSomeAsync(socket, token);
        Reset(socket);
    });

    public static ScriptedServer EndAfterHello() => new(async (socket, token) =>
    {
        await ReadSomeAsync(socket, token);
        await CloseAsync(socket, token);
    });

    public static ScriptedServer Silent() => new((_, token) => Task.Delay(Timeout.Infinite, token));

    /// <summary>Says something in clear text to whatever comes.</summary>
    public static ScriptedServer Saying(string text) => new(async (socket, token) =>
    {
        await ReadSomeAsync(socket, token);
        await socket.SendAsync(Encoding.ASCII.GetBytes(text), token);
        await CloseAsync(socket, token);
    });

    /// <summary>A proxy that answers CONNECT with these bytes and ends.</summary>
    public static ScriptedServer Answering(string answer) => new(async (socket, token) =>
    {
        await ReadHeadAsync(socket, token);
        if (answer.Length > 0)
            await socket.SendAsync(Encoding.ASCII.GetBytes(answer), token);
        await CloseAsync(socket, token);
    });

    /// <summary>Sends these bytes, over and over, until the other side has enough.</summary>
    public static ScriptedServer Endless(byte[] bytes, byte[]? first = null) => new(async (socket, token) =>
    {
        await ReadSomeAsync(socket, token);
        if (first is not null)
            await socket.SendAsync(first, token);
        while (true)
            await socket.SendAsync(bytes, token);
    });

    /// <summary>One byte at a time, so that every read succeeds and nothing ever ends.</summary>
    public static ScriptedServer Dripping(byte[] bytes, TimeSpan pause) => new(async (socket, token) =>
    {
        await ReadSomeAsync(socket, token);
        foreach (var one in bytes)
        {
            await socket.SendAsync(new[] { one }, token);
            await Task.Delay(pause, token);
        }
    });

    /// <summary>An HTTP server in clear text: a path and its content.</summary>
    public static ScriptedServer Files(params (string Path, byte[] Content)[] files) => new(async (socket, token) =>
    {
        var head = await ReadHeadAsync(socket, token);
        var found = files.FirstOrDefault(file => head.StartsWith($"GET {file.Path} ", StringComparison.Ordinal));
        var status = found.Content is null ? "404 Not Found" : "200 OK";
        await socket.SendAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\nContent-Length: {found.Content?.Length ?? 0}\r\nConnection: close\r\n\r\n"), token);
        await socket.SendAsync(found.Content ?? [], token);
        await CloseAsync(socket, token);
    });

    /// <summary>A TLS server in this process that says what it received.</summary>
    public static ScriptedServer Tls(SslStreamCertificateContext context, Func<SslStream, CancellationToken, Task> then) => new(async (socket, token) =>
    {
        await using var tls = new SslStream(new NetworkStream(socket));
        await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificateContext = context }, token);
        await then(tls, token);
    });

    public void Dispose()
    {
        ended.Cancel();
        listener.Dispose();
        ended.Dispose();
    }

    private static byte[] AlertRecord(byte number) => [0x15, 3, 3, 0, 2, 2, number];

    private static async Task<byte[]> ReadSomeAsync(Socket socket, CancellationToken token)
    {
        var buffer = new byte[16 * 1024];
        var count = await socket.ReceiveAsync(buffer, token);
        return buffer[..count];
    }

    private static async Task<string> ReadHeadAsync(Socket socket, CancellationToken token)
    {
        var head = new StringBuilder();
        while (!head.ToString().Contains("\r\n\r\n", StringComparison.Ordinal))
        {
            var some = await ReadSomeAsync(socket, token);
            if (some.Length == 0)
                break;
            head.Append(Encoding.Latin1.GetString(some));
        }
        return head.ToString();
    }

    private static void Reset(Socket socket)
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Close();
    }

    // Half closed first: an immediate close with unread bytes would be a reset.
    private static async Task CloseAsync(Socket socket, CancellationToken token)
    {
        socket.Shutdown(SocketShutdown.Send);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(token);
        patience.CancelAfter(TimeSpan.FromSeconds(1));
        while (await socket.ReceiveAsync(new byte[4096], patience.Token) > 0)
        {
        }
    }

    private async Task AcceptAsync(Func<Socket, CancellationToken, Task> script)
    {
        try
        {
            while (true)
                _ = ServeAsync(await listener.AcceptSocketAsync(ended.Token), script);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The scenario is over.
        }
    }

    private async Task ServeAsync(Socket socket, Func<Socket, CancellationToken, Task> script)
    {
        using (socket)
        {
            try
            {
                await script(socket, ended.Token);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException or IOException or System.Security.Authentication.AuthenticationException)
            {
                // The client left.
            }
        }
    }
}

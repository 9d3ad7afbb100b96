using System.Net;
using System.Net.Sockets;
using System.Text;
using Anchorage.Server.Tls;

namespace Anchorage.Server.Tests.Tls;

public sealed class PlainHttpExplainerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("GET /main/simple/ HTTP/1.1\r\nHost: evil.example\r\nAuthorization: Basic Zm9vOmJhcg==\r\n\r\n")]
    [InlineData("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc")]
    [InlineData("HEAD / HTTP/1.0\r\n\r\n")]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")]
    public async Task Every_request_is_told_to_use_https_and_nothing_else(string request)
    {
        await using var host = await StartAsync();

        var answer = await AskAsync(host, Encoding.ASCII.GetBytes(request));

        Assert.StartsWith("HTTP/1.1 403 HTTPS only: use https://localhost:8443/\r\n", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("Location:", answer, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("WWW-Authenticate", answer, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("evil", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("served", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_upload_in_full_swing_still_gets_the_answer()
    {
        await using var host = await StartAsync();
        var head = Encoding.ASCII.GetBytes("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 900000\r\n\r\n");

        var answer = await AskAsync(host, [.. head, .. new byte[900_000]]);

        Assert.StartsWith("HTTP/1.1 403", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tls_handshake_on_the_plain_port_gets_no_http()
    {
        await using var host = await StartAsync();

        Assert.Equal("", await AskAsync(host, [0x16, 3, 1, 0, 5, 1, 0, 0, 1, 0]));
    }

    [Fact]
    public async Task A_silent_client_is_let_go_after_ten_seconds()
    {
        var time = new ManualTime(TimeProvider.System.GetUtcNow());
        await using var host = await StartAsync(time);
        using var client = await ConnectAsync(host);
        await client.GetStream().WriteAsync("GET / HT"u8.ToArray(), TestContext.Current.CancellationToken);
        // The timer exists once the connection is served; another connection's answer says nothing about that, so push the clock until it ends.
        var ending = TlsHost.ReadToEndAsync(client.GetStream());
        while (!ending.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(10));
            await Task.Yield();
        }

        Assert.Equal("", await ending);
    }

    // For a file; what an index page answers is logged by pip at -vv only, whatever the status.
    [Fact]
    public async Task Pip_shows_the_address_to_use()
    {
        await using var host = await StartAsync();
        var python = new[] { "3.13", "3.12", "3.11", "3.10", "3.9" }.Select(Command.FindPython).FirstOrDefault(path => path is not null) ?? "python3";

        var result = await Command.RunAsync(python, null, "-m", "pip", "download", "--no-cache-dir", "--isolated", "--retries", "0", "--trusted-host", "localhost",
            "--no-index", "-d", _folder.Path, $"http://localhost:{host.PlainHttpPort}/packages/demo-1.0.tar.gz");

        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("HTTPS only: use https://localhost:8443/", result.Output, StringComparison.Ordinal);
    }

    // Port 8443 is only printed here: the test listens on free ports through the same hooks.
    private Task<TlsHost> StartAsync(TimeProvider? time = null) => TlsHost.StartAsync(
        new TlsOptions { DataDirectory = _folder.Path, Listen = new Uri("https://localhost:8443"), PlainHttpPort = 0 }, time, httpsPort: 0);

    private static async Task<TcpClient> ConnectAsync(TlsHost host)
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, host.PlainHttpPort, TestContext.Current.CancellationToken);
        return client;
    }

    private static async Task<string> AskAsync(TlsHost host, byte[] request)
    {
        using var client = await ConnectAsync(host);
        await client.GetStream().WriteAsync(request, TestContext.Current.CancellationToken);
        return await TlsHost.ReadToEndAsync(client.GetStream());
    }
}

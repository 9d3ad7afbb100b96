using Anchorage.Server.Tls;

namespace Anchorage.Server.Tests.Tls;

public sealed class HandshakeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("-tls1")]
    [InlineData("-tls1_1")]
    public async Task Protocols_before_tls_1_2_are_refused(string protocol)
    {
        await using var host = await StartAsync();

        var result = await SClientAsync(host, protocol, "-cipher", "ALL:@SECLEVEL=0");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("alert protocol version", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-tls1_2", "TLSv1.2")]
    [InlineData("-tls1_3", "TLSv1.3")]
    public async Task Current_protocols_are_served(string protocol, string name)
    {
        await using var host = await StartAsync();

        var result = await SClientAsync(host, protocol);

        Assert.Contains($"New, {name}", result.Output, StringComparison.Ordinal);
        Assert.Contains("Verification: OK", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("h2,http/1.1", "ALPN protocol: h2")]
    [InlineData("http/1.1", "ALPN protocol: http/1.1")]
    public async Task The_client_chooses_among_http_2_and_1_1(string offered, string agreed)
    {
        await using var host = await StartAsync();

        Assert.Contains(agreed, (await SClientAsync(host, "-alpn", offered)).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-tls1_2")]
    [InlineData("-tls1_3")]
    public async Task A_client_that_returns_resumes_its_session(string protocol)
    {
        await using var host = await StartAsync();
        var session = _folder.File("session");
        // A request makes the client read, and so take the tickets that TLS 1.3 sends after the handshake.
        const string Request = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

        var first = await RequestAsync(host, Request, protocol, "-ign_eof", "-sess_out", session);
        var second = await RequestAsync(host, Request, protocol, "-ign_eof", "-sess_in", session);

        Assert.Contains("New, TLS", first.Output, StringComparison.Ordinal);
        Assert.Contains("Reused, TLS", second.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_names_a_host_gets_no_addresses_that_openssl_1_0_would_stumble_over()
    {
        await using var host = await StartAsync();

        var byName = await SClientAsync(host, "-servername", "localhost");
        var byAddress = await SClientAsync(host, "-noservername");

        Assert.DoesNotContain("IP Address:127.0.0.1", await NamesAsync(byName), StringComparison.Ordinal);
        Assert.Contains("IP Address:127.0.0.1", await NamesAsync(byAddress), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_never_shakes_hands_does_not_stop_the_others()
    {
        await using var host = await StartAsync();
        using var silent = new System.Net.Sockets.TcpClient();
        await silent.ConnectAsync(System.Net.IPAddress.Loopback, host.Port, TestContext.Current.CancellationToken);

        Assert.Contains("Verification: OK", (await SClientAsync(host)).Output, StringComparison.Ordinal);
    }

    private Task<TlsHost> StartAsync() => TlsHost.StartAsync(new TlsOptions { DataDirectory = _folder.Path, Listen = new Uri("https://localhost:0") });

    private Task<Command> SClientAsync(TlsHost host, params string[] more) => RequestAsync(host, "", more);

    private Task<Command> RequestAsync(TlsHost host, string input, params string[] more) => Command.RunAsync(
        "openssl", input, ["s_client", "-connect", $"127.0.0.1:{host.Port}", "-CAfile", _folder.File("ca/root.pem"), "-no-CApath", .. more]);

    private static async Task<string> NamesAsync(Command handshake)
    {
        var pem = handshake.Output[handshake.Output.IndexOf("-----BEGIN", StringComparison.Ordinal)..];
        return (await Command.RunAsync("openssl", pem, "x509", "-noout", "-ext", "subjectAltName")).Output;
    }
}

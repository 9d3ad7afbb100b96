using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Anchorage.Doctor.Tests.Laboratory;

/// <summary>The real servers of the laboratory: nginx with one port for each certificate, tinyproxy, mitmproxy, openssl s_server.</summary>
internal sealed class LabPrograms(TestDirectory folder) : IAsyncDisposable
{
    private static int lastPort = Random.Shared.Next(12_000, 28_000);
    private readonly List<RunningCommand> running = [];
    private readonly StringBuilder servers = new();

    /// <summary>Programs that are missing here; the scenarios that need them are left out.</summary>
    public static IReadOnlyList<string> Missing { get; } = [.. ((string[])["nginx", "tinyproxy", "mitmdump", "openssl", "faketime"]).Where(name => Commands.FindOnPath(name) is null)];

    /// <summary>Adds a server to nginx, for <see cref="StartNginxAsync"/>; returns its port.</summary>
    public int AddServer(string name, LabCertificate leaf, LabCertificate[] sent, string more = "") =>
        AddServer(name, string.Concat(sent.Prepend(leaf).Select(certificate => certificate.Pem)), leaf.KeyPem, more);

    public int AddServer(string name, string chainPem, string keyPem, string more = "")
    {
        var chain = folder.Write($"{name}.pem", chainPem);
        var key = folder.Write($"{name}.key", keyPem);
        var port = FreePort();
        servers.Append(CultureInfo.InvariantCulture, $$"""
                server {
                    listen 127.0.0.1:{{port}} ssl;
                    ssl_certificate {{chain}};
                    ssl_certificate_key {{key}};
                    {{more}}
                    root {{folder.PathOf("root")}};
                }

            """);
        return port;
    }

    public async Task StartNginxAsync(CancellationToken cancellationToken)
    {
        var run = folder.MakeDirectory("nginx");
        var configuration = folder.Write("nginx.conf", $$"""
            {{(Environment.UserName == "root" ? "user root;" : "")}}
            worker_processes 1;
            daemon off;
            pid {{run}}/pid;
            error_log stderr notice;
            events { worker_connections 256; }
            http {
                access_log off;
                client_body_temp_path {{run}}/body;
                proxy_temp_path {{run}}/proxy;
                fastcgi_temp_path {{run}}/fastcgi;
                uwsgi_temp_path {{run}}/uwsgi;
                scgi_temp_path {{run}}/scgi;
                default_type application/octet-stream;
                types { text/html html; }
                index index.html;
                ssl_session_cache off;
            {{servers}}
            }
            """);
        var nginx = Commands.Start(Commands.FindOnPath("nginx")!, ["-c", configuration, "-p", run], folder);
        running.Add(nginx);
        await WaitForPortAsync(int.Parse(servers.ToString().Split("127.0.0.1:")[1].Split(' ')[0], CultureInfo.InvariantCulture), nginx, cancellationToken);
    }

    public async Task<int> StartTinyproxyAsync(string name, string more, CancellationToken cancellationToken)
    {
        var port = FreePort();
        var configuration = folder.Write($"{name}.conf", $"Port {port}\nListen 127.0.0.1\nTimeout 60\nAllow 127.0.0.1\nMaxClients 50\nLogLevel Error\n{more}\n");
        var tinyproxy = Commands.Start("tinyproxy", ["-d", "-c", configuration], folder);
        running.Add(tinyproxy);
        await WaitForPortAsync(port, tinyproxy, cancellationToken);
        return port;
    }

    /// <summary>mitmproxy, which verifies the servers behind it with the given roots; returns its port and its own root.</summary>
    public async Task<(int Port, string RootPem)> StartMitmproxyAsync(string trusted, CancellationToken cancellationToken)
    {
        var port = FreePort();
        var home = folder.MakeDirectory("mitmproxy");
        var mitmproxy = Commands.Start(
            "mitmdump",
            ["-q", "--listen-host", "127.0.0.1", "-p", port.ToString(CultureInfo.InvariantCulture), "--set", $"confdir={home}", "--set", $"ssl_verify_upstream_trusted_ca={trusted}"],
            folder);
        running.Add(mitmproxy);
        await WaitForPortAsync(port, mitmproxy, cancellationToken);
        return (port, await File.ReadAllTextAsync(Path.Combine(home, "mitmproxy-ca-cert.pem"), cancellationToken));
    }

    /// <summary>openssl s_server that ends the handshake where the client shows no certificate.</summary>
    public async Task<int> StartDemandingServerAsync(string name, LabCertificate leaf, LabCertificate issuer, string version, CancellationToken cancellationToken)
    {
        var port = FreePort();
        var (chain, key) = (folder.Write($"{name}.pem", leaf.Pem + issuer.Pem), folder.Write($"{name}.key", leaf.KeyPem));
        var server = Commands.Start(
            "openssl",
            ["s_server", "-accept", $"127.0.0.1:{port}", "-cert", chain, "-cert_chain", chain, "-key", key, "-Verify", "1", "-verify_return_error", version, "-quiet", "-www"],
            folder);
        running.Add(server);
        await WaitForPortAsync(port, server, cancellationToken);
        return port;
    }

    /// <summary>
    /// A port that is free now. Below the range from which the kernel gives ports to whoever asks for any: nobody takes it before its program does.
    /// </summary>
    public static int FreePort()
    {
        while (true)
        {
            try
            {
                var port = Interlocked.Increment(ref lastPort);
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // Somebody's.
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var program in running)
            await program.DisposeAsync();
    }

    private static async Task WaitForPortAsync(int port, RunningCommand program, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(30));
        while (true)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, port, patience.Token);
                return;
            }
            catch (SocketException) when (!program.HasExited)
            {
                await Task.Delay(20, patience.Token);
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                throw new InvalidOperationException($"{program.Command} does not listen on {port}.\n{program.Output}{program.Errors}");
            }
        }
    }
}

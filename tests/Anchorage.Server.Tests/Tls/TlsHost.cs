// A small Kestrel host with the registry's TLS on a real socket, and the clients to look at it.

using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Anchorage.Server.Tls;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Anchorage.Server.Tests.Tls;

internal sealed class TlsHost : IAsyncDisposable
{
    private readonly WebApplication _application;

    private TlsHost(WebApplication application, CertificateSource source, RecordedLog log) => (_application, Source, Log) = (application, source, log);

    public CertificateSource Source { get; }

    public RecordedLog Log { get; }

    public int Port => Ports()[0];

    public int PlainHttpPort => Ports()[1];

    public CertificateUpkeep Upkeep => _application.Services.GetServices<IHostedService>().OfType<CertificateUpkeep>().Single();

    /// <summary>The second half of the answer to <c>/slow</c> waits for this.</summary>
    public TaskCompletionSource SlowMayEnd { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public static async Task<TlsHost> StartAsync(TlsOptions options, TimeProvider? time = null, int? httpsPort = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var source = await builder.Services.AddTlsAsync(options, time ?? TimeProvider.System, TestContext.Current.CancellationToken);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            if (httpsPort is null)
            {
                kestrel.ListenWithTls();
                return;
            }
            kestrel.Listen(IPAddress.Loopback, httpsPort.Value, TlsSetup.ConfigureHttps);
            kestrel.Listen(IPAddress.Loopback, 0, TlsSetup.ConfigurePlainHttp);
        });
        builder.WebHost.UseKestrelHttpsConfiguration();
        var log = new RecordedLog();
        builder.Logging.AddProvider(log);
        var application = builder.Build();
        var host = new TlsHost(application, source, log);
        application.MapGet("/", () => "served");
        application.MapGet("/slow", async (HttpContext context) =>
        {
            await context.Response.WriteAsync("first half, ");
            await context.Response.Body.FlushAsync();
            await host.SlowMayEnd.Task;
            await context.Response.WriteAsync("second half");
        });
        await application.StartAsync(TestContext.Current.CancellationToken);
        return host;
    }

    /// <summary>A verified connection by .NET's client, trusting <paramref name="anchor"/> alone, as of <paramref name="at"/>.</summary>
    public async Task<SslStream> ConnectAsync(X509Certificate2 anchor, DateTimeOffset? at = null, string name = "localhost")
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, Port, TestContext.Current.CancellationToken);
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.Add(anchor);
        if (at is { } instant)
        {
            policy.VerificationTimeIgnored = false;
            policy.VerificationTime = instant.UtcDateTime;
        }
        var tls = new SslStream(client.GetStream());
        await tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions { TargetHost = name, CertificateChainPolicy = policy, EnabledSslProtocols = SslProtocols.None },
            TestContext.Current.CancellationToken);
        return tls;
    }

    /// <summary>The serial number of the certificate that a new connection gets.</summary>
    public async Task<string> SerialAsync(X509Certificate2 anchor, DateTimeOffset? at = null)
    {
        await using var tls = await ConnectAsync(anchor, at);
        return tls.RemoteCertificate!.GetSerialNumberString();
    }

    public static async Task RequestAsync(Stream stream, string path) =>
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"), TestContext.Current.CancellationToken);

    public static async Task<string> ReadToEndAsync(Stream stream)
    {
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        SlowMayEnd.TrySetResult();
        await _application.StopAsync(CancellationToken.None);
        await _application.DisposeAsync();
    }

    private int[] Ports()
    {
        var addresses = _application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        return [.. addresses.OrderByDescending(address => address.StartsWith("https:", StringComparison.Ordinal)).Select(address => new Uri(address).Port)];
    }
}

/// <summary>What was logged, as an operator reads it.</summary>
internal sealed class RecordedLog : ILoggerProvider, ILogger
{
    private readonly List<string> _lines = [];

    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lines)
            {
                return [.. _lines];
            }
        }
    }

    public ILogger CreateLogger(string categoryName) => categoryName.StartsWith("Anchorage.", StringComparison.Ordinal) ? this : Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance;

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        lock (_lines)
        {
            _lines.Add($"{logLevel}: {formatter(state, exception)}{exception}");
        }
    }

    public void Dispose()
    {
    }
}

using System.Collections.Concurrent;
using Anchorage.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace Anchorage.Testing;

/// <summary>
/// The whole registry in this process, on a real socket with its own certificate, data in a folder of its own. Tests see
/// it through <see cref="Client"/>, that is, through public HTTP. Disposing removes the data and fails the test if the
/// registry logged an error that nobody expected: an error means that someone should act.
/// </summary>
public sealed class RegistryHost : IAsyncDisposable
{
    private readonly TestDirectory data;
    private readonly ErrorLog errors;
    private readonly WebApplication application;

    private RegistryHost(TestDirectory data, WebApplication application, ErrorLog errors)
    {
        this.data = data;
        this.application = application;
        this.errors = errors;
        RootPem = File.ReadAllText(data.PathOf("registry", "ca", "root.pem"));
        Client = new RegistryClient(Address, RootPem, File.ReadAllText(data.PathOf("registry", "bootstrap-token")).Trim());
    }

    /// <summary>Public HTTP.</summary>
    public RegistryClient Client { get; }

    /// <summary>The registry, e.g. <c>https://localhost:41234/</c>.</summary>
    public Uri Address => ServerApplication.AddressOf(application);

    /// <summary>The trust anchor of this installation, PEM.</summary>
    public string RootPem { get; }

    /// <summary>The file <c>ca/root.pem</c>: what a user hands to pip.</summary>
    public string RootFile => data.PathOf("registry", "ca", "root.pem");

    /// <summary>The data directory.</summary>
    public string DataDirectory => data.PathOf("registry");

    /// <summary>The index URL for pip.</summary>
    public string SimpleUrl(string index = "main") => new Uri(Address, $"/{index}/simple/").AbsoluteUri;

    /// <summary>Starts a registry.</summary>
    public static async Task<RegistryHost> StartAsync(CancellationToken cancellationToken, Action<RegistrySettings>? configure = null)
    {
        var settings = new RegistrySettings();
        configure?.Invoke(settings);
        var data = new TestDirectory();
        var errors = new ErrorLog();
        try
        {
            var application = await ServerApplication.CreateAsync(
                settings.ToArguments(data, port: 0),
                services =>
                {
                    services.RemoveAll<ILoggerProvider>().AddSingleton<ILoggerProvider>(errors);
                    settings.Replacements?.Invoke(services);
                },
                settings.Clock,
                cancellationToken);
            await application.StartAsync(cancellationToken);
            return new RegistryHost(data, application, errors);
        }
        catch
        {
            data.Dispose();
            throw;
        }
    }

    /// <summary>The test provokes errors whose message contains this: they do not fail it.</summary>
    public void ExpectErrors(string containing) => errors.Expected.Add(containing);

    /// <summary>Stops it as SIGTERM does; its data stay until it is disposed of.</summary>
    public Task StopAsync() => application.StopAsync(CancellationToken.None);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await application.StopAsync(CancellationToken.None);
        await application.DisposeAsync();
        data.Dispose();
        if (errors.Unexpected is { Count: > 0 } unexpected)
            throw new InvalidOperationException("The registry logged errors:\n" + string.Join("\n", unexpected));
    }

    private sealed class ErrorLog : ILoggerProvider
    {
        private readonly ConcurrentQueue<string> messages = new();

        public ConcurrentBag<string> Expected { get; } = [];

        public IReadOnlyList<string> Unexpected => [.. messages.Where(message => !Expected.Any(expected => message.Contains(expected, StringComparison.Ordinal)))];

        public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

        public void Dispose()
        {
        }

        private sealed class Logger(ErrorLog log, string category) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

            public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

            public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            {
                if (IsEnabled(logLevel))
                    log.messages.Enqueue($"{category}: {formatter(state, exception)} {exception}");
            }
        }
    }
}

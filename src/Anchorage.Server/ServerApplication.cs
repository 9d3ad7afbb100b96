using System.Globalization;
using Anchorage.Server.Audit;
using Anchorage.Server.Database;
using Anchorage.Server.Files;
using Anchorage.Server.Identity;
using Anchorage.Server.Index;
using Anchorage.Server.Operations;
using Anchorage.Server.Permissions;
using Anchorage.Server.Projects;
using Anchorage.Server.Storage;
using Anchorage.Server.Tls;
using Anchorage.Server.Upload;
using Anchorage.Server.Upstreams;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Anchorage.Server;

/// <summary>The registry put together: the table of contents of this program.</summary>
internal static class ServerApplication
{
    // A client that stops reading must not hold up a stop for ever; a wheel under way may take a while.
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(30);

    /// <summary>Reads the settings, opens what is durable, and builds the application; it listens after StartAsync.</summary>
    /// <param name="args">The command line after <c>run</c>.</param>
    /// <param name="overrides">For tests: services that replace others.</param>
    /// <param name="time">For tests: the clock.</param>
    public static async Task<WebApplication> CreateAsync(
        string[] args, Action<IServiceCollection>? overrides = null, TimeProvider? time = null, CancellationToken cancellationToken = default)
    {
        time ??= TimeProvider.System;
        var configuration = ReadConfiguration(args);
        var options = ServerOptions.Read(configuration);

        // Not the full builder: no appsettings.json of the working directory, no file watchers, nothing that is not asked for.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration.AddConfiguration(configuration);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = DrainTime);
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton(time).AddSingleton(options);
        builder.AddOperations();

        var directory = DataDirectory.Open(options.DataDirectory);
        builder.Services.AddSingleton(_ => directory);
        try
        {
            await builder.Services.AddTlsAsync(TlsOptions.Read(configuration, directory.Root, options.Listen), time, cancellationToken);
            await AddDurablePartsAsync(builder.Services, directory, options, time, cancellationToken);
        }
        catch
        {
            directory.Dispose();
            throw;
        }
        AddDomains(builder.Services);
        overrides?.Invoke(builder.Services);

        // Straight to the thread pool: the queues that Kestrel puts before it doubled the 99th percentile (2.7 ms against 1.5 ms).
        builder.WebHost.UseKestrelCore().UseSockets(static sockets => sockets.IOQueueCount = 0).ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.ListenWithTls();
        });

        var app = builder.Build();
        var services = app.Services;
        await BootstrapToken.EnsureAsync(directory.BootstrapTokenFile, services.GetRequiredService<TokenStore>(), services.GetRequiredService<AuditLog>(), cancellationToken);
        await services.GetRequiredService<IndexCatalog>().StartAsync(cancellationToken);

        app.UseRequestLog();
        app.UseMiddleware<FaultHandling>();
        app.UseRouting();
        app.MapOperations();
        services.GetRequiredService<SimpleEndpoints>().Map(app);
        services.GetRequiredService<LegacyJsonEndpoints>().Map(app);
        services.GetRequiredService<FileEndpoints>().Map(app);
        services.GetRequiredService<UploadEndpoint>().Map(app);
        services.GetRequiredService<ProjectEndpoints>().Map(app);
        services.GetRequiredService<IndexEndpoints>().Map(app);
        services.GetRequiredService<TokenEndpoints>().Map(app);
        WelcomePage.Map(app, services.GetRequiredService<IndexCatalog>());
        app.UseEndpoints(static _ => { });
        return app;
    }

    /// <summary>The address clients use, once the application has started: with the port that was taken for port 0.</summary>
    public static Uri AddressOf(WebApplication app)
    {
        var options = app.Services.GetRequiredService<ServerOptions>();
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        var plainPort = app.Services.GetRequiredService<TlsOptions>().PlainHttpPort;
        var port = addresses.Select(static address => BindingAddress.Parse(address).Port).First(port => port != plainPort || addresses.Count == 1);
        return new UriBuilder(Uri.UriSchemeHttps, options.PublicHost, port).Uri;
    }

    /// <summary>Sources of settings, the later one wins: DATA/anchorage.json, ANCHORAGE_… variables, the command line.</summary>
    internal static IConfiguration ReadConfiguration(string[] args)
    {
        var errors = ServerOptions.CheckArguments(args).ToList();
        var outer = new ConfigurationBuilder().AddEnvironmentVariables("ANCHORAGE_").AddCommandLine(args).Build();
        var file = Path.Combine(Path.GetFullPath(outer["data"] is { Length: > 0 } data ? data : ServerOptions.DefaultDataDirectory), "anchorage.json");
        IConfiguration configuration = outer;
        try
        {
            var content = new ConfigurationBuilder().AddJsonFile(file, optional: true, reloadOnChange: false).Build();
            errors.AddRange(ServerOptions.CheckFile(file, content));
            configuration = new ConfigurationBuilder().AddConfiguration(content).AddConfiguration(outer).Build();
        }
        catch (Exception e) when (e is InvalidDataException or FormatException)
        {
            errors.Add($"{file}: {e.InnerException?.Message ?? e.Message}");
        }
        if (errors.Count == 0)
            return configuration;
        try
        {
            ServerOptions.Read(configuration);
        }
        catch (ConfigurationException e)
        {
            errors.AddRange(e.Errors);
        }
        throw new ConfigurationException(errors);
    }

    private static async Task AddDurablePartsAsync(
        IServiceCollection services, DataDirectory directory, ServerOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        // Opened here and not lazily: a registry that starts can read, write and record.
        var logging = OperationsSetup.CreateLoggers(time);
        var databaseOptions = options.PostgresConnectionString is { } postgres
            ? new DatabaseOptions { PostgresConnectionString = postgres }
            : new DatabaseOptions { SqliteFile = directory.DatabaseFile };
        var database = await SqlDatabase.OpenAsync(databaseOptions, time, logging.CreateLogger<SqlDatabase>(), cancellationToken);
        services.AddSingleton(_ => database);
        services.AddSingleton<IBlobStore>(_ => new FileBlobStore(directory));
        services.AddSingleton(provider => AuditLog.Open(directory.Audit, time, provider.GetRequiredService<ILogger<AuditLog>>()));
    }

    private static void AddDomains(IServiceCollection services)
    {
        services.AddSingleton<Authentication>().AddSingleton<TokenStore>().AddSingleton<TokenEndpoints>().AddSingleton<Access>();
        services.AddSingleton<IndexCatalog>().AddSingleton<HostedStamps>().AddSingleton<HostedFiles>().AddSingleton<PreparedPages>();
        services.AddSingleton<SimpleEndpoints>().AddSingleton<LegacyJsonEndpoints>().AddSingleton<IndexEndpoints>();
        services.AddSingleton<FileFetches>().AddSingleton<FileEndpoints>();
        services.AddSingleton<PublishFile>().AddSingleton<UploadEndpoint>();
        services.AddSingleton<ChangeRelease>().AddSingleton<ProjectEndpoints>();
        services.AddSingleton<WelcomePage>();
    }
}

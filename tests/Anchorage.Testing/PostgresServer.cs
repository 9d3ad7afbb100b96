namespace Anchorage.Testing;

/// <summary>
/// The PostgreSQL of this test run: the one that <c>ANCHORAGE_TEST_POSTGRES</c> names by a connection string, else one
/// started by <c>tests/services/postgres</c> at the first use and stopped with the run.
/// </summary>
public sealed class PostgresServer : IAsyncDisposable
{
    private const string Ready = "postgres ready ";
    private static readonly Lazy<Task<PostgresServer?>> shared = new(StartSharedAsync);

    private readonly RunningCommand? running;
    private readonly TestDirectory? home;

    private PostgresServer(string connectionString, RunningCommand? running, TestDirectory? home)
    {
        ConnectionString = connectionString;
        this.running = running;
        this.home = home;
    }

    /// <summary>Connects as an owner who may create databases.</summary>
    public string ConnectionString { get; }

    /// <summary>The server of this run; leaves the test out where PostgreSQL is not installed.</summary>
    public static async Task<PostgresServer> GetAsync()
    {
        var server = await shared.Value;
        if (server is null)
            Repository.LeaveOut("PostgreSQL is not installed: apt-get install postgresql-15");
        return server;
    }

    /// <summary>A server of the test's own, to be stopped and broken; null where PostgreSQL is not installed.</summary>
    public static async Task<PostgresServer?> StartAsync()
    {
        var home = new TestDirectory();
        var running = Commands.Start(Repository.PathOf("tests", "services", "postgres"), [], home);
        try
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(90));
            var line = await running.WaitForLineAsync(Ready, patience.Token);
            return new PostgresServer(line[Ready.Length..], running, home);
        }
        catch (InvalidOperationException) when (running.HasExited)
        {
            const int NotInstalled = 69;
            var exitCode = await running.WaitForExitAsync(CancellationToken.None);
            await running.DisposeAsync();
            home.Dispose();
            if (exitCode == NotInstalled)
                return null;
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (running is not null)
        {
            running.Terminate();
            await running.WaitForExitAsync(CancellationToken.None);
            await running.DisposeAsync();
        }
        home?.Dispose();
    }

    private static async Task<PostgresServer?> StartSharedAsync()
    {
        if (Environment.GetEnvironmentVariable("ANCHORAGE_TEST_POSTGRES") is { Length: > 0 } connectionString)
            return new PostgresServer(connectionString, null, null);
        var server = await StartAsync();
        if (server is not null)
        {
            // SIGTERM is enough: the script removes its directory by itself, also when this process is killed.
            AppDomain.CurrentDomain.ProcessExit += (_, _) =>
            {
                server.running!.Terminate();
                server.home!.Dispose();
            };
        }
        return server;
    }
}

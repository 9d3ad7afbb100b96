namespace Anchorage.Testing;

/// <summary>
/// The published registry as a child process: what an operator runs, and what can be killed. The data outlives the
/// process: <see cref="StartAgainAsync"/> starts another one on it.
/// </summary>
public sealed class RegistryProcess : IAsyncDisposable
{
    private readonly TestDirectory home = new();
    private readonly RegistrySettings settings = new();
    private RunningCommand? running;
    private readonly List<RegistryClient> clients = [];
    private RegistryClient? client;

    private RegistryProcess()
    {
    }

    /// <summary>The published binary.</summary>
    public static string Binary => Repository.PathOf("artifacts", "publish", "anchorage-server");

    /// <summary>Public HTTP to the running process.</summary>
    public RegistryClient Client => client ?? throw new InvalidOperationException("The registry does not run.");

    /// <summary>The data directory.</summary>
    public string DataDirectory => home.PathOf("registry");

    /// <summary>The trust anchor's file.</summary>
    public string RootFile => Path.Combine(DataDirectory, "ca", "root.pem");

    /// <summary>The operating system's id of the process.</summary>
    public int Id => running?.Id ?? throw new InvalidOperationException("The registry does not run.");

    /// <summary>What the process has printed.</summary>
    public string AllText => running is null ? "" : running.Output + running.Errors;

    /// <summary>Starts the published registry on fresh data and waits until it is ready.</summary>
    public static async Task<RegistryProcess> StartAsync(CancellationToken cancellationToken, Action<RegistrySettings>? configure = null)
    {
        if (!File.Exists(Binary))
            Repository.LeaveOut($"{Binary} is not there: run ./build first");
        var registry = new RegistryProcess();
        configure?.Invoke(registry.settings);
        try
        {
            await registry.StartAgainAsync(cancellationToken);
            return registry;
        }
        catch
        {
            await registry.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts a process on the data that is there and waits until it is ready.</summary>
    public async Task StartAgainAsync(CancellationToken cancellationToken)
    {
        running = Commands.Start(Binary, ["run", .. settings.ToArguments(home, port: 0)], home);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        const string Ready = "anchorage ready ";
        var line = await running.WaitForLineAsync(Ready, limit.Token);
        var address = new Uri(line[Ready.Length..].Trim());
        client = new RegistryClient(
            address,
            await File.ReadAllTextAsync(RootFile, cancellationToken),
            (await File.ReadAllTextAsync(Path.Combine(DataDirectory, "bootstrap-token"), cancellationToken)).Trim());
        clients.Add(client);
    }

    /// <summary>The first line that the process prints with this beginning.</summary>
    public Task<string> WaitForLineAsync(string beginning, CancellationToken cancellationToken) =>
        (running ?? throw new InvalidOperationException("The registry does not run.")).WaitForLineAsync(beginning, cancellationToken);

    /// <summary>SIGTERM, without waiting for what comes of it.</summary>
    public void AskToStop() => (running ?? throw new InvalidOperationException("The registry does not run.")).Terminate();

    /// <summary>kill -9. Requests that are under way find out by their broken connections.</summary>
    public async Task KillAsync()
    {
        if (running is null)
            return;
        await running.KillAsync();
        await ForgetAsync();
    }

    /// <summary>SIGTERM; returns the exit code and what the process printed.</summary>
    public Task<CommandResult> TerminateAsync(CancellationToken cancellationToken)
    {
        AskToStop();
        return WaitForEndAsync(cancellationToken);
    }

    /// <summary>Waits until the process has ended; returns the exit code and what it printed.</summary>
    public async Task<CommandResult> WaitForEndAsync(CancellationToken cancellationToken)
    {
        var stopping = running ?? throw new InvalidOperationException("The registry does not run.");
        var exitCode = await stopping.WaitForExitAsync(cancellationToken);
        var result = new CommandResult(stopping.Command, exitCode, stopping.Output, stopping.Errors);
        await ForgetAsync();
        return result;
    }

    /// <summary>Runs another verb of the binary on the same data, e.g. <c>fsck</c>.</summary>
    public Task<CommandResult> RunVerbAsync(string verb, CancellationToken cancellationToken, params string[] arguments) =>
        Commands.RunAsync(Binary, [verb, "--data", DataDirectory, .. arguments], home, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        clients.ForEach(static client => client.Dispose());
        home.Dispose();
    }

    private async Task ForgetAsync()
    {
        client = null;
        if (running is not null)
            await running.DisposeAsync();
        running = null;
    }
}

using Anchorage.Testing;

[assembly: AssemblyFixture(typeof(Anchorage.Server.Tests.SharedRegistry))]

namespace Anchorage.Server.Tests;

/// <summary>
/// One registry for all tests that only add projects of their own, started at the first use. Tests that change settings,
/// the clock or the upstream start their own.
/// </summary>
public sealed class SharedRegistry : IAsyncDisposable
{
    private readonly SemaphoreSlim starting = new(1);
    private RegistryHost? registry;

    /// <summary>The registry.</summary>
    public async Task<RegistryHost> GetAsync()
    {
        await starting.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            return registry ??= await RegistryHost.StartAsync(CancellationToken.None, settings => settings.WithAnonymousReading());
        }
        finally
        {
            starting.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        starting.Dispose();
        if (registry is not null)
            await registry.DisposeAsync();
    }
}

/// <summary>Tests against the shared registry.</summary>
public abstract class RegistryTests(SharedRegistry shared) : IAsyncLifetime
{
    private RegistryHost? registry;

    private protected RegistryHost Registry => registry!;

    private protected RegistryClient Client => Registry.Client;

    private protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>A project name that no other test uses.</summary>
    private protected string Project { get; } = $"harbour-{Guid.NewGuid().ToString("N")[..12]}";

    /// <inheritdoc/>
    public async ValueTask InitializeAsync() => registry = await shared.GetAsync();

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}

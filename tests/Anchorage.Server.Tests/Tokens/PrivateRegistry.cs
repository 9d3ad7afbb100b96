using Anchorage.Testing;

[assembly: AssemblyFixture(typeof(Anchorage.Server.Tests.Tokens.PrivateRegistry))]

namespace Anchorage.Server.Tests.Tokens;

/// <summary>One registry where reading takes credentials, for all tests that only add projects and tokens of their own.</summary>
public sealed class PrivateRegistry : IAsyncDisposable
{
    private readonly SemaphoreSlim starting = new(1);
    private RegistryHost? registry;

    /// <summary>The registry; its <c>main</c> has no sources.</summary>
    public async Task<RegistryHost> GetAsync()
    {
        await starting.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            if (registry is null)
            {
                registry = await RegistryHost.StartAsync(CancellationToken.None, settings => settings.WithoutAnonymousReading());
                await registry.Client.CreateHostedAsync("main", [], CancellationToken.None);
            }
            return registry;
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

/// <summary>Tests against the private registry.</summary>
public abstract class PrivateRegistryTests(PrivateRegistry shared) : IAsyncLifetime
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

    private protected async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string? token, HttpContent? content = null)
    {
        using var request = RegistryClient.Request(method, path, token, content: content);
        return await Client.SendAsync(request, Cancellation);
    }
}

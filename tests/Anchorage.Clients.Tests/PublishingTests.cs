using System.Text.Json;

namespace Anchorage.Clients.Tests;

/// <summary>What the publishing clients have in common: a registry of its own, a token that may upload, a home folder.</summary>
public abstract class PublishingTests : IAsyncLifetime
{
    private RegistryHost? registry;

    private protected RegistryHost Registry => registry!;

    private protected string Token { get; private set; } = "";

    private protected TestDirectory Home { get; } = new();

    private protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        registry = await RegistryHost.StartAsync(Cancellation, settings => settings.WithAnonymousReading());
        Token = await Registry.Client.CreateTokenAsync(Cancellation, "main", "*", "read", "upload");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Home.Dispose();
        if (registry is not null)
            await registry.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private protected static string Find(string program)
    {
        if (Commands.FindOnPath(program) is { } path)
            return path;
        Repository.LeaveOut($"{program} is not installed (tests/services/packages.txt)");
        throw new InvalidOperationException();
    }

    private protected async Task<IReadOnlyList<string>> FilesOfAsync(string project)
    {
        var page = await Registry.Client.GetPageAsync(project, Cancellation);
        return [.. page.GetProperty("files").EnumerateArray().Select(file => file.GetProperty("filename").GetString()!)];
    }

    private protected async Task AssertPublishedAsync(BuiltDistribution distribution)
    {
        var listing = await Registry.Client.GetListingAsync(distribution.Project, distribution.Filename, Cancellation);
        Assert.Equal(distribution.Sha256, listing.Sha256);
        Assert.Equal(distribution.Content, await Registry.Client.DownloadAsync(listing.Url, Cancellation));
    }
}

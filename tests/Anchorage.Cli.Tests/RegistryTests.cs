using System.Text.Json;
using Anchorage.Testing;

namespace Anchorage.Cli.Tests;

/// <summary>One registry, the published one, for all tests of this class.</summary>
public sealed class Registry : IAsyncLifetime
{
    public RegistryProcess Process { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Process = await RegistryProcess.StartAsync(CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        if (Process is not null)
        {
            await Process.DisposeAsync();
        }
    }
}

public sealed class RegistryTests(Registry registry) : IClassFixture<Registry>, IDisposable
{
    private readonly TestDirectory _home = new();

    private string Url => registry.Process.Client.Address.ToString().TrimEnd('/');

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task An_untrusted_registry_gets_no_token()
    {
        var token = new Dictionary<string, string> { ["ANCHORAGE_TOKEN"] = registry.Process.Client.AdministratorToken };

        var result = await Anchorage.RunAsync(_home, token, "token", "list", "--url", Url);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("is not trusted", result.Errors, StringComparison.Ordinal);
        Assert.Contains("--ca FILE", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_lives_from_create_to_revoke()
    {
        var created = (await RunAsAdministratorAsync("token", "create", "ci", "--scope", "main/demo-*:read,upload", "--expires-in-days", "7", "--json")).MustSucceed();
        var token = JsonDocument.Parse(created.Output).RootElement;
        var id = token.GetProperty("id").GetString()!;

        var listed = (await RunAsAdministratorAsync("token", "list")).MustSucceed();
        (await RunAsAdministratorAsync("token", "revoke", id)).MustSucceed();
        var afterwards = (await RunAsAdministratorAsync("token", "list", "--json")).MustSucceed();
        var again = await RunAsAdministratorAsync("token", "revoke", id);

        Assert.NotEmpty(token.GetProperty("token").GetString()!);
        var line = Assert.Single(listed.Output.Split('\n'), line => line.StartsWith(id, StringComparison.Ordinal));
        Assert.StartsWith($"{id}\tci\tmain/demo-*:read,upload\texpires ", line, StringComparison.Ordinal);
        Assert.DoesNotContain(token.GetProperty("token").GetString()!, listed.AllText + afterwards.AllText, StringComparison.Ordinal);
        Assert.Equal(1, again.ExitCode);
        Assert.Contains("no live token", again.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Create_prints_nothing_but_the_token_to_standard_output()
    {
        var created = (await RunAsAdministratorAsync("token", "create", "ci", "--scope", "main/*:read")).MustSucceed();

        var token = new Dictionary<string, string> { ["ANCHORAGE_TOKEN"] = created.Output.Trim() };
        var withIt = await Anchorage.RunAsync(_home, token, "token", "list", "--url", Url, "--ca", registry.Process.RootFile);

        Assert.DoesNotContain(' ', created.Output);
        Assert.Equal(1, withIt.ExitCode);
        Assert.Contains("403", withIt.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_release_is_yanked_unyanked_and_its_file_deleted()
    {
        var wheel = new WheelBuilder("cli-demo", "1.0").Build();
        await registry.Process.Client.UploadAsync(wheel, TestContext.Current.CancellationToken);

        (await RunAsAdministratorAsync("yank", "main", "cli-demo", "1.0", "--reason", "@broken, use 1.1")).MustSucceed();
        var yanked = await YankedAsync();
        (await RunAsAdministratorAsync("unyank", "main", "cli-demo", "1.0")).MustSucceed();
        var unyanked = await YankedAsync();
        var deleted = (await RunAsAdministratorAsync("delete", "main", wheel.Filename, "--yes")).MustSucceed();
        var again = await RunAsAdministratorAsync("delete", "main", wheel.Filename, "--yes");

        Assert.Equal("@broken, use 1.1", yanked);
        Assert.Null(unyanked);
        Assert.Contains($"deleted {wheel.Filename} from main", deleted.Errors, StringComparison.Ordinal);
        Assert.Empty(deleted.Output);
        Assert.Equal(1, again.ExitCode);

        async Task<string?> YankedAsync() =>
            (await registry.Process.Client.GetListingAsync("cli-demo", wheel.Filename, TestContext.Current.CancellationToken)).Entry.TryGetProperty("yanked", out var value)
            && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
    }

    private Task<CommandResult> RunAsync(params string[] arguments) => Anchorage.RunAsync(_home, null, arguments);

    private Task<CommandResult> RunAsAdministratorAsync(params string[] arguments) =>
        RunAsync([.. arguments, "--url", Url, "--ca", registry.Process.RootFile, "--token-file", Path.Combine(registry.Process.DataDirectory, "bootstrap-token")]);
}

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
    public async Task Doctor_trusts_the_registry_by_its_own_root()
    {
        var result = await RunAsync("doctor", Url, "--ca", registry.Process.RootFile);

        Assert.Equal(0, result.ExitCode);
        Assert.Contains("TLS 1.3", result.Output, StringComparison.Ordinal);
        Assert.EndsWith("\ntrusted\n", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Doctor_without_the_root_finds_the_missing_issuer()
    {
        var result = await RunAsync("doctor", Url);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("The issuer of certificate 0 is neither sent nor a trust anchor", result.Output, StringComparison.Ordinal);
        Assert.Contains("Anchorage CA for", result.Output, StringComparison.Ordinal);
        Assert.EndsWith("\nNOT trusted\n", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Doctor_speaks_json_from_the_same_findings()
    {
        var result = await RunAsync("doctor", Url, "--json");

        var report = JsonDocument.Parse(result.Output).RootElement;
        Assert.Equal(1, result.ExitCode);
        Assert.False(report.GetProperty("trusted").GetBoolean());
        Assert.True(report.GetProperty("checked").GetBoolean());
        var finding = Assert.Single(report.GetProperty("findings").EnumerateArray());
        Assert.Equal("IssuerNotFound", finding.GetProperty("kind").GetString());
        Assert.Equal("Error", finding.GetProperty("severity").GetString());
        Assert.Equal(64, Assert.Single(report.GetProperty("chain").EnumerateArray()).GetProperty("sha256").GetString()!.Length);
    }

    [Fact]
    public async Task Doctor_speaks_chinese_when_asked_or_by_the_locale()
    {
        var asked = await RunAsync("doctor", Url, "--lang", "zh");
        var byLocale = await Anchorage.RunAsync(_home, new Dictionary<string, string> { ["LC_ALL"] = "zh_CN.UTF-8" }, "doctor", Url);

        Assert.EndsWith("\n不受信任\n", asked.Output, StringComparison.Ordinal);
        Assert.EndsWith("\n不受信任\n", byLocale.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Doctor_says_2_where_nothing_answers()
    {
        var result = await RunAsync("doctor", "https://localhost:1");

        Assert.Equal(2, result.ExitCode);
        Assert.EndsWith("\ncould not be checked\n", result.Output, StringComparison.Ordinal);
    }

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

using System.Text.Json;
using Anchorage.Server.Storage;
using Anchorage.Testing;

namespace Anchorage.Server.Tests.Operations;

/// <summary>The command as its user meets it; what it finds is in <see cref="ConsistencyCheckContract"/>.</summary>
public sealed class FsckTests : IDisposable
{
    private readonly TestDirectory home = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Root => home.PathOf("data");

    public void Dispose() => home.Dispose();

    private Task<CommandResult> RunAsync(params string[] arguments) =>
        Commands.RunAsync(Path.Combine(AppContext.BaseDirectory, "anchorage-server"), arguments, home, Token);

    private async Task PrepareAsync() => (await RunAsync("migrate", "--data", Root)).MustSucceed();

    [Fact]
    public async Task A_clean_directory_is_0_and_ends_with_one_line()
    {
        await PrepareAsync();
        var result = await RunAsync("fsck", "--data", Root);
        Assert.Equal(0, result.ExitCode);
        Assert.StartsWith("fsck: clean; 0 hosted files", Assert.Single(result.Output.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_problem_is_1_and_json_is_data_alone()
    {
        await PrepareAsync();
        await File.WriteAllBytesAsync(Path.Combine(Root, "audit", "wal-00000001.log"), new byte[64], Token);
        var result = await RunAsync("fsck", "--data", Root, "--json");
        Assert.Equal(1, result.ExitCode);
        var report = JsonDocument.Parse(result.Output).RootElement;
        Assert.Equal(1, report.GetProperty("problems").GetInt32());
        Assert.Equal("problem", report.GetProperty("findings")[0].GetProperty("severity").GetString());
        Assert.Contains("fsck: 1 problems", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_no_data_directory_is_2_and_stays_untouched()
    {
        var result = await RunAsync("fsck", "--data", Root, "--remove-garbage");
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("is not a data directory", result.Errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Root));
    }

    [Fact]
    public async Task Beside_a_running_server_it_checks_but_removes_nothing()
    {
        await PrepareAsync();
        using var held = DataDirectory.Open(Root);
        Assert.Equal(0, (await RunAsync("fsck", "--data", Root)).ExitCode);
        var result = await RunAsync("fsck", "--data", Root, "--remove-garbage");
        Assert.Equal(2, result.ExitCode);
        Assert.Contains($"process {Environment.ProcessId}", result.Errors, StringComparison.Ordinal);
    }
}

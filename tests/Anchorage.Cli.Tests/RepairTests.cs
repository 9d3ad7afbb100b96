#pragma warning disable CA1416 // Modes exist wherever these tests run.
using System.Security.Cryptography;
using Anchorage.Testing;

namespace Anchorage.Cli.Tests;

/// <summary>Broken, repaired, installed from by a real pip, taken back: byte for byte. In a home folder of its own; the machine stays as it is.</summary>
public sealed class RepairTests(Registry registry) : IClassFixture<Registry>, IDisposable
{
    private readonly TestDirectory _home = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Url => registry.Process.Client.Address + "main/simple/";

    private string UserConfiguration => _home.PathOf(".config", "pip", "pip.conf");

    public void Dispose() => _home.Dispose();

    [Theory]
    [InlineData("3.7.16")]
    [InlineData("3.9.18")]
    [InlineData("3.13.0")]
    public async Task A_company_root_is_given_to_pip_and_taken_back(string python)
    {
        const string Before = "; ours\r\n[global]\r\ntimeout = 20\r\n[install]\r\n  no-compile = true\r\n";
        _home.Write(".config/pip/pip.conf", Before);
        var pip = PythonOf(python);
        await UploadAsync("repair-demo");
        (await InstallAsync(pip, "repair-demo")).MustFail();

        var repaired = await FixAsync(pip, "--ca", registry.Process.RootFile);

        Assert.Contains("reaches the index, and refuses a server of an unknown authority", repaired.Errors, StringComparison.Ordinal);
        (await InstallAsync(pip, "repair-demo")).MustSucceed();
        var changed = await File.ReadAllTextAsync(UserConfiguration, Token);
        Assert.StartsWith("; ours\r\n[global]\r\ncert = ", changed, StringComparison.Ordinal);
        Assert.EndsWith("\r\ntimeout = 20\r\n[install]\r\n  no-compile = true\r\n", changed, StringComparison.Ordinal);

        await UndoAllAsync();

        Assert.Equal(Before, await File.ReadAllTextAsync(UserConfiguration, Token));
        Assert.False(File.Exists(_home.PathOf(".config", "anchorage", "ca-bundle.pem")));
        (await InstallAsync(pip, "repair-demo")).MustFail();
    }

    [Fact]
    public async Task A_setting_that_names_nothing_is_repaired_and_taken_back()
    {
        var before = $"[global]\n# the company's\ncert = {_home.PathOf("gone.pem")}\nindex-url = {Url}\n";
        _home.Write(".config/pip/pip.conf", before);
        File.SetUnixFileMode(UserConfiguration, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var stamp = File.GetLastWriteTimeUtc(UserConfiguration);
        var pip = PythonOf("3.11.7");
        await UploadAsync("repair-dead");

        await FixAsync(pip, "--ca", registry.Process.RootFile);

        (await InstallAsync(pip, "repair-dead")).MustSucceed();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(UserConfiguration));
        await UndoAllAsync();
        Assert.Equal(before, await File.ReadAllTextAsync(UserConfiguration, Token));
        Assert.Equal(stamp, File.GetLastWriteTimeUtc(UserConfiguration));
    }

    [Fact]
    public async Task A_trusted_host_goes_once_trust_works_and_so_does_what_it_left_in_the_cache()
    {
        var before = $"[global]\nindex-url = {Url}\ntrusted-host =\n    localhost\n# behind it\n[install]\ntrusted-host = localhost\n";
        _home.Write(".config/pip/pip.conf", before);
        _home.Write(".cache/pip/http/0/unproven", "x");
        var pip = PythonOf("3.11.7");
        await UploadAsync("repair-trusted");

        var repaired = await FixAsync(pip, "--ca", registry.Process.RootFile);

        var after = await File.ReadAllTextAsync(UserConfiguration, Token);
        Assert.DoesNotContain("trusted-host", after, StringComparison.Ordinal);
        Assert.Contains("# behind it", after, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_home.PathOf(".cache", "pip", "http")));
        (await InstallAsync(pip, "repair-trusted")).MustSucceed();
        Assert.DoesNotContain("ACCEPTS", repaired.Errors, StringComparison.Ordinal);
        await UndoAllAsync();
        Assert.Equal(before, await File.ReadAllTextAsync(UserConfiguration, Token));
    }

    [Fact]
    public async Task A_trusted_host_stays_where_nothing_works_without_it()
    {
        var before = $"[global]\nindex-url = {Url}\ntrusted-host = localhost\n";
        _home.Write(".config/pip/pip.conf", before);

        var result = await FixAsync(PythonOf("3.11.7"));

        Assert.Contains("did not help, so everything is as before", result.Errors, StringComparison.Ordinal);
        Assert.Equal(before, await File.ReadAllTextAsync(UserConfiguration, Token));
    }

    [Fact]
    public async Task The_wrong_root_helps_nobody_and_leaves_nothing()
    {
        using var other = new TestAuthority("Another");
        var file = _home.Write("other.pem", other.RootPem);

        var result = await FixAsync(PythonOf("3.11.7"), "--ca", file);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("did not help", result.Errors, StringComparison.Ordinal);
        Assert.False(File.Exists(UserConfiguration));
        Assert.False(Directory.Exists(_home.PathOf(".config", "anchorage")));
    }

    [Fact]
    public async Task What_somebody_changed_after_the_repair_is_left_alone()
    {
        var pip = PythonOf("3.11.7");
        await FixAsync(pip, "--ca", registry.Process.RootFile);
        await File.AppendAllTextAsync(UserConfiguration, "timeout = 9\n", Token);

        var id = (await RunAsync("undo")).Output.Split('\t')[0];
        var undone = await RunAsync("undo", id);

        Assert.Equal(1, undone.ExitCode);
        Assert.Contains("was changed after the repair", undone.Errors, StringComparison.Ordinal);
        Assert.EndsWith("timeout = 9\n", await File.ReadAllTextAsync(UserConfiguration, Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_servers_own_certificate_is_no_root()
    {
        using var authority = new TestAuthority();
        var leaf = _home.Write("leaf.pem", authority.Issue().LeafPem);

        var result = await FixAsync(PythonOf("3.11.7"), "--ca", leaf);

        Assert.Equal(64, result.ExitCode);
        Assert.Contains("no authority's certificate", result.Errors, StringComparison.Ordinal);
    }

    private static string PythonOf(string version)
    {
        var path = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".pyenv", "versions", version, "bin", "python");
        if (!File.Exists(path))
            Repository.LeaveOut($"{path} is not there");
        return path;
    }

    private Task UploadAsync(string project) => registry.Process.Client.UploadAsync(new WheelBuilder(project, "1.0").Build(), Token);

    private Task<CommandResult> InstallAsync(string python, string project) => Commands.RunAsync(
        python, ["-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--no-cache-dir", "--retries", "0", "--index-url", Url, "--target", _home.PathOf(Convert.ToHexString(RandomNumberGenerator.GetBytes(4))), project],
        _home, Token);

    private Task<CommandResult> FixAsync(string python, params string[] arguments) =>
        RunAsync(["doctor", Url, "--python", python, "--fix", "--yes", "--scope", "user", .. arguments]);

    private async Task UndoAllAsync()
    {
        foreach (var entry in (await RunAsync("undo")).MustSucceed().Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line.Contains("\tapplied\t", StringComparison.Ordinal)))
            (await RunAsync("undo", entry.Split('\t')[0])).MustSucceed();
    }

    private Task<CommandResult> RunAsync(params string[] arguments) =>
        Anchorage.RunAsync(_home, new Dictionary<string, string> { ["ANCHORAGE_STATE"] = _home.PathOf("state") }, arguments);
}

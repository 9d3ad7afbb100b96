using Anchorage.Testing;

namespace Anchorage.Cli.Tests;

public sealed class UsageTests : IDisposable
{
    private readonly TestDirectory _home = new();

    public void Dispose() => _home.Dispose();

    private Task<CommandResult> RunAsync(params string[] arguments) => Anchorage.RunAsync(_home, null, arguments);

    [Fact]
    public async Task Version_is_printed_to_standard_output()
    {
        var result = (await RunAsync("--version")).MustSucceed();

        Assert.Matches(@"^\d+\.\d+\.\d+\S*\n$", result.Output);
        Assert.Empty(result.Errors);
    }

    [Theory]
    [InlineData("")]
    [InlineData("doctor")]
    [InlineData("explain")]
    [InlineData("trust")]
    [InlineData("trust add")]
    [InlineData("trust list")]
    [InlineData("trust remove")]
    [InlineData("undo")]
    [InlineData("token")]
    [InlineData("token create")]
    [InlineData("token list")]
    [InlineData("token revoke")]
    [InlineData("yank")]
    [InlineData("unyank")]
    [InlineData("delete")]
    public async Task Every_command_has_help_with_an_example(string command)
    {
        var result = (await RunAsync([.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"])).MustSucceed();

        Assert.Contains("Example:", result.Output, StringComparison.Ordinal);
        Assert.Contains("anchorage " + command, result.Output, StringComparison.Ordinal);
        Assert.Empty(result.Errors);
    }

    [Theory]
    [InlineData("doctor http://localhost")]
    [InlineData("doctor https://localhost --scope nobody")]
    [InlineData("doctor https://localhost --fix")]
    [InlineData("explain no-such-page")]
    [InlineData("trust add no-such-file.pem")]
    [InlineData("trust remove 1234")]
    [InlineData("trust list --root no-such-directory")]
    [InlineData("undo 20200101-000000-abcd")]
    [InlineData("undo ../../etc/passwd")]
    [InlineData("doctor https://localhost --lang fr")]
    [InlineData("doctor https://localhost --ca no-such-file.pem")]
    [InlineData("yank main demo")]
    [InlineData("yank main b*d 1.0 --url https://localhost:1")]
    [InlineData("yank main demo nonsense --url https://localhost:1")]
    [InlineData("delete main demo.txt --url https://localhost:1")]
    [InlineData("token list")]
    [InlineData("token list --url http://localhost:1")]
    [InlineData("token list --url https://user:secret@localhost:1")]
    [InlineData("token list --url https://localhost:1 --token-file no-such-file")]
    [InlineData("token list --url https://localhost:1")]
    [InlineData("token create ci --scope main:read --url https://localhost:1")]
    [InlineData("token create ci --scope main/demo:destroy --url https://localhost:1")]
    [InlineData("nonsense")]
    public async Task Wrong_usage_ends_with_64_and_a_word_on_standard_error(string commandLine)
    {
        var result = await RunAsync(commandLine.Split(' '));

        Assert.Equal(64, result.ExitCode);
        Assert.StartsWith("error: ", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_deletion_without_anybody_to_ask_needs_yes()
    {
        var token = new Dictionary<string, string> { ["ANCHORAGE_TOKEN"] = "t", ["ANCHORAGE_URL"] = "https://localhost:1" };

        var result = await Anchorage.RunAsync(_home, token, "delete", "main", "demo-1.0-py3-none-any.whl");

        Assert.Equal(64, result.ExitCode);
        Assert.Contains("add --yes", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_connection_is_2_with_a_hint()
    {
        var token = new Dictionary<string, string> { ["ANCHORAGE_TOKEN"] = "t" };

        var result = await Anchorage.RunAsync(_home, token, "token", "list", "--url", "https://localhost:1");

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("hint: anchorage doctor https://localhost:1", result.Errors, StringComparison.Ordinal);
    }
}

// The published native program, as a person at a shell runs it.

using Anchorage.Testing;

namespace Anchorage.Cli.Tests;

internal static class Anchorage
{
    public static string Binary { get; } = Repository.PathOf("artifacts", "publish", "anchorage");

    public static async Task<CommandResult> RunAsync(TestDirectory home, IReadOnlyDictionary<string, string>? environment, params string[] arguments)
    {
        if (!File.Exists(Binary))
        {
            Repository.LeaveOut($"{Binary} is not there: run ./build first");
        }
        return await Commands.RunAsync(Binary, arguments, home, TestContext.Current.CancellationToken, environment);
    }
}

using System.Globalization;
using System.Security.Cryptography;
using Anchorage.Packaging;
using Anchorage.Server.Audit;
using Anchorage.Server.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace Anchorage.Testing;

/// <summary>
/// This test program as a process to be killed: with <c>CHILD_PROGRAM</c> in its environment it does one thing for ever,
/// and prints what it was told is durable, instead of running tests. A test program that wants this calls
/// <see cref="RunInsteadOfTests"/> from a module initializer, which comes before the runner's generated Main. The work
/// is done here and not there, because other threads wait for the initializer of a module before they enter it.
/// </summary>
public static class ChildProgram
{
    private const string Variable = "CHILD_PROGRAM";

    /// <summary>Starts this program again to do <paramref name="what"/> in a data directory.</summary>
    public static RunningCommand Start(string what, string dataDirectory, TestDirectory home) =>
        Commands.Start(Environment.ProcessPath!, [], home, new Dictionary<string, string> { [Variable] = $"{what} {dataDirectory}" });

    /// <summary>What the child reported before it died; a line that the kill cut short does not count.</summary>
    public static IReadOnlyList<string> Reports(RunningCommand ended) =>
        [.. ended.Output.Split('\n').Where(line => line.StartsWith("durable ", StringComparison.Ordinal) && line.EndsWith('.')).Select(line => line[8..^1])];

    /// <summary>Does nothing in a process that was not started by <see cref="Start"/>, and never returns in one that was.</summary>
    public static void RunInsteadOfTests()
    {
        if (Environment.GetEnvironmentVariable(Variable)?.Split(' ', 2) is not [var what, var path])
            return;
        using var directory = DataDirectory.Open(path);
        (what switch
        {
            "audit" => AppendForEverAsync(directory),
            "blobs" => PublishForEverAsync(directory),
            "hold" => HoldForEverAsync(),
            _ => throw new InvalidOperationException($"{Variable}={what}"),
        }).GetAwaiter().GetResult();
    }

    private static async Task AppendForEverAsync(DataDirectory directory)
    {
        await using var log = AuditLog.Open(directory.Audit, TimeProvider.System, NullLogger.Instance, segmentBytes: 20_000);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            while (true)
            {
                var id = Guid.NewGuid().ToString("n");
                await log.AppendAsync(new AuditEvent { Action = "test", Outcome = "ok", RequestId = id }, CancellationToken.None);
                Report(id);
            }
        })));
    }

    private static async Task PublishForEverAsync(DataDirectory directory)
    {
        var store = new FileBlobStore(directory);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            while (true)
            {
                var content = RandomNumberGenerator.GetBytes(RandomNumberGenerator.GetInt32(200_000));
                var digest = Sha256Digest.Of(content);
                using var staged = store.Stage();
                foreach (var piece in content.Chunk(16_384))
                    await staged.Writer.WriteAsync(piece);
                await store.PublishAsync(staged, digest, CancellationToken.None);
                Report(digest.ToString());
            }
        })));
    }

    private static async Task HoldForEverAsync()
    {
        Report(Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        await Task.Delay(Timeout.Infinite);
    }

    // The full stop shows that the line is whole.
    private static void Report(string what) => Console.WriteLine($"durable {what}.");
}

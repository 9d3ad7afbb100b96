using Anchorage.Testing;

namespace Anchorage.Bench.Corpus;

/// <summary>
/// Data directories, loaded once and kept in artifacts/bench/data. What is measured runs on a copy: blobs are never
/// overwritten, so the copy shares them by hard links; the database and the record are its own.
/// </summary>
internal sealed class PreparedDirectories(TestDirectory home)
{
    /// <summary>To be raised when plans or wheels change: what was prepared before is prepared anew.</summary>
    private const int PlanVersion = 1;

    private const string Memory = "/dev/shm";

    private static string Root => Path.Combine(BenchOptions.Folder, "data");

    /// <summary>The kept directory of a plan; loads it where it is missing, and has fsck look at it.</summary>
    public async Task<string> EnsureAsync(CorpusPlan plan, CancellationToken cancellationToken)
    {
        var kept = Path.Combine(Root, $"{plan.Name}-v{PlanVersion}");
        if (Directory.Exists(kept))
            return kept;
        Directory.CreateDirectory(Root);
        var files = plan.Files;
        var total = files + plan.ListedNames;
        Say($"preparing {plan.Name}: {plan.Projects.Count + plan.ListedNames} projects, {files} files");

        // In memory, where the many syncs of the server's own code cost nothing; then copied and synced once.
        var building = Directory.CreateDirectory(Path.Combine(HasRoom(plan) ? Memory : Root, $"anchorage-bench-{Environment.ProcessId}")).FullName;
        try
        {
            var loading = Path.Combine(building, "data");
            await CorpusLoading.RunAsync(plan, loading, count => Progress(count, total), cancellationToken);
            (await Commands.RunAsync(
                RegistryProcess.Binary, ["fsck", "--data", loading], home, cancellationToken, RuntimeVariables, timeout: TimeSpan.FromMinutes(5))).MustSucceed();
            var staged = kept + ".staged";
            if (Directory.Exists(staged))
                Directory.Delete(staged, recursive: true);
            await CopyAsync(["-a", loading, staged], cancellationToken);
            Directory.Move(staged, kept);
        }
        finally
        {
            Directory.Delete(building, recursive: true);
        }
        return kept;
    }

    /// <summary>A copy to run on, in a folder that goes with the run; or whole in another folder.</summary>
    public async Task<string> CloneAsync(CorpusPlan plan, CancellationToken cancellationToken, string? elsewhere = null)
    {
        var kept = await EnsureAsync(plan, cancellationToken);
        var copy = Path.Combine(elsewhere ?? home.Path, $"data-{Guid.NewGuid():n}");
        Directory.CreateDirectory(copy);
        foreach (var entry in new DirectoryInfo(kept).EnumerateFileSystemInfos())
            await CopyAsync([entry.Name == "blobs" && elsewhere is null ? "-al" : "-a", entry.FullName, copy], cancellationToken);
        return copy;
    }

    /// <summary>Where the registry finds its runtime, in the emptied environment that programs are started with.</summary>
    public static IReadOnlyDictionary<string, string> RuntimeVariables { get; } =
        new Dictionary<string, string> { ["DOTNET_ROOT"] = Environment.GetEnvironmentVariable("DOTNET_ROOT") ?? "" };

    private async Task CopyAsync(string[] arguments, CancellationToken cancellationToken) =>
        (await Commands.RunAsync("cp", arguments, home, cancellationToken, timeout: TimeSpan.FromMinutes(5))).MustSucceed();

    private static bool HasRoom(CorpusPlan plan) =>
        Directory.Exists(Memory) && new DriveInfo(Memory).AvailableFreeSpace > (2L << 30) + (plan.Files * 20_000L);

    private static void Progress(int count, int total)
    {
        if (count % 10_000 == 0)
            Say($"  {count} of {total}");
    }

    private static void Say(string text) => Console.Error.WriteLine(text);
}

using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace Anchorage.Packaging.Tests.Differential;

/// <summary>
/// The reference implementation: <c>packaging</c> as the newest pip of the shared data carries it, under the newest
/// Python on the machine. One process judges a whole batch.
/// </summary>
internal static class Reference
{
    private static readonly TimeSpan TimeLimit = TimeSpan.FromMinutes(2);

    /// <summary>The verdicts, in the order of the cases.</summary>
    public static async Task<List<JsonElement>> JudgeAsync<T>(IReadOnlyCollection<T> cases, CancellationToken cancellationToken)
    {
        var python = FindPython();
        var start = new ProcessStartInfo(python, ["-I", Script, FindPip()])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            StandardInputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
            StandardOutputEncoding = Encoding.UTF8,
        };
        using var process = new Process { StartInfo = start };
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeLimit);
        process.Start();
        try
        {
            // Written and read at once: either pipe alone would fill up.
            var writing = WriteAsync(process.StandardInput, cases, limit.Token);
            var verdicts = new List<JsonElement>(cases.Count);
            while (await process.StandardOutput.ReadLineAsync(limit.Token) is { } line)
                verdicts.Add(JsonElement.Parse(line));
            await writing;
            await process.WaitForExitAsync(limit.Token);
            Assert.Equal(cases.Count, verdicts.Count);
            return verdicts;
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
        }
    }

    private static async Task WriteAsync<T>(StreamWriter input, IEnumerable<T> cases, CancellationToken cancellationToken)
    {
        foreach (var item in cases)
            await input.WriteLineAsync(JsonSerializer.Serialize(item).AsMemory(), cancellationToken);
        input.Close();
    }

    private static string Script => Path.Combine(Repository.Root, "tests", "Anchorage.Packaging.Tests", "Differential", "reference.py");

    private static string FindPip() =>
        Directory.EnumerateFiles(Vectors.PathOf("virtualenv-embed"), "pip-*.whl")
            .MaxBy(path => VersionOrder.Key(Path.GetFileName(path).Split('-')[1]))!;

    /// <summary>pyenv's and the system's; this pip needs 3.10, and the newest reads mail best.</summary>
    private static string FindPython()
    {
        var pyenv = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".pyenv", "versions");
        var pythons = Directory.Exists(pyenv)
            ? Directory.EnumerateDirectories(pyenv).Select(folder => (Version: Path.GetFileName(folder), Path: Path.Combine(folder, "bin", "python3"))).ToList()
            : [];
        foreach (var folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Where(Directory.Exists))
            pythons.AddRange(Directory.EnumerateFiles(folder, "python3.*").Select(path => (Version: Path.GetFileName(path)["python".Length..], Path: path)));
        var newest = pythons
            .Where(python => Version.TryParse(python.Version, out var version) && version >= new Version(3, 10) && File.Exists(python.Path))
            .OrderByDescending(python => Version.Parse(python.Version)).FirstOrDefault().Path;
        return newest ?? LeaveOut("No Python of version 3.10 or newer: the comparison with the reference needs one.");
    }

    private static string LeaveOut(string reason)
    {
        if (Environment.GetEnvironmentVariable("CI") == "true")
            Assert.Fail(reason);
        Assert.Skip(reason);
        return "";
    }
}

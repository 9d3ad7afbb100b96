using System.Text.RegularExpressions;

namespace Anchorage.Testing;

/// <summary>A Python with one pip that runs on it: its own, or a newer one run in place from its wheel.</summary>
public sealed record PipClient(string Name, string Python, Version PythonVersion, string? PipWheel)
{
    /// <summary>Runs pip.</summary>
    public Task<CommandResult> RunAsync(
        IEnumerable<string> arguments,
        TestDirectory home,
        CancellationToken cancellationToken,
        IReadOnlyDictionary<string, string>? environment = null,
        TimeSpan? timeout = null)
    {
        string[] start = PipWheel is null ? ["-m", "pip"] : [Path.Combine(PipWheel, "pip")];
        return Commands.RunAsync(
            Python,
            [.. start, "--disable-pip-version-check", "--no-input", "--no-cache-dir", .. arguments],
            home,
            cancellationToken,
            environment,
            timeout: timeout);
    }

    /// <summary>The name under which tests list it.</summary>
    public override string ToString() => Name;
}

/// <summary>Every Python on the machine: pyenv's, those on PATH, and the system's.</summary>
public static partial class PythonInstallations
{
    /// <summary>The minor versions that the machine whose verdict counts must have.</summary>
    public static readonly IReadOnlyList<string> RequiredVersions = ["2.7", "3.6", "3.7", "3.8", "3.9", "3.10", "3.11", "3.12", "3.13"];

    private static readonly Lazy<IReadOnlyList<PipClient>> clients = new(() => [.. FindOwnPips(), .. FindNewerPips()]);

    /// <summary>Each Python with its own pip, then the newest of them with each newer pip of the shared data.</summary>
    public static IReadOnlyList<PipClient> Clients => clients.Value;

    /// <summary>The client of that name.</summary>
    public static PipClient Get(string name) => Clients.Single(client => client.Name == name);

    private static IEnumerable<PipClient> FindOwnPips()
    {
        foreach (var (python, version) in FindPythons())
        {
            var origin = python.StartsWith("/usr/bin", StringComparison.Ordinal) ? " (system)" : "";
            yield return new PipClient($"Python {version}{origin}, its own pip", python, version, null);
        }
    }

    private static IEnumerable<PipClient> FindNewerPips()
    {
        if (!TestVectors.ArePresent)
            yield break;
        var pythons = FindPythons().Where(found => !found.Path.StartsWith("/usr/bin", StringComparison.Ordinal)).ToList();
        if (pythons.Count == 0)
            pythons = [.. FindPythons()];
        foreach (var folder in (string[])["ensurepip", "virtualenv-embed"])
        {
            foreach (var wheel in Directory.EnumerateFiles(TestVectors.PathOf(folder), "pip-*.whl").Order(StringComparer.Ordinal))
            {
                var pip = Path.GetFileName(wheel).Split('-')[1];
                // On the oldest and the newest Python that this pip runs on: truststore and strictness differ between them.
                var (oldest, newest) = Version.Parse(pip) switch
                {
                    { Major: < 22 } => (new Version(2, 7), new Version(3, 9)),
                    // Without distutils, and with another zipimport, Python 3.12 does not start these.
                    { Major: 22 } or { Major: 23, Minor: 0 } => (new Version(3, 7), new Version(3, 11)),
                    { Major: 23 } => (new Version(3, 7), new Version(3, 12)),
                    { Major: 24 } => (new Version(3, 8), new Version(3, 13)),
                    { Major: 25 } or { Major: 26, Minor: 0 } => (new Version(3, 9), new Version(3, 14)),
                    _ => (new Version(3, 10), new Version(3, 14)),
                };
                var fitting = pythons.Where(found => Minor(found.Version) >= oldest && Minor(found.Version) <= newest).OrderBy(found => found.Version).ToList();
                if (fitting.Count == 0)
                    continue;
                foreach (var (python, version) in fitting.Count == 1 ? fitting : [fitting[0], fitting[^1]])
                    yield return new PipClient($"Python {version}, pip {pip}", python, version, wheel);
            }
        }
    }

    private static IEnumerable<(string Path, Version Version)> FindPythons()
    {
        var found = new List<(string Path, Version Version)>();
        var pyenv = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".pyenv", "versions");
        if (Directory.Exists(pyenv))
        {
            foreach (var folder in Directory.EnumerateDirectories(pyenv))
            {
                if (Version.TryParse(Path.GetFileName(folder), out var version) && File.Exists(Path.Combine(folder, "bin", "python")))
                    found.Add((Path.Combine(folder, "bin", "python"), version));
            }
        }
        foreach (var folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator))
        {
            if (!Directory.Exists(folder) || folder.Contains("shims", StringComparison.Ordinal) || folder == "/bin")
                continue;
            foreach (var file in Directory.EnumerateFiles(folder, "python*"))
            {
                if (VersionedPython().Match(Path.GetFileName(file)) is { Success: true } match && Version.TryParse(match.Groups[1].Value, out var minor)
                    && (folder.StartsWith("/usr/bin", StringComparison.Ordinal) || !found.Any(other => Minor(other.Version) == minor)))
                    found.Add((file, minor));
            }
        }
        return found.Where(python => HasPip(python.Path)).OrderBy(python => python.Version).ThenBy(python => python.Path, StringComparer.Ordinal);
    }

    /// <summary>Looks for the package instead of starting Python: this runs while tests are listed.</summary>
    private static bool HasPip(string python)
    {
        var prefix = Path.GetDirectoryName(Path.GetDirectoryName(python))!;
        return Directory.Exists(Path.Combine(prefix, "lib"))
            && (Directory.EnumerateDirectories(Path.Combine(prefix, "lib"), "python*")
                    .SelectMany(lib => (string[])[Path.Combine(lib, "site-packages", "pip"), Path.Combine(lib, "dist-packages", "pip")])
                    .Any(Directory.Exists));
    }

    private static Version Minor(Version version) => new(version.Major, version.Minor);

    [GeneratedRegex(@"^python(\d+\.\d+)$")]
    private static partial Regex VersionedPython();
}

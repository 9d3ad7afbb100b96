using System.Diagnostics.CodeAnalysis;

namespace Anchorage.Packaging;

/// <summary>
/// "Installation" of the pylock.toml specification: 1 the Python fits; 2 one of the environments holds; 3 packages whose
/// marker holds are gathered, no project twice; 4 each gets its source, the best wheel before the sdist.
/// </summary>
internal sealed class LockFileSelection(LockFile lockFile, IReadOnlyDictionary<string, string> variables, SupportedTags tags)
{
    public bool TryRun(IReadOnlyDictionary<string, string> environment, out IReadOnlyList<SelectedPackage> selected, [NotNullWhen(false)] out string? problem)
    {
        selected = [];
        var python = environment.GetValueOrDefault("python_full_version", "");

        // 1. The Python.
        if (lockFile.RequiresPython is { } required && !required.Contains(python))
        {
            problem = $"The lock file is for Python {required}; this is {CoreMetadata.Quote(python)}.";
            return false;
        }

        // 2. The environment. Extras and groups are no part of it.
        if (lockFile.Environments.Count > 0 && !lockFile.Environments.Any(marker => marker.Evaluate(environment)))
        {
            problem = "The lock file is for other environments than this one.";
            return false;
        }

        // 3. The packages.
        var chosen = new Dictionary<ProjectName, LockedPackage>();
        foreach (var package in lockFile.Packages.Where(package => package.Marker?.Evaluate(variables) ?? true))
        {
            if (package.RequiresPython is { } needed && !needed.Contains(python))
            {
                problem = $"{package.Name} needs Python {needed}; this is {CoreMetadata.Quote(python)}.";
                return false;
            }
            if (!chosen.TryAdd(package.Name, package))
            {
                problem = $"The lock file selects {package.Name} twice for this environment; the markers of its entries must exclude each other.";
                return false;
            }
        }

        // 4. The sources.
        var sources = new List<SelectedPackage>();
        foreach (var package in lockFile.Packages.Where(package => chosen.TryGetValue(package.Name, out var found) && found == package))
        {
            if (FindSource(package) is not { } source)
            {
                problem = $"No wheel of {package.Name} fits this environment, and the lock file has no sdist of it.";
                return false;
            }
            sources.Add(new SelectedPackage(package, source));
        }
        selected = sources;
        problem = null;
        return true;
    }

    private LockedSource? FindSource(LockedPackage package) =>
        package.Repository ?? package.Directory ?? package.Archive
        ?? (LockedSource?)package.Wheels
            .Select(wheel => (Wheel: wheel, Rank: tags.RankOf((WheelFilename)wheel.Filename)))
            .Where(pair => pair.Rank is not null)
            .OrderBy(pair => pair.Rank)
            .FirstOrDefault().Wheel
        ?? package.Sdist;
}

using System.Diagnostics.CodeAnalysis;

namespace Anchorage.Testing;

/// <summary>Where this checkout lies: tests find the published programs, scripts and documents from here.</summary>
public static class Repository
{
    /// <summary>The folder that holds Anchorage.slnx.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>True on the machine whose verdict counts: what is missing there is a failure, never a skip.</summary>
    public static bool IsContinuousIntegration =>
        string.Equals(Environment.GetEnvironmentVariable("CI"), "true", StringComparison.OrdinalIgnoreCase);

    /// <summary>A path below the root.</summary>
    public static string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);

    /// <summary>
    /// Leaves the running test out with one clear line, or fails it where the verdict counts.
    /// The prefix is xunit's contract for libraries that do not reference it.
    /// </summary>
    [DoesNotReturn]
    public static void LeaveOut(string reason) =>
        throw new InvalidOperationException(IsContinuousIntegration ? $"Missing in CI: {reason}" : $"$XunitDynamicSkip${reason}");

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Anchorage.slnx")))
                return folder.FullName;
        }
        throw new DirectoryNotFoundException($"No Anchorage.slnx above {AppContext.BaseDirectory}: run the tests from a checkout.");
    }
}

using System.Text.Json;

namespace Anchorage.Packaging.Tests;

/// <summary>
/// The conformance vectors, which stay outside the repository: in <c>ANCHORAGE_VECTORS</c>, or in <c>../shared/data</c>
/// beside it. Where they are absent the tests that need them are left out, except in CI, where that is a failure.
/// </summary>
internal static class Vectors
{
    private static readonly Lazy<string?> Root = new(FindRoot);

    /// <summary>The path of a file or folder of the vectors.</summary>
    public static string PathOf(string relative)
    {
        if (Root.Value is null)
        {
            var message = "Conformance vectors are absent: set ANCHORAGE_VECTORS, or place them in ../shared/data.";
            if (Environment.GetEnvironmentVariable("CI") == "true")
                Assert.Fail(message);
            Assert.Skip(message);
        }
        return Path.Combine(Root.Value, relative);
    }

    /// <summary>A JSON file of the vectors.</summary>
    public static JsonElement Json(string relative)
    {
        using var stream = File.OpenRead(PathOf(relative));
        using var document = JsonDocument.Parse(stream);
        return document.RootElement.Clone();
    }

    /// <summary>The cases of one parametrised test of the reference implementation; all of its tables, where it has several.</summary>
    public static List<JsonElement> Cases(string relative, string test) =>
        [.. Json(relative).EnumerateArray()
            .Where(table => table.GetProperty("test").GetString() == test)
            .SelectMany(table => table.GetProperty("cases").EnumerateArray())];

    /// <summary>Prints how many vectors were tried, and fails when there are fewer than there were.</summary>
    public static void AssertCount(int atLeast, int actual)
    {
        TestContext.Current.TestOutputHelper?.WriteLine($"{actual} vectors");
        Assert.True(actual >= atLeast, $"{actual} vectors were tried; there used to be {atLeast}.");
    }

    private static string? FindRoot()
    {
        var fromEnvironment = Environment.GetEnvironmentVariable("ANCHORAGE_VECTORS");
        if (!string.IsNullOrEmpty(fromEnvironment))
            return Directory.Exists(fromEnvironment) ? fromEnvironment : null;
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Anchorage.slnx")))
            {
                var beside = Path.Combine(folder.FullName, "..", "shared", "data");
                return Directory.Exists(beside) ? Path.GetFullPath(beside) : null;
            }
        }
        return null;
    }
}

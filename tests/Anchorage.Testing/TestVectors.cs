namespace Anchorage.Testing;

/// <summary>
/// The shared test data: real wheels, captured index pages, conformance vectors. It lives outside the repository:
/// <c>ANCHORAGE_VECTORS</c> names it, else <c>../shared/data</c> beside the checkout.
/// </summary>
public static class TestVectors
{
    private static readonly string root =
        Environment.GetEnvironmentVariable("ANCHORAGE_VECTORS") is { Length: > 0 } chosen ? chosen : Repository.PathOf("..", "shared", "data");

    /// <summary>True where the data is present.</summary>
    public static bool ArePresent => Directory.Exists(root);

    /// <summary>A file or folder of the data; leaves the test out where the data is absent.</summary>
    public static string PathOf(params string[] parts)
    {
        if (!ArePresent)
            Repository.LeaveOut($"the shared test data is not at {Path.GetFullPath(root)} (set ANCHORAGE_VECTORS)");
        var path = Path.GetFullPath(Path.Combine([root, .. parts]));
        return Path.Exists(path) ? path : throw new FileNotFoundException($"The shared test data has no {string.Join('/', parts)}.", path);
    }

    /// <summary>The bytes of a file of the data.</summary>
    public static byte[] Read(params string[] parts) => File.ReadAllBytes(PathOf(parts));

    /// <summary>A wheel of the data, read in whole.</summary>
    public static BuiltDistribution Wheel(params string[] parts)
    {
        var path = PathOf(parts);
        return BuiltDistribution.FromFile(path);
    }
}

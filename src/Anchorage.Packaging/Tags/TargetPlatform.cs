namespace Anchorage.Packaging;

/// <summary>
/// The platform tags that a machine accepts, the best first: PEP 600 and its forerunners for glibc, PEP 656 for musl,
/// PEP 425 for macOS and Windows, PEP 730 for iOS, PEP 738 for Android, PEP 783 for Emscripten.
/// </summary>
public sealed class TargetPlatform
{
    /// <summary>Later than any version of glibc, musl, macOS, iOS or Android, and small enough that the list stays short.</summary>
    private const int MaxVersion = 1000;

    /// <summary>glibc 1 was never a platform of wheels, and nobody knows how far the minor versions of a major one will go.</summary>
    private const int LastGlibcMinor = 50;

    private TargetPlatform(IEnumerable<string> tags) => Tags = [.. tags];

    /// <summary>The tags, the best first; <c>any</c> is not among them, since it goes without saying.</summary>
    public IReadOnlyList<string> Tags { get; }

    /// <summary>Linux with glibc, for one architecture as <c>uname -m</c> gives it (<c>x86_64</c>, <c>aarch64</c>, <c>i686</c>, <c>armv7l</c>, <c>armv8l</c> …).</summary>
    /// <exception cref="ArgumentOutOfRangeException">A version below 2 or above 1000.</exception>
    public static TargetPlatform Linux(string architecture, int glibcMajor, int glibcMinor)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(glibcMajor, 2);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(glibcMajor, 20);
        RequireVersion(glibcMinor);
        var architectures = ArchitecturesOf(architecture);
        return new TargetPlatform([.. Manylinux(architectures, glibcMajor, glibcMinor), .. architectures.Select(one => "linux_" + one)]);
    }

    /// <summary>Linux with musl.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A negative version, or one above 1000.</exception>
    public static TargetPlatform Musl(string architecture, int muslMajor, int muslMinor)
    {
        RequireVersion(muslMajor);
        RequireVersion(muslMinor);
        var architectures = ArchitecturesOf(architecture);
        var tags =
            from one in architectures
            from minor in Down(muslMinor, 0)
            select $"musllinux_{muslMajor}_{minor}_{one}";
        return new TargetPlatform([.. tags, .. architectures.Select(one => "linux_" + one)]);
    }

    /// <summary>macOS. An architecture is <c>x86_64</c> or <c>arm64</c>, or one of those before: <c>i386</c>, <c>ppc</c>, <c>ppc64</c>, <c>intel</c>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A version below 10 or above 1000.</exception>
    public static TargetPlatform MacOS(int major, int minor, string architecture)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(major, 10);
        RequireVersion(major);
        RequireVersion(minor);
        return new TargetPlatform(MacTags(major, minor, architecture));
    }

    /// <summary>Windows: <c>x86</c>, <c>amd64</c>, <c>arm64</c> or <c>arm32</c>, as <c>sysconfig.get_platform()</c> has them.</summary>
    public static TargetPlatform Windows(string architecture) =>
        new([architecture.ToLowerInvariant() switch { "x86" or "win32" => "win32", var other => "win_" + Spell(other) }]);

    /// <summary>iOS: <paramref name="multiarch"/> is <c>arm64_iphoneos</c>, <c>arm64_iphonesimulator</c> or <c>x86_64_iphonesimulator</c>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A negative version, or one above 1000.</exception>
    public static TargetPlatform IOS(int major, int minor, string multiarch)
    {
        RequireVersion(major);
        RequireVersion(minor);
        // 12.0 is the first that CPython could run on; no minor version has gone beyond 9.
        const int First = 12;
        var versions =
            from older in Down(major, First)
            from olderMinor in Down(older == major ? minor : 9, 0)
            select $"ios_{older}_{olderMinor}_{Spell(multiarch)}";
        return new TargetPlatform(versions);
    }

    /// <summary>Android: <paramref name="abi"/> is <c>arm64_v8a</c>, <c>armeabi_v7a</c>, <c>x86_64</c> or <c>x86</c>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A negative level, or one above 1000.</exception>
    public static TargetPlatform Android(int apiLevel, string abi)
    {
        RequireVersion(apiLevel);
        // 16 is the first level that CPython could run on.
        return new TargetPlatform(Down(apiLevel, 16).Select(level => $"android_{level}_{Spell(abi)}"));
    }

    /// <summary>Emscripten with the platform that Pyodide defines for a year: <c>pyemscripten_2026_0_wasm32</c> of 2026 and 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A negative version.</exception>
    public static TargetPlatform PyEmscripten(int year, int patch)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(year);
        ArgumentOutOfRangeException.ThrowIfNegative(patch);
        return new TargetPlatform([$"pyemscripten_{year}_{patch}_wasm32"]);
    }

    /// <summary>Any other, by what <c>sysconfig.get_platform()</c> says: <c>freebsd-14.1-release-amd64</c>.</summary>
    public static TargetPlatform Other(string platform) => new([Spell(platform)]);

    private static string Spell(string text) => text.Replace('.', '_').Replace('-', '_').Replace(' ', '_').ToLowerInvariant();

    private static void RequireVersion(int version)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(version);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(version, MaxVersion);
    }

    private static IEnumerable<int> Down(int from, int to)
    {
        for (var value = from; value >= to; value--)
            yield return value;
    }

    /// <summary>A 32-bit program on a 64-bit ARM kernel may use what was built for either.</summary>
    private static string[] ArchitecturesOf(string architecture) => Spell(architecture) == "armv8l" ? ["armv8l", "armv7l"] : [Spell(architecture)];

    private static IEnumerable<string> Manylinux(string[] architectures, int major, int minor)
    {
        // The first glibc that wheels were built against: of CentOS 5 on x86 (PEP 513), of CentOS 7 elsewhere (PEP 599).
        var first = architectures.Any(one => one is "x86_64" or "i686") ? 5 : 17;
        foreach (var architecture in architectures)
        {
            foreach (var older in Down(major, 2))
            {
                foreach (var olderMinor in Down(older == major ? minor : LastGlibcMinor, older == 2 ? first : 0))
                {
                    yield return $"manylinux_{older}_{olderMinor}_{architecture}";
                    if (LegacyName(older, olderMinor) is { } legacy)
                        yield return $"{legacy}_{architecture}";
                }
            }
        }
    }

    /// <summary>PEP 600: the names from before, and what they mean.</summary>
    private static string? LegacyName(int major, int minor) => (major, minor) switch
    {
        (2, 17) => "manylinux2014",
        (2, 12) => "manylinux2010",
        (2, 5) => "manylinux1",
        _ => null,
    };

    private static IEnumerable<string> MacTags(int major, int minor, string architecture)
    {
        if (major == 10)
            return Down(minor, 0).SelectMany(older => MacTagsOf(10, older, architecture));
        var since11 = Down(major, 11).SelectMany(older => MacTagsOf(older, 0, architecture));
        // 11 runs x86_64 programs of all versions of 10. There was no ARM before 11, but a universal2 file may name an
        // older version for the sake of its x86_64 half.
        return since11.Concat(Down(16, 4).SelectMany(older => architecture == "x86_64" ? MacTagsOf(10, older, architecture) : [$"macosx_10_{older}_universal2"]));
    }

    private static IEnumerable<string> MacTagsOf(int major, int minor, string architecture) =>
        MacFormats((major, minor), architecture).Select(format => $"macosx_{major}_{minor}_{format}");

    /// <summary>The formats of files with several architectures in them that run on this one, the narrowest first.</summary>
    internal static IEnumerable<string> MacFormats((int Major, int Minor) version, string architecture)
    {
        switch (architecture)
        {
            case "x86_64":
                return version.CompareTo((10, 4)) < 0 ? [] : ["x86_64", "intel", "fat64", "fat3", "universal2", "universal"];
            case "i386":
                return version.CompareTo((10, 4)) < 0 ? [] : ["i386", "intel", "fat3", "fat", "universal"];
            case "ppc64":
                return version.CompareTo((10, 4)) < 0 || version.CompareTo((10, 5)) > 0 ? [] : ["ppc64", "fat64", "universal"];
            case "ppc":
                return version.CompareTo((10, 6)) > 0 ? [] : ["ppc", "fat3", "fat", "universal"];
            case "intel":
                return ["intel", "universal"];
            case "arm64":
                return ["arm64", "universal2"];
            default:
                return [Spell(architecture)];
        }
    }
}

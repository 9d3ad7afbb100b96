namespace Anchorage.Packaging;

/// <summary>
/// The platforms that the public index lets wheels be uploaded for. A wheel for <c>linux_x86_64</c> says nothing about
/// the libraries that it needs, so it is refused there; a private index may still host it. New platforms come with a new
/// row in the table, never with new code.
/// </summary>
public static class PlatformTagRules
{
    private static readonly HashSet<string> Fixed =
    [
        "any", "win32", "win_arm64", "win_amd64", "win_ia64",
        "manylinux1_x86_64", "manylinux1_i686", "manylinux2010_x86_64", "manylinux2010_i686",
        "manylinux2014_x86_64", "manylinux2014_i686", "manylinux2014_aarch64", "manylinux2014_armv7l",
        "manylinux2014_ppc64", "manylinux2014_ppc64le", "manylinux2014_s390x",
        "linux_armv6l", "linux_armv7l",
    ];

    private static readonly string[] LinuxArchitectures = ["x86_64", "i686", "aarch64", "armv7l", "ppc64le", "s390x", "riscv64"];
    private static readonly string[] MacArchitectures = ["ppc", "ppc64", "i386", "x86_64", "arm64", "intel", "fat", "fat3", "fat64", "universal", "universal2"];

    /// <param name="Prefix">The name of the platform.</param>
    /// <param name="Numbers">How many numbers follow it.</param>
    /// <param name="Majors">The first numbers allowed; null for any.</param>
    /// <param name="HasMinorZero">The second number must be 0: since macOS 11 a version's binaries name its first release.</param>
    /// <param name="Rests">What may follow the numbers.</param>
    private sealed record Family(string Prefix, int Numbers, string[]? Majors, bool HasMinorZero, string[] Rests);

    private static readonly Family[] Families =
    [
        new("manylinux", 2, null, false, [.. LinuxArchitectures, "ppc64"]),
        new("musllinux", 2, null, false, LinuxArchitectures),
        new("macosx", 2, ["10"], false, MacArchitectures),
        new("macosx", 2, ["11", "12", "13", "14", "15", "26"], true, MacArchitectures),
        new("ios", 2, null, false, ["arm64_iphoneos", "arm64_iphonesimulator", "x86_64_iphoneos", "x86_64_iphonesimulator"]),
        new("android", 1, null, false, ["armeabi_v7a", "arm64_v8a", "x86", "x86_64"]),
        new("pyemscripten", 2, null, false, ["wasm32"]),
    ];

    /// <summary>Whether the public index accepts wheels for this single platform tag, in lower case.</summary>
    public static bool IsAcceptedByPublicIndex(string platformTag)
    {
        ArgumentNullException.ThrowIfNull(platformTag);
        return Fixed.Contains(platformTag) || Array.Exists(Families, family => Matches(family, platformTag));
    }

    /// <summary>The first of a wheel's platform tags that the public index refuses; null where it accepts them all.</summary>
    public static string? FindRefused(WheelFilename wheel)
    {
        ArgumentNullException.ThrowIfNull(wheel);
        return wheel.PlatformTags.FirstOrDefault(tag => !IsAcceptedByPublicIndex(tag));
    }

    private static bool Matches(Family family, string tag)
    {
        if (!tag.StartsWith(family.Prefix, StringComparison.Ordinal))
            return false;
        var rest = tag.AsSpan(family.Prefix.Length);
        for (var i = 0; i < family.Numbers; i++)
        {
            if (!TryTakeNumber(ref rest, out var number))
                return false;
            if (i == 0 && family.Majors is not null && !family.Majors.Contains(number.ToString()))
                return false;
            if (i == 1 && family.HasMinorZero && number is not "0")
                return false;
        }
        return rest.Length > 1 && rest[0] == '_' && family.Rests.Contains(rest[1..].ToString());
    }

    private static bool TryTakeNumber(ref ReadOnlySpan<char> text, out ReadOnlySpan<char> number)
    {
        number = default;
        if (text.IsEmpty || text[0] != '_')
            return false;
        var end = 1;
        while (end < text.Length && char.IsAsciiDigit(text[end]))
            end++;
        number = text[1..end];
        text = text[end..];
        return !number.IsEmpty;
    }
}

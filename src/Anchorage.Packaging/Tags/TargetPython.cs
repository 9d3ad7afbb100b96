namespace Anchorage.Packaging;

/// <summary>
/// The Python that wheels are chosen for: implementation, version and ABIs. Compatibility is a matter of rules, not of
/// looking: <see cref="SupportedTags.For"/> derives from it what <c>packaging.tags</c> would find on such a machine.
/// </summary>
public sealed class TargetPython
{
    private const int MaxMinor = 99;

    private TargetPython(string implementation, int major, int minor, IReadOnlyList<string> abis)
    {
        Implementation = implementation;
        Major = major;
        Minor = minor;
        Abis = abis;
    }

    /// <summary>The implementation as in tags: <c>cp</c>, <c>pp</c>, or another's name in lower case.</summary>
    public string Implementation { get; }

    /// <summary>The major version of the language.</summary>
    public int Major { get; }

    /// <summary>The minor version of the language, 0 to 99.</summary>
    public int Minor { get; }

    /// <summary>The implementation's own ABIs, the best first, without <c>abi3</c> and <c>none</c>.</summary>
    public IReadOnlyList<string> Abis { get; }

    /// <summary>The Python tag of this version: <c>cp313</c>.</summary>
    public string Tag => $"{Implementation}{Major}{Minor}";

    /// <summary>CPython.</summary>
    /// <param name="major">The major version, 2 or greater.</param>
    /// <param name="minor">The minor version, 0 to 99.</param>
    /// <param name="isFreeThreaded">Built without the global interpreter lock (PEP 703), from 3.13 on: its wheels have ABI <c>cp313t</c>, and <c>abi3t</c> (PEP 803) for <c>abi3</c>.</param>
    /// <param name="isDebug">Built with <c>Py_DEBUG</c>: from 3.8 on it runs extension modules of normal builds as well.</param>
    /// <param name="hasWideUnicode">Four bytes for a character; of meaning below 3.3 only.</param>
    /// <param name="hasPyMalloc">Built with <c>pymalloc</c>, as by default; of meaning below 3.8 only.</param>
    /// <exception cref="ArgumentOutOfRangeException">A version out of the bounds above.</exception>
    public static TargetPython CPython(int major, int minor, bool isFreeThreaded = false, bool isDebug = false, bool hasWideUnicode = true, bool hasPyMalloc = true)
    {
        RequireVersion(major, minor);
        var version = (major, minor);
        var threading = isFreeThreaded && version.CompareTo((3, 13)) >= 0 ? "t" : "";
        var flags = threading
            + (isDebug ? "d" : "")
            + (hasPyMalloc && version.CompareTo((3, 8)) < 0 ? "m" : "")
            + (hasWideUnicode && version.CompareTo((3, 3)) < 0 ? "u" : "");
        var abi = $"cp{major}{minor}";
        return new TargetPython("cp", major, minor, isDebug && version.CompareTo((3, 8)) >= 0 ? [abi + flags, abi + threading] : [abi + flags]);
    }

    /// <summary>PyPy, whose ABI has a version of its own: <c>pypy310_pp73</c> of 3.10 and <paramref name="abiVersion"/> 73.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A version out of bounds.</exception>
    public static TargetPython PyPy(int major, int minor, int abiVersion = 73)
    {
        RequireVersion(major, minor);
        ArgumentOutOfRangeException.ThrowIfNegative(abiVersion);
        return new TargetPython("pp", major, minor, [$"pypy{major}{minor}_pp{abiVersion}"]);
    }

    /// <summary>
    /// Any other implementation, by its name in <c>sys.implementation</c>: <c>graalpy</c>, <c>jython</c> (which tags call
    /// <c>jy</c>) and so on, with the ABIs that it says it has.
    /// </summary>
    /// <exception cref="ArgumentException">A name or an ABI with other characters than letters, digits and <c>_</c>.</exception>
    public static TargetPython Other(string implementation, int major, int minor, params IEnumerable<string> abis)
    {
        RequireVersion(major, minor);
        var name = ShortName(RequireTag(implementation));
        return new TargetPython(name, major, minor, [.. abis.Select(RequireTag).Where(abi => abi is not "none")]);
    }

    /// <summary>The names that the specification of tags shortens.</summary>
    private static string ShortName(string implementation) => implementation switch
    {
        "cpython" => "cp",
        "pypy" => "pp",
        "jython" => "jy",
        "ironpython" => "ip",
        "python" => "py",
        _ => implementation,
    };

    private static string RequireTag(string text)
    {
        ArgumentException.ThrowIfNullOrEmpty(text);
        foreach (var c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c != '_')
                throw new ArgumentException($"'{CoreMetadata.Quote(text)}' is no part of a tag: letters, digits and '_' are.", nameof(text));
        }
        return text.ToLowerInvariant();
    }

    private static void RequireVersion(int major, int minor)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(major, 2);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(major, 9);
        ArgumentOutOfRangeException.ThrowIfNegative(minor);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minor, MaxMinor);
    }
}

using System.Diagnostics.CodeAnalysis;

namespace Anchorage.Packaging;

/// <summary>
/// A compatibility tag (PEP 425; packaging.python.org "Platform compatibility tags"): the Python, the ABI and the platform
/// that a wheel was built for, such as <c>cp313-abi3-manylinux_2_17_x86_64</c>. Lower case; equal where all parts are.
/// </summary>
public sealed class CompatibilityTag : IEquatable<CompatibilityTag>
{
    /// <summary>The longest text accepted, in characters: a tag is a part of a file name.</summary>
    public const int MaxLength = DistributionFilename.MaxLength;

    /// <summary>The most tags that a compressed set may stand for: the number is a product of three, and no real wheel has 100.</summary>
    public const int MaxTags = 4096;

    internal CompatibilityTag(string python, string abi, string platform)
    {
        Python = python;
        Abi = abi;
        Platform = platform;
    }

    /// <summary>The Python tag: implementation and version, e.g. <c>py3</c>, <c>cp313</c>, <c>pp310</c>.</summary>
    public string Python { get; }

    /// <summary>The ABI tag, e.g. <c>none</c>, <c>abi3</c>, <c>cp313t</c>.</summary>
    public string Abi { get; }

    /// <summary>The platform tag, e.g. <c>any</c>, <c>win_amd64</c>, <c>musllinux_1_2_x86_64</c>.</summary>
    public string Platform { get; }

    /// <summary>Parses a single tag; false for a compressed set as well.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out CompatibilityTag? tag)
    {
        tag = TryParseSet(text, out var tags) && tags.Count == 1 ? tags[0] : null;
        return tag is not null;
    }

    /// <inheritdoc cref="TryParse"/>
    /// <exception cref="FormatException">The text is no single tag.</exception>
    public static CompatibilityTag Parse(string text) =>
        TryParse(text, out var tag) ? tag : throw new FormatException("A compatibility tag looks like py3-none-any or cp313-cp313-win_amd64 (PEP 425).");

    /// <summary>
    /// Parses a compressed set, <c>py2.py3-none-any</c>: every combination of the parts, each once, in the order of the
    /// text. False where a part is empty or has other characters than letters, digits and <c>_</c>, where a Python tag
    /// starts with a digit, and where there are more than <see cref="MaxTags"/>.
    /// </summary>
    public static bool TryParseSet([NotNullWhen(true)] string? text, [NotNullWhen(true)] out IReadOnlyList<CompatibilityTag>? tags)
    {
        tags = null;
        if (text is null || text.Length > MaxLength)
            return false;
        var parts = text.Split('-');
        if (parts.Length != 3)
            return false;
        foreach (var part in parts)
        {
            foreach (var range in part.AsSpan().Split('.'))
            {
                var tag = part.AsSpan(range);
                if (!IsTagPart(tag) || (ReferenceEquals(part, parts[0]) && char.IsAsciiDigit(tag[0])))
                    return false;
            }
        }
        tags = Expand(Spell(parts[0]), Spell(parts[1]), Spell(parts[2]));
        return tags is not null;
    }

    /// <summary>The tags of a wheel, from its file name; the first <see cref="MaxTags"/> of them.</summary>
    public static IReadOnlyList<CompatibilityTag> Of(WheelFilename wheel)
    {
        ArgumentNullException.ThrowIfNull(wheel);
        return [.. Combine([.. wheel.PythonTags.Distinct()], [.. wheel.AbiTags.Distinct()], [.. wheel.PlatformTags.Distinct()]).Take(MaxTags)];
    }

    private static bool IsTagPart(ReadOnlySpan<char> text)
    {
        foreach (var c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c != '_')
                return false;
        }
        return text.Length > 0;
    }

    private static string[] Spell(string part) => [.. part.ToLowerInvariant().Split('.').Distinct()];

    private static CompatibilityTag[]? Expand(string[] pythons, string[] abis, string[] platforms) =>
        (long)pythons.Length * abis.Length * platforms.Length > MaxTags ? null : [.. Combine(pythons, abis, platforms)];

    private static IEnumerable<CompatibilityTag> Combine(string[] pythons, string[] abis, string[] platforms) =>
        from python in pythons
        from abi in abis
        from platform in platforms
        select new CompatibilityTag(python, abi, platform);

    /// <summary>The tag as in a file name.</summary>
    public override string ToString() => $"{Python}-{Abi}-{Platform}";

    /// <inheritdoc/>
    public bool Equals(CompatibilityTag? other) =>
        other is not null && Python == other.Python && Abi == other.Abi && Platform == other.Platform;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as CompatibilityTag);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Python, Abi, Platform);
}

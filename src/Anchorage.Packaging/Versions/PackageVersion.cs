using System.Diagnostics.CodeAnalysis;

namespace Anchorage.Packaging;

/// <summary>
/// A version as the version specifiers specification (PEP 440) defines it. Equal versions compare equal: 1.0 and 1.0.0;
/// each keeps its own normalised text.
/// </summary>
public sealed class PackageVersion : IEquatable<PackageVersion>, IComparable<PackageVersion>
{
    /// <summary>
    /// The longest text accepted, in characters. The reference implementation gives up on a number of 4,301 digits; the
    /// longest version on the public index has 138 characters.
    /// </summary>
    public const int MaxLength = 4300;

    private readonly string text;
    private readonly ulong packed;

    private PackageVersion(VersionParts parts, string text)
    {
        Parts = parts;
        packed = PackedVersion.Pack(parts);
        this.text = text;
    }

    /// <summary>The version taken apart, for specifiers.</summary>
    internal VersionParts Parts { get; }

    /// <summary>
    /// Parses and normalises a version in any spelling of PEP 440 "Normalization" (<c>v1.0-ALPHA.1</c> is <c>1.0a1</c>);
    /// surrounding white space is dropped.
    /// </summary>
    /// <returns>False where the text is no version, or longer than <see cref="MaxLength"/>.</returns>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out PackageVersion? version)
    {
        version = null;
        if (text is null || text.Length > MaxLength)
            return false;
        var parts = VersionParser.Parse(text);
        if (parts is null)
            return false;
        version = new PackageVersion(parts, Print(parts, text));
        return true;
    }

    /// <inheritdoc cref="TryParse"/>
    /// <exception cref="FormatException">The text is no version, or longer than <see cref="MaxLength"/>.</exception>
    public static PackageVersion Parse(string text) =>
        TryParse(text, out var version)
            ? version
            : throw new FormatException("A version looks like 1.2.3, 2.0rc1, 1.0.post2, 3.1.dev4 or 1!2.0+local (PEP 440).");

    /// <summary>Alpha, beta, release candidate or development release.</summary>
    public bool IsPrerelease => Parts.IsPrerelease;

    /// <summary>Development release (<c>.devN</c>).</summary>
    public bool IsDevelopmentRelease => Parts.Dev is not null;

    /// <summary>Post-release (<c>.postN</c>).</summary>
    public bool IsPostRelease => Parts.Post is not null;

    /// <summary>The local part, without <c>+</c>; null where there is none.</summary>
    public string? Local
    {
        get
        {
            if (Parts.Local is null)
                return null;
            var printed = new VersionText(stackalloc char[128]);
            Parts.AppendLocal(ref printed);
            return printed.Written.ToString();
        }
    }

    /// <summary>The version without its local part.</summary>
    public string Public
    {
        get
        {
            if (Parts.Local is null)
                return text;
            return text[..text.IndexOf('+', StringComparison.Ordinal)];
        }
    }

    /// <summary>Epoch and release alone: <c>1!2.0</c> of <c>1!2.0rc1.post2.dev3+x</c>.</summary>
    public string BaseVersion
    {
        get
        {
            var printed = new VersionText(stackalloc char[128]);
            Parts.AppendBase(ref printed, Parts.Release);
            return printed.Written.ToString();
        }
    }

    /// <summary>Trailing zeros of the release removed: the key under which 1.0 and 1.0.0 are one release.</summary>
    public string ToCanonicalString()
    {
        var release = Parts.TrimmedRelease;
        return release.Length == Parts.Release.Length ? text : Print(Parts, release, given: null);
    }

    private static string Print(VersionParts parts, string given) => IsPrinted(given) ? given : Print(parts, parts.Release, given);

    /// <summary>Whether a valid version is a plain release that needs no other form: digits and dots, no zero before another digit.</summary>
    private static bool IsPrinted(string given)
    {
        var segmentStart = 0;
        for (var i = 0; i < given.Length; i++)
        {
            if (given[i] == '.')
                segmentStart = i + 1;
            else if (!char.IsAsciiDigit(given[i]) || (i > segmentStart && given[segmentStart] == '0'))
                return false;
        }
        return true;
    }

    /// <summary>Prints into a stack buffer; most texts are normalised already, and then <paramref name="given"/> is kept.</summary>
    private static string Print(VersionParts parts, ReadOnlySpan<VersionNumber> release, string? given)
    {
        var printed = new VersionText(stackalloc char[160]);
        parts.AppendPublicPart(ref printed, release);
        if (parts.Local is not null)
        {
            printed.Append('+');
            parts.AppendLocal(ref printed);
        }
        return given is not null && printed.Written.SequenceEqual(given) ? given : printed.Written.ToString();
    }

    /// <summary>The normalised text: <c>1.0a1</c> of <c>v1.0-ALPHA.1</c>. Trailing zeros stay.</summary>
    public override string ToString() => text;

    /// <summary>PEP 440 order; every version sorts above null.</summary>
    public int CompareTo(PackageVersion? other)
    {
        if (other is null)
            return 1;
        return PackedVersion.TryCompare(packed, other.packed, out var order) ? order : Parts.CompareTo(other.Parts);
    }

    /// <inheritdoc/>
    public bool Equals(PackageVersion? other) => ReferenceEquals(this, other) || (other is not null && CompareTo(other) == 0);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as PackageVersion);

    /// <inheritdoc/>
    public override int GetHashCode() => Parts.GetHashCode();

    private static int Compare(PackageVersion? left, PackageVersion? right) =>
        left is null ? (right is null ? 0 : -1) : left.CompareTo(right);

    /// <summary>The same version, whatever its trailing zeros.</summary>
    public static bool operator ==(PackageVersion? left, PackageVersion? right) => Compare(left, right) == 0;

    /// <summary>Different versions.</summary>
    public static bool operator !=(PackageVersion? left, PackageVersion? right) => Compare(left, right) != 0;

    /// <summary>PEP 440 order.</summary>
    public static bool operator <(PackageVersion? left, PackageVersion? right) => Compare(left, right) < 0;

    /// <summary>PEP 440 order.</summary>
    public static bool operator >(PackageVersion? left, PackageVersion? right) => Compare(left, right) > 0;

    /// <summary>PEP 440 order.</summary>
    public static bool operator <=(PackageVersion? left, PackageVersion? right) => Compare(left, right) <= 0;

    /// <summary>PEP 440 order.</summary>
    public static bool operator >=(PackageVersion? left, PackageVersion? right) => Compare(left, right) >= 0;
}

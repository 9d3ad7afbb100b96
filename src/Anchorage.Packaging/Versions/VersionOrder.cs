namespace Anchorage.Packaging;

/// <summary>
/// Orders version texts: PEP 440 versions by their order, everything else (legacy versions, of which the public index
/// still has some) below them. Never throws.
/// </summary>
public static class VersionOrder
{
    /// <summary>
    /// The comparer, total over texts: spellings of one version stand together in ordinal order, so 0 means the same
    /// text. It parses both texts at each comparison; to sort many, order by <see cref="Key"/>.
    /// </summary>
    public static IComparer<string> Comparer { get; } = Comparer<string>.Create(
        (left, right) => ReferenceEquals(left, right) ? 0 : Key(left).CompareTo(Key(right)));

    /// <summary>The text parsed once, to sort by: <c>files.OrderBy(file => VersionOrder.Key(file.Version))</c>.</summary>
    public static VersionSortKey Key(string? text) => new(text);
}

/// <summary>A version text, parsed once, in the order of <see cref="VersionOrder"/>.</summary>
public readonly struct VersionSortKey : IComparable<VersionSortKey>, IEquatable<VersionSortKey>
{
    private readonly string? text;
    private readonly PackageVersion? version;

    internal VersionSortKey(string? text)
    {
        this.text = text;
        version = PackageVersion.TryParse(text, out var parsed) ? parsed : null;
    }

    /// <inheritdoc/>
    public int CompareTo(VersionSortKey other)
    {
        var order = (version, other.version) switch
        {
            (null, null) => CompareLegacy(text, other.text),
            (null, _) => -1,
            (_, null) => 1,
            _ => version.CompareTo(other.version),
        };
        return order != 0 ? order : string.CompareOrdinal(text, other.text);
    }

    /// <summary>Runs of digits by value, all else by code unit: <c>204x</c> before <c>2010x</c>, <c>r9</c> before <c>r10</c>.</summary>
    private static int CompareLegacy(ReadOnlySpan<char> left, ReadOnlySpan<char> right)
    {
        while (!left.IsEmpty && !right.IsEmpty)
        {
            int order;
            if (char.IsAsciiDigit(left[0]) && char.IsAsciiDigit(right[0]))
            {
                order = VersionNumber.Parse(TakeDigits(ref left)).CompareTo(VersionNumber.Parse(TakeDigits(ref right)));
            }
            else
            {
                order = left[0].CompareTo(right[0]);
                left = left[1..];
                right = right[1..];
            }
            if (order != 0)
                return order;
        }
        return left.Length.CompareTo(right.Length);
    }

    private static ReadOnlySpan<char> TakeDigits(ref ReadOnlySpan<char> text)
    {
        var length = text.IndexOfAnyExceptInRange('0', '9');
        var digits = length < 0 ? text : text[..length];
        text = text[digits.Length..];
        return digits;
    }

    /// <inheritdoc/>
    public bool Equals(VersionSortKey other) => text == other.text;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is VersionSortKey other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => text?.GetHashCode(StringComparison.Ordinal) ?? 0;

    /// <summary>The same text.</summary>
    public static bool operator ==(VersionSortKey left, VersionSortKey right) => left.Equals(right);

    /// <summary>Different texts.</summary>
    public static bool operator !=(VersionSortKey left, VersionSortKey right) => !left.Equals(right);

    /// <summary>The order of <see cref="VersionOrder"/>.</summary>
    public static bool operator <(VersionSortKey left, VersionSortKey right) => left.CompareTo(right) < 0;

    /// <summary>The order of <see cref="VersionOrder"/>.</summary>
    public static bool operator >(VersionSortKey left, VersionSortKey right) => left.CompareTo(right) > 0;

    /// <summary>The order of <see cref="VersionOrder"/>.</summary>
    public static bool operator <=(VersionSortKey left, VersionSortKey right) => left.CompareTo(right) <= 0;

    /// <summary>The order of <see cref="VersionOrder"/>.</summary>
    public static bool operator >=(VersionSortKey left, VersionSortKey right) => left.CompareTo(right) >= 0;
}

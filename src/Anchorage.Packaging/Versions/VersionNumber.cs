namespace Anchorage.Packaging;

/// <summary>
/// A non-negative integer of any length, as PEP 440 allows in each part of a version. Up to 19 digits live in a machine
/// word; longer ones keep their digits, because ordering needs nothing but length and ordinal comparison.
/// </summary>
internal readonly struct VersionNumber : IEquatable<VersionNumber>, IComparable<VersionNumber>
{
    /// <summary>10^19 - 1 is the largest run of nines that a 64-bit word holds.</summary>
    private const int MaxWordDigits = 19;

    private readonly ulong word;

    /// <summary>Digits without leading zeros, 20 or more; null where <see cref="word"/> has the value.</summary>
    private readonly string? digits;

    public VersionNumber(ulong value) => word = value;

    private VersionNumber(string digits) => this.digits = digits;

    public bool IsZero => digits is null && word == 0;

    /// <summary>The value, where it is no more than <paramref name="most"/>.</summary>
    public bool TryGetSmall(ulong most, out ulong value)
    {
        value = word;
        return digits is null && word <= most;
    }

    /// <summary>Takes ASCII digits; none means zero, as in <c>1.0a</c>.</summary>
    public static VersionNumber Parse(ReadOnlySpan<char> text)
    {
        text = text.TrimStart('0');
        if (text.Length > MaxWordDigits)
            return new VersionNumber(text.ToString());
        var value = 0UL;
        foreach (var digit in text)
            value = (value * 10) + (ulong)(digit - '0');
        return new VersionNumber(value);
    }

    public VersionNumber Next()
    {
        if (digits is null && word < 9_999_999_999_999_999_999)
            return new VersionNumber(word + 1);
        var text = ToString();
        var next = ('0' + text).ToCharArray();
        var at = next.Length - 1;
        while (next[at] == '9')
            next[at--] = '0';
        next[at]++;
        return Parse(next);
    }

    public int CompareTo(VersionNumber other)
    {
        if (digits is null)
            return other.digits is null ? word.CompareTo(other.word) : -1;
        if (other.digits is null)
            return 1;
        return digits.Length != other.digits.Length
            ? digits.Length.CompareTo(other.digits.Length)
            : string.CompareOrdinal(digits, other.digits);
    }

    public bool Equals(VersionNumber other) => word == other.word && digits == other.digits;

    public override bool Equals(object? obj) => obj is VersionNumber other && Equals(other);

    public override int GetHashCode() => digits is null ? word.GetHashCode() : digits.GetHashCode(StringComparison.Ordinal);

    public override string ToString() => digits ?? word.ToString(System.Globalization.CultureInfo.InvariantCulture);

    public void AppendTo(ref VersionText text)
    {
        if (digits is null)
            text.Append(word);
        else
            text.Append(digits);
    }
}

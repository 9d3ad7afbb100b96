namespace Anchorage.Packaging;

/// <summary>
/// A version as one number: four release segments (16 and three times 8 bits), the kind of what follows (3 bits) and its number (21
/// bits). Nearly all versions fit, and comparing two such takes a nanosecond where taken apart it is ten. One that does not fit
/// says so in its kind; its release segments are right as far as they go, and the largest possible behind that, so that only
/// versions of one release are ever taken apart.
/// </summary>
internal static class PackedVersion
{
    private const int Segments = 4;
    private const int SuffixBits = 24;
    private const int NumberBits = 21;
    private const ulong KindMask = 7UL << NumberBits;

    // 1.0.dev1 < 1.0a1 < 1.0b1 < 1.0rc1 < 1.0 < 1.0.post1: PreKind has the numbers between these.
    private const ulong Development = 0;
    private const ulong Final = 4;
    private const ulong Post = 5;
    private const ulong Unfit = 7;

    public static ulong Pack(VersionParts parts)
    {
        var isFit = TryPackRelease(parts, out var release) & TryPackSuffix(parts, out var suffix);
        return (release << SuffixBits) | (isFit ? suffix : Unfit << NumberBits);
    }

    /// <summary>False where the two have to be taken apart.</summary>
    public static bool TryCompare(ulong left, ulong right, out int order)
    {
        order = left.CompareTo(right);
        return (left ^ right) >> SuffixBits != 0 || ((left & KindMask) != KindMask && (right & KindMask) != KindMask);
    }

    private static bool TryPackRelease(VersionParts parts, out ulong packed)
    {
        packed = 0;
        var release = parts.TrimmedRelease;
        var isFit = parts.Epoch.IsZero;
        for (var i = 0; i < Segments; i++)
        {
            var most = i == 0 ? 0xFFFFUL : 0xFFUL;
            var value = 0UL;
            isFit = isFit && (i >= release.Length || release[i].TryGetSmall(most, out value));
            packed = (packed << 8) | (isFit ? value : most);
        }
        return isFit && release.Length <= Segments;
    }

    private static bool TryPackSuffix(VersionParts parts, out ulong packed)
    {
        var isPre = parts.Pre != PreKind.None;
        var kind = isPre ? (ulong)parts.Pre : parts.Dev is not null ? Development : parts.Post is not null ? Post : Final;
        var number = isPre ? parts.PreNumber : parts.Dev ?? parts.Post ?? default;
        var isFit = number.TryGetSmall((1UL << NumberBits) - 1, out packed);
        packed |= kind << NumberBits;
        var isOne = (isPre ? 1 : 0) + (parts.Post is null ? 0 : 1) + (parts.Dev is null ? 0 : 1) <= 1;
        return isFit && isOne && parts.Local is null;
    }
}

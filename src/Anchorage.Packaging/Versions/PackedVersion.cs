namespace Anchorage.Packaging;

/// <summary>
/// A version as one number in the order of PEP 440, for the versions that nearly all are: four release segments at most (the first
/// up to 65535, the others up to 255), and either nothing behind them or one number. Comparing two takes a nanosecond; taken apart
/// it is ten.
/// </summary>
internal static class PackedVersion
{
    /// <summary>For a version that does not fit.</summary>
    public const ulong None = ulong.MaxValue;

    private const int MaxSegments = 4;
    private const int SuffixBits = 21;

    public static ulong Pack(VersionParts parts)
    {
        var release = parts.TrimmedRelease;
        if (release.Length > MaxSegments || !parts.Epoch.IsZero || parts.Local is not null)
            return None;
        var packed = 0UL;
        for (var i = 0; i < MaxSegments; i++)
        {
            var segment = i < release.Length ? release[i] : default;
            if (!segment.TryGetSmall(i == 0 ? 0xFFFFUL : 0xFFUL, out var value))
                return None;
            packed = (packed << 8) | value;
        }
        // 1.0.dev1 < 1.0a1 < 1.0b1 < 1.0rc1 < 1.0 < 1.0.post1: what has two of these is left to the long way.
        var isPre = parts.Pre != PreKind.None;
        if ((isPre ? 1 : 0) + (parts.Post is null ? 0 : 1) + (parts.Dev is null ? 0 : 1) > 1)
            return None;
        var rank = isPre ? (ulong)parts.Pre : parts.Dev is not null ? 0UL : parts.Post is null ? 4UL : 5UL;
        var number = isPre ? parts.PreNumber : parts.Dev ?? parts.Post ?? default;
        if (!number.TryGetSmall((1UL << SuffixBits) - 1, out var suffix))
            return None;
        return (((packed << 3) | rank) << SuffixBits) | suffix;
    }
}

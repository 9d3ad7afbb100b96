using System.Globalization;

namespace Anchorage.Packaging;

/// <summary>
/// Bounds of a page that another index wrote. The bytes of a page are bounded by whoever reads them from the network; these
/// bound what a page of that size may turn into. The largest project of the public index has some 60,000 files.
/// </summary>
internal static class SimpleLimits
{
    public const int MaxDepth = 32;
    public const int MaxFiles = 200_000;
    public const int MaxVersions = 200_000;
    public const int MaxProjects = 5_000_000;

    /// <summary>Unknown fields cost some hundred bytes of memory each, however short they are in the page.</summary>
    public const int MaxExtraFieldsPerObject = 64;
    public const int MaxExtraFieldsPerPage = 400_000;

    public const int MaxHashes = 16;
    public const int MaxFilenameLength = 512;
    public const int MaxUrlLength = 8192;

    /// <summary>Requires-Python, reasons, versions, times: what people and tools write there has far fewer characters.</summary>
    public const int MaxTextLength = 16_384;

    /// <summary>How many of the files that were left out are named.</summary>
    public const int MaxLeftOutNamed = 100;

    /// <summary>Clients fail on a major version that they do not know, and so does this reader (PEP 629).</summary>
    public static void RequireKnownVersion(string version, string page)
    {
        var dot = version.IndexOf('.', StringComparison.Ordinal);
        var known = dot > 0
            && int.TryParse(version.AsSpan(0, dot), NumberStyles.None, CultureInfo.InvariantCulture, out var major)
            && int.TryParse(version.AsSpan(dot + 1), NumberStyles.None, CultureInfo.InvariantCulture, out _)
            && major == 1;
        if (!known)
            throw new FormatException($"{page} is written for version \"{Shorten(version)}\" of the Simple API; this reader knows version 1.");
    }

    /// <summary>Foreign text for a message: short, and without characters that could break a log line or a header.</summary>
    public static string Shorten(string text)
    {
        var length = Math.Min(text.Length, 80);
        return string.Create(length, text, static (span, source) =>
        {
            for (var i = 0; i < span.Length; i++)
                span[i] = source[i] is >= ' ' and <= '~' ? source[i] : '?';
        });
    }
}

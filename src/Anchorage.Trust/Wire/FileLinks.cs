// Where an index page sends its readers for files: the first absolute https link to another host, in HTML or JSON. A search, not a parse: the page
// is cut at 64 KiB, and only a host is wanted.

using System.Text;
using System.Text.RegularExpressions;

namespace Anchorage.Trust;

internal static partial class FileLinks
{
    public const int MostRead = 64 * 1024;

    public static Uri? FirstOtherHost(ReadOnlySpan<byte> page, Uri index)
    {
        foreach (Match match in Link().Matches(Encoding.Latin1.GetString(page)))
        {
            if (Uri.TryCreate(match.Groups["url"].Value, UriKind.Absolute, out var link)
                && (link.IdnHost != index.IdnHost || link.Port != index.Port))
                return new Uri(link.GetLeftPart(UriPartial.Authority) + "/");
        }
        return null;
    }

    [GeneratedRegex("""(?:href\s*=\s*["']?|"url"\s*:\s*")(?<url>https://[^"'#\s<>]{1,2000})""", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Link();
}

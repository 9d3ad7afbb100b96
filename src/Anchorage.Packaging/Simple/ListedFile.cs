using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace Anchorage.Packaging;

/// <summary>
/// What both readers ask of a listed file before anybody acts on it. A file whose name, URL or digest is not usable is left
/// out (and named in <see cref="ProjectDetail.LeftOut"/>): keeping it without its digest would mean serving unverified bytes,
/// and refusing the whole page would take a project offline for one bad line.
/// </summary>
internal static class ListedFile
{
    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdefABCDEF");

    private static readonly SearchValues<char> PlainUrlCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/?@!$&'()*+,;=%");

    /// <summary>The digests that hashlib guarantees and that are long enough to be read here; the strongest for a URL fragment first.</summary>
    public static readonly string[] FragmentAlgorithms = ["sha256", "sha512", "sha384", "sha224", "sha1", "md5"];

    /// <summary>Null where the file name can be served; otherwise what is wrong with it.</summary>
    public static string? FindFilenameProblem(string filename)
    {
        if (filename.Length is 0 or > SimpleLimits.MaxFilenameLength)
            return $"its name has {filename.Length} characters";
        if (filename[0] == '.' || filename.AsSpan().IndexOfAny('/', '\\') >= 0)
            return "its name is a path";
        if (!filename.AsSpan().ContainsAnyExceptInRange(' ', '~'))
            return null;
        foreach (var c in filename)
        {
            if (char.IsControl(c) || char.IsSurrogate(c))
                return "its name has characters that no file name has";
        }
        return null;
    }

    /// <summary>
    /// The URL without its fragment, resolved where there is something to resolve it against. Only http and https survive: no
    /// <c>javascript:</c> reaches a browser, no <c>file:</c> reaches a fetch.
    /// </summary>
    /// <remarks>
    /// The bound holds for what is handed on as well: a URL grows when it is made absolute or escaped, and a page that was written
    /// from it could not be read again.
    /// </remarks>
    public static bool TryResolveUrl(string url, Uri? pageUrl, [NotNullWhen(true)] out string? resolved)
    {
        resolved = null;
        var fragment = url.IndexOf('#', StringComparison.Ordinal);
        var text = (fragment < 0 ? url : url[..fragment]).Trim();
        if (text.Length is 0 or > SimpleLimits.MaxUrlLength)
            return false;
        resolved = IsPlainUrl(text) ? text : Resolve(text, pageUrl);
        if (resolved?.Length > SimpleLimits.MaxUrlLength)
            resolved = null;
        return resolved is not null;
    }

    private static string? Resolve(string text, Uri? pageUrl)
    {
        foreach (var c in text)
        {
            // Browsers drop tab and newline inside a URL, so "java\tscript:" would be a scheme to them.
            if (char.IsControl(c) || c == '\\')
                return null;
        }

        if (HasScheme(text))
        {
            if (!Uri.TryCreate(text, UriKind.Absolute, out var absolute) || !IsHttp(absolute))
                return null;
            return text.Contains(' ', StringComparison.Ordinal) ? absolute.AbsoluteUri : text;
        }
        if (pageUrl is null)
            return text.Replace(" ", "%20", StringComparison.Ordinal);
        return Uri.TryCreate(pageUrl, text, out var joined) && IsHttp(joined) ? joined.AbsoluteUri : null;
    }

    /// <summary>
    /// An address as index pages are full of, told without making a <see cref="Uri"/>, which takes most of the time of reading a page:
    /// https, a host name in lower case, no port and no user, and only characters that a URL may have.
    /// </summary>
    private static bool IsPlainUrl(ReadOnlySpan<char> url)
    {
        const string Start = "https://";
        const int LongestLabel = 63;
        if (!url.StartsWith(Start) || url.ContainsAnyExcept(PlainUrlCharacters))
            return false;
        var host = url[Start.Length..];
        var slash = host.IndexOf('/');
        if (slash is <= 0 or > LongestLabel)
            return false;
        var previous = '.';
        foreach (var c in host[..slash])
        {
            if (c is '.' or '-' ? previous is '.' or '-' : !char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c))
                return false;
            previous = c;
        }
        // A last label of digits would be an IP address, of which there are many spellings.
        return previous is not ('.' or '-') && char.IsAsciiLetterLower(host[host[..slash].LastIndexOf('.') + 1]);
    }

    /// <summary>Lower-case hexadecimal of the right length for the algorithm (any even length where the algorithm is not known).</summary>
    public static bool TryReadDigest(string algorithm, ReadOnlySpan<char> text, [NotNullWhen(true)] out string? digest)
    {
        digest = null;
        var length = algorithm switch
        {
            "md5" => 32,
            "sha1" => 40,
            "sha224" => 56,
            "sha256" or "blake2b_256" or "blake2_256" or "sha3_256" => 64,
            "sha384" => 96,
            "sha512" => 128,
            _ => 0,
        };
        if (text.Length is 0 or > 512 || (length == 0 ? text.Length % 2 != 0 : text.Length != length))
            return false;
        if (text.ContainsAnyExcept(HexDigits))
            return false;
        digest = text.ContainsAnyInRange('A', 'F') ? text.ToString().ToLowerInvariant() : text.ToString();
        return true;
    }

    private static bool IsHttp(Uri url) => (url.Scheme == Uri.UriSchemeHttps || url.Scheme == Uri.UriSchemeHttp) && url.Host.Length > 0;

    private static bool HasScheme(string text)
    {
        if (!char.IsAsciiLetter(text[0]))
            return false;
        foreach (var c in text)
        {
            if (c == ':')
                return true;
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('+' or '-' or '.'))
                return false;
        }
        return false;
    }
}

namespace Anchorage.Packaging;

/// <summary>
/// Removes credentials from a URL without taking the rest of it apart: what is no URL for one parser may well hold a
/// password for another.
/// </summary>
internal static class UrlCredentials
{
    /// <summary>The URL without what stands in front of its host, unless that is known or made of environment variables.</summary>
    public static string Remove(string url, IReadOnlyCollection<string> known)
    {
        var slashes = url.IndexOf("//", StringComparison.Ordinal);
        if (slashes < 0)
            return url;
        var start = slashes + 2;
        var length = url.AsSpan(start).IndexOfAny('/', '?', '#');
        var authority = length < 0 ? url.AsSpan(start) : url.AsSpan(start, length);
        // The last sign: an unescaped one in a password belongs to the password, and no part of it may stay.
        var at = authority.LastIndexOf('@');
        if (at < 0)
            return url;
        var credentials = authority[..at].ToString();
        return known.Contains(credentials) || IsOfVariables(credentials) ? url : string.Concat(url.AsSpan(0, start), url.AsSpan(start + at + 1));
    }

    /// <summary>PEP 610: <c>${NAME}</c>, or two of them with a colon between.</summary>
    private static bool IsOfVariables(string credentials)
    {
        var parts = credentials.Split(':');
        return parts.Length <= 2 && Array.TrueForAll(parts, IsVariable);
    }

    private static bool IsVariable(string text)
    {
        if (text.Length < 4 || !text.StartsWith("${", StringComparison.Ordinal) || text[^1] != '}')
            return false;
        foreach (var c in text.AsSpan(2..^1))
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_'))
                return false;
        }
        return true;
    }
}

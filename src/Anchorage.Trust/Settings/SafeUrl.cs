using System.Buffers;

namespace Anchorage.Trust;

/// <summary>URLs of settings, which may hold passwords, as they may be shown.</summary>
internal static class SafeUrl
{
    private static readonly SearchValues<char> WordEnds = SearchValues.Create(" \t\r\n\"'<>,");

    /// <summary>The text without user names and passwords of URLs in it.</summary>
    public static string WithoutCredentials(string text)
    {
        var from = 0;
        while (from < text.Length)
        {
            var scheme = text.IndexOf("://", from, StringComparison.Ordinal);
            if (scheme < 0)
                break;
            var authority = scheme + 3;
            // A password may hold an unescaped slash or '#', against RFC 3986: whatever stands before the last '@' of the word goes.
            var word = text.AsSpan(authority).IndexOfAny(WordEnds);
            var end = word < 0 ? text.Length : authority + word;
            var at = text.LastIndexOf('@', end - 1, end - authority);
            if (at >= authority && LooksLikeCredentials(text.AsSpan(authority, at - authority)))
            {
                text = string.Concat(text.AsSpan(0, authority), "***@", text.AsSpan(at + 1));
                end = end - (at - authority) + 3;
            }
            from = Math.Max(end, authority);
        }
        return text;
    }

    /// <summary>True where the text has a user name or a password in a URL.</summary>
    public static bool HasCredentials(string text) => WithoutCredentials(text) != text;

    // git+https://host/project.git@v1 has an '@' behind its path.
    private static bool LooksLikeCredentials(ReadOnlySpan<char> before)
    {
        var slash = before.IndexOf('/');
        if (slash < 0)
            return true;
        // user:pass/word, not host:8443/path.
        var colon = before[..slash].IndexOf(':');
        return colon >= 0 && before[(colon + 1)..slash].ContainsAnyExceptInRange('0', '9');
    }

    /// <summary>An http or https URL, also without its scheme where one may be left out; null for anything else.</summary>
    public static Uri? Parse(string text, string? defaultScheme = null)
    {
        if (defaultScheme is not null && !text.Contains("://", StringComparison.Ordinal))
            text = defaultScheme + "://" + text;
        return text.Length <= 4_000 && Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Host.Length > 0 ? url : null;
    }
}

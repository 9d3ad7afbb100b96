using System.Buffers;

namespace Anchorage.Packaging;

/// <summary>The value of Description-Content-Type: one of three types, UTF-8 only, and two variants of Markdown.</summary>
internal static class DescriptionContentType
{
    /// <summary>RFC 2045 "tspecials", and what the reference implementation refuses beside them.</summary>
    private static readonly SearchValues<char> Specials = SearchValues.Create("()<>@,;:\\\"/[]?={}*");

    /// <summary>The end of a sentence that begins with the value; null where it is valid.</summary>
    public static string? FindProblem(string value)
    {
        var parts = value.Split(';');
        var type = parts[0].Trim().ToLowerInvariant();
        if (type is not ("text/plain" or "text/x-rst" or "text/markdown"))
            return "must be text/plain, text/x-rst or text/markdown.";
        foreach (var part in parts.AsSpan(1))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            var name = equals < 0 ? "" : part[..equals].Trim().ToLowerInvariant();
            var argument = equals < 0 ? "" : part[(equals + 1)..].Trim();
            if (argument.Length > 1 && argument[0] == '"' && argument[^1] == '"')
                argument = argument[1..^1];
            if (!IsToken(name) || !IsToken(argument))
                return "has a malformed parameter; one looks like '; charset=UTF-8'.";
            if (name == "charset" && !argument.Equals("UTF-8", StringComparison.OrdinalIgnoreCase))
                return "must not name another charset than UTF-8.";
            if (name == "variant" && type == "text/markdown" && argument is not ("GFM" or "CommonMark"))
                return "must name the variant GFM or CommonMark.";
        }
        return null;
    }

    /// <summary>RFC 2045 "token": printable ASCII without blanks and special characters.</summary>
    private static bool IsToken(string text) =>
        text.Length > 0 && !text.AsSpan().ContainsAnyExceptInRange('!', '~') && !text.AsSpan().ContainsAny(Specials);
}

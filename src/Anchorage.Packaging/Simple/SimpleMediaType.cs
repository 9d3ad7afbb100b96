namespace Anchorage.Packaging;

/// <summary>The forms in which a Simple API page is served.</summary>
public enum SimpleMediaType
{
    /// <summary><c>text/html</c></summary>
    Html,

    /// <summary><c>application/vnd.pypi.simple.v1+html</c></summary>
    HtmlV1,

    /// <summary><c>application/vnd.pypi.simple.v1+json</c></summary>
    JsonV1,
}

/// <summary>Content negotiation of the Simple API as the public index does it: q-values, <c>?format=</c>, <c>latest</c>, never 406.</summary>
public static class SimpleNegotiation
{
    private const int Forms = 3;

    /// <summary>
    /// The form to answer with. Unacceptable or malformed <paramref name="accept"/> means <c>text/html</c>: the specification
    /// recommends 406, but then older clients get nothing at all. Where two forms have the same quality, the order is
    /// text/html, +html, +json. Allocates nothing.
    /// </summary>
    /// <param name="accept">The Accept header's value (several joined by commas), or null.</param>
    /// <param name="format">The query's <c>format</c>, or null; one of the five known types overrides Accept, others are ignored.</param>
    public static SimpleMediaType Choose(string? accept, string? format)
    {
        if (format is not null && ReadFormat(format) is { } chosen)
            return chosen;
        if (string.IsNullOrEmpty(accept))
            return SimpleMediaType.Html;

        Span<Match> matches = stackalloc Match[Forms];
        matches.Clear();
        return TryReadAccept(accept, matches) ? Best(matches) : SimpleMediaType.Html;
    }

    /// <summary>The Content-Type to write: one of the three v1 types; <c>text/html</c> with its charset, so that no browser guesses.</summary>
    public static string ToContentType(this SimpleMediaType type) => type switch
    {
        SimpleMediaType.JsonV1 => "application/vnd.pypi.simple.v1+json",
        SimpleMediaType.HtmlV1 => "application/vnd.pypi.simple.v1+html",
        _ => "text/html; charset=utf-8",
    };

    /// <summary>Reads an upstream's Content-Type, parameters and case aside; null where it is no Simple API form.</summary>
    public static SimpleMediaType? Read(string? contentType)
    {
        var type = contentType.AsSpan();
        var semicolon = type.IndexOf(';');
        type = (semicolon < 0 ? type : type[..semicolon]).Trim();
        if (Is(type, "text/html"))
            return SimpleMediaType.Html;
        if (Is(type, "application/vnd.pypi.simple.v1+json"))
            return SimpleMediaType.JsonV1;
        return Is(type, "application/vnd.pypi.simple.v1+html") ? SimpleMediaType.HtmlV1 : null;
    }

    // A '+' that a person typed into the query arrives as a space: form decoding made it one.
    private static SimpleMediaType? ReadFormat(string format) => format switch
    {
        "text/html" => SimpleMediaType.Html,
        "application/vnd.pypi.simple.v1+html" or "application/vnd.pypi.simple.v1 html" => SimpleMediaType.HtmlV1,
        "application/vnd.pypi.simple.v1+json" or "application/vnd.pypi.simple.v1 json" => SimpleMediaType.JsonV1,
        "application/vnd.pypi.simple.latest+html" or "application/vnd.pypi.simple.latest html" => SimpleMediaType.HtmlV1,
        "application/vnd.pypi.simple.latest+json" or "application/vnd.pypi.simple.latest json" => SimpleMediaType.JsonV1,
        _ => null,
    };

    private struct Match
    {
        // 0 nothing, 1 */*, 2 type/*, 3 the type itself: RFC 9110 §12.5.1, the most specific range decides.
        public int Specificity;
        public int Quality;
    }

    private static SimpleMediaType Best(ReadOnlySpan<Match> matches)
    {
        var best = 0;
        for (var form = 1; form < Forms; form++)
        {
            if (matches[form].Quality > matches[best].Quality)
                best = form;
        }
        return (SimpleMediaType)best;
    }

    private static bool TryReadAccept(ReadOnlySpan<char> accept, Span<Match> matches)
    {
        while (!accept.IsEmpty)
        {
            var end = IndexOutsideQuotes(accept, ',');
            var element = (end < 0 ? accept : accept[..end]).Trim(" \t");
            accept = end < 0 ? [] : accept[(end + 1)..];
            if (element.IsEmpty)
                continue; // RFC 9110 §5.6.1: a recipient ignores empty list elements.

            var semicolon = element.IndexOf(';');
            var range = (semicolon < 0 ? element : element[..semicolon]).Trim(" \t");
            if (!range.Contains('/'))
                return false;
            if (!TryReadQuality(semicolon < 0 ? [] : element[(semicolon + 1)..], out var quality))
                return false;
            Apply(range, quality, matches);
        }
        return true;
    }

    private static void Apply(ReadOnlySpan<char> range, int quality, Span<Match> matches)
    {
        if (Is(range, "*/*"))
        {
            Note(ref matches[(int)SimpleMediaType.Html], 1, quality);
            Note(ref matches[(int)SimpleMediaType.HtmlV1], 1, quality);
            Note(ref matches[(int)SimpleMediaType.JsonV1], 1, quality);
        }
        else if (Is(range, "application/*"))
        {
            Note(ref matches[(int)SimpleMediaType.HtmlV1], 2, quality);
            Note(ref matches[(int)SimpleMediaType.JsonV1], 2, quality);
        }
        else if (Is(range, "text/*"))
        {
            Note(ref matches[(int)SimpleMediaType.Html], 2, quality);
        }
        else if (Is(range, "application/vnd.pypi.simple.v1+json") || Is(range, "application/vnd.pypi.simple.latest+json"))
        {
            Note(ref matches[(int)SimpleMediaType.JsonV1], 3, quality);
        }
        else if (Is(range, "application/vnd.pypi.simple.v1+html") || Is(range, "application/vnd.pypi.simple.latest+html"))
        {
            Note(ref matches[(int)SimpleMediaType.HtmlV1], 3, quality);
        }
        else if (Is(range, "text/html"))
        {
            Note(ref matches[(int)SimpleMediaType.Html], 3, quality);
        }
    }

    private static void Note(ref Match match, int specificity, int quality)
    {
        if (specificity < match.Specificity || (specificity == match.Specificity && quality <= match.Quality))
            return;
        match.Specificity = specificity;
        match.Quality = quality;
    }

    // Parameters other than q do not narrow our forms: "text/html;charset=utf-8" asks for text/html.
    private static bool TryReadQuality(ReadOnlySpan<char> parameters, out int quality)
    {
        quality = 1000;
        while (!parameters.IsEmpty)
        {
            var end = IndexOutsideQuotes(parameters, ';');
            var parameter = (end < 0 ? parameters : parameters[..end]).Trim(" \t");
            parameters = end < 0 ? [] : parameters[(end + 1)..];
            if (parameter.Length >= 2 && parameter[0] is 'q' or 'Q' && parameter[1] == '=')
                return TryReadWeight(parameter[2..], out quality);
        }
        return true;
    }

    // RFC 9110 §12.4.2: 0 or 1 with at most three decimals, in thousandths here.
    private static bool TryReadWeight(ReadOnlySpan<char> text, out int quality)
    {
        quality = 0;
        if (text.Length is 0 or > 5 || text[0] is not ('0' or '1') || (text.Length > 1 && text[1] != '.'))
            return false;
        quality = (text[0] - '0') * 1000;
        var place = 100;
        foreach (var digit in text.Length > 2 ? text[2..] : [])
        {
            if (!char.IsAsciiDigit(digit))
                return false;
            quality += (digit - '0') * place;
            place /= 10;
        }
        return quality <= 1000;
    }

    private static int IndexOutsideQuotes(ReadOnlySpan<char> text, char wanted)
    {
        var quoted = false;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c == '"')
                quoted = !quoted;
            else if (quoted && c == '\\')
                i++;
            else if (!quoted && c == wanted)
                return i;
        }
        return -1;
    }

    private static bool Is(ReadOnlySpan<char> text, ReadOnlySpan<char> type) => text.Equals(type, StringComparison.OrdinalIgnoreCase);
}

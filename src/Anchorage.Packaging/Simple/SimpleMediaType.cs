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
    /// <summary>The form to answer with. Unacceptable or malformed <paramref name="accept"/> means <c>text/html</c>.</summary>
    /// <param name="accept">The Accept header's value (several joined by commas), or null.</param>
    /// <param name="format">The query's <c>format</c>, or null; one of the five known types overrides Accept, others are ignored.</param>
    public static SimpleMediaType Choose(string? accept, string? format) => throw new NotImplementedException();

    /// <summary>The Content-Type to write: one of the three v1 types.</summary>
    public static string ToContentType(this SimpleMediaType type) => throw new NotImplementedException();

    /// <summary>Reads an upstream's Content-Type, parameters and case aside; null where it is no Simple API form.</summary>
    public static SimpleMediaType? Read(string? contentType) => throw new NotImplementedException();
}

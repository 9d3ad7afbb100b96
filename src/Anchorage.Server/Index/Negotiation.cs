using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Anchorage.Server.Index;

/// <summary>Accept-Encoding (RFC 9110 §12.5.3): brotli before gzip before none, as the client allows.</summary>
internal static class Negotiation
{
    public static ContentCoding ChooseCoding(StringValues acceptEncoding)
    {
        switch (acceptEncoding.Count)
        {
            case 0:
                return ContentCoding.Identity;
            // What pip, requests and browsers send, without parsing.
            case 1 when acceptEncoding[0] is "gzip, deflate" or "gzip":
                return ContentCoding.Gzip;
            case 1 when acceptEncoding[0] is "identity":
                return ContentCoding.Identity;
            case 1 when acceptEncoding[0] is "gzip, deflate, br" or "gzip, deflate, br, zstd":
                return ContentCoding.Brotli;
        }
        if (!StringWithQualityHeaderValue.TryParseList(acceptEncoding, out var values))
            return ContentCoding.Identity;
        var gzip = QualityOf(values, "gzip");
        var brotli = QualityOf(values, "br");
        var best = Math.Max(gzip, brotli);
        if (best <= 0 || QualityOf(values, "identity") > best)
            return ContentCoding.Identity;
        return brotli >= gzip ? ContentCoding.Brotli : ContentCoding.Gzip;
    }

    private static double QualityOf(IList<StringWithQualityHeaderValue> values, string coding)
    {
        double? any = null;
        foreach (var value in values)
        {
            if (value.Value.Equals(coding, StringComparison.OrdinalIgnoreCase))
                return value.Quality ?? 1;
            if (value.Value == "*")
                any = value.Quality ?? 1;
        }
        // "*" speaks of codings; that identity is acceptable needs no saying.
        return coding == "identity" ? 0 : any ?? 0;
    }
}

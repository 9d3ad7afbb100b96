namespace Anchorage.Packaging;

/// <summary>What the label of a Project-URL means (PEP 753; packaging.python.org "Well-known Project URLs in Metadata").</summary>
public static class ProjectUrlLabel
{
    private static readonly Dictionary<string, string> WellKnown = new(StringComparer.Ordinal)
    {
        ["homepage"] = "homepage",
        ["source"] = "source",
        ["repository"] = "source",
        ["sourcecode"] = "source",
        ["github"] = "source",
        ["download"] = "download",
        ["changelog"] = "changelog",
        ["changes"] = "changelog",
        ["whatsnew"] = "changelog",
        ["history"] = "changelog",
        ["releasenotes"] = "releasenotes",
        ["documentation"] = "documentation",
        ["docs"] = "documentation",
        ["issues"] = "issues",
        ["bugs"] = "issues",
        ["issue"] = "issues",
        ["tracker"] = "issues",
        ["issuetracker"] = "issues",
        ["bugtracker"] = "issues",
        ["funding"] = "funding",
        ["sponsor"] = "funding",
        ["donate"] = "funding",
        ["donation"] = "funding",
    };

    /// <summary>The label without ASCII punctuation and white space, in lower case: <c>whatsnew</c> of <c>What's New</c>.</summary>
    public static string Normalize(string label)
    {
        ArgumentNullException.ThrowIfNull(label);
        return string.Concat(label.Where(c => !char.IsWhiteSpace(c) && !(char.IsAscii(c) && (char.IsPunctuation(c) || char.IsSymbol(c))))).ToLowerInvariant();
    }

    /// <summary>
    /// The well-known label that this one is or stands for, such as <c>source</c> for <c>GitHub</c>; null for any other.
    /// </summary>
    public static string? FindWellKnown(string label) => WellKnown.GetValueOrDefault(Normalize(label));
}

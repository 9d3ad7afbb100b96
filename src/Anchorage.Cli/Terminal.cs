using System.Globalization;
using System.Text;

namespace Anchorage.Cli;

/// <summary>Text of servers and certificates on its way to a terminal.</summary>
internal static class Terminal
{
    /// <summary>
    /// Without control and invisible formatting characters: escape sequences and direction marks in a certificate's
    /// subject or a server's message must not move the cursor, retitle the window or reverse what is read.
    /// </summary>
    public static string Clean(string text)
    {
        var clean = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            var isHarmless = rune.Value == '\n'
                || Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
            clean.Append(isHarmless ? rune.ToString() : "?");
        }
        return clean.ToString();
    }

    /// <summary><see cref="Clean"/>, and on one line.</summary>
    public static string CleanLine(string text) => Clean(text).ReplaceLineEndings(" ");
}

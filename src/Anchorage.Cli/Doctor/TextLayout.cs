using System.Text;

namespace Anchorage.Cli;

/// <summary>Text for a terminal: wrapped where words end, with Chinese characters counted as the two columns they take.</summary>
internal static class TextLayout
{
    private const int NarrowestColumns = 40;
    private const int WidestColumns = 100;
    private const int UsualColumns = 80;

    // What must not begin a line in Chinese typesetting.
    private const string ClosingMarks = "，。、：；！？）》」】”’";

    /// <summary>The width to write for: the terminal's within reason, 80 elsewhere.</summary>
    public static int Columns()
    {
        try
        {
            return Console.IsOutputRedirected ? UsualColumns : Math.Clamp(Console.WindowWidth, NarrowestColumns, WidestColumns);
        }
        catch (IOException)
        {
            return UsualColumns;
        }
    }

    /// <summary>True where colour may be used: a terminal, and nobody objects.</summary>
    public static bool IsColoured() => !Console.IsOutputRedirected && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
        && Environment.GetEnvironmentVariable("TERM") is { Length: > 0 } terminal && terminal != "dumb";

    /// <summary>One paragraph, its first line after <paramref name="first"/>, the others after <paramref name="rest"/>.</summary>
    public static string Wrap(string text, int columns, string first, string rest)
    {
        var wrapped = new StringBuilder(first);
        var column = Width(first);
        var isFresh = true;
        foreach (var piece in Pieces(text))
        {
            var isSpace = piece == " ";
            if (isSpace && isFresh)
            {
                continue;
            }
            var width = Width(piece);
            if (!isSpace && !isFresh && column + width > columns)
            {
                while (wrapped.Length > 0 && wrapped[^1] == ' ')
                {
                    wrapped.Length--;
                }
                wrapped.Append('\n').Append(rest);
                column = Width(rest);
            }
            wrapped.Append(piece);
            column += width;
            isFresh = wrapped[^1] == '\n';
        }
        return wrapped.ToString().TrimEnd(' ');
    }

    /// <summary>Columns that a text takes.</summary>
    public static int Width(string text) => text.EnumerateRunes().Sum(rune => IsWide(rune.Value) ? 2 : 1);

    // Words and spaces; every wide character on its own, with the marks that must stay behind it.
    private static IEnumerable<string> Pieces(string text)
    {
        var word = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            var character = rune.ToString();
            if (rune.Value == ' ')
            {
                if (word.Length > 0)
                {
                    yield return word.ToString();
                }
                word.Clear();
                yield return " ";
            }
            else if (IsWide(rune.Value) && !ClosingMarks.Contains(character, StringComparison.Ordinal))
            {
                if (word.Length > 0 && !"（《「【“‘".Contains(word[^1], StringComparison.Ordinal))
                {
                    yield return word.ToString();
                    word.Clear();
                }
                word.Append(character);
            }
            else
            {
                if (word.Length > 0 && IsWide(word[^1]) && !ClosingMarks.Contains(character, StringComparison.Ordinal) && !"（《「【“‘".Contains(word[^1], StringComparison.Ordinal))
                {
                    yield return word.ToString();
                    word.Clear();
                }
                word.Append(character);
            }
        }
        if (word.Length > 0)
        {
            yield return word.ToString();
        }
    }

    // East Asian Wide and Fullwidth, as far as messages use them.
    private static bool IsWide(int rune) => rune is >= 0x1100 and <= 0x115F or >= 0x2E80 and <= 0xA4CF or >= 0xAC00 and <= 0xD7A3
        or >= 0xF900 and <= 0xFAFF or >= 0xFE30 and <= 0xFE6F or >= 0xFF00 and <= 0xFF60 or >= 0xFFE0 and <= 0xFFE6 or >= 0x20000 and <= 0x3FFFD;
}

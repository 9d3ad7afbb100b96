using System.Globalization;
using System.Text;

namespace Anchorage.Packaging;

/// <summary>Python's identifiers (PEP 3131), by Unicode category.</summary>
internal static class PythonIdentifier
{
    public static bool IsValid(ReadOnlySpan<char> text)
    {
        var isFirst = true;
        foreach (var rune in text.EnumerateRunes())
        {
            if (isFirst ? !IsStart(rune) : !IsStart(rune) && !IsPart(rune))
                return false;
            isFirst = false;
        }
        return !isFirst;
    }

    private static bool IsStart(Rune rune) =>
        rune.Value == '_' || Rune.IsLetter(rune) || Rune.GetUnicodeCategory(rune) == UnicodeCategory.LetterNumber;

    private static bool IsPart(Rune rune) => Rune.GetUnicodeCategory(rune) is UnicodeCategory.DecimalDigitNumber
        or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.ConnectorPunctuation;
}

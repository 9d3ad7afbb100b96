using CsCheck;

namespace Anchorage.Packaging.Tests.Differential;

/// <summary>
/// Turns well-formed text into text that is nearly well-formed, which finds more differences than noise does, and noise.
/// Everything stays in the basic plane: half a surrogate pair has no UTF-8, so no reader ever sees one.
/// </summary>
internal static class HostileText
{
    /// <summary>
    /// Beside the alphabet of a format: blanks of all kinds, digits and letters that look like ASCII to a careless
    /// reader (Arabic three, long s, Kelvin sign, full-width one, superscript two), NUL and controls.
    /// </summary>
    private const string Odd = " \t\n\r\v\f\0\u001c\u001f\u007f\u0085\u00a0\u1680\u2003\u2028\u3000\ufeff\u200b\u0663\u017f\u212a\uff11\u00b2éßİı";

    /// <summary>Mostly <paramref name="wellFormed"/>, often with one to three edits, sometimes noise in the same alphabet.</summary>
    public static Gen<string> Of(Gen<string> wellFormed, string alphabet)
    {
        var character = Gen.Frequency((4, Gen.Char[alphabet]), (1, Gen.Char[Odd]));
        var edit = Gen.Select(Gen.Int[0, 5], Gen.Double[0, 1], character);
        var broken = Gen.Select(wellFormed, edit.Array[1, 3], (text, edits) => edits.Aggregate(text, Apply));
        var noise = Gen.String[character, 0, 24];
        return Gen.Frequency((6, wellFormed), (5, broken), (1, noise));
    }

    private static string Apply(string text, (int Kind, double At, char Character) edit)
    {
        var at = (int)(edit.At * text.Length);
        var character = edit.Character.ToString();
        if (edit.Kind == 0 || text.Length == 0 || at >= text.Length)
            return text.Insert(Math.Min(at, text.Length), character);
        return edit.Kind switch
        {
            1 => text.Remove(at, 1),
            2 => text.Remove(at, 1).Insert(at, character),
            3 => text.Insert(at, text[at].ToString()),
            4 => text + text[at..],
            _ => text[..at] + char.ToUpperInvariant(text[at]) + text[(at + 1)..],
        };
    }

    /// <summary>
    /// Cases from a seed that stands in the test, or in ANCHORAGE_SEED to try others; ANCHORAGE_CASES=10 makes ten times
    /// as many of every kind.
    /// </summary>
    public static List<T> Generate<T>(Gen<T> cases, int count)
    {
        var random = new PCG(1, ulong.Parse(Environment.GetEnvironmentVariable("ANCHORAGE_SEED") ?? "20260901", System.Globalization.CultureInfo.InvariantCulture));
        count *= int.Parse(Environment.GetEnvironmentVariable("ANCHORAGE_CASES") ?? "1", System.Globalization.CultureInfo.InvariantCulture);
        var generated = new List<T>(count);
        while (generated.Count < count)
            generated.Add(cases.Generate(random, null, out _));
        return generated;
    }
}

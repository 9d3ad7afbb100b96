using System.Collections.Frozen;

namespace Anchorage.Packaging;

/// <summary>What a text is worth as a value of the metadata field Classifier.</summary>
public enum ClassifierStanding
{
    /// <summary>In no list: a typing error, or younger than the list.</summary>
    Unknown,

    /// <summary>In use.</summary>
    Known,

    /// <summary>Out of use; the public index refuses it.</summary>
    Deprecated,

    /// <summary>Under <c>Private ::</c>, in any case: the public index refuses it, so that nobody publishes by mistake.</summary>
    Private,
}

/// <summary>
/// The list of classifiers that the public index takes (packaging.python.org "Core metadata", Classifier), as of the day
/// in its source. They compare letter by letter, with one blank on both sides of <c>::</c>.
/// </summary>
public static class Classifiers
{
    private const string PrivatePrefix = "Private ::";

    private static readonly FrozenDictionary<string, string> ByAnyCase =
        ClassifierList.ReadAll().ToFrozenDictionary(classifier => classifier, StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenDictionary<string, string[]> Replacements = ClassifierList.ReadDeprecated().ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The classifiers in use, deprecated ones left out, in no order.</summary>
    public static IReadOnlyCollection<string> All => ByAnyCase.Values;

    /// <summary>The deprecated classifiers, in no order.</summary>
    public static IReadOnlyCollection<string> Deprecated => Replacements.Keys;

    /// <summary>What the text is worth.</summary>
    public static ClassifierStanding Judge(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (ByAnyCase.TryGetValue(text, out var known) && known == text)
            return ClassifierStanding.Known;
        if (Replacements.ContainsKey(text))
            return ClassifierStanding.Deprecated;
        return text.StartsWith(PrivatePrefix, StringComparison.OrdinalIgnoreCase) ? ClassifierStanding.Private : ClassifierStanding.Unknown;
    }

    /// <summary>What to write in place of a deprecated classifier; empty where nothing replaces it, or where it is not deprecated.</summary>
    public static IReadOnlyList<string> ReplacementsOf(string text) => Replacements.GetValueOrDefault(text) ?? [];

    /// <summary>Why the public index would refuse the classifier and what to write, in one sentence; null where it takes it.</summary>
    public static string? FindProblem(string text)
    {
        var quoted = CoreMetadata.Quote(text);
        switch (Judge(text))
        {
            case ClassifierStanding.Known:
                return null;
            case ClassifierStanding.Deprecated when ReplacementsOf(text) is [_, ..] instead:
                return $"The classifier '{quoted}' is deprecated; use '{string.Join("' or '", instead)}' in its place.";
            case ClassifierStanding.Deprecated:
                return $"The classifier '{quoted}' is deprecated and has no successor; leave it out.";
            case ClassifierStanding.Private:
                return $"The classifier '{quoted}' marks a private project: the public index refuses it.";
            default:
                return ByAnyCase.TryGetValue(text.Trim(), out var meant)
                    ? $"The classifier '{quoted}' is not spelt as in the list; write '{meant}'."
                    : $"The classifier '{quoted}' is not in the list of the public index (https://pypi.org/classifiers/).";
        }
    }
}

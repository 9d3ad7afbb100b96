using System.Diagnostics.CodeAnalysis;

namespace Anchorage.Packaging;

/// <summary>
/// A comma-separated set of version specifiers (PEP 440), as in Requires-Python: a version is in it when every clause
/// holds.
/// </summary>
public sealed class VersionSpecifiers
{
    /// <summary>The longest text accepted, in characters.</summary>
    public const int MaxLength = 16_384;

    private readonly VersionSpecifier[] clauses;

    private VersionSpecifiers(VersionSpecifier[] clauses) => this.clauses = clauses;

    /// <summary>The set that contains everything.</summary>
    public static VersionSpecifiers Any { get; } = new([]);

    /// <summary>Parses a set; the empty text is the set that contains everything. Empty clauses (a trailing comma) are passed over.</summary>
    /// <returns>False where a clause is malformed, or the text longer than <see cref="MaxLength"/>.</returns>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out VersionSpecifiers? specifiers)
    {
        specifiers = null;
        if (text is null || text.Length > MaxLength)
            return false;
        var clauses = new List<VersionSpecifier>(2);
        foreach (var range in text.AsSpan().Split(','))
        {
            var clause = text.AsSpan(range);
            if (VersionParser.TrimWhiteSpace(clause).IsEmpty)
                continue;
            if (VersionSpecifier.Parse(clause) is not { } parsed)
                return false;
            clauses.Add(parsed);
        }
        specifiers = clauses.Count == 0 ? Any : new VersionSpecifiers([.. clauses]);
        return true;
    }

    /// <inheritdoc cref="TryParse"/>
    /// <exception cref="FormatException">A clause is malformed, or the text longer than <see cref="MaxLength"/>.</exception>
    public static VersionSpecifiers Parse(string text) =>
        TryParse(text, out var specifiers)
            ? specifiers
            : throw new FormatException("Version specifiers look like '>=3.9, <4, !=3.9.7' (PEP 440).");

    /// <summary>
    /// True where a clause names a pre-release and thereby asks for them, as <c>&gt;=2.0rc1</c> does; <c>!=</c> does not.
    /// </summary>
    public bool AsksForPrereleases => Array.Exists(clauses, clause => clause.AsksForPrereleases);

    /// <summary>
    /// Whether the version satisfies every clause. Pre-releases count like any version: whether one should be chosen
    /// depends on what else there is, see <see cref="Filter"/>.
    /// </summary>
    public bool Contains(PackageVersion version)
    {
        foreach (var clause in clauses)
        {
            if (!clause.Contains(version.Parts, version.ToString()))
                return false;
        }
        return true;
    }

    /// <summary>
    /// The same for a version as some file or index spells it, which <c>===</c> compares letter by letter, in any case. A
    /// text that is no version satisfies <c>===</c> alone.
    /// </summary>
    public bool Contains(string text)
    {
        if (PackageVersion.TryParse(text, out var version))
            return Array.TrueForAll(clauses, clause => clause.Contains(version.Parts, text));
        return Array.TrueForAll(clauses, clause => clause.IsArbitrary && clause.MatchesText(text));
    }

    /// <summary>
    /// The items whose version is in the set, in their order. Pre-releases are kept where <paramref name="prereleases"/>
    /// is true and left out where it is false; where it is null, PEP 440 "Handling of pre-releases" decides: left out,
    /// unless a clause asks for them or nothing else is in the set.
    /// </summary>
    public IReadOnlyList<T> Filter<T>(IEnumerable<T> items, Func<T, PackageVersion> version, bool? prereleases = null)
    {
        var matching = new List<T>();
        var hasFinal = false;
        foreach (var item in items)
        {
            var candidate = version(item);
            if (!Contains(candidate) || (candidate.IsPrerelease && prereleases == false))
                continue;
            matching.Add(item);
            hasFinal |= !candidate.IsPrerelease;
        }
        if (hasFinal && !(prereleases ?? AsksForPrereleases))
            matching.RemoveAll(item => version(item).IsPrerelease);
        return matching;
    }

    /// <summary>The clauses in ordinal order, each once, without blanks: <c>&lt;4,&gt;=3.9</c> of <c>&gt;= 3.9, &lt;4</c>.</summary>
    public override string ToString() =>
        string.Join(',', clauses.Select(clause => clause.ToString()).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
}

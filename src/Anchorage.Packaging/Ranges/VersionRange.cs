using System.Diagnostics.CodeAnalysis;

namespace Anchorage.Packaging;

/// <summary>
/// A set of versions as intervals on the line of PEP 440's order. It answers what a list of specifiers cannot: do two sets
/// meet, is one inside the other, is anything left at all. Equal ranges contain the same versions, however their
/// specifiers were written. All operations are linear in the number of intervals.
/// </summary>
/// <remarks>
/// Pre-releases are versions like all others here; whether one should be chosen is a question of policy, see
/// <see cref="VersionSpecifiers.Filter"/> and <see cref="HasFinal"/>. The <c>===</c> operator compares texts, which have no
/// place on the line: see <see cref="TryOf"/> and <see cref="IsSatisfiable"/>.
/// </remarks>
public sealed class VersionRange : IEquatable<VersionRange>
{
    /// <summary>From one cut to another; null is the end of the line.</summary>
    private readonly record struct Interval(VersionBound Lower, VersionBound? Upper)
    {
        public bool IsEmpty => Upper is { } upper && Lower.CompareTo(upper) >= 0;
    }

    private readonly Interval[] intervals;

    private VersionRange(IEnumerable<Interval> intervals) => this.intervals = [.. intervals.Where(interval => !interval.IsEmpty)];

    /// <summary>All versions.</summary>
    public static VersionRange All { get; } = new([new Interval(VersionBound.Lowest, null)]);

    /// <summary>No version.</summary>
    public static VersionRange Empty { get; } = new([]);

    /// <summary>The versions that satisfy every clause; false where a clause is <c>===</c>, which compares texts and not versions.</summary>
    public static bool TryOf(VersionSpecifiers specifiers, [NotNullWhen(true)] out VersionRange? range)
    {
        ArgumentNullException.ThrowIfNull(specifiers);
        range = null;
        var clauses = SpecifierClause.Of(specifiers);
        if (clauses.Exists(clause => clause.Sign == "==="))
            return false;
        // In pairs: one after the other, thousands of != would cost the square of their number.
        var ranges = clauses.ConvertAll(Of);
        while (ranges.Count > 1)
            ranges = [.. ranges.Chunk(2).Select(pair => pair.Length == 1 ? pair[0] : pair[0].Intersect(pair[1]))];
        range = ranges.Count == 0 ? All : ranges[0];
        return true;
    }

    /// <inheritdoc cref="TryOf"/>
    /// <exception cref="ArgumentException">A clause is <c>===</c>.</exception>
    public static VersionRange Of(VersionSpecifiers specifiers) =>
        TryOf(specifiers, out var range) ? range : throw new ArgumentException("The operator === compares texts; a range of versions cannot tell which.", nameof(specifiers));

    /// <summary>
    /// Whether any version at all, or where <paramref name="prereleases"/> is false any that is no pre-release, can
    /// satisfy every clause; also where one is <c>===</c>, which a text that is no version may satisfy alone.
    /// </summary>
    public static bool IsSatisfiable(VersionSpecifiers specifiers, bool prereleases = true)
    {
        ArgumentNullException.ThrowIfNull(specifiers);
        if (TryOf(specifiers, out var range))
            return prereleases ? !range.IsEmpty : range.HasFinal;
        var text = SpecifierClause.Of(specifiers).First(clause => clause.Sign == "===").Operand;
        return specifiers.Contains(text) && (prereleases || !(PackageVersion.TryParse(text, out var version) && version.IsPrerelease));
    }

    private static VersionRange Of(SpecifierClause clause)
    {
        var version = clause.Version;
        if (clause.IsPrefix)
        {
            var prefix = Between(VersionBound.BelowPrefix(version.Epoch, version.Release), VersionBound.AbovePrefix(version.Epoch, version.Release));
            return clause.Sign == "==" ? prefix : prefix.Complement();
        }
        return clause.Sign switch
        {
            ">=" => From(VersionBound.BelowOf(version)),
            "<=" => UpTo(VersionBound.AboveOf(version)),
            "==" => Between(VersionBound.BelowOf(version), VersionBound.AboveOf(version)),
            "!=" => Between(VersionBound.BelowOf(version), VersionBound.AboveOf(version)).Complement(),
            // "MUST NOT allow a pre-release of the specified version unless the specified version is itself a pre-release".
            "<" => UpTo(version.IsPrerelease ? VersionBound.BelowOf(version) : VersionBound.BelowPrereleases(version)),
            // "MUST NOT allow a post-release of the given version unless V itself is a post release".
            ">" => From(version.Post is null && version.Dev is null ? VersionBound.AbovePostsOf(version) : VersionBound.AboveOf(version)),
            _ => Between(VersionBound.BelowOf(version), VersionBound.AbovePrefix(version.Epoch, version.Release.AsSpan(..^1))),
        };
    }

    private static VersionRange Between(VersionBound lower, VersionBound upper) => new([new Interval(lower, upper)]);

    private static VersionRange From(VersionBound lower) => new([new Interval(lower, null)]);

    private static VersionRange UpTo(VersionBound upper) => Between(VersionBound.Lowest, upper);

    /// <summary>True where no version is in it.</summary>
    public bool IsEmpty => intervals.Length == 0;

    /// <summary>True where a version is in it that is no pre-release.</summary>
    public bool HasFinal => Array.Exists(intervals, interval => interval.Lower.FirstFinal is not { } first || interval.Upper is not { } upper || !upper.IsBelow(first));

    /// <summary>
    /// The least version in it; null where it is empty, or where ever smaller ones follow its lower end, as in
    /// <c>&gt;1.0</c>.
    /// </summary>
    public PackageVersion? Least =>
        !IsEmpty && !intervals[0].Lower.IsAboveVersion && PackageVersion.TryParse(intervals[0].Lower.ToString(), out var least) ? least : null;

    /// <summary>True where versions without end are in it: it has no upper bound.</summary>
    public bool IsUnbounded => !IsEmpty && intervals[^1].Upper is null;

    /// <summary>Whether the version is in it.</summary>
    public bool Contains(PackageVersion version)
    {
        ArgumentNullException.ThrowIfNull(version);
        foreach (var interval in intervals)
        {
            if (interval.Upper is { } upper && upper.IsBelow(version.Parts))
                continue;
            return interval.Lower.IsBelow(version.Parts);
        }
        return false;
    }

    /// <summary>The versions in both.</summary>
    public VersionRange Intersect(VersionRange other)
    {
        ArgumentNullException.ThrowIfNull(other);
        var common = new List<Interval>();
        var (i, j) = (0, 0);
        while (i < intervals.Length && j < other.intervals.Length)
        {
            var (left, right) = (intervals[i], other.intervals[j]);
            var lower = left.Lower.CompareTo(right.Lower) >= 0 ? left.Lower : right.Lower;
            var leftEndsFirst = CompareUpper(left.Upper, right.Upper) <= 0;
            common.Add(new Interval(lower, leftEndsFirst ? left.Upper : right.Upper));
            if (leftEndsFirst)
                i++;
            else
                j++;
        }
        return new VersionRange(common);
    }

    /// <summary>The versions in either.</summary>
    public VersionRange Union(VersionRange other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Complement().Intersect(other.Complement()).Complement();
    }

    /// <summary>The versions that are not in it.</summary>
    public VersionRange Complement()
    {
        var gaps = new List<Interval>();
        VersionBound? lower = VersionBound.Lowest;
        foreach (var interval in intervals)
        {
            gaps.Add(new Interval(lower!.Value, interval.Lower));
            lower = interval.Upper;
        }
        if (lower is { } last)
            gaps.Add(new Interval(last, null));
        return new VersionRange(gaps);
    }

    /// <summary>Whether every version in it is in the other, too.</summary>
    public bool IsSubsetOf(VersionRange other) => Intersect(other).Equals(this);

    /// <summary>Whether no version is in both.</summary>
    public bool IsDisjointFrom(VersionRange other) => Intersect(other).IsEmpty;

    private static int CompareUpper(VersionBound? left, VersionBound? right)
    {
        if (left is null || right is null)
            return (left is null ? 1 : 0) - (right is null ? 1 : 0);
        return left.Value.CompareTo(right.Value);
    }

    /// <inheritdoc/>
    public bool Equals(VersionRange? other) => other is not null && intervals.AsSpan().SequenceEqual(other.intervals);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as VersionRange);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        foreach (var interval in intervals)
            hash.Add(interval);
        return hash.ToHashCode();
    }

    /// <summary>
    /// The intervals as mathematics writes them: <c>[1.0, 2.0.dev0)</c>. <c>(1.0.post*, …</c> starts above 1.0 and all its
    /// post-releases.
    /// </summary>
    public override string ToString() => IsEmpty ? "(empty)" : string.Join(" | ", intervals.Select(Print));

    private static string Print(Interval interval)
    {
        var lower = interval.Lower.Equals(VersionBound.Lowest) ? "(-inf" : $"{(interval.Lower.IsAboveVersion ? '(' : '[')}{interval.Lower}";
        var upper = interval.Upper is not { } end ? "+inf)" : $"{end}{(end.IsAboveVersion ? ']' : ')')}";
        return $"{lower}, {upper}";
    }
}

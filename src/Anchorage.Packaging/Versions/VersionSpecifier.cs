namespace Anchorage.Packaging;

/// <summary>The comparison operators of PEP 440 "Version specifiers".</summary>
internal enum SpecifierOperator
{
    Compatible,
    Equal,
    NotEqual,
    LessOrEqual,
    GreaterOrEqual,
    Less,
    Greater,
    Arbitrary,
}

/// <summary>One clause of a set: an operator and a version, a release prefix (<c>1.2.*</c>) or, for <c>===</c>, any text.</summary>
internal sealed class VersionSpecifier
{
    private readonly SpecifierOperator comparison;
    private readonly string operand;

    /// <summary>The version or release prefix; for <c>===</c> the version where the text is one, else null.</summary>
    private readonly VersionParts? version;
    private readonly bool isPrefix;

    private VersionSpecifier(SpecifierOperator comparison, string operand, VersionParts? version, bool isPrefix)
    {
        this.comparison = comparison;
        this.operand = operand;
        this.version = version;
        this.isPrefix = isPrefix;
    }

    /// <summary>Parses one clause, without the commas around it; null where it is none.</summary>
    public static VersionSpecifier? Parse(ReadOnlySpan<char> text)
    {
        text = VersionParser.TrimWhiteSpace(text);
        if (ReadOperator(ref text) is not { } comparison)
            return null;
        text = VersionParser.TrimWhiteSpace(text);
        if (comparison == SpecifierOperator.Arbitrary)
            return ParseArbitrary(text);
        if (text.EndsWith(".*"))
        {
            return comparison is SpecifierOperator.Equal or SpecifierOperator.NotEqual && VersionParser.ParseRelease(text[..^2]) is { } prefix
                ? new VersionSpecifier(comparison, text.ToString(), prefix, isPrefix: true)
                : null;
        }
        if (VersionParser.Parse(text) is not { } version)
            return null;
        // "Local version identifiers are NOT permitted in this version specifier" is said of all but == and !=.
        if (version.Local is not null && comparison is not (SpecifierOperator.Equal or SpecifierOperator.NotEqual))
            return null;
        // "This operator MUST NOT be used with a single segment version number such as ~=1."
        if (comparison == SpecifierOperator.Compatible && version.Release.Length < 2)
            return null;
        return new VersionSpecifier(comparison, text.ToString(), version, isPrefix: false);
    }

    private static SpecifierOperator? ReadOperator(ref ReadOnlySpan<char> text)
    {
        // Longest first: "===" starts with "==", "<=" with "<".
        foreach (var (sign, comparison) in Operators)
        {
            if (text.StartsWith(sign))
            {
                text = text[sign.Length..];
                return comparison;
            }
        }
        return null;
    }

    private static readonly (string Sign, SpecifierOperator Comparison)[] Operators =
    [
        ("===", SpecifierOperator.Arbitrary),
        ("~=", SpecifierOperator.Compatible),
        ("==", SpecifierOperator.Equal),
        ("!=", SpecifierOperator.NotEqual),
        ("<=", SpecifierOperator.LessOrEqual),
        (">=", SpecifierOperator.GreaterOrEqual),
        ("<", SpecifierOperator.Less),
        (">", SpecifierOperator.Greater),
    ];

    /// <summary>Any text without blanks, <c>;</c> and <c>)</c>, which end a clause where it stands in a requirement.</summary>
    private static VersionSpecifier? ParseArbitrary(ReadOnlySpan<char> text)
    {
        foreach (var c in text)
        {
            if (c is ';' or ')' || char.IsWhiteSpace(c) || c is >= '\x1c' and <= '\x1f')
                return null;
        }
        return new VersionSpecifier(SpecifierOperator.Arbitrary, text.ToString(), VersionParser.Parse(text), isPrefix: false);
    }

    /// <summary>
    /// True where the clause itself names a pre-release and thereby asks for them; <c>!=</c> and prefixes do not
    /// (PEP 440 "Handling of pre-releases").
    /// </summary>
    public bool AsksForPrereleases => comparison != SpecifierOperator.NotEqual && !isPrefix && version is { IsPrerelease: true };

    public bool IsArbitrary => comparison == SpecifierOperator.Arbitrary;

    /// <summary>The <c>===</c> comparison: text against text, in any case.</summary>
    public bool MatchesText(string text) => operand.Equals(text, StringComparison.OrdinalIgnoreCase);

    public bool Contains(VersionParts candidate, string text)
    {
        if (comparison == SpecifierOperator.Arbitrary)
            return MatchesText(text);
        var bound = version!;
        return comparison switch
        {
            SpecifierOperator.Equal => IsEqual(candidate, bound),
            SpecifierOperator.NotEqual => !IsEqual(candidate, bound),
            SpecifierOperator.LessOrEqual => candidate.ComparePublicPart(bound) <= 0,
            SpecifierOperator.GreaterOrEqual => candidate.ComparePublicPart(bound) >= 0,
            SpecifierOperator.Less => IsLess(candidate, bound),
            SpecifierOperator.Greater => IsGreater(candidate, bound),
            _ => candidate.ComparePublicPart(bound) >= 0 && HasPrefix(candidate, bound.Epoch, bound.Release.AsSpan(..^1)),
        };
    }

    /// <summary>A local part counts only where the clause has one.</summary>
    private bool IsEqual(VersionParts candidate, VersionParts bound)
    {
        if (isPrefix)
            return HasPrefix(candidate, bound.Epoch, bound.Release);
        return bound.Local is null ? candidate.ComparePublicPart(bound) == 0 : candidate.CompareTo(bound) == 0;
    }

    /// <summary>Release segments compared one by one; what the candidate lacks is zero.</summary>
    private static bool HasPrefix(VersionParts candidate, VersionNumber epoch, ReadOnlySpan<VersionNumber> prefix)
    {
        if (!candidate.Epoch.Equals(epoch))
            return false;
        for (var i = 0; i < prefix.Length; i++)
        {
            var segment = i < candidate.Release.Length ? candidate.Release[i] : default;
            if (!segment.Equals(prefix[i]))
                return false;
        }
        return true;
    }

    /// <summary>"MUST NOT allow a pre-release of the specified version unless the specified version is itself a pre-release."</summary>
    private static bool IsLess(VersionParts candidate, VersionParts bound)
    {
        if (candidate.CompareTo(bound) >= 0)
            return false;
        return bound.IsPrerelease || !candidate.IsPrerelease || !IsPrereleaseOf(candidate, bound);
    }

    /// <summary>
    /// A pre-release, smaller than the bound, is one of the bound where it differs in the pre-release part alone: of
    /// <c>1.0</c> any <c>1.0a1</c> or <c>1.0.dev2</c>, of <c>1.0.post1</c> only <c>1.0.post1.devN</c>.
    /// </summary>
    private static bool IsPrereleaseOf(VersionParts candidate, VersionParts bound)
    {
        if (!candidate.Epoch.Equals(bound.Epoch) || !candidate.TrimmedRelease.SequenceEqual(bound.TrimmedRelease))
            return false;
        return bound.Post is null || (candidate.Pre == PreKind.None && candidate.Post is { } post && post.Equals(bound.Post.Value));
    }

    /// <summary>"MUST NOT allow a post-release of the given version unless V itself is a post release", nor a local version of V.</summary>
    private static bool IsGreater(VersionParts candidate, VersionParts bound)
    {
        if (candidate.ComparePublicPart(bound) <= 0)
            return false;
        var isPostReleaseOfBound = bound.Post is null && bound.Dev is null && candidate.Post is not null
            && candidate.Epoch.Equals(bound.Epoch) && candidate.TrimmedRelease.SequenceEqual(bound.TrimmedRelease)
            && candidate.Pre == bound.Pre && candidate.PreNumber.Equals(bound.PreNumber);
        return !isPostReleaseOfBound;
    }

    /// <summary>The clause without blanks, its version as written.</summary>
    public override string ToString() => Operators.First(pair => pair.Comparison == comparison).Sign + operand;
}

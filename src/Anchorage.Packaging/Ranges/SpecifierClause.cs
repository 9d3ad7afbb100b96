namespace Anchorage.Packaging;

/// <summary>One clause of a set of specifiers, from its printed form, which is the clause without blanks.</summary>
internal sealed class SpecifierClause
{
    private static readonly string[] Signs = ["===", "~=", "==", "!=", "<=", ">=", "<", ">"];

    private readonly VersionParts? version;

    private SpecifierClause(string clause)
    {
        Sign = Signs.First(sign => clause.StartsWith(sign, StringComparison.Ordinal));
        Operand = clause[Sign.Length..];
        IsPrefix = Sign != "===" && Operand.EndsWith(".*", StringComparison.Ordinal);
        version = Sign == "===" ? null : IsPrefix ? VersionParser.ParseRelease(Operand.AsSpan(..^2)) : VersionParser.Parse(Operand);
    }

    public string Sign { get; }

    /// <summary>What stands behind the sign, as written.</summary>
    public string Operand { get; }

    /// <summary>True for <c>==1.2.*</c>, whose <see cref="Version"/> is <c>1.2</c>.</summary>
    public bool IsPrefix { get; }

    /// <summary>The version or the prefix; there is none behind <c>===</c>.</summary>
    public VersionParts Version => version!;

    public static List<SpecifierClause> Of(VersionSpecifiers specifiers)
    {
        var text = specifiers.ToString();
        return text.Length == 0 ? [] : [.. text.Split(',').Select(clause => new SpecifierClause(clause))];
    }
}

namespace Anchorage.Packaging;

/// <summary>A part of a marker: a comparison, or several parts of which all or any must hold.</summary>
internal abstract record MarkerNode
{
    public abstract bool Evaluate(IReadOnlyDictionary<string, string> environment);

    public abstract string Print(bool isNested);
}

/// <summary>Parts with <c>and</c> or <c>or</c> between them, as written; <c>and</c> binds closer.</summary>
internal sealed record MarkerSequence(IReadOnlyList<MarkerNode> Parts, IReadOnlyList<bool> IsOr) : MarkerNode
{
    public override bool Evaluate(IReadOnlyDictionary<string, string> environment)
    {
        var group = true;
        for (var i = 0; i < Parts.Count; i++)
        {
            if (i > 0 && IsOr[i - 1])
            {
                if (group)
                    return true;
                group = true;
            }
            group = group && Parts[i].Evaluate(environment);
        }
        return group;
    }

    public override string Print(bool isNested)
    {
        var text = new System.Text.StringBuilder(Parts[0].Print(isNested: true));
        for (var i = 1; i < Parts.Count; i++)
            text.Append(IsOr[i - 1] ? " or " : " and ").Append(Parts[i].Print(isNested: true));
        return isNested ? $"({text})" : text.ToString();
    }
}

/// <summary>One side of a comparison: a variable of the environment, or a quoted text.</summary>
internal readonly record struct MarkerOperand(string Text, bool IsVariable)
{
    /// <summary>As it can be read again: backslashes doubled, and what no quoted text can hold by its number.</summary>
    public override string ToString()
    {
        if (IsVariable)
            return Text;
        var quote = Text.Contains('"', StringComparison.Ordinal) && !Text.Contains('\'', StringComparison.Ordinal) ? '\'' : '"';
        var printed = new System.Text.StringBuilder(Text.Length + 2).Append(quote);
        foreach (var c in Text)
        {
            if (c == '\\')
                printed.Append(@"\\");
            else if (c == quote || (char.IsControl(c) && c != '\t') || char.IsSurrogate(c))
                printed.Append(System.Globalization.CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else
                printed.Append(c);
        }
        return printed.Append(quote).ToString();
    }
}

/// <summary>A comparison of a variable with a text, in either order.</summary>
internal sealed record MarkerComparison(MarkerOperand Left, string Operator, MarkerOperand Right) : MarkerNode
{
    public override bool Evaluate(IReadOnlyDictionary<string, string> environment)
    {
        var variable = Left.IsVariable ? Left.Text : Right.Text;
        var left = ValueOf(Left, environment);
        var right = ValueOf(Right, environment);
        if (variable is "extra" or "extras" or "dependency_groups")
        {
            left = NormalizeName(left);
            right = variable == "extra" ? NormalizeName(right) : right;
        }
        if (variable is "extras" or "dependency_groups")
            return Operator is "in" or "not in" && right.Split(',').Select(NormalizeName).Contains(left) == (Operator == "in");
        // One clause, not a list: a comma makes the text no version.
        if (IsVersion(variable) && !right.Contains(',', StringComparison.Ordinal) && VersionSpecifiers.TryParse(Operator + right, out var specifiers))
            return specifiers.Contains(left);
        return CompareTexts(left, right);
    }

    private static string ValueOf(MarkerOperand operand, IReadOnlyDictionary<string, string> environment) =>
        operand.IsVariable ? environment.GetValueOrDefault(operand.Text, "") : operand.Text;

    /// <summary>Extras compare as names do (PEP 685), also where the text is no valid name.</summary>
    private static string NormalizeName(string text) => ProjectName.TryParse(text, out var name) ? name.ToString() : text;

    private static bool IsVersion(string variable) =>
        variable is "python_version" or "python_full_version" or "implementation_version" or "platform_release";

    /// <summary>Texts have no order; the specification lets &lt;= and &gt;= hold where both are the same.</summary>
    private bool CompareTexts(string left, string right) => Operator switch
    {
        "==" or "<=" or ">=" => left == right,
        "!=" => left != right,
        "in" => right.Contains(left, StringComparison.Ordinal),
        "not in" => !right.Contains(left, StringComparison.Ordinal),
        _ => false,
    };

    public override string Print(bool isNested) => $"{Left} {Operator} {Right}";
}

using System.Diagnostics.CodeAnalysis;

namespace Anchorage.Packaging;

/// <summary>
/// A reference to a Python object (packaging.python.org "Entry points specification", data model): a module to import
/// and, behind a colon, the attributes that lead to the object: <c>package.module:Class.method [extra]</c>.
/// </summary>
public sealed record ObjectReference
{
    private ObjectReference(string module, string? attribute, IReadOnlyList<string> extras)
    {
        Module = module;
        Attribute = attribute;
        Extras = extras;
    }

    /// <summary>The module, with dots: <c>package.module</c>.</summary>
    public string Module { get; }

    /// <summary>The attributes, with dots; null where the module itself is meant.</summary>
    public string? Attribute { get; }

    /// <summary>The extras that the object needs, as written. The specification advises against them and keeps them readable.</summary>
    public IReadOnlyList<string> Extras { get; }

    /// <summary>Parses a reference; blanks around its parts are passed over.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out ObjectReference? reference)
    {
        ArgumentNullException.ThrowIfNull(text);
        reference = null;
        var rest = text.AsSpan().Trim();
        string[] extras = [];
        if (rest.EndsWith("]"))
        {
            var open = rest.IndexOf('[');
            if (open < 0)
                return false;
            extras = rest[(open + 1)..^1].ToString().Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            if (!Array.TrueForAll(extras, extra => ProjectName.TryParse(extra, out _)))
                return false;
            rest = rest[..open].TrimEnd();
        }
        var colon = rest.IndexOf(':');
        var module = (colon < 0 ? rest : rest[..colon]).Trim();
        var attribute = colon < 0 ? default : rest[(colon + 1)..].Trim();
        if (!IsDottedName(module) || (colon >= 0 && !IsDottedName(attribute)))
            return false;
        reference = new ObjectReference(module.ToString(), colon < 0 ? null : attribute.ToString(), extras);
        return true;
    }

    private static bool IsDottedName(ReadOnlySpan<char> text)
    {
        foreach (var range in text.Split('.'))
        {
            if (!PythonIdentifier.IsValid(text[range]))
                return false;
        }
        return true;
    }

    /// <summary>The reference without blanks, but one in front of extras.</summary>
    public override string ToString() =>
        Module + (Attribute is null ? "" : ":" + Attribute) + (Extras.Count == 0 ? "" : $" [{string.Join(',', Extras)}]");

    /// <inheritdoc/>
    public bool Equals(ObjectReference? other) => other is not null && ToString() == other.ToString();

    /// <inheritdoc/>
    public override int GetHashCode() => ToString().GetHashCode(StringComparison.Ordinal);
}

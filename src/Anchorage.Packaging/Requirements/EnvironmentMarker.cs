using System.Diagnostics.CodeAnalysis;

namespace Anchorage.Packaging;

/// <summary>
/// An environment marker (PEP 508): a condition on the Python, the platform and the extra that is being installed, such as
/// <c>python_version &lt; "3.11" and extra == "toml"</c>.
/// </summary>
public sealed class EnvironmentMarker
{
    private readonly MarkerNode root;

    private EnvironmentMarker(MarkerNode root) => this.root = root;

    /// <summary>Parses a marker; <paramref name="problem"/> says in one sentence what is wrong.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out EnvironmentMarker? marker, [NotNullWhen(false)] out string? problem)
    {
        marker = null;
        if (text.Length > Requirement.MaxLength)
        {
            problem = $"The marker has {text.Length} characters; at most {Requirement.MaxLength} are read.";
            return false;
        }
        if (MarkerParser.Parse(text, out problem) is not { } root)
        {
            problem ??= "The marker is malformed.";
            return false;
        }
        marker = new EnvironmentMarker(root);
        return true;
    }

    /// <summary>
    /// Whether the condition holds in <paramref name="environment"/>, which maps the variables of the specification
    /// (<c>python_version</c>, <c>sys_platform</c>, <c>extra</c> …) to their values. A variable that is not in it is
    /// empty. A comparison without meaning (<c>~=</c> between words) does not hold.
    /// </summary>
    public bool Evaluate(IReadOnlyDictionary<string, string> environment) => root.Evaluate(environment);

    /// <summary>The marker with one blank between words, double quotes, and no more parentheses than it needs.</summary>
    public override string ToString() => root.Print(isNested: false);
}

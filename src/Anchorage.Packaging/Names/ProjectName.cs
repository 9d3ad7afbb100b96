using System.Diagnostics.CodeAnalysis;

namespace Anchorage.Packaging;

/// <summary>
/// The normalised name of a project (packaging.python.org "Names and normalization"): lower case, with every run of
/// <c>-</c>, <c>_</c> and <c>.</c> replaced by one <c>-</c>. Two spellings of one project are equal. The spelling a
/// person chose is kept beside it as a display name, never inside it.
/// </summary>
public sealed class ProjectName : IEquatable<ProjectName>, IComparable<ProjectName>
{
    /// <summary>The longest name accepted, in characters. The longest on the public index has 188.</summary>
    public const int MaxLength = 256;

    private readonly string normalized;

    private ProjectName(string normalized) => this.normalized = normalized;

    /// <summary>Parses a name in any spelling.</summary>
    /// <exception cref="FormatException">The text is not a valid project name.</exception>
    public static ProjectName Parse(string text) =>
        TryParse(text, out var name)
            ? name
            : throw new FormatException(
                "A project name has ASCII letters, digits, '-', '_' and '.', and starts and ends with a letter or a digit.");

    /// <summary>Parses a name in any spelling; false where the name grammar refuses it (also for a trailing line feed).</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out ProjectName? name)
    {
        name = null;
        if (text is null || text.Length is 0 or > MaxLength)
            return false;
        if (!char.IsAsciiLetterOrDigit(text[0]) || !char.IsAsciiLetterOrDigit(text[^1]))
            return false;
        foreach (var c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.'))
                return false;
        }
        name = new ProjectName(IsNormalized(text) ? text : Normalize(text));
        return true;
    }

    /// <summary>True where <paramref name="text"/> is already in normalised form.</summary>
    public static bool IsNormalized(ReadOnlySpan<char> text)
    {
        var previousDash = true;
        foreach (var c in text)
        {
            if (c == '-')
            {
                if (previousDash)
                    return false;
                previousDash = true;
            }
            else if (char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c))
            {
                previousDash = false;
            }
            else
            {
                return false;
            }
        }
        return !previousDash;
    }

    private static string Normalize(string text)
    {
        Span<char> buffer = stackalloc char[MaxLength];
        var length = 0;
        foreach (var c in text)
        {
            if (c is '-' or '_' or '.')
            {
                if (buffer[length - 1] != '-')
                    buffer[length++] = '-';
            }
            else
            {
                buffer[length++] = char.ToLowerInvariant(c);
            }
        }
        return new string(buffer[..length]);
    }

    /// <summary>The name as file names spell it: normalised, with <c>_</c> for <c>-</c> (PEP 427, PEP 625).</summary>
    public string ToFilenamePart() => normalized.Replace('-', '_');

    /// <summary>The normalised name.</summary>
    public override string ToString() => normalized;

    /// <inheritdoc/>
    public bool Equals(ProjectName? other) => other is not null && normalized == other.normalized;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ProjectName);

    /// <inheritdoc/>
    public override int GetHashCode() => normalized.GetHashCode(StringComparison.Ordinal);

    /// <summary>Ordinal order of the normalised names.</summary>
    public int CompareTo(ProjectName? other) => string.CompareOrdinal(normalized, other?.normalized);

    /// <summary>Equality of normalised names.</summary>
    public static bool operator ==(ProjectName? left, ProjectName? right) => left is null ? right is null : left.Equals(right);

    /// <summary>Inequality of normalised names.</summary>
    public static bool operator !=(ProjectName? left, ProjectName? right) => !(left == right);

    /// <summary>Ordinal order.</summary>
    public static bool operator <(ProjectName left, ProjectName right) => left.CompareTo(right) < 0;

    /// <summary>Ordinal order.</summary>
    public static bool operator >(ProjectName left, ProjectName right) => left.CompareTo(right) > 0;

    /// <summary>Ordinal order.</summary>
    public static bool operator <=(ProjectName left, ProjectName right) => left.CompareTo(right) <= 0;

    /// <summary>Ordinal order.</summary>
    public static bool operator >=(ProjectName left, ProjectName right) => left.CompareTo(right) >= 0;
}

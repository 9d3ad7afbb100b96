using System.Diagnostics.CodeAnalysis;

namespace Anchorage.Packaging;

/// <summary>
/// A dependency specifier (PEP 508): a project with extras, and either the versions that will do or a direct URL, for the
/// environments that a marker describes.
/// </summary>
public sealed class Requirement
{
    /// <summary>The longest text accepted, in characters.</summary>
    public const int MaxLength = 16_384;

    private Requirement(ProjectName name, string displayName, IReadOnlyList<string> extras, VersionSpecifiers specifiers, string? url, EnvironmentMarker? marker)
    {
        Name = name;
        DisplayName = displayName;
        Extras = extras;
        Specifiers = specifiers;
        Url = url;
        Marker = marker;
    }

    /// <summary>The project, normalised.</summary>
    public ProjectName Name { get; }

    /// <summary>The project as written.</summary>
    public string DisplayName { get; }

    /// <summary>The extras asked for, normalised, each once, in ordinal order.</summary>
    public IReadOnlyList<string> Extras { get; }

    /// <summary>The versions that will do; <see cref="VersionSpecifiers.Any"/> where none are given.</summary>
    public VersionSpecifiers Specifiers { get; }

    /// <summary>The URL behind <c>@</c>, unchecked; null where there is none. It goes past every index.</summary>
    public string? Url { get; }

    /// <summary>When the requirement holds; null for always.</summary>
    public EnvironmentMarker? Marker { get; }

    /// <summary>Parses one requirement; <paramref name="problem"/> says in one sentence what is wrong.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out Requirement? requirement, [NotNullWhen(false)] out string? problem)
    {
        requirement = null;
        problem = FindUnsafeText(text);
        if (problem is not null)
            return false;
        var scanner = new RequirementScanner(text);
        scanner.SkipBlanks();
        var displayName = scanner.ReadIdentifier();
        if (!ProjectName.TryParse(displayName, out var name))
            problem = "A requirement starts with the name of a project.";
        else if (!TryReadExtras(ref scanner, out var extras))
            problem = "Extras are names between '[' and ']', with commas between them.";
        else if (scanner.TryTake('@'))
            problem = ReadUrl(ref scanner, name, displayName, extras, out requirement);
        else
            problem = ReadSpecifiers(ref scanner, name, displayName, extras, out requirement);
        return requirement is not null;
    }

    private static string? FindUnsafeText(string text)
    {
        if (text.Length > MaxLength)
            return $"The requirement has {text.Length} characters; at most {MaxLength} are read.";
        foreach (var c in text)
        {
            if (char.IsControl(c) && c != '\t')
                return "A requirement is one line without control characters.";
        }
        return null;
    }

    private static bool TryReadExtras(ref RequirementScanner scanner, out string[] extras)
    {
        extras = [];
        scanner.SkipBlanks();
        if (!scanner.TryTake('['))
        {
            scanner.SkipBlanks();
            return true;
        }
        var found = new SortedSet<string>(StringComparer.Ordinal);
        scanner.SkipBlanks();
        var isFirst = true;
        while (!scanner.TryTake(']'))
        {
            if (!isFirst && !scanner.TryTake(','))
                return false;
            scanner.SkipBlanks();
            if (!ProjectName.TryParse(scanner.ReadIdentifier(), out var extra))
                return false;
            found.Add(extra.ToString());
            scanner.SkipBlanks();
            isFirst = false;
        }
        scanner.SkipBlanks();
        extras = [.. found];
        return true;
    }

    /// <summary>A URL ends at a blank, since it may contain <c>;</c> itself.</summary>
    private static string? ReadUrl(ref RequirementScanner scanner, ProjectName name, string displayName, string[] extras, out Requirement? requirement)
    {
        requirement = null;
        scanner.SkipBlanks();
        var url = scanner.ReadUntilBlank();
        if (url.Length == 0)
            return "A URL must follow '@'.";
        var problem = ReadMarker(ref scanner, out var marker);
        if (problem is null)
            requirement = new Requirement(name, displayName, extras, VersionSpecifiers.Any, url, marker);
        return problem;
    }

    private static string? ReadSpecifiers(ref RequirementScanner scanner, ProjectName name, string displayName, string[] extras, out Requirement? requirement)
    {
        requirement = null;
        var text = scanner.ReadUntil(';').Trim(' ', '\t');
        if (text.StartsWith('('))
        {
            if (!text.EndsWith(')'))
                return "The version specifiers have a '(' that is not closed.";
            text = text[1..^1].Trim(' ', '\t');
        }
        // A comma may end the list, as in the reference implementation, but stand nowhere else without a clause.
        if (HasEmptyClause(text) || !VersionSpecifiers.TryParse(text, out var specifiers))
            return $"'{CoreMetadata.Quote(text)}' is no set of version specifiers such as '>=1.0, <2'.";
        var problem = ReadMarker(ref scanner, out var marker);
        if (problem is null)
            requirement = new Requirement(name, displayName, extras, specifiers, url: null, marker);
        return problem;
    }

    private static bool HasEmptyClause(string text)
    {
        var clauses = text.Split(',');
        // Blanks are space and tab: another one stands in the place of a clause.
        var last = clauses[^1].Trim(' ', '\t');
        return Array.Exists(clauses[..^1], string.IsNullOrWhiteSpace) || (last.Length > 0 && string.IsNullOrWhiteSpace(last));
    }

    private static string? ReadMarker(ref RequirementScanner scanner, out EnvironmentMarker? marker)
    {
        marker = null;
        scanner.SkipBlanks();
        if (scanner.AtEnd)
            return null;
        if (!scanner.TryTake(';'))
            return "A marker must be set off by ';'.";
        return EnvironmentMarker.TryParse(scanner.Rest, out marker, out var problem) ? null : problem;
    }

    /// <summary>The requirement in normalised form: name as written, extras and clauses in order, one way of quoting.</summary>
    public override string ToString()
    {
        var extras = Extras.Count == 0 ? "" : $"[{string.Join(',', Extras)}]";
        var target = Url is null ? Specifiers.ToString() : $" @ {Url}";
        var marker = Marker is null ? "" : $"{(Url is null ? "" : " ")}; {Marker}";
        return DisplayName + extras + target + marker;
    }
}

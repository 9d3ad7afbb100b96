using System.Buffers;
using System.Globalization;

namespace Anchorage.Packaging;

/// <summary>The rules of the core metadata specification for each field, in the version that the metadata claims.</summary>
internal static class MetadataRules
{
    /// <summary>The reference registry stores no longer summary.</summary>
    private const int MaxSummaryLength = 512;

    /// <summary>The reference registry's bound of a label in Project-URL.</summary>
    private const int MaxUrlLabelLength = 32;

    /// <summary>What Python's <c>str.splitlines</c> takes for the end of a line.</summary>
    private static readonly SearchValues<char> LineBreaks = SearchValues.Create("\r\n\v\f\x1c\x1d\x1e\u0085\u2028\u2029");

    public static List<MetadataFault> Check(CoreMetadata metadata)
    {
        var faults = new List<MetadataFault>();
        CheckVersionsAndRepeats(metadata, faults);
        CheckSummary(metadata, faults);
        CheckDescription(metadata, faults);
        CheckDynamic(metadata, faults);
        CheckExtras(metadata, faults);
        CheckRequirements(metadata, faults);
        CheckLicense(metadata, faults);
        CheckUrls(metadata, faults);
        CheckImports(metadata, faults);
        return faults;
    }

    private static void CheckVersionsAndRepeats(CoreMetadata metadata, List<MetadataFault> faults)
    {
        var age = Array.IndexOf(MetadataField.Versions, metadata.MetadataVersion);
        if (age < 0)
            faults.Add(new("Metadata-Version", $"Metadata-Version {metadata.MetadataVersion} is none of {string.Join(", ", MetadataField.Versions)}; build the file with a current tool.", false));
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var reported = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, _) in metadata.Fields)
        {
            var isRepeated = !seen.Add(name);
            var field = MetadataField.Find(name);
            if (field is null)
            {
                if (reported.Add(name))
                    faults.Add(new(name, $"The specification knows no field {CoreMetadata.Quote(name)}.", true));
                continue;
            }
            if (isRepeated && !field.IsMultiple && reported.Add(name))
                faults.Add(new(field.Name, $"{field.Name} may be given once only.", false));
            if (!isRepeated && age >= 0 && Array.IndexOf(MetadataField.Versions, field.Since) > age)
                faults.Add(new(field.Name, $"{field.Name} exists since Metadata-Version {field.Since}; this file says {metadata.MetadataVersion}.", true));
        }
    }

    private static void CheckSummary(CoreMetadata metadata, List<MetadataFault> faults)
    {
        if (metadata.Find("Summary") is not { } summary)
            return;
        if (summary.AsSpan().ContainsAny(LineBreaks))
            faults.Add(new("Summary", "Summary must be one line.", false));
        if (summary.Length > MaxSummaryLength)
            faults.Add(new("Summary", $"Summary has {summary.Length} characters; at most {MaxSummaryLength} are allowed.", false));
    }

    private static void CheckDescription(CoreMetadata metadata, List<MetadataFault> faults)
    {
        if (metadata.HasBody && metadata.Find("Description") is not null)
            faults.Add(new("Description", "Description is given both as a field and as the body.", false));
        if (metadata.Find("Description-Content-Type") is not { } type)
            return;
        if (DescriptionContentType.FindProblem(type) is { } problem)
            faults.Add(new("Description-Content-Type", $"Description-Content-Type '{CoreMetadata.Quote(type)}' {problem}", false));
    }

    private static void CheckDynamic(CoreMetadata metadata, List<MetadataFault> faults)
    {
        foreach (var name in metadata.FindAll("Dynamic"))
        {
            if (MetadataField.Find(name) is not { } field)
                faults.Add(new("Dynamic", $"Dynamic names '{CoreMetadata.Quote(name)}', which is no field.", false));
            else if (field.Name is "Name" or "Version" or "Metadata-Version")
                faults.Add(new("Dynamic", $"{field.Name} must not be dynamic.", false));
        }
    }

    private static void CheckExtras(CoreMetadata metadata, List<MetadataFault> faults)
    {
        foreach (var extra in metadata.FindAll("Provides-Extra"))
        {
            if (!ProjectName.TryParse(extra, out _))
                faults.Add(new("Provides-Extra", $"Provides-Extra '{CoreMetadata.Quote(extra)}' is no valid name.", false));
        }
    }

    private static void CheckRequirements(CoreMetadata metadata, List<MetadataFault> faults)
    {
        if (metadata.RequiresPython is { } python && !VersionSpecifiers.TryParse(python, out _))
            faults.Add(new("Requires-Python", $"Requires-Python '{CoreMetadata.Quote(python)}' is no set of version specifiers such as '>=3.9'.", false));
        foreach (var text in metadata.FindAll("Requires-Dist"))
        {
            if (!Requirement.TryParse(text, out _, out var problem))
                faults.Add(new("Requires-Dist", $"Requires-Dist '{CoreMetadata.Quote(text)}' is not valid: {problem}", false));
        }
    }

    private static void CheckLicense(CoreMetadata metadata, List<MetadataFault> faults)
    {
        if (metadata.Find("License-Expression") is { } expression && !LicenseExpression.TryParse(expression, out _, out var fault))
            faults.Add(new("License-Expression", $"License-Expression '{CoreMetadata.Quote(expression)}' is not valid: {fault}", false));
        foreach (var path in metadata.FindAll("License-File"))
        {
            if (FindPathProblem(path) is { } problem)
                faults.Add(new("License-File", $"License-File '{CoreMetadata.Quote(path)}' {problem}", false));
        }
    }

    /// <summary>PEP 639 "License-File": a resolved path inside the tree, with <c>/</c>.</summary>
    private static string? FindPathProblem(string path)
    {
        if (path.Contains("..", StringComparison.Ordinal))
            return "must not contain '..'.";
        if (path.Contains('*', StringComparison.Ordinal))
            return "must be a path, not a pattern.";
        if (path.StartsWith('/') || (path.Length > 1 && path[1] == ':' && char.IsAsciiLetter(path[0])))
            return "must be a relative path.";
        if (path.Contains('\\', StringComparison.Ordinal))
            return "must use '/' between folders.";
        // "./a", "a//b" and "a/" are other spellings of one path; the reference implementation takes none of them.
        if (path.Length != 1 && path.Split('/').Any(part => part is "" or "."))
            return "must be written without empty and '.' parts.";
        return null;
    }

    private static void CheckUrls(CoreMetadata metadata, List<MetadataFault> faults)
    {
        foreach (var (label, url) in metadata.ProjectUrls)
        {
            if (label.Length is 0 or > MaxUrlLabelLength)
                faults.Add(new("Project-URL", $"Project-URL '{CoreMetadata.Quote(label)}, {CoreMetadata.Quote(url)}' needs a label of 1 to {MaxUrlLabelLength} characters before the comma.", false));
            else if (!IsWebUrl(url))
                faults.Add(new("Project-URL", $"Project-URL '{CoreMetadata.Quote(label)}, {CoreMetadata.Quote(url)}' needs an http or https URL after the comma.", false));
        }
    }

    private static bool IsWebUrl(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var parsed) && (parsed.Scheme == Uri.UriSchemeHttp || parsed.Scheme == Uri.UriSchemeHttps);

    private static void CheckImports(CoreMetadata metadata, List<MetadataFault> faults)
    {
        foreach (var field in (string[])["Import-Name", "Import-Namespace"])
        {
            var values = metadata.FindAll(field);
            // PEP 794: one empty Import-Name says that the distribution has nothing to import.
            if (field == "Import-Name" && values is [""])
                continue;
            foreach (var value in values)
            {
                if (!IsImportName(value))
                    faults.Add(new(field, $"{field} '{CoreMetadata.Quote(value)}' is no dotted name of Python identifiers, with '; private' behind it at most.", false));
            }
        }
    }

    private static bool IsImportName(string value)
    {
        var semicolon = value.IndexOf(';', StringComparison.Ordinal);
        if (semicolon >= 0 && value[(semicolon + 1)..].TrimStart() != "private")
            return false;
        var name = semicolon < 0 ? value.TrimEnd() : value[..semicolon].TrimEnd();
        return name.Split('.').All(part => IsIdentifier(part) && !Keywords.Contains(part));
    }

    private static readonly HashSet<string> Keywords =
    [
        "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del",
        "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal",
        "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
    ];

    /// <summary>Python's identifiers (PEP 3131), by Unicode category.</summary>
    private static bool IsIdentifier(string text)
    {
        var isFirst = true;
        foreach (var rune in text.EnumerateRunes())
        {
            var isStart = rune.Value == '_' || System.Text.Rune.IsLetter(rune) || System.Text.Rune.GetUnicodeCategory(rune) == UnicodeCategory.LetterNumber;
            var isPart = isStart || System.Text.Rune.GetUnicodeCategory(rune) is UnicodeCategory.DecimalDigitNumber
                or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.ConnectorPunctuation;
            if (isFirst ? !isStart : !isPart)
                return false;
            isFirst = false;
        }
        return !isFirst;
    }
}

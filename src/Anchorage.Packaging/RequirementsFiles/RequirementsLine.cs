namespace Anchorage.Packaging;

/// <summary>
/// The requirement of a line: a dependency specifier, or else a URL or path with extras and a marker. pip looks whether a
/// path is there; here a text that is no specifier and looks like a path is one.
/// </summary>
internal static class RequirementsLine
{
    private static readonly string[] Schemes = ["http", "https", "file", "ftp", "ssh", "git", "hg", "bzr", "svn", "sftp"];
    private static readonly string[] Systems = ["git+", "hg+", "bzr+", "svn+"];
    private static readonly string[] Archives = [".whl", ".zip", ".tar.gz", ".tgz", ".tar", ".tar.bz2", ".tbz", ".tar.xz", ".txz", ".tlz", ".tar.lz", ".tar.lzma"];

    /// <summary>Reads it; <paramref name="problem"/> is the end of a sentence about the line.</summary>
    public static ListedRequirement? Read(string file, int line, string text, bool isEditable, out string? problem)
    {
        if (!IsUrl(text))
        {
            if (Requirement.TryParse(text, out var requirement, out problem))
            {
                return new ListedRequirement(file, line, text)
                {
                    Named = requirement,
                    Project = requirement.Name,
                    Extras = requirement.Extras,
                    Marker = requirement.Marker,
                    IsEditable = isEditable,
                };
            }
            if (!isEditable && !LooksLikePath(text))
            {
                problem = $"has no requirement that can be read: {problem}";
                return null;
            }
        }
        return ReadLocation(file, line, text, isEditable, out problem);
    }

    private static ListedRequirement? ReadLocation(string file, int line, string text, bool isEditable, out string? problem)
    {
        problem = null;
        if (text.Length > Requirement.MaxLength)
        {
            problem = $"has {text.Length} characters; at most {Requirement.MaxLength} are read.";
            return null;
        }
        // A URL may contain ';' itself, so that its marker is set off by a blank.
        var separator = IsUrl(text) ? "; " : ";";
        var at = text.IndexOf(separator, StringComparison.Ordinal);
        EnvironmentMarker? marker = null;
        if (at >= 0 && !EnvironmentMarker.TryParse(text[(at + separator.Length)..].Trim(), out marker, out var fault))
        {
            problem = $"has a malformed marker: {fault}";
            return null;
        }
        var location = (at < 0 ? text : text[..at]).Trim();
        string[] extras = [];
        var open = location.LastIndexOf('[');
        if (location.EndsWith(']') && open > 0 && TryReadExtras(location[(open + 1)..^1], out extras))
            location = location[..open].TrimEnd();
        if (location.Length == 0 || location.AsSpan().ContainsAnyInRange('\0', '\x1f'))
        {
            problem = "has no URL or path that can be read.";
            return null;
        }
        return new ListedRequirement(file, line, text)
        {
            Location = location,
            Project = FindProject(location),
            Extras = extras,
            Marker = marker,
            IsEditable = isEditable,
        };
    }

    private static bool TryReadExtras(string text, out string[] extras)
    {
        var parts = text.Split(',', StringSplitOptions.TrimEntries);
        extras = [];
        var names = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var part in parts)
        {
            if (!ProjectName.TryParse(part, out var name))
                return false;
            names.Add(name.ToString());
        }
        extras = [.. names];
        return true;
    }

    /// <summary><c>#egg=name</c> of a repository, or the name of a wheel or sdist.</summary>
    private static ProjectName? FindProject(string location)
    {
        var hash = location.IndexOf('#', StringComparison.Ordinal);
        if (hash >= 0)
        {
            foreach (var part in location[(hash + 1)..].Split('&'))
            {
                if (!part.StartsWith("egg=", StringComparison.Ordinal))
                    continue;
                var egg = part["egg=".Length..].Split('[')[0];
                return ProjectName.TryParse(egg, out var name) ? name : null;
            }
        }
        var end = location.AsSpan().IndexOfAny('?', '#');
        var path = Uri.UnescapeDataString(end < 0 ? location : location[..end]);
        return DistributionFilename.TryParse(path[(path.LastIndexOfAny(['/', '\\']) + 1)..], out var filename, out _) ? filename.Project : null;
    }

    private static bool IsUrl(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0)
            return false;
        var scheme = text[..colon].ToLowerInvariant();
        return Schemes.Contains(scheme) || Array.Exists(Systems, system => scheme.StartsWith(system, StringComparison.Ordinal));
    }

    private static bool LooksLikePath(string text)
    {
        var semicolon = text.IndexOf(';', StringComparison.Ordinal);
        var path = (semicolon < 0 ? text : text[..semicolon]).Trim();
        var open = path.IndexOf('[', StringComparison.Ordinal);
        path = open < 0 ? path : path[..open].TrimEnd();
        // "name @ rest" is a specifier, if a malformed one.
        if (path.Contains('@', StringComparison.Ordinal) && !path[..path.IndexOf('@', StringComparison.Ordinal)].AsSpan().ContainsAny('/', '\\') && !path.StartsWith('.'))
            return false;
        return path.StartsWith('.') || path.AsSpan().ContainsAny('/', '\\') || Array.Exists(Archives, extension => path.EndsWith(extension, StringComparison.OrdinalIgnoreCase));
    }
}

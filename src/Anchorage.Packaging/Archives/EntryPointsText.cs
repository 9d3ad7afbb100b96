using System.Text;
using System.Text.Unicode;

namespace Anchorage.Packaging;

/// <summary>
/// entry_points.txt (the entry points specification): an INI file in UTF-8, where the names of console and GUI scripts
/// become file names in a folder that is on the PATH.
/// </summary>
internal static class EntryPointsText
{
    /// <summary>What is wrong with the file, as the end of a sentence; null where it is well formed.</summary>
    public static string? FindProblem(byte[] content)
    {
        if (!Utf8.IsValid(content))
            return "is not valid UTF-8";
        string? group = null;
        var hasEntry = false;
        var groups = new HashSet<string>(StringComparer.Ordinal);
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var rawLine in Encoding.UTF8.GetString(content).AsSpan().EnumerateLines())
        {
            var line = rawLine.Trim();
            if (line.IsEmpty || line[0] is '#' or ';')
                continue;
            // Python's configparser: an indented line continues the value of the entry above.
            if (char.IsWhiteSpace(rawLine[0]) && hasEntry)
                continue;
            if (line[0] == '[')
            {
                if (line[^1] != ']')
                    return $"has a malformed group '{CoreMetadata.Quote(line.ToString())}'";
                group = line[1..^1].ToString();
                if (!groups.Add(group))
                    return $"has the group '{CoreMetadata.Quote(group)}' twice";
                names.Clear();
                hasEntry = false;
                continue;
            }
            if (FindEntryProblem(line, group, names) is { } problem)
                return problem;
            hasEntry = true;
        }
        return null;
    }

    private static string? FindEntryProblem(ReadOnlySpan<char> line, string? group, HashSet<string> names)
    {
        if (group is null)
            return "has an entry in front of the first group";
        var equals = line.IndexOf('=');
        var name = (equals < 0 ? line : line[..equals]).TrimEnd().ToString();
        if (equals < 0 || name.Length == 0)
            return $"has a line '{CoreMetadata.Quote(line.ToString())}' that is no 'name = object' pair";
        if (!names.Add(name))
            return $"has '{CoreMetadata.Quote(name)}' twice in one group";
        if (group is "console_scripts" or "gui_scripts" && !IsScriptName(name))
            return $"names a script '{CoreMetadata.Quote(name)}'; letters, digits, '_', '.' and '-' are allowed";
        return null;
    }

    internal static bool IsScriptName(string name)
    {
        foreach (var c in name)
        {
            if (!char.IsLetterOrDigit(c) && c is not ('_' or '.' or '-'))
                return false;
        }
        return name.Length > 0;
    }
}

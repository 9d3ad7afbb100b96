using System.Text;
using System.Text.Unicode;

namespace Anchorage.Packaging;

/// <summary>One pass over the lines of <c>entry_points.txt</c>.</summary>
internal sealed class EntryPointsReader
{
    private readonly HashSet<string> groups = new(StringComparer.Ordinal);
    private readonly HashSet<string> names = new(StringComparer.Ordinal);
    private readonly StringBuilder value = new();
    private string? group;
    private string? name;

    public List<EntryPoint> Entries { get; } = [];

    /// <summary>Reads all of it; what is wrong comes back as the end of a sentence.</summary>
    public string? Read(ReadOnlySpan<byte> content)
    {
        if (content.Length > EntryPoints.MaxBytes)
            return $"has {content.Length} bytes; at most {EntryPoints.MaxBytes} are read";
        if (!Utf8.IsValid(content))
            return "is not valid UTF-8";
        foreach (var line in Encoding.UTF8.GetString(content).AsSpan().EnumerateLines())
        {
            if (ReadLine(line) is { } problem)
                return problem;
        }
        CloseEntry();
        return null;
    }

    private string? ReadLine(ReadOnlySpan<char> rawLine)
    {
        var line = rawLine.Trim();
        if (line.IsEmpty || line[0] is '#' or ';')
            return null;
        // Python's configparser: an indented line continues the value of the entry above.
        if (char.IsWhiteSpace(rawLine[0]) && name is not null)
        {
            value.Append('\n').Append(line);
            return null;
        }
        CloseEntry();
        return line[0] == '[' ? OpenGroup(line) : OpenEntry(line);
    }

    private string? OpenGroup(ReadOnlySpan<char> line)
    {
        if (line[^1] != ']')
            return $"has a malformed group '{CoreMetadata.Quote(line.ToString())}'";
        group = line[1..^1].ToString();
        names.Clear();
        return groups.Add(group) ? null : $"has the group '{CoreMetadata.Quote(group)}' twice";
    }

    private string? OpenEntry(ReadOnlySpan<char> line)
    {
        if (group is null)
            return "has an entry in front of the first group";
        var equals = line.IndexOf('=');
        var key = (equals < 0 ? line : line[..equals]).TrimEnd().ToString();
        if (equals < 0 || key.Length == 0)
            return $"has a line '{CoreMetadata.Quote(line.ToString())}' that is no 'name = object' pair";
        if (!names.Add(key))
            return $"has '{CoreMetadata.Quote(key)}' twice in one group";
        if (group is EntryPoints.ConsoleScripts or EntryPoints.GuiScripts && !EntryPoints.IsScriptName(key))
            return $"names a script '{CoreMetadata.Quote(key)}'; letters, digits, '_', '.' and '-' are allowed";
        if (Entries.Count == EntryPoints.MaxEntries)
            return $"has more than {EntryPoints.MaxEntries} entries";
        name = key;
        value.Append(line[(equals + 1)..].Trim());
        return null;
    }

    private void CloseEntry()
    {
        if (name is not null)
            Entries.Add(new EntryPoint(group!, name, value.ToString()));
        name = null;
        value.Clear();
    }
}

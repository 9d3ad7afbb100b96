// Changes of single keys in INI files that people wrote: comments, order, indentation and line ends stay as they are.
// Reading is the business of IniText, which knows what configparser makes of a file; here lines are replaced.

using System.Text;

namespace Anchorage.Trust;

/// <summary>Edits of INI text, line by line. The result differs from the input in the touched keys only.</summary>
internal static class IniEdit
{
    /// <summary>The text with one key set: its lines replaced where it is there, a line added to its section, or a section added.</summary>
    public static string Set(string text, string section, string key, string value)
    {
        var lines = Split(text);
        var newline = NewlineOf(lines);
        if (Find(lines, section, key) is { } found)
        {
            var first = lines[found.Start];
            var separator = first.Content.IndexOfAny(['=', ':']);
            lines.RemoveRange(found.Start, found.Count);
            lines.Insert(found.Start, first with { Content = $"{first.Content[..separator].TrimEnd()} = {value}", End = first.End.Length > 0 ? first.End : newline });
            return Join(lines);
        }
        var header = lines.FindIndex(line => HeaderOf(line.Content) == section);
        if (header >= 0)
        {
            EndLine(lines, header, newline);
            lines.Insert(header + 1, new Line($"{key} = {value}", newline));
            return Join(lines);
        }
        if (lines.Count > 0)
        {
            EndLine(lines, lines.Count - 1, newline);
        }
        lines.Add(new Line($"[{section}]", newline));
        lines.Add(new Line($"{key} = {value}", newline));
        return Join(lines);
    }

    /// <summary>The text without a key and its continuation lines; unchanged where it is not there.</summary>
    public static string Remove(string text, string section, string key)
    {
        var lines = Split(text);
        while (Find(lines, section, key) is { } found)
        {
            lines.RemoveRange(found.Start, found.Count);
        }
        return Join(lines);
    }

    private sealed record Line(string Content, string End);

    private static List<Line> Split(string text)
    {
        var lines = new List<Line>();
        for (var start = 0; start < text.Length;)
        {
            var end = text.AsSpan(start).IndexOfAny('\r', '\n');
            if (end < 0)
            {
                lines.Add(new Line(text[start..], ""));
                break;
            }
            end += start;
            var length = text[end] == '\r' && end + 1 < text.Length && text[end + 1] == '\n' ? 2 : 1;
            lines.Add(new Line(text[start..end], text.Substring(end, length)));
            start = end + length;
        }
        return lines;
    }

    private static string Join(List<Line> lines)
    {
        var text = new StringBuilder();
        lines.ForEach(line => text.Append(line.Content).Append(line.End));
        return text.ToString();
    }

    private static string NewlineOf(List<Line> lines) => lines.Find(line => line.End.Length > 0)?.End ?? "\n";

    private static void EndLine(List<Line> lines, int place, string newline)
    {
        if (lines[place].End.Length == 0)
        {
            lines[place] = lines[place] with { End = newline };
        }
    }

    // The key's line and the indented lines that continue its value; comments and empty lines behind it stay.
    private static (int Start, int Count)? Find(List<Line> lines, string section, string key)
    {
        string? current = null;
        for (var place = 0; place < lines.Count; place++)
        {
            var content = lines[place].Content;
            if (HeaderOf(content) is { } header)
            {
                current = header;
                continue;
            }
            if (current != section || IsComment(content) || KeyOf(content) is not { } name || Normal(name) != Normal(key))
            {
                continue;
            }
            var indent = Indent(content);
            var last = place;
            for (var next = place + 1; next < lines.Count; next++)
            {
                if (lines[next].Content.Trim().Length == 0 || IsComment(lines[next].Content))
                {
                    continue;
                }
                if (Indent(lines[next].Content) <= indent)
                {
                    break;
                }
                last = next;
            }
            return (place, last - place + 1);
        }
        return null;
    }

    private static string? HeaderOf(string line) =>
        line.StartsWith('[') && line.IndexOf(']') is > 1 and var end ? line[1..end] : null;

    private static string? KeyOf(string line) => line.IndexOfAny(['=', ':']) is > 0 and var end && line[..end].Trim() is { Length: > 0 } key ? key : null;

    private static bool IsComment(string line) => line.TrimStart() is ['#' or ';', ..];

    private static int Indent(string line) => line.Length - line.TrimStart().Length;

    // pip compares keys so: --Trusted_Host is trusted-host.
    private static string Normal(string key)
    {
        var normal = key.ToLowerInvariant().Replace('_', '-');
        return normal.StartsWith("--", StringComparison.Ordinal) ? normal[2..] : normal;
    }
}

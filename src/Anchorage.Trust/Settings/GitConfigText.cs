// Git's configuration files (git-config(1), "SYNTAX"): sections with a quoted subsection, comments, quotes, lines that go on.

using System.Text;

namespace Anchorage.Trust;

/// <summary>One variable: <c>http.sslVerify</c>, <c>http.https://host/.sslVerify</c>; section and key lower-case.</summary>
internal sealed record GitEntry(string Section, string? Subsection, string Key, string Value, int Line)
{
    /// <summary>The name as git writes it.</summary>
    public string Name => Section.Length == 0 ? Key : Subsection is null ? $"{Section}.{Key}" : $"{Section}.{Subsection}.{Key}";

    /// <summary>Git's booleans: true yes on 1, and a key alone; false no off 0, and the empty value.</summary>
    public bool? Boolean => Value.ToLowerInvariant() switch
    {
        "true" or "yes" or "on" => true,
        "false" or "no" or "off" or "" => false,
        var text => long.TryParse(text, out var number) ? number != 0 : null,
    };
}

internal static class GitConfigText
{
    private const int MaxEntries = 50_000;

    /// <summary>The variables of a file; what git would refuse ends the reading.</summary>
    public static IReadOnlyList<GitEntry> Parse(string text)
    {
        var entries = new List<GitEntry>();
        var (section, subsection) = ("", (string?)null);
        var lines = new Queue<(int, string)>();
        var number = 0;
        foreach (var line in TextLines.Of(text.StartsWith('\uFEFF') ? text[1..] : text))
            lines.Enqueue((++number, line));
        while (lines.TryDequeue(out var next) && entries.Count < MaxEntries)
        {
            var (at, line) = next;
            var content = line.Trim();
            if (content.Length > 0 && content[0] == '[')
            {
                if (ReadHeader(content, out section, out subsection) is not { } rest)
                    return entries;
                content = rest.Trim();
            }
            if (content.Length == 0 || content[0] is '#' or ';')
                continue;
            var end = 0;
            while (end < content.Length && (char.IsAsciiLetterOrDigit(content[end]) || content[end] == '-'))
                end++;
            if (end == 0)
                return entries;
            var key = content[..end].ToLowerInvariant();
            var after = content[end..].TrimStart();
            if (after.Length > 0 && after[0] != '=' && after[0] is not ('#' or ';'))
                return entries;
            var value = after.Length == 0 || after[0] != '=' ? "true" : ReadValue(after[1..].TrimStart(), lines);
            entries.Add(new GitEntry(section, subsection, key, value, at));
        }
        return entries;
    }

    private static string? ReadHeader(string content, out string section, out string? subsection)
    {
        (section, subsection) = ("", null);
        var quote = content.IndexOf('"');
        var close = content.IndexOf(']');
        if (quote < 0 || (close >= 0 && close < quote))
        {
            if (close < 0)
                return null;
            var name = content[1..close].Trim().ToLowerInvariant();
            // [http.example] is the old form of a subsection.
            var dot = name.IndexOf('.');
            (section, subsection) = dot > 0 ? (name[..dot], name[(dot + 1)..]) : (name, null);
            return content[(close + 1)..];
        }
        section = content[1..quote].Trim().ToLowerInvariant();
        var inner = new StringBuilder();
        for (var place = quote + 1; place < content.Length; place++)
        {
            if (content[place] == '\\' && place + 1 < content.Length)
                inner.Append(content[++place]);
            else if (content[place] == '"')
            {
                subsection = inner.ToString();
                close = content.IndexOf(']', place);
                return close < 0 ? null : content[(close + 1)..];
            }
            else
                inner.Append(content[place]);
        }
        return null;
    }

    private static string ReadValue(string text, Queue<(int, string)> lines)
    {
        var value = new StringBuilder();
        var (isQuoted, kept) = (false, 0);
        for (var joined = 0; joined < 100; joined++)
        {
            var goesOn = false;
            for (var place = 0; place < text.Length; place++)
            {
                var letter = text[place];
                if (letter == '\\' && place + 1 == text.Length)
                    goesOn = true;
                else if (letter == '\\')
                    value.Append(text[++place] switch { 'n' => '\n', 't' => '\t', 'b' => '\b', var other => other });
                else if (letter == '"')
                    isQuoted = !isQuoted;
                else if (!isQuoted && letter is '#' or ';' && !isQuoted)
                    break;
                else
                {
                    value.Append(letter);
                    // Blanks at the end count only within quotes.
                    if (!isQuoted && char.IsWhiteSpace(letter))
                        continue;
                }
                kept = value.Length;
            }
            if (!goesOn || !lines.TryDequeue(out var next))
                break;
            text = next.Item2;
        }
        return value.ToString(0, Math.Min(kept, value.Length));
    }
}

// The simple formats of other programs: .curlrc, .wgetrc, .npmrc, condarc. Each gives names and values with their lines;
// what they mean is decided elsewhere.

using System.Text;

namespace Anchorage.Trust;

/// <summary>A name and its value in a file of lines.</summary>
internal sealed record LineEntry(string Name, string Value, int Line);

internal static class LineConfigText
{
    private const int MaxLines = 50_000;

    /// <summary>curl's config file (curl(1), --config): option, then blanks, '=' or ':', then a value, perhaps quoted.</summary>
    public static IReadOnlyList<LineEntry> ParseCurl(string text)
    {
        var entries = new List<LineEntry>();
        foreach (var (number, line) in Numbered(text))
        {
            if (line.Length == 0 || line[0] == '#')
                continue;
            var isShort = line[0] == '-' && (line.Length < 2 || line[1] != '-');
            var name = line.TrimStart('-');
            var end = name.IndexOfAny([' ', '\t', '=', ':']);
            var rest = end < 0 ? "" : name[end..].TrimStart(' ', '\t', '=', ':');
            name = end < 0 ? name : name[..end];
            if (name.Length == 0)
                continue;
            // -k and -sk: switches in one word; -x proxy has a value.
            if (isShort && name.Length > 1 && name.All(char.IsAsciiLetter))
                entries.AddRange(name.Select(letter => new LineEntry(LongCurlName(letter.ToString()), rest, number)));
            else
                entries.Add(new LineEntry(isShort ? LongCurlName(name) : name.ToLowerInvariant(), CurlValue(rest), number));
        }
        return entries;
    }

    private static string LongCurlName(string name) => name switch { "k" => "insecure", "x" => "proxy", "K" => "config", _ => name };

    private static string CurlValue(string rest)
    {
        if (rest.Length == 0 || rest[0] != '"')
        {
            var end = rest.IndexOfAny([' ', '\t']);
            return end < 0 ? rest : rest[..end];
        }
        var value = new StringBuilder();
        for (var place = 1; place < rest.Length && rest[place] != '"'; place++)
            value.Append(rest[place] == '\\' && place + 1 < rest.Length ? rest[++place] : rest[place]);
        return value.ToString();
    }

    /// <summary>wget's startup file (Wget manual, "Wgetrc Syntax"): NAME = VALUE; case, '-' and '_' in names do not matter.</summary>
    public static IReadOnlyList<LineEntry> ParseWget(string text)
    {
        var entries = new List<LineEntry>();
        foreach (var (number, line) in Numbered(text))
        {
            var equals = line.IndexOf('=');
            if (line.Length == 0 || line[0] == '#' || equals <= 0)
                continue;
            var name = line[..equals].Trim().Replace("-", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal).ToLowerInvariant();
            entries.Add(new LineEntry(name, line[(equals + 1)..].Trim(), number));
        }
        return entries;
    }

    /// <summary>npm's ini files (npm docs, npmrc): KEY = VALUE, quotes, ${NAME}, KEY[] for lists; sections do not occur.</summary>
    public static IReadOnlyList<LineEntry> ParseNpm(string text, IReadOnlyDictionary<string, string> environment)
    {
        var entries = new List<LineEntry>();
        foreach (var (number, line) in Numbered(text))
        {
            if (line.Length == 0 || line[0] is '#' or ';' or '[')
                continue;
            var equals = line.IndexOf('=');
            var name = (equals < 0 ? line : line[..equals]).Trim();
            var value = equals < 0 ? "true" : line[(equals + 1)..].Trim();
            if (value.Length > 1 && value[0] is '"' or '\'' && value[^1] == value[0])
                value = value[1..^1];
            entries.Add(new LineEntry(name.EndsWith("[]", StringComparison.Ordinal) ? name[..^2] : name, Expand(value, environment), number));
        }
        return entries;
    }

    /// <summary>The top level of a condarc, and one level of mappings below it as PARENT.CHILD, and lists as values of their key.</summary>
    public static IReadOnlyList<LineEntry> ParseConda(string text)
    {
        var entries = new List<LineEntry>();
        var parent = "";
        foreach (var (number, line) in Numbered(text, trimmed: false))
        {
            var content = WithoutYamlRemark(line).TrimEnd();
            var indent = content.Length - content.TrimStart().Length;
            content = content.Trim();
            if (content.Length == 0 || content is "---" or "...")
                continue;
            if (content[0] == '-' && parent.Length > 0)
            {
                entries.Add(new LineEntry(parent, Unquoted(content[1..].Trim()), number));
                continue;
            }
            var colon = content.IndexOf(':');
            while (colon >= 0 && colon + 1 < content.Length && content[colon + 1] != ' ')
                colon = content.IndexOf(':', colon + 1);
            if (colon <= 0)
                continue;
            var name = Unquoted(content[..colon].Trim());
            var value = Unquoted(content[(colon + 1)..].Trim());
            if (indent == 0)
                parent = value.Length == 0 ? name : "";
            var path = indent == 0 || parent.Length == 0 ? name : parent + "." + name;
            if (value.Length > 0)
                entries.Add(new LineEntry(path, value, number));
        }
        return entries;
    }

    private static string Unquoted(string value) => value.Length > 1 && value[0] is '"' or '\'' && value[^1] == value[0] ? value[1..^1] : value;

    private static string WithoutYamlRemark(string line)
    {
        var at = line.IndexOf('#');
        while (at > 0 && line[at - 1] is not (' ' or '\t'))
            at = line.IndexOf('#', at + 1);
        return at < 0 ? line : line[..at];
    }

    private static string Expand(string value, IReadOnlyDictionary<string, string> environment)
    {
        for (var rounds = 0; rounds < 20; rounds++)
        {
            var start = value.IndexOf("${", StringComparison.Ordinal);
            var end = start < 0 ? -1 : value.IndexOf('}', start);
            if (end < 0 || !environment.TryGetValue(value[(start + 2)..end].TrimEnd('?'), out var replacement))
                break;
            value = string.Concat(value.AsSpan(0, start), replacement, value.AsSpan(end + 1));
        }
        return value;
    }

    private static IEnumerable<(int Number, string Line)> Numbered(string text, bool trimmed = true)
    {
        var number = 0;
        foreach (var line in TextLines.Of(text.StartsWith('\uFEFF') ? text[1..] : text))
        {
            if (++number > MaxLines)
                yield break;
            yield return (number, trimmed ? line.Trim() : line);
        }
    }
}

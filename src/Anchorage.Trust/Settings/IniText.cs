// INI text exactly as Python's configparser.RawConfigParser reads it (Lib/configparser.py, ConfigParser.py before
// Python 3), because pip hands its files to that. What is fatal there is fatal for pip: a byte order mark, a key before
// any section, a key or a section twice.

using System.Text;
using System.Text.RegularExpressions;

namespace Anchorage.Trust;

/// <summary>One key of a section.</summary>
/// <param name="Section">The section, as written.</param>
/// <param name="Key">The key, lower-case.</param>
/// <param name="Value">The value; continuation lines are joined by newlines.</param>
/// <param name="Line">The line of the key, from 1.</param>
internal sealed record IniEntry(string Section, string Key, string Value, int Line);

/// <summary>What configparser makes of a text.</summary>
/// <param name="Entries">Its keys, those of [DEFAULT] in every section; empty where the text is refused.</param>
/// <param name="Fault">Why the text is refused; null where it is not.</param>
internal sealed partial record IniText(IReadOnlyList<IniEntry> Entries, string? Fault)
{
    private const int MaxEntries = 20_000;
    private const string Defaults = "DEFAULT";

    public static IniText Parse(string text, bool isPython2 = false)
    {
        var reader = new Reader(isPython2);
        var number = 0;
        foreach (var line in TextLines.Of(text))
        {
            if (reader.Take(line, ++number) is { } fault)
                return new IniText([], fault);
        }
        return reader.ErrorLine is { } wrong ? new IniText([], $"line {wrong} is neither a section, nor KEY = VALUE, nor a comment") : new IniText(reader.Finish(), null);
    }

    private sealed class Reader(bool isPython2)
    {
        private readonly List<string> sections = [];
        private readonly HashSet<(string, string)> keys = [];
        private readonly List<(string Section, string Key, StringBuilder Value, int Line)> entries = [];
        private string? section;
        private StringBuilder? value;
        private int indent;

        public int? ErrorLine { get; private set; }

        public string? Take(string line, int number)
        {
            var content = line.Trim();
            if (content.Length > 0 && (content[0] is '#' or ';' ? !isPython2 || line[0] is '#' or ';' : isPython2 && IsRemark(line)))
                return null;
            if (content.Length == 0)
            {
                value?.Append('\n');
                return null;
            }
            var at = line.Length - line.TrimStart().Length;
            if (section is not null && value is not null && at > indent)
            {
                value.Append('\n').Append(content);
                return null;
            }
            indent = isPython2 ? 0 : at;
            return content[0] == '[' && Section().Match(content) is { Success: true } header ? Enter(header.Groups[1].Value, number) : TakeKey(content, number);
        }

        private string? Enter(string name, int number)
        {
            (value, section) = (null, name);
            if (sections.Contains(name, StringComparer.Ordinal))
                return isPython2 || name == Defaults ? null : $"line {number}: section [{name}] a second time";
            sections.Add(name);
            return null;
        }

        private string? TakeKey(string content, int number)
        {
            if (section is null)
                return content[0] == '\uFEFF' ? $"line {number} begins with a byte order mark" : $"line {number} stands before any [section]";
            var end = content.IndexOfAny(['=', ':']);
            if (end < 0 || content[..end].TrimEnd().Length == 0)
            {
                ErrorLine ??= number;
                return null;
            }
            if (entries.Count == MaxEntries)
                return $"line {number}: more than {MaxEntries} keys";
            var key = content[..end].TrimEnd().ToLowerInvariant();
            if (!keys.Add((section, key)) && !isPython2)
                return $"line {number}: '{key}' a second time in [{section}]";
            value = new StringBuilder(WithoutRemark(content[(end + 1)..].Trim()));
            entries.Add((section, key, value, number));
            return null;
        }

        // Python 2 alone: "; remark" behind a value, and "" for nothing.
        private string WithoutRemark(string text)
        {
            if (!isPython2)
                return text;
            var at = text.IndexOf(';');
            if (at > 0 && char.IsWhiteSpace(text[at - 1]))
                text = text[..at].Trim();
            return text == "\"\"" ? "" : text;
        }

        private static bool IsRemark(string line) =>
            line[0] is 'r' or 'R' && line.Split([' ', '\t', '\n'], 2)[0].Equals("rem", StringComparison.OrdinalIgnoreCase);

        public List<IniEntry> Finish()
        {
            var all = entries.ConvertAll(entry => new IniEntry(entry.Section, entry.Key, entry.Value.ToString().TrimEnd(), entry.Line));
            var defaults = all.Where(entry => entry.Section == Defaults).ToList();
            if (defaults.Count == 0)
                return all;
            // items() of every section has the defaults that it does not have itself.
            var finished = new List<IniEntry>();
            foreach (var name in sections.Where(name => name != Defaults).Take(1_000))
            {
                var own = all.Where(entry => entry.Section == name).ToList();
                finished.AddRange(defaults.Where(entry => !own.Exists(other => other.Key == entry.Key)).Select(entry => entry with { Section = name }));
                finished.AddRange(own);
            }
            return finished;
        }
    }

    [GeneratedRegex(@"^\[(.+)\]", RegexOptions.CultureInvariant)]
    private static partial Regex Section();
}

/// <summary>Lines as Python's text files have them: CR, LF or CRLF ends one.</summary>
internal static class TextLines
{
    public static IEnumerable<string> Of(string text)
    {
        var start = 0;
        while (start < text.Length)
        {
            var end = text.AsSpan(start).IndexOfAny('\r', '\n');
            if (end < 0)
            {
                yield return text[start..];
                yield break;
            }
            yield return text.Substring(start, end);
            start += end + 1;
            if (text[start - 1] == '\r' && start < text.Length && text[start] == '\n')
                start++;
        }
    }
}

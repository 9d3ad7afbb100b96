// The options in a requirements or constraints file (pip/_internal/req/req_file.py). pip obeys --trusted-host in both, also
// in files that they name with -r and -c, without more than a debug line.

using System.Text;
using System.Text.RegularExpressions;

namespace Anchorage.Trust;

internal static partial class RequirementsText
{
    private const int MaxLines = 100_000;

    // trusted-host and the indexes; the two that lead to other files.
    private static readonly Dictionary<string, string> Options = new(StringComparer.Ordinal)
    {
        ["--trusted-host"] = "--trusted-host",
        ["-i"] = "--index-url",
        ["--index-url"] = "--index-url",
        ["--pypi-url"] = "--index-url",
        ["--extra-index-url"] = "--extra-index-url",
        ["-f"] = "--find-links",
        ["--find-links"] = "--find-links",
        ["--use-feature"] = "--use-feature",
        ["-r"] = "--requirement",
        ["--requirement"] = "--requirement",
        ["-c"] = "--constraint",
        ["--constraint"] = "--constraint",
    };

    /// <summary>The options of a text that bear on trust, with ${NAME} put in, passwords of URLs left out.</summary>
    public static IReadOnlyList<SettingFact> Parse(string text, string path, IReadOnlyDictionary<string, string> environment)
    {
        var found = new List<SettingFact>();
        foreach (var (number, line) in Joined(text.StartsWith('\uFEFF') ? text[1..] : text))
        {
            var content = line[..(CommentAt(line) ?? line.Length)].Trim();
            // Options of a requirement (--hash) come behind its name; those of the file stand alone.
            if (content.Length < 2 || content[0] != '-')
                continue;
            var words = Words(Variable().Replace(content, match => environment.GetValueOrDefault(match.Groups[1].Value) is { Length: > 0 } value ? value : match.Value));
            for (var place = 0; place < words.Count; place++)
            {
                var equals = words[place].StartsWith("--", StringComparison.Ordinal) ? words[place].IndexOf('=') : -1;
                var name = equals < 0 ? words[place] : words[place][..equals];
                // optparse takes -rfile and -r file.
                var isGlued = equals < 0 && name.Length > 2 && name[0] == '-' && name[1] != '-' && Options.ContainsKey(name[..2]);
                if (!Options.TryGetValue(isGlued ? name[..2] : name, out var option))
                    continue;
                var value = isGlued ? name[2..] : equals >= 0 ? words[place][(equals + 1)..] : place + 1 < words.Count ? words[++place] : "";
                if (value.Length > 0)
                    found.Add(new SettingFact(SettingOrigin.RequirementsFile, path, number, option, SafeUrl.WithoutCredentials(value)));
            }
        }
        return found;
    }

    // A backslash at its end joins a line to the next one, but for comments; the first one's number counts.
    private static IEnumerable<(int Number, string Line)> Joined(string text)
    {
        var whole = new StringBuilder();
        var (number, first) = (0, 0);
        foreach (var line in TextLines.Of(text))
        {
            if (++number > MaxLines)
                yield break;
            if (whole.Length == 0)
                first = number;
            var isComment = line.TrimStart().StartsWith('#');
            if (line.EndsWith('\\') && !isComment && whole.Length < 1_000_000)
            {
                whole.Append(line.Trim('\\'));
                continue;
            }
            yield return (first, whole.Append(isComment ? " " : "").Append(line).ToString());
            whole.Clear();
        }
        if (whole.Length > 0)
            yield return (first, whole.ToString());
    }

    // shlex.split for what stands in such files: quotes keep blanks together.
    private static List<string> Words(string line)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        var (quote, isOpen) = ('\0', false);
        foreach (var letter in line)
        {
            if (quote != '\0' && letter == quote)
                quote = '\0';
            else if (quote == '\0' && letter is '"' or '\'' && quote == '\0')
                (quote, isOpen) = (letter, true);
            else if (quote == '\0' && char.IsWhiteSpace(letter))
            {
                if (isOpen || word.Length > 0)
                    words.Add(word.ToString());
                word.Clear();
                isOpen = false;
            }
            else
                word.Append(letter);
        }
        if (isOpen || word.Length > 0)
            words.Add(word.ToString());
        return words;
    }

    // '#' at the start or behind a blank; "…#egg=name" is none.
    private static int? CommentAt(string line)
    {
        for (var at = line.IndexOf('#'); at >= 0; at = line.IndexOf('#', at + 1))
        {
            if (at == 0 || char.IsWhiteSpace(line[at - 1]))
                return at;
        }
        return null;
    }

    [GeneratedRegex(@"\$\{([A-Z0-9_]+)\}", RegexOptions.CultureInvariant)]
    private static partial Regex Variable();
}

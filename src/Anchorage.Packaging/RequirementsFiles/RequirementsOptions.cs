using System.Text;

namespace Anchorage.Packaging;

/// <summary>The options that a requirements file may hold, split and named as pip's option parser does.</summary>
internal static class RequirementsOptions
{
    /// <param name="Name">The long form.</param>
    /// <param name="HasValue">Whether a value follows.</param>
    /// <param name="Others">Other long forms.</param>
    /// <param name="Short">The short form; null where there is none.</param>
    private sealed record Option(string Name, bool HasValue, string[] Others, string? Short = null);

    private static readonly Option[] Known =
    [
        new("--index-url", true, ["--pypi-url"], "-i"),
        new("--extra-index-url", true, []),
        new("--no-index", false, []),
        new("--constraint", true, [], "-c"),
        new("--requirement", true, [], "-r"),
        new("--editable", true, [], "-e"),
        new("--find-links", true, [], "-f"),
        new("--no-binary", true, []),
        new("--only-binary", true, []),
        new("--prefer-binary", false, []),
        new("--require-hashes", false, []),
        new("--pre", false, []),
        new("--all-releases", true, []),
        new("--only-final", true, []),
        new("--trusted-host", true, []),
        new("--use-feature", true, []),
        new("--global-option", true, []),
        new("--config-settings", true, ["--config-setting"], "-C"),
        new("--hash", true, []),
    ];

    /// <summary>The options of a line; what is wrong comes back as the end of a sentence.</summary>
    public static string? Read(string text, out List<(string Name, string? Value)> options)
    {
        options = [];
        if (!TrySplit(text, out var words))
            return "has a quote that is not closed.";
        for (var i = 0; i < words.Count; i++)
        {
            var word = words[i];
            var equals = word.IndexOf('=', StringComparison.Ordinal);
            var isLong = word.StartsWith("--", StringComparison.Ordinal);
            var name = isLong && equals > 0 ? word[..equals] : isLong || word.Length < 2 ? word : word[..2];
            if (Find(name) is not { } option)
                return word.StartsWith('-') ? $"has the option '{CoreMetadata.Quote(name)}', which may not stand in a requirements file." : $"has '{CoreMetadata.Quote(word)}' behind its options.";
            string? attached = isLong ? (equals > 0 ? word[(equals + 1)..] : null) : (word.Length > 2 ? word[2..] : null);
            if (!option.HasValue)
            {
                if (attached is not null)
                    return $"gives a value to {option.Name}, which takes none.";
                options.Add((option.Name, null));
                continue;
            }
            if (attached is null && ++i == words.Count)
                return $"gives no value to {option.Name}.";
            options.Add((option.Name, attached ?? words[i]));
        }
        return null;
    }

    /// <summary>The option of that name, or the one that a long name is the beginning of, if there is only one.</summary>
    private static Option? Find(string name)
    {
        if (!name.StartsWith("--", StringComparison.Ordinal))
            return Array.Find(Known, option => option.Short == name);
        if (Array.Find(Known, option => option.Name == name || option.Others.Contains(name)) is { } exact)
            return exact;
        var begun = Array.FindAll(Known, option => name.Length > 2 && (option.Name.StartsWith(name, StringComparison.Ordinal) || Array.Exists(option.Others, other => other.StartsWith(name, StringComparison.Ordinal))));
        return begun is [var one] ? one : null;
    }

    /// <summary>Words as a POSIX shell splits them, with quotes and backslashes, and without any expansion; false for a quote left open.</summary>
    public static bool TrySplit(string text, out List<string> words)
    {
        words = [];
        var word = new StringBuilder();
        var (hasWord, quote) = (false, '\0');
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (quote == '\0' && char.IsWhiteSpace(c))
            {
                if (hasWord)
                    words.Add(word.ToString());
                word.Clear();
                hasWord = false;
                continue;
            }
            hasWord = true;
            if (c == quote)
                quote = '\0';
            else if (quote == '\0' && c is '"' or '\'')
                quote = c;
            else if (c == '\\' && (quote == '\0' || (quote == '"' && i + 1 < text.Length && text[i + 1] is '"' or '\\')) && i + 1 < text.Length)
                word.Append(text[++i]);
            else
                word.Append(c);
        }
        if (hasWord)
            words.Add(word.ToString());
        return quote == '\0';
    }
}

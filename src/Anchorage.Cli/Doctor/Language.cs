using System.Text;

namespace Anchorage.Cli;

/// <summary>A sentence in both languages side by side: whoever changes one sees the other.</summary>
internal readonly record struct Words(string English, string Chinese)
{
    /// <summary>
    /// The sentence with its values put in: <c>{name}</c> is a value, and a part in <c>[ ]</c> is left out where one of its
    /// values is not known.
    /// </summary>
    public string Fill(Language language, IReadOnlyDictionary<string, string> values)
    {
        var template = language == Language.Chinese ? Chinese : English;
        var text = new StringBuilder();
        Fill(template, values, text);
        return text.ToString();
    }

    private static bool Fill(ReadOnlySpan<char> template, IReadOnlyDictionary<string, string> values, StringBuilder text)
    {
        var isComplete = true;
        for (var place = 0; place < template.Length; place++)
        {
            var end = template[place] switch
            {
                '{' => template[place..].IndexOf('}'),
                '[' => template[place..].IndexOf(']'),
                _ => -1,
            };
            if (end < 0)
            {
                text.Append(template[place]);
                continue;
            }
            var inner = template.Slice(place + 1, end - 1);
            if (template[place] == '{')
            {
                var isKnown = values.TryGetValue(inner.ToString(), out var value) && value.Length > 0;
                text.Append(isKnown ? value : "?");
                isComplete &= isKnown;
            }
            else
            {
                var part = new StringBuilder();
                if (Fill(inner, values, part))
                {
                    text.Append(part);
                }
            }
            place += end;
        }
        return isComplete;
    }
}

/// <summary>The languages of messages.</summary>
internal enum Language
{
    English,
    Chinese,
}

internal static class Languages
{
    // POSIX order: everything, the category, the default.
    private static readonly string[] Variables = ["LC_ALL", "LC_MESSAGES", "LANG"];

    public static System.CommandLine.Option<string> Option()
    {
        var option = new System.CommandLine.Option<string>("--lang")
        {
            Description = "Language of the messages: en, zh (default: the locale)",
            DefaultValueFactory = _ => OfLocale(),
            HelpName = "en|zh",
        };
        option.AcceptOnlyFromAmong("en", "zh");
        return option;
    }

    public static Language Parse(string? text) => text == "zh" ? Language.Chinese : Language.English;

    public static string Say(this Language language, string english, string chinese) => language == Language.Chinese ? chinese : english;

    private static string OfLocale()
    {
        var locale = Variables.Select(Environment.GetEnvironmentVariable).FirstOrDefault(value => !string.IsNullOrEmpty(value));
        return locale?.StartsWith("zh", StringComparison.OrdinalIgnoreCase) == true ? "zh" : "en";
    }
}

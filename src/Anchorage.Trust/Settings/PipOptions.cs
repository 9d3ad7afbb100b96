// One option of pip as all its sources give it, and what can be on pip's command line.

namespace Anchorage.Trust;

/// <summary>What a pip is started with, beside its own installation.</summary>
internal sealed record PipOptions(
    IReadOnlyList<SettingFact> CommandLine, IReadOnlyDictionary<string, string> Environment, PipConfiguration Configuration, string Command)
{
    /// <summary>True with --isolated: PIP_* variables do not count then (the user's files are left out when they are loaded).</summary>
    public bool IsIsolated => CommandLine.Any(option => option.Name == "--isolated");

    /// <summary>Every source of an option that has a value, the one that counts first.</summary>
    public IReadOnlyList<SettingFact> Find(string option)
    {
        var all = new List<SettingFact>();
        var given = CommandLine.Where(one => one.Name == "--" + option).Reverse().ToList();
        // An empty argument is a value, which takes away what the others say.
        if (given is [{ Value.Length: 0 }, ..])
            return [];
        all.AddRange(given.Where(one => one.Value.Length > 0));
        if (!IsIsolated && FromEnvironment(option) is { } variable)
            all.Add(variable);
        if (Configuration.Effective(option, Command) is { } effective)
        {
            all.Add(effective);
            all.AddRange(Configuration.Find(option, Command).Where(fact => fact != effective && fact.Value.Length > 0));
        }
        return all;
    }

    /// <summary>The values of a list option: those of the environment, or else of one file, and those of the command line.</summary>
    public IReadOnlyList<SettingFact> FindList(string option)
    {
        // optparse appends to the default that environment or files make.
        var all = new List<SettingFact>();
        if ((!IsIsolated ? FromEnvironment(option) : null) is { } variable)
            all.AddRange(Split(variable));
        else if (Configuration.Effective(option, Command) is { } effective)
            all.AddRange(Split(effective));
        all.AddRange(CommandLine.Where(one => one.Name == "--" + option));
        return all;
    }

    /// <summary>The words of a list value, each as a setting of its own.</summary>
    public static IEnumerable<SettingFact> Split(SettingFact list) =>
        list.Value.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Take(1_000).Select(word => list with { Value = word });

    private SettingFact? FromEnvironment(string option)
    {
        var wanted = "PIP_" + option.Replace('-', '_').ToUpperInvariant();
        // pip takes any spelling of the case; the usual one is the rule.
        var name = Environment.ContainsKey(wanted) ? wanted
            : Environment.Keys.FirstOrDefault(key => key.StartsWith("PIP_", StringComparison.Ordinal) && key.Replace('-', '_').Equals(wanted, StringComparison.OrdinalIgnoreCase));
        return name is not null && Environment[name] is { Length: > 0 } value ? new SettingFact(SettingOrigin.Environment, name, null, name, value) : null;
    }

    private static readonly Dictionary<string, string> ShortOptions = new(StringComparer.Ordinal)
    {
        ["-i"] = "--index-url",
        ["-f"] = "--find-links",
        ["-r"] = "--requirement",
        ["-c"] = "--constraint",
        ["-e"] = "--editable",
    };

    private static readonly string[] WithValue =
    [
        "--cert", "--proxy", "--trusted-host", "--index-url", "--pypi-url", "--extra-index-url", "--find-links", "--requirement", "--constraint",
        "--use-feature", "--use-deprecated", "--client-cert", "--editable", "--python", "--timeout", "--retries", "--target", "--prefix", "--root",
    ];

    /// <summary>The options of a command line that bear on trust; a later cert hides an earlier one.</summary>
    public static IReadOnlyList<SettingFact> ParseCommandLine(IReadOnlyList<string> arguments)
    {
        var options = new List<SettingFact>();
        for (var place = 0; place < arguments.Count && place < 10_000; place++)
        {
            var argument = arguments[place];
            if (argument.Length < 2 || argument[0] != '-')
                continue;
            var equals = argument.StartsWith("--", StringComparison.Ordinal) ? argument.IndexOf('=') : -1;
            var name = equals < 0 ? argument : argument[..equals];
            name = ShortOptions.GetValueOrDefault(name, name);
            name = name == "--pypi-url" ? "--index-url" : name;
            var takesValue = Array.IndexOf(WithValue, name) >= 0;
            if (equals >= 0)
                options.Add(Given(name, argument[(equals + 1)..]));
            else if (takesValue && place + 1 < arguments.Count)
                options.Add(Given(name, arguments[++place]));
            else if (!takesValue)
                options.Add(Given(name, ""));
        }
        return options;
    }

    private static SettingFact Given(string name, string value) => new(SettingOrigin.CommandLine, "pip", null, name, SafeUrl.WithoutCredentials(value));
}

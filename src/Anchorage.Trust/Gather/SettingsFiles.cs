// The configuration files of all clients, found and read: each list has the setting that counts first.

using System.Globalization;

namespace Anchorage.Trust;

internal sealed class SettingsFiles(MachineFiles files, GatherRequest request)
{
    private const int MaxAncestors = 24;
    private const int MaxIncludes = 10;

    private string? Variable(string name) => request.Environment.GetValueOrDefault(name) is { Length: > 0 } value ? value : null;

    private string Home(params string[] names) => files.Join(request.Home, names);

    private string Config(params string[] names) => files.Platform switch
    {
        MachinePlatform.Windows => files.Join(Variable("APPDATA") ?? Home("AppData", "Roaming"), names),
        _ => files.Join(Variable("XDG_CONFIG_HOME") ?? Home(".config"), names),
    };

    // Programs that use platformdirs keep their files here on macOS.
    private string Library(params string[] names) =>
        files.Platform == MachinePlatform.MacOS ? files.Join(Home("Library", "Application Support"), names) : Config(names);

    /// <summary>The working folder and those above it.</summary>
    public IEnumerable<string> Ancestors()
    {
        var folder = (string?)request.WorkingDirectory;
        for (var up = 0; folder is not null && up < MaxAncestors; up++)
        {
            yield return folder;
            folder = files.Parent(folder);
        }
    }

    private static SettingFact Fact(string path, int line, string name, string value) => new(SettingOrigin.File, path, line, name, SafeUrl.WithoutCredentials(value));

    private TomlText? Toml(string path)
    {
        if (files.ReadText(path) is not { } text)
            return null;
        var toml = TomlText.Parse(text);
        if (toml.Fault is { } fault)
            files.AddGap(path, $"{path} was read only in part: {fault}.");
        return toml;
    }

    private IEnumerable<SettingFact> TomlFacts(string path, string prefix = "")
    {
        foreach (var entry in Toml(path)?.Entries ?? [])
        {
            if (entry.Path.StartsWith(prefix, StringComparison.Ordinal))
                yield return Fact(path, entry.Line, entry.Path[prefix.Length..], entry.Value);
        }
    }

    private string? Nearest(params string[] names) =>
        Ancestors().SelectMany(folder => names.Select(name => files.Join(folder, name))).FirstOrDefault(files.IsFile);

    /// <summary>uv: UV_CONFIG_FILE alone, or uv.toml before pyproject.toml of the project, then the user's, then the system's.</summary>
    public IReadOnlyList<SettingFact> Uv()
    {
        if (Variable("UV_CONFIG_FILE") is { } chosen)
            return files.Absolute(chosen, request.WorkingDirectory) is { } path ? [.. Plain(TomlFacts(path))] : [];
        if (Variable("UV_NO_CONFIG") is { } none && EffectiveTrust.IsTrue(none))
            return [];
        var facts = new List<SettingFact>();
        foreach (var folder in Ancestors())
        {
            var own = files.Join(folder, "uv.toml");
            var project = files.Join(folder, "pyproject.toml");
            if (files.IsFile(own))
                facts.AddRange(TomlFacts(own));
            else if (files.IsFile(project) && TomlFacts(project, "tool.uv.").ToList() is { Count: > 0 } found)
                facts.AddRange(found);
            else
                continue;
            break;
        }
        facts.AddRange(TomlFacts(Config("uv", "uv.toml")));
        facts.AddRange(TomlFacts(files.IsWindows ? files.Join(Variable("PROGRAMDATA") ?? @"C:\ProgramData", "uv", "uv.toml") : "/etc/uv/uv.toml"));
        return [.. Plain(facts)];

        // [pip] overrides for `uv pip`; [[index]] has a number in its path.
        static IEnumerable<SettingFact> Plain(IEnumerable<SettingFact> facts) => facts.Select(fact => fact with
        {
            Name = fact.Name.StartsWith("index.", StringComparison.Ordinal) && fact.Name.EndsWith(".url", StringComparison.Ordinal) ? "index.url"
                : fact.Name.StartsWith("pip.", StringComparison.Ordinal) ? fact.Name["pip.".Length..] : fact.Name,
        });
    }

    /// <summary>Poetry: poetry.toml of the project, the user's config.toml and auth.toml; sources of pyproject.toml as repositories.NAME.url.</summary>
    public IReadOnlyList<SettingFact> Poetry()
    {
        var facts = new List<SettingFact>();
        if (Nearest("poetry.toml") is { } local)
            facts.AddRange(TomlFacts(local));
        var folder = Variable("POETRY_CONFIG_DIR") ?? Library("pypoetry");
        facts.AddRange(TomlFacts(files.Join(folder, "config.toml")));
        if (Nearest("pyproject.toml") is { } project)
            facts.AddRange(Named(TomlFacts(project, "tool.poetry.source."), "url").Select(pair => pair.Fact with { Name = $"repositories.{pair.Name}.url" }));
        return facts;
    }

    /// <summary>PDM: pdm.toml of the project, the user's config.toml, sources of pyproject.toml.</summary>
    public IReadOnlyList<SettingFact> Pdm()
    {
        var facts = new List<SettingFact>();
        if (Nearest("pdm.toml", ".pdm.toml") is { } local)
            facts.AddRange(TomlFacts(local));
        facts.AddRange(TomlFacts(Library("pdm", "config.toml")));
        if (Nearest("pyproject.toml") is { } project)
            facts.AddRange(TomlFacts(project, "tool.pdm.source.").Select(fact => fact with { Name = "source." + fact.Name }));
        return facts;
    }

    /// <summary>Pipenv: the [[source]] tables of the Pipfile.</summary>
    public IReadOnlyList<SettingFact> Pipenv()
    {
        var pipfile = Variable("PIPENV_PIPFILE") is { } chosen ? files.Absolute(chosen, request.WorkingDirectory) : Nearest("Pipfile");
        return pipfile is null ? [] : [.. TomlFacts(pipfile, "source.").Select(fact => fact with { Name = "source." + fact.Name })];
    }

    // The element's own name for its other key: source.0.name = "lab" beside source.0.url.
    private static IEnumerable<(string Name, SettingFact Fact)> Named(IEnumerable<SettingFact> facts, string key)
    {
        var all = facts.ToList();
        foreach (var fact in all.Where(fact => fact.Name.EndsWith("." + key, StringComparison.Ordinal)))
        {
            var name = all.Find(other => other.Name == fact.Name[..^key.Length] + "name");
            if (name is not null)
                yield return (name.Value, fact);
        }
    }

    /// <summary>conda: the files of its search path, the last of which wins.</summary>
    public IReadOnlyList<SettingFact> Conda(IEnumerable<string> prefixes)
    {
        var paths = new List<string>();
        if (files.IsWindows)
            paths.AddRange([files.Join(@"C:\ProgramData\conda", ".condarc"), files.Join(@"C:\ProgramData\conda", "condarc")]);
        else
            paths.AddRange(["/etc/conda/.condarc", "/etc/conda/condarc", "/var/lib/conda/.condarc", "/var/lib/conda/condarc"]);
        paths.AddRange(prefixes.Select(prefix => files.Join(prefix, ".condarc")));
        paths.AddRange([Config("conda", ".condarc"), Config("conda", "condarc"), Home(".conda", ".condarc"), Home(".conda", "condarc"), Home(".condarc")]);
        if (Variable("CONDA_PREFIX") is { } active)
            paths.Add(files.Join(active, ".condarc"));
        if (Variable("CONDARC") is { } chosen && files.Absolute(chosen, request.WorkingDirectory) is { } path)
            paths.Add(path);
        paths.Reverse();
        return [.. Distinct(paths).SelectMany(one => Lines(one, LineConfigText.ParseConda))];
    }

    /// <summary>git: the repository's file, the user's, the system's; GIT_CONFIG_COUNT before them; includes where they stand.</summary>
    public IReadOnlyList<SettingFact> Git()
    {
        var facts = new List<SettingFact>();
        foreach (var path in GitFiles())
            facts.AddRange(GitFile(path, 0));
        for (var place = 0; int.TryParse(Variable("GIT_CONFIG_COUNT"), out var count) && place < Math.Min(count, 100); place++)
        {
            var number = place.ToString(CultureInfo.InvariantCulture);
            if (Variable("GIT_CONFIG_KEY_" + number) is { } key && request.Environment.TryGetValue("GIT_CONFIG_VALUE_" + number, out var value))
                facts.Add(new SettingFact(SettingOrigin.Environment, "GIT_CONFIG_KEY_" + number, null, LowerEnds(key), SafeUrl.WithoutCredentials(value)));
        }
        // The last one counts.
        facts.Reverse();
        return facts;
    }

    private IEnumerable<string> GitFiles()
    {
        yield return Variable("GIT_CONFIG_SYSTEM") ?? (files.IsWindows ? @"C:\Program Files\Git\etc\gitconfig" : "/etc/gitconfig");
        if (Variable("GIT_CONFIG_GLOBAL") is { } chosen)
        {
            yield return chosen;
        }
        else
        {
            yield return files.Join(Variable("XDG_CONFIG_HOME") ?? Home(".config"), "git", "config");
            yield return Home(".gitconfig");
        }
        foreach (var folder in Ancestors())
        {
            var git = files.Join(folder, ".git");
            if (files.IsFolder(git))
            {
                yield return files.Join(git, "config");
                yield break;
            }
        }
    }

    private static string LowerEnds(string name)
    {
        var (first, last) = (name.IndexOf('.', StringComparison.Ordinal), name.LastIndexOf('.'));
        return first < 0 ? name.ToLowerInvariant() : name[..first].ToLowerInvariant() + name[first..last] + name[last..].ToLowerInvariant();
    }

    private IEnumerable<SettingFact> GitFile(string path, int depth)
    {
        if (depth > MaxIncludes || files.ReadText(path) is not { } text)
            yield break;
        foreach (var entry in GitConfigText.Parse(text))
        {
            yield return Fact(path, entry.Line, entry.Name, entry.Value);
            // Conditional includes depend on what git works on; what they hold is looked at, as it may count.
            if (entry is not { Section: "include" or "includeif", Key: "path" })
                continue;
            var folder = files.Parent(path) ?? "/";
            var included = entry.Value.StartsWith("~/", StringComparison.Ordinal) ? Home(entry.Value[2..]) : files.Absolute(entry.Value, folder);
            foreach (var fact in included is null ? [] : GitFile(included, depth + 1))
                yield return fact;
        }
    }

    /// <summary>curl: the first .curlrc there is.</summary>
    public IReadOnlyList<SettingFact> Curl()
    {
        var paths = new List<string>();
        if (Variable("CURL_HOME") is { } chosen)
            paths.AddRange([files.Join(chosen, ".curlrc"), files.Join(chosen, "_curlrc")]);
        paths.AddRange([files.Join(Variable("XDG_CONFIG_HOME") ?? Home(".config"), "curlrc"), Home(".curlrc"), Home("_curlrc"), Home(".config", "curlrc")]);
        var found = paths.Find(files.IsFile);
        // A later option of the same name replaces an earlier one.
        return found is null ? [] : [.. Lines(found, LineConfigText.ParseCurl).Reverse()];
    }

    /// <summary>wget: the user's file over the system's.</summary>
    public IReadOnlyList<SettingFact> Wget() =>
        [.. Lines(Variable("WGETRC") ?? Home(".wgetrc"), LineConfigText.ParseWget).Reverse(), .. Lines("/etc/wgetrc", LineConfigText.ParseWget).Reverse()];

    /// <summary>npm: the project's file, the user's, the global one.</summary>
    public IReadOnlyList<SettingFact> Npm()
    {
        var paths = new List<string>();
        if (Ancestors().FirstOrDefault(folder => files.IsFile(files.Join(folder, "package.json"))) is { } project)
            paths.Add(files.Join(project, ".npmrc"));
        paths.Add(Variable("NPM_CONFIG_USERCONFIG") ?? Variable("npm_config_userconfig") ?? Home(".npmrc"));
        paths.AddRange(["/usr/etc/npmrc", "/usr/local/etc/npmrc", "/etc/npmrc"]);
        return [.. Distinct(paths).SelectMany(path => Lines(path, text => LineConfigText.ParseNpm(text, request.Environment)).Reverse())];
    }

    /// <summary>Python 2.7 alone: [https] verify of /etc/python/cert-verification.cfg, as https.verify where it disables.</summary>
    public IReadOnlyList<SettingFact> Python2() =>
        [.. Ini("/etc/python/cert-verification.cfg").Where(fact => fact.Name == "https.verify" && fact.Value == "disable")];

    /// <summary>distutils' and setuptools' files, whose index some old tools ask; and .pypirc.</summary>
    public IReadOnlyList<SettingFact> Distutils() =>
        [.. new[] { Home(files.IsWindows ? "pydistutils.cfg" : ".pydistutils.cfg"), files.Join(request.WorkingDirectory, "setup.cfg"), Home(".pypirc") }.SelectMany(Ini)
            .Where(fact => fact.Name is "easy_install.index_url" or "easy_install.find_links" || fact.Name.EndsWith(".repository", StringComparison.Ordinal))];

    private IEnumerable<SettingFact> Ini(string path)
    {
        if (files.ReadText(path) is not { } text)
            return [];
        return IniText.Parse(text).Entries.Select(entry => Fact(path, entry.Line, $"{entry.Section}.{entry.Key}", entry.Value));
    }

    private IEnumerable<SettingFact> Lines(string path, Func<string, IReadOnlyList<LineEntry>> parse) =>
        (files.ReadText(path) is { } text ? parse(text) : []).Select(entry => Fact(path, entry.Line, entry.Name, entry.Value));

    private IEnumerable<string> Distinct(IEnumerable<string> paths) => paths.DistinctBy(path => files.RealPath(path) ?? path);

    /// <summary>The options of requirements and constraints files, and of those that they name: 40 files at most, no file twice.</summary>
    public IReadOnlyList<SettingFact> Requirements(IEnumerable<string> paths)
    {
        var facts = new List<SettingFact>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var pending = new Queue<string>(paths.Select(path => files.Absolute(path, request.WorkingDirectory)).OfType<string>());
        while (pending.TryDequeue(out var path) && seen.Count < 40)
        {
            if (!seen.Add(files.RealPath(path) ?? path) || files.ReadText(path) is not { } text)
                continue;
            foreach (var option in RequirementsText.Parse(text, path, request.Environment))
            {
                if (option.Name is "--requirement" or "--constraint")
                {
                    if (!option.Value.Contains("://", StringComparison.Ordinal) && files.Absolute(option.Value, files.Parent(path) ?? "/") is { } named)
                        pending.Enqueue(named);
                }
                else
                {
                    facts.Add(option);
                }
            }
        }
        return facts;
    }
}

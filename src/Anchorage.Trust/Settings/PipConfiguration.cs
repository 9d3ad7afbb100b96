// Where pip takes its options from, in pip's order (pip docs, topics/configuration; measured on pip 9 to 26): the command
// line, then PIP_* variables, then the files. A section named as the command beats [global] even of a file that ranks
// higher; an empty value takes away what lower files said; lists replace each other and are never merged.

namespace Anchorage.Trust;

/// <summary>The levels of pip's files, the weakest first.</summary>
internal enum PipLevel
{
    Global,
    User,
    Site,
    Environment,
}

/// <summary>One file that pip would load.</summary>
internal sealed record PipFile(PipLevel Level, string Path);

/// <summary>A loaded file: its entries, or why pip cannot start with it.</summary>
internal sealed record PipFileContent(PipFile File, IniText Text);

/// <summary>The configuration files of one pip, in the order in which it loads them.</summary>
internal sealed record PipConfiguration(IReadOnlyList<PipFileContent> Files)
{
    /// <summary>No file at all.</summary>
    public static PipConfiguration Empty { get; } = new([]);

    /// <summary>The first file that pip cannot load, which ends it at once; null where all is well.</summary>
    public string? Fault =>
        Files.FirstOrDefault(file => file.Text.Fault is not null) is { } broken
            ? $"pip cannot load its configuration file {broken.File.Path}: {broken.Text.Fault}." : null;

    /// <summary>The values of an option, the one that counts first, then those that it hides; empty values included.</summary>
    public IReadOnlyList<SettingFact> Find(string option, string command)
    {
        var found = new List<(int Rank, SettingFact Fact)>();
        for (var place = 0; place < Files.Count; place++)
        {
            foreach (var entry in Files[place].Text.Entries)
            {
                if (Normalised(entry.Key) != option || (entry.Section != "global" && entry.Section != command))
                    continue;
                var fact = new SettingFact(SettingOrigin.File, Files[place].File.Path, entry.Line, $"{entry.Section}.{option}", entry.Value);
                found.Add(((entry.Section == command ? 1_000_000 : 0) + place, fact));
            }
        }
        // Within one file the later of two spellings (cert, --cert) wins; both sorts are stable.
        found.Reverse();
        return [.. found.OrderByDescending(one => one.Rank).Select(one => one.Fact)];
    }

    /// <summary>The value that counts; null where there is none, or an empty one stands highest in each section.</summary>
    public SettingFact? Effective(string option, string command)
    {
        var all = Find(option, command);
        foreach (var section in (ReadOnlySpan<string>)[$"{command}.{option}", $"global.{option}"])
        {
            if (all.FirstOrDefault(fact => fact.Name == section) is { Value.Length: > 0 } fact)
                return fact;
        }
        return null;
    }

    /// <summary>Every value of an option in every section of every file: what may have an effect on some command.</summary>
    public IEnumerable<SettingFact> Everywhere(string option) =>
        from file in Files
        from entry in file.Text.Entries
        where Normalised(entry.Key) == option
        select new SettingFact(SettingOrigin.File, file.File.Path, entry.Line, $"{entry.Section}.{option}", entry.Value);

    private static string Normalised(string key)
    {
        key = key.Replace('_', '-');
        return key.StartsWith("--", StringComparison.Ordinal) ? key[2..] : key;
    }

    /// <summary>
    /// The files that a pip would load if they are there. PIP_CONFIG_FILE hides the user's files where it names a file that is there, and
    /// all files where it is the null device.
    /// </summary>
    public static IReadOnlyList<PipFile> Candidates(
        MachineFiles files, IReadOnlyDictionary<string, string> environment, string home, string workingDirectory, string? prefix, bool isIsolated)
    {
        var name = files.IsWindows ? "pip.ini" : "pip.conf";
        environment.TryGetValue("PIP_CONFIG_FILE", out var chosen);
        if (chosen == (files.IsWindows ? "nul" : "/dev/null"))
            return [];
        var chosenPath = chosen is { Length: > 0 } ? files.Absolute(chosen, workingDirectory) : null;

        var all = new List<PipFile>();
        all.AddRange(GlobalFolders(files, environment).Select(folder => new PipFile(PipLevel.Global, files.Join(folder, name))));
        if (!isIsolated && !(chosenPath is not null && files.Exists(chosenPath)))
        {
            all.Add(new PipFile(PipLevel.User, files.Join(home, files.IsWindows ? "pip" : ".pip", name)));
            all.Add(new PipFile(PipLevel.User, files.Join(UserFolder(files, environment, home), name)));
        }
        if (prefix is not null)
            all.Add(new PipFile(PipLevel.Site, files.Join(prefix, name)));
        if (chosenPath is not null)
            all.Add(new PipFile(PipLevel.Environment, chosenPath));
        return all;
    }

    private static IEnumerable<string> GlobalFolders(MachineFiles files, IReadOnlyDictionary<string, string> environment)
    {
        switch (files.Platform)
        {
            case MachinePlatform.Windows:
                return [files.Join(environment.GetValueOrDefault("PROGRAMDATA") ?? @"C:\ProgramData", "pip")];
            case MachinePlatform.MacOS:
                return ["/Library/Application Support/pip"];
            default:
                // The later of these wins: /etc/pip.conf over /etc/xdg.
                var listed = environment.GetValueOrDefault("XDG_CONFIG_DIRS") is { Length: > 0 } value ? value : "/etc/xdg";
                return [.. listed.Split(':', StringSplitOptions.RemoveEmptyEntries).Take(32).Where(files.IsAbsolute).Select(folder => files.Join(folder, "pip")), "/etc"];
        }
    }

    private static string UserFolder(MachineFiles files, IReadOnlyDictionary<string, string> environment, string home)
    {
        switch (files.Platform)
        {
            case MachinePlatform.Windows:
                return files.Join(environment.GetValueOrDefault("APPDATA") ?? files.Join(home, "AppData", "Roaming"), "pip");
            case MachinePlatform.MacOS:
                var library = files.Join(home, "Library", "Application Support", "pip");
                return files.IsFolder(library) ? library : files.Join(home, ".config", "pip");
            default:
                return files.Join(environment.GetValueOrDefault("XDG_CONFIG_HOME") is { Length: > 0 } value ? value : files.Join(home, ".config"), "pip");
        }
    }

    /// <summary>Loads what is there. A file that may not be read is skipped, as pip does without a word.</summary>
    public static PipConfiguration Load(MachineFiles files, IEnumerable<PipFile> candidates, bool isPython2)
    {
        var loaded = new List<PipFileContent>();
        foreach (var file in candidates)
        {
            if (!files.Exists(file.Path))
                continue;
            var content = files.Read(file.Path, MachineFiles.MaxConfiguration);
            if (content.State == FileState.Read)
                loaded.Add(new PipFileContent(file, Decode(content.Bytes.Span, isPython2)));
            else
                files.AddGap(file.Path, $"{file.Path} was not read ({content.Problem}); pip skips a file that it may not read, without a word.");
        }
        return new PipConfiguration(loaded);
    }

    private static readonly System.Text.UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private static IniText Decode(ReadOnlySpan<byte> bytes, bool isPython2)
    {
        try
        {
            return IniText.Parse(Strict.GetString(bytes), isPython2);
        }
        catch (System.Text.DecoderFallbackException)
        {
            return new IniText([], "it is not UTF-8 text");
        }
    }
}

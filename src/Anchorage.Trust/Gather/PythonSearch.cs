// Where Pythons lie: on PATH, in the folders of version managers, as virtual environments named or nearby.

using System.Runtime.Versioning;
using System.Text.RegularExpressions;

namespace Anchorage.Trust;

internal sealed partial class PythonSearch(MachineFiles files, GatherRequest request)
{
    private const int MaxPythons = 400;
    private const int MaxAncestors = 16;
    private readonly List<string> found = [];

    /// <summary>The paths of interpreters, those that a shell would start first; the same interpreter may come twice.</summary>
    public IReadOnlyList<string> Find()
    {
        OnPath();
        Nearby();
        foreach (var folder in Environments())
            InEnvironment(folder);
        foreach (var parent in ParentsOfEnvironments())
        {
            foreach (var name in files.Names(parent).Take(MaxPythons))
                InEnvironment(files.Join(parent, name));
        }
        if (files.Platform == MachinePlatform.MacOS)
            OnMacOS();
        if (files.IsWindows)
            OnWindows();
        var distinct = found.Distinct(StringComparer.Ordinal).ToList();
        if (distinct.Count > MaxPythons)
            files.AddGap("pythons", $"More than {MaxPythons} Pythons were found; only the first were looked at.");
        return [.. distinct.Take(MaxPythons)];
    }

    private string? Variable(string name) => request.Environment.GetValueOrDefault(name) is { Length: > 0 } value ? value : null;

    private string Home(params string[] names) => files.Join(request.Home, names);

    private void OnPath()
    {
        foreach (var folder in Folders(Variable("PATH")))
        {
            // pyenv's shims are one script for all; its versions are looked at themselves.
            if (files.NameOf(folder) == "shims" && files.Parent(folder) is { } pyenv && (files.IsFolder(files.Join(pyenv, "versions")) || files.IsFolder(files.Join(pyenv, "plugins"))))
                continue;
            Programs(folder);
        }
    }

    private void Programs(string folder)
    {
        foreach (var name in files.Names(folder, "py*"))
        {
            if (ProgramName().IsMatch(name))
                found.Add(files.Join(folder, name));
        }
    }

    /// <summary>The absolute folders of a PATH.</summary>
    public IEnumerable<string> Folders(string? list) =>
        (list ?? "").Split(files.IsWindows ? ';' : ':', StringSplitOptions.RemoveEmptyEntries).Take(200)
            .Where(files.IsAbsolute).Select(folder => files.Absolute(folder, "/")).OfType<string>().Distinct(StringComparer.Ordinal);

    private void InEnvironment(string folder)
    {
        foreach (var program in files.IsWindows ? (string[])[@"Scripts\python.exe", "python.exe"] : ["bin/python", "bin/python3"])
        {
            var path = files.Join(folder, program);
            if (files.IsFile(path))
            {
                found.Add(path);
                return;
            }
        }
    }

    private void Nearby()
    {
        var folder = (string?)request.WorkingDirectory;
        for (var up = 0; folder is not null && up < MaxAncestors; up++)
        {
            foreach (var name in (string[])[".venv", "venv", "env", ".env"])
                InEnvironment(files.Join(folder, name));
            folder = files.Parent(folder);
        }
    }

    private IEnumerable<string> Environments()
    {
        foreach (var name in (string[])["VIRTUAL_ENV", "CONDA_PREFIX"])
        {
            if (Variable(name) is { } folder && files.IsAbsolute(folder))
                yield return folder;
        }
        // conda keeps a list of all that it made.
        foreach (var line in TextLines.Of(files.ReadText(Home(".conda", "environments.txt")) ?? "").Take(MaxPythons))
        {
            if (files.IsAbsolute(line.Trim()))
                yield return line.Trim();
        }
        foreach (var prefix in CondaPrefixes())
            yield return prefix;
        yield return Home(".local", "share", "pypoetry", "venv");
    }

    /// <summary>The usual places of conda's base environment.</summary>
    public IEnumerable<string> CondaPrefixes()
    {
        string[] names = ["miniconda3", "anaconda3", "miniforge3", "mambaforge", "micromamba", "conda"];
        var roots = files.IsWindows
            ? [request.Home, Variable("PROGRAMDATA") ?? @"C:\ProgramData", Variable("LOCALAPPDATA") ?? Home("AppData", "Local")]
            : (string[])[request.Home, "/opt", "/usr/local"];
        var prefixes = roots.SelectMany(root => names.Select(name => files.Join(root, name)));
        return Variable("CONDA_EXE") is { } program && files.Parent(program) is { } bin && files.Parent(bin) is { } own ? prefixes.Prepend(own) : prefixes;
    }

    // Folders whose every child is an environment or an installation.
    private IEnumerable<string> ParentsOfEnvironments()
    {
        yield return files.Join(Variable("PYENV_ROOT") ?? Home(".pyenv"), "versions");
        yield return Home(".asdf", "installs", "python");
        yield return Home(".local", "share", "mise", "installs", "python");
        yield return Home(".rye", "py");
        yield return Variable("UV_PYTHON_INSTALL_DIR") ?? Data("uv", "python");
        yield return Variable("UV_TOOL_DIR") ?? Data("uv", "tools");
        yield return Variable("WORKON_HOME") ?? (files.IsWindows ? Home("Envs") : Home(".virtualenvs"));
        yield return files.IsWindows ? Home(".virtualenvs") : Data("virtualenvs");
        yield return files.Join(Variable("PIPX_HOME") ?? Data("pipx"), "venvs");
        yield return Home(".local", "pipx", "venvs");
        yield return files.Join(Variable("POETRY_CACHE_DIR") ?? Cache("pypoetry"), "virtualenvs");
        foreach (var prefix in CondaPrefixes())
            yield return files.Join(prefix, "envs");
        if (files.IsWindows)
        {
            yield return Home(".pyenv", "pyenv-win", "versions");
            yield return files.Join(Variable("LOCALAPPDATA") ?? Home("AppData", "Local"), "Programs", "Python");
            // The install manager that follows the launcher.
            yield return files.Join(Variable("LOCALAPPDATA") ?? Home("AppData", "Local"), "Python");
        }
    }

    private string Data(params string[] names) => files.IsWindows ? files.Join(Variable("APPDATA") ?? Home("AppData", "Roaming"), names)
        : files.Join(Variable("XDG_DATA_HOME") ?? Home(".local", "share"), names);

    private string Cache(params string[] names) => files.Platform switch
    {
        MachinePlatform.MacOS => files.Join(Home("Library", "Caches"), names),
        MachinePlatform.Windows => files.Join(Variable("LOCALAPPDATA") ?? Home("AppData", "Local"), [names[0], "Cache"]),
        _ => files.Join(Variable("XDG_CACHE_HOME") ?? Home(".cache"), names),
    };

    private void OnMacOS()
    {
        foreach (var frameworks in (string[])["/Library/Frameworks", Home("Library", "Frameworks"), "/opt/homebrew/Frameworks", "/Library/Developer/CommandLineTools/Library/Frameworks"])
        {
            foreach (var framework in (string[])["Python.framework", "Python3.framework"])
            {
                var versions = files.Join(frameworks, framework, "Versions");
                foreach (var name in files.Names(versions).Where(name => name != "Current").Take(50))
                    Programs(files.Join(versions, name, "bin"));
            }
        }
        Programs("/opt/homebrew/bin");
        Programs("/usr/local/bin");
    }

    private void OnWindows()
    {
        foreach (var folder in (string[])[@"C:\", Variable("PROGRAMFILES") ?? @"C:\Program Files"])
        {
            foreach (var name in files.Names(folder, "Python*").Take(50))
                InEnvironment(files.Join(folder, name));
        }
        if (OperatingSystem.IsWindows() && files.IsThisMachine)
            FromRegistry();
    }

    // PEP 514: Software\Python\COMPANY\TAG\InstallPath.
    [SupportedOSPlatform("windows")]
    private void FromRegistry()
    {
        foreach (var hive in (Microsoft.Win32.RegistryKey[])[Microsoft.Win32.Registry.CurrentUser, Microsoft.Win32.Registry.LocalMachine])
        {
            foreach (var software in (string[])[@"Software\Python", @"Software\WOW6432Node\Python"])
            {
                using var companies = hive.OpenSubKey(software);
                foreach (var company in companies?.GetSubKeyNames().Take(50) ?? [])
                {
                    using var tags = companies!.OpenSubKey(company);
                    foreach (var tag in tags?.GetSubKeyNames().Take(100) ?? [])
                    {
                        using var install = tags!.OpenSubKey(tag + @"\InstallPath");
                        if (install?.GetValue("ExecutablePath") is string program)
                            found.Add(program);
                        else if (install?.GetValue("") is string folder)
                            InEnvironment(folder);
                    }
                }
            }
        }
    }

    [GeneratedRegex(@"^(python|python\d|python\d\.\d+|pypy\d?|pypy\d\.\d+)(\.exe)?$", RegexOptions.IgnoreCase)]
    private static partial Regex ProgramName();
}

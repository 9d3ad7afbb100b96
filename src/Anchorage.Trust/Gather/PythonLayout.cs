// One interpreter, read from its files: prefix, version, the folders of its packages. Nothing is started.

using System.Text.RegularExpressions;

namespace Anchorage.Trust;

/// <summary>An interpreter as its files show it.</summary>
/// <param name="Path">As found.</param>
/// <param name="RealPath">With links followed.</param>
/// <param name="Prefix">sys.prefix.</param>
/// <param name="BasePrefix">sys.base_prefix.</param>
/// <param name="Version">Two numbers where the third is not known.</param>
/// <param name="Packages">The folders that packages are imported from, in the order of sys.path.</param>
internal sealed partial record PythonLayout(string Path, string RealPath, string Prefix, string BasePrefix, Version Version, IReadOnlyList<string> Packages)
{
    public bool IsVirtual => Prefix != BasePrefix;

    /// <summary>The same environment found by another name.</summary>
    public string Key => IsVirtual ? Prefix : RealPath;

    /// <summary>Reads the layout around an interpreter; null where there is none.</summary>
    public static PythonLayout? Of(MachineFiles files, string path, GatherRequest request)
    {
        if (files.RealPath(path) is not { } real || !files.IsFile(path) || files.Parent(path) is not { } folder)
            return null;
        // Other programs lie beside the same libraries.
        if (!IsNamedPython(files.NameOf(path)) && !IsNamedPython(files.NameOf(real)))
            return null;
        // A venv is known by pyvenv.cfg beside the folder of the link, or in it on Windows.
        if (files.RealPath(folder) is not { } realFolder)
            return null;
        var top = files.Parent(realFolder) ?? realFolder;
        foreach (var prefix in (string[])[top, realFolder])
        {
            if (files.ReadText(files.Join(prefix, "pyvenv.cfg"), 65_536) is { } configuration)
                return OfVirtual(files, path, real, prefix, configuration, request);
        }
        var basePrefix = PrefixOf(files, real);
        return VersionOf(files, real, basePrefix) is { } version
            ? new PythonLayout(path, real, basePrefix, basePrefix, version, PackagesOf(files, basePrefix, version, isVirtual: false, request)) : null;
    }

    private static bool IsNamedPython(string name) =>
        name.StartsWith("python", StringComparison.OrdinalIgnoreCase) || name.StartsWith("pypy", StringComparison.OrdinalIgnoreCase);

    private static PythonLayout? OfVirtual(MachineFiles files, string path, string real, string prefix, string configuration, GatherRequest request)
    {
        string? Value(string key) => TextLines.Of(configuration).Take(200)
            .Select(line => line.Split('=', 2)).Where(parts => parts.Length == 2 && parts[0].Trim().Equals(key, StringComparison.OrdinalIgnoreCase))
            .Select(parts => parts[1].Trim()).FirstOrDefault();
        var basePrefix = Value("home") is { } home && files.IsAbsolute(home) && (files.IsWindows ? home : files.Parent(home)) is { } parent ? parent : PrefixOf(files, real);
        basePrefix = files.RealPath(basePrefix) ?? basePrefix;
        var version = FullVersion().Match(Value("version") ?? Value("version_info") ?? "") is { Success: true } match && System.Version.TryParse(match.Value, out var stated)
            ? stated : VersionOf(files, real, basePrefix);
        if (version is null)
            return null;
        if (version.Build < 0)
            version = VersionOf(files, real, basePrefix) ?? version;
        List<string> packages = [.. PackagesOf(files, prefix, version, isVirtual: true, request)];
        if (EffectiveTrust.IsTrue(Value("include-system-site-packages") ?? ""))
            packages.AddRange(PackagesOf(files, basePrefix, version, isVirtual: false, request));
        return new PythonLayout(path, real, prefix, basePrefix, version, packages);
    }

    private static string PrefixOf(MachineFiles files, string real)
    {
        var folder = files.Parent(real) ?? "/";
        return files.IsWindows ? folder : files.Parent(folder) ?? "/";
    }

    private static Version? VersionOf(MachineFiles files, string real, string prefix)
    {
        var minor = NamedVersion().Match(files.NameOf(real)) is { Success: true } named && System.Version.TryParse(named.Groups[1].Value, out var byName) ? byName
            : MinorOf(files, prefix);
        if (minor is null)
            return null;
        var include = files.IsWindows ? files.Join(prefix, "include") : files.Join(prefix, "include", $"python{minor}");
        foreach (var header in (string[])[files.Join(include, "patchlevel.h"), files.Join(include + "m", "patchlevel.h")])
        {
            if (files.ReadText(header, 65_536) is { } text && PatchLevel().Match(text) is { Success: true } level && System.Version.TryParse(level.Groups[1].Value, out var full))
                return full;
        }
        // pyenv and uv name the folder after the version, conda a file.
        var names = files.Names(files.Join(prefix, "conda-meta"), "python-*.json").Append(files.NameOf(prefix));
        foreach (var name in names)
        {
            if (FullVersion().Match(name) is { Success: true } match && System.Version.TryParse(match.Value, out var folder) && folder.Major == minor.Major && folder.Minor == minor.Minor)
                return folder;
        }
        return minor;
    }

    private static Version? MinorOf(MachineFiles files, string prefix)
    {
        if (files.IsWindows)
        {
            // python312.dll lies beside python.exe.
            return files.Names(prefix, "python*.dll").Select(name => DllVersion().Match(name)).FirstOrDefault(match => match.Success) is { } dll
                ? new Version(dll.Groups[1].Value[0] - '0', int.Parse(dll.Groups[2].Value, System.Globalization.CultureInfo.InvariantCulture)) : null;
        }
        return files.Names(files.Join(prefix, "lib")).Select(name => LibraryVersion().Match(name)).Where(match => match.Success)
            .Select(match => System.Version.Parse(match.Groups[1].Value)).OrderDescending().FirstOrDefault();
    }

    private static List<string> PackagesOf(MachineFiles files, string prefix, Version version, bool isVirtual, GatherRequest request)
    {
        var name = $"python{version.Major}.{version.Minor}";
        var folders = new List<string>();
        if (files.IsWindows)
        {
            if (!isVirtual && request.Environment.GetValueOrDefault("APPDATA") is { Length: > 0 } roaming)
                folders.Add(files.Join(roaming, "Python", $"Python{version.Major}{version.Minor}", "site-packages"));
            folders.Add(files.Join(prefix, "Lib", "site-packages"));
            return [.. folders.Where(files.IsFolder)];
        }
        if (!isVirtual)
        {
            folders.Add(files.Platform == MachinePlatform.MacOS && prefix.Contains(".framework", StringComparison.Ordinal)
                ? files.Join(request.Home, "Library", "Python", $"{version.Major}.{version.Minor}", "lib", "python", "site-packages")
                : files.Join(request.Environment.GetValueOrDefault("PYTHONUSERBASE") is { Length: > 0 } userBase ? userBase : files.Join(request.Home, ".local"), "lib", name, "site-packages"));
            // Debian's own: packages of apt lie in dist-packages, those of pip in /usr/local.
            if (prefix == "/usr")
            {
                folders.Add($"/usr/local/lib/{name}/dist-packages");
                folders.Add($"/usr/local/lib/{name}/site-packages");
                folders.Add($"/usr/lib/python{version.Major}/dist-packages");
                folders.Add($"/usr/lib/{name}/dist-packages");
            }
        }
        folders.Add(files.Join(prefix, "lib64", name, "site-packages"));
        folders.Add(files.Join(prefix, "lib", name, "site-packages"));
        folders.Add(files.Join(prefix, "lib", $"pypy{version.Major}.{version.Minor}", "site-packages"));
        return [.. folders.Where(files.IsFolder).DistinctBy(folder => files.RealPath(folder))];
    }

    /// <summary>Whether the ssl module's extension is there; null where modules may be built into the program.</summary>
    public bool? HasSslFile(MachineFiles files)
    {
        var name = $"python{Version.Major}.{Version.Minor}";
        var folders = files.IsWindows ? (string[])[files.Join(BasePrefix, "DLLs")]
            : [files.Join(BasePrefix, "lib", name, "lib-dynload"), files.Join(BasePrefix, "lib64", name, "lib-dynload")];
        return folders.Any(folder => files.Names(folder, "_ssl*").Count > 0) ? true : null;
    }

    [GeneratedRegex(@"\d+\.\d+\.\d+")]
    private static partial Regex FullVersion();

    [GeneratedRegex(@"^(?:python|pypy)(\d+\.\d+)")]
    private static partial Regex NamedVersion();

    [GeneratedRegex(@"^(?:python|pypy)(\d+\.\d+)$")]
    private static partial Regex LibraryVersion();

    [GeneratedRegex(@"^python(\d)(\d+)\.dll$", RegexOptions.IgnoreCase)]
    private static partial Regex DllVersion();

    [GeneratedRegex("#define\\s+PY_VERSION\\s+\"(\\d+\\.\\d+\\.\\d+)")]
    private static partial Regex PatchLevel();
}

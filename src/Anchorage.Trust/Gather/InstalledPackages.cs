namespace Anchorage.Trust;

/// <summary>Versions of the distribution's packages, where its database is text: dpkg, apk, pacman.</summary>
internal sealed class InstalledPackages
{
    private const int MaxDatabase = 32 << 20;
    private readonly Dictionary<string, string> versions = new(StringComparer.Ordinal);

    /// <summary>Reads the database that there is, for some packages.</summary>
    public static InstalledPackages Read(MachineFiles files, IReadOnlyCollection<string> names)
    {
        var packages = new InstalledPackages();
        if (files.ReadText("/var/lib/dpkg/status", MaxDatabase) is { } dpkg)
            packages.Take(dpkg, "Package: ", "Version: ", names);
        else if (files.ReadText("/lib/apk/db/installed", MaxDatabase) is { } apk)
            packages.Take(apk, "P:", "V:", names);
        foreach (var folder in files.IsFolder("/var/lib/pacman/local") ? files.Names("/var/lib/pacman/local") : [])
        {
            var version = folder.LastIndexOf('-', Math.Max(0, folder.LastIndexOf('-') - 1));
            if (version > 0 && names.Contains(folder[..version]))
                packages.versions[folder[..version]] = folder[(version + 1)..];
        }
        return packages;
    }

    private void Take(string text, string nameKey, string versionKey, IReadOnlyCollection<string> names)
    {
        string? name = null;
        foreach (var range in text.AsSpan().Split('\n'))
        {
            var line = text.AsSpan(range).TrimEnd('\r');
            if (line.StartsWith(nameKey))
                name = names.Contains(line[nameKey.Length..].ToString()) ? line[nameKey.Length..].ToString() : null;
            else if (name is not null && line.StartsWith(versionKey))
                versions[name] = line[versionKey.Length..].ToString();
        }
    }

    /// <summary>The whole version, as the distribution writes it.</summary>
    public string? Full(string name) => versions.GetValueOrDefault(name);

    /// <summary>The version of what is packaged: without epoch and revision.</summary>
    public string? Upstream(string name)
    {
        if (Full(name) is not { } version)
            return null;
        version = version[(version.IndexOf(':') + 1)..];
        var end = version.AsSpan().IndexOfAny("-+~");
        return end < 0 ? version : version[..end];
    }
}

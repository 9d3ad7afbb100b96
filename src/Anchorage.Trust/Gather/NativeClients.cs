// The clients that are programs of their own: found on PATH and in their usual places, their versions from files.

using System.Text.RegularExpressions;

namespace Anchorage.Trust;

internal sealed partial class NativeClients(MachineFiles files, GatherRequest request, PythonSearch search)
{
    public IEnumerable<InstalledClient> Find()
    {
        var packages = InstalledPackages.Read(files, ["git", "curl", "wget", "nodejs", "node"]);
        foreach (var (program, kind, package) in Programs)
        {
            if (OnPath(program) is not { } path)
                continue;
            // The distribution's database speaks of its own programs alone.
            var isPackaged = files.RealPath(path) is { } real && (real.StartsWith("/usr/bin/", StringComparison.Ordinal) || real.StartsWith("/bin/", StringComparison.Ordinal));
            yield return new InstalledClient
            {
                Kind = kind,
                Path = path,
                Version = kind switch
                {
                    ClientKind.Uv => UvVersion(path),
                    ClientKind.Node => NodeVersion(path) ?? (isPackaged ? packages.Upstream(package) : null),
                    _ => isPackaged ? packages.Upstream(package) : null,
                },
                UsesSystemStore = kind == ClientKind.Node && isPackaged && packages.Full(package) is { } version && !version.Contains("nodesource", StringComparison.Ordinal),
            };
        }
        if (Conda() is { } conda)
            yield return conda;
    }

    private static readonly (string Program, ClientKind Kind, string Package)[] Programs =
        [("uv", ClientKind.Uv, "uv"), ("git", ClientKind.Git, "git"), ("curl", ClientKind.Curl, "curl"), ("wget", ClientKind.Wget, "wget"), ("node", ClientKind.Node, "nodejs")];

    private string? OnPath(string program)
    {
        var folders = search.Folders(request.Environment.GetValueOrDefault("PATH")).ToList();
        if (!files.IsWindows)
            folders.AddRange([files.Join(request.Home, ".local", "bin"), files.Join(request.Home, ".cargo", "bin")]);
        return folders.Select(folder => files.Join(folder, files.IsWindows ? program + ".exe" : program)).FirstOrDefault(files.IsFile);
    }

    // Installed from PyPI it has a dist-info beside bin; the standalone installer leaves a receipt.
    private string? UvVersion(string path)
    {
        var real = files.RealPath(path) ?? path;
        if (files.Parent(real) is { } folder && files.Parent(folder) is { } prefix)
        {
            foreach (var library in files.Names(files.Join(prefix, "lib"), "python*").Select(name => files.Join(prefix, "lib", name, "site-packages")).Append(files.Join(prefix, "Lib", "site-packages")))
            {
                if (files.Names(library, "uv-*.dist-info") is [var name, ..])
                    return name["uv-".Length..^".dist-info".Length];
            }
        }
        var receipt = files.Join(request.Environment.GetValueOrDefault("XDG_CONFIG_HOME") is { Length: > 0 } config ? config : files.Join(request.Home, ".config"), "uv", "uv-receipt.json");
        return files.ReadText(receipt) is { } text && JsonVersion().Match(text) is { Success: true } match ? match.Groups[1].Value : null;
    }

    private string? NodeVersion(string path)
    {
        var real = files.RealPath(path) ?? path;
        if (files.Parent(real) is not { } folder || files.Parent(folder) is not { } prefix)
            return null;
        if (files.ReadText(files.Join(prefix, "include", "node", "node_version.h")) is not { } header)
            return null;
        var numbers = HeaderVersion().Matches(header).ToDictionary(match => match.Groups[1].Value, match => match.Groups[2].Value);
        return numbers.Count == 3 ? $"{numbers["MAJOR"]}.{numbers["MINOR"]}.{numbers["PATCH"]}" : null;
    }

    private InstalledClient? Conda()
    {
        foreach (var prefix in search.CondaPrefixes())
        {
            if (files.Names(files.Join(prefix, "conda-meta"), "conda-*.json").Select(name => CondaPackage().Match(name)).FirstOrDefault(match => match.Success) is not { } match)
                continue;
            return new InstalledClient
            {
                Kind = ClientKind.Conda,
                Version = match.Groups[1].Value,
                Path = files.IsWindows ? files.Join(prefix, "Scripts", "conda.exe") : files.Join(prefix, "bin", "conda"),
                CertifiPath = CondaCertifi(prefix),
            };
        }
        return null;
    }

    private string? CondaCertifi(string prefix) =>
        files.Names(files.Join(prefix, "lib"), "python3.*").Select(name => files.Join(prefix, "lib", name, "site-packages", "certifi", "cacert.pem"))
            .Append(files.Join(prefix, "Lib", "site-packages", "certifi", "cacert.pem")).FirstOrDefault(files.IsFile);

    [GeneratedRegex("\"version\"\\s*:\\s*\"([\\d.]{1,20})\"")]
    private static partial Regex JsonVersion();

    [GeneratedRegex(@"#define NODE_(MAJOR|MINOR|PATCH)_VERSION (\d+)")]
    private static partial Regex HeaderVersion();

    [GeneratedRegex(@"^conda-(\d[\d.]*)-[^-]+\.json$")]
    private static partial Regex CondaPackage();
}

// The clients that an interpreter's packages hold: pip, and requests, httpx, poetry, twine … where they are installed. All of
// it is read from files; pip is never started. Packages come from the first folder of sys.path that has them.

using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Anchorage.Trust;

internal sealed partial class PythonClients(MachineFiles files, CertificateFiles bundles, PythonFacts python, PythonLayout layout)
{
    private const int SmallFile = 256 << 10;
    private readonly List<UnsafeSetting> edited = [];

    /// <summary>Bundles that differ from what their package installed.</summary>
    public IReadOnlyList<UnsafeSetting> EditedBundles => edited;

    /// <summary>Every client of this interpreter.</summary>
    /// <param name="extra">Folders that come before the interpreter's own: PYTHONPATH.</param>
    /// <param name="pipFrom">A wheel or folder that pip is run from.</param>
    /// <param name="injection">What replaces Python's TLS at start.</param>
    public List<InstalledClient> Find(IReadOnlyList<string> extra, string? pipFrom, SettingFact? injection)
    {
        var folders = extra.Concat(layout.Packages).ToList();
        var packages = VersionsIn(folders);
        var clients = new List<InstalledClient>();
        var truststore = packages.GetValueOrDefault("truststore").Version;
        if ((pipFrom is not null ? PipFrom(pipFrom) : FindPip(folders)) is { } pip)
            clients.Add(pip with { TruststoreVersion = truststore, Injection = injection });
        if (pipFrom is not null)
            return [.. clients.Take(1)];
        clients.Add(new InstalledClient { Kind = ClientKind.Urllib, Path = layout.Path, Python = python, Injection = injection });
        var certifi = FindCertifi(folders, packages);
        var urllib3 = packages.GetValueOrDefault("urllib3").Version;
        foreach (var (name, kind) in Packages)
        {
            if (packages.GetValueOrDefault(name) is not { Version: { } version, Folder: { } folder })
                continue;
            clients.Add(new InstalledClient
            {
                Kind = kind,
                Version = version,
                Path = files.Join(folder, name),
                Python = python,
                CertifiPath = certifi.Path,
                IsDebianPatched = certifi.IsSystem,
                TruststoreVersion = truststore,
                Urllib3Version = urllib3,
                Injection = injection,
            });
        }
        if (packages.GetValueOrDefault("pipenv") is { Version: { } pipenv, Folder: { } home } && ReadPip(files.Join(home, "pipenv", "patched")) is { } embedded)
            clients.Add(embedded with { Kind = ClientKind.Pipenv, Version = pipenv, EmbeddedPipVersion = embedded.Version, Path = files.Join(home, "pipenv"), TruststoreVersion = truststore });
        return clients;
    }

    private static readonly (string Name, ClientKind Kind)[] Packages =
    [
        ("requests", ClientKind.Requests), ("httpx", ClientKind.Httpx), ("poetry", ClientKind.Poetry), ("pdm", ClientKind.Pdm),
        ("twine", ClientKind.Twine), ("conda", ClientKind.Conda), ("uv", ClientKind.Uv),
    ];

    // name-version.dist-info and name-version[-pyX].egg-info; the first folder of sys.path wins.
    private Dictionary<string, (string? Version, string? Folder)> VersionsIn(List<string> folders)
    {
        var packages = new Dictionary<string, (string? Version, string? Folder)>(StringComparer.Ordinal);
        foreach (var folder in folders)
        {
            foreach (var name in files.Names(folder, "*-info"))
            {
                if (InstalledName().Match(name) is { Success: true } match)
                    packages.TryAdd(match.Groups[1].Value.ToLowerInvariant().Replace('_', '-'), (match.Groups[2].Value, folder));
            }
        }
        return packages;
    }

    private InstalledClient? FindPip(IEnumerable<string> folders)
    {
        foreach (var folder in folders)
        {
            // A wheel or zip on PYTHONPATH is imported from, too.
            if (ReadPip(folder) is { } pip)
                return pip;
            if (folder.EndsWith(".whl", StringComparison.Ordinal) && PipFrom(folder) is { } zipped)
                return zipped;
        }
        return null;
    }

    /// <summary>pip below a folder of packages; null where there is none.</summary>
    private InstalledClient? ReadPip(string folder)
    {
        var package = files.Join(folder, "pip");
        if (files.ReadText(files.Join(package, "__init__.py"), SmallFile) is not { } text)
            return null;
        var version = VersionLine().Match(text) is { Success: true } match ? match.Groups[1].Value : null;
        var vendored = files.Join(package, "_vendor", "certifi");
        // Debian up to 11 took the vendored packages out, and gave pip wheels of them whose certifi is patched.
        var isTakenOut = !files.IsFolder(vendored) && files.ReadText(files.Join(package, "_vendor", "__init__.py"), SmallFile)?.Contains("DEBUNDLED = True", StringComparison.Ordinal) == true;
        var (path, isSystem) = isTakenOut ? (PipTrust.DebianBundle, true) : ReadCertifi(vendored);
        if (!isSystem && version is not null)
            CompareWithRecord(ClientKind.Pip, files.Join(folder, $"pip-{version}.dist-info", "RECORD"), "pip/_vendor/certifi/cacert.pem", path);
        return new InstalledClient { Kind = ClientKind.Pip, Version = version, Path = package, Python = python, CertifiPath = path, IsDebianPatched = isSystem };
    }

    // A distribution's certifi names the system's bundle: Debian, Fedora.
    private (string Path, bool IsSystem) ReadCertifi(string folder)
    {
        var core = files.ReadText(files.Join(folder, "core.py"), SmallFile);
        if (core is not null && SystemPath().Match(core) is { Success: true } match)
            return (match.Groups[1].Value, true);
        var bundle = files.Join(folder, "cacert.pem");
        if (files.ReadText(files.Join(folder, "__init__.py"), SmallFile) is { } text && DateOf(text) is { } dated)
            bundles.Date(bundle, dated);
        return (bundle, false);
    }

    private (string? Path, bool IsSystem) FindCertifi(List<string> folders, Dictionary<string, (string? Version, string? Folder)> packages)
    {
        foreach (var folder in folders)
        {
            var certifi = files.Join(folder, "certifi");
            if (!files.IsFolder(certifi))
                continue;
            var found = ReadCertifi(certifi);
            if (!found.IsSystem && packages.GetValueOrDefault("certifi").Version is { } version)
                CompareWithRecord(ClientKind.Requests, files.Join(folder, $"certifi-{version}.dist-info", "RECORD"), "certifi/cacert.pem", found.Path);
            return found;
        }
        return (null, false);
    }

    /// <summary>The date of certifi's version: 2024.07.04.</summary>
    private static DateTimeOffset? DateOf(string text) =>
        VersionLine().Match(text) is { Success: true } match
        && DateTimeOffset.TryParseExact(match.Groups[1].Value, (string[])["yyyy.MM.dd", "yyyy.M.d"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var dated)
            ? dated : null;

    // RECORD (PEP 376, PEP 427): path,sha256=BASE64URL,size. A bundle that differs was edited, and loses that with its next upgrade.
    private void CompareWithRecord(ClientKind kind, string record, string name, string path)
    {
        if (files.ReadText(record) is not { } text)
            return;
        var start = text.IndexOf(name + ",sha256=", StringComparison.Ordinal);
        if (start < 0 || (start > 0 && text[start - 1] is not ('\n' or '\r')))
            return;
        start += name.Length + ",sha256=".Length;
        var end = text.IndexOf(',', start);
        var content = files.Read(path, MachineFiles.MaxBundle);
        if (end < 0 || content.State != FileState.Read)
            return;
        var actual = Base64Url.EncodeToString(SHA256.HashData(content.Bytes.Span));
        if (!text.AsSpan(start, end - start).TrimEnd('=').SequenceEqual(actual))
        {
            edited.Add(new UnsafeSetting(
                kind, new SettingFact(SettingOrigin.File, path, null, name, "differs from " + record), [], IsEffective: true, UnsafeEffect.EditedBundle));
        }
    }

    /// <summary>pip run from a wheel, which is a zip, or from a folder that holds the package.</summary>
    private InstalledClient? PipFrom(string place)
    {
        if (files.IsFolder(place))
            return ReadPip(place);
        using var wheel = WheelFiles.Open(files, place);
        if (wheel?.ReadText("pip/__init__.py") is not { } text)
            return null;
        var version = VersionLine().Match(text) is { Success: true } match ? match.Groups[1].Value : null;
        var path = files.Join(place, "pip", "_vendor", "certifi", "cacert.pem");
        var core = wheel.ReadText("pip/_vendor/certifi/core.py");
        if (core is not null && SystemPath().Match(core) is { Success: true } system)
            return new InstalledClient { Kind = ClientKind.Pip, Version = version, Path = place, Python = python, CertifiPath = system.Groups[1].Value, IsDebianPatched = true };
        if (wheel.ReadText("pip/_vendor/certifi/__init__.py") is { } init && DateOf(init) is { } dated)
            bundles.Date(path, dated);
        if (wheel.Read("pip/_vendor/certifi/cacert.pem", MachineFiles.MaxBundle) is { } bundle)
            bundles.Add(bundles.Of(path, bundle, files.ModifiedAt(place)));
        return new InstalledClient { Kind = ClientKind.Pip, Version = version, Path = place, Python = python, CertifiPath = path };
    }

    [GeneratedRegex("^__version__\\s*(?::\\s*str\\s*)?=\\s*['\"]([^'\"\\s]{1,40})['\"]", RegexOptions.Multiline)]
    private static partial Regex VersionLine();

    [GeneratedRegex(@"^([A-Za-z0-9._]+)-([^-]{1,40})(?:-py[\d.]+)?\.(?:dist|egg)-info$")]
    private static partial Regex InstalledName();

    [GeneratedRegex("['\"](/(?:etc|usr|var)/[^'\"\\n]{1,200}\\.(?:crt|pem))['\"]")]
    private static partial Regex SystemPath();
}

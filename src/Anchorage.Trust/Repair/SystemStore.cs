// The stores of operating systems: where a root is put, what rebuilds the store, and how that is taken back. Run here on
// Debian; the others are written from their documentation and tested against recorded layouts.

using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Anchorage.Trust;

/// <summary>A root that somebody added to the system's store.</summary>
/// <param name="Path">Its file; for macOS and Windows the store's name.</param>
/// <param name="Subject">Its name.</param>
/// <param name="Fingerprint">SHA-256, lower-case hex.</param>
/// <param name="EndsAt">The end of its validity.</param>
/// <param name="IsInEffect">True where the store that programs read has it too.</param>
public sealed record StoredRoot(string Path, string Subject, string Fingerprint, DateTimeOffset EndsAt, bool IsInEffect);

/// <summary>The trust store of an operating system, of this machine or below a directory.</summary>
public sealed class SystemStore
{
    private const string MacKeychain = "/Library/Keychains/System.keychain";
    private const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private readonly Layout _layout;
    private readonly RootedPaths _paths;

    // Where local roots lie, what rebuilds the store, what rebuilds it from nothing, and the file that programs read.
    private sealed record Layout(string Anchors, string Extension, string[] Rebuild, string[] RebuildFromNothing, string Bundle);

    private static readonly Dictionary<SystemFamily, Layout> Layouts = new()
    {
        // Without --fresh two dangling links stay behind when a root goes.
        [SystemFamily.Debian] = new("/usr/local/share/ca-certificates", ".crt", ["update-ca-certificates"], ["update-ca-certificates", "--fresh"], "/etc/ssl/certs/ca-certificates.crt"),
        [SystemFamily.Alpine] = new("/usr/local/share/ca-certificates", ".crt", ["update-ca-certificates"], ["update-ca-certificates"], "/etc/ssl/certs/ca-certificates.crt"),
        [SystemFamily.RedHat] = new("/etc/pki/ca-trust/source/anchors", ".crt", ["update-ca-trust"], ["update-ca-trust"], "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem"),
        [SystemFamily.Suse] = new("/etc/pki/trust/anchors", ".crt", ["update-ca-certificates"], ["update-ca-certificates"], "/var/lib/ca-certificates/ca-bundle.pem"),
        [SystemFamily.Arch] = new("/etc/ca-certificates/trust-source/anchors", ".crt", ["update-ca-trust"], ["update-ca-trust"], "/etc/ca-certificates/extracted/tls-ca-bundle.pem"),
        [SystemFamily.MacOS] = new(MacKeychain, "", [], [], MacKeychain),
        [SystemFamily.Windows] = new(@"Cert:\LocalMachine\Root", "", [], [], @"Cert:\LocalMachine\Root"),
    };

    private static readonly string[] ReleaseFiles = ["/etc/os-release", "/usr/lib/os-release"];
    private static readonly string[] ProgramFolders = ["/usr/sbin/", "/usr/bin/", "/sbin/", "/bin/"];

    private SystemStore(SystemFamily family, Layout layout, string? root)
    {
        (Family, _layout, _paths) = (family, layout, new RootedPaths(root));
    }

    /// <summary>The family.</summary>
    public SystemFamily Family { get; }

    /// <summary>Where local roots lie.</summary>
    public string Anchors => _layout.Anchors;

    /// <summary>The store of a family; null where the family is not known.</summary>
    /// <param name="family">The family.</param>
    /// <param name="root">The directory that stands for /; null = this machine.</param>
    public static SystemStore? Of(SystemFamily family, string? root = null) => Layouts.TryGetValue(family, out var layout) ? new SystemStore(family, layout, root) : null;

    /// <summary>The family of the system at <paramref name="root"/>, by its os-release file.</summary>
    public static SystemFamily FamilyOf(string? root = null)
    {
        if (root is null && (OperatingSystem.IsMacOS() || OperatingSystem.IsWindows()))
        {
            return OperatingSystem.IsMacOS() ? SystemFamily.MacOS : SystemFamily.Windows;
        }
        var paths = new RootedPaths(root);
        var release = ReleaseFiles.Select(paths.Of).FirstOrDefault(File.Exists);
        if (release is null || new FileInfo(release).Length > 1 << 16)
        {
            return SystemFamily.Unknown;
        }
        var words = File.ReadAllLines(release).Where(line => line.StartsWith("ID=", StringComparison.Ordinal) || line.StartsWith("ID_LIKE=", StringComparison.Ordinal))
            .SelectMany(line => line[(line.IndexOf('=', StringComparison.Ordinal) + 1)..].Trim('"', '\'', ' ').Split(' ')).ToHashSet();
        (SystemFamily Family, string[] Names)[] families =
        [
            (SystemFamily.Debian, ["debian", "ubuntu"]),
            (SystemFamily.RedHat, ["fedora", "rhel", "centos", "amzn", "azurelinux", "mariner", "rocky", "almalinux", "ol"]),
            (SystemFamily.Suse, ["suse", "sles", "opensuse", "opensuse-leap", "opensuse-tumbleweed"]),
            (SystemFamily.Alpine, ["alpine"]),
            (SystemFamily.Arch, ["arch", "archlinux"]),
        ];
        return families.FirstOrDefault(family => family.Names.Any(words.Contains)).Family;
    }

    /// <summary>The roots that were added on this machine, by path.</summary>
    public IReadOnlyList<StoredRoot> List()
    {
        if (Family is SystemFamily.MacOS or SystemFamily.Windows)
        {
            return OfPlatformStore();
        }
        var directory = _paths.Of(_layout.Anchors);
        if (!Directory.Exists(directory))
        {
            return [];
        }
        var inEffect = Certificates(_paths.Of(_layout.Bundle)).Select(certificate => Fingerprint(certificate)).ToHashSet();
        var roots = new List<StoredRoot>();
        foreach (var path in Directory.EnumerateFiles(directory, "*", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 4 }).Order(StringComparer.Ordinal))
        {
            foreach (var certificate in Certificates(path))
            {
                var fingerprint = Fingerprint(certificate);
                roots.Add(new StoredRoot(path, certificate.Subject, fingerprint, certificate.NotAfter.ToUniversalTime(), inEffect.Contains(fingerprint)));
            }
        }
        return roots;
    }

    /// <summary>Adds a root; null where it is there already and in effect, else the name of the change for undo.</summary>
    /// <exception cref="IOException">A step failed; everything is as before.</exception>
    /// <exception cref="UnauthorizedAccessException">It needs an administrator; everything is as before.</exception>
    public async Task<string?> AddAsync(X509Certificate2 root, UndoJournal journal, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(root);
        return await ApplyAsync(Add(root), $"trust {root.Subject} (SHA-256 {Fingerprint(root)})", journal, cancellationToken);
    }

    /// <summary>Removes a root by its fingerprint; null where it is not there, else the name of the change for undo.</summary>
    /// <exception cref="IOException">A step failed; everything is as before.</exception>
    /// <exception cref="UnauthorizedAccessException">It needs an administrator; everything is as before.</exception>
    public async Task<string?> RemoveAsync(string fingerprint, UndoJournal journal, CancellationToken cancellationToken) =>
        await ApplyAsync(Remove(fingerprint), $"no longer trust SHA-256 {fingerprint}", journal, cancellationToken);

    private static async Task<string?> ApplyAsync(RepairOperation[]? operations, string change, UndoJournal journal, CancellationToken cancellationToken)
    {
        if (operations is null)
        {
            return null;
        }
        var repair = new Repair { Remedy = RemedyIds.InstallSystemRoot, Changes = [change], Clients = [], Operations = operations };
        return (await RepairExecution.ApplyAsync(repair, journal, cancellationToken)).Id;
    }

    /// <summary>The change that adds a root; null where it is there already and in effect.</summary>
    internal RepairOperation[]? Add(X509Certificate2 root)
    {
        var fingerprint = Fingerprint(root);
        if (List().Any(stored => stored.Fingerprint == fingerprint && stored.IsInEffect))
        {
            return null;
        }
        var pem = Encoding.ASCII.GetBytes(root.ExportCertificatePem() + "\n");
        if (Family is SystemFamily.MacOS or SystemFamily.Windows)
        {
            return ByCommands(root, pem);
        }
        // One certificate a file, because a second one gets no hash link on Debian; readable by all, because links do not hide modes.
        var path = Path.Combine(_paths.Of(_layout.Anchors), FileNameOf(root));
        return [Rebuild(), new WriteFile(path, _ => pem, Readable), new RunCommand(Command(_layout.Rebuild))];
    }

    /// <summary>The change that removes a root; null where it is not there.</summary>
    internal RepairOperation[]? Remove(string fingerprint)
    {
        var stored = List().Where(root => root.Fingerprint == fingerprint).ToList();
        if (stored.Count == 0)
        {
            return null;
        }
        if (Family == SystemFamily.Windows)
        {
            // By fingerprint: a serial number can belong to two certificates.
            return [new RunCommand(["certutil", "-delstore", "Root", Sha1Of(fingerprint)])];
        }
        if (Family == SystemFamily.MacOS)
        {
            return [new RunCommand(["security", "delete-certificate", "-Z", fingerprint.ToUpperInvariant(), "-t", MacKeychain])];
        }
        return
        [
            Rebuild(),
            .. stored.Select(root => root.Path).Distinct().Select(path => new WriteFile(path, content => Without(path, content, fingerprint), Readable)),
            new RunCommand(Command(_layout.RebuildFromNothing)),
        ];
    }

    /// <summary>The change that brings the public roots up to date by the system's own packages; null where that is not known how.</summary>
    internal async Task<RepairOperation[]?> RefreshAsync(bool isMissing, CancellationToken cancellationToken)
    {
        var rebuilt = new SnapshotRebuilt(_paths.Of(_layout.Bundle));
        switch (Family)
        {
            case SystemFamily.Debian:
                string[] install = ["apt-get", "install", "-y", "-q", "--no-install-recommends", .. isMissing ? Array.Empty<string>() : ["--only-upgrade"], "ca-certificates"];
                var version = isMissing ? null : await DebianVersionAsync(cancellationToken);
                string[] back = version is null ? ["apt-get", "purge", "-y", "-q", "ca-certificates"]
                    : ["apt-get", "install", "-y", "-q", "--allow-downgrades", "ca-certificates=" + version];
                return [rebuilt, new UndoBy(InRoot(back)), new RunCommand(InRoot(["apt-get", "update", "-q"])), new RunCommand(InRoot(install))];
            case SystemFamily.RedHat:
                return [rebuilt, new UndoBy(InRoot(isMissing ? ["dnf", "-y", "remove", "ca-certificates"] : ["dnf", "-y", "downgrade", "ca-certificates"])),
                    new RunCommand(InRoot(isMissing ? ["dnf", "-y", "install", "ca-certificates"] : ["dnf", "-y", "upgrade", "ca-certificates"]))];
            case SystemFamily.Suse:
                return [rebuilt, new RunCommand(InRoot(["zypper", "--non-interactive", isMissing ? "install" : "update", "ca-certificates-mozilla"]))];
            case SystemFamily.Alpine:
                return [rebuilt, .. isMissing ? new RepairOperation[] { new UndoBy(InRoot(["apk", "del", "ca-certificates"])) } : [],
                    new RunCommand(InRoot(isMissing ? ["apk", "add", "ca-certificates"] : ["apk", "add", "--upgrade", "ca-certificates", "ca-certificates-bundle"]))];
            case SystemFamily.Arch:
                return [rebuilt, new RunCommand(InRoot(["pacman", "-Sy", "--noconfirm", "ca-certificates", "ca-certificates-mozilla"]))];
            default:
                return null;
        }
    }

    internal static string Fingerprint(X509Certificate2 certificate) => ServerChain.Fingerprint(certificate);

    // Undone last to first: the file goes, the store is rebuilt, and what a person had edited in the bundle comes back.
    private StoreRebuild Rebuild() => new(_paths.Of(_layout.Bundle), Command(_layout.RebuildFromNothing));

    private string[] Command(string[] command)
    {
        var program = ProgramFolders.Select(folder => folder + command[0]).FirstOrDefault(path => File.Exists(_paths.Of(path)))
            ?? throw new IOException($"{command[0]} is not there: the package ca-certificates must be installed first.");
        return InRoot([program, .. command.Skip(1)]);
    }

    private string[] InRoot(string[] command) => _paths.Root is null ? command : ["chroot", _paths.Root, .. command];

    private async Task<string?> DebianVersionAsync(CancellationToken cancellationToken)
    {
        var command = InRoot(["dpkg-query", "-W", "-f=${Version}", "ca-certificates"]);
        var result = await ChildProgram.RunAsync(command[0], command[1..], null, ChildProgram.Patience, cancellationToken);
        return result.ExitCode == 0 && result.Output.Trim() is { Length: > 0 } version && !version.Contains(' ', StringComparison.Ordinal) ? version : null;
    }

    private RepairOperation[] ByCommands(X509Certificate2 root, byte[] pem)
    {
        var file = Path.Combine(Path.GetTempPath(), FileNameOf(root));
        var sha1 = root.GetCertHashString(HashAlgorithmName.SHA1);
        return Family == SystemFamily.Windows
            ? [new UndoBy(["certutil", "-delstore", "Root", sha1]), new WriteFile(file, _ => pem, Readable), new RunCommand(["certutil", "-addstore", "-f", "Root", file])]
            : [new UndoBy(["security", "delete-certificate", "-Z", sha1, "-t", MacKeychain]), new WriteFile(file, _ => pem, Readable),
                new RunCommand(["security", "add-trusted-cert", "-d", "-r", "trustRoot", "-k", MacKeychain, file])];
    }

    private List<StoredRoot> OfPlatformStore()
    {
        using var store = new X509Store(StoreName.Root, StoreLocation.LocalMachine);
        store.Open(OpenFlags.ReadOnly);
        return [.. store.Certificates.Where(certificate => PublicRoots.Find(certificate.RawDataMemory.Span) is null)
            .Select(certificate => new StoredRoot(_layout.Anchors, certificate.Subject, Fingerprint(certificate), certificate.NotAfter.ToUniversalTime(), true))];
    }

    private static string Sha1Of(string fingerprint)
    {
        using var store = new X509Store(StoreName.Root, StoreLocation.LocalMachine);
        store.Open(OpenFlags.ReadOnly);
        return store.Certificates.First(certificate => Fingerprint(certificate) == fingerprint).GetCertHashString(HashAlgorithmName.SHA1);
    }

    // A file with several certificates loses one of them; null removes the file.
    private static byte[]? Without(string path, byte[] content, string fingerprint)
    {
        var rest = Certificates(path).Where(certificate => Fingerprint(certificate) != fingerprint).ToList();
        return rest.Count == 0 ? null : content.Length == 0 ? content : Encoding.ASCII.GetBytes(string.Concat(rest.Select(certificate => certificate.ExportCertificatePem() + "\n")));
    }

    /// <summary>A name that people recognise and that holds only letters, digits and dashes, with a part of the fingerprint.</summary>
    private string FileNameOf(X509Certificate2 root)
    {
        var name = new StringBuilder();
        foreach (var character in root.GetNameInfo(X509NameType.SimpleName, false).Take(40))
        {
            if (char.IsAsciiLetterOrDigit(character))
            {
                name.Append(char.ToLowerInvariant(character));
            }
            else if (name.Length > 0 && name[^1] != '-')
            {
                name.Append('-');
            }
        }
        return $"{name.ToString().Trim('-')}-{Fingerprint(root)[..8]}{(_layout.Extension.Length > 0 ? _layout.Extension : ".crt")}".TrimStart('-');
    }

    private static List<X509Certificate2> Certificates(string path)
    {
        try
        {
            return new FileInfo(path) is { Exists: true, Length: <= SavedFile.MaxBytes } ? [.. CertificateFile.Read(File.ReadAllBytes(path))] : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            return [];
        }
    }
}

/// <summary>Paths below a directory that stands for /, with links followed inside it: an absolute link of a chroot means the chroot's.</summary>
internal sealed class RootedPaths(string? root)
{
    private const int MaxLinks = 40;

    public string? Root { get; } = root is null || Path.GetFullPath(root) == "/" ? null : Path.TrimEndingDirectorySeparator(Path.GetFullPath(root));

    /// <summary>The real path of a path as the system inside writes it.</summary>
    /// <exception cref="IOException">A loop of links.</exception>
    public string Of(string path)
    {
        if (Root is null)
        {
            return path;
        }
        var rest = new Stack<string>(path.Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse());
        var done = new List<string>();
        var links = 0;
        while (rest.TryPop(out var part))
        {
            if (part == ".")
            {
                continue;
            }
            if (part == "..")
            {
                done.RemoveRange(Math.Max(done.Count - 1, 0), Math.Min(done.Count, 1));
                continue;
            }
            var here = Path.Combine([Root, .. done, part]);
            if (new FileInfo(here).LinkTarget is not { } target)
            {
                done.Add(part);
                continue;
            }
            if (++links > MaxLinks)
            {
                throw new IOException($"{path} is a loop of links below {Root}.");
            }
            if (target.StartsWith('/'))
            {
                done.Clear();
            }
            foreach (var piece in target.Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse())
            {
                rest.Push(piece);
            }
        }
        return Path.Combine([Root, .. done]);
    }
}

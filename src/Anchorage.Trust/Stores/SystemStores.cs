// The operating system: which family it is, where it keeps its trust store, what is in that store, what it lacks.

using System.Security.Cryptography.X509Certificates;

namespace Anchorage.Trust;

internal sealed class SystemStores(MachineFiles files, CertificateFiles bundles)
{
    /// <summary>Name of the store of macOS in <see cref="TrustSource.Path"/>.</summary>
    public const string Keychain = "macOS keychains";

    /// <summary>Name of the store of Windows in <see cref="TrustSource.Path"/>.</summary>
    public const string WindowsRoots = "Windows certificate store";

    /// <summary>The operating system, from os-release(5).</summary>
    public SystemFacts Identify()
    {
        if (files.Platform == MachinePlatform.Windows)
            return new SystemFacts(SystemFamily.Windows, files.IsThisMachine ? Environment.OSVersion.VersionString : "Windows");
        if (files.Platform == MachinePlatform.MacOS)
            return new SystemFacts(SystemFamily.MacOS, files.IsThisMachine ? "macOS " + Environment.OSVersion.Version : "macOS");
        var values = OsRelease(files.ReadText("/etc/os-release") ?? files.ReadText("/usr/lib/os-release") ?? "");
        var name = values.GetValueOrDefault("PRETTY_NAME") ?? values.GetValueOrDefault("NAME") ?? "Linux";
        foreach (var id in (values.GetValueOrDefault("ID") + " " + values.GetValueOrDefault("ID_LIKE")).Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (FamilyOf(id) is { } family)
                return new SystemFacts(family, name);
        }
        return new SystemFacts(FamilyByFiles(), name);
    }

    private static SystemFamily? FamilyOf(string id) => id switch
    {
        "debian" or "ubuntu" => SystemFamily.Debian,
        "fedora" or "rhel" or "centos" or "amzn" or "mariner" or "azurelinux" or "ol" or "rocky" or "almalinux" or "openeuler" or "anolis" or "kylin" or "photon" => SystemFamily.RedHat,
        "suse" or "opensuse" or "sles" or "opensuse-leap" or "opensuse-tumbleweed" => SystemFamily.Suse,
        "alpine" => SystemFamily.Alpine,
        "arch" or "archlinux" => SystemFamily.Arch,
        _ => null,
    };

    // Images without os-release.
    private SystemFamily FamilyByFiles() =>
        files.Exists("/etc/debian_version") ? SystemFamily.Debian
        : files.Exists("/etc/redhat-release") ? SystemFamily.RedHat
        : files.Exists("/etc/alpine-release") ? SystemFamily.Alpine
        : files.Exists("/etc/arch-release") ? SystemFamily.Arch
        : files.Exists("/etc/SuSE-release") ? SystemFamily.Suse : SystemFamily.Unknown;

    private static Dictionary<string, string> OsRelease(string text)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in TextLines.Of(text).Take(200))
        {
            if (line.Split('=', 2) is [var key, var value] && key.Length > 0 && key[0] != '#')
                values[key.Trim()] = value.Trim().Trim('"', '\'');
        }
        return values;
    }

    /// <summary>How clients reach the store.</summary>
    public SystemTrust Reach(SystemFamily family)
    {
        var trust = new SystemTrust
        {
            Platform = files.Platform,
            Family = family,
            StateOf = path => bundles.At(path).State,
            IsFolder = files.IsFolder,
        };
        if (files.Platform == MachinePlatform.Windows)
            return trust with { Store = WindowsRoots };
        if (files.Platform == MachinePlatform.MacOS)
            return trust with { Store = Keychain, OpenSslFile = "/private/etc/ssl/cert.pem", OpenSslDirectory = "/private/etc/ssl/certs" };
        var (file, directory) = OpenSslDefaults(family);
        return trust with { OpenSslFile = file, OpenSslDirectory = directory, Store = Candidates(family).FirstOrDefault(files.Exists) };
    }

    // OPENSSLDIR of the family's own OpenSSL, where cert.pem and certs are looked for.
    private static (string File, string Directory) OpenSslDefaults(SystemFamily family) => family switch
    {
        SystemFamily.Debian => ("/usr/lib/ssl/cert.pem", "/usr/lib/ssl/certs"),
        SystemFamily.RedHat => ("/etc/pki/tls/cert.pem", "/etc/pki/tls/certs"),
        _ => ("/etc/ssl/cert.pem", "/etc/ssl/certs"),
    };

    private static string[] Candidates(SystemFamily family)
    {
        string[] all =
        [
            "/etc/ssl/certs/ca-certificates.crt",
            "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
            "/etc/pki/tls/certs/ca-bundle.crt",
            "/etc/ssl/ca-bundle.pem",
            "/var/lib/ca-certificates/ca-bundle.pem",
            "/etc/ssl/cert.pem",
        ];
        return family switch
        {
            SystemFamily.RedHat => [all[1], all[2], all[0], all[5]],
            SystemFamily.Suse => [all[3], all[4], all[0]],
            SystemFamily.Arch => ["/etc/ca-certificates/extracted/tls-ca-bundle.pem", all[0], all[5]],
            _ => all,
        };
    }

    /// <summary>The stores, the one that counts first; what macOS and Windows keep is read through the system where it is this machine's.</summary>
    public IReadOnlyList<StoreFacts> Read(SystemTrust trust)
    {
        if (trust.Store is null)
        {
            files.AddGap("store", "No trust store of the operating system was found (package ca-certificates is not installed?).");
            return [];
        }
        if (files.Platform != MachinePlatform.Linux)
            ReadThroughSystem(trust.Store);
        var stores = new List<StoreFacts>();
        foreach (var path in new[] { trust.Store, trust.OpenSslFile, trust.OpenSslDirectory }.OfType<string>().DistinctBy(path => files.RealPath(path) ?? path))
        {
            var bundle = bundles.At(path);
            if (bundle.State == BundleState.Missing || (bundle.Certificates.Count == 0 && path != trust.Store))
                continue;
            stores.Add(Compare(path, bundle));
        }
        return stores;
    }

    private static StoreFacts Compare(string path, BundleFacts bundle)
    {
        var has = new HashSet<string>(StringComparer.Ordinal);
        var additions = new List<string>();
        foreach (var certificate in bundle.Certificates)
        {
            var fingerprint = PublicRoots.FingerprintOf(certificate.Span);
            if (has.Add(fingerprint) && !PublicRoots.History.ContainsKey(fingerprint))
                additions.Add(SubjectOf(certificate));
        }
        var missing = PublicRoots.Current.Where(root => !has.Contains(root.Fingerprint)).Select(root => root.Name).ToList();
        return new StoreFacts(path, has.Count, bundle.ModifiedAt, missing, additions);
    }

    private static string SubjectOf(ReadOnlyMemory<byte> certificate)
    {
        try
        {
            using var loaded = X509CertificateLoader.LoadCertificate(certificate.Span);
            return loaded.Subject;
        }
        catch (System.Security.Cryptography.CryptographicException)
        {
            // An SM2 key, say: OpenSSL reads it, .NET need not.
            return "SHA-256 " + PublicRoots.FingerprintOf(certificate.Span);
        }
    }

    private void ReadThroughSystem(string name)
    {
        if (!files.IsThisMachine || !(OperatingSystem.IsWindows() || OperatingSystem.IsMacOS()))
        {
            files.AddGap("store", $"The {name} can be read only on that machine itself.");
            bundles.Add(new BundleFacts { Path = name, State = BundleState.Unreadable, Problem = "not this machine" });
            return;
        }
        var certificates = new List<ReadOnlyMemory<byte>>();
        foreach (var location in (StoreLocation[])[StoreLocation.LocalMachine, StoreLocation.CurrentUser])
        {
            try
            {
                using var store = new X509Store(StoreName.Root, location, OpenFlags.ReadOnly | OpenFlags.OpenExistingOnly);
                certificates.AddRange(store.Certificates.Select(certificate => (ReadOnlyMemory<byte>)certificate.RawData));
            }
            catch (System.Security.Cryptography.CryptographicException e)
            {
                files.AddGap($"store {location}", $"The {name} of {location} cannot be read: {e.Message}");
            }
        }
        if (OperatingSystem.IsWindows())
            files.AddGap("windows roots", "Windows fetches roots when they are first needed: a root that is not in the store may still be trusted by Windows itself.");
        bundles.Add(new BundleFacts { Path = name, State = certificates.Count > 0 ? BundleState.Good : BundleState.NoCertificates, Certificates = certificates });
    }
}

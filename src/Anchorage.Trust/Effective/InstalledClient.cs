// What is known of a client and of the machine before any setting is looked at, and what settings it would read.

namespace Anchorage.Trust;

/// <summary>A client as its files show it.</summary>
internal sealed record InstalledClient
{
    public required ClientKind Kind { get; init; }

    public string? Version { get; init; }

    /// <summary>The program, or the package's directory.</summary>
    public required string Path { get; init; }

    public PythonFacts? Python { get; init; }

    /// <summary>The certifi bundle that it reads; null = what is compiled into it, or none.</summary>
    public string? CertifiPath { get; init; }

    /// <summary>Debian's certifi, which points to the system's bundle.</summary>
    public bool IsDebianPatched { get; init; }

    /// <summary>The truststore package that is installed beside it.</summary>
    public string? TruststoreVersion { get; init; }

    /// <summary>The line that puts the truststore package of site-packages in the place of Python's TLS context at start.</summary>
    public SettingFact? Injection { get; init; }

    /// <summary>The urllib3 that it uses; decides about strictness.</summary>
    public string? Urllib3Version { get; init; }

    /// <summary>Built against the system's OpenSSL and its store (Debian's node).</summary>
    public bool UsesSystemStore { get; init; }

    /// <summary>pip inside Pipenv.</summary>
    public string? EmbeddedPipVersion { get; init; }
}

/// <summary>The settings that bear on one client.</summary>
internal sealed record ClientSettings
{
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>pip's options; also those of Pipenv's pip.</summary>
    public PipOptions Pip { get; init; } = new([], new Dictionary<string, string>(), PipConfiguration.Empty, "install");

    /// <summary>Options of the requirements and constraints files looked at.</summary>
    public IReadOnlyList<SettingFact> Requirements { get; init; } = [];

    /// <summary>Settings of the client's own files, the one that counts first.</summary>
    public IReadOnlyList<SettingFact> Files { get; init; } = [];

    /// <summary>A variable with a value; null where it is empty or missing.</summary>
    public SettingFact? Variable(string name) =>
        Environment.GetValueOrDefault(name) is { Length: > 0 } value ? new SettingFact(SettingOrigin.Environment, name, null, name, SafeUrl.WithoutCredentials(value)) : null;

    /// <summary>The first of the client's own settings of that name.</summary>
    public SettingFact? Own(string name) => Files.FirstOrDefault(setting => setting.Name == name);
}

/// <summary>The files that truststore looks for where OpenSSL's defaults hold nothing.</summary>
internal enum TruststoreFallback
{
    /// <summary>Not truststore: none.</summary>
    None,
    /// <summary>Up to 0.10.2 (pip up to 25.2): without the place of Fedora 43.</summary>
    Old,
    /// <summary>0.10.3 and newer.</summary>
    Current,
}

/// <summary>The machine's stores as clients reach them.</summary>
internal sealed record SystemTrust
{
    public MachinePlatform Platform { get; init; }

    public SystemFamily Family { get; init; }

    /// <summary>The file that the system's own OpenSSL was compiled to read.</summary>
    public string? OpenSslFile { get; init; }

    /// <summary>The directory that the system's own OpenSSL was compiled to read.</summary>
    public string? OpenSslDirectory { get; init; }

    /// <summary>The store's main bundle, or its name on macOS and Windows.</summary>
    public string? Store { get; init; }

    /// <summary>What a file or directory is to OpenSSL.</summary>
    public required Func<string, BundleState> StateOf { get; init; }

    /// <summary>True where a path is a directory.</summary>
    public required Func<string, bool> IsFolder { get; init; }

    /// <summary>The absolute path that a setting's value stands for; clients differ in what they put in for <c>~</c>.</summary>
    public Func<SettingFact, string> PathOf { get; init; } = setting => setting.Value;

    /// <summary>A file or directory that a setting names.</summary>
    public TrustSource Named(TrustSourceKind kind, SettingFact setting, bool mustLoad = false) => new(kind, PathOf(setting), setting) { MustLoad = mustLoad };

    /// <summary>The store as one source.</summary>
    public TrustSource Whole(SettingFact? because = null) => new(TrustSourceKind.System, Store, because);

    /// <summary>
    /// What OpenSSL's set_default_verify_paths gives: a file and a directory, each replaced by its variable. truststore looks through a
    /// list of its own where neither is there (truststore/_openssl.py).
    /// </summary>
    public IReadOnlyList<TrustSource> OpenSsl(ClientSettings settings, PythonFacts? python, TruststoreFallback fallback)
    {
        var sources = new List<TrustSource>();
        var file = python?.OpenSslFile ?? OpenSslFile;
        var directory = python?.OpenSslDirectory ?? OpenSslDirectory;
        var hasFile = AddHalf(sources, settings, "SSL_CERT_FILE", file, TrustSourceKind.File);
        var hasDirectory = AddHalf(sources, settings, "SSL_CERT_DIR", directory, TrustSourceKind.Directory);
        if (fallback == TruststoreFallback.None || hasFile || hasDirectory)
            return sources;
        var found = Fallbacks.FirstOrDefault(path => StateOf(path) != BundleState.Missing && (fallback == TruststoreFallback.Current || path != FedoraBundle));
        return found is null ? sources : [new TrustSource(TrustSourceKind.System, found, null)];
    }

    private const string FedoraBundle = "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem";

    private static readonly string[] Fallbacks =
    [
        "/etc/ssl/cert.pem",
        FedoraBundle,
        "/etc/pki/tls/cert.pem",
        "/etc/ssl/certs/ca-certificates.crt",
        "/etc/ssl/ca-bundle.pem",
    ];

    private bool AddHalf(List<TrustSource> sources, ClientSettings settings, string name, string? compiled, TrustSourceKind kind)
    {
        if (settings.Environment.TryGetValue(name, out var value))
        {
            // Set and empty: OpenSSL opens the empty name, which fails without a word.
            if (value.Length == 0)
                return false;
            var isThere = false;
            var setting = new SettingFact(SettingOrigin.Environment, name, null, name, value);
            foreach (var part in kind == TrustSourceKind.Directory ? value.Split(Platform == MachinePlatform.Windows ? ';' : ':', StringSplitOptions.RemoveEmptyEntries).Take(32) : [value])
            {
                var path = PathOf(setting with { Value = part });
                var isSystem = path == compiled || path == Store || (kind == TrustSourceKind.Directory && path == "/etc/ssl/certs");
                sources.Add(new TrustSource(isSystem ? TrustSourceKind.System : kind, path, setting));
                isThere |= Counts(path, kind);
            }
            return isThere;
        }
        if (compiled is null)
            return false;
        if (StateOf(compiled) == BundleState.Missing)
            return false;
        sources.Add(new TrustSource(TrustSourceKind.System, compiled, null));
        return Counts(compiled, kind);
    }

    // os.path.isfile for one half; a name that is a hash in the other.
    private bool Counts(string path, TrustSourceKind kind) => kind == TrustSourceKind.File
        ? StateOf(path) is not (BundleState.Missing or BundleState.NotAFile or BundleState.DirectoryWithoutHashes)
        : StateOf(path) == BundleState.Good;
}

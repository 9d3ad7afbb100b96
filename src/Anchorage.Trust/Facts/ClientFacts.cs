namespace Anchorage.Trust;

/// <summary>The programs whose trust is known.</summary>
public enum ClientKind
{
    /// <summary>pip, by an interpreter.</summary>
    Pip,
    /// <summary>uv.</summary>
    Uv,
    /// <summary>Poetry.</summary>
    Poetry,
    /// <summary>PDM.</summary>
    Pdm,
    /// <summary>twine.</summary>
    Twine,
    /// <summary>requests in an interpreter's packages.</summary>
    Requests,
    /// <summary>httpx in an interpreter's packages.</summary>
    Httpx,
    /// <summary>urllib and ssl of an interpreter.</summary>
    Urllib,
    /// <summary>conda.</summary>
    Conda,
    /// <summary>Pipenv.</summary>
    Pipenv,
    /// <summary>git.</summary>
    Git,
    /// <summary>curl.</summary>
    Curl,
    /// <summary>wget.</summary>
    Wget,
    /// <summary>npm and node.</summary>
    Node,
}

/// <summary>The kinds of places that trust comes from.</summary>
public enum TrustSourceKind
{
    /// <summary>The operating system's store, or OpenSSL's compiled-in default.</summary>
    System,
    /// <summary>A certifi bundle: pip's own copy, or the one in site-packages.</summary>
    Certifi,
    /// <summary>A file that a setting names.</summary>
    File,
    /// <summary>A directory that a setting names.</summary>
    Directory,
}

/// <summary>One place a client takes its anchors from.</summary>
/// <param name="Kind">What kind.</param>
/// <param name="Path">
/// The file or directory, or the name of a store that is neither (<see cref="PublicRoots.CompiledIn"/>, the Windows store); always a key of
/// <see cref="MachineFacts.Bundles"/>. Null = the system's store, of which nothing is known.
/// </param>
/// <param name="Because">Which setting chose it; null where it is the client's default.</param>
public sealed record TrustSource(TrustSourceKind Kind, string? Path, SettingFact? Because)
{
    /// <summary>
    /// True where the client fails outright if this cannot be loaded (a <c>--cert</c>, REQUESTS_CA_BUNDLE); false where it then merely has
    /// no anchors from it (OpenSSL's defaults, SSL_CERT_FILE).
    /// </summary>
    public bool MustLoad { get; init; }
}

/// <summary>How strictly a client verifies, beside the anchors: the generations differ.</summary>
public sealed record VerificationRules
{
    /// <summary>X509_V_FLAG_X509_STRICT: Python 3.13's default contexts; needs key identifiers, key usage, critical basic constraints.</summary>
    public bool IsStrict { get; init; }

    /// <summary>X509_V_FLAG_PARTIAL_CHAIN: an intermediate in the anchors ends a path.</summary>
    public bool AcceptsPartialChain { get; init; }

    /// <summary>A name in the subject counts where there is no alternative name.</summary>
    public bool AcceptsCommonName { get; init; } = true;

    /// <summary>Whose rules decide whether a certificate is for a host.</summary>
    public NameMatching Names { get; init; } = NameMatching.OpenSsl;

    /// <summary>OpenSSL's security level: 2 refuses RSA below 2,048 bits and SHA-1, 1 refuses below 1,024 bits and MD5.</summary>
    public int SecurityLevel { get; init; } = 2;

    /// <summary>The client fails on addresses without a name, whatever their certificate (pip 24.2–26.0).</summary>
    public bool FailsOnAddresses { get; init; }

    /// <summary>Build isolation starts a second pip without this client's <c>--cert</c> (pip up to 24.3.1).</summary>
    public bool LosesCertOptionInBuilds { get; init; }

    /// <summary>The oldest TLS version the client offers.</summary>
    public Version MinimumTls { get; init; } = new(1, 2);
}

/// <summary>Who compares a host with the names of a certificate, and when.</summary>
public enum NameMatching
{
    /// <summary>OpenSSL, while it verifies the chain (truststore, urllib3 2, Python 3.7 and newer by themselves).</summary>
    OpenSsl,
    /// <summary>
    /// Python's match_hostname or urllib3's copy of it, after the handshake: a chain's faults come first (every pip up to 24.1, newer ones on
    /// Python 3.9 or with legacy-certs up to 26.0, Debian's).
    /// </summary>
    Python,
}

/// <summary>A Python interpreter.</summary>
public sealed record PythonFacts
{
    /// <summary>The interpreter as found.</summary>
    public required string Path { get; init; }

    /// <summary>Its version, such as 3.11.7.</summary>
    public required Version Version { get; init; }

    /// <summary>sys.prefix.</summary>
    public required string Prefix { get; init; }

    /// <summary>sys.base_prefix; differs from the prefix in a virtual environment.</summary>
    public string? BasePrefix { get; init; }

    /// <summary>ssl.OPENSSL_VERSION; null where it is not known without starting it, or there is no ssl module.</summary>
    public string? OpenSslVersion { get; init; }

    /// <summary>False where the ssl module is missing; null where that is not known.</summary>
    public bool? HasSsl { get; init; }

    /// <summary>The file that its OpenSSL was compiled to read; null = not known.</summary>
    public string? OpenSslFile { get; init; }

    /// <summary>The directory that its OpenSSL was compiled to read; null = not known.</summary>
    public string? OpenSslDirectory { get; init; }
}

/// <summary>One client on the machine.</summary>
public sealed record ClientFacts
{
    /// <summary>A short name that is unique in the report: <c>pip 24.2 (/usr/bin/python3.11)</c>.</summary>
    public required string Id { get; init; }

    /// <summary>Which program.</summary>
    public required ClientKind Kind { get; init; }

    /// <summary>True for programs that install or upload packages; the others are looked at because they show where trust is missing.</summary>
    public bool IsInstaller => Kind is ClientKind.Pip or ClientKind.Uv or ClientKind.Poetry or ClientKind.Pdm or ClientKind.Twine or ClientKind.Conda or ClientKind.Pipenv;

    /// <summary>Its version; null = not known.</summary>
    public string? Version { get; init; }

    /// <summary>The program, or the package's directory.</summary>
    public required string Path { get; init; }

    /// <summary>The interpreter that runs it; null for native programs.</summary>
    public PythonFacts? Python { get; init; }

    /// <summary>Debian's patched pip, whose certifi is the system's bundle.</summary>
    public bool IsDebianPatched { get; init; }

    /// <summary>Where its anchors come from for a direct HTTPS connection to the target (with the proxy in use, if one is set).</summary>
    public IReadOnlyList<TrustSource> Trust { get; init; } = [];

    /// <summary>How it verifies.</summary>
    public VerificationRules Rules { get; init; } = new();

    /// <summary>The settings that bear on its trust, the one that wins first; overridden ones after it.</summary>
    public IReadOnlyList<SettingFact> Settings { get; init; } = [];

    /// <summary>Settings that are set and lose against another one.</summary>
    public IReadOnlyList<SettingFact> Overridden { get; init; } = [];

    /// <summary>The setting that switches verification off for the target; null where verification is on.</summary>
    public SettingFact? DisabledBy { get; init; }

    /// <summary>The proxy it goes through to the target; null = direct.</summary>
    public ProxyFacts? Proxy { get; init; }

    /// <summary>The index it asks by its own settings, and additional ones.</summary>
    public IReadOnlyList<SettingFact> Indexes { get; init; } = [];

    /// <summary>Why this client cannot start or verify at all (no ssl module, a broken configuration file); null otherwise.</summary>
    public string? Broken { get; init; }
}

/// <summary>A proxy as a client sees it.</summary>
/// <param name="Url">scheme://host:port, never the password.</param>
/// <param name="Because">The setting that named it.</param>
/// <param name="HasCredentials">True where the setting holds a user name or password.</param>
public sealed record ProxyFacts(Uri Url, SettingFact Because, bool HasCredentials);

/// <summary>What a certificate file looks like to OpenSSL, which refuses a whole file for one damaged block.</summary>
public enum BundleState
{
    /// <summary>It can be loaded.</summary>
    Good,
    /// <summary>There is nothing.</summary>
    Missing,
    /// <summary>It may not be read.</summary>
    Unreadable,
    /// <summary>A device, a socket, a loop of links, larger than the bound.</summary>
    NotAFile,
    /// <summary>No PEM certificate in it: DER, UTF-16, PKCS#7, empty.</summary>
    NoCertificates,
    /// <summary>A damaged or glued block: the whole file is refused.</summary>
    Damaged,
    /// <summary>A directory without a single hashed name.</summary>
    DirectoryWithoutHashes,
}

/// <summary>A certificate file or directory, read as OpenSSL would.</summary>
public sealed record BundleFacts
{
    /// <summary>Absolute path.</summary>
    public required string Path { get; init; }

    /// <summary>Whether it can be loaded.</summary>
    public required BundleState State { get; init; }

    /// <summary>What is wrong, for the evidence; null where it is good.</summary>
    public string? Problem { get; init; }

    /// <summary>The anchors that a client gets from it, DER, in order.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Certificates { get; init; } = [];

    /// <summary>When it was last written.</summary>
    public DateTimeOffset? ModifiedAt { get; init; }

    /// <summary>The date that it says of itself (certifi's version, a header line).</summary>
    public DateTimeOffset? Dated { get; init; }
}

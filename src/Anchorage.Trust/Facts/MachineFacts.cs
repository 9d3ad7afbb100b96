namespace Anchorage.Trust;

/// <summary>
/// What one machine looks like to the clients on it: the whole input of a diagnosis beside <see cref="TargetFacts"/>. Data only; gathering it
/// changes nothing on the machine, and the same facts always give the same findings.
/// </summary>
public sealed record MachineFacts
{
    /// <summary>The local clock when the facts were gathered.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>The latest instant that this machine must have seen already (package database, bundle dates): a clock behind it is wrong.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>The operating system.</summary>
    public required SystemFacts System { get; init; }

    /// <summary>Every client found, each with the trust it effectively uses.</summary>
    public IReadOnlyList<ClientFacts> Clients { get; init; } = [];

    /// <summary>The trust stores of the operating system, the one that OpenSSL reads first.</summary>
    public IReadOnlyList<StoreFacts> Stores { get; init; } = [];

    /// <summary>Certificate files that a setting or a client names, each once, by absolute path.</summary>
    public IReadOnlyDictionary<string, BundleFacts> Bundles { get; init; } = new Dictionary<string, BundleFacts>();

    /// <summary>Settings anywhere that disable or weaken verification, whether or not they have an effect today.</summary>
    public IReadOnlyList<UnsafeSetting> UnsafeSettings { get; init; } = [];

    /// <summary>Files that hold credentials for hosts (.netrc, .pypirc): that they are there, never what is in them.</summary>
    public IReadOnlyList<string> CredentialFiles { get; init; } = [];

    /// <summary>What could not be read, in words: a diagnosis says what it did not see.</summary>
    public IReadOnlyList<string> Gaps { get; init; } = [];
}

/// <summary>The families of operating systems that keep their trust stores alike.</summary>
public enum SystemFamily
{
    /// <summary>Not recognised.</summary>
    Unknown,
    /// <summary>Debian, Ubuntu and their descendants.</summary>
    Debian,
    /// <summary>Fedora, RHEL, CentOS, Amazon Linux, Azure Linux.</summary>
    RedHat,
    /// <summary>openSUSE and SLES.</summary>
    Suse,
    /// <summary>Alpine.</summary>
    Alpine,
    /// <summary>Arch and its descendants.</summary>
    Arch,
    /// <summary>macOS.</summary>
    MacOS,
    /// <summary>Windows.</summary>
    Windows,
}

/// <summary>The operating system.</summary>
/// <param name="Family">How its trust store is kept.</param>
/// <param name="Name">Its name and version for people, such as "Debian GNU/Linux 12".</param>
public sealed record SystemFacts(SystemFamily Family, string Name);

/// <summary>A trust store of the operating system.</summary>
/// <param name="Path">The bundle or the directory; for macOS and Windows the store's name.</param>
/// <param name="Anchors">How many certificates.</param>
/// <param name="ModifiedAt">When it was last written.</param>
/// <param name="MissingRoots">Names of roots of the current public list that it lacks.</param>
/// <param name="LocalAdditions">Subjects of roots that are neither in the current nor in an older public list: added on this machine.</param>
public sealed record StoreFacts(string Path, int Anchors, DateTimeOffset? ModifiedAt, IReadOnlyList<string> MissingRoots, IReadOnlyList<string> LocalAdditions);

/// <summary>Where a setting stands.</summary>
public enum SettingOrigin
{
    /// <summary>An argument of the command itself.</summary>
    CommandLine,
    /// <summary>A requirements or constraints file.</summary>
    RequirementsFile,
    /// <summary>An environment variable.</summary>
    Environment,
    /// <summary>A configuration file.</summary>
    File,
}

/// <summary>One setting that bears on trust.</summary>
/// <param name="Origin">The kind of place.</param>
/// <param name="Place">The file, or the variable's name, or the argument.</param>
/// <param name="Line">The line in the file, from 1; null elsewhere.</param>
/// <param name="Name">The setting as its program calls it: <c>global.cert</c>, <c>PIP_CERT</c>, <c>http.sslVerify</c>.</param>
/// <param name="Value">The value; passwords in URLs are left out.</param>
public sealed record SettingFact(SettingOrigin Origin, string Place, int? Line, string Name, string Value);

/// <summary>A setting that switches verification off or weakens it.</summary>
/// <param name="Kind">The client that obeys it.</param>
/// <param name="Setting">The setting.</param>
/// <param name="Hosts">The hosts it is for; empty = all.</param>
/// <param name="IsEffective">False where it stands there without effect (a misspelt pattern, a variable that nothing reads).</param>
/// <param name="Effect">What it does.</param>
public sealed record UnsafeSetting(ClientKind Kind, SettingFact Setting, IReadOnlyList<string> Hosts, bool IsEffective, UnsafeEffect Effect);

/// <summary>What an unsafe setting does.</summary>
public enum UnsafeEffect
{
    /// <summary>Certificates are not verified.</summary>
    VerificationOff,
    /// <summary>Plain HTTP is permitted or used.</summary>
    PlainHttp,
    /// <summary>An additional index is asked, so that a private name can be answered by a stranger.</summary>
    ExtraIndex,
    /// <summary>Something patches Python's TLS at start (a .pth file, sitecustomize).</summary>
    PatchedTls,
    /// <summary>A bundled certificate list was edited by hand.</summary>
    EditedBundle,
}

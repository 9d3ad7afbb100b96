namespace Anchorage.Trust;

/// <summary>The stable names of findings. They are a contract: scripts compare them, pages are addressed by them.</summary>
public static class FindingCodes
{
#pragma warning disable CS1591 // Each has its page: `anchorage explain CODE`.
    // On the wire.
    public const string UnknownRoot = "unknown-root";
    public const string Intercepted = "intercepted";
    public const string SelfSigned = "self-signed";
    public const string IncompleteChain = "incomplete-chain";
    public const string Expired = "expired";
    public const string ExpiredIntermediate = "expired-intermediate";
    public const string ExpiredRoot = "expired-root";
    public const string NotYetValid = "not-yet-valid";
    public const string ClockWrong = "clock-wrong";
    public const string NameMismatch = "name-mismatch";
    public const string WeakSignature = "weak-signature";
    public const string WeakKey = "weak-key";
    public const string WrongUsage = "wrong-usage";
    public const string TlsVersion = "tls-version";
    public const string HandshakeRefused = "handshake-refused";
    public const string SniRejected = "sni-rejected";
    public const string ClientCertificateRequired = "client-certificate-required";
    public const string PlainHttp = "plain-http";
    public const string NotTls = "not-tls";
    public const string ConnectionRefused = "connection-refused";
    public const string ConnectionReset = "connection-reset";
    public const string Timeout = "timeout";
    public const string Dns = "dns";
    public const string ProxyAuthentication = "proxy-authentication";
    public const string ProxyRefused = "proxy-refused";
    public const string ProxyUnreachable = "proxy-unreachable";
    public const string ProxyMisconfigured = "proxy-misconfigured";
    public const string Sm2Certificate = "sm2-certificate";
    public const string Revoked = "revoked";
    // More on the wire than the first list had: each is a cause of its own with its own repair.
    public const string InvalidSignature = "invalid-signature";
    public const string NotStrict = "not-strict";
    public const string NameNotPermitted = "name-not-permitted";

    // On the machine.
    public const string StaleRoots = "stale-roots";
    public const string MissingRoots = "missing-roots";
    public const string StaleCertifi = "stale-certifi";
    public const string CertifiConfusion = "certifi-confusion";
    public const string BadCaSetting = "bad-ca-setting";
    public const string OverriddenCaSetting = "overridden-ca-setting";
    public const string PythonOpenSslDirectory = "python-openssl-dir";
    public const string NoSslModule = "no-ssl-module";
    public const string VerificationDisabled = "verification-disabled";
    public const string HttpIndex = "http-index";
    public const string ExtraIndex = "extra-index";
    public const string ClientDefect = "client-defect";
#pragma warning restore CS1591
}

/// <summary>How much a finding weighs.</summary>
public enum FindingSeverity
{
    /// <summary>Worth knowing.</summary>
    Info,
    /// <summary>Works today; will not, or should not.</summary>
    Warning,
    /// <summary>Clients fail, or verify nothing.</summary>
    Error,
}

/// <summary>How sure a finding is.</summary>
public enum Confidence
{
    /// <summary>Fits what was seen; other causes would too.</summary>
    Possible,
    /// <summary>More likely than every other cause.</summary>
    Likely,
    /// <summary>Follows from what was seen.</summary>
    Certain,
}

/// <summary>One cause, with what proves it. Its words in English and Chinese are made where it is shown.</summary>
public sealed record TrustFinding
{
    /// <summary>A constant of <see cref="FindingCodes"/>.</summary>
    public required string Code { get; init; }

    /// <summary>How much it weighs.</summary>
    public required FindingSeverity Severity { get; init; }

    /// <summary>How sure it is.</summary>
    public Confidence Confidence { get; init; } = Confidence.Certain;

    /// <summary>The target it is about; null where it is about the machine.</summary>
    public Uri? Target { get; init; }

    /// <summary>Values for its sentence, by name (host, issuer, date, setting, path …).</summary>
    public IReadOnlyDictionary<string, string> Values { get; init; } = new Dictionary<string, string>();

    /// <summary>What was seen, and where: lines that anybody can check.</summary>
    public IReadOnlyList<string> Evidence { get; init; } = [];

    /// <summary><see cref="ClientFacts.Id"/> of the clients it hits.</summary>
    public IReadOnlyList<string> Clients { get; init; } = [];

    /// <summary>Findings that follow from this one and vanish with it.</summary>
    public IReadOnlyList<TrustFinding> Consequences { get; init; } = [];

    /// <summary>What can be done, best first.</summary>
    public IReadOnlyList<Remedy> Remedies { get; init; } = [];
}

/// <summary>A way to repair a finding. No remedy ever switches verification off.</summary>
public sealed record Remedy
{
    /// <summary>A stable name, such as <c>install-root-system</c>.</summary>
    public required string Id { get; init; }

    /// <summary>Values for its sentence, by name.</summary>
    public IReadOnlyDictionary<string, string> Values { get; init; } = new Dictionary<string, string>();

    /// <summary>The commands a person would type.</summary>
    public IReadOnlyList<string> Commands { get; init; } = [];

    /// <summary>True where <c>--fix</c> can do it.</summary>
    public bool IsAutomatic { get; init; }

    /// <summary>True where it needs administrator rights on this machine.</summary>
    public bool NeedsAdministrator { get; init; }

    /// <summary>Safety, effort and durability, each 1 (poor) to 5 (good), for the comparison.</summary>
    public (int Safety, int Effort, int Durability) Rating { get; init; }
}

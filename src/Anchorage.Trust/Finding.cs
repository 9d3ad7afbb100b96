namespace Anchorage.Trust;

/// <summary>What is wrong, or worth knowing. Each has one meaning for people and programs; names are part of the JSON output.</summary>
public enum FindingKind
{
    /// <summary>The host name has no address.</summary>
    NameNotResolved,
    /// <summary>Nothing accepts connections at the address.</summary>
    ConnectionFailed,
    /// <summary>The server did not answer in time.</summary>
    TimedOut,
    /// <summary>What answers does not speak TLS: plain HTTP, or a block page.</summary>
    NotTls,
    /// <summary>The server and this machine agree on no TLS version or cipher, or the server ended the handshake.</summary>
    HandshakeRefused,
    /// <summary>The server certificate is its own issuer.</summary>
    SelfSigned,
    /// <summary>The server sent the root of its chain, and that root is not a trust anchor.</summary>
    RootNotTrusted,
    /// <summary>The issuer of the last certificate was not sent and is not a trust anchor: unknown root, or missing intermediate.</summary>
    IssuerNotFound,
    /// <summary>Validity is over.</summary>
    Expired,
    /// <summary>Validity has not begun.</summary>
    NotYetValid,
    /// <summary>The certificate is for other names.</summary>
    WrongName,
    /// <summary>No subject alternative name: the common name alone is not enough for Python 3.</summary>
    NoAlternativeName,
    /// <summary>RSA below 2048 bits.</summary>
    WeakKey,
    /// <summary>Signed with MD5 or SHA-1.</summary>
    WeakSignature,
    /// <summary>The certificate's usage excludes TLS servers.</summary>
    NotForServers,
    /// <summary>An issuer in the path may not vouch for this name.</summary>
    NameNotPermitted,
    /// <summary>A signature does not verify with its issuer's key: often an authority that was renewed under its old name.</summary>
    BadSignature,
    /// <summary>Any other fault of the path.</summary>
    PathInvalid,
    /// <summary>Accepted, but Python 3.13 and newer verify strictly and miss the authority key identifier.</summary>
    NoAuthorityKeyIdentifier,
}

/// <summary>How much a finding weighs.</summary>
public enum Severity
{
    /// <summary>Clients accept the server today.</summary>
    Warning,
    /// <summary>Clients refuse the server.</summary>
    Error,
    /// <summary>The question could not be answered.</summary>
    Unchecked,
}

/// <summary>One thing that a diagnosis found. Texts are made of it where it is shown, in the reader's language.</summary>
/// <param name="Kind">What.</param>
/// <param name="Severity">How bad.</param>
/// <param name="Certificate">The place in the server's chain (0 is its own certificate), or null.</param>
/// <param name="Detail">The fact behind it: a date, a name, a message of the system.</param>
public sealed record Finding(FindingKind Kind, Severity Severity, int? Certificate, string Detail);

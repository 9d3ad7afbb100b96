namespace Anchorage.Trust;

/// <summary>Whether a client trusts a target.</summary>
public enum TrustVerdict
{
    /// <summary>It verifies, and accepts.</summary>
    Trusted,
    /// <summary>It refuses, or cannot connect.</summary>
    Untrusted,
    /// <summary>Not known.</summary>
    Unchecked,
    /// <summary>It does not verify: whatever it fetches is unproven.</summary>
    Disabled,
}

/// <summary>How one client judges one target, predicted from facts.</summary>
public sealed record ClientVerdict
{
    /// <summary><see cref="ClientFacts.Id"/>.</summary>
    public required string Client { get; init; }

    /// <summary>The target.</summary>
    public required Uri Target { get; init; }

    /// <summary>The verdict.</summary>
    public required TrustVerdict Verdict { get; init; }

    /// <summary>The first fault in that client's order of checks: a code of <see cref="FindingCodes"/>; null where it trusts.</summary>
    public string? Cause { get; init; }

    /// <summary>Every fault that it would meet one after the other, the first one first.</summary>
    public IReadOnlyList<ChainFault> Faults { get; init; } = [];

    /// <summary>What the interpreter itself said when it was asked; null where it was not.</summary>
    public string? Confirmation { get; init; }
}

/// <summary>One fault of a chain.</summary>
/// <param name="Code">A code of <see cref="FindingCodes"/>.</param>
/// <param name="Certificate">The place in the chain as sent, 0 = the server's own; null where it is about none of them.</param>
/// <param name="OpenSslCode">OpenSSL's verify code for it (20 = unable to get local issuer certificate); null where there is none.</param>
/// <param name="Detail">The fact behind it: a date, names, an issuer.</param>
public sealed record ChainFault(string Code, int? Certificate, int? OpenSslCode, string Detail);

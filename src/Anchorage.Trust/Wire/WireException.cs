namespace Anchorage.Trust;

/// <summary>Ends a probe: where, how, and in whose words.</summary>
internal sealed class WireException(ProbePhase phase, WireFailure failure, string detail) : Exception(detail)
{
    public ProbePhase Phase => phase;

    public WireFailure Failure => failure;

    /// <summary>The server asked for a client certificate before it ended.</summary>
    public bool AsksForClientCertificate { get; init; }
}

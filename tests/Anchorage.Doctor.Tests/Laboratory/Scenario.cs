namespace Anchorage.Doctor.Tests.Laboratory;

/// <summary>One situation that a pip is put into.</summary>
/// <param name="Name">Its name in the report.</param>
/// <param name="Expected">The code of its cause; null where nothing is wrong.</param>
/// <param name="Index">The index URL.</param>
internal sealed record Scenario(string Name, string? Expected, Uri Index)
{
    /// <summary>The PEM file that pip is given with <c>--cert</c>; null = none.</summary>
    public string? Bundle { get; init; }

    /// <summary>The certificates in it.</summary>
    public LabCertificate[] Anchors { get; init; } = [];

    /// <summary>Anchors that were made by other programs, DER.</summary>
    public ReadOnlyMemory<byte>[] ForeignAnchors { get; init; } = [];

    /// <summary>More arguments of pip.</summary>
    public string[] Arguments { get; init; } = [];

    /// <summary>Variables of pip's environment.</summary>
    public Dictionary<string, string> Environment { get; init; } = [];

    /// <summary>The pips that know these arguments; null = all.</summary>
    public Func<LabClient, bool>? AppliesTo { get; init; }

    /// <summary>The proxy, with credentials where it needs them.</summary>
    public Uri? Proxy { get; init; }

    /// <summary>How the clock is set, for faketime; null = right.</summary>
    public string? Clock { get; init; }

    /// <summary>The same for the doctor.</summary>
    public TimeSpan ClockOffset { get; init; }

    /// <summary>The doctor may fetch the missing issuer.</summary>
    public bool FetchesIssuer { get; init; }

    /// <summary>The doctor may connect directly, too.</summary>
    public bool ComparesDirect { get; init; }

    /// <summary>The cause for some pips, where it is not the same for all: an empty text = nothing wrong.</summary>
    public Func<LabClient, string?>? ExpectedFor { get; init; }

    /// <summary>The ssl module is asked, too: for scenarios that end with a verified certificate or not.</summary>
    public bool AsksSsl { get; init; }

    /// <summary>True where this pip can be put into the scenario.</summary>
    public bool Fits(LabClient client) => AppliesTo?.Invoke(client) ?? true;

    public string? ExpectedBy(LabClient client) => ExpectedFor?.Invoke(client) is { } special ? (special.Length == 0 ? null : special) : Expected;
}

/// <summary>One real pip on one real Python.</summary>
internal sealed record LabClient(PipClient Pip, Version PipVersion)
{
    public Version Python => Pip.PythonVersion;

    /// <summary>Verification by the platform's store through truststore.</summary>
    public bool UsesTruststore => PipVersion >= new Version(24, 2) && Python >= new Version(3, 10);

    public override string ToString() => $"pip {PipVersion} on Python {Python}{(Pip.Name.Contains("system", StringComparison.Ordinal) ? " (Debian's)" : "")}";
}

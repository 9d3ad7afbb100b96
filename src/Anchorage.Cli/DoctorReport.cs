using System.Globalization;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Anchorage.Trust;

namespace Anchorage.Cli;

/// <summary>What the doctor says, in the shape of its JSON output.</summary>
internal sealed record DoctorReport
{
    public required string Url { get; init; }

    /// <summary>False as well where the question could not be answered.</summary>
    public required bool Trusted { get; init; }

    public required bool Checked { get; init; }
    public required string Anchors { get; init; }
    public required int AnchorCount { get; init; }
    public string? Address { get; init; }
    public string? Protocol { get; init; }
    public string? Alpn { get; init; }
    public double? ResolvingMs { get; init; }
    public double? ConnectingMs { get; init; }
    public double? HandshakeMs { get; init; }
    public required IReadOnlyList<SentCertificate> Chain { get; init; }
    public required IReadOnlyList<ReportedFinding> Findings { get; init; }

    public static DoctorReport Of(Uri url, Probe probe, TrustAnchors anchors, IReadOnlyList<Finding> findings, Messages messages) => new()
    {
        Url = url.GetLeftPart(UriPartial.Authority),
        Trusted = findings.All(finding => finding.Severity == Severity.Warning),
        Checked = probe.Failure is null,
        Anchors = anchors.Source,
        AnchorCount = anchors.Certificates.Count,
        Address = probe.Address?.ToString(),
        Protocol = probe.Protocol switch
        {
            SslProtocols.Tls12 => "TLS 1.2",
            SslProtocols.Tls13 => "TLS 1.3",
            var other => other?.ToString(),
        },
        Alpn = probe.ApplicationProtocol is { Length: > 0 } alpn ? alpn : null,
        ResolvingMs = Milliseconds(probe.Resolving),
        ConnectingMs = Milliseconds(probe.Connecting),
        HandshakeMs = Milliseconds(probe.Handshake),
        Chain = [.. (probe.Chain?.Certificates ?? []).Select(SentCertificate.Of)],
        Findings = [.. findings.Select(finding => ReportedFinding.Of(finding, probe.Host, messages))],
    };

    public string ToText(Messages messages)
    {
        var text = new StringBuilder();
        text.AppendLine(Url);
        if (Address is not null)
        {
            var connection = string.Join(", ", new[] { Address, Protocol, Alpn, HandshakeMs is { } ms ? $"{ms:0} ms" : null }.Where(part => part is not null));
            text.AppendLine(CultureInfo.InvariantCulture, $"  {messages.Connection}: {connection}");
        }
        for (var place = 0; place < Chain.Count; place++)
        {
            var certificate = Chain[place];
            text.AppendLine(CultureInfo.InvariantCulture, $"  {messages.Certificate} {place}: {Terminal.CleanLine(certificate.Subject)}");
            text.AppendLine(CultureInfo.InvariantCulture, $"      {messages.Issuer}: {Terminal.CleanLine(certificate.Issuer)}");
            text.AppendLine(CultureInfo.InvariantCulture, $"      {messages.Valid}: {certificate.NotBefore:yyyy-MM-dd HH:mm'Z'} – {certificate.NotAfter:yyyy-MM-dd HH:mm'Z'}");
            if (certificate.Names.Count > 0)
            {
                text.AppendLine(CultureInfo.InvariantCulture, $"      {messages.Names}: {Terminal.CleanLine(string.Join(", ", certificate.Names))}");
            }
            text.AppendLine(CultureInfo.InvariantCulture, $"      SHA-256: {certificate.Sha256}");
        }
        text.AppendLine(CultureInfo.InvariantCulture, $"  {messages.JudgedBy}: {Terminal.CleanLine(Anchors)} ({AnchorCount})");
        text.AppendLine();
        foreach (var finding in Findings)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"{messages.Of(finding.Severity)}: {Terminal.CleanLine(finding.Message)}");
            text.AppendLine(CultureInfo.InvariantCulture, $"  {messages.Advice}: {finding.Advice}");
        }
        return text.AppendLine(Trusted ? messages.Trusted : Checked ? messages.NotTrusted : messages.NotChecked).ToString();
    }

    private static double? Milliseconds(TimeSpan? time) => time is { } span ? Math.Round(span.TotalMilliseconds, 1) : null;
}

/// <summary>A certificate as the server sent it.</summary>
internal sealed record SentCertificate(
    string Subject, string Issuer, DateTimeOffset NotBefore, DateTimeOffset NotAfter, IReadOnlyList<string> Names, string Sha256)
{
    public static SentCertificate Of(X509Certificate2 certificate) => new(
        certificate.Subject, certificate.Issuer, certificate.NotBefore.ToUniversalTime(), certificate.NotAfter.ToUniversalTime(),
        ServerChain.NamesOf(certificate), ServerChain.Fingerprint(certificate));
}

/// <summary>A finding with its words.</summary>
internal sealed record ReportedFinding(string Kind, Severity Severity, int? Certificate, string Detail, string Message, string Advice)
{
    public static ReportedFinding Of(Finding finding, string host, Messages messages)
    {
        var (message, advice) = messages.Of(finding, host);
        return new ReportedFinding(finding.Kind.ToString(), finding.Severity, finding.Certificate, finding.Detail, message, advice);
    }
}

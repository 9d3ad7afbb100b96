using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Serialization;
using Anchorage.Trust;

namespace Anchorage.Cli;

/// <summary>What the doctor says, in the shape of its JSON output: docs/doctor.schema.json, a contract. Fields are only ever added.</summary>
internal sealed record DoctorReport
{
    public int Schema { get; init; } = 1;

    /// <summary>Every client that was checked trusts every target, and verifies.</summary>
    public required bool Trusted { get; init; }

    /// <summary>When, by the local clock.</summary>
    public required DateTimeOffset CheckedAt { get; init; }

    /// <summary>The operating system.</summary>
    public required string System { get; init; }

    public required IReadOnlyList<ReportedTarget> Targets { get; init; }
    public required IReadOnlyList<ReportedClient> Clients { get; init; }
    public required IReadOnlyList<ReportedFinding> Findings { get; init; }

    /// <summary>What could not be looked at.</summary>
    public required IReadOnlyList<string> Gaps { get; init; }

    /// <summary>What <c>--fix</c> did.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<ReportedRepair>? Repairs { get; init; }

    public static DoctorReport Of(
        MachineFacts machine, IReadOnlyList<TargetFacts> targets, IReadOnlyList<ClientVerdict> verdicts, IReadOnlyList<TrustFinding> findings, Language language) => new()
        {
            Trusted = DoctorVerdict.IsTrusted(machine, verdicts, findings),
            CheckedAt = machine.Now,
            System = machine.System.Name,
            Targets = [.. targets.Select(ReportedTarget.Of)],
            Clients = [.. machine.Clients.Select(client => ReportedClient.Of(client, [.. verdicts.Where(verdict => verdict.Client == client.Id)]))],
            Findings = [.. findings.Select(finding => ReportedFinding.Of(finding, language))],
            Gaps = machine.Gaps,
        };
}

/// <summary>One address and what was seen there.</summary>
internal sealed record ReportedTarget
{
    public required string Url { get; init; }
    public required string Host { get; init; }
    public required int Port { get; init; }
    public required string? Proxy { get; init; }
    public required IReadOnlyList<ReportedCertificate> Chain { get; init; }
    public required ReportedTls? Tls { get; init; }
    public required string Reached { get; init; }
    public required string? Failure { get; init; }
    public required IReadOnlyList<string> Addresses { get; init; }
    public required double? ElapsedMs { get; init; }

    public static ReportedTarget Of(TargetFacts target) => new()
    {
        Url = target.Url.AbsoluteUri,
        Host = target.Url.IdnHost,
        Port = target.Url.Port,
        Proxy = target.Proxy?.Url.GetLeftPart(UriPartial.Authority),
        Chain = [.. target.Chain.Select(ReportedCertificate.Of)],
        Tls = target.Protocol is { } protocol ? new ReportedTls(Name(protocol), target.ApplicationProtocol, target.AsksForClientCertificate) : null,
        Reached = JsonNamingPolicy.CamelCase.ConvertName(target.Reached.ToString()),
        Failure = target.Failure is { } failure ? JsonNamingPolicy.KebabCaseLower.ConvertName(failure.ToString()) : null,
        Addresses = [.. target.Addresses.Select(address => address.ToString())],
        ElapsedMs = target.Elapsed is { } elapsed ? Math.Round(elapsed.TotalMilliseconds, 1) : null,
    };

    internal static string Name(global::System.Security.Authentication.SslProtocols protocol) => protocol switch
    {
        global::System.Security.Authentication.SslProtocols.Tls12 => "TLS 1.2",
        global::System.Security.Authentication.SslProtocols.Tls13 => "TLS 1.3",
        var other => other.ToString(),
    };
}

internal sealed record ReportedTls(string Version, string? Alpn, bool AsksForClientCertificate);

/// <summary>A certificate as the server sent it; what cannot be read is only named by its fingerprint.</summary>
internal sealed record ReportedCertificate
{
    public required string Sha256 { get; init; }
    public required string? Subject { get; init; }
    public required string? Issuer { get; init; }
    public required DateTimeOffset? NotBefore { get; init; }
    public required DateTimeOffset? NotAfter { get; init; }
    public required IReadOnlyList<string> Names { get; init; }
    public required string? Key { get; init; }
    public required string? Signature { get; init; }

    public static ReportedCertificate Of(ReadOnlyMemory<byte> der)
    {
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(der.Span));
        try
        {
            using var certificate = X509CertificateLoader.LoadCertificate(der.Span);
            return new ReportedCertificate
            {
                Sha256 = sha256,
                Subject = certificate.Subject,
                Issuer = certificate.Issuer,
                NotBefore = certificate.NotBefore.ToUniversalTime(),
                NotAfter = certificate.NotAfter.ToUniversalTime(),
                Names = ServerChain.NamesOf(certificate),
                Key = KeyOf(certificate),
                Signature = certificate.SignatureAlgorithm.FriendlyName ?? certificate.SignatureAlgorithm.Value,
            };
        }
        catch (CryptographicException)
        {
            return new ReportedCertificate { Sha256 = sha256, Subject = null, Issuer = null, NotBefore = null, NotAfter = null, Names = [], Key = null, Signature = null };
        }
    }

    // An SM2 key calls itself an EC key; asking .NET for it throws.
    private static string? KeyOf(X509Certificate2 certificate)
    {
        try
        {
            using var rsa = certificate.GetRSAPublicKey();
            if (rsa is not null)
            {
                return $"RSA {rsa.KeySize}";
            }
            using var ecdsa = certificate.GetECDsaPublicKey();
            return ecdsa is not null ? $"EC {ecdsa.KeySize}" : certificate.PublicKey.Oid.FriendlyName ?? certificate.PublicKey.Oid.Value;
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            return certificate.PublicKey.Oid.Value;
        }
    }
}

/// <summary>A client with the trust it effectively uses.</summary>
internal sealed record ReportedClient
{
    public required string Id { get; init; }
    public required string Kind { get; init; }
    public required string? Version { get; init; }
    public required string? Python { get; init; }
    public required string? PythonVersion { get; init; }
    public required string Path { get; init; }
    public required IReadOnlyList<ReportedTrust> Trust { get; init; }
    public required string Verdict { get; init; }
    public required IReadOnlyList<ReportedVerdict> Verdicts { get; init; }
    public required string? Proxy { get; init; }
    public required string? Broken { get; init; }

    public static ReportedClient Of(ClientFacts client, IReadOnlyList<ClientVerdict> verdicts) => new()
    {
        Id = client.Id,
        Kind = Lower(client.Kind.ToString()),
        Version = client.Version,
        Python = client.Python?.Path,
        PythonVersion = client.Python?.Version.ToString(),
        Path = client.Path,
        Trust = [.. client.Trust.Select(source => new ReportedTrust(Lower(source.Kind.ToString()), source.Path, source.Because is { } because ? DoctorVerdict.Because(because) : null))],
        Verdict = DoctorVerdict.Name(DoctorVerdict.Of(client, verdicts)),
        Verdicts = [.. verdicts.Select(verdict => new ReportedVerdict(verdict.Target.AbsoluteUri, DoctorVerdict.Name(verdict.Verdict), verdict.Cause, verdict.Confirmation))],
        Proxy = client.Proxy?.Url.GetLeftPart(UriPartial.Authority),
        Broken = client.Broken,
    };

    private static string Lower(string name) => JsonNamingPolicy.CamelCase.ConvertName(name);
}

internal sealed record ReportedTrust(string Kind, string? Path, string? Because);

internal sealed record ReportedVerdict(string Url, string Verdict, string? Cause, string? Confirmation);

/// <summary>A finding with its words.</summary>
internal sealed record ReportedFinding
{
    public required string Code { get; init; }
    public required string Severity { get; init; }
    public required string Confidence { get; init; }
    public required string Summary { get; init; }
    public required string? Target { get; init; }
    public required IReadOnlyList<string> Evidence { get; init; }
    public required IReadOnlyList<string> Clients { get; init; }
    public required IReadOnlyList<ReportedFinding> Consequences { get; init; }
    public required IReadOnlyList<ReportedRemedy> Remedies { get; init; }

    public static ReportedFinding Of(TrustFinding finding, Language language) => new()
    {
        Code = finding.Code,
        Severity = JsonNamingPolicy.CamelCase.ConvertName(finding.Severity.ToString()),
        Confidence = JsonNamingPolicy.CamelCase.ConvertName(finding.Confidence.ToString()),
        Summary = FindingWords.Of(finding, language),
        Target = finding.Target?.AbsoluteUri,
        Evidence = finding.Evidence,
        Clients = finding.Clients,
        Consequences = [.. finding.Consequences.Select(consequence => Of(consequence, language))],
        Remedies = [.. finding.Remedies.Select(remedy => ReportedRemedy.Of(remedy, language))],
    };
}

internal sealed record ReportedRemedy
{
    public required string Id { get; init; }
    public required string Summary { get; init; }
    public required IReadOnlyList<string> Commands { get; init; }
    public required bool Automatic { get; init; }
    public required bool NeedsAdmin { get; init; }
    public required ReportedRating Rating { get; init; }

    public static ReportedRemedy Of(Remedy remedy, Language language) => new()
    {
        Id = remedy.Id,
        Summary = RemedyWords.Of(remedy, language),
        Commands = remedy.Commands,
        Automatic = remedy.IsAutomatic,
        NeedsAdmin = remedy.NeedsAdministrator,
        Rating = new ReportedRating(remedy.Rating.Safety, remedy.Rating.Effort, remedy.Rating.Durability),
    };
}

internal sealed record ReportedRating(int Safety, int Effort, int Durability);

internal sealed record ReportedRepair(string Id, string Summary, string Outcome, string? Undo);

/// <summary>The doctor's JSON, source-generated, with the names of the contract.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.Never)]
[JsonSerializable(typeof(DoctorReport))]
internal sealed partial class DoctorJson : JsonSerializerContext
{
    private static DoctorJson? _readable;

    /// <summary>Names in any script stay readable.</summary>
    public static DoctorJson Readable => _readable ??= new(new JsonSerializerOptions(Default.Options)
    {
        TypeInfoResolver = null,
        Encoder = global::System.Text.Encodings.Web.JavaScriptEncoder.Create(global::System.Text.Unicode.UnicodeRanges.All),
    });
}

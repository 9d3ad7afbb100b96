// What is wrong with a recorded chain, judged against one set of anchors. Pure: the same facts give the same findings.
//
// .NET's verifier accepts chains that Python refuses: RSA below 2048 bits, SHA-1 and MD5 signatures (OpenSSL's security
// level 2), a common name without alternative names. Those checks are made here.

using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Anchorage.Trust;

/// <summary>Judges what a probe saw.</summary>
public static class Diagnosis
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    // Signatures with MD5 or SHA-1: RSA PKCS#1, ECDSA, DSA.
    private static readonly Dictionary<string, string> WeakSignatures = new()
    {
        ["1.2.840.113549.1.1.4"] = "MD5",
        ["1.2.840.113549.1.1.5"] = "SHA-1",
        ["1.2.840.10045.4.1"] = "SHA-1",
        ["1.2.840.10040.4.3"] = "SHA-1",
    };

    /// <summary>Everything that keeps a client with these anchors from trusting the server; empty where nothing does.</summary>
    public static IReadOnlyList<Finding> Of(Probe probe, TrustAnchors anchors, DateTimeOffset now)
    {
        if (probe.Failure is not null)
        {
            return [probe.Failure];
        }
        var chain = probe.Chain ?? throw new ArgumentException("The probe has neither a chain nor a failure.", nameof(probe));
        var findings = new List<Finding>();
        JudgePath(chain, anchors, now, findings);
        JudgeTimes(chain, anchors, now, findings);
        JudgeName(chain.Leaf, probe.Host, findings);
        JudgeStrength(chain, anchors, findings);
        if (!ServerChain.IsSelfIssued(chain.Leaf) && !chain.Leaf.Extensions.OfType<X509AuthorityKeyIdentifierExtension>().Any())
        {
            findings.Add(new Finding(FindingKind.NoAuthorityKeyIdentifier, Severity.Warning, 0, chain.Leaf.Subject));
        }
        return findings;
    }

    private static void JudgePath(ServerChain chain, TrustAnchors anchors, DateTimeOffset now, List<Finding> findings)
    {
        using var path = new X509Chain();
        path.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        path.ChainPolicy.CustomTrustStore.AddRange(anchors.Certificates);
        path.ChainPolicy.ExtraStore.AddRange(chain.Certificates.Skip(1).ToArray());
        path.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        path.ChainPolicy.DisableCertificateDownloads = true;
        path.ChainPolicy.ApplicationPolicy.Add(new Oid(ServerAuthentication));
        path.ChainPolicy.VerificationTimeIgnored = false;
        path.ChainPolicy.VerificationTime = now.UtcDateTime;
        path.Build(chain.Leaf);

        var elements = path.ChainElements.Select(element => element.Certificate).ToList();
        // .NET also looks into a cache of intermediates that earlier programs fetched; pip has no such cache.
        var borrowed = elements.FirstOrDefault(element => !IsIn(element, chain.Certificates) && !IsIn(element, anchors.Certificates));
        var status = path.ChainElements.Aggregate(X509ChainStatusFlags.NoError, (all, element) => all | Flags(element.ChainElementStatus));
        if (borrowed is not null || (status & (X509ChainStatusFlags.PartialChain | X509ChainStatusFlags.UntrustedRoot)) != 0)
        {
            findings.Add(WhereItEnds(chain, elements));
        }
        foreach (var (flag, kind) in PathFaults)
        {
            if ((status & flag) != 0)
            {
                var at = path.ChainElements.First(element => (Flags(element.ChainElementStatus) & flag) != 0).Certificate;
                findings.Add(new Finding(kind, Severity.Error, PlaceOf(at, chain), at.Subject));
            }
        }
        var known = X509ChainStatusFlags.PartialChain | X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.NotTimeValid
            | PathFaults.Aggregate(X509ChainStatusFlags.NoError, (all, fault) => all | fault.Flag);
        if ((status & ~known) != 0)
        {
            findings.Add(new Finding(FindingKind.PathInvalid, Severity.Error, null, (status & ~known).ToString()));
        }
    }

    private static readonly (X509ChainStatusFlags Flag, FindingKind Kind)[] PathFaults =
    [
        (X509ChainStatusFlags.NotSignatureValid, FindingKind.BadSignature),
        (X509ChainStatusFlags.NotValidForUsage, FindingKind.NotForServers),
        (X509ChainStatusFlags.HasNotPermittedNameConstraint, FindingKind.NameNotPermitted),
        (X509ChainStatusFlags.HasExcludedNameConstraint, FindingKind.NameNotPermitted),
        (X509ChainStatusFlags.InvalidNameConstraints, FindingKind.NameNotPermitted),
    ];

    // The last certificate of the path that the server itself can answer for decides what is missing.
    private static Finding WhereItEnds(ServerChain chain, List<X509Certificate2> path)
    {
        var last = path.TakeWhile(element => IsIn(element, chain.Certificates)).LastOrDefault() ?? chain.Leaf;
        var place = PlaceOf(last, chain);
        if (!ServerChain.IsSelfIssued(last))
        {
            return new Finding(FindingKind.IssuerNotFound, Severity.Error, place, last.Issuer);
        }
        return place == 0
            ? new Finding(FindingKind.SelfSigned, Severity.Error, 0, last.Subject)
            : new Finding(FindingKind.RootNotTrusted, Severity.Error, place, last.Subject);
    }

    private static void JudgeTimes(ServerChain chain, TrustAnchors anchors, DateTimeOffset now, List<Finding> findings)
    {
        for (var place = 0; place < chain.Certificates.Count; place++)
        {
            var certificate = chain.Certificates[place];
            // A verifier stops at an anchor: it never looks at a root, or cross-signed twin, that the server sent for old clients.
            if (place > 0 && (ServerChain.IsSelfIssued(certificate) || IsIn(certificate, anchors.Certificates)))
            {
                continue;
            }
            if (now > new DateTimeOffset(certificate.NotAfter.ToUniversalTime()))
            {
                findings.Add(new Finding(FindingKind.Expired, Severity.Error, place, Instant(certificate.NotAfter)));
            }
            else if (now < new DateTimeOffset(certificate.NotBefore.ToUniversalTime()))
            {
                findings.Add(new Finding(FindingKind.NotYetValid, Severity.Error, place, Instant(certificate.NotBefore)));
            }
        }
    }

    private static void JudgeName(X509Certificate2 leaf, string host, List<Finding> findings)
    {
        var names = ServerChain.NamesOf(leaf);
        if (names.Count == 0)
        {
            findings.Add(new Finding(FindingKind.NoAlternativeName, Severity.Error, 0, leaf.Subject));
        }
        else if (!leaf.MatchesHostname(host, allowWildcards: true, allowCommonName: false))
        {
            findings.Add(new Finding(FindingKind.WrongName, Severity.Error, 0, string.Join(", ", names)));
        }
    }

    private static void JudgeStrength(ServerChain chain, TrustAnchors anchors, List<Finding> findings)
    {
        for (var place = 0; place < chain.Certificates.Count; place++)
        {
            var certificate = chain.Certificates[place];
            if (IsIn(certificate, anchors.Certificates))
            {
                continue;
            }
            using var rsa = certificate.GetRSAPublicKey();
            if (rsa?.KeySize < 2048)
            {
                findings.Add(new Finding(FindingKind.WeakKey, Severity.Error, place, $"RSA {rsa.KeySize}"));
            }
            if (!ServerChain.IsSelfIssued(certificate) && WeakSignatures.TryGetValue(certificate.SignatureAlgorithm.Value ?? "", out var digest))
            {
                findings.Add(new Finding(FindingKind.WeakSignature, Severity.Error, place, digest));
            }
        }
    }

    private static X509ChainStatusFlags Flags(X509ChainStatus[] statuses) =>
        statuses.Aggregate(X509ChainStatusFlags.NoError, (all, status) => all | status.Status);

    private static bool IsIn(X509Certificate2 certificate, IEnumerable<X509Certificate2> among) =>
        among.Any(other => other.RawDataMemory.Span.SequenceEqual(certificate.RawDataMemory.Span));

    private static int? PlaceOf(X509Certificate2 certificate, ServerChain chain)
    {
        for (var place = 0; place < chain.Certificates.Count; place++)
        {
            if (chain.Certificates[place].RawDataMemory.Span.SequenceEqual(certificate.RawDataMemory.Span))
            {
                return place;
            }
        }
        return null;
    }

    private static string Instant(DateTime local) => local.ToUniversalTime().ToString("yyyy-MM-dd HH:mm'Z'", null);
}

// How OpenSSL 1.1.0 and newer look for a path: the store first, then what the peer sent (X509_V_FLAG_TRUSTED_FIRST, build_chain in
// crypto/x509/x509_vfy.c). Once a certificate comes from the store, the peer's are not asked again: that is why an intermediate among the
// anchors ends in code 2 and not in success.

namespace Anchorage.Trust;

/// <summary>A path from a server's certificate towards an anchor.</summary>
internal sealed class CertificatePath
{
    private const int LongestPath = 100;

    private CertificatePath(List<CertificateFacts> certificates, int untrusted, int? error) =>
        (Certificates, Untrusted, Error) = (certificates, untrusted, error);

    /// <summary>Leaf first.</summary>
    public IReadOnlyList<CertificateFacts> Certificates { get; }

    /// <summary>How many of them, from the leaf, are not from the store.</summary>
    public int Untrusted { get; }

    /// <summary>OpenSSL's code for the lack of an anchor; null where the path ends in one.</summary>
    public int? Error { get; }

    public static CertificatePath Build(IReadOnlyList<CertificateFacts> sent, AnchorSet anchors, bool acceptsPartial, bool isOpenSsl1, DateTimeOffset now)
    {
        var path = new List<CertificateFacts> { sent[0] };
        var left = sent.ToList();
        var untrusted = 1;
        var asksPeer = true;
        bool IsSelfSigned(CertificateFacts certificate) => Issuing.IsSelfSigned(certificate, isOpenSsl1);

        while (true)
        {
            var current = path[^1];
            var isSelfSigned = IsSelfSigned(current);
            var anchor = path.Count > LongestPath ? null : Issuing.Best(anchors.WithSubject(current.Issuer), current, now);
            // A self-signed certificate counts as an anchor only where it is the very same one: another with its name could be anybody's.
            if (anchor is not null && (!isSelfSigned || untrusted < path.Count || anchor.Equals(current)))
            {
                if (isSelfSigned)
                    untrusted = Math.Min(untrusted, path.Count - 1);
                else
                {
                    path.Add(anchor);
                }
                if (acceptsPartial || IsSelfSigned(path[^1]))
                    return new CertificatePath(path, untrusted, null);
                asksPeer = false;
                if (!IsSelfSigned(anchor) && path.Count <= LongestPath)
                    continue;
            }
            if (!asksPeer)
                break;
            var candidates = left.Where(candidate => !path.Contains(candidate) || (path.Count == 1 && path[0].IsSelfIssued)).ToList();
            var issuer = isSelfSigned || path.Count > LongestPath ? null : Issuing.Best(candidates, current, now);
            if (issuer is null)
                break;
            left.Remove(issuer);
            path.Add(issuer);
            untrusted++;
        }
        if (acceptsPartial && untrusted == path.Count && anchors.Contains(path[0]))
            return new CertificatePath(path[..1], 0, null);
        return new CertificatePath(path, untrusted, ErrorOf(path, untrusted, IsSelfSigned(path[^1])));
    }

    private static int ErrorOf(List<CertificateFacts> path, int untrusted, bool isSelfSigned)
    {
        if (path.Count > LongestPath)
            return VerifyCode.ChainTooLong;
        if (isSelfSigned)
            return path.Count == 1 ? VerifyCode.SelfSignedLeaf : VerifyCode.SelfSignedInChain;
        return untrusted < path.Count ? VerifyCode.NoIssuer : VerifyCode.NoLocalIssuer;
    }
}

/// <summary>Which certificate can have issued which, before any signature is checked (x509_likely_issued).</summary>
internal static class Issuing
{
    /// <summary>The candidate that is valid now; else the one that is valid longest; null where none fits.</summary>
    public static CertificateFacts? Best(IReadOnlyList<CertificateFacts> candidates, CertificateFacts certificate, DateTimeOffset now)
    {
        CertificateFacts? best = null;
        foreach (var candidate in candidates)
        {
            if (!IsLikely(candidate, certificate))
                continue;
            if (candidate.NotBefore <= now && now < candidate.NotAfter)
                return candidate;
            if (best is null || candidate.NotAfter > best.NotAfter)
                best = candidate;
        }
        return best;
    }

    /// <summary>Names, key identifiers and the kind of key fit.</summary>
    public static bool IsLikely(CertificateFacts issuer, CertificateFacts certificate) =>
        issuer.Subject.Equals(certificate.Issuer) && FitsKeyIdentifier(issuer, certificate) && FitsKey(issuer, certificate);

    public static bool IsSelfSigned(CertificateFacts certificate, bool isOpenSsl1) =>
        IsLikely(certificate, certificate)
        && (!isOpenSsl1 || certificate.KeyUsage is not { } usage || usage.HasFlag(KeyUsages.CertificateSign));

    private static bool FitsKeyIdentifier(CertificateFacts issuer, CertificateFacts certificate)
    {
        if (certificate.AuthorityKey is not { } authority)
            return true;
        return (authority.KeyId is null || issuer.SubjectKey is null || authority.KeyId == issuer.SubjectKey)
            && (authority.Serial is null || authority.Serial == issuer.Serial)
            && (authority.Issuer is null || authority.Issuer.Equals(issuer.Issuer));
    }

    private static bool FitsKey(CertificateFacts issuer, CertificateFacts certificate)
    {
        // An SM2 key is an elliptic-curve key to everybody who does not look at the curve.
        var (signing, key) = (Plain(certificate.Signature.Key), Plain(issuer.Key));
        return signing == KeyKind.Other || key == KeyKind.Other || signing == key;
    }

    private static KeyKind Plain(KeyKind kind) => kind == KeyKind.Sm2 ? KeyKind.Ec : kind;
}

/// <summary>OpenSSL's verify codes (openssl/x509_vfy.h).</summary>
internal static class VerifyCode
{
    public const int NoIssuer = 2;
    public const int SignatureFailure = 7;
    public const int NotYetValid = 9;
    public const int Expired = 10;
    public const int SelfSignedLeaf = 18;
    public const int SelfSignedInChain = 19;
    public const int NoLocalIssuer = 20;
    public const int ChainTooLong = 22;
    public const int InvalidAuthority1 = 24;
    public const int PathLengthExceeded = 25;
    public const int InvalidPurpose = 26;
    public const int MayNotSign = 32;
    public const int UnhandledCritical = 34;
    public const int NotPermitted = 47;
    public const int Excluded = 48;
    public const int UnreadableExtension = 41;
    public const int HostMismatch = 62;
    public const int AddressMismatch = 64;
    public const int LeafKeyTooSmall = 66;
    public const int AuthorityKeyTooSmall = 67;
    public const int DigestTooWeak = 68;
    public const int InconsistentAlgorithm = 78;
    public const int InvalidAuthority = 79;
    public const int MissingAuthorityKeyIdentifier = 85;
    public const int MissingSubjectKeyIdentifier = 86;
    public const int ConstraintsNotCritical = 89;
    public const int MissingKeyUsage = 92;
    public const int ExplicitCurve = 94;
}

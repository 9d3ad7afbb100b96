// What OpenSSL's X509_verify_cert would say of a chain, in the order in which it would say it: the size of the server's key; the path; what each
// certificate may do; strengths; the name; signatures and times from the anchor down; name constraints. A client stops at the first fault; all are
// listed, because who repairs the first wants to know of the next.

using System.Globalization;

namespace Anchorage.Trust;

/// <summary>Judges a chain as OpenSSL would for one client.</summary>
public sealed class ChainJudge
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    // Server gated cryptography of Netscape and Microsoft, which OpenSSL still takes.
    private static readonly string[] serverUsages = [ServerAuthentication, "2.16.840.1.113730.4.1", "1.3.6.1.4.1.311.10.3.3"];

    private readonly List<ChainFault> faults = [];
    private readonly IReadOnlyList<CertificateFacts> sent;
    private readonly CertificatePath path;
    private readonly VerificationRules rules;
    private readonly string host;
    private readonly DateTimeOffset now;
    private readonly bool isOpenSsl1;

    private ChainJudge(IReadOnlyList<CertificateFacts> sent, AnchorSet anchors, VerificationRules rules, string host, DateTimeOffset now, bool isOpenSsl1)
    {
        (this.sent, this.rules, this.host, this.now, this.isOpenSsl1) = (sent, rules, host, now, isOpenSsl1);
        path = CertificatePath.Build(sent, anchors, rules.AcceptsPartialChain, isOpenSsl1, now);
    }

    /// <summary>The faults of a chain, the first that the client meets first; empty where it accepts.</summary>
    /// <param name="chain">DER, exactly as sent, the server's own first; at least one.</param>
    /// <param name="anchors">What the client trusts.</param>
    /// <param name="rules">How it verifies.</param>
    /// <param name="host">The name or address in the URL.</param>
    /// <param name="now">Its clock.</param>
    /// <param name="isOpenSsl1">OpenSSL 1.1.1, whose strict mode asks for less and whose codes differ.</param>
    public static IReadOnlyList<ChainFault> Judge(
        IReadOnlyList<ReadOnlyMemory<byte>> chain, AnchorSet anchors, VerificationRules rules, string host, DateTimeOffset now, bool isOpenSsl1 = false)
    {
        ArgumentOutOfRangeException.ThrowIfZero(chain.Count, nameof(chain));
        var sent = new List<CertificateFacts>();
        for (var place = 0; place < chain.Count; place++)
        {
            if (!CertificateFacts.TryRead(chain[place], out var facts, out var fault))
                return [new ChainFault(FindingCodes.InvalidSignature, place, null, $"The certificate cannot be read: {fault}")];
            sent.Add(facts);
        }
        return Judge(sent, anchors, rules, host, now, isOpenSsl1);
    }

    internal static IReadOnlyList<ChainFault> Judge(
        IReadOnlyList<CertificateFacts> sent, AnchorSet anchors, VerificationRules rules, string host, DateTimeOffset now, bool isOpenSsl1 = false)
    {
        var judge = new ChainJudge(sent, anchors, rules, host, now, isOpenSsl1);
        judge.JudgeLeafKey();
        judge.JudgePath();
        judge.JudgeUsages();
        judge.JudgeStrengths();
        if (rules.Names == NameMatching.OpenSsl)
            judge.JudgeName();
        judge.JudgeSignaturesAndTimes();
        judge.JudgeNameConstraints();
        if (rules.Names == NameMatching.Python)
            judge.JudgeName();
        return judge.faults;
    }

    private void JudgeLeafKey()
    {
        if (IsWeakKey(sent[0]))
            Add(FindingCodes.WeakKey, 0, VerifyCode.LeafKeyTooSmall, KeyText(sent[0]));
    }

    private void JudgePath()
    {
        if (path.Error is not { } error)
            return;
        var top = path.Certificates.Count - 1;
        var last = path.Certificates[top];
        if (error == VerifyCode.SelfSignedLeaf)
            Add(FindingCodes.SelfSigned, top, error, last.Subject.Text);
        else
            Add(FindingCodes.UnknownRoot, top, error, error == VerifyCode.SelfSignedInChain ? last.Subject.Text : last.Issuer.Text);
    }

    private void JudgeUsages()
    {
        var certificates = path.Certificates;
        var below = 0;
        for (var depth = 0; depth < certificates.Count; depth++)
        {
            var certificate = certificates[depth];
            var isTop = depth == certificates.Count - 1;
            if (certificate.UnknownCriticalExtensions.Count > 0)
                Add(FindingCodes.WrongUsage, depth, VerifyCode.UnhandledCritical, string.Join(", ", certificate.UnknownCriticalExtensions));
            if (certificate.UnreadableExtensions.Count > 0)
                Add(FindingCodes.InvalidSignature, depth, VerifyCode.UnreadableExtension, string.Join(", ", certificate.UnreadableExtensions));
            var authority = AuthorityKindOf(certificate);
            if (depth > 0 && (authority == 0 || ((!isTop || rules.IsStrict) && authority != 1)))
                Add(FindingCodes.WrongUsage, depth, isOpenSsl1 ? VerifyCode.InvalidAuthority1 : VerifyCode.InvalidAuthority, $"{certificate.Subject.Text} is no authority");
            if (rules.IsStrict && certificates.Count > 1 && !isOpenSsl1)
                JudgeStrictly(certificate, depth, isTop);
            JudgePurpose(certificate, depth);
            if (depth > 1 && certificate.BasicConstraints?.PathLength is { } longest && below > longest)
                Add(FindingCodes.WrongUsage, depth, VerifyCode.PathLengthExceeded, $"{certificate.Subject.Text} permits {longest} authorities below it");
            if (depth > 0 && !certificate.IsSelfIssued)
                below++;
        }
    }

    // 1 = by basic constraints; 3, 4 = a version 1 root, or by key usage alone; 0 = none.
    private int AuthorityKindOf(CertificateFacts certificate)
    {
        if (certificate.KeyUsage is { } usage && !usage.HasFlag(KeyUsages.CertificateSign))
            return 0;
        if (certificate.BasicConstraints is { } constraints)
            return constraints.IsAuthority ? 1 : 0;
        if (certificate.Version == 1 && Issuing.IsSelfSigned(certificate, isOpenSsl1))
            return 3;
        return certificate.KeyUsage is not null ? 4 : 0;
    }

    private void JudgePurpose(CertificateFacts certificate, int depth)
    {
        if (certificate.ExtendedKeyUsage is { } usages && !usages.Any(serverUsages.Contains))
            Add(FindingCodes.WrongUsage, depth, VerifyCode.InvalidPurpose, $"extended key usage {string.Join(", ", usages.Take(8))}");
        else if (depth == 0 && certificate.KeyUsage is { } usage && (usage & (KeyUsages.DigitalSignature | KeyUsages.KeyEncipherment | KeyUsages.KeyAgreement)) == 0)
            Add(FindingCodes.WrongUsage, depth, VerifyCode.InvalidPurpose, $"key usage {usage}");
    }

    // X509_V_FLAG_X509_STRICT of OpenSSL 3, in its order.
    private void JudgeStrictly(CertificateFacts certificate, int depth, bool isTop)
    {
        var isAuthority = certificate.BasicConstraints is { IsAuthority: true };
        if (isAuthority && !certificate.BasicConstraints!.IsCritical)
            Add(FindingCodes.NotStrict, depth, VerifyCode.ConstraintsNotCritical, "basic constraints are not marked critical");
        if (isAuthority && certificate.KeyUsage is null)
            Add(FindingCodes.NotStrict, depth, VerifyCode.MissingKeyUsage, "the authority has no key usage");
        if (certificate.HasInconsistentAlgorithm)
            Add(FindingCodes.NotStrict, depth, VerifyCode.InconsistentAlgorithm, "two signature algorithms that differ");
        if (certificate.Version < 3)
            return;
        if (!isTop && certificate.AuthorityKey?.KeyId is null)
            Add(FindingCodes.NotStrict, depth, VerifyCode.MissingAuthorityKeyIdentifier, "no authority key identifier");
        if (isAuthority && certificate.SubjectKey is null)
            Add(FindingCodes.NotStrict, depth, VerifyCode.MissingSubjectKeyIdentifier, "no subject key identifier");
    }

    private void JudgeStrengths()
    {
        for (var depth = 0; depth < path.Certificates.Count; depth++)
        {
            var certificate = path.Certificates[depth];
            if (depth > 0 && IsWeakKey(certificate))
                Add(FindingCodes.WeakKey, depth, VerifyCode.AuthorityKeyTooSmall, KeyText(certificate));
            if (depth < path.Certificates.Count - 1 && SignatureBits(certificate) < LeastBits)
                Add(FindingCodes.WeakSignature, depth, VerifyCode.DigestTooWeak, certificate.Signature.Name);
        }
    }

    private void JudgeName()
    {
        if (!HostNames.Match(sent[0], host, rules))
            Add(FindingCodes.NameMismatch, 0, HostNames.AddressOf(host) is null ? VerifyCode.HostMismatch : VerifyCode.AddressMismatch, HostNames.List(sent[0]));
    }

    private void JudgeSignaturesAndTimes()
    {
        var certificates = path.Certificates;
        for (var depth = certificates.Count - 1; depth >= 0; depth--)
        {
            if (depth < certificates.Count - 1)
                JudgeSignature(certificates[depth], certificates[depth + 1], depth);
            JudgeTime(certificates[depth], depth);
        }
    }

    private void JudgeSignature(CertificateFacts certificate, CertificateFacts issuer, int depth)
    {
        // libssl gives no way to name the identity that SM2 signatures of GB/T 20518 include, so that none of them ever verifies.
        if (certificate.Signature.IsSm2)
            Add(FindingCodes.Sm2Certificate, depth, VerifyCode.SignatureFailure, $"{certificate.Signature.Name} by {issuer.Subject.Text}");
        else if (issuer.KeyUsage is { } usage && !usage.HasFlag(KeyUsages.CertificateSign))
            Add(FindingCodes.WrongUsage, depth + 1, VerifyCode.MayNotSign, $"{issuer.Subject.Text} may not sign certificates");
        else if (SignatureCheck.Of(certificate, issuer) == SignatureState.Bad)
            Add(FindingCodes.InvalidSignature, depth, VerifyCode.SignatureFailure, $"not signed with the key of {issuer.Subject.Text}");
    }

    private void JudgeTime(CertificateFacts certificate, int depth)
    {
        var isAnchor = depth >= path.Untrusted || Issuing.IsSelfSigned(certificate, isOpenSsl1);
        if (certificate.NotBefore > now)
            Add(FindingCodes.NotYetValid, depth, VerifyCode.NotYetValid, Instant(certificate.NotBefore));
        else if (certificate.NotAfter <= now)
            Add(depth == 0 ? FindingCodes.Expired : isAnchor ? FindingCodes.ExpiredRoot : FindingCodes.ExpiredIntermediate, depth, VerifyCode.Expired, Instant(certificate.NotAfter));
    }

    private void JudgeNameConstraints()
    {
        var certificates = path.Certificates;
        for (var depth = certificates.Count - 1; depth >= 0; depth--)
        {
            if (depth > 0 && certificates[depth].IsSelfIssued)
                continue;
            for (var above = certificates.Count - 1; above > depth; above--)
            {
                if (certificates[above].NameConstraints is { } constraints && NameConstraintCheck.FirstViolation(certificates[depth], constraints, depth == 0) is { } violation)
                    Add(FindingCodes.NameNotPermitted, depth, violation.Code, $"{violation.Name}, by {certificates[above].Subject.Text}");
            }
        }
    }

    private int LeastBits => rules.SecurityLevel switch { <= 0 => 0, 1 => 80, 2 => 112, 3 => 128, 4 => 192, _ => 256 };

    // OpenSSL 1.1.1 rates a digest at half its length.
    private int SignatureBits(CertificateFacts certificate) => (isOpenSsl1, certificate.Signature.SecurityBits) switch
    {
        (true, 63) => 80,
        (true, 39) => 64,
        (_, var bits) => bits,
    };

    private bool IsWeakKey(CertificateFacts certificate)
    {
        var bits = certificate.Key switch
        {
            KeyKind.Rsa or KeyKind.Dsa => certificate.KeyBits switch { >= 15360 => 256, >= 7680 => 192, >= 3072 => 128, >= 2048 => 112, >= 1024 => 80, _ => 0 },
            KeyKind.Ec => certificate.KeyBits == 0 ? int.MaxValue : certificate.KeyBits / 2,
            _ => int.MaxValue,
        };
        return bits < LeastBits;
    }

    private static string KeyText(CertificateFacts certificate) => $"{certificate.Key switch { KeyKind.Rsa => "RSA", KeyKind.Dsa => "DSA", _ => "EC" }} {certificate.KeyBits} bits";

    private void Add(string code, int depth, int verifyCode, string detail)
    {
        var certificate = path.Certificates[depth];
        var place = 0;
        while (place < sent.Count && !sent[place].Equals(certificate))
            place++;
        faults.Add(new ChainFault(code, place < sent.Count ? place : null, verifyCode, detail));
    }

    internal static string Instant(DateTimeOffset instant) => instant.ToUniversalTime().ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture);
}

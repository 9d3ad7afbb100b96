using System.Runtime.CompilerServices;

namespace Anchorage.Trust;

/// <summary>Predicts whether one client trusts one target, from facts alone.</summary>
public static class ClientJudge
{
    private static readonly ConditionalWeakTable<BundleFacts, AnchorSet> parsed = [];
    private static readonly Lazy<AnchorSet> compiledIn = new(() => AnchorSet.Of(PublicRoots.Current.Select(root => root.Certificate)));

    /// <summary>The verdict.</summary>
    /// <param name="client">The client, with the trust that it effectively uses.</param>
    /// <param name="target">What a probe saw on the way that this client goes (through its proxy, if it has one).</param>
    /// <param name="machine">Clock and certificate files.</param>
    public static ClientVerdict Judge(ClientFacts client, TargetFacts target, MachineFacts machine)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(machine);
        var verdict = new ClientVerdict { Client = client.Id, Target = target.Url, Verdict = TrustVerdict.Unchecked };
        if (client.Broken is { } broken)
            return Untrusted(verdict, client.Python?.HasSsl == false ? FindingCodes.NoSslModule : FindingCodes.BadCaSetting, broken);
        if (!GoesThisWay(client, target))
            return verdict;
        if (target.Url.Scheme != Uri.UriSchemeHttps)
            return client.DisabledBy is null ? verdict : verdict with { Verdict = TrustVerdict.Disabled };
        if (FailureFor(client, target) is { } failure)
            return failure.Code.Length == 0 ? verdict : Untrusted(verdict, failure.Code, failure.Detail);
        if (client.Rules.FailsOnAddresses && HostNames.AddressOf(target.Url.IdnHost) is not null)
            return Untrusted(verdict, FindingCodes.ClientDefect, "this version fails on addresses without a name");
        if (client.DisabledBy is not null)
            return verdict with { Verdict = TrustVerdict.Disabled };
        if (BadBundle(client, machine) is { } bad)
            return Untrusted(verdict, FindingCodes.BadCaSetting, bad);
        var faults = Faults(client, target, machine);
        return verdict with { Verdict = faults.Count == 0 ? TrustVerdict.Trusted : TrustVerdict.Untrusted, Cause = faults.Count == 0 ? null : faults[0].Code, Faults = faults };
    }

    /// <summary>The anchors that a client has, as far as its files could be read.</summary>
    public static AnchorSet AnchorsOf(ClientFacts client, MachineFacts machine)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(machine);
        var sets = client.Trust.Select(source => AnchorsOf(source, machine)).ToList();
        return sets.Count == 1 ? sets[0] : AnchorSet.Union(sets);
    }

    /// <summary>True where the client reaches the target in the way that was probed.</summary>
    public static bool GoesThisWay(ClientFacts client, TargetFacts target)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(target);
        return client.Proxy?.Url == target.Proxy?.Url;
    }

    internal static bool IsOpenSsl1(ClientFacts client) => client.Python?.OpenSslVersion?.StartsWith("OpenSSL 1.", StringComparison.Ordinal) == true;

    private static AnchorSet AnchorsOf(TrustSource source, MachineFacts machine)
    {
        // uv and node have the public list in themselves.
        if (source is { Kind: TrustSourceKind.Certifi, Path: null })
            return compiledIn.Value;
        return source.Path is { } path && machine.Bundles.TryGetValue(path, out var bundle) && bundle.State == BundleState.Good ? AnchorsOf(bundle) : AnchorSet.Empty;
    }

    private static AnchorSet AnchorsOf(BundleFacts bundle) => parsed.GetValue(bundle, read => AnchorSet.Of(read.Certificates));

    private static ClientVerdict Untrusted(ClientVerdict verdict, string code, string detail) =>
        verdict with { Verdict = TrustVerdict.Untrusted, Cause = code, Faults = [new ChainFault(code, null, null, detail)] };

    // An empty code: this client would come further than the probe did, so that nothing is known.
    private static (string Code, string Detail)? FailureFor(ClientFacts client, TargetFacts target)
    {
        var code = WireCauses.CodeOf(target);
        if (code is null)
            return target.NeedsRsaKeyExchange && !OffersRsaKeyExchange(client) ? (FindingCodes.HandshakeRefused, "key exchange by RSA encryption only") : null;
        if (code == FindingCodes.ProxyMisconfigured && target.Chain.Count > 0 && SpeaksPlainToEveryProxy(client))
            return null;
        if (code == FindingCodes.ProxyAuthentication && target.Proxy is { HasCredentials: true } proxy && proxy.Url.Scheme == Uri.UriSchemeHttps)
            return ("", "");
        if (code == FindingCodes.TlsVersion && WireCauses.NewestOffered(target) is { } newest && newest >= client.Rules.MinimumTls)
            return ("", "");
        return (code, target.FailureDetail ?? "");
    }

    // urllib3 1.26, in pip since 20.3, was the first to speak TLS to a proxy.
    private static bool SpeaksPlainToEveryProxy(ClientFacts client) =>
        client.Kind == ClientKind.Pip && client.Version is { } version && Numbers(version) is var (major, minor) && (major, minor).CompareTo((20, 3)) < 0;

    // Python's own list has none since 3.10; the list of urllib3 1 has.
    private static bool OffersRsaKeyExchange(ClientFacts client) =>
        client.Python is not { } python || python.Version < new Version(3, 10) || client.Rules.Names == NameMatching.Python;

    private static (int Major, int Minor) Numbers(string version)
    {
        var parts = version.Split('.');
        return (int.TryParse(parts[0], out var major) ? major : int.MaxValue, parts.Length > 1 && int.TryParse(parts[1], out var minor) ? minor : 0);
    }

    private static string? BadBundle(ClientFacts client, MachineFacts machine)
    {
        foreach (var source in client.Trust)
        {
            if (source is { MustLoad: true, Path: { } path }
                && machine.Bundles.TryGetValue(path, out var bundle) && bundle.State is not (BundleState.Good or BundleState.DirectoryWithoutHashes))
                return $"{path}: {bundle.Problem ?? bundle.State.ToString()}";
        }
        return null;
    }

    private static IReadOnlyList<ChainFault> Faults(ClientFacts client, TargetFacts target, MachineFacts machine)
    {
        var anchors = AnchorsOf(client, machine);
        IReadOnlyList<ChainFault> Judged(IReadOnlyList<ReadOnlyMemory<byte>> chain, string host) =>
            ChainJudge.Judge(chain, anchors, client.Rules, host, machine.Now, IsOpenSsl1(client));

        if (target.ProxyChain.Count > 0 && target.Proxy is { } proxy && Judged(target.ProxyChain, proxy.Url.IdnHost) is { Count: > 0 } refused)
            return [.. refused.Select(fault => fault with { Detail = $"the proxy's own certificate: {fault.Detail}", Certificate = null })];
        var faults = Judged(target.Chain, target.Url.IdnHost);
        var at = faults.ToList().FindIndex(fault => fault is { Code: FindingCodes.UnknownRoot, OpenSslCode: VerifyCode.NoLocalIssuer });
        if (at < 0 || !IsIncomplete(target, anchors, (chain) => Judged(chain, target.Url.IdnHost)))
            return faults;
        var named = faults.ToList();
        named[at] = named[at] with { Code = FindingCodes.IncompleteChain };
        return named;
    }

    // Proven by the fetched issuer; without it, a lone leaf of an authority whose other certificates are known points to it.
    private static bool IsIncomplete(TargetFacts target, AnchorSet anchors, Func<IReadOnlyList<ReadOnlyMemory<byte>>, IReadOnlyList<ChainFault>> judge)
    {
        if (target.FetchedIssuer is { } der && CertificateFacts.TryRead(der, out var issuer, out _))
            return !issuer.IsSelfIssued || !judge([.. target.Chain, der]).Any(IsPathFault);
        if (target.Chain.Count != 1 || !CertificateFacts.TryRead(target.Chain[0], out var leaf, out _) || leaf.IsSelfIssued || anchors.WithSubject(leaf.Issuer).Count > 0)
            return false;
        if (leaf.HasTransparencyTimestamps)
            return true;
        return leaf.Issuer.Organization is { } organization
            && anchors.Certificates.Any(anchor => organization.Equals(anchor.Subject.Organization, StringComparison.OrdinalIgnoreCase));
    }

    internal static bool IsPathFault(ChainFault fault) =>
        fault.OpenSslCode is VerifyCode.NoIssuer or VerifyCode.NoLocalIssuer or VerifyCode.SelfSignedLeaf or VerifyCode.SelfSignedInChain;
}

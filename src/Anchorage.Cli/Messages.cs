// The doctor's words, in both languages side by side: whoever changes one sees the other.

using Anchorage.Trust;

namespace Anchorage.Cli;

/// <summary>Messages in one language.</summary>
internal sealed class Messages
{
    private readonly bool _chinese;

    private Messages(bool chinese) => _chinese = chinese;

    public static Messages In(string language) => new(language == "zh");

    public string Connection => Say("connection", "连接");

    public string Certificate => Say("certificate", "证书");

    public string Issuer => Say("issuer", "颁发者");

    public string Valid => Say("valid", "有效期");

    public string Names => Say("names", "名称");

    public string JudgedBy => Say("judged by", "依据的信任锚");

    public string Advice => Say("what to do", "处理办法");

    public string Trusted => Say("trusted", "受信任");

    public string NotTrusted => Say("NOT trusted", "不受信任");

    public string NotChecked => Say("could not be checked", "无法检查");

    public string Of(Severity severity) => severity switch
    {
        Severity.Warning => Say("warning", "警告"),
        Severity.Error => Say("error", "错误"),
        _ => Say("not checked", "未能检查"),
    };

    /// <summary>What was found, and what to do about it. No advice ever switches verification off.</summary>
    public (string Message, string Advice) Of(Finding finding, string host)
    {
        var (place, detail) = (finding.Certificate, finding.Detail);
        return finding.Kind switch
        {
            FindingKind.NameNotResolved => (
                Say($"The name {host} has no address ({detail}).", $"名称 {host} 无法解析（{detail}）。"),
                Say("Check the spelling, and whether this machine uses the DNS servers that know the name.", "请检查拼写，并确认本机使用的 DNS 服务器能解析该名称。")),
            FindingKind.ConnectionFailed => (
                Say($"No connection to {host}: {detail}.", $"无法连接 {host}：{detail}。"),
                Say("Check that the server runs, the port, and firewalls on the way.", "请检查服务器是否在运行、端口是否正确，以及沿途的防火墙。")),
            FindingKind.TimedOut => (
                Say($"{host} did not answer within {detail}.", $"{host} 在 {detail} 内没有应答。"),
                Say("A firewall that drops packets looks like this; so does a server under overload.", "丢弃数据包的防火墙会造成这种现象，服务器过载也会。")),
            FindingKind.NotTls => (
                Say("What answers on this port does not speak TLS.", "该端口上的服务不使用 TLS。"),
                Say("Check the port. If a proxy or block page answers here, ask the network team.", "请检查端口。如果是代理或拦截页面在应答，请联系网络管理员。")),
            FindingKind.HandshakeRefused => (
                Say($"The TLS handshake failed: {detail}", $"TLS 握手失败：{detail}"),
                Say("The server must offer TLS 1.2 or newer and know this host name (SNI).", "服务器必须提供 TLS 1.2 或更高版本，并认识此主机名（SNI）。")),
            FindingKind.SelfSigned => (
                Say($"The server certificate vouches for itself ({detail}).", $"服务器证书是自签名的（{detail}）。"),
                Say("Have the server use a certificate of an authority that clients trust; for Anchorage's built-in one, start it without Tls:Certificate.",
                    "请让服务器使用客户端信任的机构颁发的证书；若使用 Anchorage 内置机构，启动时不要设置 Tls:Certificate。")),
            FindingKind.RootNotTrusted => (
                Say($"The root of the chain is not a trust anchor: {detail}.", $"证书链的根不是信任锚：{detail}。"),
                Say("If its fingerprint above is the one your company publishes, trust it with --ca FILE (pip: --cert FILE or the 'cert' setting). If not, somebody may be reading along.",
                    "若上面的指纹与公司公布的一致，用 --ca FILE 信任它（pip：--cert FILE 或 cert 设置）。若不一致，可能有人在窃听。")),
            FindingKind.IssuerNotFound => (
                Say($"The issuer of certificate {place} is neither sent nor a trust anchor: {detail}.", $"证书 {place} 的颁发者既没有发送，也不是信任锚：{detail}。"),
                Say("If that issuer is an intermediate, the server must send it. If it is the root of a private authority, get its file from whoever runs the server and give it with --ca FILE.",
                    "若该颁发者是中间证书，服务器必须发送它。若它是私有机构的根证书，请向服务器管理员索取，并用 --ca FILE 指定。")),
            FindingKind.Expired => (
                Say($"Certificate {place} expired on {detail}.", $"证书 {place} 已于 {detail} 过期。"),
                Say("The server needs a new one. If other sites fail as well, check this machine's clock.", "服务器需要更新证书。若其他网站也失败，请检查本机时钟。")),
            FindingKind.NotYetValid => (
                Say($"Certificate {place} is not valid before {detail}.", $"证书 {place} 在 {detail} 之前无效。"),
                Say("Check this machine's clock first.", "请先检查本机时钟。")),
            FindingKind.WrongName => (
                Say($"The certificate is not for {host}, but for: {detail}.", $"证书不适用于 {host}，而适用于：{detail}。"),
                Say("Use one of those names, or get a certificate that has this one.", "请使用其中一个名称，或申请包含此名称的证书。")),
            FindingKind.NoAlternativeName => (
                Say($"The certificate has no subject alternative name, only {detail}.", $"证书没有主体备用名称，只有 {detail}。"),
                Say($"Get a certificate with {host} as alternative name: current clients ignore the common name.", $"请申请备用名称包含 {host} 的证书：当前的客户端忽略通用名称。")),
            FindingKind.WeakKey => (
                Say($"The key of certificate {place} is too weak ({detail}).", $"证书 {place} 的密钥太弱（{detail}）。"),
                Say("Current clients want RSA 2048 or ECDSA P-256 at least.", "当前的客户端至少要求 RSA 2048 或 ECDSA P-256。")),
            FindingKind.WeakSignature => (
                Say($"Certificate {place} is signed with {detail}, which clients refuse.", $"证书 {place} 使用 {detail} 签名，客户端会拒绝。"),
                Say("Have it issued again with SHA-256.", "请用 SHA-256 重新签发。")),
            FindingKind.NotForServers => (
                Say($"The certificate's usage excludes TLS servers ({detail}).", $"证书的用途不包括 TLS 服务器（{detail}）。"),
                Say("Ask for a certificate with the extended key usage serverAuth.", "请申请扩展密钥用途包含 serverAuth 的证书。")),
            FindingKind.NameNotPermitted => (
                Say($"An issuer in the chain may not vouch for {host} (name constraints; {detail}).", $"链中的颁发者无权为 {host} 作证（名称约束；{detail}）。"),
                Say("Use a name that the authority may vouch for, or a certificate of another authority.", "请使用该机构有权作证的名称，或其他机构的证书。")),
            FindingKind.BadSignature => (
                Say($"A signature does not verify: {detail}.", $"签名验证失败：{detail}。"),
                Say("Often an authority was renewed under its old name: get its current root.", "常见原因是机构以旧名称更换了密钥：请获取其当前的根证书。")),
            FindingKind.NoAuthorityKeyIdentifier => (
                Say("The certificate has no authority key identifier.", "证书没有颁发机构密钥标识符。"),
                Say("Python 3.13 and newer refuse it in strict mode, their default: have it issued again with one.", "Python 3.13 及更高版本默认的严格模式会拒绝它：请重新签发并包含该标识符。")),
            _ => (
                Say($"The chain is not valid: {detail}.", $"证书链无效：{detail}。"),
                Say("Show this line to whoever runs the server.", "请把这一行交给服务器管理员。")),
        };
    }

    private string Say(string english, string chinese) => _chinese ? chinese : english;
}

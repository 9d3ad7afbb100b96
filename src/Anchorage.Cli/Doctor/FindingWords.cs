using Anchorage.Trust;

namespace Anchorage.Cli;

/// <summary>One plain sentence for each finding. The first half of a sentence must do for somebody who has never heard of certificates.</summary>
internal static class FindingWords
{
    private static readonly Dictionary<string, Words> Sentences = new()
    {
        [FindingCodes.UnknownRoot] = new(
            "{host} shows a certificate from an authority that these programs do not know[: {issuer}].[ (An authority of this name is known, with another key: {replaced}.)] If it is your company's, its root certificate must be installed once.",
            "{host} 的证书由这些程序不认识的机构签发[：{issuer}]。[（已知同名机构，但密钥不同：{replaced}。）]如果它是贵公司的机构，需要安装一次它的根证书。"),
        [FindingCodes.Intercepted] = new(
            "Something between this machine and {host} replaces the certificate by its own[ ({issuer})]. In companies this is usually a security gateway, whose root certificate must be installed.",
            "本机与 {host} 之间有设备用自己的证书替换了服务器的证书[（{issuer}）]。在公司里这通常是安全网关，需要安装它的根证书。"),
        [FindingCodes.SelfSigned] = new(
            "{host} vouches for itself: its certificate is self-signed[ ({subject})], so nobody can tell it from an impostor.",
            "{host} 的证书是自签名的[（{subject}）]，无法与冒充者区分。"),
        [FindingCodes.IncompleteChain] = new(
            "{host} does not send its whole chain: the intermediate certificate[ {issuer}] is missing. The server must be corrected; nothing on this machine is wrong.",
            "{host} 没有发送完整的证书链：缺少中间证书[ {issuer}]。需要修正的是服务器，本机没有问题。"),
        [FindingCodes.Expired] = new("The certificate of {host} has expired[ on {date}].", "{host} 的证书已过期[（{date}）]。"),
        [FindingCodes.ExpiredIntermediate] = new(
            "An intermediate certificate that {host} sends has expired[ on {date}][: {subject}].", "{host} 发送的中间证书已过期[（{date}）][：{subject}]。"),
        [FindingCodes.ExpiredRoot] = new(
            "The root certificate that {host} relies on has expired[ on {date}][: {subject}].", "{host} 所依赖的根证书已过期[（{date}）][：{subject}]。"),
        [FindingCodes.NotYetValid] = new("The certificate of {host} is not valid yet[: it begins on {date}].", "{host} 的证书尚未生效[（{date} 起）]。"),
        [FindingCodes.ClockWrong] = new(
            "The clock of this machine is wrong[: it shows {clock}][, and others say {server-date}]. Certificates look expired or not yet valid because of it.",
            "本机的时钟不对[：现在显示 {clock}][，而服务器显示 {server-date}]，因此证书看起来已过期或尚未生效。"),
        [FindingCodes.NameMismatch] = new(
            "The certificate is not for {host}[, but for {names}].", "证书不属于 {host}[，而属于 {names}]。"),
        [FindingCodes.WeakSignature] = new(
            "A certificate of {host} is signed with an algorithm that is no longer safe[ ({detail})].", "{host} 的证书使用了不再安全的签名算法[（{detail}）]。"),
        [FindingCodes.WeakKey] = new("The key of {host} is too short to be safe[ ({detail})].", "{host} 的密钥太短，不安全[（{detail}）]。"),
        [FindingCodes.WrongUsage] = new(
            "A certificate of {host} is not meant for what it is used for[ ({detail})].", "{host} 的证书用途不符[（{detail}）]。"),
        [FindingCodes.TlsVersion] = new(
            "{host} offers only old versions of TLS[ ({versions})] that Python refuses.", "{host} 只提供 Python 拒绝使用的旧版 TLS[（{versions}）]。"),
        [FindingCodes.HandshakeRefused] = new(
            "{host} refused the encrypted connection[: {detail}].", "{host} 拒绝了加密连接[：{detail}]。"),
        [FindingCodes.SniRejected] = new(
            "The server at this address does not know the name {host}.", "该地址上的服务器不认识名称 {host}。"),
        [FindingCodes.ClientCertificateRequired] = new(
            "{host} asks for a client certificate, and none is configured.", "{host} 要求客户端证书，但没有配置。"),
        [FindingCodes.PlainHttp] = new(
            "Something at {host} answers without encryption where HTTPS was expected.", "{host} 在应使用 HTTPS 的端口上以明文应答。"),
        [FindingCodes.NotTls] = new("What answers at {host} does not speak TLS.", "{host} 上应答的服务不使用 TLS。"),
        [FindingCodes.ConnectionRefused] = new("Nothing accepts connections at {host}[, port {port}].", "{host}[ 的端口 {port}] 没有接受连接的服务。"),
        [FindingCodes.ConnectionReset] = new("The connection to {host} was cut. Firewalls do this.", "与 {host} 的连接被切断，防火墙会造成这种现象。"),
        [FindingCodes.Timeout] = new("{host} does not answer in time. A firewall that drops packets looks like this.", "{host} 没有及时应答，丢弃数据包的防火墙会造成这种现象。"),
        [FindingCodes.Dns] = new("The name {host} has no address: it is misspelt, or known only to another DNS server.", "名称 {host} 没有地址：可能拼写有误，或只有别的 DNS 服务器认识它。"),
        [FindingCodes.ProxyAuthentication] = new(
            "The proxy[ {proxy}] wants a user name and password[ ({schemes})].", "代理[ {proxy}] 要求用户名和密码[（{schemes}）]。"),
        [FindingCodes.ProxyRefused] = new("The proxy[ {proxy}] does not let through to {host}[: {status}].", "代理[ {proxy}] 不允许访问 {host}[：{status}]。"),
        [FindingCodes.ProxyUnreachable] = new("The proxy[ {proxy}] cannot be reached.", "无法连接代理[ {proxy}]。"),
        [FindingCodes.ProxyMisconfigured] = new("The proxy setting is wrong[: {detail}].", "代理设置有误[：{detail}]。"),
        [FindingCodes.Sm2Certificate] = new(
            "{host} uses a certificate with Chinese national algorithms (SM2/SM3, GB/T 20518). It may be genuine, but Python and pip cannot use it.",
            "{host} 使用国密证书（SM2/SM3，GB/T 20518）。证书可能是真实的，但 Python 和 pip 无法使用。"),
        [FindingCodes.Revoked] = new("The certificate of {host} has been revoked by its authority.", "{host} 的证书已被颁发机构吊销。"),
        [FindingCodes.InvalidSignature] = new(
            "A certificate of {host} was not signed by the key it names[ ({issuer})]: often an authority that was renewed under its old name.",
            "{host} 的证书不是由其标明的密钥签名的[（{issuer}）]：常见于机构以原名更换密钥之后。"),
        [FindingCodes.NotStrict] = new(
            "The chain of {host} does not meet the strict rules of Python 3.13[: {detail}].", "{host} 的证书链不符合 Python 3.13 的严格规则[：{detail}]。"),
        [FindingCodes.NameNotPermitted] = new(
            "The authority behind {host} may not vouch for this name[ ({detail})].", "{host} 背后的机构无权为该名称签发证书[（{detail}）]。"),

        [FindingCodes.StaleRoots] = new(
            "The list of trusted authorities of this system[ ({system})] is out of date: {count} of today's public roots are missing[, among them the one that is needed here: {root}].",
            "本系统[（{system}）]的受信任机构列表已过时：缺少 {count} 个现行公共根证书[，其中包括此处需要的 {root}]。"),
        [FindingCodes.MissingRoots] = new(
            "This system[ ({system})] has no list of trusted authorities: the package ca-certificates is missing or empty.",
            "本系统[（{system}）]没有受信任机构列表：缺少 ca-certificates 软件包，或其内容为空。"),
        [FindingCodes.StaleCertifi] = new(
            "The list of trusted authorities that pip carries with it is too old[ and lacks {root}].", "pip 自带的受信任机构列表太旧[，缺少 {root}]。"),
        [FindingCodes.CertifiConfusion] = new(
            "Certificate lists inside Python packages were changed by hand[ ({count} of them)]: the change is lost with the next upgrade, and each program reads a copy of its own.",
            "有人手工修改了 Python 软件包内的证书列表[（共 {count} 份）]：下次升级就会丢失，而且每个程序读取的是各自的一份。"),
        [FindingCodes.BadCaSetting] = new(
            "A setting points to a certificate file that cannot do[: {setting} → {path}][ ({problem})].", "有一项设置指向了不可用的证书文件[：{setting} → {path}][（{problem}）]。"),
        [FindingCodes.OverriddenCaSetting] = new(
            "The certificate setting in {setting} has no effect: {winner} wins over it[, and that one lacks {root}].", "{setting} 中的证书设置没有生效：{winner} 的优先级更高[，而后者缺少 {root}]。"),
        [FindingCodes.PythonOpenSslDirectory] = new(
            "{python} was built to look for certificates in a place that does not exist[ ({path})].", "{python} 编译时指定的证书位置不存在[（{path}）]。"),
        [FindingCodes.NoSslModule] = new(
            "{python} was built without TLS: no https:// address works with it.", "{python} 编译时没有包含 TLS：无法访问任何 https:// 地址。"),
        [FindingCodes.VerificationDisabled] = new(
            "Certificate checking is switched off by {setting}[ ({name})]: anybody on the way can replace what is installed.",
            "{setting}[（{name}）]关闭了证书校验：途中的任何人都可以替换所安装的内容。"),
        [FindingCodes.HttpIndex] = new("An index is asked without encryption[: {value}].", "有一个索引使用未加密的地址[：{value}]。"),
        [FindingCodes.ExtraIndex] = new(
            "A second index is asked for every package[: {value}]. A stranger who takes a private name there is installed instead.",
            "每个软件包都会再查询第二个索引[：{value}]。如果有人在那里抢注了私有名称，就会装上陌生人的软件包。"),
        [FindingCodes.ClientDefect] = new("This version of the program has a defect that keeps it from working here.", "该程序的这个版本有缺陷，因此在此无法工作。"),
    };

    private static readonly Dictionary<string, Words> Defects = new()
    {
        ["ip-address"] = new(
            "pip 24.2 to 26.0 cannot use an index whose address is a number ({host}), however good its certificate is.",
            "pip 24.2 至 26.0 无法使用以 IP 地址表示的索引（{host}），无论证书多么正确。"),
        ["build-isolation"] = new(
            "pip up to 24.3 forgets --cert when it builds a package: put the setting into pip's configuration instead.",
            "pip 24.3 及更早版本在构建软件包时会丢失 --cert：请改为写入 pip 的配置文件。"),
        ["patched-tls"] = new(
            "Something changes Python's TLS at every start[ ({path})]; pip 24.2 and newer can crash because of it.",
            "有程序在每次启动时修改 Python 的 TLS[（{path}）]，可能导致 pip 24.2 及更高版本崩溃。"),
    };

    /// <summary>The sentence of a finding.</summary>
    public static string Of(TrustFinding finding, Language language)
    {
        var values = new Dictionary<string, string>(finding.Values);
        values.TryAdd("host", finding.Target?.IdnHost ?? "");
        values.TryAdd("port", finding.Target?.Port.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "");
        if (language == Language.Chinese && finding.Code == FindingCodes.BadCaSetting && values.TryGetValue("state", out var state) && ChineseState(state) is { } problem)
        {
            values["problem"] = problem;
        }
        var words = finding.Values.TryGetValue("defect", out var defect) && Defects.TryGetValue(defect, out var special) ? special
            : Sentences.GetValueOrDefault(finding.Code, new Words(finding.Code, finding.Code));
        return Terminal.CleanLine(words.Fill(language, values));
    }

    /// <summary>The codes that have a sentence: a test compares them with the contract.</summary>
    public static IEnumerable<string> Codes => Sentences.Keys;

    private static string? ChineseState(string state) => state switch
    {
        nameof(BundleState.Missing) => "文件不存在",
        nameof(BundleState.Unreadable) => "文件不可读",
        nameof(BundleState.NotAFile) => "不是普通文件",
        nameof(BundleState.NoCertificates) => "其中没有 PEM 证书",
        nameof(BundleState.Damaged) => "有损坏的内容，整个文件无法使用",
        nameof(BundleState.DirectoryWithoutHashes) => "目录中没有哈希文件名",
        "Replacing" => "它替换了所有其他证书，并且缺少所需的公共根证书",
        _ => null,
    };
}

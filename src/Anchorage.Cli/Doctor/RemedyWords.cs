using Anchorage.Trust;

namespace Anchorage.Cli;

/// <summary>What each remedy does, in one sentence.</summary>
internal static class RemedyWords
{
    private static readonly Dictionary<string, Words> Sentences = new()
    {
        [RemedyIds.RefreshSystemRoots] = new("Bring the system's list of trusted authorities up to date.", "更新系统的受信任机构列表。"),
        [RemedyIds.InstallSystemRoot] = new(
            "Install the company's root certificate in the system's store; its fingerprint must come from the IT department, not from this connection.",
            "把公司的根证书安装到系统证书库；指纹必须来自 IT 部门，而不是来自此连接。"),
        [RemedyIds.PythonBundle] = new(
            "Give pip one maintained list: the current public roots and the company's, named in pip's configuration. It lasts through upgrades.",
            "为 pip 提供一份统一维护的列表：现行公共根证书加公司根证书，写入 pip 的配置，升级后仍然有效。"),
        [RemedyIds.UpgradePip] = new("Upgrade pip: it brings its own list of authorities.", "升级 pip：它自带受信任机构列表。"),
        [RemedyIds.UpgradeCertifi] = new("Upgrade certifi. It helps requests, httpx and conda; pip never reads it.", "升级 certifi。它对 requests、httpx 和 conda 有效；pip 从不读取它。"),
        [RemedyIds.RepairSetting] = new("Correct the setting: let it name one maintained list of certificates.", "修正该设置，让它指向一份统一维护的证书列表。"),
        [RemedyIds.UnsetVariable] = new(
            "Remove the variable {setting} from where it is set (shell profile, /etc/environment, the CI's settings): a running shell can only be changed by you.",
            "在设置变量 {setting} 的地方（shell 配置、/etc/environment、CI 设置）删除它：正在运行的 shell 只能由您自己更改。"),
        [RemedyIds.RemoveUnsafeSetting] = new("Remove the setting that switches checking off, as soon as trust works without it.", "在信任恢复正常后，删除关闭校验的设置。"),
        [RemedyIds.FixMode] = new("Let everybody read the certificate file; certificates are not secret.", "让所有用户都能读取该证书文件；证书不是机密。"),
        [RemedyIds.UseHttps] = new("Use the https:// address of the index.", "使用索引的 https:// 地址。"),
        [RemedyIds.SingleIndex] = new(
            "Use one index that serves private packages and passes on public ones, in place of a second one.", "改用一个同时提供私有软件包并转发公共软件包的索引，取代第二个索引。"),
        [RemedyIds.SetSslCertFile] = new("Tell this Python where the system's list is.", "告诉这个 Python 系统证书列表的位置。"),
        [RemedyIds.ReinstallPython] = new("Install the OpenSSL development files, then build or install this Python again.", "安装 OpenSSL 开发文件，然后重新编译或安装这个 Python。"),
        [RemedyIds.UseHostName] = new("Address the index by its name instead of its number.", "用主机名而不是 IP 地址访问索引。"),
        [RemedyIds.RestorePackage] = new("Restore the package's own certificate list.", "恢复软件包自带的证书列表。"),
        [RemedyIds.RemovePatch] = new("Remove what changes TLS at every start (a .pth file or sitecustomize); pip 24.2 and newer use the system's store by themselves.",
            "删除每次启动时修改 TLS 的内容（.pth 文件或 sitecustomize）；pip 24.2 及更高版本会自动使用系统证书库。"),
        [RemedyIds.SetClock] = new("Set the clock, and let it follow a time server. On a virtual machine or in a container this belongs to the host.",
            "校准时钟，并与时间服务器同步。在虚拟机或容器中，需要在宿主机上进行。"),
        [RemedyIds.FixProxySetting] = new("Correct the proxy setting; keep passwords out of files that others read.", "修正代理设置；不要把密码放在他人可读的文件里。"),
        [RemedyIds.CheckAddress] = new("Check the address: host name, port, and https://.", "检查地址：主机名、端口和 https://。"),
        [RemedyIds.AskServerOwner] = new("Ask the owner of the server to correct it: only they can. The report says what to change.", "请服务器的负责人修正：只有他们能做到。报告中说明了要改什么。"),
        [RemedyIds.AskNetworkTeam] = new("Ask the network team. The report says what was seen.", "请联系网络管理员。报告中说明了所观察到的情况。"),
        [RemedyIds.AskCompanyRoot] = new(
            "Ask the IT department for the root certificate and its SHA-256 fingerprint. Never take them from the connection that is in doubt.",
            "向 IT 部门索取根证书及其 SHA-256 指纹。切勿从有疑问的连接中获取。"),
        [RemedyIds.AskRsaCertificate] = new(
            "Ask the owner of the index for an additional RSA or ECDSA certificate, or for a TLS front end that has one. Nothing on this machine can help.",
            "请索引的负责人另外部署 RSA 或 ECDSA 证书，或在前面部署带有这种证书的 TLS 代理。本机无法解决。"),
    };

    /// <summary>The sentence of a remedy.</summary>
    public static string Of(Remedy remedy, Language language) =>
        Terminal.CleanLine(Sentences.GetValueOrDefault(remedy.Id, new Words(remedy.Id, remedy.Id)).Fill(language, remedy.Values));

    public static IEnumerable<string> Ids => Sentences.Keys;
}

// `--report FILE`: a page that a person forwards to the one who can act. Facts, fingerprints, and what is asked for.

using System.Globalization;
using System.Text;
using Anchorage.Trust;

namespace Anchorage.Cli;

internal static class ReportPage
{
    public static string Write(DoctorReport report, Language language)
    {
        var page = new StringBuilder();
        string Say(string english, string chinese) => language.Say(english, chinese);
        page.Append(CultureInfo.InvariantCulture, $"# {Say("TLS trust report", "TLS 信任报告")}\n\n");
        page.Append(CultureInfo.InvariantCulture, $"{Say("Made by", "生成工具：")} anchorage doctor, {report.CheckedAt.UtcDateTime:yyyy-MM-dd HH:mm'Z'}, {Text(report.System)}\n\n");
        page.Append(Say(
            "Please do not answer with a way to switch certificate checking off: it would let anybody on the network replace the software that is installed.\n",
            "请不要建议关闭证书校验：那样网络上的任何人都能替换所安装的软件。\n"));
        foreach (var finding in report.Findings.Where(finding => finding.Severity != "info"))
        {
            Finding(page, finding, language, 2);
        }
        foreach (var target in report.Targets)
        {
            page.Append(CultureInfo.InvariantCulture, $"\n## {Say("Seen at", "所见：")} {Text(target.Url)}\n\n");
            page.Append(CultureInfo.InvariantCulture, $"- {Say("address", "地址")}: {string.Join(", ", target.Addresses)}\n");
            page.Append(CultureInfo.InvariantCulture, $"- {Say("proxy", "代理")}: {Text(target.Proxy ?? Say("none", "无"))}\n");
            page.Append(CultureInfo.InvariantCulture, $"- TLS: {target.Tls?.Version ?? target.Failure ?? "-"}\n");
            for (var place = 0; place < target.Chain.Count; place++)
            {
                var certificate = target.Chain[place];
                page.Append(CultureInfo.InvariantCulture, $"\n### {Say("Certificate", "证书")} {place} {Say("as sent", "（按服务器发送的顺序）")}\n\n");
                page.Append(CultureInfo.InvariantCulture, $"- {Say("subject", "主体")}: {Text(certificate.Subject ?? "?")}\n- {Say("issuer", "颁发者")}: {Text(certificate.Issuer ?? "?")}\n");
                page.Append(CultureInfo.InvariantCulture, $"- {Say("valid", "有效期")}: {certificate.NotBefore:yyyy-MM-dd HH:mm'Z'} – {certificate.NotAfter:yyyy-MM-dd HH:mm'Z'}\n");
                page.Append(CultureInfo.InvariantCulture, $"- {Say("names", "名称")}: {Text(string.Join(", ", certificate.Names))}\n");
                page.Append(CultureInfo.InvariantCulture, $"- {Say("key", "密钥")}: {Text(certificate.Key ?? "?")}, {Say("signature", "签名算法")}: {Text(certificate.Signature ?? "?")}\n");
                page.Append(CultureInfo.InvariantCulture, $"- SHA-256: `{certificate.Sha256}`\n");
            }
        }
        page.Append(CultureInfo.InvariantCulture, $"\n## {Say("Programs", "程序")}\n\n");
        foreach (var client in report.Clients)
        {
            var trust = string.Join(", ", client.Trust.Select(source => source.Kind + (source.Path is null ? "" : $" {source.Path}") + (source.Because is null ? "" : $" ({source.Because})")));
            page.Append(CultureInfo.InvariantCulture, $"- {Text(client.Id)}: **{client.Verdict}**; {Text(trust)}\n");
        }
        return page.ToString();
    }

    private static void Finding(StringBuilder page, ReportedFinding finding, Language language, int level)
    {
        page.Append(CultureInfo.InvariantCulture, $"\n{new string('#', level)} `{finding.Code}` ({finding.Severity})\n\n{Text(finding.Summary)}\n\n");
        foreach (var line in finding.Evidence)
        {
            page.Append(CultureInfo.InvariantCulture, $"- {Text(line)}\n");
        }
        if (finding.Clients.Count > 0)
        {
            page.Append(CultureInfo.InvariantCulture, $"\n{language.Say("Hit", "受影响")}: {Text(string.Join(", ", finding.Clients))}\n");
        }
        if (finding.Remedies.Count > 0)
        {
            page.Append(CultureInfo.InvariantCulture, $"\n{language.Say("What to do, best first", "处理办法（按优先顺序）")}:\n\n");
            foreach (var remedy in finding.Remedies)
            {
                page.Append(CultureInfo.InvariantCulture, $"1. {Text(remedy.Summary)}\n");
                foreach (var command in remedy.Commands)
                {
                    page.Append(CultureInfo.InvariantCulture, $"\n       {Terminal.CleanLine(command)}\n");
                }
            }
        }
        foreach (var consequence in finding.Consequences)
        {
            page.Append(CultureInfo.InvariantCulture, $"\n{language.Say("It follows", "由此导致")}: `{consequence.Code}` {Text(consequence.Summary)}\n");
        }
    }

    // A subject of a certificate must not become a link, an image or a heading on the page of whoever reads it.
    private static string Text(string text)
    {
        var clean = new StringBuilder();
        foreach (var character in Terminal.CleanLine(text))
        {
            if ("\\`*_{}[]<>#|!&~".Contains(character, StringComparison.Ordinal))
            {
                clean.Append('\\');
            }
            clean.Append(character);
        }
        return clean.ToString();
    }
}

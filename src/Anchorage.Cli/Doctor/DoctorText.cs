// The report for people. The order is that of the questions somebody asks: does it work; if not, why, in one sentence; who
// is hit; what do I type; and only then, how do you know.

using System.Text;
using Anchorage.Trust;

namespace Anchorage.Cli;

/// <summary>Writes a diagnosis for a terminal.</summary>
internal sealed class DoctorText(Language language, int columns, bool isColoured)
{
    private const int NamedClients = 6;
    private const int CountedClients = 8;
    private const int ShownEvidence = 6;
    private const int ShownConsequences = 4;
    private const int ShownCommands = 6;
    private readonly StringBuilder _text = new();
    private int _all;

    public string Write(
        MachineFacts machine, IReadOnlyList<TargetFacts> targets, IReadOnlyList<ClientVerdict> verdicts, IReadOnlyList<TrustFinding> findings, bool isDetailed)
    {
        var shown = findings.Where(finding => isDetailed || finding.Severity != FindingSeverity.Info).ToList();
        foreach (var target in targets)
        {
            WriteTarget(target, verdicts);
        }
        _all = machine.Clients.Count;
        if (shown.Count > 0)
        {
            _text.Append('\n');
            WriteFinding(shown[0], isFirst: true);
            WriteEvidence(shown[0]);
        }
        if (shown.Count > 1)
        {
            _text.Append('\n').Append(Bold(Say("Also found", "另外还发现"))).Append('\n');
            foreach (var finding in shown.Skip(1))
            {
                _text.Append('\n');
                WriteFinding(finding, isFirst: false);
            }
        }
        WriteHidden(findings.Count - shown.Count, machine);
        WriteConclusion(machine, targets, verdicts, findings);
        return _text.ToString();
    }

    private void WriteTarget(TargetFacts target, IReadOnlyList<ClientVerdict> verdicts)
    {
        _text.Append(Bold(Terminal.CleanLine(target.Url.AbsoluteUri))).Append('\n');
        var connection = string.Join(", ", new[]
        {
            target.Addresses.Count > 0 ? target.Addresses[0].ToString() : null,
            target.Protocol is { } protocol ? ReportedTarget.Name(protocol) : null,
            target.Proxy is { } proxy ? Say("through the proxy ", "经由代理 ") + proxy.Url.GetLeftPart(UriPartial.Authority) : null,
            target.Elapsed is { } elapsed ? $"{elapsed.TotalMilliseconds:0} ms" : null,
        }.OfType<string>());
        if (connection.Length > 0)
        {
            Line(connection, "  ");
        }
        // One program can have several verdicts, one for each way that was probed: the worst one counts.
        var worst = verdicts.Where(verdict => verdict.Target == target.Url).GroupBy(verdict => verdict.Client)
            .Select(group => (Client: group.Key, Verdict: DoctorVerdict.Worst([.. group]))).ToList();
        foreach (var group in worst.GroupBy(found => found.Verdict).OrderBy(group => group.Key))
        {
            var label = group.Key switch
            {
                TrustVerdict.Trusted => Say("trusted by", "信任："),
                TrustVerdict.Untrusted => Say("refused by", "拒绝："),
                TrustVerdict.Disabled => Say("not even checked by", "不做校验："),
                _ => Say("not known for", "未知："),
            };
            var clients = group.Select(found => found.Client).ToList();
            var list = clients.Count == worst.Count && clients.Count > 1 ? Say($"all {clients.Count} programs", $"全部 {clients.Count} 个程序")
                : clients.Count > CountedClients ? Say($"{clients.Count} of {worst.Count} programs", $"{worst.Count} 个程序中的 {clients.Count} 个") : ClientList(clients);
            Line($"{label}{(language == Language.Chinese ? "" : " ")}{list}", "  ", "    ");
        }
    }

    private void WriteFinding(TrustFinding finding, bool isFirst)
    {
        var label = finding.Severity switch
        {
            FindingSeverity.Error => Colour(Say("ERROR", "错误"), 31),
            FindingSeverity.Warning => Colour(Say("WARNING", "警告"), 33),
            _ => Say("NOTE", "提示"),
        };
        _text.Append(label).Append("  ").Append(finding.Code).Append(finding.Confidence == Confidence.Certain ? "" : Say("  (likely, not certain)", "（可能，但不确定）")).Append('\n');
        Line(FindingWords.Of(finding, language), "  ");
        if (finding.Clients.Count > 0)
        {
            Line(Say("Hit: ", "受影响：") + ClientList(finding.Clients), "  ", "    ");
        }
        foreach (var consequence in finding.Consequences.Take(ShownConsequences))
        {
            Line($"{Say("therefore", "因此")} {consequence.Code}: {FindingWords.Of(consequence, language)}", "  - ", "    ");
        }
        WriteRemedies(finding, isFirst);
    }

    private void WriteRemedies(TrustFinding finding, bool isFirst)
    {
        if (finding.Remedies.Count == 0)
        {
            return;
        }
        _text.Append("  ").Append(Bold(Say("What to do", "处理办法"))).Append('\n');
        var number = 0;
        foreach (var remedy in finding.Remedies.Take(isFirst ? 4 : 2))
        {
            var notes = string.Join(Say(", ", "，"), new[]
            {
                remedy.IsAutomatic ? Say("--fix can do it", "--fix 可以完成") : null,
                remedy.NeedsAdministrator ? Say("needs administrator rights", "需要管理员权限") : null,
            }.OfType<string>());
            Line($"{RemedyWords.Of(remedy, language)}{(notes.Length > 0 ? language == Language.Chinese ? $"（{notes}）" : $" ({notes})" : "")}", $"  {++number}. ", "     ");
            foreach (var command in remedy.Commands.Take(ShownCommands))
            {
                // Never wrapped: it is there to be copied.
                _text.Append("       ").Append(Terminal.CleanLine(command)).Append('\n');
            }
        }
    }

    private void WriteEvidence(TrustFinding finding)
    {
        if (finding.Evidence.Count == 0)
        {
            return;
        }
        _text.Append("  ").Append(Bold(Say("How this is known", "依据"))).Append('\n');
        foreach (var line in finding.Evidence.Take(ShownEvidence))
        {
            Line(line, "  - ", "    ");
        }
    }

    private void WriteHidden(int hidden, MachineFacts machine)
    {
        foreach (var gap in machine.Gaps.Take(3))
        {
            Line(Say("Not looked at: ", "未能检查：") + gap, "", "  ");
        }
        if (hidden > 0)
        {
            _text.Append('\n').Append(Say($"{hidden} more {(hidden == 1 ? "note" : "notes")}: add --all.", $"另有 {hidden} 条提示：加 --all 查看。")).Append('\n');
        }
    }

    private void WriteConclusion(MachineFacts machine, IReadOnlyList<TargetFacts> targets, IReadOnlyList<ClientVerdict> verdicts, IReadOnlyList<TrustFinding> findings)
    {
        _text.Append('\n');
        switch (DoctorVerdict.ExitCode(machine, targets, verdicts, findings))
        {
            case ExitCode.Success:
                _text.Append(Colour(Say("trusted", "受信任"), 32)).Append('\n');
                break;
            case ExitCode.Unchecked:
                More();
                _text.Append(Say("could not be checked", "无法检查")).Append('\n');
                break;
            default:
                More();
                _text.Append(Colour(Say("NOT trusted", "不受信任"), 31)).Append('\n');
                break;
        }

        void More()
        {
            if (findings.Count > 0)
            {
                Line(Say($"More about it: anchorage explain {findings[0].Code}", $"详细说明：anchorage explain {findings[0].Code} --lang zh"), "");
            }
        }
    }

    // pip first: it is what people type.
    private string ClientList(IReadOnlyList<string> clients)
    {
        if (clients.Count > NamedClients && clients.Count == _all)
        {
            return Say($"all {clients.Count} programs that were found", $"找到的全部 {clients.Count} 个程序");
        }
        var ordered = clients.OrderBy(id => !id.StartsWith("pip ", StringComparison.Ordinal)).Select(Terminal.CleanLine);
        var named = string.Join(Say(", ", "、"), ordered.Take(NamedClients));
        return clients.Count > NamedClients ? named + Say($" and {clients.Count - NamedClients} more", $" 等 {clients.Count} 个") : named;
    }

    private void Line(string text, string first, string? rest = null) => _text.Append(TextLayout.Wrap(Terminal.CleanLine(text), columns, first, rest ?? first)).Append('\n');

    private string Say(string english, string chinese) => language.Say(english, chinese);

    private string Bold(string text) => Colour(text, 1);

    // Every coloured word says by itself what its colour says.
    private string Colour(string text, int code) => isColoured ? $"\e[{code}m{text}\e[0m" : text;
}

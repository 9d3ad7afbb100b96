using Anchorage.Trust;

namespace Anchorage.Cli;

/// <summary>The conversation of <c>doctor --fix</c>, on standard error: standard output is for the report.</summary>
internal static class FixDialogue
{
    public static async Task<IReadOnlyList<ReportedRepair>> RunAsync(Examination examination, DoctorOptions options, CancellationToken cancellationToken)
    {
        string Say(string english, string chinese) => options.Language.Say(english, chinese);
        var roots = options.Roots.Count > 0 || options.IsAgreed ? options.Roots : WireRoot.Ask(examination, options.Language);
        var targets = examination.Targets.Where(target => target.Failure is null || target.Chain.Count > 0).Select(target => target.Url).ToList();
        var session = new RepairSession(
            examination.Machine, examination.Findings, targets, roots, options.Scope, new UndoJournal(UndoJournal.DefaultDirectory(), TimeProvider.System), TimeProvider.System);
        var results = await session.RunAsync(
            proposal => IsAgreed(proposal, options),
            client => Progress.Tell(Say($"trying {client}", $"正在试用 {client}")),
            cancellationToken);
        Progress.Clear();
        foreach (var result in results)
        {
            var word = result.Outcome switch
            {
                RepairOutcome.Applied => Say("done", "完成"),
                RepairOutcome.Reverted => Say("did not help, so everything is as before", "没有效果，已全部恢复原状"),
                RepairOutcome.Declined => Say("left out", "已跳过"),
                _ => Say("failed, and everything is as before", "失败，已全部恢复原状"),
            };
            Console.Error.WriteLine(Terminal.CleanLine($"{Sentence(result.Repair, options.Language)} {word}{(result.UndoId is null ? "" : Say($"; to take it back: anchorage undo {result.UndoId}", $"；撤销：anchorage undo {result.UndoId}"))}"));
            foreach (var line in result.Proof)
            {
                Console.Error.WriteLine(Terminal.CleanLine("  " + line));
            }
        }
        if (results.Count == 0)
        {
            Console.Error.WriteLine(Say("There is nothing here that this program can repair by itself; see what to do below.", "这里没有本程序能自行修复的问题；请看下面的处理办法。"));
        }
        return [.. results.Select(result => new ReportedRepair(result.Repair.Remedy, Sentence(result.Repair, options.Language), result.Outcome.ToString().ToLowerInvariant(), result.UndoId))];
    }

    private static bool IsAgreed(ProposedRepair proposal, DoctorOptions options)
    {
        Progress.Clear();
        Console.Error.WriteLine(Sentence(proposal, options.Language));
        foreach (var change in proposal.Changes)
        {
            Console.Error.WriteLine(Terminal.CleanLine("  " + change));
        }
        if (options.IsAgreed)
        {
            return true;
        }
        Console.Error.Write(options.Language.Say("Do it? It can be taken back. [y/N] ", "是否执行？可以撤销。[y/N] "));
        return Console.ReadLine()?.Trim() is "y" or "Y" or "yes" or "是";
    }

    private static string Sentence(ProposedRepair proposal, Language language) => RemedyWords.Of(new Remedy { Id = proposal.Remedy, Values = proposal.Values }, language);
}

/// <summary>One line on a terminal that says what takes time; nothing elsewhere.</summary>
internal static class Progress
{
    private static readonly Lock _lock = new();
    private static int _width;

    public static void Tell(string text)
    {
        if (Console.IsErrorRedirected)
        {
            return;
        }
        lock (_lock)
        {
            var line = Terminal.CleanLine(text) + " …";
            Console.Error.Write($"\r{line}{new string(' ', Math.Max(0, _width - TextLayout.Width(line)))}");
            _width = TextLayout.Width(line);
        }
    }

    public static void Clear()
    {
        lock (_lock)
        {
            if (_width > 0)
            {
                Console.Error.Write($"\r{new string(' ', _width)}\r");
                _width = 0;
            }
        }
    }
}

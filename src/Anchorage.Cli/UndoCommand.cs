using System.CommandLine;
using System.Text.Json;
using Anchorage.Trust;

namespace Anchorage.Cli;

/// <summary><c>anchorage undo [ID]</c>.</summary>
internal static class UndoCommand
{
    public static Command Create()
    {
        var id = new Argument<string?>("ID") { Description = "The change to take back; without it, the changes are listed", Arity = ArgumentArity.ZeroOrOne };
        var json = new Option<bool>("--json") { Description = "Print the list as JSON" };
        var root = new Option<string?>("--root") { Description = "The directory that stands for /", HelpName = "DIR", Hidden = true };
        var command = new Command("undo", """
            Take a repair back: every file is again as it was, byte for byte

            Example:
              anchorage undo
              anchorage undo 20261125-093000-5f3c
            """)
        { id, json, root };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var journal = new UndoJournal(UndoJournal.DefaultDirectory(parsed.GetValue(root)), TimeProvider.System);
            if (parsed.GetValue(id) is not { } wanted)
            {
                List(journal, parsed.GetValue(json));
                return ExitCode.Success;
            }
            var outcome = await TrustCommands.ChangeAsync(() => journal.UndoAsync(wanted, cancellationToken))
                ?? throw new UsageException($"There is no change '{wanted}' to take back. `anchorage undo` lists them.");
            foreach (var restored in outcome.Restored)
            {
                Console.Error.WriteLine(Terminal.CleanLine($"as before: {restored}"));
            }
            foreach (var left in outcome.Left)
            {
                Console.Error.WriteLine(Terminal.CleanLine(left));
            }
            return outcome.Left.Count == 0 ? ExitCode.Success : ExitCode.Findings;
        });
        return command;
    }

    private static void List(UndoJournal journal, bool isJson)
    {
        var entries = journal.List();
        if (isJson)
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(
                [.. entries.Select(entry => new ListedUndo(entry.Id, entry.CreatedAt, entry.Remedy, entry.Summary, entry.State.ToString().ToLowerInvariant()))], TrustJson.Default.ListListedUndo));
            return;
        }
        foreach (var entry in entries)
        {
            var state = entry.State switch { JournalState.Applied => "applied", JournalState.Undone => "taken back", _ => "interrupted" };
            Console.Out.WriteLine(string.Join('\t', new[] { entry.Id, state, entry.Remedy, entry.Summary }.Select(Terminal.CleanLine)));
        }
        if (entries.Count == 0)
        {
            Console.Error.WriteLine("nothing was changed on this machine");
        }
    }
}

internal sealed record ListedUndo(string Id, DateTimeOffset CreatedAt, string Remedy, string Summary, string State);

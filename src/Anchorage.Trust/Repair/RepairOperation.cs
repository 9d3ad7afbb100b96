using System.Text;

namespace Anchorage.Trust;

/// <summary>One step of a repair. Each knows what must be on record before it is done.</summary>
internal abstract record RepairOperation;

/// <summary>Puts a file's content in place of another; <see cref="Content"/> gets the old bytes, and null removes the file.</summary>
internal sealed record WriteFile(string Path, Func<byte[], byte[]?> Content, UnixFileMode ModeIfNew) : RepairOperation
{
    /// <summary>A change of a text file, which stays in the encoding that it has.</summary>
    public static WriteFile Text(string path, Func<string, string> change, UnixFileMode modeIfNew) =>
        new(path, content => Encoding.UTF8.GetBytes(change(new UTF8Encoding(false, true).GetString(content))), modeIfNew);
}

/// <summary>Adds permissions to a file.</summary>
internal sealed record SetMode(string Path, UnixFileMode Add) : RepairOperation;

/// <summary>Runs a command of the system.</summary>
internal sealed record RunCommand(IReadOnlyList<string> Command) : RepairOperation;

/// <summary>Puts on record the command that takes back those that follow.</summary>
internal sealed record UndoBy(IReadOnlyList<string> Command) : RepairOperation;

/// <summary>Keeps a file that a following command rebuilds.</summary>
internal sealed record SnapshotRebuilt(string Path) : RepairOperation;

/// <summary>Keeps the bundle that following commands rebuild, and the command that rebuilds it without what follows.</summary>
internal sealed record StoreRebuild(string Bundle, IReadOnlyList<string> UndoCommand) : RepairOperation;

/// <summary>A repair: what it is for, whom it helps, and its steps.</summary>
internal sealed record Repair
{
    /// <summary>A constant of <see cref="RemedyIds"/>.</summary>
    public required string Remedy { get; init; }

    /// <summary>Values for its sentence.</summary>
    public IReadOnlyDictionary<string, string> Values { get; init; } = new Dictionary<string, string>();

    /// <summary>What will change, a line each, for the question and the journal.</summary>
    public required IReadOnlyList<string> Changes { get; init; }

    /// <summary>The pip clients that must work afterwards.</summary>
    public required IReadOnlyList<ClientFacts> Clients { get; init; }

    /// <summary>The steps.</summary>
    public required IReadOnlyList<RepairOperation> Operations { get; init; }

    /// <summary>True where verification was off before: what is in the clients' caches is unproven.</summary>
    public bool LeavesUnprovenCache { get; init; }

    /// <summary>True for repairs that make nothing work that did not: they must break nothing.</summary>
    public bool OnlyTightens { get; init; }
}

/// <summary>Does the steps of a repair, each after its record is durable.</summary>
internal static class RepairExecution
{
    /// <summary>Applies a repair; where a step fails, those before it are taken back and the failure is thrown.</summary>
    public static async Task<UndoRecord> ApplyAsync(Repair repair, UndoJournal journal, CancellationToken cancellationToken)
    {
        var record = journal.Begin(repair.Remedy, string.Join("; ", repair.Changes));
        try
        {
            foreach (var operation in repair.Operations)
            {
                record = await ApplyAsync(operation, record, journal, cancellationToken);
            }
            return journal.Write(WithWrittenHashes(record) with { State = JournalState.Applied });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or DecoderFallbackException or OperationCanceledException)
        {
            await journal.UndoAsync(record, CancellationToken.None);
            throw;
        }
    }

    private static async Task<UndoRecord> ApplyAsync(RepairOperation operation, UndoRecord record, UndoJournal journal, CancellationToken cancellationToken)
    {
        switch (operation)
        {
            case WriteFile write:
                return Write(write, record, journal);
            case SetMode mode:
                var file = SavedFile.Of(mode.Path);
                record = journal.Write(Add(record, new JournalChange { File = file with { Written = SavedFile.HashOf(file.Path) } }));
                if (!OperatingSystem.IsWindows())
                {
                    File.SetUnixFileMode(file.Path, File.GetUnixFileMode(file.Path) | mode.Add);
                }
                return record;
            case RunCommand run:
                (await ChildProgram.RunAsync(run.Command[0], [.. run.Command.Skip(1)], Quiet, ChildProgram.Patience, cancellationToken)).MustSucceed();
                return record;
            case UndoBy undo:
                return journal.Write(Add(record, new JournalChange { UndoCommand = undo.Command }));
            case SnapshotRebuilt snapshot:
                return journal.Write(Add(record, new JournalChange { File = SavedFile.Of(snapshot.Path, isRebuilt: true) }));
            case StoreRebuild rebuild:
                // Plain files among the links are somebody's own work, which the command replaces by links.
                foreach (var path in PlainFilesBeside(rebuild.Bundle))
                {
                    record = Add(record, new JournalChange { File = SavedFile.Of(path, isRebuilt: true) });
                }
                return journal.Write(Add(record, new JournalChange { UndoCommand = rebuild.UndoCommand }));
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    private static UndoRecord Write(WriteFile write, UndoRecord record, UndoJournal journal)
    {
        var file = SavedFile.Of(write.Path);
        var content = write.Content(file.Content);
        if (content is not null && file.Existed && content.AsSpan().SequenceEqual(file.Content))
        {
            return record;
        }
        var missing = MissingDirectories(file.Path);
        record = journal.Write(Add(record, new JournalChange { File = file with { MadeDirectories = missing } }));
        if (content is null)
        {
            File.Delete(file.Path);
            return record;
        }
        SavedFile.MakeDirectories(file.Path);
        SavedFile.Write(file.Path, content, file.Existed ? (UnixFileMode)file.Mode : write.ModeIfNew, file.Owner, file.Group);
        return record;
    }

    private static IEnumerable<string> PlainFilesBeside(string bundle)
    {
        const int MaxFiles = 100;
        var directory = Path.GetDirectoryName(bundle)!;
        var files = Directory.Exists(directory) ? Directory.EnumerateFiles(directory).Where(path => new FileInfo(path).LinkTarget is null).Order(StringComparer.Ordinal).Take(MaxFiles) : [];
        return files.Append(bundle).Distinct();
    }

    private static List<string> MissingDirectories(string path)
    {
        var missing = new List<string>();
        for (var directory = Path.GetDirectoryName(path); directory is { Length: > 0 } && !Directory.Exists(directory); directory = Path.GetDirectoryName(directory))
        {
            missing.Insert(0, directory);
        }
        return missing;
    }

    private static UndoRecord Add(UndoRecord record, JournalChange change) => record with { Changes = [.. record.Changes, change] };

    private static UndoRecord WithWrittenHashes(UndoRecord record) => record with
    {
        Changes = [.. record.Changes.Select(change => change.File is { } file ? change with { File = file with { Written = SavedFile.HashOf(file.Path) } } : change)],
    };

    private static readonly Dictionary<string, string?> Quiet = new() { ["DEBIAN_FRONTEND"] = "noninteractive" };
}

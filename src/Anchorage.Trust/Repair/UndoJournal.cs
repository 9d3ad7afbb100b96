// What a repair changed, written down before it changes it. One JSON file for each repair, in a directory that only the
// owner may enter: /var/lib/anchorage/undo for root, the user's state directory otherwise. A journal that says "open" was
// interrupted; undoing it puts back whatever was already changed.

using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Anchorage.Trust;

/// <summary>How far a repair came.</summary>
public enum JournalState
{
    /// <summary>Begun; where no process works on it, it was interrupted.</summary>
    Open,
    /// <summary>Done.</summary>
    Applied,
    /// <summary>Taken back.</summary>
    Undone,
}

/// <summary>One thing that a repair changed, in the order of changes. A file, or a command that takes something back.</summary>
internal sealed record JournalChange
{
    public SavedFile? File { get; init; }

    /// <summary>The command that takes a command of the repair back, program first.</summary>
    public IReadOnlyList<string>? UndoCommand { get; init; }
}

/// <summary>The journal of one repair.</summary>
internal sealed record UndoRecord
{
    public int Schema { get; init; } = 1;
    public required string Id { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required string Remedy { get; init; }
    public required string Summary { get; init; }
    public required JournalState State { get; init; }
    public IReadOnlyList<JournalChange> Changes { get; init; } = [];
}

/// <summary>A repair that can be, or was, taken back.</summary>
/// <param name="Id">Its name for <c>anchorage undo</c>.</param>
/// <param name="CreatedAt">When.</param>
/// <param name="Remedy">A constant of <see cref="RemedyIds"/>.</param>
/// <param name="Summary">What it changed.</param>
/// <param name="State">How far it came.</param>
public sealed record UndoEntry(string Id, DateTimeOffset CreatedAt, string Remedy, string Summary, JournalState State);

/// <summary>What taking a repair back came to.</summary>
/// <param name="Restored">Files that are again as they were.</param>
/// <param name="Left">Files that somebody changed after the repair: they were left as they are, with the reason.</param>
public sealed record UndoOutcome(IReadOnlyList<string> Restored, IReadOnlyList<string> Left);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, WriteIndented = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(UndoRecord))]
internal sealed partial class JournalJson : JsonSerializerContext;

/// <summary>The journals of this machine or user.</summary>
public sealed class UndoJournal(string directory, TimeProvider time)
{
    private const int MaxBytes = 64 << 20;
    private const int MaxJournals = 1000;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>The place of journals: <c>ANCHORAGE_STATE</c>, else root's below <paramref name="root"/>, else the user's (XDG base directories).</summary>
    public static string DefaultDirectory(string? root = null)
    {
        if (Environment.GetEnvironmentVariable("ANCHORAGE_STATE") is { Length: > 0 } chosen)
        {
            return Path.Combine(Path.GetFullPath(chosen), "undo");
        }
        if (root is not null || FileOwner.IsAdministrator() && !OperatingSystem.IsWindows())
        {
            return Path.Combine(root ?? "/", "var/lib/anchorage/undo");
        }
        var state = Environment.GetEnvironmentVariable("XDG_STATE_HOME") is { Length: > 0 } home ? home
            : OperatingSystem.IsWindows() ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local", "state");
        return Path.Combine(state, "anchorage", "undo");
    }

    /// <summary>Every repair on record, the last one first. A file that is no journal is left out.</summary>
    public IReadOnlyList<UndoEntry> List() => !Directory.Exists(directory) ? [] :
    [
        .. Directory.EnumerateFiles(directory, "*.json").Order(StringComparer.Ordinal).TakeLast(MaxJournals).Reverse().Select(Read).OfType<UndoRecord>()
            .Select(record => new UndoEntry(record.Id, record.CreatedAt, record.Remedy, record.Summary, record.State)),
    ];

    /// <summary>Takes one repair back; null where there is no such repair, or it is taken back already.</summary>
    /// <exception cref="IOException">Something cannot be put back; the journal stays as it is, and undo can be tried again.</exception>
    /// <exception cref="UnauthorizedAccessException">It needs more rights.</exception>
    public async Task<UndoOutcome?> UndoAsync(string id, CancellationToken cancellationToken)
    {
        if (id.Length == 0 || id.Any(character => !char.IsAsciiLetterOrDigit(character) && character != '-') || Read(PathOf(id)) is not { State: not JournalState.Undone } record)
        {
            return null;
        }
        return await UndoAsync(record, cancellationToken);
    }

    internal UndoRecord Begin(string remedy, string summary)
    {
        SavedFile.MakeDirectories(Path.Combine(directory, "x"));
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(directory, OwnerOnly | UnixFileMode.UserExecute);
        }
        var now = time.GetUtcNow();
        var id = now.UtcDateTime.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture) + "-" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(2));
        var record = new UndoRecord { Id = id, CreatedAt = now, Remedy = remedy, Summary = summary, State = JournalState.Open };
        Write(record);
        return record;
    }

    /// <summary>Makes a record durable: before the change that it describes.</summary>
    internal UndoRecord Write(UndoRecord record)
    {
        SavedFile.Write(PathOf(record.Id), JsonSerializer.SerializeToUtf8Bytes(record, JournalJson.Default.UndoRecord), OwnerOnly, null, null);
        return record;
    }

    internal async Task<UndoOutcome> UndoAsync(UndoRecord record, CancellationToken cancellationToken)
    {
        // A repair that failed at its first step changed nothing, and its commands may not even be permitted.
        var isUnchanged = record.State == JournalState.Open && record.Changes.Any(change => change.File is not null) && record.Changes.All(change => change.File?.IsAsBefore() != false);
        // Before any command: it may rebuild files that nobody has touched since.
        var wasUntouched = record.Changes.Select(change => change.File is { } file && (record.State == JournalState.Open || file.IsAsWritten())).ToList();
        var (restored, left) = (new List<string>(), new List<string>());
        for (var place = record.Changes.Count - 1; place >= 0; place--)
        {
            var change = record.Changes[place];
            if (change.UndoCommand is { Count: > 0 } command)
            {
                if (isUnchanged)
                {
                    continue;
                }
                (await ChildProgram.RunAsync(command[0], [.. command.Skip(1)], null, ChildProgram.Patience, cancellationToken)).MustSucceed();
            }
            else if (isUnchanged && change.File is { Existed: true })
            {
                continue;
            }
            else if (change.File is { } file && wasUntouched[place])
            {
                file.Restore();
                restored.Add(file.Path);
            }
            else if (change.File is { IsRebuilt: false } changed)
            {
                left.Add($"{changed.Path} was changed after the repair; it was left as it is");
            }
        }
        Write(record with { State = JournalState.Undone });
        return new UndoOutcome(restored, left);
    }

    private string PathOf(string id) => Path.Combine(directory, id + ".json");

    private static UndoRecord? Read(string path)
    {
        try
        {
            if (!File.Exists(path) || new FileInfo(path).Length > MaxBytes)
            {
                return null;
            }
            using var file = File.OpenRead(path);
            return JsonSerializer.Deserialize(file, JournalJson.Default.UndoRecord);
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}

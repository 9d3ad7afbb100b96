using System.Text.Json.Serialization;

namespace Anchorage.Server.Audit;

/// <summary>What happened, to what, by whom. One event is less than 64 KiB as JSON: longer fields are cut, never the event.</summary>
internal sealed record AuditEvent
{
    public required string Action { get; init; }            // file.upload, file.download, file.revalidate, file.delete, release.yank, token.create, …
    public required string Outcome { get; init; }           // intent | ok | denied | failed | aborted
    public string? Actor { get; init; }                     // principal, e.g. token:7Q2… or anonymous
    public string? ClientAddress { get; init; }
    public string? UserAgent { get; init; }
    public string? Index { get; init; }
    public string? Project { get; init; }
    public string? Version { get; init; }
    public string? File { get; init; }
    public string? Sha256 { get; init; }
    public long? Size { get; init; }
    public long? Bytes { get; init; }
    public string? Reason { get; init; }
    public string? RequestId { get; init; }

    /// <summary>True where fields were cut to fit; set by the log.</summary>
    public bool? Truncated { get; init; }

    /// <summary>The same event with no text longer than <paramref name="maxCharacters"/>.</summary>
    public AuditEvent Cut(int maxCharacters)
    {
        return this with
        {
            Action = CutText(Action)!,
            Outcome = CutText(Outcome)!,
            Actor = CutText(Actor),
            ClientAddress = CutText(ClientAddress),
            UserAgent = CutText(UserAgent),
            Index = CutText(Index),
            Project = CutText(Project),
            Version = CutText(Version),
            File = CutText(File),
            Sha256 = CutText(Sha256),
            Reason = CutText(Reason),
            RequestId = CutText(RequestId),
            Truncated = true,
        };

        string? CutText(string? text) => text is null || text.Length <= maxCharacters ? text : string.Concat(text.AsSpan(0, maxCharacters), "…");
    }
}

/// <summary>An event as it lies in the record.</summary>
internal sealed record AuditRecord
{
    /// <summary>Version of this form.</summary>
    public required int V { get; init; }

    /// <summary>When the event was put on record.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>Which node wrote it.</summary>
    public required string Node { get; init; }

    /// <summary>Its place in the record of that node, from 1 and without gaps.</summary>
    public required long Seq { get; init; }

    public required AuditEvent Event { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(AuditRecord))]
internal sealed partial class AuditJson : JsonSerializerContext;

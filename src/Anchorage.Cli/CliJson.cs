using System.Text.Json;
using System.Text.Json.Serialization;

namespace Anchorage.Cli;

/// <summary>Every JSON shape of this program, source-generated: native code has no reflection to fall back on.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true, WriteIndented = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(TokenRequest))]
[JsonSerializable(typeof(Token))]
[JsonSerializable(typeof(List<Token>))]
[JsonSerializable(typeof(YankRequest))]
[JsonSerializable(typeof(Problem))]
[JsonSerializable(typeof(Change))]
internal sealed partial class CliJson : JsonSerializerContext
{
    private static CliJson? _readable;

    /// <summary>Output for people's eyes as well: names in any script stay readable.</summary>
    public static CliJson Readable => _readable ??= new(new JsonSerializerOptions(Default.Options)
    {
        TypeInfoResolver = null,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.Create(System.Text.Unicode.UnicodeRanges.All),
    });
}

/// <summary>POST /api/tokens.</summary>
internal sealed record TokenRequest(string Name, IReadOnlyList<TokenScope> Scopes, int? ExpiresInDays);

/// <summary>What a token may do where.</summary>
internal sealed record TokenScope(string Index, string Project, IReadOnlyList<string> Actions)
{
    public override string ToString() => $"{Index}/{Project}:{string.Join(',', Actions)}";
}

/// <summary>A token as the API shows it; its text only in the answer to its creation.</summary>
internal sealed record Token
{
    public required string Id { get; init; }

    [JsonPropertyName("token")]
    public string? Text { get; init; }

    public string? Kind { get; init; }
    public string? Name { get; init; }
    public string? Owner { get; init; }
    public IReadOnlyList<TokenScope>? Scopes { get; init; }
    public DateTimeOffset? CreatedAt { get; init; }
    public DateTimeOffset? ExpiresAt { get; init; }
    public DateTimeOffset? RevokedAt { get; init; }
}

/// <summary>POST …/yank.</summary>
internal sealed record YankRequest(string? Reason);

/// <summary>How many files a change touched.</summary>
internal sealed record Change(int Files);

/// <summary>application/problem+json (RFC 9457).</summary>
internal sealed record Problem(string? Title, string? Detail);

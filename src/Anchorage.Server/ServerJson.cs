using System.Text.Json;
using System.Text.Json.Serialization;
using Anchorage.Server.Identity;

namespace Anchorage.Server;

/// <summary>JSON of the API and of small JSON columns, generated at compile time: no reflection at start.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(IReadOnlyList<Scope>))]
[JsonSerializable(typeof(string[]))]
[JsonSerializable(typeof(TokenRequest))]
[JsonSerializable(typeof(TokenAnswer))]
[JsonSerializable(typeof(List<TokenAnswer>))]
[JsonSerializable(typeof(Index.IndexRequest))]
[JsonSerializable(typeof(Index.IndexDescription))]
[JsonSerializable(typeof(List<Index.IndexDescription>))]
[JsonSerializable(typeof(Upstreams.UpstreamSettings))]
[JsonSerializable(typeof(Projects.StatusRequest))]
[JsonSerializable(typeof(Projects.YankRequest))]
[JsonSerializable(typeof(Projects.ChangeAnswer))]
internal sealed partial class ServerJson : JsonSerializerContext;

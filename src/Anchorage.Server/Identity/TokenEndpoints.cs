using System.Text.Json;
using Anchorage.Packaging;
using Anchorage.Server.Audit;
using Anchorage.Server.Permissions;

namespace Anchorage.Server.Identity;

/// <summary>POST /api/tokens.</summary>
internal sealed record TokenRequest(string? Name, IReadOnlyList<ScopeRequest>? Scopes, int? ExpiresInDays);

/// <summary>A scope as asked for: index and project default to all.</summary>
internal sealed record ScopeRequest(string? Index, string? Project, IReadOnlyList<AccessAction>? Actions);

/// <summary>A token as the API shows it: <see cref="Token"/> only once, in the answer to its creation.</summary>
internal sealed record TokenAnswer
{
    public required string Id { get; init; }
    public string? Token { get; init; }
    public required string Kind { get; init; }
    public required string Name { get; init; }
    public required string Owner { get; init; }
    public required IReadOnlyList<Scope> Scopes { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? ExpiresAt { get; init; }
    public DateTimeOffset? RevokedAt { get; init; }
}

/// <summary>Creating, listing and revoking tokens. Every change is on record before it takes effect.</summary>
internal sealed class TokenEndpoints(TokenStore tokens, Access access, AuditLog audit, TimeProvider time)
{
    private const int DefaultDays = 90;
    private const int MaxDays = 365;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/tokens", CreateAsync);
        routes.MapGet("/api/tokens", ListAsync);
        routes.MapDelete("/api/tokens/{id}", RevokeAsync);
    }

    private async Task CreateAsync(HttpContext context)
    {
        if (await access.RequireAsync(context, "*", null, AccessAction.Admin) is not { } principal)
            return;
        var (request, problem) = await RequestBody.ReadAsync(context, ServerJson.Default.TokenRequest);
        if (request is null || !TryReadScopes(request, out var scopes, out problem))
        {
            await problem!.WriteAsync(context);
            return;
        }
        var days = request.ExpiresInDays ?? DefaultDays;
        if (days is < 1 or > MaxDays)
        {
            await Problems.RequestInvalid($"expires_in_days is {days}; a token lives 1 to {MaxDays} days.").WriteAsync(context);
            return;
        }
        var token = ApiTokenText.Create();
        var entry = AuditEvents.For(context, principal, "token.create", "intent") with
        {
            Reason = $"token {token.Id} '{request.Name}' {JsonSerializer.Serialize(scopes, ServerJson.Default.IReadOnlyListScope)}",
        };
        await audit.AppendAsync(entry, context.RequestAborted);
        var stored = await tokens.CreateAsync(token, "user", request.Name!, principal.Id, scopes, time.GetUtcNow().AddDays(days), CancellationToken.None);
        audit.Post(entry with { Outcome = "ok" });
        context.Response.StatusCode = 201;
        context.Response.Headers.CacheControl = "no-store";
        await context.Response.WriteAsJsonAsync(ToAnswer(stored) with { Token = token.Reveal() }, ServerJson.Default.TokenAnswer);
    }

    private async Task ListAsync(HttpContext context)
    {
        if (await access.RequireAsync(context, "*", null, AccessAction.Admin) is null)
            return;
        var all = await tokens.ListAsync(context.RequestAborted);
        await context.Response.WriteAsJsonAsync(all.ConvertAll(ToAnswer), ServerJson.Default.ListTokenAnswer);
    }

    private async Task RevokeAsync(HttpContext context)
    {
        if (await access.RequireAsync(context, "*", null, AccessAction.Admin) is not { } principal)
            return;
        var id = (string)context.Request.RouteValues["id"]!;
        var entry = AuditEvents.For(context, principal, "token.revoke", "intent") with { Reason = "token " + id };
        await audit.AppendAsync(entry, context.RequestAborted);
        var isRevoked = await tokens.RevokeAsync(id, CancellationToken.None);
        audit.Post(entry with { Outcome = isRevoked ? "ok" : "failed" });
        if (isRevoked)
            context.Response.StatusCode = 204;
        else
            await Problems.NotFound($"There is no live token with the id '{id}'.").WriteAsync(context);
    }

    private static bool TryReadScopes(TokenRequest request, out IReadOnlyList<Scope> scopes, out Problem? problem)
    {
        scopes = [];
        problem = null;
        if (request.Name is not { Length: > 0 and <= 100 } || request.Name.Any(char.IsControl))
            problem = Problems.RequestInvalid("name is missing: say in up to 100 printable characters what the token is for.");
        else if (request.Scopes is not { Count: > 0 and <= 100 } asked)
            problem = Problems.RequestInvalid("scopes is missing: list what the token may do, e.g. [{\"index\": \"main\", \"project\": \"*\", \"actions\": [\"read\", \"upload\"]}].");
        else if (asked.Any(static scope => scope?.Actions is not { Count: > 0 and <= 10 } || !scope.Actions.All(Enum.IsDefined)))
            problem = Problems.RequestInvalid("A scope has no actions: give at least one of read, upload, manage, admin.");
        else if (asked.FirstOrDefault(static scope => !IsIndex(scope.Index ?? "*")) is { } unknown)
            problem = Problems.RequestInvalid($"'{unknown.Index}' is no index: an index's name, or * for all.");
        else if (asked.FirstOrDefault(scope => !IsPattern(scope.Project ?? "*")) is { } wrong)
            problem = Problems.RequestInvalid($"'{wrong.Project}' is no project pattern: a project name, a name's beginning followed by *, or *.");
        else
            scopes = [.. asked.Select(scope => new Scope(scope.Index ?? "*", NormalizePattern(scope.Project ?? "*"), scope.Actions!))];
        return problem is null;
    }

    // Not only those that exist: a token may be made before its index is.
    private static bool IsIndex(string index) => index == "*" || (index.Length <= 50 && ProjectName.IsNormalized(index));

    private static bool IsPattern(string pattern)
    {
        if (pattern == "*" || ProjectName.TryParse(pattern, out _))
            return true;
        return pattern.EndsWith('*') && ProjectName.TryParse(pattern[..^1].TrimEnd('-', '_', '.'), out _);
    }

    private static string NormalizePattern(string pattern)
    {
        if (pattern == "*")
            return pattern;
        var stem = pattern.TrimEnd('*');
        var name = ProjectName.Parse(stem.TrimEnd('-', '_', '.')).ToString();
        if (stem.Length > 0 && stem[^1] is '-' or '_' or '.')
            name += "-";
        return pattern.EndsWith('*') ? name + "*" : name;
    }

    private static TokenAnswer ToAnswer(StoredToken token) => new()
    {
        Id = token.Id,
        Kind = token.Kind,
        Name = token.Name,
        Owner = token.Owner,
        Scopes = token.Scopes,
        CreatedAt = token.CreatedAt,
        ExpiresAt = token.ExpiresAt,
        RevokedAt = token.RevokedAt,
    };
}

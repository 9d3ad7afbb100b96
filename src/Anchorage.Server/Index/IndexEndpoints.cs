using Anchorage.Server.Audit;
using Anchorage.Server.Identity;
using Anchorage.Server.Permissions;
using Anchorage.Server.Upstreams;
using Anchorage.Trust;

namespace Anchorage.Server.Index;

/// <summary>PUT /api/indexes/{name}.</summary>
internal sealed record IndexRequest(string? Kind, IReadOnlyList<string>? Sources, string? UpstreamUrl, string? TrustAnchors)
{
    /// <summary>How the upstream is reached; absent = all defaults.</summary>
    public UpstreamSettings? Upstream { get; init; }
}

/// <summary>An index as the API shows it.</summary>
internal sealed record IndexDescription(string Name, string Kind, IReadOnlyList<string> Sources, string? UpstreamUrl, bool HasTrustAnchors)
{
    public UpstreamSettings? Upstream { get; init; }
}

/// <summary>Listing and defining indexes.</summary>
internal sealed class IndexEndpoints(IndexCatalog catalog, Access access, AuditLog audit)
{
    /// <summary>First path segments that routes use, and those that are kept for later ones.</summary>
    private static readonly HashSet<string> ReservedNames = new(StringComparer.Ordinal)
    {
        "api", "packages", "osv", "health", "metrics", "why", "simple", "legacy", "pypi-json", "trust", "static", "login", "logout", "admin", "_",
    };

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/indexes", ListAsync);
        routes.MapPut("/api/indexes/{name}", SaveAsync);
    }

    private async Task ListAsync(HttpContext context)
    {
        if (await access.RequireKnownAsync(context) is not { } principal)
            return;
        var visible = catalog.All
            .Where(index => access.AllowsSome(principal, index.Definition.Name, AccessAction.Read))
            .Select(static index => Describe(index.Definition)).ToList();
        if (visible.Count == 0 && principal.IsAnonymous)
        {
            await Problems.CredentialsMissing().WriteAsync(context);
            return;
        }
        await context.Response.WriteAsJsonAsync(visible, ServerJson.Default.ListIndexDescription);
    }

    private async Task SaveAsync(HttpContext context)
    {
        var name = (string)context.Request.RouteValues["name"]!;
        if (await access.RequireAsync(context, name, null, AccessAction.Admin) is not { } principal)
            return;
        var (request, problem) = await RequestBody.ReadAsync(context, ServerJson.Default.IndexRequest);
        problem ??= Check(name, request!) ?? CheckRights(name, request!, principal);
        if (problem is not null)
        {
            await problem.WriteAsync(context);
            return;
        }
        var upstream = request!.UpstreamUrl is { } url ? new Uri(url.EndsWith('/') ? url : url + "/") : null;
        var entry = AuditEvents.For(context, principal, "index.save", "intent") with
        {
            Index = name,
            Reason = $"{request.Kind} sources={string.Join(',', request.Sources ?? [])} upstream={upstream}",
        };
        await audit.AppendAsync(entry, context.RequestAborted);
        await catalog.SaveAsync(name, request.Kind!, request.Sources ?? [], upstream, request.TrustAnchors, request.Upstream, CancellationToken.None);
        audit.Post(entry with { Outcome = "ok" });
        await context.Response.WriteAsJsonAsync(Describe(catalog.Find(name)!.Definition), ServerJson.Default.IndexDescription);
    }

    private Problem? Check(string name, IndexRequest request)
    {
        if (name.Length > 50 || !Packaging.ProjectName.IsNormalized(name))
            return Problems.RequestInvalid($"'{name}' is no index name: lower-case letters, digits and single dashes, at most 50.");
        if (ReservedNames.Contains(name))
            return Problems.RequestInvalid($"The name '{name}' is used by the registry's own addresses. Choose another.");
        if (request.Kind is not (IndexDefinition.Hosted or IndexDefinition.Mirror))
            return Problems.RequestInvalid("kind must be 'hosted' (takes uploads, may have sources) or 'mirror' (has an upstream).");
        if (catalog.Find(name) is { } existing && existing.Definition.Kind != request.Kind)
            return Problems.RequestInvalid($"'{name}' is a {existing.Definition.Kind} index and stays one. Create another index instead.");
        if (request.Kind == IndexDefinition.Mirror && (!Uri.TryCreate(request.UpstreamUrl, UriKind.Absolute, out var url) || url.Scheme is not ("https" or "http") || url.UserInfo.Length > 0))
            return Problems.RequestInvalid("A mirror needs upstream_url: the https address of its Simple API, without credentials in it.");
        if (request.Kind == IndexDefinition.Hosted && request.UpstreamUrl is not null)
            return Problems.RequestInvalid("A hosted index has no upstream_url. Create a mirror and name it in sources.");
        if (request.Kind == IndexDefinition.Hosted && request.Upstream is not null)
            return Problems.RequestInvalid("A hosted index has no upstream settings. Create a mirror and name it in sources.");
        if (request.Upstream?.FindProblem() is { } wrongSetting)
            return Problems.RequestInvalid("upstream." + wrongSetting);
        foreach (var source in request.Sources ?? [])
        {
            if (source is null || source == name || catalog.Find(source) is null)
                return Problems.RequestInvalid($"'{source}' cannot be a source: it must be another index that exists.");
        }
        try
        {
            if (request.TrustAnchors is { } pem)
            {
                TrustAnchors.ReadPem(pem);
                if (pem.Contains('\0', StringComparison.Ordinal))
                    return Problems.RequestInvalid("trust_anchors has a NUL character.");
            }
        }
        catch (FormatException e)
        {
            return Problems.RequestInvalid("trust_anchors cannot be used: " + e.Message);
        }
        return null;
    }

    /// <summary>
    /// Who reads an index reads its sources through it. So whoever adds one must have the right to read it: else the
    /// administrator of one index could open every other.
    /// </summary>
    private Problem? CheckRights(string name, IndexRequest request, Principal principal)
    {
        var present = catalog.Find(name)?.Definition.Sources ?? [];
        var closed = (request.Sources ?? []).FirstOrDefault(source => !present.Contains(source) && !access.Allows(principal, source, null, AccessAction.Read));
        return closed is null ? null : Access.Refusal(principal, closed, null, AccessAction.Read);
    }

    private static IndexDescription Describe(IndexDefinition definition) =>
        new(definition.Name, definition.Kind, definition.Sources, definition.UpstreamUrl?.AbsoluteUri, definition.TrustAnchors is not null)
        {
            Upstream = definition.Kind == IndexDefinition.Mirror ? definition.Upstream : null,
        };
}

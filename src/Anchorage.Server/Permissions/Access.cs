using Anchorage.Packaging;
using Anchorage.Server.Identity;

namespace Anchorage.Server.Permissions;

/// <summary>
/// Answers "may this principal do that?": from memory, on every request. Tokens carry their scopes; anonymous readers
/// have the right to read while the installation allows it. Users, groups and grants join here.
/// </summary>
internal sealed class Access(Authentication authentication, ServerOptions options)
{
    /// <summary>True where the principal may act on the project; <paramref name="project"/> null = on the index as a whole.</summary>
    public bool Allows(Principal principal, string index, ProjectName? project, AccessAction action) =>
        IsOpen(action) || Covers(principal.Scopes, index, project, action);

    /// <summary>True where the principal may act on some project of the index.</summary>
    public bool AllowsSome(Principal principal, string index, AccessAction action) =>
        IsOpen(action) || CoversSome(principal.Scopes, index, action);

    // Loops: on every request, and closures with enumerators cost more than what they ask.
    private static bool Covers(IReadOnlyList<Scope> scopes, string index, ProjectName? project, AccessAction action)
    {
        for (var i = 0; i < scopes.Count; i++)
        {
            if (scopes[i].Covers(index, project, action))
                return true;
        }
        return false;
    }

    private static bool CoversSome(IReadOnlyList<Scope> scopes, string index, AccessAction action)
    {
        for (var i = 0; i < scopes.Count; i++)
        {
            if (scopes[i].CoversSome(index, action))
                return true;
        }
        return false;
    }

    private bool IsOpen(AccessAction action) => action == AccessAction.Read && options.AnonymousReading;

    /// <summary>
    /// The principal, where it may act; else null, and the refusal was written: 401 without credentials (pip and uv then
    /// ask for some), 403 with.
    /// </summary>
    public ValueTask<Principal?> RequireAsync(HttpContext context, string index, ProjectName? project, AccessAction action) =>
        RequireAsync(context, (Access: this, index, project, action), static (asked, principal) =>
            asked.Access.Allows(principal, asked.index, asked.project, asked.action) ? null : Refusal(principal, asked.index, asked.project, asked.action));

    /// <summary>The same for endpoints that learn only later which project it is, and ask again then.</summary>
    public ValueTask<Principal?> RequireSomeAsync(HttpContext context, string index, AccessAction action) =>
        RequireAsync(context, (Access: this, index, action), static (asked, principal) =>
            asked.Access.AllowsSome(principal, asked.index, asked.action) ? null : Refusal(principal, asked.index, null, asked.action));

    /// <summary>Anybody whose credentials, if there are any, are good: for answers that hold what the asker may see.</summary>
    public ValueTask<Principal?> RequireKnownAsync(HttpContext context) => RequireAsync<object?>(context, null, static (_, _) => null);

    /// <summary>The principal where it may act on some project, else the refusal, for endpoints that must do something before they answer.</summary>
    public ValueTask<(Principal? Principal, Problem? Problem)> CheckSomeAsync(HttpContext context, string index, AccessAction action) =>
        CheckAsync(context, (Access: this, index, action), static (asked, principal) =>
            asked.Access.AllowsSome(principal, asked.index, asked.action) ? null : Refusal(principal, asked.index, null, asked.action));

    private async ValueTask<Principal?> RequireAsync<T>(HttpContext context, T asked, Func<T, Principal, Problem?> judge)
    {
        var (principal, problem) = await CheckAsync(context, asked, judge);
        if (problem is null)
            return principal;
        await problem.WriteAsync(context);
        return null;
    }

    private async ValueTask<(Principal? Principal, Problem? Problem)> CheckAsync<T>(HttpContext context, T asked, Func<T, Principal, Problem?> judge)
    {
        switch (await authentication.AuthenticateAsync(context))
        {
            case AuthenticationResult.Refused refused:
                return (null, refused.Problem);
            case AuthenticationResult.Known known:
                context.Items[typeof(Principal)] = known.Principal;
                return judge(asked, known.Principal) is { } problem ? (null, problem) : (known.Principal, null);
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    /// <summary>401 for nobody in particular, 403 for somebody.</summary>
    public static Problem Refusal(Principal principal, string index, ProjectName? project, AccessAction action)
    {
        if (principal.IsAnonymous)
            return Problems.CredentialsMissing();
        var verb = action switch
        {
            AccessAction.Read => "read",
            AccessAction.Upload => "upload to",
            AccessAction.Manage => "yank or delete in",
            _ => "administer",
        };
        return Problems.Forbidden(principal.Id, verb, project is null ? $"the index '{index}'" : $"the project '{project}' of the index '{index}'");
    }
}

using Anchorage.Packaging;
using Anchorage.Server.Identity;

namespace Anchorage.Server.Permissions;

/// <summary>
/// Answers "may this principal do that?": from memory, on every request. Tokens carry their scopes; anonymous readers
/// have the right to read while the installation allows it. Users, groups and grants join here.
/// </summary>
internal sealed class Access(Authentication authentication, ServerOptions options)
{
    /// <summary>True where the principal may act on the project; <paramref name="project"/> null = on the index at all.</summary>
    public bool Allows(Principal principal, string index, ProjectName? project, AccessAction action)
    {
        if (action == AccessAction.Read && options.AnonymousReading)
            return true;
        foreach (var scope in principal.Scopes)
        {
            if (scope.Covers(index, project, action))
                return true;
        }
        return false;
    }

    /// <summary>
    /// The principal, where it may act; else null, and the refusal was written: 401 without credentials (pip and uv then
    /// ask for some), 403 with.
    /// </summary>
    public async ValueTask<Principal?> RequireAsync(HttpContext context, string index, ProjectName? project, AccessAction action)
    {
        var (principal, problem) = await CheckAsync(context, index, project, action);
        if (problem is null)
            return principal;
        await problem.WriteAsync(context);
        return null;
    }

    /// <summary>The principal where it may act, else the refusal, for endpoints that must do something before they answer.</summary>
    public async ValueTask<(Principal? Principal, Problem? Problem)> CheckAsync(HttpContext context, string index, ProjectName? project, AccessAction action)
    {
        switch (await authentication.AuthenticateAsync(context))
        {
            case AuthenticationResult.Refused refused:
                return (null, refused.Problem);
            case AuthenticationResult.Known known:
                context.Items[typeof(Principal)] = known.Principal;
                return Allows(known.Principal, index, project, action)
                    ? (known.Principal, null)
                    : (null, Refusal(known.Principal, index, project, action));
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

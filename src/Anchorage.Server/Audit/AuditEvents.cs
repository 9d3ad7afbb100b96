using Anchorage.Server.Identity;

namespace Anchorage.Server.Audit;

/// <summary>Events begun from a request: who asked, from where, under which request id.</summary>
internal static class AuditEvents
{
    private const int MaxUserAgent = 400;

    public static AuditEvent For(HttpContext context, Principal principal, string action, string outcome)
    {
        var userAgent = context.Request.Headers.UserAgent.ToString();
        return new AuditEvent
        {
            Action = action,
            Outcome = outcome,
            Actor = principal.Id,
            ClientAddress = context.Connection.RemoteIpAddress?.ToString(),
            UserAgent = userAgent.Length > MaxUserAgent ? userAgent[..MaxUserAgent] : userAgent,
            RequestId = context.TraceIdentifier,
        };
    }
}

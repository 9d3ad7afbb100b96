using Anchorage.Server.Audit;
using Anchorage.Server.Storage;

namespace Anchorage.Server.Identity;

/// <summary>
/// The token of a fresh installation, in <c>DATA/bootstrap-token</c> (mode 0600): administrator until there is another.
/// The file is written before the row: a crash in between leaves a file that the next start replaces, never a row
/// whose token nobody knows.
/// </summary>
internal static class BootstrapToken
{
    public static async Task EnsureAsync(string path, TokenStore tokens, AuditLog audit, CancellationToken cancellationToken)
    {
        if (await tokens.HasBootstrapTokenAsync(cancellationToken))
            return;
        var token = ApiTokenText.Create();
        DurableFile.Replace(path, System.Text.Encoding.ASCII.GetBytes(token.Reveal() + "\n"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var entry = new AuditEvent { Action = "token.create", Outcome = "intent", Actor = "system", Reason = $"token {token.Id} 'bootstrap', administrator of everything" };
        await audit.AppendAsync(entry, cancellationToken);
        Scope[] everything = [new("*", "*", [AccessAction.Admin])];
        await tokens.CreateAsync(token, "bootstrap", "bootstrap", "bootstrap", everything, expiresAt: null, cancellationToken);
        audit.Post(entry with { Outcome = "ok" });
    }
}

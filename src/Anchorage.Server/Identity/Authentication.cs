using System.Text;

namespace Anchorage.Server.Identity;

/// <summary>The outcome of looking at a request's credentials.</summary>
internal abstract record AuthenticationResult
{
    public sealed record Known(Principal Principal) : AuthenticationResult;

    public sealed record Refused(Problem Problem) : AuthenticationResult;
}

/// <summary>
/// Credentials on the wire (DESIGN §3): <c>Basic __token__:TOKEN</c>, <c>Basic anything:TOKEN</c>,
/// <c>Basic TOKEN:</c> (how uv and poetry users write it), <c>Bearer TOKEN</c>. Wrong credentials are refused even
/// where anonymous reading is allowed: a silently ignored typo would surface much later.
/// </summary>
internal sealed class Authentication(TokenStore tokens)
{
    private const int MaxHeaderLength = 4096;

    public ValueTask<AuthenticationResult> AuthenticateAsync(HttpContext context)
    {
        var header = context.Request.Headers.Authorization;
        return header.Count switch
        {
            0 => ValueTask.FromResult(Anonymous),
            1 => CheckAsync(header[0]!, context),
            _ => ValueTask.FromResult<AuthenticationResult>(new AuthenticationResult.Refused(
                Problems.CredentialsInvalid("The request carries more than one Authorization header."))),
        };
    }

    private static readonly AuthenticationResult Anonymous = new AuthenticationResult.Known(Principal.Anonymous);

    private async ValueTask<AuthenticationResult> CheckAsync(string header, HttpContext context)
    {
        if (!TryFindToken(header, out var token, out var why))
            return new AuthenticationResult.Refused(Problems.CredentialsInvalid(why));
        var principal = await tokens.AuthenticateAsync(token, context.RequestAborted);
        if (principal is null)
        {
            return new AuthenticationResult.Refused(Problems.CredentialsInvalid(
                $"The API token {token.Id} is unknown here, expired or revoked. Create another one, or leave the credentials out where reading needs none."));
        }
        return new AuthenticationResult.Known(principal);
    }

    private static bool TryFindToken(string header, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out ApiTokenText? token, out string why)
    {
        token = null;
        why = "The password is not an API token of this registry. Use the user name __token__ and a token (it begins with anc_) as the password.";
        if (header.Length > MaxHeaderLength)
            return false;
        if (header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
            return ApiTokenText.TryParse(header.AsSpan(7), out token);
        if (!header.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase))
        {
            why = "Only Basic and Bearer credentials are understood.";
            return false;
        }
        // Cleared by the compiler: as much as the header may hold, and not as much as any header may.
        Span<byte> bytes = stackalloc byte[header.Length];
        if (!Convert.TryFromBase64Chars(header.AsSpan(6).Trim(), bytes, out var length))
        {
            why = "The Basic credentials are not base64 (RFC 7617).";
            return false;
        }
        Span<char> text = stackalloc char[length];
        var credentials = text[..Encoding.UTF8.GetChars(bytes[..length], text)];
        var colon = credentials.IndexOf(':');
        if (colon < 0)
        {
            why = "The Basic credentials have no colon (RFC 7617).";
            return false;
        }
        var password = credentials[(colon + 1)..];
        return ApiTokenText.TryParse(password.Length > 0 ? password : credentials[..colon], out token);
    }
}

using System.CommandLine;
using System.Globalization;
using System.Text.Json;

namespace Anchorage.Cli;

/// <summary><c>anchorage token create|list|revoke</c>.</summary>
internal static class TokenCommands
{
    private static readonly string[] Actions = ["read", "upload", "manage", "admin"];

    public static Command Create() => new("token", """
        Create, list and revoke API tokens

        Example:
          anchorage token create ci --scope main/demo:read,upload --expires-in-days 30
        """)
    {
        CreateCreate(),
        CreateList(),
        CreateRevoke(),
    };

    private static Command CreateCreate()
    {
        var connection = new RegistryConnection();
        var name = new Argument<string>("NAME") { Description = "What the token is for" };
        var scopes = new Option<string[]>("--scope")
        {
            Description = "What it may do: INDEX/PROJECT:ACTIONS; PROJECT may be * or end with *; ACTIONS of read, upload, manage, admin. Repeatable",
            HelpName = "SCOPE",
            Required = true,
        };
        var days = new Option<int?>("--expires-in-days") { Description = "Its life (default 90, at most 365)", HelpName = "N" };
        var json = new Option<bool>("--json") { Description = "Print the whole answer as JSON" };
        var command = new Command("create", """
            Create a token; its text goes to standard output and is never shown again

            Example:
              anchorage token create ci --scope 'main/*:read' --scope main/demo:upload > ci.token
            """)
        { name, scopes, days, json };
        connection.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var request = new TokenRequest(parsed.GetValue(name)!, [.. parsed.GetValue(scopes)!.Select(ParseScope)], parsed.GetValue(days));
            using var registry = connection.Open(parsed);
            var token = await registry.PostAsync("api/tokens", request, CliJson.Default.TokenRequest, CliJson.Default.Token, cancellationToken);
            Console.Out.WriteLine(parsed.GetValue(json) ? JsonSerializer.Serialize(token, CliJson.Readable.Token) : token.Text);
            Console.Error.WriteLine(Terminal.CleanLine(
                $"created token {token.Id} '{token.Name}', {Expiry(token)}; revoke it with: anchorage token revoke {token.Id}"));
            return ExitCode.Success;
        });
        return command;
    }

    private static Command CreateList()
    {
        var connection = new RegistryConnection();
        var json = new Option<bool>("--json") { Description = "Print JSON" };
        var command = new Command("list", """
            List the tokens of the registry (never their text)

            Example:
              anchorage token list --json
            """)
        { json };
        connection.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var registry = connection.Open(parsed);
            var tokens = await registry.GetAsync("api/tokens", CliJson.Default.ListToken, cancellationToken);
            if (parsed.GetValue(json))
            {
                Console.Out.WriteLine(JsonSerializer.Serialize(tokens, CliJson.Readable.ListToken));
                return ExitCode.Success;
            }
            foreach (var token in tokens)
            {
                var scopes = string.Join(' ', token.Scopes ?? []);
                Console.Out.WriteLine(string.Join('\t', new[] { token.Id, token.Name ?? "", scopes, Expiry(token) }.Select(Terminal.CleanLine)));
            }
            return ExitCode.Success;
        });
        return command;
    }

    private static Command CreateRevoke()
    {
        var connection = new RegistryConnection();
        var id = new Argument<string>("ID") { Description = "The token's id, from token list" };
        var command = new Command("revoke", """
            Revoke a token; it stops working at once

            Example:
              anchorage token revoke 7Q2K
            """)
        { id };
        connection.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var registry = connection.Open(parsed);
            await registry.ChangeAsync(HttpMethod.Delete, "api/tokens/" + Uri.EscapeDataString(parsed.GetValue(id)!), null, cancellationToken);
            Console.Error.WriteLine(Terminal.CleanLine($"revoked token {parsed.GetValue(id)}"));
            return ExitCode.Success;
        });
        return command;
    }

    private static TokenScope ParseScope(string text)
    {
        var (place, actions) = Split(text, ':');
        var (index, project) = Split(place, '/');
        var allowed = actions.Split(',', StringSplitOptions.TrimEntries);
        if (index.Length == 0 || project.Length == 0 || allowed.Any(action => !Actions.Contains(action)))
        {
            throw new UsageException($"'{text}' is no scope. Write INDEX/PROJECT:ACTIONS, e.g. main/demo:read,upload or 'main/*:read'; actions are {string.Join(", ", Actions)}.");
        }
        return new TokenScope(index, project, allowed);
    }

    private static (string Before, string After) Split(string text, char separator) =>
        text.IndexOf(separator) is >= 0 and var at ? (text[..at], text[(at + 1)..]) : (text, "");

    private static string Expiry(Token token) => token switch
    {
        { RevokedAt: { } revoked } => "revoked " + Day(revoked),
        { ExpiresAt: { } expires } => "expires " + Day(expires),
        _ => "does not expire",
    };

    private static string Day(DateTimeOffset instant) => instant.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}

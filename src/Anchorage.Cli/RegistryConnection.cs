// The options that every command shares which talks to a registry. A token is never an argument: arguments are seen by
// everyone on the machine, in process lists and in shell histories.

using System.CommandLine;
using Anchorage.Trust;

namespace Anchorage.Cli;

/// <summary>Which registry, as whom, trusting what.</summary>
internal sealed class RegistryConnection
{
    private readonly Option<string?> _url = new("--url") { Description = "The registry, https://HOST:PORT [environment: ANCHORAGE_URL]", HelpName = "URL" };
    private readonly Option<string?> _tokenFile = new("--token-file") { Description = "File that holds the token [environment: ANCHORAGE_TOKEN holds the token itself]", HelpName = "FILE" };
    private readonly Option<string?> _ca = new("--ca") { Description = "PEM file of a root to trust in addition to the system's [environment: ANCHORAGE_CA]", HelpName = "FILE" };

    public void AddTo(Command command)
    {
        command.Options.Add(_url);
        command.Options.Add(_tokenFile);
        command.Options.Add(_ca);
    }

    /// <exception cref="UsageException">Something is missing or makes no sense.</exception>
    public RegistryClient Open(ParseResult parsed)
    {
        var url = parsed.GetValue(_url) ?? Variable("ANCHORAGE_URL")
            ?? throw new UsageException("Which registry? Give --url https://HOST:PORT, or set ANCHORAGE_URL.");
        if (!Uri.TryCreate(url.TrimEnd('/') + "/", UriKind.Absolute, out var parsedUrl) || parsedUrl.Scheme != Uri.UriSchemeHttps || parsedUrl.UserInfo.Length > 0)
        {
            throw new UsageException($"'{url}' is no address of a registry: it begins with https:// and carries no credentials.");
        }
        return new RegistryClient(parsedUrl, Token(parsed), Anchors(parsed.GetValue(_ca) ?? Variable("ANCHORAGE_CA")));
    }

    /// <summary>The system's anchors, and those of a file where one is given.</summary>
    /// <exception cref="UsageException">The file holds no certificates.</exception>
    public static TrustAnchors Anchors(string? file)
    {
        var system = TrustAnchors.OfSystem();
        if (file is null)
        {
            return system;
        }
        try
        {
            return system.With(TrustAnchors.FromFile(file));
        }
        catch (Exception e) when (e is FormatException or IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"--ca {file}: {e.Message}");
        }
    }

    private string Token(ParseResult parsed)
    {
        var file = parsed.GetValue(_tokenFile);
        string? token;
        try
        {
            token = file is null ? Variable("ANCHORAGE_TOKEN") : File.ReadAllText(file).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"--token-file {file}: {e.Message}");
        }
        if (string.IsNullOrEmpty(token))
        {
            throw new UsageException("As whom? Give --token-file FILE (a fresh registry writes DIR/bootstrap-token), or set ANCHORAGE_TOKEN.");
        }
        return token.All(character => character is > ' ' and <= '~') ? token
            : throw new UsageException($"{(file is null ? "ANCHORAGE_TOKEN" : file)} holds something else than one token: there are spaces or unusual characters in it.");
    }

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}

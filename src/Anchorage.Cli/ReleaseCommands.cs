using System.CommandLine;
using System.Net.Http.Json;
using Anchorage.Packaging;

namespace Anchorage.Cli;

/// <summary><c>anchorage yank|unyank|delete</c>.</summary>
internal static class ReleaseCommands
{
    public static Command CreateYank()
    {
        var reason = new Option<string?>("--reason") { Description = "Why; pip shows it to everyone who has pinned the release", HelpName = "TEXT" };
        return ForRelease("yank", """
            Yank a release: resolvers leave it out, exact pins still install it (PEP 592)

            Example:
              anchorage yank main demo 1.0 --reason "corrupts its cache, use 1.0.1"
            """, "yanked", parsed => JsonContent.Create(new YankRequest(parsed.GetValue(reason)), CliJson.Default.YankRequest), reason);
    }

    public static Command CreateUnyank() => ForRelease("unyank", """
        Take a yank back

        Example:
          anchorage unyank main demo 1.0
        """, "unyanked", _ => null);

    public static Command CreateDelete()
    {
        var connection = new RegistryConnection();
        var index = new Argument<string>("INDEX") { Description = "The index, e.g. main" };
        var filename = new Argument<string>("FILENAME") { Description = "The file, e.g. demo-1.0-py3-none-any.whl" };
        var yes = new Option<bool>("--yes") { Description = "Do not ask" };
        var command = new Command("delete", """
            Delete a distribution file for good: its name can never be used again. To take a release out of use, yank it

            Example:
              anchorage delete main demo-1.0-py3-none-any.whl
            """)
        { index, filename, yes };
        connection.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var (place, file) = (parsed.GetValue(index)!, parsed.GetValue(filename)!);
            if (!DistributionFilename.TryParse(file, out _, out var problem))
            {
                throw new UsageException($"'{file}' is no file name of a wheel or sdist: {problem}");
            }
            using var registry = connection.Open(parsed);
            if (!parsed.GetValue(yes) && !IsConfirmed(place, file))
            {
                Console.Error.WriteLine("nothing was deleted");
                return ExitCode.Usage;
            }
            await registry.ChangeAsync(HttpMethod.Delete, $"api/indexes/{Uri.EscapeDataString(place)}/files/{Uri.EscapeDataString(file)}", null, cancellationToken);
            Console.Error.WriteLine(Terminal.CleanLine($"deleted {file} from {place}"));
            return ExitCode.Success;
        });
        return command;
    }

    private static Command ForRelease(string verb, string description, string done, Func<ParseResult, HttpContent?> body, params Option[] options)
    {
        var connection = new RegistryConnection();
        var index = new Argument<string>("INDEX") { Description = "The index, e.g. main" };
        var project = new Argument<string>("PROJECT") { Description = "The project" };
        var version = new Argument<string>("VERSION") { Description = "The release" };
        var command = new Command(verb, description) { index, project, version };
        foreach (var option in options)
        {
            command.Options.Add(option);
        }
        connection.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            if (!ProjectName.TryParse(parsed.GetValue(project), out var name))
            {
                throw new UsageException($"'{parsed.GetValue(project)}' is no project name: letters, digits, '.', '-' and '_', with a letter or digit at both ends.");
            }
            if (!PackageVersion.TryParse(parsed.GetValue(version), out var release))
            {
                throw new UsageException($"'{parsed.GetValue(version)}' is no version (PEP 440), e.g. 1.0 or 2.1rc1.");
            }
            using var registry = connection.Open(parsed);
            var place = parsed.GetValue(index)!;
            var path = $"api/indexes/{Uri.EscapeDataString(place)}/projects/{Uri.EscapeDataString(name.ToString())}/releases/{Uri.EscapeDataString(release.ToString())}/{verb}";
            await registry.ChangeAsync(HttpMethod.Post, path, body(parsed), cancellationToken);
            Console.Error.WriteLine(Terminal.CleanLine($"{done} {name} {release} on {place}"));
            return ExitCode.Success;
        });
        return command;
    }

    // Only a person can answer; a script says --yes.
    private static bool IsConfirmed(string index, string filename)
    {
        if (Console.IsInputRedirected)
        {
            throw new UsageException("Deleting is for good, and there is nobody to ask: add --yes.");
        }
        Console.Error.Write(Terminal.CleanLine($"Delete {filename} from {index}? Its name can never be used again. [y/N] "));
        return Console.ReadLine()?.Trim() is "y" or "Y" or "yes";
    }
}

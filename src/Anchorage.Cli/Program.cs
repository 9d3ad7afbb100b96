// The command `anchorage`: one native program for people who use a registry and for those who run one. What each verb
// does is in a file of its own; this one is the table of contents.

using System.CommandLine;
using Anchorage.Cli;

var root = new RootCommand("""
    anchorage: trust for a private Python package registry, without ever switching verification off

    Example:
      anchorage doctor https://packages.example.com:8443/main/simple/
    """)
{
    DoctorCommand.Create(),
    ExplainCommand.Create(),
    TrustCommands.Create(),
    UndoCommand.Create(),
    TokenCommands.Create(),
    ReleaseCommands.CreateYank(),
    ReleaseCommands.CreateUnyank(),
    ReleaseCommands.CreateDelete(),
};

// A reason may begin with @: no argument is taken for the name of a file with more arguments.
var parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
if (parsed.Errors.Count > 0)
{
    foreach (var error in parsed.Errors)
    {
        Console.Error.WriteLine("error: " + Terminal.Clean(error.Message));
    }
    Console.Error.WriteLine($"hint: {string.Join(' ', CommandPath(parsed.CommandResult.Command))} --help");
    return ExitCode.Usage;
}
try
{
    return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
catch (UsageException e)
{
    Console.Error.WriteLine("error: " + Terminal.Clean(e.Message));
    return ExitCode.Usage;
}
catch (TrustChangeFailed e)
{
    Console.Error.WriteLine("error: " + Terminal.Clean(e.Message));
    return ExitCode.Refused;
}
catch (RegistryRefusal e)
{
    Console.Error.WriteLine("error: " + Terminal.Clean(e.Message));
    return ExitCode.Refused;
}
catch (RegistryUnreachable e)
{
    Console.Error.WriteLine("error: " + Terminal.Clean(e.Message));
    Console.Error.WriteLine("hint: " + Terminal.Clean(e.Hint));
    return ExitCode.Unchecked;
}
catch (Exception e) when (e is IOException or UnauthorizedAccessException)
{
    Console.Error.WriteLine("error: " + Terminal.Clean(e.Message));
    return ExitCode.Unchecked;
}
catch (OperationCanceledException)
{
    return ExitCode.Interrupted;
}

static IEnumerable<string> CommandPath(Command command) =>
    command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? CommandPath(parent).Append(command.Name) : ["anchorage"];

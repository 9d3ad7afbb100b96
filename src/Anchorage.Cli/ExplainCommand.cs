using System.CommandLine;
using System.Text;
using Anchorage.Trust;

namespace Anchorage.Cli;

/// <summary><c>anchorage explain CODE|myths|remedies</c>: the pages of docs/findings, which are part of the program.</summary>
internal static class ExplainCommand
{
    public static Command Create()
    {
        var page = new Argument<string?>("PAGE") { Description = "A finding's code, or: myths, remedies. Without it, the pages are listed", Arity = ArgumentArity.ZeroOrOne };
        var language = Languages.Option();
        var command = new Command("explain", """
            Explain a finding, the common myths about certificates, or compare the remedies

            Example:
              anchorage explain unknown-root
              anchorage explain myths
            """)
        { page, language };
        command.SetAction(parsed =>
        {
            var wanted = parsed.GetValue(page);
            if (wanted is null)
            {
                foreach (var name in Names())
                {
                    Console.Out.WriteLine(name);
                }
                return ExitCode.Success;
            }
            Console.Out.Write(Read(wanted, Languages.Parse(parsed.GetValue(language)))
                ?? throw new UsageException($"There is no page '{wanted}'. The pages are: {string.Join(", ", Names())}."));
            return ExitCode.Success;
        });
        return command;
    }

    private const string Prefix = "findings/";

    private static IEnumerable<string> Names() => typeof(ExplainCommand).Assembly.GetManifestResourceNames()
        .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal) && !name.Contains(".zh-CN", StringComparison.Ordinal))
        .Select(name => name[Prefix.Length..^".md".Length]).Order(StringComparer.Ordinal);

    private static string? Read(string page, Language language)
    {
        var name = $"{Prefix}{page}{(language == Language.Chinese ? ".zh-CN" : "")}.md";
        using var stream = typeof(ExplainCommand).Assembly.GetManifestResourceStream(name);
        if (stream is null)
        {
            return null;
        }
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}

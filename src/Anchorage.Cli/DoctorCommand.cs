// `anchorage doctor`: why a client does or does not trust a server. Probe, judge, and tell: text and JSON come from the
// same findings.

using System.CommandLine;
using System.Text.Json;
using Anchorage.Trust;

namespace Anchorage.Cli;

internal static class DoctorCommand
{
    public static Command Create()
    {
        var target = new Argument<string>("URL") { Description = "The server to look at, https://HOST[:PORT]" };
        var ca = new Option<string?>("--ca") { Description = "PEM file of a root to judge by, in addition to the system's", HelpName = "FILE" };
        var json = new Option<bool>("--json") { Description = "Print JSON" };
        var language = new Option<string>("--lang") { Description = "Language of the messages: en, zh (default: the locale)", DefaultValueFactory = _ => LanguageOfLocale() };
        language.AcceptOnlyFromAmong("en", "zh");
        var command = new Command("doctor", """
            Find out why a server is or is not trusted

            Connects directly (no proxy), records the certificates exactly as the server sends them, and judges them by the
            system's trust anchors. Exit status: 0 trusted, 1 not trusted, 2 could not check, 64 wrong usage.

            Example:
              anchorage doctor https://packages.example.com:8443 --ca root.pem
            """)
        { target, ca, json, language };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var url = ParseUrl(parsed.GetValue(target)!);
            var anchors = RegistryConnection.Anchors(parsed.GetValue(ca));
            var probe = await new TlsProbe(TimeProvider.System).RunAsync(url.IdnHost, url.Port, cancellationToken);
            var findings = Diagnosis.Of(probe, anchors, TimeProvider.System.GetUtcNow());
            var report = DoctorReport.Of(url, probe, anchors, findings, Messages.In(parsed.GetValue(language)!));
            if (parsed.GetValue(json))
            {
                Console.Out.WriteLine(JsonSerializer.Serialize(report, CliJson.Readable.DoctorReport));
            }
            else
            {
                Console.Out.Write(report.ToText(Messages.In(parsed.GetValue(language)!)));
            }
            return findings.Any(finding => finding.Severity == Severity.Unchecked) ? ExitCode.Unchecked : report.Trusted ? ExitCode.Success : ExitCode.Findings;
        });
        return command;
    }

    private static Uri ParseUrl(string text)
    {
        var isUrl = Uri.TryCreate(text.Contains("://", StringComparison.Ordinal) ? text : "https://" + text, UriKind.Absolute, out var url);
        return isUrl && url!.Scheme == Uri.UriSchemeHttps && url.Host.Length > 0 ? url
            : throw new UsageException($"'{text}' is no https:// address; doctor looks at TLS servers.");
    }

    // POSIX order: everything, the category, the default.
    private static readonly string[] LocaleVariables = ["LC_ALL", "LC_MESSAGES", "LANG"];

    private static string LanguageOfLocale()
    {
        var locale = LocaleVariables.Select(Environment.GetEnvironmentVariable).FirstOrDefault(value => !string.IsNullOrEmpty(value));
        return locale?.StartsWith("zh", StringComparison.OrdinalIgnoreCase) == true ? "zh" : "en";
    }
}

// `anchorage doctor`: why the clients of this machine do or do not trust an index, and the repair. Text, JSON and the
// report page come from the same findings.

using System.CommandLine;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Anchorage.Trust;

namespace Anchorage.Cli;

/// <summary>What a run was asked for.</summary>
internal sealed record DoctorOptions
{
    public required IReadOnlyList<Uri> Targets { get; init; }
    public required IReadOnlyList<string> Pythons { get; init; }
    public required IReadOnlyList<X509Certificate2> Roots { get; init; }
    public required Language Language { get; init; }
    public required bool IsJson { get; init; }
    public required bool IsDetailed { get; init; }
    public required bool Repairs { get; init; }
    public required bool IsAgreed { get; init; }
    public required RepairScope Scope { get; init; }
    public required string? Report { get; init; }
}

internal static class DoctorCommand
{
    public static Command Create()
    {
        var targets = new Argument<string[]>("URL") { Description = "Indexes to look at (default: those that the clients are configured with, else https://pypi.org/simple/)" };
        var pythons = new Option<string[]>("--python") { Description = "Look at this interpreter only. Repeatable", HelpName = "PATH" };
        var json = new Option<bool>("--json") { Description = "Print JSON (docs/doctor.schema.json)" };
        var all = new Option<bool>("--all") { Description = "Show notes as well" };
        var fix = new Option<bool>("--fix") { Description = "Repair what can be repaired; asks before each change" };
        var yes = new Option<bool>("--yes") { Description = "Do not ask" };
        var ca = new Option<string?>("--ca") { Description = "The company's root certificate, from the IT department; --fix installs it", HelpName = "FILE" };
        var scope = new Option<string?>("--scope") { Description = "Whose configuration --fix may change: user, system (default: system for administrators)", HelpName = "user|system" };
        var report = new Option<string?>("--report") { Description = "Also write a Markdown page for the IT department", HelpName = "FILE" };
        var language = Languages.Option();
        scope.AcceptOnlyFromAmong("user", "system");
        var command = new Command("doctor", """
            Find out why pip and its relatives do or do not trust an index, and repair it

            Looks at every Python and client on the machine, at the certificates exactly as the server sends them, and says which
            client refuses what and why. Repairs never switch verification off; each is proven by the client itself, and
            `anchorage undo` takes it back. Exit status: 0 trusted, 1 findings, 2 could not check, 64 wrong usage.

            Example:
              anchorage doctor https://packages.example.com:8443/main/simple/
              anchorage doctor --ca company-root.pem --fix
            """)
        { targets, pythons, json, all, fix, yes, ca, scope, report, language };
        command.SetAction((parsed, cancellationToken) => RunAsync(
            new DoctorOptions
            {
                Targets = [.. (parsed.GetValue(targets) ?? []).Select(ParseUrl)],
                Pythons = parsed.GetValue(pythons) ?? [],
                Roots = RootsOf(parsed.GetValue(ca)),
                Language = Languages.Parse(parsed.GetValue(language)),
                IsJson = parsed.GetValue(json),
                IsDetailed = parsed.GetValue(all),
                Repairs = parsed.GetValue(fix),
                IsAgreed = parsed.GetValue(yes),
                Scope = ScopeOf(parsed.GetValue(scope)),
                Report = parsed.GetValue(report),
            }, cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(DoctorOptions options, CancellationToken cancellationToken)
    {
        if (options.Repairs && !options.IsAgreed && Console.IsInputRedirected)
        {
            throw new UsageException("--fix asks before each change, and there is nobody to ask: add --yes.");
        }
        var examination = await Examination.RunAsync(options, cancellationToken);
        IReadOnlyList<ReportedRepair>? repairs = null;
        if (options.Repairs)
        {
            repairs = await FixDialogue.RunAsync(examination, options, cancellationToken);
            if (repairs.Any(repair => repair.Undo is not null))
            {
                examination = await Examination.RunAsync(options, cancellationToken);
            }
        }
        var report = DoctorReport.Of(examination.Machine, examination.Targets, examination.Verdicts, examination.Findings, options.Language) with { Repairs = repairs };
        Print(report, examination, options);
        if (options.Report is { } page)
        {
            await WritePageAsync(page, ReportPage.Write(report, options.Language), cancellationToken);
        }
        return DoctorVerdict.ExitCode(examination.Machine, examination.Targets, examination.Verdicts, examination.Findings);
    }

    private static void Print(DoctorReport report, Examination examination, DoctorOptions options)
    {
        if (options.IsJson)
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(report, DoctorJson.Readable.DoctorReport));
            return;
        }
        var text = new DoctorText(options.Language, TextLayout.Columns(), TextLayout.IsColoured());
        Console.Out.Write(text.Write(examination.Machine, examination.Targets, examination.Verdicts, examination.Findings, options.IsDetailed));
    }

    private static async Task WritePageAsync(string path, string page, CancellationToken cancellationToken)
    {
        try
        {
            await using var file = new FileStream(path, FileMode.Create, FileAccess.Write);
            await file.WriteAsync(Encoding.UTF8.GetBytes(page), cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"--report {path}: {e.Message}");
        }
        Console.Error.WriteLine(Terminal.CleanLine($"wrote {path}"));
    }

    internal static Uri ParseUrl(string text)
    {
        var isUrl = Uri.TryCreate(text.Contains("://", StringComparison.Ordinal) ? text : "https://" + text, UriKind.Absolute, out var url);
        if (!isUrl || url!.Scheme != Uri.UriSchemeHttps || url.Host.Length == 0)
        {
            throw new UsageException($"'{WithoutCredentials(text)}' is no https:// address; doctor looks at TLS servers.");
        }
        // Credentials are the client's business: they are neither sent nor shown.
        return url.UserInfo.Length == 0 ? url : new UriBuilder(url) { UserName = "", Password = "" }.Uri;
    }

    private static string WithoutCredentials(string text) =>
        text.LastIndexOf('@') is >= 0 and var at ? string.Concat("…", text.AsSpan(at)) : text;

    private static IReadOnlyList<X509Certificate2> RootsOf(string? file)
    {
        if (file is null)
        {
            return [];
        }
        try
        {
            var certificates = CertificateFile.ReadFile(file);
            return certificates.Select(certificate => CertificateFile.WhyNoRoot(certificate, TimeProvider.System.GetUtcNow())).FirstOrDefault(why => why is not null) is { } why
                ? throw new UsageException($"--ca {file}: {why}") : certificates;
        }
        catch (Exception e) when (e is FormatException or IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"--ca {file}: {e.Message}");
        }
    }

    private static RepairScope ScopeOf(string? text) => text switch
    {
        "user" => RepairScope.User,
        "system" => RepairScope.System,
        _ => Administrator.Is ? RepairScope.System : RepairScope.User,
    };
}

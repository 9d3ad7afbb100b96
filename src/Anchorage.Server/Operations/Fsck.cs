using System.Text.Json;
using Anchorage.Server.Database;
using Anchorage.Server.Storage;

namespace Anchorage.Server.Operations;

/// <summary>
/// <c>anchorage-server fsck</c>: the command around <see cref="ConsistencyCheck"/>. Exit code 0 clean, 1 problems,
/// 2 could not check. May run beside a server; removing garbage takes the data directory for itself.
/// </summary>
internal static class Fsck
{
    private const int Clean = 0, Problems = 1, CouldNotCheck = 2;

    public static async Task<int> RunAsync(string[] args)
    {
        var removesGarbage = args.Contains("--remove-garbage");
        var asJson = args.Contains("--json");
        var options = ServerOptions.Read(ServerApplication.ReadConfiguration([.. args.Where(static argument => argument is not ("--remove-garbage" or "--json"))]));
        try
        {
            return await CheckAsync(options, removesGarbage, asJson, Console.Out, Console.Error);
        }
        catch (Exception exception) when (exception is DataDirectoryException or DatabaseUnavailableException or DatabaseSchemaException
            or IOException or UnauthorizedAccessException or System.Data.Common.DbException)
        {
            await Console.Error.WriteLineAsync($"fsck: could not check: {exception.Message}");
            return CouldNotCheck;
        }
    }

    private static async Task<int> CheckAsync(ServerOptions options, bool removesGarbage, bool asJson, TextWriter output, TextWriter errors)
    {
        // Looked at first: --remove-garbage with a misspelt directory must not create one.
        using var inspected = DataDirectory.Inspect(options.DataDirectory);
        using var directory = removesGarbage ? DataDirectory.Open(options.DataDirectory) : inspected;
        using var logging = OperationsSetup.CreateLoggers(TimeProvider.System);
        var databaseOptions = options.PostgresConnectionString is { } postgres
            ? new DatabaseOptions { PostgresConnectionString = postgres, Migrate = false }
            : new DatabaseOptions { SqliteFile = directory.DatabaseFile, Migrate = false };
        await using var database = await SqlDatabase.OpenAsync(databaseOptions, TimeProvider.System, logging.CreateLogger<SqlDatabase>(), CancellationToken.None);

        var isInteractive = !Console.IsErrorRedirected;
        var check = new ConsistencyCheck(database, new FileBlobStore(directory), directory.Audit, removesGarbage);
        if (isInteractive)
            check.Progress = blobs => errors.Write($"\r{blobs} blobs hashed");
        var report = await check.RunAsync(CancellationToken.None);
        if (isInteractive)
            await errors.WriteAsync("\r\u001b[K");

        if (asJson)
        {
            await output.WriteLineAsync(JsonSerializer.Serialize(report, ConsistencyJson.Default.ConsistencyReport));
            await errors.WriteLineAsync(Summary(report));
        }
        else
        {
            foreach (var finding in report.Findings)
                await output.WriteLineAsync($"{finding.Severity}: {finding.Text}");
            await output.WriteLineAsync(Summary(report));
        }
        return report.Problems == 0 ? Clean : Problems;
    }

    private static string Summary(ConsistencyReport report) => FormattableString.Invariant(
        $"fsck: {(report.Problems == 0 ? "clean" : $"{report.Problems} problems")}; {report.HostedFiles} hosted files, {report.MirroredFiles} mirrored ({report.CacheMisses} not stored), {report.Blobs} blobs of {report.Bytes} bytes hashed, {report.Unreferenced} unreferenced ({report.Removed} removed), {report.AuditEvents} audit events");
}

using Anchorage.Server.Database;
using Anchorage.Server.Storage;

namespace Anchorage.Server.Operations;

/// <summary><c>anchorage-server migrate</c>: brings the schema up to this program's, and does nothing else.</summary>
internal static class Migration
{
    public static async Task<int> RunAsync(string[] args)
    {
        var options = ServerOptions.Read(ServerApplication.ReadConfiguration(args));
        using var directory = DataDirectory.Open(options.DataDirectory);
        using var logging = OperationsSetup.CreateLoggers(TimeProvider.System);
        var databaseOptions = options.PostgresConnectionString is { } postgres
            ? new DatabaseOptions { PostgresConnectionString = postgres }
            : new DatabaseOptions { SqliteFile = directory.DatabaseFile };
        await using var database = await SqlDatabase.OpenAsync(databaseOptions, TimeProvider.System, logging.CreateLogger<SqlDatabase>(), CancellationToken.None);
        Console.WriteLine("The database schema is up to date.");
        return 0;
    }
}

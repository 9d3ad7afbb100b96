using Anchorage.Server;
using Anchorage.Server.Audit;
using Anchorage.Server.Database;
using Anchorage.Server.Operations;
using Anchorage.Server.Storage;
using Anchorage.Server.Tls;
using Microsoft.AspNetCore.Connections;

const int Success = 0;
const int Failure = 1;
const int Usage = 64;   // EX_USAGE of sysexits.h

try
{
    switch (args)
    {
        case ["--help" or "-h" or "help", ..] or []:
            Console.WriteLine(HelpText.Text);
            return args.Length == 0 ? Usage : Success;
        case ["--version", ..]:
            Console.WriteLine("anchorage-server " + typeof(ServerApplication).Assembly.GetName().Version!.ToString(3));
            return Success;
        case ["run", "--help" or "-h", ..] or ["migrate", "--help" or "-h", ..] or ["fsck", "--help" or "-h", ..]:
            Console.WriteLine(HelpText.Text);
            return Success;
        case ["run", .. var rest]:
            return await RunAsync(rest);
        case ["migrate", .. var rest]:
            return await Migration.RunAsync(rest);
        case ["fsck", .. var rest]:
            return await Fsck.RunAsync(rest);
        default:
            Console.Error.WriteLine($"anchorage-server: there is no command '{args[0]}'.\n");
            Console.Error.WriteLine(HelpText.Text);
            return Usage;
    }
}
catch (ConfigurationException e)
{
    Console.Error.WriteLine("anchorage-server: " + e.Message);
    return Usage;
}
catch (Exception e) when (e is TlsSetupException or DataDirectoryException or DatabaseUnavailableException or DatabaseSchemaException or AuditDamagedException)
{
    Console.Error.WriteLine("anchorage-server: " + e.Message);
    return Failure;
}
catch (IOException e) when (e.InnerException is AddressInUseException)
{
    Console.Error.WriteLine($"anchorage-server: {e.Message} Another program listens there; choose another port with --listen https://HOST:PORT.");
    return Failure;
}

static async Task<int> RunAsync(string[] args)
{
    await using var app = await ServerApplication.CreateAsync(args);
    await app.StartAsync();
    Console.WriteLine(app.Services.GetRequiredService<WelcomePage>().ReadyText(ServerApplication.AddressOf(app)));
    await app.WaitForShutdownAsync();
    return Success;
}

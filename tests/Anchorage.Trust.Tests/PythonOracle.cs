// Real Python as the judge: a script gets cases as JSON and answers as JSON, one process for all of them.

using System.Text.Json;
using Anchorage.Testing;

namespace Anchorage.Trust.Tests;

internal static class PythonOracle
{
    /// <summary>The newest Python of the machine.</summary>
    public static PipClient Newest => PythonInstallations.Clients.Where(client => client.PipWheel is null).MaxBy(client => client.PythonVersion)
        ?? throw new InvalidOperationException("No Python on this machine.");

    /// <summary>A Python on which a pip of the shared data runs.</summary>
    public static PipClient WithPip(string version) =>
        PythonInstallations.Clients.Where(client => client.PipWheel is not null && Path.GetFileName(client.PipWheel).StartsWith($"pip-{version}-", StringComparison.Ordinal))
            .MaxBy(client => client.PythonVersion) ?? throw new InvalidOperationException($"No Python runs pip {version}.");

    /// <summary>Runs a script that reads JSON from the file in argv[1] into <c>cases</c> and prints JSON.</summary>
    public static async Task<JsonElement> AskAsync(TestDirectory home, PipClient client, string script, object cases)
    {
        var input = home.Write("cases.json", JsonSerializer.Serialize(cases));
        var program = home.Write("oracle.py", "import json, sys\ncases = json.load(open(sys.argv[1], encoding='utf-8'))\n" + script);
        Dictionary<string, string> environment = client.PipWheel is null ? [] : new() { ["PYTHONPATH"] = client.PipWheel };
        var result = await Commands.RunAsync(client.Python, [program, input], home, TestContext.Current.CancellationToken, environment);
        return JsonDocument.Parse(result.MustSucceed().Output).RootElement.Clone();
    }
}

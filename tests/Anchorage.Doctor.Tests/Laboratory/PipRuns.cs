using System.Globalization;
using System.Text.Json.Nodes;

namespace Anchorage.Doctor.Tests.Laboratory;

/// <summary>What a real pip did.</summary>
internal sealed record PipResult(int ExitCode, string Text)
{
    public bool Succeeded => ExitCode == 0;
}

/// <summary>Runs one real pip through many scenarios, in one process for each setting of the clock.</summary>
internal static class PipRuns
{
    private static readonly string driver = Path.Combine(AppContext.BaseDirectory, "Laboratory", "pip_driver.py");

    /// <summary>Results by the scenario's name; those of the ssl module by the name with <c>/ssl</c> or <c>/strict</c>.</summary>
    public static async Task<Dictionary<string, PipResult>> RunAsync(LabClient client, IReadOnlyList<Scenario> scenarios, CancellationToken cancellationToken)
    {
        var results = new Dictionary<string, PipResult>();
        foreach (var group in scenarios.GroupBy(scenario => scenario.Clock))
        {
            foreach (var (name, result) in await RunAsync(client, [.. group], group.Key, cancellationToken))
                results[name] = result;
        }
        return results;
    }

    private static async Task<Dictionary<string, PipResult>> RunAsync(LabClient client, IReadOnlyList<Scenario> scenarios, string? clock, CancellationToken cancellationToken)
    {
        using var home = new TestDirectory();
        var runs = new JsonArray();
        foreach (var scenario in scenarios)
        {
            runs.Add(PipRun(scenario, home));
            // The module says its codes since Python 3.7; pip's own import of truststore does not touch it.
            if (scenario.AsksSsl && client.Python >= new Version(3, 7) && client.Pip.PipWheel is null)
            {
                runs.Add(SslRun(scenario, isStrict: false));
                runs.Add(SslRun(scenario, isStrict: true));
            }
        }
        var plan = new JsonObject { ["hosts"] = new JsonArray([.. TlsLaboratory.Hosts.Select(host => JsonValue.Create(host))]), ["parallel"] = 3, ["folder"] = home.MakeDirectory("out"), ["runs"] = runs };
        string[] start = clock is null ? [client.Pip.Python] : ["faketime", "-f", clock, client.Pip.Python];
        // A clock that stands beside the kernel's would end every wait of a socket at once.
        var environment = new Dictionary<string, string> { ["DONT_FAKE_MONOTONIC"] = "1", ["PYTHONDONTWRITEBYTECODE"] = "1", ["PYTHONWARNINGS"] = "ignore" };
        var ran = await Commands.RunAsync(
            start[0], [.. start[1..], driver, home.Write("runs.json", plan.ToJsonString()), client.Pip.PipWheel ?? ""], home, cancellationToken, environment, timeout: TimeSpan.FromMinutes(10));
        ran.MustSucceed();
        var results = new Dictionary<string, PipResult>();
        foreach (var line in ran.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line.StartsWith('{')))
        {
            var result = JsonNode.Parse(line)!;
            results[(string)result["id"]!] = new PipResult((int)result["exit"]!, (string)result["text"]!);
        }
        return results;
    }

    private static JsonObject PipRun(Scenario scenario, TestDirectory home)
    {
        List<string> arguments = ["--disable-pip-version-check", "--no-input", "--no-cache-dir", "download", "--no-deps", "--retries", "0", "--timeout", "2",
            "-d", home.MakeDirectory("downloads", scenario.Name), "--index-url", scenario.Index.AbsoluteUri];
        arguments.AddRange(TrustArguments(scenario));
        arguments.Add("demo");
        return new JsonObject { ["id"] = scenario.Name, ["arguments"] = new JsonArray([.. arguments.Select(argument => JsonValue.Create(argument))]), ["environment"] = VariablesOf(scenario) };
    }

    /// <summary>The arguments that decide what pip trusts and which way it goes.</summary>
    public static IEnumerable<string> TrustArguments(Scenario scenario)
    {
        foreach (var argument in scenario.Arguments)
            yield return argument;
        if (scenario.Bundle is { } bundle)
        {
            yield return "--cert";
            yield return bundle;
        }
        if (scenario.Proxy is { } proxy)
        {
            yield return "--proxy";
            yield return proxy.AbsoluteUri.TrimEnd('/');
        }
    }

    private static JsonObject VariablesOf(Scenario scenario)
    {
        var variables = new JsonObject();
        foreach (var (name, value) in scenario.Environment)
            variables[name] = value;
        return variables;
    }

    private static JsonObject SslRun(Scenario scenario, bool isStrict) => new()
    {
        ["id"] = scenario.Name + (isStrict ? "/strict" : "/ssl"),
        ["host"] = scenario.Index.Host,
        ["port"] = scenario.Index.Port,
        ["anchors"] = scenario.Bundle,
        ["strict"] = isStrict,
    };

    /// <summary>The number in <c>verify code 20 …</c>; null where the handshake failed in another way.</summary>
    public static int? VerifyCodeIn(string text) =>
        text.StartsWith("verify code ", StringComparison.Ordinal) && int.TryParse(text.Split(' ', '\n')[2], CultureInfo.InvariantCulture, out var code) ? code : null;
}

using System.Text.Json;
using Anchorage.Testing;

namespace Anchorage.Cli.Tests;

/// <summary>What the doctor says about a real registry of ours to people, to programs, and in both languages.</summary>
public sealed class DoctorTests(Registry registry) : IClassFixture<Registry>, IDisposable
{
    private readonly TestDirectory _home = new();

    private string Url => registry.Process.Client.Address + "main/simple/";

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task An_unknown_root_is_the_first_finding_in_one_plain_sentence()
    {
        var result = await RunAsync("doctor", Url);

        Assert.Equal(1, result.ExitCode);
        var first = result.Output.Split('\n').First(line => line.StartsWith("ERROR", StringComparison.Ordinal));
        Assert.Equal("ERROR  unknown-root", first);
        Assert.Contains("from an authority that these programs do not", result.Output, StringComparison.Ordinal);
        Assert.Contains("What to do", result.Output, StringComparison.Ordinal);
        Assert.EndsWith("\nNOT trusted\n", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain('\e', result.Output);
    }

    [Fact]
    public async Task Nothing_but_commands_is_wider_than_eighty_columns()
    {
        foreach (var language in (string[])["en", "zh"])
        {
            var result = await RunAsync("doctor", Url, "--all", "--lang", language);

            var wide = result.Output.Split('\n').Where(line => !line.StartsWith("       ", StringComparison.Ordinal) && line.Contains(' ', StringComparison.Ordinal)
                && line.Sum(character => character > 0x2E80 ? 2 : 1) > 80 && line.Trim().Split(' ').Length > 3);
            Assert.Empty(wide);
        }
    }

    [Fact]
    public async Task The_root_makes_pip_trust_where_its_setting_names_it()
    {
        var pip = await RunAsync(new Dictionary<string, string> { ["PIP_CERT"] = registry.Process.RootFile }, "doctor", Url, "--json");

        var report = JsonDocument.Parse(pip.Output).RootElement;
        var clients = report.GetProperty("clients").EnumerateArray().Where(client => client.GetProperty("kind").GetString() == "pip").ToList();
        Assert.NotEmpty(clients);
        Assert.All(clients, client => Assert.Equal("trusted", client.GetProperty("verdict").GetString()));
        Assert.All(clients, client => Assert.Contains(client.GetProperty("trust").EnumerateArray(), trust => trust.GetProperty("because").GetString() == "PIP_CERT"));
    }

    [Fact]
    public async Task Json_is_what_the_schema_in_the_repository_says()
    {
        var schema = new JsonSchema(JsonDocument.Parse(await File.ReadAllTextAsync(Repository.PathOf("docs", "doctor.schema.json"), TestContext.Current.CancellationToken)).RootElement);

        foreach (var target in (string[])[Url, "https://localhost:1/simple/"])
        {
            var result = await RunAsync("doctor", target, "--json");

            var report = JsonDocument.Parse(result.Output).RootElement;
            Assert.Empty(schema.Faults(report));
            Assert.Equal(1, report.GetProperty("schema").GetInt32());
            Assert.Equal(target, report.GetProperty("targets")[0].GetProperty("url").GetString());
            Assert.False(report.GetProperty("trusted").GetBoolean());
        }
    }

    [Fact]
    public async Task The_chain_is_the_one_on_the_wire()
    {
        var result = await RunAsync("doctor", Url, "--json");

        var chain = JsonDocument.Parse(result.Output).RootElement.GetProperty("targets")[0].GetProperty("chain");
        Assert.Equal(1, chain.GetArrayLength());
        Assert.Equal(64, chain[0].GetProperty("sha256").GetString()!.Length);
        Assert.Contains("Anchorage CA for", chain[0].GetProperty("issuer").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Chinese_is_spoken_when_asked_or_by_the_locale()
    {
        var asked = await RunAsync("doctor", Url, "--lang", "zh");
        var byLocale = await RunAsync(new Dictionary<string, string> { ["LC_ALL"] = "zh_CN.UTF-8" }, "doctor", Url);

        foreach (var result in (CommandResult[])[asked, byLocale])
        {
            Assert.EndsWith("\n不受信任\n", result.Output, StringComparison.Ordinal);
            Assert.Contains("错误  unknown-root", result.Output, StringComparison.Ordinal);
            Assert.Contains("处理办法", result.Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Where_nothing_answers_it_could_not_check()
    {
        var result = await RunAsync("doctor", "https://localhost:1");

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("ERROR  connection-refused", result.Output, StringComparison.Ordinal);
        Assert.EndsWith("\ncould not be checked\n", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_password_of_an_index_or_proxy_is_shown_anywhere()
    {
        const string Secret = "s3cr3t-w0rd";
        _home.Write(".config/pip/pip.conf", $"[global]\nindex-url = https://user:{Secret}@localhost:1/simple/\nproxy = http://user:{Secret}@127.0.0.1:1\n");
        var environment = new Dictionary<string, string> { ["HTTPS_PROXY"] = $"http://user:{Secret}@127.0.0.1:1", ["PIP_EXTRA_INDEX_URL"] = $"https://user:{Secret}@localhost:2/simple/" };
        var page = _home.PathOf("page.md");

        var text = await RunAsync(environment, "doctor", "--all", "--report", page);
        var json = await RunAsync(environment, "doctor", "--json");
        var wrong = await RunAsync(environment, "doctor", $"http://user:{Secret}@localhost");

        Assert.DoesNotContain(Secret, text.AllText + json.AllText + wrong.AllText + await File.ReadAllTextAsync(page, TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_target_the_indexes_of_the_clients_are_looked_at()
    {
        _home.Write(".config/pip/pip.conf", $"[global]\nindex-url = {Url}\n");

        var result = await RunAsync("doctor", "--json");

        Assert.Equal(Url, JsonDocument.Parse(result.Output).RootElement.GetProperty("targets")[0].GetProperty("url").GetString());
    }

    [Fact]
    public async Task The_page_for_the_it_department_has_chain_fingerprints_and_what_to_do()
    {
        var page = _home.PathOf("for-it.md");

        await RunAsync("doctor", Url, "--report", page);

        var text = await File.ReadAllTextAsync(page, TestContext.Current.CancellationToken);
        Assert.Contains("# TLS trust report", text, StringComparison.Ordinal);
        Assert.Contains("`unknown-root`", text, StringComparison.Ordinal);
        Assert.Matches("SHA-256: `[0-9a-f]{64}`", text);
        Assert.Contains("What to do, best first", text, StringComparison.Ordinal);
    }

    private Task<CommandResult> RunAsync(params string[] arguments) => RunAsync(null, arguments);

    private Task<CommandResult> RunAsync(Dictionary<string, string>? environment, params string[] arguments) => Anchorage.RunAsync(_home, environment, arguments);
}

using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Anchorage.Bench.Contestants;
using Anchorage.Bench.Corpus;
using Anchorage.Bench.Drives;
using Anchorage.Bench.Report;

namespace Anchorage.Bench.Workloads;

/// <summary>4: an index that nobody reads without a token; a hundred tokens in turn, each with rights of which the last one counts.</summary>
internal static class PrivateWorkload
{
    private const int Tokens = 100;
    private const int ScopesBefore = 9;
    private static readonly string[] Reading = ["read"];
    private static readonly string[] ReadingAndUploading = ["read", "upload"];

    public static readonly IReadOnlySet<int> Numbers = new HashSet<int> { 4 };

    public static async Task<IReadOnlyList<Row>> RunAsync(Bench bench, CancellationToken cancellationToken)
    {
        var data = await bench.Directories.CloneAsync(CorpusPlan.Registry(bench.Options.IsQuick), cancellationToken);
        await using var registry = await bench.Starting.RegistryAsync(data, cancellationToken, "--Access:AnonymousReading", "false");
        var tokens = await CreateTokensAsync(registry, await File.ReadAllTextAsync(Path.Combine(data, "bootstrap-token"), cancellationToken), cancellationToken);
        var page = SampleRequest.Page(CorpusPlan.TwentyFiles, true, true);
        var cases = new List<(string Name, SampleRequest Request, int? Connections)>
        {
            ("20 files, JSON, gzip", page, null),
            ("revalidation of it", page with { Revalidates = true }, null),
        };
        if (!bench.Options.IsQuick)
        {
            cases.Add(("20 files, HTML, identity", SampleRequest.Page(CorpusPlan.TwentyFiles, false, false), null));
            cases.Add(("5,000 files, JSON, gzip", SampleRequest.Page(CorpusPlan.ThousandsOfFiles, true, true), 16));
        }
        cases = cases.ConvertAll(one => one with { Request = one.Request with { Tokens = tokens } });
        var answers = new PreparedAnswers(bench.Home);
        await answers.AddAsync(registry, cases.Select(static one => one.Request), cancellationToken);
        await using var nginx = await bench.Starting.NginxAsync(answers, cancellationToken);
        await using var floor = await bench.Starting.FloorAsync(answers, cancellationToken);
        var rows = new List<Row>();
        foreach (var (name, request, connections) in cases)
        {
            Bench.Say($"4. {name}");
            rows.Add(await bench.Comparison.RunAsync(4, name, [registry, nginx, floor], request, new Targets { ToFloor = 0.75 }, cancellationToken, connections));
        }
        return rows;
    }

    private static async Task<IReadOnlyList<string>> CreateTokensAsync(Contestant registry, string administrator, CancellationToken cancellationToken)
    {
        var tokens = new List<string>();
        for (var number = 0; number < Tokens; number++)
        {
            var scopes = Enumerable.Range(0, ScopesBefore).Select(team => new { index = "main", project = $"team-{team}-*", actions = ReadingAndUploading })
                .Append(new { index = "main", project = "t*", actions = Reading });
            using var request = new HttpRequestMessage(HttpMethod.Post, "/api/tokens") { Content = JsonContent.Create(new { name = $"benchmark {number}", scopes }) };
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", administrator.Trim());
            using var response = await registry.Client.SendAsync(request, cancellationToken);
            using var answer = JsonDocument.Parse(await response.EnsureSuccessStatusCode().Content.ReadAsStringAsync(cancellationToken));
            tokens.Add(answer.RootElement.GetProperty("token").GetString()!);
        }
        return tokens;
    }
}

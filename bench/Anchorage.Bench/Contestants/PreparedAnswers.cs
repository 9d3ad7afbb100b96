using System.Net;
using Anchorage.Bench.Drives;
using Anchorage.Testing;

namespace Anchorage.Bench.Contestants;

/// <summary>
/// The registry's answers as files: nginx serves them from a folder, the floor by a manifest. What all three send for
/// one request is compared byte for byte before anything is measured.
/// </summary>
internal sealed class PreparedAnswers(TestDirectory home)
{
    private readonly List<string> lines = [];
    private readonly HashSet<string> prepared = [];

    private readonly string name = $"answers-{Guid.NewGuid():n}";

    public string NginxRoot => home.MakeDirectory(name);

    public string Manifest => home.PathOf(name + ".manifest");

    /// <summary>Asks the registry for what the requests ask for, and keeps it.</summary>
    public async Task AddAsync(Contestant registry, IEnumerable<SampleRequest> requests, CancellationToken cancellationToken)
    {
        foreach (var request in requests)
        {
            // Revalidations ask for what is prepared already.
            if (!prepared.Add($"{request.Path} {request.IsJson} {request.IsGzip}"))
                continue;
            var file = FileFor(request);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            using var response = await registry.Client.SendAsync(request.ToMessage(), HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            if (response.StatusCode != HttpStatusCode.OK)
                throw new InvalidOperationException($"The registry answered {(int)response.StatusCode} for {request.Path}.");
            await using (var target = File.Create(file))
                await response.Content.CopyToAsync(target, cancellationToken);
            var coding = response.Content.Headers.ContentEncoding.SingleOrDefault() ?? "-";
            if (coding != (request.IsGzip ? "gzip" : "-"))
                throw new InvalidOperationException($"The registry sent {request.Path} as '{coding}'.");
            if (request.IsGzip && !File.Exists(file[..^".gz".Length]))
                await PrepareOriginalAsync(registry, request, file[..^".gz".Length], cancellationToken);
            lines.Add(string.Join('\t', request.Path, request.Form, coding, response.Content.Headers.ContentType, response.Headers.ETag?.ToString() ?? "-", file));
        }
        home.Write(name + ".manifest", string.Join('\n', lines) + "\n");
    }

    /// <summary>Throws unless all of them answer the request with the status it expects and the same body.</summary>
    public static async Task CompareAsync(IReadOnlyList<Contestant> contestants, SampleRequest request, CancellationToken cancellationToken)
    {
        string? first = null;
        foreach (var contestant in contestants)
        {
            using var message = request.ToMessage(await request.TagForAsync(contestant, cancellationToken));
            using var response = await contestant.Client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
            var type = response.Content.Headers.ContentType?.MediaType;
            var answer = $"{(int)response.StatusCode} {type} {string.Join(',', response.Content.Headers.ContentEncoding)} "
                + Convert.ToHexStringLower(await System.Security.Cryptography.SHA256.HashDataAsync(body, cancellationToken));
            first ??= answer;
            if ((int)response.StatusCode != request.Status || answer != first)
                throw new InvalidOperationException($"{contestant.Name} answers {request.Path} with {answer}; expected {request.Status}, as {contestants[0].Name}: {first}");
        }
    }

    /// <summary>nginx sends a prepared gzip only beside its original.</summary>
    private static async Task PrepareOriginalAsync(Contestant registry, SampleRequest request, string file, CancellationToken cancellationToken)
    {
        using var response = await registry.Client.SendAsync((request with { IsGzip = false }).ToMessage(), HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        await using var target = File.Create(file);
        await response.Content.CopyToAsync(target, cancellationToken);
    }

    private string FileFor(SampleRequest request)
    {
        var path = NginxRoot + request.Path;
        return request.IsPage ? $"{path}index.{request.Form}{(request.IsGzip ? ".gz" : "")}" : path;
    }
}

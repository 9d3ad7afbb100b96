using System.Net.Http.Headers;
using Anchorage.Bench.Contestants;

namespace Anchorage.Bench.Drives;

/// <summary>A request as a client sends it, and the status that is right for it.</summary>
internal sealed record SampleRequest(string Path)
{
    /// <summary>What pip sends.</summary>
    private const string PipAccept = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html; q=0.1, text/html; q=0.01";

    public bool IsJson { get; init; }

    public bool IsGzip { get; init; }

    /// <summary>Asks whether what it has is current: 304.</summary>
    public bool Revalidates { get; init; }

    /// <summary>API tokens, sent in turn; empty = no credentials.</summary>
    public IReadOnlyList<string> Tokens { get; init; } = [];

    /// <summary>Further paths, asked for in turn: for drives that touch much. Their answers have other sizes.</summary>
    public IReadOnlyList<string> MorePaths { get; init; } = [];

    public bool IsPage => Path.Contains("/simple/", StringComparison.Ordinal);

    public string Form => !IsPage ? "-" : IsJson ? "json" : "html";

    public int Status => Revalidates ? 304 : 200;

    public static SampleRequest Page(string project, bool json, bool gzip, string index = "main") =>
        new($"/{index}/simple/{project}/") { IsJson = json, IsGzip = gzip };

    public IEnumerable<(string Name, string Value)> Headers(string? tag)
    {
        if (IsPage)
            yield return ("Accept", IsJson ? PipAccept : "text/html");
        yield return ("Accept-Encoding", IsGzip ? "gzip, deflate" : "identity");
        yield return ("User-Agent", "pip/26.2 {\"implementation\":{\"name\":\"CPython\",\"version\":\"3.13.0\"}}");
        if (tag is not null)
            yield return ("If-None-Match", tag);
    }

    public HttpRequestMessage ToMessage(string? tag = null)
    {
        var message = new HttpRequestMessage(HttpMethod.Get, Path);
        foreach (var (name, value) in Headers(tag))
            message.Headers.TryAddWithoutValidation(name, value);
        if (Tokens.Count > 0)
            message.Headers.Authorization = new AuthenticationHeaderValue("Basic", Credentials(Tokens[0]));
        return message;
    }

    public static string Credentials(string token) => Convert.ToBase64String(System.Text.Encoding.ASCII.GetBytes("__token__:" + token));

    /// <summary>The entity tag that this server gives: nginx makes its own. Null where the request does not revalidate.</summary>
    public async Task<string?> TagForAsync(Contestant contestant, CancellationToken cancellationToken)
    {
        if (!Revalidates)
            return null;
        using var response = await contestant.Client.SendAsync(ToMessage(), HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        return response.EnsureSuccessStatusCode().Headers.ETag?.ToString() ?? throw new InvalidOperationException($"{contestant.Name} sent no entity tag for {Path}.");
    }
}

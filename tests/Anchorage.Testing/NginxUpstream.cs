namespace Anchorage.Testing;

/// <summary>A real nginx that serves a folder over TLS: an upstream nobody here wrote. Started by <c>tests/services/nginx</c>.</summary>
public sealed class NginxUpstream : IAsyncDisposable
{
    private readonly TestDirectory directory = new();
    private readonly TestAuthority authority = new("nginx");

    private NginxUpstream()
    {
    }

    /// <summary>The server's root, with a trailing slash.</summary>
    public Uri Address { get; private set; } = new("https://localhost/");

    /// <summary>The Simple API root: pages written by <see cref="AddPage"/>.</summary>
    public Uri SimpleUrl => SimpleUrlOf("public");

    /// <summary>The Simple API root of one of several sets of pages.</summary>
    public Uri SimpleUrlOf(string set) => new(Address, $"/{set}/simple/");

    /// <summary>The root to trust, PEM.</summary>
    public string RootPem => authority.RootPem;

    private static string Script => Repository.PathOf("tests", "services", "nginx");

    /// <summary>Starts nginx; leaves the test out where it is not installed.</summary>
    public static async Task<NginxUpstream> StartAsync(CancellationToken cancellationToken)
    {
        if (Commands.FindOnPath("nginx") is null)
            Repository.LeaveOut("nginx is not installed (tests/services/packages.txt)");
        var upstream = new NginxUpstream();
        try
        {
            var (chain, key) = upstream.authority.Issue().WriteTo(upstream.directory);
            var run = upstream.directory.MakeDirectory("run");
            var root = upstream.directory.MakeDirectory("root");
            var started = await Commands.RunAsync(Script, ["start", run, root, chain, key], upstream.directory, cancellationToken);
            started.MustSucceed();
            upstream.Address = new Uri(started.Output.Split('\n').Single(line => line.StartsWith("url ", StringComparison.Ordinal))[4..]);
            return upstream;
        }
        catch
        {
            await upstream.DisposeAsync();
            throw;
        }
    }

    /// <summary>Serves a captured page as the page of a project: JSON or HTML, by its extension.</summary>
    public void AddPage(string project, string extension, byte[] content, string set = "public") =>
        AddFile($"{set}/simple/{project}/index{extension}", content);

    /// <summary>Serves bytes below the root.</summary>
    public void AddFile(string path, byte[] content) => directory.Write(Path.Combine("root", path), content);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Commands.RunAsync(Script, ["stop", directory.PathOf("run")], directory, CancellationToken.None);
        directory.Dispose();
        authority.Dispose();
    }
}

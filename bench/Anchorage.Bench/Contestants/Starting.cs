using System.Globalization;
using Anchorage.Testing;

namespace Anchorage.Bench.Contestants;

/// <summary>Starts the three: the published registry, Debian's nginx, the floor. All on free loopback ports.</summary>
internal sealed class Starting(TestDirectory home, TestAuthority authority)
{
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(60);

    private int started;

    /// <summary>
    /// The published binary with its default settings on a data directory. Its log goes to a file, as a service's does.
    /// </summary>
    public async Task<Contestant> RegistryAsync(string dataDirectory, CancellationToken cancellationToken, params string[] settings)
    {
        var log = home.PathOf($"registry-{++started}.log");
        string[] upstream = settings.Contains("--Upstream:Url") ? ["--Upstream:AllowedNetworks", "127.0.0.0/8,::1/128"] : ["--Upstream:Url", "https://localhost:9/simple/"];
        var running = Commands.Start(
            "/bin/sh",
            ["-c", "exec \"$@\" 2>>\"$LOG\"", "sh", RegistryProcess.Binary, "run", "--data", dataDirectory, "--listen", "https://localhost:0", .. upstream, .. settings],
            home, new Dictionary<string, string>(Corpus.PreparedDirectories.RuntimeVariables) { ["LOG"] = log });
        try
        {
            const string Ready = "anchorage ready ";
            var line = await WaitForLineAsync(running, Ready, cancellationToken);
            var rootPem = await File.ReadAllTextAsync(Path.Combine(dataDirectory, "ca", "root.pem"), cancellationToken);
            return new Contestant("anchorage", new Uri(line[Ready.Length..].Trim()), rootPem, running, log);
        }
        catch (InvalidOperationException e)
        {
            throw new InvalidOperationException($"{e.Message}\n{await File.ReadAllTextAsync(log, cancellationToken)}", e);
        }
    }

    /// <summary>nginx over the prepared files.</summary>
    public async Task<Contestant> NginxAsync(PreparedAnswers answers, CancellationToken cancellationToken)
    {
        var nginx = Commands.FindOnPath("nginx") ?? throw new InvalidOperationException("nginx is not installed (Debian: nginx).");
        var folder = home.MakeDirectory($"nginx-{++started}");
        var (chain, key) = authority.Issue("localhost").WriteTo(home, "nginx");
        var port = Contestant.FreePort();
        using var template = new StreamReader(typeof(Starting).Assembly.GetManifestResourceStream("Anchorage.Bench.nginx.conf")!);
        var configuration = (await template.ReadToEndAsync(cancellationToken))
            .Replace("{{user}}", Environment.UserName == "root" ? "user root;" : "", StringComparison.Ordinal)
            .Replace("{{workers}}", Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("{{folder}}", folder, StringComparison.Ordinal)
            .Replace("{{port}}", port.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("{{chain}}", chain, StringComparison.Ordinal)
            .Replace("{{key}}", key, StringComparison.Ordinal)
            .Replace("{{root}}", answers.NginxRoot, StringComparison.Ordinal);
        var running = Commands.Start(nginx, ["-c", home.Write($"nginx-{started}/nginx.conf", configuration), "-p", folder], home);
        var contestant = new Contestant("nginx", new Uri($"https://localhost:{port}/"), authority.RootPem, running);
        await WaitUntilAnswersAsync(contestant, running, cancellationToken);
        return contestant;
    }

    /// <summary>The floor over the same files.</summary>
    public async Task<Contestant> FloorAsync(PreparedAnswers answers, CancellationToken cancellationToken)
    {
        var (chain, key) = authority.Issue("localhost").WriteTo(home, "floor");
        var port = Contestant.FreePort();
        var running = Commands.Start(
            Repository.PathOf("artifacts", "bin", "Anchorage.Floor", "release", "Anchorage.Floor"),
            [answers.Manifest, port.ToString(CultureInfo.InvariantCulture), chain, key], home, Corpus.PreparedDirectories.RuntimeVariables);
        await WaitForLineAsync(running, "floor ready", cancellationToken);
        return new Contestant("floor", new Uri($"https://localhost:{port}/"), authority.RootPem, running);
    }

    private static async Task<string> WaitForLineAsync(RunningCommand running, string beginning, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(StartPatience);
        try
        {
            return await running.WaitForLineAsync(beginning, patience.Token);
        }
        catch
        {
            await running.DisposeAsync();
            throw;
        }
    }

    private static async Task WaitUntilAnswersAsync(Contestant contestant, RunningCommand running, CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                using var response = await contestant.Client.GetAsync(new Uri("/", UriKind.Relative), cancellationToken);
                return;
            }
            catch (HttpRequestException) when (attempt < 100 && !running.HasExited)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), cancellationToken);
            }
            catch (HttpRequestException e)
            {
                throw new InvalidOperationException($"nginx does not answer: {running.Errors}", e);
            }
        }
    }
}

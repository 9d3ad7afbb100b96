// The proof of a repair is the client itself: this very pip asks the real index, and then the negative control, which it
// must refuse. It asks for a version that cannot exist, so nothing is ever downloaded, built or run.

using System.Text.RegularExpressions;

namespace Anchorage.Trust;

/// <summary>What a trial of a client showed.</summary>
/// <param name="Works">The index answered over verified TLS.</param>
/// <param name="Verifies">The negative control was refused; null where it was not reached.</param>
/// <param name="Words">The line of the client that says why not; empty where it works.</param>
public sealed record TrialResult(bool Works, bool? Verifies, string Words);

/// <summary>Runs real pips.</summary>
internal static partial class PipTrial
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Tries a pip against an index and against negative controls.</summary>
    public static async Task<TrialResult> RunAsync(ClientFacts client, Uri index, TimeProvider time, CancellationToken cancellationToken)
    {
        var python = client.Python?.Path ?? throw new ArgumentException("A pip without an interpreter cannot be run.", nameof(client));
        using var server = new NegativeControl(time);
        using var proxy = new NegativeControl(time);
        var real = AskAsync(python, index, null, cancellationToken);
        var direct = AskAsync(python, new Uri($"https://localhost:{server.Port}/simple/"), Direct, cancellationToken);
        // The same index name, with the control as the proxy on the way: what is switched off for that name alone shows here.
        var between = client.Proxy is null && index.Scheme == Uri.UriSchemeHttps ? AskAsync(python, index, Through(proxy), cancellationToken) : direct;
        await Task.WhenAll(real, direct, between);
        var (works, words) = await real;
        ControlOutcome[] outcomes = [server.Outcome, proxy.Outcome];
        bool? verifies = outcomes.Contains(ControlOutcome.Accepted) ? false : outcomes.Contains(ControlOutcome.Refused) ? true : null;
        return new TrialResult(works, verifies, words);
    }

    private static readonly Dictionary<string, string?> Direct = new()
    {
        ["NO_PROXY"] = "localhost",
        ["no_proxy"] = "localhost",
    };

    private static Dictionary<string, string?> Through(NegativeControl control)
    {
        var proxy = $"http://127.0.0.1:{control.Port}";
        return new() { ["HTTPS_PROXY"] = proxy, ["https_proxy"] = proxy, ["NO_PROXY"] = null, ["no_proxy"] = null };
    }

    private static async Task<(bool Works, string Words)> AskAsync(string python, Uri index, Dictionary<string, string?>? environment, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("anchorage-trial-").FullName;
        try
        {
            // No wheel has this version, and sources are not taken: whatever the index says, nothing runs.
            var result = await ChildProgram.RunAsync(
                python,
                ["-m", "pip", "--disable-pip-version-check", "--no-input", "download", "-vvv", "--no-cache-dir", "--no-deps", "--only-binary", ":all:", "--retries", "0",
                    "--timeout", "15", "--dest", folder, "--index-url", index.AbsoluteUri, "pip==0.0.0+anchorage"],
                environment, Patience, cancellationToken);
            foreach (Match answer in Answer().Matches(result.Output))
            {
                // pip 9 does not say which server answered.
                if (answer.Groups["host"].Value.Length == 0 || IsSame(answer.Groups["host"].Value, index))
                {
                    return (true, "");
                }
            }
            var why = result.Output.Split('\n').LastOrDefault(line => Reason().IsMatch(line)) ?? result.Output.Trim().Split('\n')[^1];
            return (false, why.Trim());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static bool IsSame(string origin, Uri index) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var seen) && string.Equals(seen.Host, index.Host, StringComparison.OrdinalIgnoreCase) && seen.Port == index.Port;

    // urllib3's line for each answered request, which is written only after the handshake has been verified.
    [GeneratedRegex(@"(?:(?<host>https://\S+) )?""GET \S+ HTTP/1\.[01]"" \d{3}")]
    private static partial Regex Answer();

    [GeneratedRegex("SSL|certificate|CERTIFICATE|Caused by|connection broken|ProxyError|Errno|check_hostname|TLS", RegexOptions.CultureInvariant)]
    private static partial Regex Reason();
}

/// <summary>The caches of pip, which keep what trusted hosts sent unverified since pip 20.1.</summary>
internal static class PipCache
{
    private static readonly string[] Unproven = ["http", "http-v2", "wheels"];

    /// <summary>Removes what may be unproven from the cache of a client; says which directory.</summary>
    public static async Task<string?> PurgeAsync(ClientFacts client, CancellationToken cancellationToken)
    {
        var directory = await DirectoryAsync(client, cancellationToken);
        if (directory is null || !Directory.Exists(directory) || File.GetAttributes(directory).HasFlag(FileAttributes.ReparsePoint))
        {
            return null;
        }
        var purged = false;
        foreach (var folder in Unproven.Select(name => Path.Combine(directory, name)).Where(Directory.Exists))
        {
            Directory.Delete(folder, recursive: true);
            purged = true;
        }
        return purged ? directory : null;
    }

    private static async Task<string?> DirectoryAsync(ClientFacts client, CancellationToken cancellationToken)
    {
        // pip 20.1 and newer say it themselves, with every setting heeded.
        if (client.Python is { } python)
        {
            var result = await ChildProgram.RunAsync(python.Path, ["-m", "pip", "--disable-pip-version-check", "cache", "dir"], null, TimeSpan.FromSeconds(20), cancellationToken);
            if (result.ExitCode == 0 && result.Output.Split('\n').Select(line => line.Trim()).LastOrDefault(Path.IsPathFullyQualified) is { } said)
            {
                return said;
            }
        }
        return Environment.GetEnvironmentVariable("PIP_CACHE_DIR") is { Length: > 0 } chosen ? chosen
            : Path.Combine(Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache ? cache
                : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"), "pip");
    }
}

// The one place of these tests that starts programs (python, openssl): without the machine's own TLS and pip settings,
// which would decide the outcome, and with an end to its patience.

using System.Diagnostics;
using System.Text;

namespace Anchorage.Server.Tests.Tls;

internal sealed record Command(int ExitCode, string Output)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static async Task<Command> RunAsync(string program, string? input, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in start.Environment.Keys.Where(IsTrustSetting).ToList())
        {
            start.Environment.Remove(name);
        }
#pragma warning disable RS0030 // This is the one place.
        using var process = Process.Start(start)!;
#pragma warning restore RS0030
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            var output = new StringBuilder();
            var reading = Task.WhenAll(CollectAsync(process.StandardOutput, output, patience.Token), CollectAsync(process.StandardError, output, patience.Token));
            try
            {
                await process.StandardInput.WriteAsync((input ?? "").AsMemory(), patience.Token);
                process.StandardInput.Close();
            }
            catch (IOException)
            {
                // It ended without reading: its output says why.
            }
            await process.WaitForExitAsync(patience.Token);
            await reading;
            return new Command(process.ExitCode, output.ToString());
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    /// <summary>One interpreter of this version ("3.13"), or null. A version manager's stubs on PATH run nothing: its own folders are asked.</summary>
    public static string? FindPython(string version)
    {
        var pyenv = Environment.GetEnvironmentVariable("PYENV_ROOT") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".pyenv");
        var managed = Directory.Exists(Path.Combine(pyenv, "versions")) ? Directory.GetDirectories(Path.Combine(pyenv, "versions"), version + ".*") : [];
        var onPath = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Where(folder => !folder.StartsWith(pyenv, StringComparison.Ordinal));
        return managed.Select(folder => Path.Combine(folder, "bin", "python")).Concat(onPath.Select(folder => Path.Combine(folder, "python" + version)))
            .FirstOrDefault(File.Exists);
    }

    private static bool IsTrustSetting(string name) =>
        name.StartsWith("PIP_", StringComparison.OrdinalIgnoreCase) || name.StartsWith("SSL_CERT_", StringComparison.OrdinalIgnoreCase)
        || name.Contains("CA_BUNDLE", StringComparison.OrdinalIgnoreCase) || name.EndsWith("_PROXY", StringComparison.OrdinalIgnoreCase);

    private static async Task CollectAsync(StreamReader reader, StringBuilder output, CancellationToken cancellationToken)
    {
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            lock (output)
            {
                output.Append(line).Append('\n');
            }
        }
    }
}

// The few facts that no file tells reliably: whether the ssl module can be loaded, and what its OpenSSL was compiled to
// read. The interpreter is started once, isolated and without site packages, so that nothing of the user's runs.

using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;

namespace Anchorage.Trust;

/// <summary>What an interpreter said of its TLS.</summary>
internal sealed record InterpreterAnswer(bool HasSsl, string? OpenSslVersion, string? File, string? Directory);

/// <summary>Asks interpreters, each once.</summary>
internal sealed class InterpreterQuestion(GatherRequest request)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(700);

    // _ssl alone: importing ssl would take three times as long.
    private const string Code = """
        import sys
        try:
            import _ssl
            paths = _ssl.get_default_verify_paths()
            sys.stdout.write("\n".join(["ssl", _ssl.OPENSSL_VERSION, paths[1], paths[3]]))
        except ImportError:
            sys.stdout.write("none")
        """;

    private readonly ConcurrentDictionary<string, Lazy<Task<InterpreterAnswer?>>> answers = new(StringComparer.Ordinal);

    /// <summary>The answer; null where it did not come in time.</summary>
    public Task<InterpreterAnswer?> AskAsync(string interpreter, string key, Version version, CancellationToken cancellationToken) =>
        answers.GetOrAdd(key, _ => new(() => RunAsync(interpreter, version, cancellationToken))).Value;

    private async Task<InterpreterAnswer?> RunAsync(string interpreter, Version version, CancellationToken cancellationToken)
    {
        // Python 2 knows no -I.
        string[] isolated = version.Major < 3 ? ["-E", "-s", "-S", "-c", Code] : ["-I", "-S", "-c", Code];
        var start = new ProcessStartInfo(interpreter, isolated)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            CreateNoWindow = true,
        };
        start.Environment.Clear();
        foreach (var name in (ReadOnlySpan<string>)["PATH", "HOME", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "USERPROFILE"])
        {
            if (request.Environment.TryGetValue(name, out var value))
                start.Environment[name] = value;
        }
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        using var process = new Process { StartInfo = start };
        try
        {
            if (!process.Start())
                return null;
            process.StandardInput.Close();
            return await ReadAnswerAsync(process, patience.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
        catch (Exception e) when (e is Win32Exception or IOException or InvalidOperationException)
        {
            return null;
        }
        finally
        {
            Stop(process);
        }
    }

    private static async Task<InterpreterAnswer?> ReadAnswerAsync(Process process, CancellationToken cancellationToken)
    {
        // Enough for the four lines; what says more is no Python.
        var buffer = new char[8_192];
        var length = await process.StandardOutput.ReadBlockAsync(buffer, cancellationToken);
        var lines = new string(buffer, 0, length).Split('\n');
        // The end of its output is nearly the end of the process; to kill it would mean to look through all processes.
        if (length < buffer.Length)
            await process.WaitForExitAsync(cancellationToken);
        return lines switch
        {
            ["ssl", var version, var file, var directory, ..] => new InterpreterAnswer(true, version.Trim(), file.Trim(), directory.Trim()),
            ["none"] => new InterpreterAnswer(false, null, null, null),
            _ => null,
        };
    }

    private static void Stop(Process process)
    {
        try
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception)
        {
            // It never started, or has ended meanwhile.
        }
    }
}

// The one place of this project that starts other programs: interpreters, and the commands of the system's store. Their
// output is bounded, their time too, and no shell is between.

using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace Anchorage.Trust;

/// <summary>What a program left behind.</summary>
internal sealed record ChildResult(string Command, int ExitCode, string Output)
{
    /// <summary>Throws with what it said, where it failed.</summary>
    /// <exception cref="IOException">It failed.</exception>
    public ChildResult MustSucceed() => ExitCode == 0 ? this
        : throw new IOException($"`{Command}` ended with {ExitCode}: {Output.Trim().Split('\n')[^1].Trim()}");
}

internal static class ChildProgram
{
    private const int MaxOutput = 4 << 20;

    /// <summary>More than any command of a trust store needs; a package manager downloads as well.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <summary>Runs a program to its end, with nothing on its standard input.</summary>
    /// <exception cref="IOException">It cannot be started, or does not end in time.</exception>
    public static async Task<ChildResult> RunAsync(
        string program, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string?>? environment, TimeSpan patience, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(program)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }
        foreach (var (name, value) in environment ?? new Dictionary<string, string?>())
        {
            start.Environment[name] = value;
        }
        using var process = new Process { StartInfo = start };
        var output = new StringBuilder();
        process.OutputDataReceived += (_, line) => Append(output, line.Data);
        process.ErrorDataReceived += (_, line) => Append(output, line.Data);
        try
        {
            process.Start();
        }
        catch (Win32Exception e)
        {
            throw new IOException($"{program} cannot be started: {e.Message}", e);
        }
        process.StandardInput.Close();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(patience);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            cancellationToken.ThrowIfCancellationRequested();
            throw new IOException($"{program} did not end within {patience.TotalSeconds:0} seconds.");
        }
        lock (output)
        {
            return new ChildResult(string.Join(' ', arguments.Prepend(program)), process.ExitCode, output.ToString());
        }
    }

    private static void Append(StringBuilder output, string? line)
    {
        lock (output)
        {
            if (line is not null && output.Length < MaxOutput)
            {
                output.Append(line).Append('\n');
            }
        }
    }
}

using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace Anchorage.Testing;

/// <summary>What a finished command left behind.</summary>
public sealed record CommandResult(string Command, int ExitCode, string Output, string Errors)
{
    /// <summary>Standard output and standard error, for looking something up.</summary>
    public string AllText => Output + Errors;

    /// <summary>Throws with everything the command said unless it succeeded.</summary>
    public CommandResult MustSucceed() => ExitCode == 0 ? this : throw new InvalidOperationException($"Expected success.\n{this}");

    /// <summary>Throws with everything the command said unless it failed.</summary>
    public CommandResult MustFail() => ExitCode != 0 ? this : throw new InvalidOperationException($"Expected failure.\n{this}");

    /// <inheritdoc/>
    public override string ToString() => $"$ {Command}\nexit code {ExitCode}\n--- stdout\n{Output}\n--- stderr\n{Errors}";
}

/// <summary>
/// The one place that starts processes. Each gets an environment without anything that would change what a client
/// trusts or where it looks (a developer's machine is full of it), and a home folder that is not the developer's.
/// </summary>
public static class Commands
{
    private static readonly string[] scrubbedPrefixes =
        ["PIP_", "PYTHON", "VIRTUAL_ENV", "CONDA", "TWINE_", "FLIT_", "POETRY_", "UV_", "ANCHORAGE_", "SSL_CERT_", "LD_PRELOAD", "XDG_", "PYENV_"];

    private static readonly string[] scrubbedNames =
        ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "AWS_CA_BUNDLE", "NETRC", "SSLKEYLOGFILE", "OPENSSL_CONF", "HTTPLIB2_CA_CERTS"];

    /// <summary>Runs a program to its end.</summary>
    /// <exception cref="TimeoutException">It did not end in time; it has been killed, and the message holds what it said.</exception>
    public static async Task<CommandResult> RunAsync(
        string program,
        IEnumerable<string> arguments,
        TestDirectory home,
        CancellationToken cancellationToken,
        IReadOnlyDictionary<string, string>? environment = null,
        string? workingDirectory = null,
        TimeSpan? timeout = null)
    {
        await using var running = Start(program, arguments, home, environment, workingDirectory);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeout ?? TimeSpan.FromSeconds(120));
        try
        {
            var exitCode = await running.WaitForExitAsync(limit.Token);
            return new CommandResult(running.Command, exitCode, running.Output, running.Errors);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"Did not end in time: {running.Command}\n--- stdout\n{running.Output}\n--- stderr\n{running.Errors}");
        }
    }

    /// <summary>Starts a program that keeps running until it is disposed of.</summary>
    public static RunningCommand Start(
        string program,
        IEnumerable<string> arguments,
        TestDirectory home,
        IReadOnlyDictionary<string, string>? environment = null,
        string? workingDirectory = null)
    {
        var start = new ProcessStartInfo(program)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            UseShellExecute = false,
            WorkingDirectory = workingDirectory ?? home.Path,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        foreach (var name in start.Environment.Keys.Where(IsScrubbed).ToList())
            start.Environment.Remove(name);
        start.Environment["HOME"] = home.Path;
        start.Environment["LC_ALL"] = "C.UTF-8";
        start.Environment["NO_COLOR"] = "1";
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        return new RunningCommand(start);
    }

    /// <summary>The full path of a program on PATH; null where there is none.</summary>
    public static string? FindOnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Append("/usr/sbin")
            .Select(folder => Path.Combine(folder, program))
            .FirstOrDefault(File.Exists);

    private static bool IsScrubbed(string name) =>
        scrubbedPrefixes.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal))
        || scrubbedNames.Contains(name)
        || name.EndsWith("_proxy", StringComparison.OrdinalIgnoreCase);
}

/// <summary>A child process. Disposing kills it and whatever it started.</summary>
public sealed partial class RunningCommand : IAsyncDisposable
{
    private readonly Process process;
    private readonly StringBuilder output = new();
    private readonly StringBuilder errors = new();
    private readonly Task reading;
    private readonly ConcurrentDictionary<TaskCompletionSource<string>, string> awaitedLines = new();

    internal RunningCommand(ProcessStartInfo start)
    {
        Command = string.Join(' ', start.ArgumentList.Prepend(start.FileName));
        process = new Process { StartInfo = start };
        process.Start();
        process.StandardInput.Close();
        reading = Task.WhenAll(ReadAsync(process.StandardOutput, output), ReadAsync(process.StandardError, errors));
    }

    /// <summary>The command line.</summary>
    public string Command { get; }

    /// <summary>The process id.</summary>
    public int Id => process.Id;

    /// <summary>True once it has ended.</summary>
    public bool HasExited => process.HasExited;

    /// <summary>Standard output so far.</summary>
    public string Output => Text(output);

    /// <summary>Standard error so far.</summary>
    public string Errors => Text(errors);

    /// <summary>The first line (of either stream) that starts with <paramref name="beginning"/>, as soon as it is there.</summary>
    /// <exception cref="InvalidOperationException">The process ended without it.</exception>
    public async Task<string> WaitForLineAsync(string beginning, CancellationToken cancellationToken)
    {
        var line = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        awaitedLines[line] = beginning;
        foreach (var earlier in (Output + "\n" + Errors).Split('\n'))
        {
            if (earlier.StartsWith(beginning, StringComparison.Ordinal))
                line.TrySetResult(earlier);
        }
        var first = await Task.WhenAny(line.Task, reading).WaitAsync(cancellationToken);
        awaitedLines.TryRemove(line, out _);
        return first == line.Task || line.Task.IsCompleted
            ? await line.Task
            : throw new InvalidOperationException($"Ended without the line '{beginning}…': {Command}\n--- stdout\n{Output}\n--- stderr\n{Errors}");
    }

    /// <summary>Waits for the end and returns the exit code.</summary>
    public async Task<int> WaitForExitAsync(CancellationToken cancellationToken)
    {
        await process.WaitForExitAsync(cancellationToken);
        await reading.WaitAsync(cancellationToken);
        return process.ExitCode;
    }

    /// <summary>kill -9: no chance to clean up.</summary>
    public async Task KillAsync()
    {
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync(CancellationToken.None);
    }

    /// <summary>SIGTERM: asks it to stop.</summary>
    public void Terminate()
    {
        const int SIGTERM = 15;
        if (SendSignal(process.Id, SIGTERM) != 0 && !process.HasExited)
            throw new InvalidOperationException($"SIGTERM could not be sent to {process.Id}: error {Marshal.GetLastPInvokeError()}.");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
            await KillAsync();
        await reading;
        process.Dispose();
    }

    private async Task ReadAsync(StreamReader reader, StringBuilder text)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            lock (text)
                text.Append(line).Append('\n');
            foreach (var (awaited, beginning) in awaitedLines)
            {
                if (line.StartsWith(beginning, StringComparison.Ordinal))
                    awaited.TrySetResult(line);
            }
        }
    }

    private static string Text(StringBuilder text)
    {
        lock (text)
            return text.ToString();
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int processId, int signal);
}

// The last word: the client's own interpreter does a verified handshake with exactly the client's anchors, and says what its OpenSSL says. Nothing
// but the ssl module runs; verification is never off, and nothing is sent after the handshake.

using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Anchorage.Trust;

/// <summary>Asks an interpreter what it makes of a server.</summary>
public static class InterpreterCheck
{
    private static readonly TimeSpan patience = TimeSpan.FromSeconds(6);
    private const int LongestAnswer = 1000;

    // argv: host, port, proxy host or -, proxy port, how names are checked, strict or plain, anchors as file:… and directory:….
    private const string Code = """
        import socket, ssl, sys
        host, port, proxy, proxy_port, names, strictness = sys.argv[1:7]
        context = ssl.SSLContext(getattr(ssl, "PROTOCOL_TLS_CLIENT", getattr(ssl, "PROTOCOL_TLS", ssl.PROTOCOL_SSLv23)))
        context.check_hostname = names == "openssl"
        context.verify_mode = ssl.CERT_REQUIRED
        if strictness == "strict":
            context.verify_flags |= ssl.VERIFY_X509_STRICT | ssl.VERIFY_X509_PARTIAL_CHAIN
        try:
            for anchors in sys.argv[7:]:
                kind, path = anchors.split(":", 1)
                context.load_verify_locations(**{"cafile" if kind == "file" else "capath": path})
            connection = socket.create_connection((host, int(port)) if proxy == "-" else (proxy, int(proxy_port)), 4)
            connection.settimeout(4)
            if proxy != "-":
                there = "%s:%s" % ("[%s]" % host if ":" in host else host, port)
                connection.sendall(("CONNECT %s HTTP/1.1\r\nHost: %s\r\n\r\n" % (there, there)).encode("ascii"))
                answer = b""
                while not answer.endswith(b"\r\n\r\n") and len(answer) < 16384:
                    more = connection.recv(1)
                    if not more:
                        break
                    answer += more
                if answer.split(b" ")[1:2] != [b"200"]:
                    raise IOError("the proxy: %r" % answer[:80])
            context.wrap_socket(connection, server_hostname=host)
            sys.stdout.write("0 accepted")
        except Exception as error:
            if hasattr(error, "verify_code"):
                sys.stdout.write("%d %s" % (error.verify_code, error.verify_message))
            else:
                sys.stdout.write("- %s" % error)
        """;

    /// <summary>What the interpreter says, for <see cref="ClientVerdict.Confirmation"/>; null where it cannot be asked in this way.</summary>
    /// <param name="client">A client with an interpreter.</param>
    /// <param name="target">A target that its way was probed to; proxies with a password are not gone through.</param>
    /// <param name="machine">The state of its certificate files.</param>
    /// <param name="cancellationToken">Ends the interpreter.</param>
    public static async Task<string?> ConfirmAsync(ClientFacts client, TargetFacts target, MachineFacts machine, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(machine);
        if (client.Python is not { } python || client.Broken is not null || client.DisabledBy is not null || target.Url.Scheme != Uri.UriSchemeHttps
            || target.Chain.Count == 0 || client.Proxy is { HasCredentials: true } || client.Proxy?.Url.Scheme == Uri.UriSchemeHttps)
            return null;
        var answer = await RunAsync(python, [.. Arguments(client, target, machine)], cancellationToken);
        return answer is null ? null : $"Python {python.Version} says: {answer}";
    }

    private static IEnumerable<string> Arguments(ClientFacts client, TargetFacts target, MachineFacts machine)
    {
        yield return target.Url.IdnHost;
        yield return target.Url.Port.ToString(CultureInfo.InvariantCulture);
        yield return client.Proxy?.Url.IdnHost ?? "-";
        yield return (client.Proxy?.Url.Port ?? 0).ToString(CultureInfo.InvariantCulture);
        yield return client.Rules.Names == NameMatching.OpenSsl ? "openssl" : "python";
        yield return client.Rules.IsStrict ? "strict" : "plain";
        foreach (var path in client.Trust.Select(source => source.Path).OfType<string>())
        {
            if (machine.Bundles.TryGetValue(path, out var bundle) && bundle.State == BundleState.Good)
                yield return $"{(Directory.Exists(path) ? "directory" : "file")}:{path}";
        }
    }

    private static async Task<string?> RunAsync(PythonFacts python, string[] arguments, CancellationToken cancellationToken)
    {
        // Python 2 knows no -I.
        string[] isolated = python.Version.Major < 3 ? ["-E", "-s", "-S", "-c", Code] : ["-I", "-S", "-c", Code];
        var start = new ProcessStartInfo(python.Path, [.. isolated, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            CreateNoWindow = true,
        };
        // Its anchors are those on the command line: no variable of OpenSSL's may add to them.
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("SSL_CERT_", StringComparison.OrdinalIgnoreCase) || name.StartsWith("PYTHON", StringComparison.OrdinalIgnoreCase)).ToList())
            start.Environment.Remove(name);
        using var process = new Process { StartInfo = start };
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        ended.CancelAfter(patience);
        try
        {
            if (!process.Start())
                return null;
            process.StandardInput.Close();
            process.ErrorDataReceived += (_, _) => { };
            process.BeginErrorReadLine();
            var buffer = new char[LongestAnswer];
            var length = await process.StandardOutput.ReadBlockAsync(buffer, ended.Token);
            await process.WaitForExitAsync(ended.Token);
            return length == 0 ? null : DistinguishedName.Printable(new string(buffer, 0, length).Trim());
        }
        catch (Exception e) when (e is Win32Exception or IOException or InvalidOperationException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return null;
        }
        finally
        {
            Stop(process);
        }
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
            // Never started, or gone in between.
        }
    }
}

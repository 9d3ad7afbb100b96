// The answer to someone who wrote http:// instead of https://. It is not the registry: no route, page or middleware of
// it is behind this port, and nothing that arrives here is read as a request, so no credential is ever accepted over it.
// No redirect either: a client that follows one sends its password in clear first, every time, and never notices.

using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Connections;

namespace Anchorage.Server.Tls;

/// <summary>Answers every request on the plain port with 403 and the address to use.</summary>
internal sealed class PlainHttpExplainer : ConnectionHandler
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private const long MaxDiscardedBytes = 1024 * 1024;

    private readonly byte[] _answer;
    private readonly TimeProvider _time;

    public PlainHttpExplainer(TlsOptions options, TimeProvider time)
    {
        _time = time;
        // The address comes from the configuration, never from the request: a Host header is anyone's text.
        var url = options.ListenHost is null ? $"https://THIS-HOST:{options.Listen.Port}/" : options.Listen.GetLeftPart(UriPartial.Authority) + "/";
        var body = $"This registry speaks HTTPS only. Use {url} instead of http://.\n"
            + "Anything sent to this port crossed the network unencrypted: if that included a token or a password, revoke it.\n";
        // pip shows the reason phrase and no body.
        _answer = Encoding.ASCII.GetBytes($"HTTP/1.1 403 HTTPS only: use {url}\r\nContent-Type: text/plain; charset=utf-8\r\n"
            + $"Content-Length: {body.Length}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n{body}");
    }

    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        using var patience = new CancellationTokenSource(Patience, _time);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, connection.ConnectionClosed);
        try
        {
            if (await ReadHeadAsync(connection.Transport.Input, ended.Token))
            {
                await connection.Transport.Output.WriteAsync(_answer, ended.Token);
                await connection.Transport.Output.CompleteAsync();
                // Closing with unread bytes would reset the connection, and a client in the middle of an upload would
                // see the reset instead of the answer.
                await DiscardAsync(connection.Transport.Input, ended.Token);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // The client was too slow or has gone: nothing is owed to it.
        }
    }

    /// <summary>Waits for the empty line; false for what is no HTTP request (a TLS handshake begins with 0x16).</summary>
    private static async Task<bool> ReadHeadAsync(PipeReader input, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await input.ReadAsync(cancellationToken);
            if (read.Buffer.IsEmpty && read.IsCompleted)
            {
                return false;
            }
            var isHttp = char.IsAsciiLetterUpper((char)read.Buffer.FirstSpan[0]);
            var isWhole = HasEmptyLine(read.Buffer) || read.Buffer.Length >= MaxHeadBytes || read.IsCompleted;
            if (!isHttp || isWhole)
            {
                input.AdvanceTo(read.Buffer.End);
                return isHttp;
            }
            input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    private const int MaxHeadBytes = 32 * 1024;

    private static bool HasEmptyLine(ReadOnlySequence<byte> buffer) =>
        new SequenceReader<byte>(buffer).TryReadTo(out ReadOnlySequence<byte> _, "\r\n\r\n"u8);

    private static async Task DiscardAsync(PipeReader input, CancellationToken cancellationToken)
    {
        long discarded = 0;
        while (discarded < MaxDiscardedBytes)
        {
            var read = await input.ReadAsync(cancellationToken);
            discarded += read.Buffer.Length;
            input.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
            {
                return;
            }
        }
    }
}

using Microsoft.Win32.SafeHandles;

namespace Anchorage.Server;

/// <summary>Writes bodies whose length is in the headers already.</summary>
internal static class ResponseBody
{
    /// <summary>
    /// What is handed over before it waits for the client. Kestrel copies all of one write into its own memory: 2.8 MB at
    /// once for each of many clients was 140 MB, and every byte left the processor's cache on its way.
    /// </summary>
    private const int PieceBytes = 64 << 10;

    /// <summary>The least room worth a read of its own.</summary>
    private const int MinReadBytes = 4 << 10;

    public static Task SendAsync(HttpContext context, ReadOnlyMemory<byte> content) =>
        content.Length <= PieceBytes
            ? context.Response.Body.WriteAsync(content, context.RequestAborted).AsTask()
            : SendInPiecesAsync(context, content);

    /// <summary>
    /// Reads from the file straight into the connection's memory. Synchronously: the asynchronous read of .NET on Linux is
    /// the same read on another thread of the same pool.
    /// </summary>
    public static async Task SendAsync(HttpContext context, SafeFileHandle file, long offset, long length)
    {
        // Once the headers are written, the memory that is handed out is the connection's own.
        await context.Response.StartAsync(context.RequestAborted);
        var output = context.Response.BodyWriter;
        while (length > 0)
        {
            var piece = (int)Math.Min(length, PieceBytes);
            length -= piece;
            while (piece > 0)
            {
                var memory = output.GetMemory(Math.Min(piece, MinReadBytes));
                var read = RandomAccess.Read(file, memory.Span[..Math.Min(memory.Length, piece)], offset);
                if (read == 0)
                    throw new IOException("A file ended before the length that was announced for it.");
                output.Advance(read);
                piece -= read;
                offset += read;
            }
            await output.FlushAsync(context.RequestAborted);
            context.RequestAborted.ThrowIfCancellationRequested();
        }
    }

    private static async Task SendInPiecesAsync(HttpContext context, ReadOnlyMemory<byte> content)
    {
        while (!content.IsEmpty)
        {
            var piece = content[..Math.Min(PieceBytes, content.Length)];
            await context.Response.Body.WriteAsync(piece, context.RequestAborted);
            context.RequestAborted.ThrowIfCancellationRequested();
            content = content[piece.Length..];
        }
    }
}

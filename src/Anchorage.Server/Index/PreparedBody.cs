using Anchorage.Server.Storage;

namespace Anchorage.Server.Index;

/// <summary>A body in one form and coding, with its strong ETag (RFC 9110 §8.8.3: one per representation).</summary>
internal sealed class PreparedBody
{
    private readonly byte[]? bytes;
    private readonly UnnamedFile? file;

    public PreparedBody(string etag, byte[] bytes) => (ETag, this.bytes, Length) = (etag, bytes, bytes.Length);

    public PreparedBody(string etag, UnnamedFile file) => (ETag, this.file, Length) = (etag, file, file.Length);

    public string ETag { get; }

    public long Length { get; }

    /// <summary>Bytes of memory that it holds.</summary>
    public long InMemory => bytes?.Length ?? 0;

    public Task SendAsync(HttpContext context) =>
        file is null ? ResponseBody.SendAsync(context, bytes!) : ResponseBody.SendAsync(context, file.Handle, 0, file.Length);

    public void CopyTo(Stream target)
    {
        if (file is null)
        {
            target.Write(bytes);
            return;
        }
        var piece = new byte[64 << 10];
        for (long position = 0; position < file.Length;)
        {
            var read = RandomAccess.Read(file.Handle, piece, position);
            target.Write(piece.AsSpan(0, read));
            position += read;
        }
    }
}

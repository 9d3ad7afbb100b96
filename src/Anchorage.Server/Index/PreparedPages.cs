using System.Buffers;
using System.IO.Compression;
using System.Security.Cryptography;
using Anchorage.Packaging;
using Anchorage.Server.Operations;
using Microsoft.Extensions.Caching.Memory;

namespace Anchorage.Server.Index;

/// <summary>How a body is encoded on the wire.</summary>
internal enum ContentCoding
{
    Identity,
    Gzip,
    Brotli,
}

/// <summary>A body in one form and coding, with its strong ETag (RFC 9110 §8.8.3: one per representation).</summary>
internal sealed record PreparedBody(byte[] Bytes, string ETag);

/// <summary>
/// Index pages as bytes: rendered and compressed once per change, in each form and coding when first asked for.
/// Compressing per request costs a factor of seven on large pages. Bounded; the least used go first.
/// </summary>
internal sealed class PreparedPages(ServerOptions options) : IDisposable
{
    // What an entry costs beside its bodies, roughly; also what it counts for until the bodies exist.
    private const int EntryOverhead = 1024;

    private static readonly KeyValuePair<string, object?> Hit = new("result", "hit");
    private static readonly KeyValuePair<string, object?> Miss = new("result", "miss");

    private readonly MemoryCache pages = new(new MemoryCacheOptions { SizeLimit = options.PageCacheBytes, CompactionPercentage = 0.1 });
    private readonly Lock adding = new();

    /// <summary>The body: from memory while <paramref name="stamp"/> is that of the prepared one, else rendered.</summary>
    /// <param name="index">The index as asked for (it is in the addresses on the page).</param>
    /// <param name="project">The project; null = the list.</param>
    /// <param name="render">Writes the page; called once per change and form, also when many ask at once.</param>
    public ValueTask<PreparedBody> GetAsync(
        string index, ProjectName? project, bool json, Stamp stamp, ContentCoding coding, Func<IBufferWriter<byte>, Task> render)
    {
        var key = (index, project, json);
        if (pages.TryGetValue(key, out PreparedPage? page) && page!.Stamp == stamp && page.Find(coding) is { } body)
        {
            Meters.PageCacheLookups.Add(1, Hit);
            return ValueTask.FromResult(body);
        }
        Meters.PageCacheLookups.Add(1, Miss);
        return new ValueTask<PreparedBody>(PrepareAsync(key, stamp, coding, render));
    }

    public void Dispose() => pages.Dispose();

    private async Task<PreparedBody> PrepareAsync(
        (string Index, ProjectName? Project, bool Json) key, Stamp stamp, ContentCoding coding, Func<IBufferWriter<byte>, Task> render)
    {
        PreparedPage? page;
        lock (adding)
        {
            if (!pages.TryGetValue(key, out page) || page!.Stamp != stamp)
            {
                page = new PreparedPage(stamp);
                pages.Set(key, page, new MemoryCacheEntryOptions { Size = EntryOverhead });
            }
        }
        var body = await page.PrepareAsync(coding, render);
        lock (adding)
        {
            // The cache learns the size by setting the entry again; not where a later state has taken the place.
            if (!pages.TryGetValue(key, out PreparedPage? current) || ReferenceEquals(current, page))
                pages.Set(key, page, new MemoryCacheEntryOptions { Size = EntryOverhead + page.BodyBytes });
        }
        return body;
    }

#pragma warning disable CA1001 // A SemaphoreSlim holds nothing to dispose of unless its wait handle is asked for.
    private sealed class PreparedPage(Stamp stamp)
#pragma warning restore CA1001
    {
        private readonly SemaphoreSlim preparing = new(1, 1);
        private readonly PreparedBody?[] bodies = new PreparedBody?[3];
        private string? tag;

        public Stamp Stamp { get; } = stamp;

        public long BodyBytes => bodies.Sum(static body => (long)(body?.Bytes.Length ?? 0));

        public PreparedBody? Find(ContentCoding coding) => Volatile.Read(ref bodies[(int)coding]);

        public async Task<PreparedBody> PrepareAsync(ContentCoding coding, Func<IBufferWriter<byte>, Task> render)
        {
            await preparing.WaitAsync();
            try
            {
                if (bodies[(int)ContentCoding.Identity] is not { } identity)
                {
                    var buffer = new ArrayBufferWriter<byte>(16 << 10);
                    await render(buffer);
                    var bytes = buffer.WrittenSpan.ToArray();
                    // From the content, so that a restart and another replica give the same ETag.
                    tag = Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 16));
                    identity = new PreparedBody(bytes, $"\"{tag}\"");
                    Volatile.Write(ref bodies[(int)ContentCoding.Identity], identity);
                }
                if (bodies[(int)coding] is { } body)
                    return body;
                body = coding == ContentCoding.Gzip
                    ? new PreparedBody(Compress(identity.Bytes, static target => new GZipStream(target, CompressionLevel.Optimal)), $"\"{tag}-gz\"")
                    : new PreparedBody(Compress(identity.Bytes, static target => new BrotliStream(target, new BrotliCompressionOptions { Quality = 5 })), $"\"{tag}-br\"");
                Volatile.Write(ref bodies[(int)coding], body);
                return body;
            }
            finally
            {
                preparing.Release();
            }
        }

        private static byte[] Compress(byte[] content, Func<Stream, Stream> compressor)
        {
            using var target = new MemoryStream(content.Length / 4);
            using (var stream = compressor(target))
                stream.Write(content);
            return target.ToArray();
        }
    }
}

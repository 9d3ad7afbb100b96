using System.Buffers;
using System.IO.Compression;
using Anchorage.Packaging;
using Anchorage.Server.Operations;
using Anchorage.Server.Storage;

namespace Anchorage.Server.Index;

/// <summary>How a body is encoded on the wire.</summary>
internal enum ContentCoding
{
    Identity,
    Gzip,
    Brotli,
}

/// <summary>
/// Index pages as bytes: rendered and compressed once per change, in each form and coding when first asked for.
/// Compressing per request costs a factor of seven on large pages. Bounded; the least used go first.
/// </summary>
internal sealed class PreparedPages(ServerOptions options, DataDirectory directory)
{
    // What an entry costs beside its bodies, roughly; also what it counts for until the bodies exist.
    private const int EntryOverhead = 1024;

    private readonly BoundedCache<(string Index, ProjectName? Project, bool Json), PreparedPage> pages = new(options.PageCacheBytes);
    private readonly Lock adding = new();

    /// <summary>The body, while <paramref name="stamp"/> is that of the prepared one; else null, and the caller prepares it.</summary>
    public PreparedBody? Find(string index, ProjectName? project, bool json, Stamp stamp, ContentCoding coding)
    {
        var body = pages.TryGet((index, project, json), out var page) && page.Stamp == stamp ? page.Find(coding) : null;
        (body is null ? Meters.PageCacheMisses : Meters.PageCacheHits).Increment();
        return body;
    }

    /// <summary>The body, rendered where it is not there yet.</summary>
    /// <param name="index">The index as asked for (it is in the addresses on the page).</param>
    /// <param name="project">The project; null = the list.</param>
    /// <param name="render">Writes the page; called once per change and form, also when many ask at once.</param>
    public async Task<PreparedBody> PrepareAsync(
        string index, ProjectName? project, bool json, Stamp stamp, ContentCoding coding, Func<IBufferWriter<byte>, Task> render)
    {
        var key = (index, project, json);
        PreparedPage? page;
        lock (adding)
        {
            if (!pages.TryGet(key, out page) || page.Stamp != stamp)
            {
                page = new PreparedPage(stamp, directory);
                pages.Set(key, page, EntryOverhead);
            }
        }
        var body = await page.PrepareAsync(coding, render);
        lock (adding)
        {
            // The cache learns the size by setting the entry again; not where a later state has taken the place.
            if (!pages.TryGet(key, out var current) || ReferenceEquals(current, page))
                pages.Set(key, page, EntryOverhead + page.InMemory);
        }
        return body;
    }

#pragma warning disable CA1001 // A SemaphoreSlim holds nothing to dispose of unless its wait handle is asked for.
    private sealed class PreparedPage(Stamp stamp, DataDirectory directory)
#pragma warning restore CA1001
    {
        private readonly SemaphoreSlim preparing = new(1, 1);
        private readonly PreparedBody?[] bodies = new PreparedBody?[3];
        private string? tag;

        public Stamp Stamp { get; } = stamp;

        public long InMemory => bodies.Sum(static body => body?.InMemory ?? 0);

        public PreparedBody? Find(ContentCoding coding) => Volatile.Read(ref bodies[(int)coding]);

        public async Task<PreparedBody> PrepareAsync(ContentCoding coding, Func<IBufferWriter<byte>, Task> render)
        {
            await preparing.WaitAsync();
            try
            {
                return await PrepareAsync(coding, render, directory.CreateUnnamedFile);
            }
            catch (StorageFullException)
            {
                // Reading goes on while nothing can be written.
                return await PrepareAsync(coding, render, createFile: null);
            }
            finally
            {
                preparing.Release();
            }
        }

        private async Task<PreparedBody> PrepareAsync(ContentCoding coding, Func<IBufferWriter<byte>, Task> render, Func<UnnamedFile>? createFile)
        {
            if (bodies[(int)ContentCoding.Identity] is not { } identity)
            {
                using var sink = new PageSink(createFile);
                await render(sink);
                // From the content, so that a restart and another replica give the same ETag.
                tag = sink.Digest();
                identity = sink.ToBody($"\"{tag}\"");
                Volatile.Write(ref bodies[(int)ContentCoding.Identity], identity);
            }
            if (bodies[(int)coding] is { } body)
                return body;
            using var compressed = new PageSink(createFile);
            using (Stream compressor = coding == ContentCoding.Gzip
                ? new GZipStream(compressed, CompressionLevel.Optimal, leaveOpen: true)
                : new BrotliStream(compressed, new BrotliCompressionOptions { Quality = 5 }, leaveOpen: true))
                identity.CopyTo(compressor);
            body = compressed.ToBody(coding == ContentCoding.Gzip ? $"\"{tag}-gz\"" : $"\"{tag}-br\"");
            Volatile.Write(ref bodies[(int)coding], body);
            return body;
        }
    }
}

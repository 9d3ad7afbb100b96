using System.Security.Cryptography;
using Anchorage.Packaging;
using Anchorage.Server.Storage;

namespace Anchorage.Server.Tests.Storage;

/// <summary>What every blob store keeps to.</summary>
public abstract class BlobStoreContract
{
    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    private protected abstract IBlobStore Store { get; }

    private protected static async Task<Sha256Digest> PublishAsync(IBlobStore store, byte[] content)
    {
        using var staged = store.Stage();
        await staged.Writer.WriteAsync(content, Token);
        var digest = Sha256Digest.Of(content);
        await store.PublishAsync(staged, digest, Token);
        return digest;
    }

    private protected static async Task<byte[]> ReadAsync(StoredBlob blob)
    {
        await using var stream = blob.OpenRead();
        using var content = new MemoryStream();
        await stream.CopyToAsync(content, Token);
        return content.ToArray();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3_000_000)]
    public async Task What_was_published_is_found_whole(int length)
    {
        var content = RandomNumberGenerator.GetBytes(length);
        var digest = await PublishAsync(Store, content);
        var blob = await Store.FindAsync(digest, Token);
        Assert.NotNull(blob);
        Assert.Equal(length, blob.Length);
        Assert.Equal(content, await ReadAsync(blob));
    }

    [Fact]
    public async Task What_was_not_published_is_not_found()
    {
        var content = "never published"u8.ToArray();
        using (var staged = Store.Stage())
            await staged.Writer.WriteAsync(content, Token);
        Assert.Null(await Store.FindAsync(Sha256Digest.Of(content), Token));
        Assert.Empty(await Store.ListAsync(Token).ToListAsync(Token));
    }

    [Fact]
    public async Task The_same_bytes_may_be_published_again_and_at_once()
    {
        var content = RandomNumberGenerator.GetBytes(100_000);
        var digests = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(() => PublishAsync(Store, content))));
        var digest = Assert.Single(digests.Distinct());
        Assert.Equal(content, await ReadAsync((await Store.FindAsync(digest, Token))!));
        Assert.Equal([digest], await Store.ListAsync(Token).ToListAsync(Token));
    }

    [Fact]
    public async Task Every_blob_is_listed()
    {
        var digests = new HashSet<Sha256Digest>();
        for (var i = 0; i < 50; i++)
            digests.Add(await PublishAsync(Store, BitConverter.GetBytes(i)));
        Assert.Equal(digests, await Store.ListAsync(Token).ToHashSetAsync(cancellationToken: Token));
    }

    [Fact]
    public async Task A_deleted_blob_is_gone_and_may_be_deleted_again()
    {
        var digest = await PublishAsync(Store, [1, 2, 3]);
        await Store.DeleteAsync(digest, Token);
        await Store.DeleteAsync(digest, Token);
        Assert.Null(await Store.FindAsync(digest, Token));
    }

    [Fact]
    public async Task Who_reads_a_blob_reads_to_its_end_although_it_is_deleted()
    {
        var content = RandomNumberGenerator.GetBytes(500_000);
        var digest = await PublishAsync(Store, content);
        await using var stream = (await Store.FindAsync(digest, Token))!.OpenRead();
        var head = new byte[1000];
        await stream.ReadExactlyAsync(head, Token);
        await Store.DeleteAsync(digest, Token);
        var rest = new byte[content.Length - head.Length];
        await stream.ReadExactlyAsync(rest, Token);
        Assert.Equal(content, head.Concat(rest));
    }

    [Fact]
    public async Task A_reader_follows_the_growing_file_and_keeps_it_after_it_is_published()
    {
        byte[] first = [1, 2, 3], second = [4, 5];
        var staged = Store.Stage();
        await using var reader = staged.OpenReader();
        var buffer = new byte[10];
        Assert.Equal(0, await reader.ReadAsync(buffer, Token));

        await staged.Writer.WriteAsync(first, Token);
        Assert.Equal(3, staged.Length);
        Assert.Equal(3, await reader.ReadAsync(buffer, Token));
        Assert.Equal(first, buffer[..3]);

        await staged.Writer.WriteAsync(second, Token);
        await Store.PublishAsync(staged, Sha256Digest.Of([.. first, .. second]), Token);
        await using var late = staged.OpenReader();
        staged.Dispose();
        Assert.Equal(2, await reader.ReadAsync(buffer, Token));
        Assert.Equal(second, buffer[..2]);
        Assert.Equal(5, late.Length);
    }

    [Fact]
    public async Task A_staged_blob_can_be_followed_after_it_was_published_and_disposed()
    {
        var staged = Store.Stage();
        await staged.Writer.WriteAsync(new byte[] { 9 }, Token);
        await Store.PublishAsync(staged, Sha256Digest.Of([9]), Token);
        staged.Dispose();
        staged.Dispose();
        await using var reader = staged.OpenReader();
        Assert.Equal(9, reader.ReadByte());
    }

    [Fact]
    public void A_store_that_works_says_so() => Store.CheckWritable();
}

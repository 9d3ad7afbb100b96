using Anchorage.Packaging;
using Anchorage.Server.Storage;
using Anchorage.Testing;

namespace Anchorage.Server.Tests.Storage;

public sealed class FileBlobStoreTests : BlobStoreContract, IDisposable
{
    private readonly TestDirectory directory = new();
    private readonly DataDirectory data;
    private readonly FileBlobStore store;

    public FileBlobStoreTests()
    {
        data = DataDirectory.Open(directory.PathOf("data"));
        store = new FileBlobStore(data);
    }

    private protected override IBlobStore Store => store;

    public void Dispose()
    {
        data.Dispose();
        directory.Dispose();
    }

    [Fact]
    public async Task Blobs_lie_one_level_deep_under_their_digest_for_the_owner_alone()
    {
        var digest = await PublishAsync(store, "hello"u8.ToArray());
        var path = Path.Combine(data.Blobs, "2c", "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
        Assert.Equal(Path.GetFileName(path), digest.ToString());
        Assert.Equal("600", UnixMode.Of(path));
        Assert.Equal("700", UnixMode.Of(Path.GetDirectoryName(path)!));
        Assert.Empty(Directory.EnumerateFiles(data.Staging));
    }

    [Fact]
    public async Task A_stored_blob_of_another_length_is_damage_and_is_not_replaced()
    {
        var digest = await PublishAsync(store, "hello"u8.ToArray());
        var path = (await store.FindAsync(digest, Token))!.LocalPath;
        await File.WriteAllBytesAsync(path, "hell"u8.ToArray(), Token);
        var failure = await Assert.ThrowsAsync<IOException>(() => PublishAsync(store, "hello"u8.ToArray()));
        Assert.Contains("fsck", failure.Message, StringComparison.Ordinal);
        Assert.Equal("hell", await File.ReadAllTextAsync(path, Token));
    }

    [Fact]
    public async Task Files_that_are_not_blobs_are_not_listed()
    {
        var digest = await PublishAsync(store, "hello"u8.ToArray());
        var hex = digest.ToString();
        await File.WriteAllTextAsync(Path.Combine(data.Blobs, "2c", "README"), "", Token);
        await File.WriteAllTextAsync(Path.Combine(data.Blobs, "2c", hex.ToUpperInvariant()), "", Token);
        await File.WriteAllTextAsync(Path.Combine(data.Blobs, "00", hex), "", Token);
        Assert.Equal([digest], await store.ListAsync(Token).ToListAsync(Token));
    }

    [Fact]
    public async Task A_full_disk_is_told_as_such_and_leaves_nothing()
    {
        using var full = SmallDisk.Mount(megabytes: 2);
        using var other = DataDirectory.Open(Path.Combine(full.Path, "data"));
        var small = new FileBlobStore(other);
        var kept = await PublishAsync(small, new byte[1000]);
        using (var staged = small.Stage())
        {
            await Assert.ThrowsAsync<StorageFullException>(async () =>
            {
                for (var i = 0; i < 100; i++)
                    await staged.Writer.WriteAsync(new byte[100_000], Token);
            });
            Assert.Throws<StorageFullException>(() => DurableFile.Replace(Path.Combine(other.Ca, "x"), new byte[100_000], DurableFile.OwnerOnly));
        }
        Assert.Empty(Directory.EnumerateFiles(other.Ca));
        Assert.Empty(Directory.EnumerateFiles(other.Staging));
        Assert.Equal([kept], await small.ListAsync(Token).ToListAsync(Token));
        await PublishAsync(small, new byte[2000]);
    }
}

using Anchorage.Server.Storage;
using Anchorage.Testing;

namespace Anchorage.Server.Tests.Storage;

public sealed class DurableFileTests : IDisposable
{
    private readonly TestDirectory directory = new();

    public void Dispose() => directory.Dispose();

    [Fact]
    public void Creating_never_replaces()
    {
        var path = directory.PathOf("token");
        Assert.True(DurableFile.TryCreate(path, "first"u8, DurableFile.OwnerOnly));
        Assert.False(DurableFile.TryCreate(path, "second"u8, DurableFile.OwnerOnly));
        Assert.Equal("first", File.ReadAllText(path));
        Assert.Equal("600", UnixMode.Of(path));
        Assert.Equal([path], Directory.EnumerateFiles(directory.Path));
    }

    [Fact]
    public async Task Of_many_that_create_at_once_one_wins()
    {
        for (var round = 0; round < 50; round++)
        {
            var path = directory.PathOf($"race-{round}");
            using var start = new Barrier(4);
            var wins = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => Task.Factory.StartNew(() =>
            {
                start.SignalAndWait();
                return DurableFile.TryCreate(path, [(byte)i], DurableFile.OwnerOnly);
            }, TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
            Assert.Single(wins, won => won);
        }
    }

    [Fact]
    public void Replacing_sets_content_and_mode()
    {
        var path = directory.Write("root.pem", "old and longer");
        DurableFile.Replace(path, "new"u8, DurableFile.Readable);
        Assert.Equal("new", File.ReadAllText(path));
        Assert.Equal("644", UnixMode.Of(path));
        Assert.Equal([path], Directory.EnumerateFiles(directory.Path));
    }

    [Fact]
    public void Who_reads_a_replaced_file_has_the_old_content_whole()
    {
        var path = directory.Write("root.pem", "old content");
        using var reader = new StreamReader(path);
        DurableFile.Replace(path, "new"u8, DurableFile.Readable);
        Assert.Equal("old content", reader.ReadToEnd());
    }

    [Fact]
    public void A_directory_that_is_missing_is_named()
    {
        var failure = Assert.Throws<IOException>(() => DurableFile.TryCreate(directory.PathOf("missing", "x"), [], DurableFile.OwnerOnly));
        Assert.Contains("missing", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_lock_is_held_until_it_is_let_go()
    {
        var path = directory.PathOf("lock");
        var held = DurableFile.OpenLocked(path);
        Assert.NotNull(held);
        Assert.Null(DurableFile.OpenLocked(path));
        held.Dispose();
        DurableFile.OpenLocked(path)!.Dispose();
    }
}

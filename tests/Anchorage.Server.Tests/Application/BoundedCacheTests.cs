namespace Anchorage.Server.Tests.Application;

public class BoundedCacheTests
{
    [Fact]
    public void What_is_asked_for_stays_and_the_rest_goes()
    {
        var cache = new BoundedCache<int, string>(10);
        cache.Set(0, "zero");
        for (var i = 1; i < 100; i++)
        {
            cache.Set(i, "other");
            Assert.True(cache.TryGet(0, out var kept));
            Assert.Equal("zero", kept);
        }
        Assert.InRange(Enumerable.Range(0, 100).Count(i => cache.TryGet(i, out _)), 1, 10);
    }

    [Fact]
    public void What_was_removed_is_not_found_in_either_generation()
    {
        var cache = new BoundedCache<int, string>(4);
        foreach (var key in new[] { 1, 2, 3 })
            cache.Set(key, "value");
        foreach (var key in new[] { 1, 2, 3 })
        {
            cache.Remove(key);
            Assert.False(cache.TryGet(key, out _));
        }
    }

    [Fact]
    public void An_entry_counts_as_much_as_it_weighs()
    {
        var cache = new BoundedCache<int, string>(100);
        cache.Set(1, "too much", 51);
        Assert.False(cache.TryGet(1, out _));
        cache.Set(2, "light", 30);
        cache.Set(2, "heavier", 45);
        cache.Set(3, "light", 5);
        Assert.True(cache.TryGet(2, out var value));
        Assert.Equal("heavier", value);
        Assert.True(cache.TryGet(3, out _));
    }
}

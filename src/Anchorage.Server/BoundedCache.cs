using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace Anchorage.Server;

/// <summary>
/// What was asked for of late, within a bound. Two generations: what is found in the old one moves to the young one, and
/// when the young one is full it becomes the old one, whose rest is forgotten. Reading takes no lock and allocates
/// nothing; a MemoryCache boxes its key and reads the clock each time.
/// </summary>
/// <param name="capacity">Most weight that is kept; an entry that weighs more than half of it is not kept at all.</param>
internal sealed class BoundedCache<TKey, TValue>(long capacity, IEqualityComparer<TKey>? comparer = null)
    where TKey : notnull
{
    private readonly record struct Entry(TValue Value, long Weight);

    private readonly Lock changing = new();
    private volatile ConcurrentDictionary<TKey, Entry> young = new(comparer);
    private volatile ConcurrentDictionary<TKey, Entry> old = new(comparer);
    private long youngWeight;

    public bool TryGet(TKey key, [MaybeNullWhen(false)] out TValue value)
    {
        if (young.TryGetValue(key, out var entry))
        {
            value = entry.Value;
            return true;
        }
        if (old.ContainsKey(key))
            return TryRejuvenate(key, out value);
        // Another reader may have moved it between the two looks.
        var isThere = young.TryGetValue(key, out entry);
        value = entry.Value;
        return isThere;
    }

    /// <summary>Keeps the value in place of what was kept under the key.</summary>
    public void Set(TKey key, TValue value, long weight = 1)
    {
        lock (changing)
        {
            RemoveLocked(key);
            AddLocked(key, new Entry(value, weight));
        }
    }

    /// <summary>Forgets the key: no reader that begins after the return finds it.</summary>
    public void Remove(TKey key)
    {
        lock (changing)
            RemoveLocked(key);
    }

    /// <summary>Under the lock, so that nothing moves to the young generation that is being removed.</summary>
    private bool TryRejuvenate(TKey key, [MaybeNullWhen(false)] out TValue value)
    {
        lock (changing)
        {
            if (young.TryGetValue(key, out var entry))
            {
                value = entry.Value;
                return true;
            }
            if (!old.TryRemove(key, out entry))
            {
                value = default;
                return false;
            }
            AddLocked(key, entry);
            value = entry.Value;
            return true;
        }
    }

    private void AddLocked(TKey key, Entry entry)
    {
        if (entry.Weight > capacity / 2)
            return;
        if (youngWeight + entry.Weight > capacity / 2)
        {
            old = young;
            young = new ConcurrentDictionary<TKey, Entry>(comparer);
            youngWeight = 0;
        }
        young[key] = entry;
        youngWeight += entry.Weight;
    }

    private void RemoveLocked(TKey key)
    {
        if (young.TryRemove(key, out var entry))
            youngWeight -= entry.Weight;
        old.TryRemove(key, out _);
    }
}

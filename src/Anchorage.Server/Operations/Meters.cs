using System.Diagnostics.Metrics;

namespace Anchorage.Server.Operations;

/// <summary>What the registry counts. Names are part of the contract with dashboards; no label names a project or a person.</summary>
internal static class Meters
{
    public const string Name = "Anchorage.Server";

    private static readonly Meter Meter = new(Name);

    public static readonly Counter<long> Downloads = Meter.CreateCounter<long>("anchorage.downloads", "{file}", "Files sent, completely or not");

    public static readonly Counter<long> DownloadedBytes = Meter.CreateCounter<long>("anchorage.downloads.size", "By", "Bytes of files sent");

    public static readonly Counter<long> Uploads = Meter.CreateCounter<long>("anchorage.uploads", "{file}", "Uploads that were accepted");

    /// <summary>Tag <c>outcome</c>: ok, unchanged, absent, failed.</summary>
    public static readonly Counter<long> UpstreamFetches = Meter.CreateCounter<long>("anchorage.upstream.fetches", "{request}", "Requests to upstreams");

    /// <summary>Index pages looked for among the prepared ones. Counted here and read when somebody asks: on every page request.</summary>
    public static readonly Tally PageCacheHits = new();

    /// <inheritdoc cref="PageCacheHits"/>
    public static readonly Tally PageCacheMisses = new();

    /// <summary>Tag <c>result</c>: hit, miss.</summary>
    public static readonly ObservableCounter<long> PageCacheLookups = Meter.CreateObservableCounter(
        "anchorage.page_cache.lookups",
        static () => new Measurement<long>[]
        {
            new(PageCacheHits.Value, new KeyValuePair<string, object?>("result", "hit")),
            new(PageCacheMisses.Value, new KeyValuePair<string, object?>("result", "miss")),
        },
        "{lookup}", "Index pages looked for among the prepared ones");

    internal sealed class Tally
    {
        private long value;

        public long Value => Volatile.Read(ref value);

        public void Increment() => Interlocked.Increment(ref value);
    }
}

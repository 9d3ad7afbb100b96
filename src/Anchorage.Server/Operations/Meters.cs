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

    /// <summary>Tag <c>result</c>: hit, miss.</summary>
    public static readonly Counter<long> PageCacheLookups = Meter.CreateCounter<long>("anchorage.page_cache.lookups", "{lookup}", "Index pages looked for among the prepared ones");
}

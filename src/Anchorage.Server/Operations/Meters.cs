using System.Diagnostics.Metrics;

namespace Anchorage.Server.Operations;

/// <summary>What the registry counts. Names are part of the contract with dashboards.</summary>
internal static class Meters
{
    public const string Name = "Anchorage.Server";

    private static readonly Meter Meter = new(Name);

    public static readonly Counter<long> Downloads = Meter.CreateCounter<long>("anchorage.downloads", description: "Files sent, completely or not");

    public static readonly Counter<long> Uploads = Meter.CreateCounter<long>("anchorage.uploads", description: "Uploads that were accepted");
}

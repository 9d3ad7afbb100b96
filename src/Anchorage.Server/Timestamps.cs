using System.Globalization;

namespace Anchorage.Server;

/// <summary>Times as the database and the index pages hold them: microseconds since 1970 UTC.</summary>
internal static class Timestamps
{
    public static long ToMicroseconds(this DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    public static DateTimeOffset FromMicroseconds(long value) => DateTimeOffset.UnixEpoch.AddTicks(value * TimeSpan.TicksPerMicrosecond);

    /// <summary>Simple API 1.1 upload-time: UTC, six fraction digits, Z.</summary>
    public static string ToUploadTime(long microseconds) =>
        FromMicroseconds(microseconds).ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
}

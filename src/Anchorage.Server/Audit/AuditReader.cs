using System.Text.Json;

namespace Anchorage.Server.Audit;

/// <summary>Reads the record back, checking every frame and that no event is missing. A server may be writing it meanwhile.</summary>
internal static class AuditReader
{
    /// <summary>
    /// Every event in order. At the end of the last segment, what is no whole event yet is left out: it is being
    /// written, or a crash cut it off before anyone was told that it is durable.
    /// </summary>
    /// <exception cref="AuditDamagedException">Anything else that does not read as it was written.</exception>
    public static IEnumerable<AuditRecord> Read(string directory)
    {
        var segments = AuditSegment.List(directory);
        long? expected = null;
        for (var i = 0; i < segments.Count; i++)
        {
            using var reader = new AuditSegmentReader(segments[i].Path);
            expected ??= reader.FirstSequence;
            if (reader.FirstSequence != expected)
                throw new AuditDamagedException(reader.Path, 0, $"it begins with event {reader.FirstSequence} where {expected} is due: a segment is missing.");
            while (reader.TryRead(out var payload))
            {
                var record = Parse(reader, payload);
                if (record.Seq != expected)
                    throw new AuditDamagedException(reader.Path, reader.End, $"event {record.Seq} stands where {expected} is due.");
                expected++;
                yield return record;
            }
            if (i < segments.Count - 1 && reader.BytesAfterEnd > 0)
                throw new AuditDamagedException(reader.Path, reader.End, "a frame is not whole, and later segments follow.");
        }
    }

    private static AuditRecord Parse(AuditSegmentReader reader, ReadOnlyMemory<byte> payload)
    {
        try
        {
            if (JsonSerializer.Deserialize(payload.Span, AuditJson.Default.AuditRecord) is { } record)
                return record;
        }
        catch (JsonException exception)
        {
            throw new AuditDamagedException(reader.Path, reader.End, $"an event does not parse: {exception.Message}");
        }
        throw new AuditDamagedException(reader.Path, reader.End, "an event is null.");
    }
}

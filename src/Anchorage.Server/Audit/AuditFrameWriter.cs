using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Anchorage.Server.Audit;

/// <summary>Turns events into frames in memory that is used again for every batch. For one thread.</summary>
internal sealed class AuditFrameWriter : IDisposable
{
    // Nothing here is ever put into a page without being escaped there.
    private static readonly JsonWriterOptions JsonOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };
    private static readonly JsonEncodedText V = JsonEncodedText.Encode("v");
    private static readonly JsonEncodedText Time = JsonEncodedText.Encode("time");
    private static readonly JsonEncodedText Node = JsonEncodedText.Encode("node");
    private static readonly JsonEncodedText Seq = JsonEncodedText.Encode("seq");
    private static readonly JsonEncodedText Event = JsonEncodedText.Encode("event");

    private readonly ArrayBufferWriter<byte> frames = new(256 * 1024);
    private readonly ArrayBufferWriter<byte> payload = new(8 * 1024);
    private readonly Utf8JsonWriter json;
    private readonly JsonEncodedText node;

    public AuditFrameWriter(string node)
    {
        this.node = JsonEncodedText.Encode(node.Length <= 255 ? node : node[..255]);
        json = new Utf8JsonWriter(payload, JsonOptions);
    }

    /// <summary>The frames since the last <see cref="Clear"/>.</summary>
    public ReadOnlySpan<byte> Frames => frames.WrittenSpan;

    public void Clear() => frames.ResetWrittenCount();

    /// <summary>Adds one event.</summary>
    public void Add(AuditEvent auditEvent, long sequence, DateTimeOffset time)
    {
        Write(auditEvent, sequence, time);
        // JSON may spell one character as six bytes: the last step is far below the limit whatever the text is.
        foreach (var maxCharacters in (ReadOnlySpan<int>)[4096, 1024, 256])
        {
            if (payload.WrittenCount <= AuditFrames.MaxPayload)
                break;
            Write(auditEvent.Cut(maxCharacters), sequence, time);
        }
        var content = payload.WrittenSpan;
        var frame = frames.GetSpan(AuditFrames.FrameOverhead + content.Length);
        AuditFrames.WriteFrameStart(frame, content);
        content.CopyTo(frame[AuditFrames.FrameOverhead..]);
        frames.Advance(AuditFrames.FrameOverhead + content.Length);
    }

    public void Dispose() => json.Dispose();

    private void Write(AuditEvent auditEvent, long sequence, DateTimeOffset time)
    {
        Span<char> timeText = stackalloc char[27];
        time.UtcDateTime.TryFormat(timeText, out var timeLength, "yyyy-MM-ddTHH:mm:ss.ffffffZ", CultureInfo.InvariantCulture);
        payload.ResetWrittenCount();
        json.Reset();
        json.WriteStartObject();
        json.WriteNumber(V, 1);
        json.WriteString(Time, timeText[..timeLength]);
        json.WriteString(Node, node);
        json.WriteNumber(Seq, sequence);
        json.WritePropertyName(Event);
        JsonSerializer.Serialize(json, auditEvent, AuditJson.Default.AuditEvent);
        json.WriteEndObject();
        json.Flush();
    }
}

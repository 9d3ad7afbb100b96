using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;

namespace Anchorage.Server.Operations;

/// <summary>One JSON object per line, flat: time, level, logger, message, then the fields of the message by their names.</summary>
internal sealed class JsonLogFormatter(TimeProvider time)
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };
    private static readonly JsonEncodedText Time = JsonEncodedText.Encode("time");
    private static readonly JsonEncodedText LevelName = JsonEncodedText.Encode("level");
    private static readonly JsonEncodedText Logger = JsonEncodedText.Encode("logger");

    /// <summary>Property name of what the line says in words.</summary>
    public static readonly JsonEncodedText Message = JsonEncodedText.Encode("message");

    [ThreadStatic]
    private static Utf8JsonWriter? writer;

    /// <summary>Writes one line with its end.</summary>
    public void Write<TState>(IBufferWriter<byte> output, in LogEntry<TState> entry)
    {
        var json = writer ??= new Utf8JsonWriter(output, Options);
        json.Reset(output);
        json.WriteStartObject();
        Span<byte> now = stackalloc byte[TimeLength];
        WriteTime(now, time.GetUtcNow().UtcDateTime);
        json.WriteString(Time, now);
        json.WriteString(LevelName, Level(entry.LogLevel));
        json.WriteString(Logger, entry.Category);
        if (entry.State is RequestLine request)
        {
            request.WriteTo(json);
        }
        else
        {
            json.WriteString(Message, entry.Formatter(entry.State, entry.Exception));
            if (entry.State is IReadOnlyList<KeyValuePair<string, object?>> fields)
            {
                for (var i = 0; i < fields.Count; i++)
                    WriteField(json, fields[i].Key, fields[i].Value);
            }
        }
        if (entry.Exception is not null)
            json.WriteString("exception", entry.Exception.ToString());
        json.WriteEndObject();
        json.Flush();
        output.Write("\n"u8);
    }

    private const int TimeLength = 27;

    /// <summary>yyyy-MM-ddTHH:mm:ss.ffffffZ. "O" has one digit more; a format of our own is interpreted each time, for ten times as long.</summary>
    private static void WriteTime(Span<byte> target, DateTime now)
    {
        now.TryFormat(target, out _, "s", CultureInfo.InvariantCulture);
        target[19] = (byte)'.';
        ((int)(now.Ticks % TimeSpan.TicksPerSecond / TimeSpan.TicksPerMicrosecond)).TryFormat(target[20..], out _, "D6", CultureInfo.InvariantCulture);
        target[26] = (byte)'Z';
    }

    private static void WriteField(Utf8JsonWriter json, string name, object? value)
    {
        if (value is null || name == "{OriginalFormat}")
            return;
        // Message templates name fields in either case; on the wire there is one.
        json.WritePropertyName(JsonNamingPolicy.SnakeCaseLower.ConvertName(name));
        switch (value)
        {
            case int number: json.WriteNumberValue(number); break;
            case long number: json.WriteNumberValue(number); break;
            case double number when double.IsFinite(number): json.WriteNumberValue(number); break;
            case bool truth: json.WriteBooleanValue(truth); break;
            default: json.WriteStringValue(Convert.ToString(value, CultureInfo.InvariantCulture)); break;
        }
    }

    private static JsonEncodedText Level(LogLevel level) => level switch
    {
        LogLevel.Trace => Trace,
        LogLevel.Debug => Debug,
        LogLevel.Information => Info,
        LogLevel.Warning => Warning,
        LogLevel.Error => Error,
        _ => Critical,
    };

    private static readonly JsonEncodedText Trace = JsonEncodedText.Encode("trace");
    private static readonly JsonEncodedText Debug = JsonEncodedText.Encode("debug");
    private static readonly JsonEncodedText Info = JsonEncodedText.Encode("info");
    private static readonly JsonEncodedText Warning = JsonEncodedText.Encode("warning");
    private static readonly JsonEncodedText Error = JsonEncodedText.Encode("error");
    private static readonly JsonEncodedText Critical = JsonEncodedText.Encode("critical");
}

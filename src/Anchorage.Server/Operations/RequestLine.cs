using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;
using Anchorage.Server.Identity;

namespace Anchorage.Server.Operations;

/// <summary>What is said of one request. Fields without a value are left out.</summary>
internal sealed class RequestLine(HttpContext context, string path, TimeSpan duration)
{
    private static readonly JsonEncodedText Method = JsonEncodedText.Encode("method");
    private static readonly JsonEncodedText PathName = JsonEncodedText.Encode("path");
    private static readonly JsonEncodedText Index = JsonEncodedText.Encode("index");
    private static readonly JsonEncodedText Project = JsonEncodedText.Encode("project");
    private static readonly JsonEncodedText File = JsonEncodedText.Encode("file");
    private static readonly JsonEncodedText Status = JsonEncodedText.Encode("status");
    private static readonly JsonEncodedText Bytes = JsonEncodedText.Encode("bytes");
    private static readonly JsonEncodedText DurationInMilliseconds = JsonEncodedText.Encode("duration_ms");
    private static readonly JsonEncodedText PrincipalName = JsonEncodedText.Encode("principal");
    private static readonly JsonEncodedText Client = JsonEncodedText.Encode("client");
    private static readonly JsonEncodedText TraceId = JsonEncodedText.Encode("trace_id");
    private static readonly JsonEncodedText Aborted = JsonEncodedText.Encode("aborted");

    private double Milliseconds => Math.Round(duration.TotalMilliseconds, 3);

    /// <summary>The message and the fields, into the object that is open.</summary>
    public void WriteTo(Utf8JsonWriter json)
    {
        var request = context.Request;
        Span<byte> message = stackalloc byte[MaxMessage];
        if (Utf8.TryWrite(message, CultureInfo.InvariantCulture, $"{request.Method} {Problem.Printable(path)} {context.Response.StatusCode} {Milliseconds} ms", out var length))
            json.WriteString(JsonLogFormatter.Message, message[..length]);
        else
            json.WriteString(JsonLogFormatter.Message, ToString());
        json.WriteString(Method, request.Method);
        json.WriteString(PathName, path);
        var route = request.RouteValues;
        WriteText(json, Index, route, "index");
        WriteText(json, Project, route, "project");
        WriteText(json, File, route, "filename");
        json.WriteNumber(Status, context.Response.StatusCode);
        if (context.Response.ContentLength is { } bytes)
            json.WriteNumber(Bytes, bytes);
        json.WriteNumber(DurationInMilliseconds, Milliseconds);
        if (context.Items.TryGetValue(typeof(Principal), out var principal))
            json.WriteString(PrincipalName, ((Principal)principal!).Id);
        if (context.Connection.RemoteIpAddress is { } client)
            json.WriteString(Client, client.ToString());
        json.WriteString(TraceId, context.TraceIdentifier);
        if (context.RequestAborted.IsCancellationRequested)
            json.WriteBoolean(Aborted, true);
    }

    // A method, 300 characters of path, two numbers.
    private const int MaxMessage = 400;

    private static void WriteText(Utf8JsonWriter json, JsonEncodedText name, RouteValueDictionary route, string key)
    {
        if (route.TryGetValue(key, out var value) && value is string text)
            json.WriteString(name, text);
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{context.Request.Method} {Problem.Printable(path)} {context.Response.StatusCode} {Milliseconds} ms");
}

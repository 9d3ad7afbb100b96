using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;

namespace Anchorage.Server;

/// <summary>
/// Every refusal the registry utters: wording and status in one place. A refusal travels three ways, because each
/// client shows another one (knowledge of pip, uv and twine): the HTTP/1.1 reason phrase, <c>X-Error-Message</c>, and a
/// body of exactly <c>application/problem+json</c> (RFC 9457). <c>docs/problems/</c> has a page for each type.
/// </summary>
internal sealed record Problem(int Status, string Type, string Title, string Detail)
{
    // What a client sent is quoted back to it, but not megabytes of it: details also go on record.
    private const int MaxDetailLength = 2000;

    public string Detail { get; init; } = Detail.Length > MaxDetailLength ? string.Concat(Detail.AsSpan(0, MaxDetailLength), "...") : Detail;

    /// <summary>Seconds for Retry-After; null = do not send it.</summary>
    public int? RetryAfter { get; init; }

    /// <summary>Send <c>WWW-Authenticate: Basic</c>: pip and uv ask their keyring or the user only after it.</summary>
    public bool AsksForCredentials { get; init; }

    public const string TypePrefix = "urn:anchorage:problem:";
    private const int MaxReasonLength = 300;

    // Never embedded in HTML: quotes and apostrophes may stay readable for whoever looks at the body.
    private static readonly JsonWriterOptions ReadableJson = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public async Task WriteAsync(HttpContext context)
    {
        var response = context.Response;
        if (response.HasStarted)
        {
            context.Abort();
            return;
        }
        // Headers set so far stay: a middleware's (a trace id), and those that a handler set for good reason.
        response.StatusCode = Status;
        var reason = Printable(Detail);
        if (context.Features.Get<IHttpResponseFeature>() is { } feature)
            feature.ReasonPhrase = reason;
        response.Headers["X-Error-Message"] = reason;
        response.Headers.CacheControl = "no-store";
        response.Headers.ETag = default;
        if (RetryAfter is { } seconds)
            response.Headers.RetryAfter = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        if (AsksForCredentials)
            response.Headers.WWWAuthenticate = "Basic realm=\"Anchorage\", charset=\"UTF-8\"";
        var body = ToJson(context.TraceIdentifier);
        response.ContentType = "application/problem+json";
        response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
            await response.Body.WriteAsync(body, context.RequestAborted);
    }

    private byte[] ToJson(string traceId)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer, ReadableJson))
        {
            json.WriteStartObject();
            json.WriteString("type", TypePrefix + Type);
            json.WriteString("title", Title);
            json.WriteNumber("status", Status);
            json.WriteString("detail", Detail);
            json.WriteString("trace_id", traceId);
            json.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Printable ASCII, at most 300 characters: a CR or LF in a reason phrase would inject headers.</summary>
    public static string Printable(string text)
    {
        var length = Math.Min(text.Length, MaxReasonLength);
        return string.Create(length, text, static (buffer, source) =>
        {
            for (var i = 0; i < buffer.Length; i++)
                buffer[i] = source[i] is >= ' ' and <= '~' ? source[i] : '?';
        });
    }
}

/// <summary>The problems by name.</summary>
internal static class Problems
{
    // Finding things.
    public static Problem NotFound(string what) => new(404, "not-found", "Not found", what);

    public static Problem IndexNotFound(string index) =>
        new(404, "index-not-found", "No such index", $"There is no index '{index}' here. GET /api/indexes lists those you may read.");

    public static Problem ProjectNotFound(string project, string index) =>
        new(404, "project-not-found", "No such project", $"The index '{index}' has no project '{project}'.");

    public static Problem FileNotFound(string filename, string index) =>
        new(404, "file-not-found", "No such file", $"The index '{index}' has no file '{filename}' with that digest.");

    public static Problem MethodNotAllowed(string detail) => new(405, "method-not-allowed", "Method not allowed", detail);

    // Who and what may.
    public static Problem CredentialsMissing() =>
        new(401, "credentials-missing", "Credentials are needed", "This needs credentials: user name __token__ and an API token as the password.")
        {
            AsksForCredentials = true,
        };

    public static Problem CredentialsInvalid(string why) =>
        new(401, "credentials-invalid", "Credentials are not valid", why) { AsksForCredentials = true };

    public static Problem Forbidden(string principal, string action, string where) =>
        new(403, "forbidden", "Not permitted", $"{principal} has no right to {action} {where}. Whoever administers the registry can grant it.");

    // Uploads: each sentence is read by a person in front of twine.
    public static Problem UploadInvalid(string detail) => new(400, "upload-invalid", "The upload is refused", detail);

    public static Problem FileExists(string filename, string blake2) =>
        new(400, "file-exists", "File already exists", $"File already exists ('{filename}', with blake2_256 hash '{blake2}'). A published file never changes: raise the version.");

    public static Problem FileWasDeleted(string filename) =>
        new(400, "file-was-deleted", "The file name was used before",
            $"The file name '{filename}' was used by a file that has since been deleted; it can never name other bytes. Raise the version or the build number.");

    public static Problem ProjectClosed(string status, string? reason) =>
        new(403, "project-closed", "The project takes no uploads", $"The project is {status} and takes no uploads{(reason is null ? "" : ": " + reason)}.");

    public static Problem UploadTooLarge(string what, long limit) =>
        new(413, "upload-too-large", "The upload is too large", $"{what} is larger than {limit} bytes, the limit of this registry (setting Upload:MaxFileBytes).");

    public static Problem IndexNotHosting(string index) =>
        new(405, "index-not-hosting", "This index hosts nothing", $"The index '{index}' mirrors an upstream: nothing can be uploaded or changed there. Use an index that hosts packages, such as /main/.");

    public static Problem RequestInvalid(string detail) => new(400, "request-invalid", "The request is not valid", detail);

    // Other people's failures, and ours.
    public static Problem UpstreamUnavailable(string upstream, string why, bool timedOut) =>
        new(timedOut ? 504 : 502, "upstream-unavailable", "The upstream index does not answer",
            $"The upstream '{upstream}' cannot be reached ({why}) and nothing usable is stored here. This says nothing about whether the package exists. Try again later.")
        {
            RetryAfter = 10,
        };

    public static Problem DatabaseUnavailable() =>
        new(503, "database-unavailable", "The database does not answer", "The registry's database does not answer. Try again in a moment.") { RetryAfter = 5 };

    public static Problem RecordUnavailable() =>
        new(503, "record-unavailable", "The audit record cannot be written",
            "The registry cannot write its audit record, so it serves and changes nothing that must be on record. Whoever operates it should look at its disk.")
        {
            RetryAfter = 30,
        };

    public static Problem StorageFull() =>
        new(507, "storage-full", "The storage is full", "The registry's storage is full; nothing was stored. Whoever operates it should free or add space.") { RetryAfter = 60 };

    public static Problem Fault(string traceId) =>
        new(500, "fault", "Something went wrong in the registry", $"The registry failed at this request. The log has the details under trace id {traceId}.");
}

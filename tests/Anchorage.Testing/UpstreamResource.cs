using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;

namespace Anchorage.Testing;

/// <summary>One page or file of a <see cref="FakeUpstream"/>. It behaves until a method says how it shall misbehave.</summary>
public sealed class UpstreamResource
{
    private sealed record Behaviour
    {
        public int? Status { get; init; }
        public int? RetryAfterSeconds { get; init; }
        public string? ContentType { get; init; }
        public string? RedirectTarget { get; init; }
        public bool IsRedirectLoop { get; init; }
        public int? CutOffAfter { get; init; }
        public bool IsCutOffOnce { get; init; }
        public bool HasRanges { get; init; }
        public string? CacheControl { get; init; }
        public bool IsChanged { get; init; }
        public int LengthDifference { get; init; }
        public bool IsCompressed { get; init; }
        public string? ClaimedCoding { get; init; }
        public bool HasNoLength { get; init; }
        public bool HasNoEntityTag { get; init; }
        public Gate? Gate { get; init; }
        public int GateAfter { get; init; }
    }

    private Behaviour behaviour = new();
    private int requestCount;
    private int notModifiedCount;

    /// <summary>Requests so far.</summary>
    public int RequestCount => Volatile.Read(ref requestCount);

    /// <summary>Requests answered 304 so far.</summary>
    public int NotModifiedCount => Volatile.Read(ref notModifiedCount);

    internal (byte[]? Content, string ContentType)? FixedContent { get; private set; }

    internal bool OffersHtmlAlone { get; private set; }

    /// <summary>Serves exactly these bytes.</summary>
    public UpstreamResource Serves(byte[] content, string contentType)
    {
        FixedContent = (content, contentType);
        return this;
    }

    /// <summary>Behaves again.</summary>
    public UpstreamResource Recovers()
    {
        OpenGate();
        behaviour = new Behaviour();
        OffersHtmlAlone = false;
        return this;
    }

    /// <summary>Answers with a status and no content.</summary>
    public UpstreamResource AnswersWith(int status, int? retryAfterSeconds = null) =>
        Behaves(behaviour with { Status = status, RetryAfterSeconds = retryAfterSeconds });

    /// <summary>Promises the whole length, sends so many bytes, and drops the connection.</summary>
    public UpstreamResource IsCutOffAfter(int bytes) => Behaves(behaviour with { CutOffAfter = bytes });

    /// <summary>The same, but only the next answer; those after it come whole.</summary>
    public UpstreamResource IsCutOffOnceAfter(int bytes) => Behaves(behaviour with { CutOffAfter = bytes, IsCutOffOnce = true });

    /// <summary>Answers requests for the rest of a file with just that (Range, If-Range).</summary>
    public UpstreamResource AnswersRanges() => Behaves(behaviour with { HasRanges = true });

    /// <summary>Says how long its answer may be used.</summary>
    public UpstreamResource HasCacheControl(string value) => Behaves(behaviour with { CacheControl = value });

    /// <summary>Sends as many bytes as promised, but one of them is another.</summary>
    public UpstreamResource SendsWrongBytes() => Behaves(behaviour with { IsChanged = true });

    /// <summary>Sends a complete answer that is so many bytes longer (or, negative, shorter) than the page says.</summary>
    public UpstreamResource SendsOtherLength(int difference) => Behaves(behaviour with { LengthDifference = difference });

    /// <summary>Redirects to itself for ever.</summary>
    public UpstreamResource RedirectsForever() => Behaves(behaviour with { IsRedirectLoop = true });

    /// <summary>Redirects elsewhere.</summary>
    public UpstreamResource RedirectsTo(string url) => Behaves(behaviour with { RedirectTarget = url });

    /// <summary>Says another content type.</summary>
    public UpstreamResource HasContentType(string contentType) => Behaves(behaviour with { ContentType = contentType });

    /// <summary>A page in HTML whatever the client accepts.</summary>
    public UpstreamResource OffersOnlyHtml()
    {
        OffersHtmlAlone = true;
        return this;
    }

    /// <summary>Sends gzip, whether or not the client accepts it.</summary>
    public UpstreamResource IsCompressed() => Behaves(behaviour with { IsCompressed = true });

    /// <summary>Says that its bytes are in this content coding, which they are not.</summary>
    public UpstreamResource ClaimsCoding(string coding) => Behaves(behaviour with { ClaimedCoding = coding });

    /// <summary>Sends chunks without Content-Length.</summary>
    public UpstreamResource HasNoLength() => Behaves(behaviour with { HasNoLength = true });

    /// <summary>Sends no ETag.</summary>
    public UpstreamResource HasNoEntityTag() => Behaves(behaviour with { HasNoEntityTag = true });

    /// <summary>Sends nothing, not even headers, until the gate opens.</summary>
    public Gate Hold()
    {
        var gate = new Gate();
        Behaves(behaviour with { Gate = gate, GateAfter = -1 });
        return gate;
    }

    /// <summary>Sends headers and so many bytes, then nothing until the gate opens.</summary>
    public Gate HoldAfter(int bytes)
    {
        var gate = new Gate();
        Behaves(behaviour with { Gate = gate, GateAfter = bytes });
        return gate;
    }

    internal void OpenGate() => behaviour.Gate?.Open();

    internal void CountRequest() => Interlocked.Increment(ref requestCount);

    internal async Task AnswerAsync(HttpContext context, byte[]? content, string contentType)
    {
        var chosen = behaviour;
        var response = context.Response;
        if (chosen.IsCutOffOnce)
            behaviour = chosen with { CutOffAfter = null, IsCutOffOnce = false };
        if (chosen is { Gate: not null, GateAfter: < 0 })
            await chosen.Gate.PassAsync(context.RequestAborted);
        if (chosen.RetryAfterSeconds is { } seconds)
            response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        if (chosen.Status is { } status)
        {
            response.StatusCode = status;
            return;
        }
        if (chosen.IsRedirectLoop || chosen.RedirectTarget is not null)
        {
            response.Redirect(chosen.RedirectTarget ?? context.Request.Path);
            return;
        }
        if (content is null)
        {
            response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }
        if (!chosen.HasNoEntityTag && !chosen.IsChanged)
        {
            var tag = $"\"{Convert.ToHexStringLower(SHA256.HashData(content))[..32]}\"";
            response.Headers.ETag = tag;
            if (context.Request.Headers.IfNoneMatch == tag)
            {
                Interlocked.Increment(ref notModifiedCount);
                response.StatusCode = StatusCodes.Status304NotModified;
                return;
            }
        }
        if (chosen.CacheControl is not null)
            response.Headers.CacheControl = chosen.CacheControl;
        var body = Distort(content, chosen);
        if (chosen.HasRanges && RangeOf(context.Request, response.Headers.ETag.ToString()) is { } from)
        {
            response.StatusCode = StatusCodes.Status206PartialContent;
            response.Headers.ContentRange = $"bytes {from}-{body.Length - 1}/{body.Length}";
            body = body[from..];
        }
        await SendAsync(context, chosen, body, chosen.ContentType ?? contentType);
    }

    private static int? RangeOf(HttpRequest request, string tag)
    {
        if (request.Headers.IfRange is [{ } condition] && condition != tag)
            return null;
        return request.Headers.Range is [{ } range] && range.StartsWith("bytes=", StringComparison.Ordinal) && range.EndsWith('-')
            ? int.Parse(range["bytes=".Length..^1], CultureInfo.InvariantCulture)
            : null;
    }

    private static async Task SendAsync(HttpContext context, Behaviour chosen, byte[] body, string contentType)
    {
        var response = context.Response;
        response.ContentType = contentType;
        if (chosen.IsCompressed)
            response.Headers.ContentEncoding = "gzip";
        else if (chosen.ClaimedCoding is not null)
            response.Headers.ContentEncoding = chosen.ClaimedCoding;
        if (!chosen.HasNoLength)
            response.ContentLength = body.Length;
        if (HttpMethods.IsHead(context.Request.Method))
            return;
        var sent = 0;
        if (chosen is { Gate: not null, GateAfter: >= 0 })
        {
            sent = Math.Min(chosen.GateAfter, body.Length);
            await response.Body.WriteAsync(body.AsMemory(0, sent), context.RequestAborted);
            await response.Body.FlushAsync(context.RequestAborted);
            await chosen.Gate.PassAsync(context.RequestAborted);
        }
        var end = Math.Min(chosen.CutOffAfter ?? body.Length, body.Length);
        if (sent < end)
            await response.Body.WriteAsync(body.AsMemory(sent, end - sent), context.RequestAborted);
        if (chosen.CutOffAfter is not null)
        {
            await response.Body.FlushAsync(context.RequestAborted);
            context.Abort();
        }
    }

    private static byte[] Distort(byte[] content, Behaviour chosen)
    {
        var body = (byte[])content.Clone();
        if (chosen.LengthDifference != 0)
            Array.Resize(ref body, Math.Max(0, body.Length + chosen.LengthDifference));
        if (chosen.IsChanged)
            body[^1] ^= 0x20;
        if (!chosen.IsCompressed)
            return body;
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(body);
        return packed.ToArray();
    }

    private UpstreamResource Behaves(Behaviour changed)
    {
        behaviour = changed;
        return this;
    }
}

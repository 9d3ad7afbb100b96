using System.Collections;
using System.Globalization;
using Anchorage.Server.Identity;

namespace Anchorage.Server.Operations;

/// <summary>
/// One wide line per request, when it is over. Who and what come from what the endpoints left on the request: the route
/// values and the principal. Headers are not in it, and neither are query strings: both may carry credentials.
/// </summary>
internal sealed class RequestLog(RequestDelegate next, TimeProvider time, ILoggerFactory loggers)
{
    /// <summary>Its own name, so that the level of these lines can be set alone: <c>Logging:LogLevel:Anchorage.Requests</c>.</summary>
    private readonly ILogger logger = loggers.CreateLogger("Anchorage.Requests");

    public Task InvokeAsync(HttpContext context) => logger.IsEnabled(LogLevel.Information) ? InvokeLoggedAsync(context) : next(context);

    private async Task InvokeLoggedAsync(HttpContext context)
    {
        var started = time.GetTimestamp();
        // Taken now: an endpoint of a branch may rewrite it.
        var path = context.Request.Path.Value ?? "/";
        try
        {
            await next(context);
        }
        finally
        {
            // Probes and scrapes come every few seconds for ever; they are news only when they fail.
            var isProbe = path.StartsWith("/health/", StringComparison.Ordinal) || path == "/metrics";
            if (!isProbe || context.Response.StatusCode >= StatusCodes.Status400BadRequest)
                logger.Log(LogLevel.Information, default, new Line(context, path, time.GetElapsedTime(started)), null, static (line, _) => line.ToString());
        }
    }

    /// <summary>The fields; those without a value are left out by the formatter.</summary>
    private sealed class Line(HttpContext context, string path, TimeSpan duration) : IReadOnlyList<KeyValuePair<string, object?>>
    {
        public int Count => 12;

        public KeyValuePair<string, object?> this[int index] => index switch
        {
            0 => new("method", context.Request.Method),
            1 => new("path", path),
            2 => new("index", Route("index")),
            3 => new("project", Route("project")),
            4 => new("file", Route("filename")),
            5 => new("status", context.Response.StatusCode),
            6 => new("bytes", context.Response.ContentLength),
            7 => new("duration_ms", Milliseconds),
            8 => new("principal", (context.Items[typeof(Principal)] as Principal)?.Id),
            9 => new("client", context.Connection.RemoteIpAddress?.ToString()),
            10 => new("trace_id", context.TraceIdentifier),
            11 => new("aborted", context.RequestAborted.IsCancellationRequested ? true : null),
            _ => throw new ArgumentOutOfRangeException(nameof(index)),
        };

        private double Milliseconds => Math.Round(duration.TotalMilliseconds, 3);

        public IEnumerator<KeyValuePair<string, object?>> GetEnumerator()
        {
            for (var i = 0; i < Count; i++)
                yield return this[i];
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        public override string ToString() => string.Create(
            CultureInfo.InvariantCulture, $"{context.Request.Method} {Problem.Printable(path)} {context.Response.StatusCode} {Milliseconds} ms");

        private string? Route(string name) => context.Request.RouteValues.TryGetValue(name, out var value) ? value as string : null;
    }
}

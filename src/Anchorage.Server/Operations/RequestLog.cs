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
                logger.Log(LogLevel.Information, default, new RequestLine(context, path, time.GetElapsedTime(started)), null, static (line, _) => line.ToString());
        }
    }
}

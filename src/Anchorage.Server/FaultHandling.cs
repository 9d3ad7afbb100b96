using Anchorage.Server.Audit;
using Anchorage.Server.Database;
using Anchorage.Server.Storage;
using Anchorage.Server.Upstreams;
using Microsoft.AspNetCore.Connections;

namespace Anchorage.Server;

/// <summary>
/// Faults become problems here and nowhere else: known infrastructure failures a 503 or 507, everything else a 500 with
/// a trace id. A client that went away is no error.
/// </summary>
internal sealed class FaultHandling(RequestDelegate next, ILogger<FaultHandling> logger)
{
    public async Task InvokeAsync(HttpContext context)
    {
        Problem? problem = null;
        try
        {
            await next(context);
            // What routing refused has no body yet.
            if (!context.Response.HasStarted && context.Response.ContentLength is null && context.GetEndpoint() is null or { DisplayName: "405 HTTP Method Not Supported" })
                problem = NoEndpoint(context);
        }
        // The exception of a broken connection may be here before the token of the request hears of it.
        catch (Exception e) when (context.RequestAborted.IsCancellationRequested || e is ConnectionResetException)
        {
            context.Abort();
            return;
        }
        catch (BadHttpRequestException e)
        {
            problem = Problems.RequestInvalid(e.Message) with { Status = e.StatusCode };
        }
        catch (AuditUnavailableException e)
        {
            logger.LogError(e, "The record cannot be written; the request was refused");
            problem = Problems.RecordUnavailable();
        }
        catch (DatabaseUnavailableException e)
        {
            logger.LogError(e, "The database does not answer; the request was refused");
            problem = Problems.DatabaseUnavailable();
        }
        catch (IOException e) when (StorageFullException.Means(e))
        {
            logger.LogError(e, "The storage is full; the request was refused");
            problem = Problems.StorageFull();
        }
        catch (UpstreamException e)
        {
            problem = e.Failure.ToProblem();
        }
#pragma warning disable CA1031 // The last catch of a request: whatever it was, it is logged, and the client gets an answer.
        catch (Exception e)
#pragma warning restore CA1031
        {
            logger.LogError(e, "Request {method} {path} failed", context.Request.Method, context.Request.Path.Value);
            problem = Problems.Fault(context.TraceIdentifier);
        }
        if (problem is not null)
            await problem.WriteAsync(context);
    }

    private static Problem? NoEndpoint(HttpContext context) => context.Response.StatusCode switch
    {
        StatusCodes.Status404NotFound => Problems.NotFound("There is nothing at this address. Packages are installed from /{index}/simple/ and uploaded to /{index}/."),
        StatusCodes.Status405MethodNotAllowed => Problems.MethodNotAllowed("This address does not take that method."),
        _ => null,
    };
}

namespace Anchorage.Server.Operations;

/// <summary>What whoever runs the registry needs: logs, health, metrics.</summary>
internal static class OperationsSetup
{
    public static void AddOperations(this WebApplicationBuilder builder)
    {
        builder.Logging.AddConsole(static console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
    }

    public static void MapOperations(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/health/live", static context => context.Response.WriteAsync("live\n"));
    }

    public static void UseRequestLog(this IApplicationBuilder app)
    {
        ArgumentNullException.ThrowIfNull(app);
    }
}

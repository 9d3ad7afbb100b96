using Anchorage.Server.Audit;
using Microsoft.AspNetCore.Routing;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Anchorage.Server.Operations;

/// <summary>What whoever runs the registry needs: logs, health, metrics, traces.</summary>
internal static class OperationsSetup
{
    public static void AddOperations(this WebApplicationBuilder builder)
    {
        AddLogs(builder.Logging);
        builder.Logging.AddConfiguration(builder.Configuration.GetSection("Logging"));
        builder.Services.AddSingleton<Readiness>();
        AddTelemetry(builder);
    }

    public static void MapOperations(this IEndpointRouteBuilder routes)
    {
        string[] methods = [HttpMethods.Get, HttpMethods.Head];
        routes.MapMethods("/health/live", methods, Readiness.WriteLiveAsync);
        routes.MapMethods("/health/ready", methods, routes.ServiceProvider.GetRequiredService<Readiness>().WriteReadyAsync);
        routes.MapPrometheusScrapingEndpoint("/metrics").WithMetadata(new HttpMethodMetadata(methods));
    }

    public static void UseRequestLog(this IApplicationBuilder app) => app.UseMiddleware<RequestLog>();

    /// <summary>A logger for what happens before there is a host, and for commands that have none; in the same form.</summary>
    public static ILoggerFactory CreateLoggers(TimeProvider time) => LoggerFactory.Create(logging =>
    {
        logging.Services.AddSingleton(time);
        AddLogs(logging);
    });

    /// <summary>To standard error: standard output is for what a program or a person asked for.</summary>
    private static void AddLogs(ILoggingBuilder logging)
    {
        logging.AddFilter("Microsoft", LogLevel.Warning);
        // Why a start failed is said once, by Program, in a sentence: a port that is taken needs no stack trace.
        logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical);
        // Faults are FaultHandling's to report; this logger being on costs each request an activity and a scope.
        logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        if (Console.IsErrorRedirected)
        {
            logging.Services.AddSingleton<ILoggerProvider>(static services =>
                new JsonLogs(new JsonLogFormatter(services.GetRequiredService<TimeProvider>()), LogOutput.StandardError));
            return;
        }
        logging.AddSimpleConsole(static simple =>
        {
            simple.SingleLine = true;
            simple.TimestampFormat = "HH:mm:ss ";
        });
        logging.AddConsole(static console => console.LogToStandardErrorThreshold = LogLevel.Trace);
    }

    /// <summary>Metrics for Prometheus to fetch, always; traces where the standard variables name a collector.</summary>
    private static void AddTelemetry(WebApplicationBuilder builder)
    {
        var telemetry = builder.Services.AddOpenTelemetry().ConfigureResource(static resource =>
            resource.AddService("anchorage", serviceVersion: typeof(OperationsSetup).Assembly.GetName().Version!.ToString(3)));
        telemetry.WithMetrics(static metrics => metrics
            .AddMeter(Meters.Name, AuditLog.MeterName, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime", "Npgsql")
            .AddPrometheusExporter());
        if (Environment.GetEnvironmentVariable("OTEL_EXPORTER_OTLP_ENDPOINT") is null && Environment.GetEnvironmentVariable("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") is null)
            return;
        telemetry.WithTracing(static tracing => tracing
            .AddAspNetCoreInstrumentation(static server => server.Filter = static context =>
                !context.Request.Path.StartsWithSegments("/health") && context.Request.Path != "/metrics")
            .AddHttpClientInstrumentation()
            .AddSource("Npgsql")
            .AddOtlpExporter());
    }
}

using System.Buffers;
using System.Net;
using System.Text;
using System.Text.Json;
using Anchorage.Server.Identity;
using Anchorage.Server.Operations;
using Anchorage.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Anchorage.Server.Tests.Operations;

public class RequestLogTests
{
    private readonly ManualTimeProvider time = new(new DateTimeOffset(2026, 3, 14, 12, 0, 0, TimeSpan.Zero));

    private async Task<List<string>> LogAsync(Action<HttpContext> request, RequestDelegate endpoint)
    {
        using var lines = new Lines(new JsonLogFormatter(time));
        using var loggers = LoggerFactory.Create(logging => logging.AddProvider(lines));
        var context = new DefaultHttpContext { TraceIdentifier = "trace-1" };
        request(context);
        try
        {
            await new RequestLog(endpoint, time, loggers).InvokeAsync(context);
        }
        catch (InvalidOperationException)
        {
        }
        return lines.Written;
    }

    [Fact]
    public async Task A_request_is_one_line_with_who_what_and_how_long()
    {
        var line = Assert.Single(await LogAsync(
            context =>
            {
                context.Request.Method = "GET";
                context.Request.Path = "/packages/main/aa/bb/cc/six-1.0.tar.gz";
                context.Request.QueryString = new QueryString("?token=secret-word");
                context.Request.Headers.Authorization = "Basic secret-word";
                context.Request.Headers.Cookie = "secret-word";
                context.Connection.RemoteIpAddress = IPAddress.Parse("192.0.2.7");
            },
            context =>
            {
                context.Request.RouteValues["index"] = "main";
                context.Request.RouteValues["filename"] = "six-1.0.tar.gz";
                context.Items[typeof(Principal)] = new Principal("token:7Q2", []);
                context.Response.StatusCode = 206;
                context.Response.ContentLength = 1234;
                time.Advance(TimeSpan.FromMilliseconds(12.5));
                return Task.CompletedTask;
            }));
        Assert.DoesNotContain("secret-word", line, StringComparison.Ordinal);
        var fields = JsonDocument.Parse(line).RootElement;
        Assert.Equal("2026-03-14T12:00:00.012500Z", fields.GetProperty("time").GetString());
        Assert.Equal(
            ("info", "GET", "/packages/main/aa/bb/cc/six-1.0.tar.gz", "main", "six-1.0.tar.gz"),
            (Text("level"), Text("method"), Text("path"), Text("index"), Text("file")));
        Assert.Equal(("token:7Q2", "192.0.2.7", "trace-1"), (Text("principal"), Text("client"), Text("trace_id")));
        Assert.Equal(
            (206, 1234L, 12.5),
            (fields.GetProperty("status").GetInt32(), fields.GetProperty("bytes").GetInt64(), fields.GetProperty("duration_ms").GetDouble()));
        Assert.False(fields.TryGetProperty("project", out _));

        string? Text(string name) => fields.GetProperty(name).GetString();
    }

    [Fact]
    public async Task A_path_cannot_write_a_line_of_its_own_or_paint_a_terminal()
    {
        var line = Assert.Single(await LogAsync(context => context.Request.Path = "/x\n{\"level\":\"info\"}\u001b[31m", _ => Task.CompletedTask));
        Assert.DoesNotContain('\n', line);
        Assert.DoesNotContain('\u001b', line);
        Assert.DoesNotContain('\u001b', JsonDocument.Parse(line).RootElement.GetProperty("message").GetString()!);
    }

    [Fact]
    public async Task A_request_that_fails_has_its_line_too()
    {
        Assert.Single(await LogAsync(context => context.Request.Path = "/x", _ => throw new InvalidOperationException()));
    }

    [Theory]
    [InlineData("/health/ready", 200, 0)]
    [InlineData("/health/ready", 503, 1)]
    [InlineData("/metrics", 200, 0)]
    [InlineData("/main/simple/", 200, 1)]
    public async Task Probes_are_logged_only_when_they_fail(string path, int status, int lines)
    {
        Assert.Equal(lines, (await LogAsync(context => context.Request.Path = path, context =>
        {
            context.Response.StatusCode = status;
            return Task.CompletedTask;
        })).Count);
    }

    private sealed class Lines(JsonLogFormatter formatter) : ILoggerProvider, ILogger
    {
        public List<string> Written { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> format)
        {
            var text = new ArrayBufferWriter<byte>();
            formatter.Write(text, new LogEntry<TState>(logLevel, "Anchorage.Requests", eventId, state, exception, format));
            Written.Add(Encoding.UTF8.GetString(text.WrittenSpan).TrimEnd('\n'));
        }

        public void Dispose()
        {
        }
    }
}

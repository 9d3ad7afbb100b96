using System.Buffers;
using Microsoft.Extensions.Logging.Abstractions;

namespace Anchorage.Server.Operations;

/// <summary>Log lines as JSON to one output: what a program reads.</summary>
[ProviderAlias("Json")]
internal sealed class JsonLogs(JsonLogFormatter formatter, LogOutput output) : ILoggerProvider
{
    [ThreadStatic]
    private static ArrayBufferWriter<byte>? buffer;

    public ILogger CreateLogger(string categoryName) => new Logger(categoryName, formatter, output);

    /// <summary>The output may be others' too; what was said here is written.</summary>
    public void Dispose() => output.Flush();

    private sealed class Logger(string category, JsonLogFormatter formatter, LogOutput output) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> format)
        {
            var line = buffer ??= new ArrayBufferWriter<byte>(1024);
            // A fault's text may be long; what a thread keeps for the next line should not be.
            if (line.Capacity > 64 << 10)
                line = buffer = new ArrayBufferWriter<byte>(1024);
            line.ResetWrittenCount();
            formatter.Write(line, new LogEntry<TState>(logLevel, category, eventId, state, exception, format));
            output.Write(line.WrittenSpan, isUrgent: logLevel >= LogLevel.Error);
        }
    }
}

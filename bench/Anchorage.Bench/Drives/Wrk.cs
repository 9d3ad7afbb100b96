using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Anchorage.Bench.Contestants;
using Anchorage.Testing;

namespace Anchorage.Bench.Drives;

/// <summary>What one drive found.</summary>
internal sealed record Drive
{
    public long Requests { get; init; }
    public double Microseconds { get; init; }
    public long Bytes { get; init; }
    public long Errors { get; init; }
    public double P50 { get; init; }
    public double P90 { get; init; }
    public double P99 { get; init; }

    /// <summary>Processor time of the server for one request, in microseconds.</summary>
    public double ProcessorPerRequest { get; init; }

    [JsonIgnore]
    public double PerSecond => Requests / (Microseconds / 1e6);

    [JsonIgnore]
    public double BytesPerSecond => Bytes / (Microseconds / 1e6);
}

/// <summary>
/// wrk: as much load as so many connections make, for so many seconds. It stops by itself, and only ever dials loopback.
/// It checks no certificate: it is a load generator, and our own client has verified the server a moment before.
/// </summary>
internal sealed class Wrk(TestDirectory home)
{
    private int scripts;

    public async Task<Drive> RunAsync(Contestant target, SampleRequest request, int connections, int seconds, long bodyBytes, CancellationToken cancellationToken)
    {
        target.EmptyLog();
        var script = home.Write($"wrk-{++scripts}.lua", Script(request, await request.TagForAsync(target, cancellationToken)));
        var threads = Math.Min(connections, Environment.ProcessorCount);
        var before = ProcessFacts.ProcessorTime(target.ProcessIds);
        var result = (await Commands.RunAsync(
            "wrk",
            [
                "--threads", Text(threads), "--connections", Text(connections), "--duration", $"{seconds}s", "--timeout", "30s",
                "--script", script, new Uri(target.Address, request.Path).AbsoluteUri,
            ],
            home, cancellationToken, timeout: TimeSpan.FromSeconds(seconds + 60))).MustSucceed();
        var processor = ProcessFacts.ProcessorTime(target.ProcessIds) - before;
        var line = result.Output.Split('\n').FirstOrDefault(static line => line.StartsWith("RESULT ", StringComparison.Ordinal))
            ?? throw new InvalidOperationException($"wrk printed no result.\n{result}");
        var drive = JsonSerializer.Deserialize<Drive>(line["RESULT ".Length..], JsonSerializerOptions.Web)!;
        Check(drive, target, request, connections, bodyBytes, result);
        return drive with { ProcessorPerRequest = processor.TotalMicroseconds / Math.Max(1, drive.Requests) };
    }

    /// <summary>Wrong answers are fast answers: a drive with a single one counts for nothing.</summary>
    private static void Check(Drive drive, Contestant target, SampleRequest request, int connections, long bodyBytes, CommandResult result)
    {
        if (drive.Errors > 0)
            throw new InvalidOperationException($"{target.Name} had {drive.Errors} errors at {request.Path}.\n{result}");
        // wrk counts an answer as wrong from 400 on: by their size 200 and 304 are told apart. At the end some are under way.
        const int MaxHeaderBytes = 1500;
        var body = request.Revalidates ? 0 : bodyBytes;
        var most = ((double)drive.Requests + connections) * (body + MaxHeaderBytes);
        var least = (double)drive.Requests * body;
        if (request.MorePaths.Count > 0 && drive.Requests > 0)
            return;
        if (drive.Bytes < least || drive.Bytes > most || (drive.Requests == 0 && drive.Bytes == 0))
            throw new InvalidOperationException($"{target.Name} sent {drive.Bytes} bytes in {drive.Requests} answers of {body} at {request.Path}.\n{result}");
    }

    private static string Script(SampleRequest request, string? tag)
    {
        var text = new StringBuilder("wrk.method = \"GET\"\n");
        foreach (var (name, value) in request.Headers(tag))
            text.AppendLine(CultureInfo.InvariantCulture, $"wrk.headers[{Quote(name)}] = {Quote(value)}");
        if (request.Tokens.Count + request.MorePaths.Count > 0)
        {
            // Formatted once each: in turn costs the generator an index, and all three servers the same.
            text.AppendLine("local credentials, paths = {");
            foreach (var token in request.Tokens)
                text.AppendLine(CultureInfo.InvariantCulture, $"  {Quote("Basic " + SampleRequest.Credentials(token))},");
            text.AppendLine("}, {");
            foreach (var path in request.MorePaths.Prepend(request.Path))
                text.AppendLine(CultureInfo.InvariantCulture, $"  {Quote(path)},");
            text.Append("""
                }
                local formatted, turn = {}, 0
                init = function(args)
                  for i = 1, math.max(#credentials, #paths) do
                    if #credentials > 0 then wrk.headers["Authorization"] = credentials[(i - 1) % #credentials + 1] end
                    formatted[i] = wrk.format("GET", paths[(i - 1) % #paths + 1])
                  end
                end
                request = function()
                  turn = turn % #formatted + 1
                  return formatted[turn]
                end

                """);
        }
        text.Append("""
            done = function(summary, latency, requests)
              local e = summary.errors
              io.write(string.format('RESULT {"requests":%.0f,"microseconds":%.0f,"bytes":%.0f,"errors":%.0f,"p50":%.0f,"p90":%.0f,"p99":%.0f}\n',
                summary.requests, summary.duration, summary.bytes, e.connect + e.read + e.write + e.status + e.timeout,
                latency:percentile(50), latency:percentile(90), latency:percentile(99)))
            end

            """);
        return text.ToString();
    }

    private static string Quote(string text) => "\"" + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + "\"";

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}

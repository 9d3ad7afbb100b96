using System.Diagnostics;
using System.Security.Cryptography;
using Anchorage.Bench.Contestants;
using Anchorage.Bench.Drives;
using Anchorage.Bench.Report;
using Anchorage.Testing;

namespace Anchorage.Bench.Workloads;

/// <summary>10: what is not here yet, from an upstream one round trip away.</summary>
internal static class PullThroughWorkload
{
    public static readonly IReadOnlySet<int> Numbers = new HashSet<int> { 10 };

    private static readonly TimeSpan RoundTrip = TimeSpan.FromMilliseconds(50);
    private const double Allowance = 20;
    private const int StampedeClients = 64;
    private const int SetSize = 30;

    public static async Task<IReadOnlyList<Row>> RunAsync(Bench bench, CancellationToken cancellationToken)
    {
        Bench.Say("10. pull-through");
        var count = bench.Options.IsQuick ? 3 : 20;
        var single = Enumerable.Range(0, count).Select(static number => new WheelBuilder($"far-{number}", "1.0").OfSize(200_000, number).Build()).ToList();
        var wanted = Enumerable.Range(0, bench.Options.IsQuick ? 2 : 10).Select(static number => new WheelBuilder($"wanted-{number}", "1.0").OfSize(2 << 20, number).Build()).ToList();
        var set = Enumerable.Range(0, SetSize).Select(static number => new WheelBuilder($"set-{number}", "1.0").OfSize(50_000, number).Tagged("py3-none-any").Build()).ToList();
        using var authority = new TestAuthority("Benchmark upstream");
        await using var upstream = await DelayingUpstream.StartAsync(RoundTrip, authority, [.. single, .. wanted, .. set], cancellationToken);
        var anchors = bench.Home.Write("upstream-root.pem", authority.RootPem);
        string[] settings = ["--Upstream:Url", upstream.SimpleUrl.AbsoluteUri, "--Upstream:TrustAnchors", anchors];
        var rows = new List<Row>();
        // A fresh registry creates its index pypi from these settings.
        await using (var registry = await bench.Starting.RegistryAsync(bench.Home.PathOf("pull-through"), cancellationToken, settings))
        {
            rows.AddRange(await FirstBytesAsync(registry, single, cancellationToken));
            rows.AddRange(await StampedeAsync(registry, upstream, wanted, cancellationToken));
        }
        rows.AddRange(await PipInstallation.RunAsync(bench, settings, set, cancellationToken));
        return rows;
    }

    private static async Task<IReadOnlyList<Row>> FirstBytesAsync(Contestant registry, IReadOnlyList<BuiltDistribution> wheels, CancellationToken cancellationToken)
    {
        var (pages, files) = (new List<double>(), new List<double>());
        foreach (var wheel in wheels)
        {
            var (page, _) = await TimeToFirstByteAsync(registry, SampleRequest.Page(wheel.Project, true, true), cancellationToken);
            pages.Add(page);
            var address = await ServingWorkloads.FileOfAsync(registry, wheel.Project, cancellationToken);
            var (file, digest) = await TimeToFirstByteAsync(registry, new SampleRequest(address), cancellationToken);
            files.Add(file);
            if (digest != wheel.Sha256)
                throw new InvalidOperationException($"{wheel.Filename} arrived with other bytes.");
        }
        return [ToRow("first byte of a cold page", pages), ToRow("first byte of a cold file", files)];

        static Row ToRow(string name, List<double> times) => new()
        {
            Workload = 10,
            Name = name,
            Figure = Statistics.Text(Statistics.Median(times)) + " ms",
            Spread = Statistics.Spread(times),
            Checks = [Check.AtMost("ms (a round trip + 20 ms)", Statistics.Median(times), RoundTrip.TotalMilliseconds + Allowance)],
            Command = $"{times.Count} projects; upstream at {RoundTrip.TotalMilliseconds} ms",
        };
    }

    private static async Task<IReadOnlyList<Row>> StampedeAsync(
        Contestant registry, DelayingUpstream upstream, List<BuiltDistribution> wheels, CancellationToken cancellationToken)
    {
        // So many connections first: the crowd is to meet the server, not its handshakes.
        await Task.WhenAll(Enumerable.Range(0, StampedeClients).Select(async _ =>
        {
            using var response = await registry.Client.GetAsync(new Uri("/health/live", UriKind.Relative), cancellationToken);
        }));
        var (mostPages, mostFiles, times) = (0, 0, new List<double>());
        foreach (var wheel in wheels)
        {
            await Task.WhenAll(Enumerable.Range(0, StampedeClients).Select(_ => TimeToFirstByteAsync(registry, SampleRequest.Page(wheel.Project, true, true), cancellationToken)));
            mostPages = Math.Max(mostPages, upstream.RequestsFor(DelayingUpstream.PageOf(wheel.Project)));
            var address = await ServingWorkloads.FileOfAsync(registry, wheel.Project, cancellationToken);
            var found = await Task.WhenAll(Enumerable.Range(0, StampedeClients).Select(_ => TimeToFirstByteAsync(registry, new SampleRequest(address), cancellationToken)));
            mostFiles = Math.Max(mostFiles, upstream.RequestsFor(DelayingUpstream.FileOf(wheel.Filename)));
            times.AddRange(found.Select(static one => one.Milliseconds));
            if (found.Any(one => one.Sha256 != wheel.Sha256))
                throw new InvalidOperationException($"{wheel.Filename} arrived with other bytes at some client.");
        }
        return
        [
            new Row
            {
                Workload = 10,
                Name = $"{StampedeClients} clients at once",
                Figure = $"{Math.Max(mostPages, mostFiles)} fetches",
                Checks = [Check.AtMost("upstream fetch of the page", mostPages, 1), Check.AtMost("upstream fetch of the file", mostFiles, 1)],
                Notes = $"first byte at the median client after {Statistics.Text(Statistics.Median(times))} ms, at the last after {Statistics.Text(times.Max())} ms",
                Command = $"{wheels.Count} files of 2 MB",
            },
        ];
    }

    private static async Task<(double Milliseconds, string Sha256)> TimeToFirstByteAsync(
        Contestant registry, SampleRequest request, CancellationToken cancellationToken)
    {
        using var message = request.ToMessage();
        var started = Stopwatch.GetTimestamp();
        using var response = await registry.Client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        await using var body = await response.EnsureSuccessStatusCode().Content.ReadAsStreamAsync(cancellationToken);
        var first = new byte[1];
        await body.ReadExactlyAsync(first, cancellationToken);
        var elapsed = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(first);
        var buffer = new byte[64 << 10];
        for (int read; (read = await body.ReadAsync(buffer, cancellationToken)) > 0;)
            hash.AppendData(buffer, 0, read);
        return (elapsed, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }
}

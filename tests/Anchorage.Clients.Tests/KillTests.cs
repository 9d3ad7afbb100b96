using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;

namespace Anchorage.Clients.Tests;

/// <summary>
/// kill -9, a hundred times, at a hundred different points of uploads and pull-through. Whatever was acknowledged is
/// there afterwards, fsck finds nothing, and no client was ever told that wrong bytes are right.
/// </summary>
public sealed class KillTests
{
    private const int Kills = 110;
    private const int ConcurrentUploads = 3;
    private const int ConcurrentDownloads = 3;

    private readonly ConcurrentDictionary<string, string> acknowledged = new();   // file name → SHA-256
    private readonly ConcurrentQueue<string> violations = new();
    private int completedDownloads;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nothing_acknowledged_is_lost_and_nothing_wrong_is_served_when_the_registry_is_killed()
    {
        await using var upstream = await FakeUpstream.StartAsync(Cancellation);
        await using var registry = await RegistryProcess.StartAsync(Cancellation, settings => settings.WithAnonymousReading().WithUpstream(upstream));

        for (var round = 0; round < Kills; round++)
        {
            if (round > 0)
                await registry.StartAgainAsync(Cancellation);
            // Mostly uploads and mostly downloads by turns. A round's traffic is some 200 or 100 steps (16 KiB or an
            // answer each); multiples of a prime spread the kills over all of it and a little beyond.
            var uploads = round % 2 == 0 ? ConcurrentUploads : 1;
            await RunRoundAsync(registry, upstream, round, uploads, killAfterSteps: 1 + round * 37 % (round % 2 == 0 ? 229 : 113));
        }

        await registry.StartAgainAsync(Cancellation);
        Assert.Empty(violations);
        Assert.True(acknowledged.Count > Kills / 4, $"Only {acknowledged.Count} uploads were acknowledged: the kills came too early to prove anything.");
        Assert.True(completedDownloads > Kills / 4, $"Only {completedDownloads} downloads were complete: the kills came too early to prove anything.");
        await AssertEverythingAcknowledgedIsThereAsync(registry.Client);
        Assert.Equal(0, (await registry.TerminateAsync(Cancellation)).ExitCode);
        TestContext.Current.SendDiagnosticMessage("{0} kills, {1} uploads acknowledged, {2} downloads complete", Kills, acknowledged.Count, completedDownloads);
        var check = await registry.RunVerbAsync("fsck", Cancellation);
        Assert.True(check.ExitCode == 0, check.ToString());
    }

    /// <summary>Runs uploads and downloads side by side and kills the registry at the given step, whatever is going on then.</summary>
    private async Task RunRoundAsync(RegistryProcess registry, FakeUpstream upstream, int round, int uploads, int killAfterSteps)
    {
        var steps = new StepCounter(killAfterSteps);
        var client = registry.Client;
        var traffic = new List<Task>();
        for (var i = 0; i < uploads; i++)
            traffic.Add(UploadUntilKilledAsync(client, round, i, steps));
        // Two clients ask for the same file, the third for another one: the shared fetch is killed too. A project of
        // the round's own, because a page that is known stays fresh for a while.
        var wheels = Enumerable.Range(0, ConcurrentDownloads)
            .Select(i => new WheelBuilder($"harbour-cargo-{round}", $"1.{i / 2}").OfSize(400_000, seed: round * 10 + i / 2).Build()).ToList();
        wheels.ForEach(wheel => upstream.Publish(wheel));
        traffic.AddRange(wheels.Select(wheel => PullThroughAsync(client, wheel, steps)));
        // Either the step is reached, or all the traffic there is has passed.
        await Task.WhenAny(steps.Reached, Task.WhenAll(traffic)).WaitAsync(TimeSpan.FromSeconds(60), Cancellation);
        await registry.KillAsync();
        await Task.WhenAll(traffic).WaitAsync(TimeSpan.FromSeconds(60), Cancellation);
    }

    private async Task UploadUntilKilledAsync(RegistryClient client, int round, int lane, StepCounter steps)
    {
        for (var number = 0; number < 4; number++)
        {
            var wheel = new WheelBuilder("harbour-log", string.Create(CultureInfo.InvariantCulture, $"{round}.{lane}.{number}"))
                .OfSize(60_000 + lane * 90_000, seed: round * 100 + lane * 10 + number).Build();
            try
            {
                using var request = RegistryClient.Request(
                    HttpMethod.Post, "/main/", client.AdministratorToken, content: new CountedContent(UploadForm.For(wheel).ToContent(), steps));
                using var response = await client.SendAsync(request, Cancellation);
                steps.Take();
                if (response.StatusCode == HttpStatusCode.OK)
                    acknowledged[wheel.Filename] = wheel.Sha256;
                else
                    violations.Enqueue($"{wheel.Filename} was refused: {(int)response.StatusCode} {response.ReasonPhrase}");
            }
            catch (HttpRequestException)
            {
                return;   // killed
            }
        }
    }

    private async Task PullThroughAsync(RegistryClient client, BuiltDistribution wheel, StepCounter steps)
    {
        try
        {
            var listing = await client.GetListingAsync(wheel.Project, wheel.Filename, Cancellation, "pypi");
            steps.Take();
            using var response = await client.GetAsync(listing.Path, Cancellation);
            steps.Take();
            if (response.StatusCode != HttpStatusCode.OK)
            {
                violations.Enqueue($"{wheel.Filename} was refused: {(int)response.StatusCode} {response.ReasonPhrase}");
                return;
            }
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            await using var body = await response.Content.ReadAsStreamAsync(Cancellation);
            var buffer = new byte[16 * 1024];
            int read;
            while ((read = await body.ReadAsync(buffer, Cancellation)) > 0)
            {
                hash.AppendData(buffer, 0, read);
                steps.Take();
            }
            // The body ended as HTTP says that a complete one ends.
            if (Convert.ToHexStringLower(hash.GetHashAndReset()) == wheel.Sha256)
                Interlocked.Increment(ref completedDownloads);
            else
                violations.Enqueue($"{wheel.Filename} was complete and wrong.");
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            // Killed: the client knows that it has nothing.
        }
    }

    private async Task AssertEverythingAcknowledgedIsThereAsync(RegistryClient client)
    {
        if (acknowledged.IsEmpty)
            return;
        var page = await client.GetPageAsync("harbour-log", Cancellation);
        var listed = page.GetProperty("files").EnumerateArray().ToDictionary(
            file => file.GetProperty("filename").GetString()!, file => file.GetProperty("url").GetString()!);
        foreach (var (filename, sha256) in acknowledged)
        {
            Assert.Contains(filename, listed.Keys);
            var content = await client.DownloadAsync(new Uri(new Uri(client.Address, "/main/simple/harbour-log/"), listed[filename]), Cancellation);
            Assert.Equal(sha256, Convert.ToHexStringLower(SHA256.HashData(content)));
        }
    }

    /// <summary>Counts the steps of all traffic together and says when the chosen one is reached.</summary>
    private sealed class StepCounter(int target)
    {
        private readonly TaskCompletionSource reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int taken;

        public Task Reached => reached.Task;

        public void Take()
        {
            if (Interlocked.Increment(ref taken) == target)
                reached.TrySetResult();
        }
    }

    /// <summary>A request body whose pieces count as steps.</summary>
    private sealed class CountedContent : HttpContent
    {
        private readonly HttpContent inner;
        private readonly StepCounter steps;

        public CountedContent(HttpContent inner, StepCounter steps)
        {
            this.inner = inner;
            this.steps = steps;
            Headers.ContentType = inner.Headers.ContentType;
        }

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await using var source = await inner.ReadAsStreamAsync();
            var buffer = new byte[16 * 1024];
            int read;
            while ((read = await source.ReadAsync(buffer)) > 0)
            {
                await stream.WriteAsync(buffer.AsMemory(0, read));
                steps.Take();
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = inner.Headers.ContentLength ?? 0;
            return true;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                inner.Dispose();
            base.Dispose(disposing);
        }
    }
}

using System.Net;
using System.Security.Cryptography;
using Anchorage.Packaging;
using Anchorage.Server.Storage;

namespace Anchorage.Server.Upstreams;

/// <summary>How a transfer ended.</summary>
internal abstract record TransferOutcome
{
    /// <summary>All that the upstream wanted to send is in the staged file.</summary>
    public sealed record Whole(Sha256Digest Digest, long Size) : TransferOutcome;

    public sealed record Absent : TransferOutcome;

    /// <summary>Other bytes than the page promises.</summary>
    public sealed record Mismatch(string What) : TransferOutcome;

    public sealed record Failed(UpstreamFailure Failure) : TransferOutcome;
}

/// <summary>
/// The bytes of one file on their way into a staged file. Where the connection breaks in the middle, the transfer goes on from there, up to
/// five times: a 10-minute download over a bad line would otherwise never arrive, and clients that follow it would see it fail.
/// <list type="number">
/// <item>ask; a 404 or 410 is "absent", anything but 200 a failure;</item>
/// <item>write what arrives, hashing, and let followers know;</item>
/// <item>broken: ask for the rest (Range, If-Range). 206 must begin exactly where we are. 200 means that the server knows no ranges or has another
/// file by now: its beginning is compared with what clients have been sent already.</item>
/// </list>
/// </summary>
internal sealed class FileTransfer(FetchOrder order, UpstreamClient client, FileFetch fetch, StagedBlob staged, TimeProvider time) : IDisposable
{
    private const int MaxResumptions = 5;

    // Reset by every piece of progress: a slow upstream may take hours, a silent one may not.
    private static readonly TimeSpan ProgressTimeout = TimeSpan.FromSeconds(60);

    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] buffer = new byte[128 << 10];
    private long size;
    private long? total;
    private string? validator;
    private bool hasBegun;

    /// <summary>Resumptions so far.</summary>
    public int Resumptions { get; private set; }

    public async Task<TransferOutcome> RunAsync(CancellationToken stopping)
    {
        while (true)
        {
            try
            {
                using var response = await client.OpenFileAsync(order.Address, hasBegun ? new FilePosition(size, validator) : null, stopping);
                var refusal = hasBegun ? await ContinueAsync(response, stopping) : Begin(response);
                return refusal ?? await CopyAsync(response, stopping);
            }
            catch (Exception e) when (MayResume(e, stopping))
            {
                Resumptions++;
            }
        }
    }

    public void Dispose() => hash.Dispose();

    // Without a validator the digest on the page decides in the end whether both halves belong together; with neither, nothing would.
    private bool MayResume(Exception e, CancellationToken stopping) =>
        hasBegun && size > 0 && Resumptions < MaxResumptions && (validator ?? (object?)order.ExpectedDigest) is not null
        && e is IOException or HttpRequestException && !stopping.IsCancellationRequested;

    private TransferOutcome? Begin(HttpResponseMessage response)
    {
        if (response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Gone)
            return new TransferOutcome.Absent();
        if (response.StatusCode != HttpStatusCode.OK)
            return Failed(UpstreamPhase.Response, $"it answered {(int)response.StatusCode} for {order.Filename}");
        total = response.Content.Headers.ContentLength;
        if (total is { } promised && order.ExpectedSize is { } listed && promised != listed)
            return new TransferOutcome.Mismatch($"its page says {listed} bytes, its answer {promised}");
        validator = response.Headers.ETag is { IsWeak: false } tag ? tag.ToString() : response.Content.Headers.LastModified?.ToString("R");
        hasBegun = true;
        fetch.Begin(staged, total);
        return null;
    }

    private async Task<TransferOutcome?> ContinueAsync(HttpResponseMessage response, CancellationToken stopping)
    {
        switch (response.StatusCode)
        {
            case HttpStatusCode.PartialContent:
                var range = response.Content.Headers.ContentRange;
                return range?.From == size && (total is null || range.Length is null || range.Length == total)
                    ? null
                    : Failed(UpstreamPhase.Body, $"asked for {order.Filename} from byte {size} on, it sent {range}");
            case HttpStatusCode.OK:
                return await SkipAsync(response, stopping);
            default:
                return Failed(UpstreamPhase.Body, $"it broke off {order.Filename} after {size} bytes, and answered {(int)response.StatusCode} when asked for the rest");
        }
    }

    /// <summary>Reads over what is here already, and checks that it is the same.</summary>
    private async Task<TransferOutcome?> SkipAsync(HttpResponseMessage response, CancellationToken stopping)
    {
        using var again = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var body = await response.Content.ReadAsStreamAsync(stopping);
        for (var left = size; left > 0;)
        {
            var read = await ReadAsync(body, (int)Math.Min(left, buffer.Length), stopping);
            if (read == 0)
                break;
            again.AppendData(buffer, 0, read);
            left -= read;
        }
        return again.GetHashAndReset().AsSpan().SequenceEqual(hash.GetCurrentHash())
            ? null
            : Failed(UpstreamPhase.Body, $"it broke off {order.Filename} after {size} bytes, and sent other bytes when asked again");
    }

    private async Task<TransferOutcome> CopyAsync(HttpResponseMessage response, CancellationToken stopping)
    {
        var body = await response.Content.ReadAsStreamAsync(stopping);
        while (true)
        {
            var read = await ReadAsync(body, buffer.Length, stopping);
            if (read == 0)
                break;
            size += read;
            if (size > order.ExpectedSize)
                return new TransferOutcome.Mismatch($"it sent more than the {order.ExpectedSize} bytes its page promises");
            hash.AppendData(buffer, 0, read);
            await staged.Writer.WriteAsync(buffer.AsMemory(0, read), stopping);
            fetch.Advance(size);
        }
        return new TransferOutcome.Whole(new Sha256Digest(hash.GetHashAndReset()), size);
    }

    private async ValueTask<int> ReadAsync(Stream body, int most, CancellationToken stopping)
    {
        using var silence = new CancellationTokenSource(ProgressTimeout, time);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stopping, silence.Token);
        return await body.ReadAsync(buffer.AsMemory(0, most), ended.Token);
    }

    private TransferOutcome.Failed Failed(UpstreamPhase phase, string why) => new(new UpstreamFailure(client.Name, phase, why));
}

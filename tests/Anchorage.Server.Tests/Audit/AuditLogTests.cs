using System.Globalization;
using Anchorage.Server.Audit;
using Anchorage.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Anchorage.Server.Tests.Audit;

public sealed class AuditLogTests : IDisposable
{
    private readonly TestDirectory directory = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => directory.Dispose();

    private AuditLog Open(TimeProvider? time = null, long segmentBytes = 1 << 20) =>
        AuditLog.Open(directory.Path, time ?? TimeProvider.System, NullLogger.Instance, "node-1", segmentBytes);

    private static AuditEvent Event(string action, string? reason = null) => new() { Action = action, Outcome = "intent", Reason = reason };

    private static AuditEvent Download(string text) => new()
    {
        Action = "file.download",
        Outcome = "ok",
        Actor = text,
        ClientAddress = text,
        UserAgent = text,
        Index = text,
        Project = text,
        Version = text,
        File = text,
        Sha256 = text,
        Size = 4,
        Bytes = 3,
        Reason = text,
        RequestId = text,
    };

    private List<AuditRecord> Read() => [.. AuditReader.Read(directory.Path)];

    private string LastSegment => AuditSegment.List(directory.Path)[^1].Path;

    [Fact]
    public async Task An_event_can_be_read_as_soon_as_its_append_completes()
    {
        var time = new ManualTimeProvider(new DateTimeOffset(2026, 3, 14, 12, 0, 0, TimeSpan.Zero).AddMicroseconds(123_456));
        await using var log = Open(time);
        var written = Download("pip/24 \"☃\"");
        await log.AppendAsync(written, Token);
        var record = Assert.Single(Read());
        Assert.Equal((1, 1L, "node-1", time.GetUtcNow()), (record.V, record.Seq, record.Node, record.Time));
        Assert.Equal(written, record.Event);
    }

    [Fact]
    public async Task Events_keep_the_order_in_which_they_were_handed_over()
    {
        await using (var log = Open())
        {
            for (var i = 0; i < 1000; i++)
                log.Post(Event(i.ToString(CultureInfo.InvariantCulture)));
        }
        var records = Read();
        Assert.Equal(Enumerable.Range(0, 1000).Select(i => i.ToString(CultureInfo.InvariantCulture)), records.Select(record => record.Event.Action));
        Assert.Equal(Enumerable.Range(1, 1000).Select(i => (long)i), records.Select(record => record.Seq));
    }

    [Fact]
    public async Task Many_callers_at_once_lose_nothing_across_segments_and_restarts()
    {
        for (var run = 0; run < 3; run++)
        {
            await using var log = Open(segmentBytes: 20_000);
            await Task.WhenAll(Enumerable.Range(0, 32).Select(caller => Task.Run(async () =>
            {
                for (var i = 0; i < 30; i++)
                    await log.AppendAsync(Event($"{run}.{caller}.{i}"), Token);
            })));
        }
        var records = Read();
        Assert.Equal(3 * 32 * 30, records.Select(record => record.Event.Action).Distinct().Count());
        Assert.Equal(Enumerable.Range(1, records.Count).Select(i => (long)i), records.Select(record => record.Seq));
        Assert.True(AuditSegment.List(directory.Path).Count > 3);
    }

    [Fact]
    public async Task Closing_puts_what_was_posted_on_disk_and_refuses_what_comes_after()
    {
        var log = Open();
        log.Post(Event("posted"));
        await log.DisposeAsync();
        await log.DisposeAsync();
        Assert.Equal("posted", Assert.Single(Read()).Event.Action);
        await Assert.ThrowsAsync<AuditUnavailableException>(async () => await log.AppendAsync(Event("late"), Token));
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("\u0001")]      // six bytes each as JSON
    [InlineData("☃")]
    [InlineData("\"\\")]
    public async Task An_event_that_is_too_long_is_cut_field_by_field_and_kept(string text)
    {
        var huge = string.Concat(Enumerable.Repeat(text, 200_000));
        await using var log = Open();
        await log.AppendAsync(Download(huge), Token);
        var read = Assert.Single(Read()).Event;
        Assert.Equal(("file.download", "ok", 4L, 3L), (read.Action, read.Outcome, read.Size, read.Bytes));
        Assert.Equal(text.Length > 0 ? true : null, read.Truncated);
        Assert.StartsWith(huge[..Math.Min(huge.Length, 256)], read.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Cutting_an_event_forgets_no_text_field()
    {
        var texts = typeof(AuditEvent).GetProperties().Where(property => property.PropertyType == typeof(string)).ToList();
        var whole = new AuditEvent { Action = "", Outcome = "" };
        foreach (var property in texts)
            property.SetValue(whole, new string('x', 1000));
        var cut = whole.Cut(10);
        Assert.All(texts, property => Assert.Equal("xxxxxxxxxx…", property.GetValue(cut)));
    }

    [Fact]
    public async Task Half_a_surrogate_pair_does_not_stop_the_record()
    {
        await using var log = Open();
        await log.AppendAsync(Event("before", "\ud83d"), Token);
        await log.AppendAsync(Event("after"), Token);
        Assert.Equal(["before", "after"], Read().Select(record => record.Event.Action));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(60)]
    public async Task A_torn_tail_is_cut_off_kept_aside_and_the_numbers_go_on(int bytesLost)
    {
        await using (var log = Open())
        {
            for (var i = 1; i <= 3; i++)
                await log.AppendAsync(Event($"event {i}"), Token);
        }
        using (var file = File.OpenHandle(LastSegment, FileMode.Open, FileAccess.ReadWrite))
            RandomAccess.SetLength(file, RandomAccess.GetLength(file) - bytesLost);

        Assert.Equal(["event 1", "event 2"], Read().Select(record => record.Event.Action));
        await using (var log = Open())
            await log.AppendAsync(Event("event 4"), Token);
        Assert.Equal([(1L, "event 1"), (2L, "event 2"), (3L, "event 4")], Read().Select(record => (record.Seq, record.Event.Action)));
        Assert.Single(Directory.EnumerateFiles(directory.Path, "wal-*.tail-*"));
    }

    [Fact]
    public async Task A_tail_of_zeros_is_cut_off()
    {
        await using (var log = Open())
            await log.AppendAsync(Event("event 1"), Token);
        using (var file = File.OpenHandle(LastSegment, FileMode.Open, FileAccess.ReadWrite))
            RandomAccess.SetLength(file, RandomAccess.GetLength(file) + 4096);
        await using (var log = Open())
            await log.AppendAsync(Event("event 2"), Token);
        Assert.Equal([1, 2], Read().Select(record => record.Seq));
        Assert.Empty(Directory.EnumerateFiles(directory.Path, "wal-*.tail-*"));
    }

    [Fact]
    public async Task A_changed_byte_before_the_last_segment_is_found()
    {
        await WriteSegmentsAsync();
        var first = AuditSegment.List(directory.Path)[0].Path;
        var bytes = await File.ReadAllBytesAsync(first, Token);
        bytes[200] ^= 1;
        await File.WriteAllBytesAsync(first, bytes, Token);
        Assert.Equal(first, Assert.Throws<AuditDamagedException>(Read).Message.Split(' ').First(word => word.StartsWith('/')));
    }

    [Fact]
    public async Task A_missing_segment_is_found()
    {
        await WriteSegmentsAsync();
        File.Delete(AuditSegment.List(directory.Path)[1].Path);
        Assert.Contains("a segment is missing", Assert.Throws<AuditDamagedException>(Read).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_last_segment_that_is_none_keeps_the_log_from_starting()
    {
        await WriteSegmentsAsync();
        await File.WriteAllBytesAsync(LastSegment, new byte[100], Token);
        Assert.Throws<AuditDamagedException>(() => Open());
    }

    [Fact]
    public async Task On_a_full_disk_events_are_refused_and_later_ones_are_recorded_without_a_gap()
    {
        using var disk = SmallDisk.Mount(megabytes: 1);
        await using (var log = AuditLog.Open(disk.Path, TimeProvider.System, NullLogger.Instance))
        {
            await log.AppendAsync(Event("event 1"), Token);
            var filler = Path.Combine(disk.Path, "filler");
            await using (var file = new FileStream(filler, FileMode.Create, FileAccess.Write, FileShare.None, 0))
                await Assert.ThrowsAsync<IOException>(async () => { while (true) await file.WriteAsync(new byte[4096], Token); });

            // The last page of the segment still takes some.
            await Assert.ThrowsAsync<AuditUnavailableException>(async () =>
            {
                while (true)
                    await log.AppendAsync(Event("filling", new string('x', 1000)), Token);
            });
            log.Post(Event("outcome"));
            await Assert.ThrowsAsync<AuditUnavailableException>(() => log.CheckAsync(Token));

            File.Delete(filler);
            await log.CheckAsync(Token);
            await log.AppendAsync(Event("event 2"), Token);
            await log.CheckAsync(Token);
        }
        var records = AuditReader.Read(disk.Path).ToList();
        Assert.Equal(["event 1", "outcome", "audit.resume", "event 2"], records.Select(record => record.Event.Action).Where(action => action != "filling"));
        Assert.Equal(Enumerable.Range(1, records.Count).Select(i => (long)i), records.Select(record => record.Seq));
    }

    [Fact]
    public async Task The_record_is_for_its_owner_alone()
    {
        await using var log = Open();
        Assert.Equal("600", Storage.UnixMode.Of(LastSegment));
    }

    private async Task WriteSegmentsAsync()
    {
        await using var log = Open(segmentBytes: 500);
        for (var i = 0; i < 20; i++)
            await log.AppendAsync(Event($"event {i}"), Token);
    }
}

using System.Text;
using Anchorage.Server.Operations;

namespace Anchorage.Server.Tests.Operations;

public class LogOutputTests
{
    [Fact]
    public async Task Lines_of_many_threads_are_all_written_and_each_whole()
    {
        using var target = new MemoryStream();
        using (var output = new LogOutput(target))
        {
            await Task.WhenAll(Enumerable.Range(0, 8).Select(thread => Task.Run(() =>
            {
                for (var i = 0; i < 2_000; i++)
                    output.Write(Encoding.UTF8.GetBytes($"{thread} {i}\n"), isUrgent: i % 500 == 0);
            })));
        }
        var lines = Encoding.UTF8.GetString(target.ToArray()).TrimEnd('\n').Split('\n');
        Assert.Equal(
            Enumerable.Range(0, 8).SelectMany(static thread => Enumerable.Range(0, 2_000).Select(i => $"{thread} {i}")).Order(StringComparer.Ordinal),
            lines.Order(StringComparer.Ordinal));
        for (var thread = 0; thread < 8; thread++)
            Assert.Equal(Enumerable.Range(0, 2_000), lines.Where(line => line[0] == '0' + thread).Select(static line => int.Parse(line[2..], System.Globalization.CultureInfo.InvariantCulture)));
    }

    [Fact]
    public void A_flush_returns_when_what_was_said_before_is_written()
    {
        using var target = new MemoryStream();
        using var output = new LogOutput(target);
        output.Write("one\n"u8, isUrgent: false);
        output.Flush();
        Assert.Equal("one\n", Encoding.UTF8.GetString(target.ToArray()));
    }

    [Fact]
    public void A_reader_that_went_away_ends_nothing()
    {
        using var output = new LogOutput(new BrokenStream());
        output.Write("one\n"u8, isUrgent: true);
        output.Flush();
        output.Write("two\n"u8, isUrgent: true);
        output.Flush();
    }

    private sealed class BrokenStream : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer) => throw new IOException("Broken pipe");
    }
}

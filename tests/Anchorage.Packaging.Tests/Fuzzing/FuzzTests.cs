using System.Text;
using Anchorage.Packaging.Fuzz;

namespace Anchorage.Packaging.Tests.Fuzzing;

/// <summary>
/// Every reader of foreign bytes, fed with mutations of its corpus: the same ones each time, for about a second. The
/// search for new ones, guided by coverage, is <c>tests/fuzz/run</c>.
/// </summary>
public class FuzzTests
{
    private const int Inputs = 4000;

    public static TheoryData<string> Targets => [.. FuzzTarget.All.Select(target => target.Name)];

    [Theory]
    [MemberData(nameof(Targets))]
    public void Foreign_bytes_break_no_promise_of_their_reader(string name)
    {
        var target = FuzzTarget.All.Single(target => target.Name == name);
        var seeds = Seeds.Of(target, Path.Combine(Repository.Root, "tests", "fuzz", "corpus"));
        var fuzzer = new Fuzzer(target, seeds, seed: 1);
        var failure = fuzzer.Run(Inputs, TimeSpan.FromMinutes(1));
        TestContext.Current.TestOutputHelper?.WriteLine($"{fuzzer.Inputs} inputs, slowest {fuzzer.Slowest.TotalMilliseconds:F0} ms, at most {fuzzer.MostAllocated >> 10} KiB allocated");
        Assert.True(failure is null, failure is null ? null : $"{failure.Message}\n  input in base64: {Convert.ToBase64String(failure.Content)}\n  as text: {Encoding.UTF8.GetString(failure.Content)}");
    }

    /// <summary>Mutations of an archive that is refused at its first byte would reach nothing.</summary>
    [Theory]
    [InlineData("wheel", "sample-1.0-py3-none-any.whl")]
    [InlineData("sdist", "sample-1.0.tar.gz")]
    public void Archives_that_fuzzing_starts_from_are_accepted(string target, string filename)
    {
        Assert.True(DistributionFilename.TryParse(filename, out var parsed, out _));
        foreach (var seed in Seeds.Of(FuzzTarget.All.Single(candidate => candidate.Name == target)))
            Assert.Equal(parsed.Project, ArchiveInspector.Inspect(new MemoryStream(seed), parsed, ArchiveLimits.Default, TestContext.Current.CancellationToken).Metadata.Name);
    }

    [Fact]
    public void Every_corpus_folder_belongs_to_a_target() =>
        Assert.Empty(Directory.EnumerateDirectories(Path.Combine(Repository.Root, "tests", "fuzz", "corpus")).Select(Path.GetFileName)
            .Except(FuzzTarget.All.Select(target => (string?)target.Name)));
}

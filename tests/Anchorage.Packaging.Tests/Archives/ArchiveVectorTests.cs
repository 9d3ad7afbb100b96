using System.Text.Json;

namespace Anchorage.Packaging.Tests.Archives;

/// <summary>Archives as the reference registry judges them, and every real distribution of the shared data.</summary>
public class ArchiveVectorTests
{
    [Theory]
    [InlineData("accept", 7)]
    [InlineData("reject", 24)]
    public void Zip_structures_are_accepted_and_refused_like_the_reference_registry(string verdict, int count)
    {
        var files = Directory.GetFiles(Vectors.PathOf($"warehouse/zipdata/{verdict}"));
        foreach (var file in files)
        {
            using var stream = File.OpenRead(file);
            var refusal = Record.Exception(() => ZipArchiveReader.Open(stream, ArchiveLimits.Default, CancellationToken.None));
            Assert.True(verdict == "accept" == refusal is null, $"{Path.GetFileName(file)}: {refusal?.Message}");
            if (refusal is not null)
                Assert.True(refusal is InvalidDistributionException or EndOfStreamException, refusal.ToString());
        }
        Vectors.AssertCount(count, files.Length);
    }

    [Fact]
    public void Content_that_is_longer_than_the_archive_says_is_refused_where_the_reference_registry_does_not_look()
    {
        using var stream = File.OpenRead(Vectors.PathOf("warehouse/zipdata/accept/short_usize.zip"));
        var zip = ZipArchiveReader.Open(stream, ArchiveLimits.Default, CancellationToken.None);
        var refusal = Assert.Throws<InvalidDistributionException>(() => zip.Unpack(zip.Members[0], hash: null, capture: null, CancellationToken.None));
        Assert.Equal("corrupt-member", refusal.Rule);
    }

    [Fact]
    public void Zip_structure_of_every_real_archive_gets_the_verdict_of_the_reference_registry()
    {
        // The reference looks at framing alone; a symbolic link is refused here by the first who sees it.
        string[] stricter = ["pip/packages/test_zip.zip"];
        var count = 0;
        foreach (var artifact in RealDistributions.All().Where(artifact => artifact.TryGetProperty("zip", out _)))
        {
            using var stream = File.OpenRead(RealDistributions.FullPath(artifact));
            var refusal = Record.Exception(() => ZipArchiveReader.Open(stream, ArchiveLimits.Default, CancellationToken.None));
            var expected = artifact.GetProperty("zip").GetProperty("ok").GetBoolean();
            if (stricter.Contains(artifact.GetProperty("path").GetString()))
            {
                Assert.Equal("member-type", Assert.IsType<InvalidDistributionException>(refusal).Rule);
                expected = false;
            }
            Assert.True(expected == refusal is null, $"{artifact.GetProperty("path")}: {refusal?.Message}");
            count++;
        }
        Vectors.AssertCount(157, count);
    }

    /// <summary>Fixtures whose RECORD has the right paths with invented, outdated or no hashes. The reference compares paths alone.</summary>
    private static readonly string[] UntrueRecords =
    [
        "pip/packages/license.dist-0.1-py2.py3-none-any.whl",
        "pip/packages/license.dist-0.2-py2.py3-none-any.whl",
        "uv-links/basic_package-0.1.0-py3-none-any.whl",
        "uv-links/cpython_package-1.0.0-cp314-cp314-manylinux_2_17_x86_64.whl",
        "uv-links/multi_abi_package-1.0.0-cp314-cp314t.abi3-manylinux_2_17_x86_64.whl",
        "uv-links/validation-1.0.0-py3-none-any.whl",
    ];

    [Fact]
    public void Every_valid_real_distribution_may_be_published()
    {
        var count = 0;
        var refusals = new List<string>();
        foreach (var artifact in RealDistributions.All().Where(IsPublishable))
        {
            var report = Inspect(artifact, out var refusal);
            if (UntrueRecords.Contains(artifact.GetProperty("path").GetString()))
                Assert.StartsWith("record-", refusal, StringComparison.Ordinal);
            else if (report is null)
                refusals.Add($"{artifact.GetProperty("path")}: {refusal}");
            else
                Assert.Equal(artifact.GetProperty("metadata_sha256").GetString(), Sha256Digest.Of(report.MetadataBytes.Span).ToString());
            count++;
        }
        Assert.True(refusals.Count == 0, string.Join('\n', refusals));
        Vectors.AssertCount(151, count);
    }

    [Fact]
    public void What_the_reference_finds_wrong_in_a_real_distribution_is_refused()
    {
        var count = 0;
        var accepted = new List<string>();
        foreach (var artifact in RealDistributions.All())
        {
            if (!artifact.TryGetProperty("filename", out var filename) || !filename.GetProperty("ok").GetBoolean() || IsPublishable(artifact))
                continue;
            if (Inspect(artifact, out _) is not null)
                accepted.Add(artifact.GetProperty("path").GetString()!);
            count++;
        }
        Assert.Empty(accepted);
        Vectors.AssertCount(41, count);
    }

    [Fact]
    public void Metadata_of_every_readable_real_wheel_is_found()
    {
        var count = 0;
        foreach (var artifact in RealDistributions.All().Where(artifact => artifact.TryGetProperty("record", out _) && artifact.TryGetProperty("metadata_sha256", out _)))
        {
            using var stream = File.OpenRead(RealDistributions.FullPath(artifact));
            var metadata = ArchiveInspector.FindWheelMetadata(stream, ArchiveLimits.Default, CancellationToken.None);
            if (artifact.GetProperty("path").GetString() == "uv-links/validation-3.0.0-py3-none-any.whl")
            {
                // Two .dist-info folders: no telling which metadata installers will take.
                Assert.Null(metadata);
                continue;
            }
            Assert.Equal(artifact.GetProperty("metadata_sha256").GetString(), Sha256Digest.Of(metadata!.Value.Span).ToString());
            count++;
        }
        Vectors.AssertCount(117, count);
    }

    private static bool IsPublishable(JsonElement artifact)
    {
        if (!artifact.TryGetProperty("valid", out var valid) || !artifact.GetProperty("filename").GetProperty("ok").GetBoolean())
            return false;
        var isUntimely = artifact.TryGetProperty("errors", out var errors)
            && errors.EnumerateArray().All(error => error.GetString()!.Contains("introduced in", StringComparison.Ordinal) || error.GetString()!.Contains("'UNKNOWN'", StringComparison.Ordinal));
        return (valid.GetBoolean() || isUntimely)
            && (!artifact.TryGetProperty("zip", out var zip) || zip.GetProperty("ok").GetBoolean())
            && (!artifact.TryGetProperty("record", out var record) || record.GetString() == "ok")
            && (!artifact.TryGetProperty("top", out var top) || top.GetString() is { Length: > 0 })
            && (!artifact.TryGetProperty("entry_points", out var entryPoints) || entryPoints.GetString() == "ok");
    }

    private static ArchiveReport? Inspect(JsonElement artifact, out string refusal)
    {
        var path = RealDistributions.FullPath(artifact);
        refusal = "";
        Assert.True(DistributionFilename.TryParse(Path.GetFileName(path), out var filename, out _));
        using var stream = File.OpenRead(path);
        try
        {
            return ArchiveInspector.Inspect(stream, filename, ArchiveLimits.Default, CancellationToken.None);
        }
        catch (InvalidDistributionException exception)
        {
            refusal = $"{exception.Rule}: {exception.Message}";
            return null;
        }
    }
}

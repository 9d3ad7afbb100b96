using System.IO.Compression;

namespace Anchorage.Packaging.Fuzz;

/// <summary>Wheels and sdists: inspected or refused with an InvalidDistributionException, within small bounds.</summary>
internal static class ArchiveTargets
{
    private static readonly ArchiveLimits Limits = new() { MaxEntries = 200, MaxUnpackedBytes = 4 << 20, MaxTextBytes = 1 << 20 };
    private static readonly DistributionFilename Wheel = Name("sample-1.0-py3-none-any.whl");
    private static readonly DistributionFilename Sdist = Name("sample-1.0.tar.gz");
    private static readonly DistributionFilename ZipSdist = Name("sample-1.0.zip");

    public static void ReadWheel(byte[] content)
    {
        Inspect(content, Wheel);
        Try(() => ArchiveInspector.FindWheelMetadata(new MemoryStream(content), Limits, CancellationToken.None));
    }

    public static void ReadSdist(byte[] content) => Inspect(content, Sdist);

    public static void ReadZipSdist(byte[] content) => Inspect(content, ZipSdist);

    /// <summary>Compressed here: a mutated gzip stream seldom gets past its own checks.</summary>
    public static void ReadTar(byte[] content)
    {
        var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(content);
        Inspect(compressed.ToArray(), Sdist);
    }

    private static void Inspect(byte[] content, DistributionFilename filename) => Try(() =>
    {
        var report = ArchiveInspector.Inspect(new MemoryStream(content), filename, Limits, CancellationToken.None);
        BrokenPromiseException.Unless(report.Metadata.Name == filename.Project && report.Metadata.Version == filename.Version, "what is accepted is what its name says");
        BrokenPromiseException.Unless(report.MetadataBytes.Length <= Limits.MaxTextBytes, "the metadata is bounded");
    });

    private static void Try(Action read)
    {
        try
        {
            read();
        }
        catch (InvalidDistributionException e)
        {
            BrokenPromiseException.Unless(e.Rule.Length > 0 && e.Message.Length > 0, "a refusal says which rule");
        }
    }

    private static DistributionFilename Name(string text) =>
        DistributionFilename.TryParse(text, out var filename, out var problem) ? filename : throw new InvalidOperationException(problem);
}

namespace Anchorage.Packaging;

/// <summary>Finds METADATA in a wheel that another index has published: nothing else is judged.</summary>
internal static class WheelMetadata
{
    public const string FolderSuffix = ".dist-info";

    /// <summary>Null where the archive is unreadable or has no METADATA, or several.</summary>
    public static byte[]? Find(Stream content, ArchiveLimits limits, CancellationToken cancellationToken)
    {
        try
        {
            var zip = ZipArchiveReader.OpenUnchecked(content, limits, cancellationToken);
            var found = zip.Members.FindAll(member => IsMetadata(member.Name));
            return found is [var metadata] ? zip.ReadText(metadata, limits, cancellationToken) : null;
        }
        catch (Exception exception) when (exception is InvalidDistributionException or EndOfStreamException)
        {
            return null;
        }
    }

    private static bool IsMetadata(string name)
    {
        const string File = FolderSuffix + "/METADATA";
        return name.EndsWith(File, StringComparison.Ordinal) && !name.AsSpan(..^File.Length).Contains('/');
    }
}

using System.Buffers;
using Anchorage.Packaging;

namespace Anchorage.Server.Index;

/// <summary>From an index's document to the page of the index that was asked: our addresses, complete versions.</summary>
internal static class PageRendering
{
    public static void Write(IBufferWriter<byte> output, ProjectDetail detail, string index, bool json)
    {
        var page = detail with
        {
            Files = [.. detail.Files.Select(file => file with { Url = FileAddress.For(index, FileAddress.Locator(file), file.Filename) })],
            Versions = detail.Versions ?? VersionsOf(detail.Files),
            Status = detail.Status ?? new ProjectStatus(ProjectStatuses.Active),
        };
        if (json)
            SimpleJson.WriteProject(output, page);
        else
            SimpleHtml.WriteProject(output, page);
    }

    /// <summary>Simple API 1.1 "versions" for a source that does not say: those in the file names.</summary>
    private static List<string> VersionsOf(IReadOnlyList<ProjectFile> files)
    {
        var versions = new SortedSet<string>(VersionOrder.Comparer);
        foreach (var file in files)
        {
            if (DistributionFilename.TryParse(file.Filename, out var filename, out _))
                versions.Add(filename.Version.ToString());
        }
        return [.. versions];
    }
}

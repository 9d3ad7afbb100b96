namespace Anchorage.Packaging;

/// <summary>The metadata of a distribution that wants to be published: valid, and about the file that it is in.</summary>
internal static class PublishedMetadata
{
    public static CoreMetadata Read(byte[] content, string member, DistributionFilename filename, ArchiveFacts facts)
    {
        if (!CoreMetadata.TryParse(content, out var metadata, out var problems))
            throw new InvalidDistributionException("metadata", member, $"'{CoreMetadata.Quote(member)}' is not valid. {string.Join(' ', problems)}");
        var faults = metadata.FindFaults();
        var serious = faults.Where(fault => !fault.IsTolerable).Take(10).ToList();
        if (serious.Count > 0)
            throw new InvalidDistributionException("metadata", member, $"'{CoreMetadata.Quote(member)}' is not valid. {string.Join(' ', serious.Select(fault => fault.Message))}");
        if (metadata.Name != filename.Project)
            throw new InvalidDistributionException("metadata-mismatch", member, $"The metadata says Name '{CoreMetadata.Quote(metadata.DisplayName)}'; the file name says '{filename.Project}'.");
        if (metadata.Version != filename.Version)
            throw new InvalidDistributionException("metadata-mismatch", member, $"The metadata says Version '{metadata.Version}'; the file name says '{filename.Version}'.");
        facts.Note(faults);
        facts.NoteRequirements(metadata.FindAll("Requires-Dist"));
        return metadata;
    }

    /// <summary>Before metadata 2.4 License-File was a private habit of setuptools, with the files in other places.</summary>
    public static bool RequiresLicenseFiles(CoreMetadata metadata) =>
        Array.IndexOf(MetadataField.Versions, metadata.MetadataVersion) >= Array.IndexOf(MetadataField.Versions, "2.4");
}

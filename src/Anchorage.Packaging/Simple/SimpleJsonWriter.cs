using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Anchorage.Packaging;

/// <summary>Writes pages as the public index does: known fields in alphabetical order, then what was carried through.</summary>
internal static class SimpleJsonWriter
{
    /// <summary>The version that we write, whatever the source was.</summary>
    private const string ApiVersion = "1.4";

    // Escapes what JSON needs and no more: the pages are served as JSON with their own media type, never inside HTML.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    private static readonly JsonEncodedText Files = JsonEncodedText.Encode("files");
    private static readonly JsonEncodedText CoreMetadata = JsonEncodedText.Encode("core-metadata");
    private static readonly JsonEncodedText DataDistInfoMetadata = JsonEncodedText.Encode("data-dist-info-metadata");
    private static readonly JsonEncodedText Filename = JsonEncodedText.Encode("filename");
    private static readonly JsonEncodedText GpgSig = JsonEncodedText.Encode("gpg-sig");
    private static readonly JsonEncodedText Hashes = JsonEncodedText.Encode("hashes");
    private static readonly JsonEncodedText Provenance = JsonEncodedText.Encode("provenance");
    private static readonly JsonEncodedText RequiresPython = JsonEncodedText.Encode("requires-python");
    private static readonly JsonEncodedText Sha256 = JsonEncodedText.Encode("sha256");
    private static readonly JsonEncodedText Size = JsonEncodedText.Encode("size");
    private static readonly JsonEncodedText UploadTime = JsonEncodedText.Encode("upload-time");
    private static readonly JsonEncodedText Url = JsonEncodedText.Encode("url");
    private static readonly JsonEncodedText Yanked = JsonEncodedText.Encode("yanked");
    private static readonly JsonEncodedText Name = JsonEncodedText.Encode("name");
    private static readonly JsonEncodedText LastSerial = JsonEncodedText.Encode("_last-serial");

    public static void WriteProject(IBufferWriter<byte> output, ProjectDetail project)
    {
        using (var writer = new Utf8JsonWriter(output, Options))
        {
            writer.WriteStartObject();
            writer.WriteStartArray(Files);
            foreach (var file in project.Files)
                WriteFile(writer, file);
            writer.WriteEndArray();
            WriteMeta(writer, project.LastSerial, project.ExtraMeta);
            writer.WriteString(Name, project.Name.ToString());
            if (project.Status is { } status)
            {
                writer.WriteStartObject("project-status");
                if (status.Reason is not null)
                    writer.WriteString("reason", status.Reason);
                writer.WriteString("status", status.Status);
                writer.WriteEndObject();
            }
            writer.WriteStartArray("versions");
            foreach (var version in SortedVersions(project))
                writer.WriteStringValue(version);
            writer.WriteEndArray();
            WriteExtra(writer, project.ExtraFields);
            writer.WriteEndObject();
        }
        output.Write("\n"u8);
    }

    public static void WriteList(IBufferWriter<byte> output, ProjectList list)
    {
        using (var writer = new Utf8JsonWriter(output, Options))
        {
            writer.WriteStartObject();
            WriteMeta(writer, list.LastSerial, []);
            writer.WriteStartArray("projects");
            foreach (var project in list.Projects)
            {
                writer.WriteStartObject();
                if (project.LastSerial is { } serial)
                    writer.WriteNumber(LastSerial, serial);
                writer.WriteString(Name, project.Name);
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
            writer.WriteEndObject();
        }
        output.Write("\n"u8);
    }

    private static void WriteMeta(Utf8JsonWriter writer, long? lastSerial, IReadOnlyList<KeyValuePair<string, JsonElement>> extra)
    {
        writer.WriteStartObject("meta");
        if (lastSerial is { } serial)
            writer.WriteNumber(LastSerial, serial);
        writer.WriteString("api-version", ApiVersion);
        WriteExtra(writer, extra);
        writer.WriteEndObject();
    }

    private static void WriteFile(Utf8JsonWriter writer, ProjectFile file)
    {
        writer.WriteStartObject();
        WriteCoreMetadata(writer, CoreMetadata, file);
        // The spelling "data-dist-info-metadata" is the public index's; the specified "dist-info-metadata" makes pip 22.3 to 23.1
        // fail when its value is an object, so it is never written (PEP 714).
        WriteCoreMetadata(writer, DataDistInfoMetadata, file);
        writer.WriteString(Filename, file.Filename);
        if (file.GpgSig is { } gpgSig)
            writer.WriteBoolean(GpgSig, gpgSig);
        writer.WriteStartObject(Hashes);
        WriteHashes(writer, file.Hashes);
        writer.WriteEndObject();
        if (file.Provenance is not null)
            writer.WriteString(Provenance, file.Provenance);
        if (file.RequiresPython is null)
            writer.WriteNull(RequiresPython);
        else
            writer.WriteString(RequiresPython, file.RequiresPython);
        if (file.Size is { } size)
            writer.WriteNumber(Size, size);
        if (file.UploadTime is not null)
            writer.WriteString(UploadTime, file.UploadTime);
        writer.WriteString(Url, file.Url);
        if (string.IsNullOrEmpty(file.YankedReason))
            writer.WriteBoolean(Yanked, file.YankedReason is not null);
        else
            writer.WriteString(Yanked, file.YankedReason);
        WriteExtra(writer, file.ExtraFields);
        writer.WriteEndObject();
    }

    private static void WriteCoreMetadata(Utf8JsonWriter writer, JsonEncodedText field, ProjectFile file)
    {
        if (!file.HasCoreMetadata || file.CoreMetadataHashes.Count == 0)
        {
            writer.WriteBoolean(field, file.HasCoreMetadata);
            return;
        }
        writer.WriteStartObject(field);
        WriteHashes(writer, file.CoreMetadataHashes);
        writer.WriteEndObject();
    }

    private static void WriteHashes(Utf8JsonWriter writer, IReadOnlyDictionary<string, string> hashes)
    {
        if (hashes is SingleFileHash single)
        {
            if (single.Algorithm == "sha256")
                writer.WriteString(Sha256, single.Digest);
            else
                writer.WriteString(single.Algorithm, single.Digest);
            return;
        }
        // Sorted, so that one record has one page and one ETag, however its dictionary was filled.
        foreach (var (algorithm, digest) in hashes.OrderBy(hash => hash.Key, StringComparer.Ordinal))
            writer.WriteString(algorithm, digest);
    }

    private static void WriteExtra(Utf8JsonWriter writer, IReadOnlyList<KeyValuePair<string, JsonElement>> extra)
    {
        foreach (var (name, value) in extra)
        {
            writer.WritePropertyName(name);
            value.WriteTo(writer);
        }
    }

    // PEP 700: versions are mandatory from 1.1 on. A source of version 1.0 or HTML does not list them; the names of its files do.
    private static string[] SortedVersions(ProjectDetail project)
    {
        var versions = new HashSet<string>(project.Versions ?? [], StringComparer.Ordinal);
        if (project.Versions is null)
        {
            foreach (var file in project.Files)
            {
                if (DistributionFilename.TryParse(file.Filename, out var filename, out _))
                    versions.Add(filename.Version.ToString()!);
            }
        }
        // The order is total, also over spellings of one version (1.0 and 1.0.0): the same record is the same bytes.
        return [.. versions.OrderBy(VersionOrder.Key)];
    }
}

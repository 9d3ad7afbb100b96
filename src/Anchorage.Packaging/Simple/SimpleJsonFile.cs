using System.Text.Json;

namespace Anchorage.Packaging;

/// <summary>What one item of "files" says, field by field, before anybody decides whether it is a file that can be listed.</summary>
internal ref struct SimpleJsonFile
{
    private enum Field { Unknown, Filename, Url, Hashes, RequiresPython, Size, UploadTime, Yanked, CoreMetadata, DistInfoMetadata, DataDistInfoMetadata, Provenance, GpgSig }

    /// <summary>PEP 714: whether the sidecar exists, and its hashes.</summary>
    private struct Sidecar
    {
        public bool Seen;
        public bool Exists;
        public IReadOnlyDictionary<string, string>? Hashes;
    }

    private string? filename, url, requiresPython, uploadTime, yanked, provenance;
    private IReadOnlyDictionary<string, string>? hashes;
    private Sidecar core, distInfo, dataDistInfo;
    private long? size;
    private bool? gpgSig;
    private string? badDigest;
    private List<KeyValuePair<string, JsonElement>>? extra;

    /// <summary>Reads the item that begins here.</summary>
    public void Read(ref StrictJsonReader json, ProjectFile? previous)
    {
        var seen = 0;
        while (json.NextField())
        {
            var field = Recognize(json);
            if (field != Field.Unknown)
            {
                if ((seen & (1 << (int)field)) != 0)
                    throw json.Malformed($"a file has \"{json.TakeText("the name of a field")}\" twice");
                seen |= 1 << (int)field;
            }
            ReadField(ref json, field, previous);
        }
        if (filename is null || url is null)
            throw json.Malformed("a file has no \"filename\" or no \"url\"");
    }

    private void ReadField(ref StrictJsonReader json, Field field, ProjectFile? previous)
    {
        switch (field)
        {
            case Field.Filename: filename = json.ReadText("\"filename\" of a file"); break;
            case Field.Url: url = json.ReadText("\"url\" of a file"); break;
            case Field.Hashes: hashes = ReadHashes(ref json); break;
            case Field.RequiresPython: requiresPython = json.ReadOptionalText("\"requires-python\" of a file", previous?.RequiresPython); break;
            case Field.Size: size = json.ReadWholeNumber("\"size\" of a file"); break;
            case Field.UploadTime: uploadTime = json.ReadOptionalText("\"upload-time\" of a file", previous?.UploadTime); break;
            case Field.Yanked: yanked = ReadYanked(ref json, previous); break;
            case Field.CoreMetadata: core = ReadCoreMetadata(ref json); break;
            case Field.DistInfoMetadata: distInfo = ReadCoreMetadata(ref json); break;
            case Field.DataDistInfoMetadata: dataDistInfo = ReadCoreMetadata(ref json); break;
            case Field.Provenance: provenance = json.ReadOptionalText("\"provenance\" of a file"); break;
            case Field.GpgSig: gpgSig = json.ReadOptionalFlag("\"gpg-sig\" of a file"); break;
            default: json.ReadExtra(ref extra); break;
        }
    }

    /// <summary>Null with the problem where the file is to be left out.</summary>
    public readonly ProjectFile? ToFile(Uri? pageUrl, out string problem)
    {
        var metadata = core.Seen ? core : distInfo.Seen ? distInfo : dataDistInfo;
        var fault = ListedFile.FindFilenameProblem(filename!) ?? badDigest;
        string? resolved = null;
        if (fault is null && !ListedFile.TryResolveUrl(url!, pageUrl, out resolved))
            fault = $"its URL is not one of http or https of at most {SimpleLimits.MaxUrlLength} characters";
        if (fault is not null)
        {
            problem = $"\"{SimpleLimits.Shorten(filename!)}\": {fault}";
            return null;
        }
        problem = "";
        return new ProjectFile
        {
            Filename = filename!,
            Url = resolved!,
            Hashes = hashes ?? FileHashes.None,
            RequiresPython = requiresPython,
            Size = size,
            UploadTime = uploadTime,
            YankedReason = yanked,
            HasCoreMetadata = metadata.Exists,
            CoreMetadataHashes = metadata.Hashes ?? FileHashes.None,
            Provenance = provenance is not null && ListedFile.TryResolveUrl(provenance, pageUrl, out var resolvedProvenance) ? resolvedProvenance : null,
            GpgSig = gpgSig,
            ExtraFields = extra ?? [],
        };
    }

    private static Field Recognize(in StrictJsonReader json)
    {
        if (!json.IsEscaped)
            return Recognize(json.Raw);
        var unescaped = System.Text.Encoding.UTF8.GetBytes(json.TakeText("the name of a field"));
        return Recognize(unescaped);
    }

    private static Field Recognize(ReadOnlySpan<byte> name) => name.Length switch
    {
        3 when name.SequenceEqual("url"u8) => Field.Url,
        4 when name.SequenceEqual("size"u8) => Field.Size,
        6 when name.SequenceEqual("hashes"u8) => Field.Hashes,
        6 when name.SequenceEqual("yanked"u8) => Field.Yanked,
        7 when name.SequenceEqual("gpg-sig"u8) => Field.GpgSig,
        8 when name.SequenceEqual("filename"u8) => Field.Filename,
        10 when name.SequenceEqual("provenance"u8) => Field.Provenance,
        11 when name.SequenceEqual("upload-time"u8) => Field.UploadTime,
        13 when name.SequenceEqual("core-metadata"u8) => Field.CoreMetadata,
        15 when name.SequenceEqual("requires-python"u8) => Field.RequiresPython,
        18 when name.SequenceEqual("dist-info-metadata"u8) => Field.DistInfoMetadata,
        23 when name.SequenceEqual("data-dist-info-metadata"u8) => Field.DataDistInfoMetadata,
        _ => Field.Unknown,
    };

    private IReadOnlyDictionary<string, string> ReadHashes(ref StrictJsonReader json)
    {
        json.Begin(JsonTokenType.StartObject, "\"hashes\" of a file");
        return TakeHashes(ref json, ref badDigest);
    }

    private static IReadOnlyDictionary<string, string> TakeHashes(ref StrictJsonReader json, ref string? badDigest)
    {
        var hashes = FileHashes.None;
        while (json.NextField())
        {
            if (hashes.Count == SimpleLimits.MaxHashes)
                throw json.Malformed($"a file has more than {SimpleLimits.MaxHashes} hashes");
            // "sha256" is nearly always the only one; a literal saves a string for each of a hundred thousand files.
            var algorithm = json.IsNamed("sha256"u8) ? "sha256" : json.TakeText("the name of a hash").ToLowerInvariant();
            if (!ListedFile.TryReadDigest(algorithm, json.ReadText("a hash of a file"), out var digest))
                badDigest = $"its {SimpleLimits.Shorten(algorithm)} hash is not one";
            else
                hashes = FileHashes.Add(hashes, algorithm, digest) ?? throw json.Malformed($"a file has its {SimpleLimits.Shorten(algorithm)} hash twice");
        }
        return hashes;
    }

    // PEP 714: false or absent, true, or the hashes. A sidecar whose digest cannot be read is not offered; clients then read the wheel.
    private static Sidecar ReadCoreMetadata(ref StrictJsonReader json)
    {
        switch (json.Read())
        {
            case JsonTokenType.Null:
            case JsonTokenType.False:
                return new Sidecar { Seen = true };
            case JsonTokenType.True:
                return new Sidecar { Seen = true, Exists = true };
            case JsonTokenType.StartObject:
                string? badDigest = null;
                var hashes = TakeHashes(ref json, ref badDigest);
                return badDigest is null ? new Sidecar { Seen = true, Exists = true, Hashes = hashes } : new Sidecar { Seen = true };
            default:
                throw json.WrongType("\"core-metadata\" of a file");
        }
    }

    // PEP 592: false, true, or the reason.
    private static string? ReadYanked(ref StrictJsonReader json, ProjectFile? previous) => json.Read() switch
    {
        JsonTokenType.False or JsonTokenType.Null => null,
        JsonTokenType.True => "",
        JsonTokenType.String => json.TakeText("\"yanked\" of a file", previous?.YankedReason),
        _ => throw json.WrongType("\"yanked\" of a file"),
    };
}

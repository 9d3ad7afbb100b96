using System.Text.Json;

namespace Anchorage.Packaging;

/// <summary>
/// One pass over a page: 1 every top-level field, skipping over the files; 2 the version is checked; 3 the files. In this order a
/// page of a future major version is refused for being that, not for a file that looks odd.
/// </summary>
internal ref struct SimpleJsonReader
{
    private readonly string page;
    private Utf8JsonReader reader;
    private int extraFields;

    public SimpleJsonReader(string page, ReadOnlySpan<byte> content)
    {
        this.page = page;
        reader = new Utf8JsonReader(content, new JsonReaderOptions { MaxDepth = SimpleLimits.MaxDepth });
    }

    private static readonly Dictionary<string, string> NoHashes = [];

    private struct Meta
    {
        public bool Seen;
        public string? ApiVersion;
        public long? LastSerial;
        public List<KeyValuePair<string, JsonElement>>? Extra;
    }

    public ProjectDetail ReadProject(ProjectName expected, Uri? pageUrl)
    {
        var meta = default(Meta);
        string? name = null;
        List<string>? versions = null;
        ProjectStatus? status = null;
        List<KeyValuePair<string, JsonElement>>? extra = null;
        var filesAt = default(Utf8JsonReader);
        bool seenFiles = false, seenVersions = false, seenStatus = false;

        // 1. Top-level fields.
        Begin(JsonTokenType.StartObject, "the page");
        while (NextField())
        {
            if (reader.ValueTextEquals("files"u8))
            {
                Once(ref seenFiles, "files");
                Begin(JsonTokenType.StartArray, "files");
                filesAt = reader;
                reader.Skip();
            }
            else if (reader.ValueTextEquals("meta"u8))
            {
                Once(ref meta.Seen, "meta");
                ReadMeta(ref meta);
            }
            else if (reader.ValueTextEquals("name"u8))
            {
                if (name is not null)
                    throw Malformed("\"name\" occurs twice");
                name = ReadText("name");
            }
            else if (reader.ValueTextEquals("versions"u8))
            {
                Once(ref seenVersions, "versions");
                versions = ReadVersions();
            }
            else if (reader.ValueTextEquals("project-status"u8))
            {
                Once(ref seenStatus, "project-status");
                status = ReadStatus();
            }
            else
            {
                ReadExtra(ref extra);
            }
        }
        End();

        // 2. Is it what it should be?
        var apiVersion = meta.ApiVersion ?? "1.0";
        SimpleLimits.RequireKnownVersion(apiVersion, page);
        if (name is null)
            throw Malformed("\"name\" is missing");
        if (!ProjectName.TryParse(name, out var actual) || actual != expected)
            throw new FormatException($"{page} is for another project: \"{SimpleLimits.Shorten(name)}\".");
        if (!seenFiles)
            throw Malformed("\"files\" is missing");

        // 3. The files.
        reader = filesAt;
        var (files, leftOut) = ReadFiles(pageUrl);
        return new ProjectDetail
        {
            Name = expected,
            ApiVersion = apiVersion,
            LastSerial = meta.LastSerial,
            Versions = versions,
            Files = files,
            Status = status,
            LeftOut = leftOut,
            ExtraFields = extra ?? [],
            ExtraMeta = meta.Extra ?? [],
        };
    }

    public ProjectList ReadList()
    {
        var meta = default(Meta);
        List<ProjectListEntry>? projects = null;
        List<KeyValuePair<string, JsonElement>>? ignored = null;

        Begin(JsonTokenType.StartObject, "the page");
        while (NextField())
        {
            if (reader.ValueTextEquals("meta"u8))
            {
                Once(ref meta.Seen, "meta");
                ReadMeta(ref meta);
                SimpleLimits.RequireKnownVersion(meta.ApiVersion ?? "1.0", page);
            }
            else if (reader.ValueTextEquals("projects"u8))
            {
                if (projects is not null)
                    throw Malformed("\"projects\" occurs twice");
                projects = ReadProjects();
            }
            else
            {
                ReadExtra(ref ignored);
            }
        }
        End();
        if (projects is null)
            throw Malformed("\"projects\" is missing");
        return new ProjectList { LastSerial = meta.LastSerial, Projects = projects };
    }

    private List<ProjectListEntry> ReadProjects()
    {
        Begin(JsonTokenType.StartArray, "projects");
        var projects = new List<ProjectListEntry>();
        while (NextItem("projects", projects.Count, SimpleLimits.MaxProjects))
        {
            Require(JsonTokenType.StartObject, "a project of the list");
            string? name = null;
            long? serial = null;
            while (NextField())
            {
                if (reader.ValueTextEquals("name"u8))
                {
                    if (name is not null)
                        throw Malformed("a project of the list has \"name\" twice");
                    name = ReadText("the name of a project");
                }
                else if (reader.ValueTextEquals("_last-serial"u8))
                {
                    serial = ReadWholeNumber("_last-serial of a project");
                }
                else
                {
                    reader.Skip();
                }
            }
            if (name is null)
                throw Malformed("a project of the list has no \"name\"");
            if (ProjectName.TryParse(name, out _))
                projects.Add(new ProjectListEntry(name, serial));
        }
        return projects;
    }

    private void ReadMeta(ref Meta meta)
    {
        Begin(JsonTokenType.StartObject, "meta");
        var seenSerial = false;
        while (NextField())
        {
            if (reader.ValueTextEquals("api-version"u8))
            {
                if (meta.ApiVersion is not null)
                    throw Malformed("\"api-version\" occurs twice");
                meta.ApiVersion = ReadText("meta \"api-version\"");
            }
            else if (reader.ValueTextEquals("_last-serial"u8))
            {
                Once(ref seenSerial, "_last-serial");
                meta.LastSerial = ReadWholeNumber("meta \"_last-serial\"");
            }
            else
            {
                ReadExtra(ref meta.Extra);
            }
        }
    }

    private List<string>? ReadVersions()
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
            return null;
        Require(JsonTokenType.StartArray, "\"versions\"");
        var versions = new List<string>();
        while (NextItem("versions", versions.Count, SimpleLimits.MaxVersions))
        {
            Require(JsonTokenType.String, "an item of \"versions\"");
            versions.Add(TakeText("an item of \"versions\""));
        }
        return versions;
    }

    private ProjectStatus? ReadStatus()
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
            return null;
        Require(JsonTokenType.StartObject, "\"project-status\"");
        string? status = null;
        string? reason = null;
        bool seenStatus = false, seenReason = false;
        while (NextField())
        {
            if (reader.ValueTextEquals("status"u8))
            {
                Once(ref seenStatus, "status");
                status = ReadOptionalText("\"project-status\" status");
            }
            else if (reader.ValueTextEquals("reason"u8))
            {
                Once(ref seenReason, "reason");
                reason = ReadOptionalText("\"project-status\" reason");
            }
            else
            {
                reader.Skip();
            }
        }
        return status is null && reason is null ? null : new ProjectStatus(status ?? "active", reason);
    }

    private (List<ProjectFile> Files, List<string> LeftOut) ReadFiles(Uri? pageUrl)
    {
        var files = new List<ProjectFile>();
        var leftOut = new List<string>();
        var count = 0;
        ProjectFile? previous = null;
        for (; NextItem("files", count, SimpleLimits.MaxFiles); count++)
        {
            Require(JsonTokenType.StartObject, "an item of \"files\"");
            if (ReadFile(pageUrl, previous, out var problem) is { } file)
                files.Add(previous = file);
            else if (leftOut.Count < SimpleLimits.MaxLeftOutNamed)
                leftOut.Add(problem);
        }
        if (count > 0 && files.Count == 0)
            throw Malformed($"none of its {count} files is usable, the first because {leftOut[0]}");
        return (files, leftOut);
    }

    private enum Field { Unknown, Filename, Url, Hashes, RequiresPython, Size, UploadTime, Yanked, CoreMetadata, DistInfoMetadata, DataDistInfoMetadata, Provenance, GpgSig }

    private ProjectFile? ReadFile(Uri? pageUrl, ProjectFile? previous, out string problem)
    {
        problem = "";
        string? filename = null, url = null, requiresPython = null, uploadTime = null, yanked = null, provenance = null;
        Dictionary<string, string>? hashes = null;
        (bool Seen, bool Exists, Dictionary<string, string> Hashes) core = default, distInfo = default, dataDistInfo = default;
        long? size = null;
        bool? gpgSig = null;
        string? badDigest = null, ignoredDigest = null;
        List<KeyValuePair<string, JsonElement>>? extra = null;
        var seen = 0;

        while (NextField())
        {
            var field = Recognize();
            if (field != Field.Unknown)
            {
                if ((seen & (1 << (int)field)) != 0)
                    throw Malformed($"a file has \"{reader.GetString()}\" twice");
                seen |= 1 << (int)field;
            }
            switch (field)
            {
                case Field.Filename: filename = ReadText("\"filename\" of a file"); break;
                case Field.Url: url = ReadText("\"url\" of a file"); break;
                case Field.Hashes: hashes = ReadHashes(ref badDigest); break;
                case Field.RequiresPython: requiresPython = ReadOptionalText("\"requires-python\" of a file", previous?.RequiresPython); break;
                case Field.Size: size = ReadWholeNumber("\"size\" of a file"); break;
                case Field.UploadTime: uploadTime = ReadOptionalText("\"upload-time\" of a file"); break;
                case Field.Yanked: yanked = ReadYanked(); break;
                case Field.CoreMetadata: core = ReadCoreMetadata(ref ignoredDigest); break;
                case Field.DistInfoMetadata: distInfo = ReadCoreMetadata(ref ignoredDigest); break;
                case Field.DataDistInfoMetadata: dataDistInfo = ReadCoreMetadata(ref ignoredDigest); break;
                case Field.Provenance: provenance = ReadOptionalText("\"provenance\" of a file"); break;
                case Field.GpgSig: gpgSig = ReadOptionalFlag("\"gpg-sig\" of a file"); break;
                default: ReadExtra(ref extra); break;
            }
        }

        if (filename is null || url is null)
            throw Malformed("a file has no \"filename\" or no \"url\"");
        var metadata = core.Seen ? core : distInfo.Seen ? distInfo : dataDistInfo;
        var fault = ListedFile.FindFilenameProblem(filename) ?? badDigest;
        string? resolved = null;
        if (fault is null && !ListedFile.TryResolveUrl(url, pageUrl, out resolved))
            fault = "its URL is not one of http or https";
        string? resolvedProvenance = null;
        if (provenance is not null)
            ListedFile.TryResolveUrl(provenance, pageUrl, out resolvedProvenance);
        if (fault is not null)
        {
            problem = $"\"{SimpleLimits.Shorten(filename)}\": {fault}";
            return null;
        }
        return new ProjectFile
        {
            Filename = filename,
            Url = resolved!,
            Hashes = hashes ?? NoHashes,
            RequiresPython = requiresPython,
            Size = size,
            UploadTime = uploadTime,
            YankedReason = yanked,
            HasCoreMetadata = metadata.Exists,
            CoreMetadataHashes = metadata.Hashes ?? NoHashes,
            Provenance = resolvedProvenance,
            GpgSig = gpgSig,
            ExtraFields = extra ?? [],
        };
    }

    private Field Recognize()
    {
        var name = reader.ValueSpan;
        if (reader.ValueIsEscaped)
        {
            var unescaped = new byte[name.Length];
            name = unescaped.AsSpan(0, reader.CopyString(unescaped));
        }
        return name switch
        {
            _ when name.SequenceEqual("filename"u8) => Field.Filename,
            _ when name.SequenceEqual("url"u8) => Field.Url,
            _ when name.SequenceEqual("hashes"u8) => Field.Hashes,
            _ when name.SequenceEqual("requires-python"u8) => Field.RequiresPython,
            _ when name.SequenceEqual("size"u8) => Field.Size,
            _ when name.SequenceEqual("upload-time"u8) => Field.UploadTime,
            _ when name.SequenceEqual("yanked"u8) => Field.Yanked,
            _ when name.SequenceEqual("core-metadata"u8) => Field.CoreMetadata,
            _ when name.SequenceEqual("dist-info-metadata"u8) => Field.DistInfoMetadata,
            _ when name.SequenceEqual("data-dist-info-metadata"u8) => Field.DataDistInfoMetadata,
            _ when name.SequenceEqual("provenance"u8) => Field.Provenance,
            _ when name.SequenceEqual("gpg-sig"u8) => Field.GpgSig,
            _ => Field.Unknown,
        };
    }

    private Dictionary<string, string> ReadHashes(ref string? badDigest)
    {
        Begin(JsonTokenType.StartObject, "\"hashes\" of a file");
        return TakeHashes(ref badDigest);
    }

    private Dictionary<string, string> TakeHashes(ref string? badDigest)
    {
        var hashes = new Dictionary<string, string>(1, StringComparer.Ordinal);
        while (NextField())
        {
            if (hashes.Count == SimpleLimits.MaxHashes)
                throw Malformed($"a file has more than {SimpleLimits.MaxHashes} hashes");
            // "sha256" is nearly always the only one; a literal saves a string for each of a hundred thousand files.
            var algorithm = reader.ValueTextEquals("sha256"u8) ? "sha256" : TakeText("the name of a hash").ToLowerInvariant();
            var value = ReadText($"the {SimpleLimits.Shorten(algorithm)} hash of a file");
            if (!ListedFile.TryReadDigest(algorithm, value, out var digest))
                badDigest = $"its {SimpleLimits.Shorten(algorithm)} hash is not one";
            else if (!hashes.TryAdd(algorithm, digest))
                throw Malformed($"a file has its {SimpleLimits.Shorten(algorithm)} hash twice");
        }
        return hashes;
    }

    // PEP 714: false or absent, true, or the hashes. A sidecar whose digest cannot be read is not offered; clients then read the wheel.
    private (bool Seen, bool Exists, Dictionary<string, string> Hashes) ReadCoreMetadata(ref string? ignoredDigest)
    {
        reader.Read();
        switch (reader.TokenType)
        {
            case JsonTokenType.Null:
            case JsonTokenType.False:
                return (true, false, NoHashes);
            case JsonTokenType.True:
                return (true, true, NoHashes);
            case JsonTokenType.StartObject:
                ignoredDigest = null;
                var hashes = TakeHashes(ref ignoredDigest);
                return ignoredDigest is null ? (true, true, hashes) : (true, false, NoHashes);
            default:
                throw WrongType("\"core-metadata\" of a file");
        }
    }

    // PEP 592: false, true, or the reason.
    private string? ReadYanked()
    {
        reader.Read();
        return reader.TokenType switch
        {
            JsonTokenType.False or JsonTokenType.Null => null,
            JsonTokenType.True => "",
            JsonTokenType.String => TakeText("\"yanked\" of a file"),
            _ => throw WrongType("\"yanked\" of a file"),
        };
    }

    private void ReadExtra(ref List<KeyValuePair<string, JsonElement>>? extra)
    {
        var name = TakeText("the name of a field");
        extra ??= [];
        if (extra.Count == SimpleLimits.MaxExtraFieldsPerObject || ++extraFields > SimpleLimits.MaxExtraFieldsPerPage)
            throw Malformed("it has more unknown fields than any index has use for");
        foreach (var (other, _) in extra)
        {
            if (other == name)
                throw Malformed($"\"{SimpleLimits.Shorten(name)}\" occurs twice");
        }
        if (!reader.Read())
            throw Malformed("it ends early");
        var value = JsonElement.ParseValue(ref reader);
        RequireText(value);
        extra.Add(new(name, value));
    }

    // What could not be written again must not come in: a lone surrogate hides behind an escape until then.
    private static void RequireText(JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String:
                value.GetString();
                break;
            case JsonValueKind.Array:
                foreach (var item in value.EnumerateArray())
                    RequireText(item);
                break;
            case JsonValueKind.Object:
                foreach (var property in value.EnumerateObject())
                {
                    _ = property.Name;
                    RequireText(property.Value);
                }
                break;
        }
    }

    private bool NextField() => reader.Read() && reader.TokenType == JsonTokenType.PropertyName;

    private bool NextItem(string list, int count, int most)
    {
        if (!reader.Read() || reader.TokenType == JsonTokenType.EndArray)
            return false;
        return count < most ? true : throw Malformed($"\"{list}\" has more than {most} items");
    }

    private void Begin(JsonTokenType start, string what)
    {
        reader.Read();
        Require(start, what);
    }

    // Whatever follows the page would be a second document: Read throws for anything but white space.
    private void End()
    {
        if (reader.TokenType != JsonTokenType.EndObject || reader.Read())
            throw Malformed("it does not end where it should");
    }

    private readonly void Require(JsonTokenType type, string what)
    {
        if (reader.TokenType != type)
            throw WrongType(what);
    }

    private readonly void Once(ref bool seen, string field)
    {
        if (seen)
            throw Malformed($"\"{field}\" occurs twice");
        seen = true;
    }

    private string ReadText(string what)
    {
        reader.Read();
        Require(JsonTokenType.String, what);
        return TakeText(what);
    }

    private string? ReadOptionalText(string what, string? previous = null)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
            return null;
        Require(JsonTokenType.String, what);
        // Neighbours mostly say the same: one string instead of one for each file.
        return previous is not null && reader.ValueTextEquals(previous) ? previous : TakeText(what);
    }

    private readonly string TakeText(string what)
    {
        // An escape has up to six bytes for one character, UTF-8 up to three.
        if (reader.ValueSpan.Length > SimpleLimits.MaxTextLength * 6)
            throw Malformed($"{what} is longer than {SimpleLimits.MaxTextLength} characters");
        var text = reader.GetString()!;
        return text.Length <= SimpleLimits.MaxTextLength ? text : throw Malformed($"{what} is longer than {SimpleLimits.MaxTextLength} characters");
    }

    private long? ReadWholeNumber(string what)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
            return null;
        Require(JsonTokenType.Number, what);
        return reader.TryGetInt64(out var number) && number >= 0 ? number : throw Malformed($"{what} is not a whole number");
    }

    private bool? ReadOptionalFlag(string what)
    {
        reader.Read();
        return reader.TokenType switch
        {
            JsonTokenType.Null => null,
            JsonTokenType.True => true,
            JsonTokenType.False => false,
            _ => throw WrongType(what),
        };
    }

    private readonly FormatException WrongType(string what) => Malformed($"{what} is {reader.TokenType switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "a list",
        JsonTokenType.String => "text",
        JsonTokenType.Number => "a number",
        JsonTokenType.True or JsonTokenType.False => "true or false",
        JsonTokenType.Null => "null",
        _ => "missing",
    }}, which it must not be");

    private readonly FormatException Malformed(string fault) => new($"{page} is malformed: {fault}.");
}

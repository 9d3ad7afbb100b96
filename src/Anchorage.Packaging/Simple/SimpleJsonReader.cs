using System.Runtime.ExceptionServices;
using System.Text.Json;

namespace Anchorage.Packaging;

/// <summary>
/// One pass over a page. Whatever is odd about a file is reported only after the whole page was read and its version is known: a
/// page of a future major version is refused for being that, not for a file that looks odd.
/// </summary>
internal ref struct SimpleJsonReader(string page, ReadOnlySpan<byte> content)
{
    private StrictJsonReader json = new(page, content);

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
        List<ProjectFile> files = [];
        List<string> leftOut = [];
        ExceptionDispatchInfo? fault = null;
        bool seenFiles = false, seenVersions = false, seenStatus = false;

        json.Begin(JsonTokenType.StartObject, "the page");
        while (json.NextField())
        {
            if (json.IsNamed("files"u8))
            {
                json.Once(ref seenFiles, "files");
                json.Begin(JsonTokenType.StartArray, "files");
                fault = TryReadFiles(pageUrl, files, leftOut);
            }
            else if (json.IsNamed("meta"u8))
            {
                json.Once(ref meta.Seen, "meta");
                ReadMeta(ref meta);
            }
            else if (json.IsNamed("name"u8))
            {
                if (name is not null)
                    throw json.Malformed("\"name\" occurs twice");
                name = json.ReadText("name");
            }
            else if (json.IsNamed("versions"u8))
            {
                json.Once(ref seenVersions, "versions");
                versions = ReadVersions();
            }
            else if (json.IsNamed("project-status"u8))
            {
                json.Once(ref seenStatus, "project-status");
                status = ReadStatus();
            }
            else
            {
                json.ReadExtra(ref extra);
            }
        }
        json.End();

        var apiVersion = meta.ApiVersion ?? "1.0";
        SimpleLimits.RequireKnownVersion(apiVersion, page);
        if (name is null)
            throw json.Malformed("\"name\" is missing");
        if (!ProjectName.TryParse(name, out var actual) || actual != expected)
            throw new FormatException($"{page} is for another project: \"{SimpleLimits.Shorten(name)}\".");
        if (!seenFiles)
            throw json.Malformed("\"files\" is missing");

        fault?.Throw();
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

        json.Begin(JsonTokenType.StartObject, "the page");
        while (json.NextField())
        {
            if (json.IsNamed("meta"u8))
            {
                json.Once(ref meta.Seen, "meta");
                ReadMeta(ref meta);
                SimpleLimits.RequireKnownVersion(meta.ApiVersion ?? "1.0", page);
            }
            else if (json.IsNamed("projects"u8))
            {
                if (projects is not null)
                    throw json.Malformed("\"projects\" occurs twice");
                projects = ReadProjects();
            }
            else
            {
                json.ReadExtra(ref ignored);
            }
        }
        json.End();
        if (projects is null)
            throw json.Malformed("\"projects\" is missing");
        return new ProjectList { LastSerial = meta.LastSerial, Projects = projects };
    }

    private List<ProjectListEntry> ReadProjects()
    {
        json.Begin(JsonTokenType.StartArray, "projects");
        var projects = new List<ProjectListEntry>();
        while (json.NextItem("projects", projects.Count, SimpleLimits.MaxProjects))
        {
            json.Require(JsonTokenType.StartObject, "a project of the list");
            string? name = null;
            long? serial = null;
            while (json.NextField())
            {
                if (json.IsNamed("name"u8))
                {
                    if (name is not null)
                        throw json.Malformed("a project of the list has \"name\" twice");
                    name = json.ReadText("the name of a project");
                }
                else if (json.IsNamed("_last-serial"u8))
                {
                    serial = json.ReadWholeNumber("_last-serial of a project");
                }
                else
                {
                    json.Skip();
                }
            }
            if (name is null)
                throw json.Malformed("a project of the list has no \"name\"");
            if (ProjectName.TryParse(name, out _))
                projects.Add(new ProjectListEntry(name, serial));
        }
        return projects;
    }

    private void ReadMeta(ref Meta meta)
    {
        json.Begin(JsonTokenType.StartObject, "meta");
        var seenSerial = false;
        while (json.NextField())
        {
            if (json.IsNamed("api-version"u8))
            {
                if (meta.ApiVersion is not null)
                    throw json.Malformed("\"api-version\" occurs twice");
                meta.ApiVersion = json.ReadText("meta \"api-version\"");
            }
            else if (json.IsNamed("_last-serial"u8))
            {
                json.Once(ref seenSerial, "_last-serial");
                meta.LastSerial = json.ReadWholeNumber("meta \"_last-serial\"");
            }
            else
            {
                json.ReadExtra(ref meta.Extra);
            }
        }
    }

    private List<string>? ReadVersions()
    {
        if (json.Read() == JsonTokenType.Null)
            return null;
        json.Require(JsonTokenType.StartArray, "\"versions\"");
        var versions = new List<string>();
        while (json.NextItem("versions", versions.Count, SimpleLimits.MaxVersions))
        {
            json.Require(JsonTokenType.String, "an item of \"versions\"");
            versions.Add(json.TakeText("an item of \"versions\""));
        }
        return versions;
    }

    private ProjectStatus? ReadStatus()
    {
        if (json.Read() == JsonTokenType.Null)
            return null;
        json.Require(JsonTokenType.StartObject, "\"project-status\"");
        string? status = null;
        string? reason = null;
        bool seenStatus = false, seenReason = false;
        while (json.NextField())
        {
            if (json.IsNamed("status"u8))
            {
                json.Once(ref seenStatus, "status");
                status = json.ReadOptionalText("\"project-status\" status");
            }
            else if (json.IsNamed("reason"u8))
            {
                json.Once(ref seenReason, "reason");
                reason = json.ReadOptionalText("\"project-status\" reason");
            }
            else
            {
                json.Skip();
            }
        }
        return status is null && reason is null ? null : new ProjectStatus(status ?? "active", reason);
    }

    /// <summary>What is wrong with the files, with the reader behind them all the same; null where nothing is.</summary>
    private ExceptionDispatchInfo? TryReadFiles(Uri? pageUrl, List<ProjectFile> files, List<string> leftOut)
    {
        var start = json;
        try
        {
            ReadFiles(pageUrl, files, leftOut);
            return null;
        }
        catch (Exception e) when (e is FormatException or InvalidOperationException)
        {
            json = start;
            json.Skip();
            return ExceptionDispatchInfo.Capture(e);
        }
    }

    private void ReadFiles(Uri? pageUrl, List<ProjectFile> files, List<string> leftOut)
    {
        var count = 0;
        ProjectFile? previous = null;
        for (; json.NextItem("files", count, SimpleLimits.MaxFiles); count++)
        {
            json.Require(JsonTokenType.StartObject, "an item of \"files\"");
            var fields = new SimpleJsonFile();
            fields.Read(ref json, previous);
            if (fields.ToFile(pageUrl, out var problem) is { } file)
                files.Add(previous = file);
            else if (leftOut.Count < SimpleLimits.MaxLeftOutNamed)
                leftOut.Add(problem);
        }
        if (count > 0 && files.Count == 0)
            throw json.Malformed($"none of its {count} files is usable, the first because {leftOut[0]}");
    }
}

using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Anchorage.Packaging;

namespace Anchorage.Server.Index;

/// <summary>
/// The older JSON API, <c>/{index}/pypi/{project}[/{version}]/json</c>, which poetry, bandersnatch, dependabot and
/// renovate read: files from the index page, <c>info</c> from the core metadata of the release it describes.
/// </summary>
internal static class LegacyJson
{
    /// <summary>Core metadata field → key in "info", single-use.</summary>
    private static readonly (string Field, string Key)[] SingleFields =
    [
        ("Author", "author"), ("Author-email", "author_email"), ("Description-Content-Type", "description_content_type"),
        ("Download-URL", "download_url"), ("Home-page", "home_page"), ("Keywords", "keywords"), ("License", "license"),
        ("License-Expression", "license_expression"), ("Maintainer", "maintainer"), ("Maintainer-email", "maintainer_email"),
        ("Requires-Python", "requires_python"), ("Summary", "summary"),
    ];

    private static readonly (string Field, string Key)[] ListFields =
    [
        ("Classifier", "classifiers"), ("Requires-Dist", "requires_dist"), ("Provides-Extra", "provides_extra"),
        ("License-File", "license_files"), ("Dynamic", "dynamic"),
    ];

    /// <summary>A version of the project and its files, in order of versions.</summary>
    public sealed record Release(string Version, IReadOnlyList<ProjectFile> Files)
    {
        public bool IsYanked => Files.Count > 0 && Files.All(static file => file.YankedReason is not null);
    }

    /// <summary>Files by version; files whose name says no version are left out.</summary>
    public static List<Release> ReleasesOf(ProjectDetail detail)
    {
        var byVersion = new Dictionary<PackageVersion, List<ProjectFile>>();
        foreach (var file in detail.Files)
        {
            if (!DistributionFilename.TryParse(file.Filename, out var name, out _))
                continue;
            if (!byVersion.TryGetValue(name.Version, out var files))
                byVersion[name.Version] = files = [];
            files.Add(file);
        }
        return [.. byVersion.OrderBy(static pair => pair.Key).Select(static pair => new Release(pair.Key.ToString(), pair.Value))];
    }

    /// <summary>"Latest" as the public index has it: not yanked, then not a pre-release, then the highest.</summary>
    public static Release? Latest(IReadOnlyList<Release> releases) =>
        releases
            .OrderBy(static release => release.IsYanked)
            .ThenBy(static release => PackageVersion.Parse(release.Version).IsPrerelease)
            .ThenByDescending(static release => release.Version, VersionOrder.Comparer)
            .FirstOrDefault();

    /// <param name="index">The index asked, for addresses.</param>
    /// <param name="origin">scheme://host of the request.</param>
    /// <param name="releases">All releases, or null for the document of one release.</param>
    public static void Write(
        IBufferWriter<byte> output, ProjectDetail detail, string index, string origin, Release described, IReadOnlyList<Release>? releases, CoreMetadata? metadata)
    {
        using var json = new Utf8JsonWriter(output);
        json.WriteStartObject();
        WriteInfo(json, detail, index, origin, described, metadata);
        if (detail.LastSerial is { } serial)
            json.WriteNumber("last_serial", serial);
        else
            json.WriteNull("last_serial");
        if (releases is not null)
        {
            json.WriteStartObject("releases");
            foreach (var release in releases)
                WriteFiles(json, release.Version, release.Files, index, origin);
            json.WriteEndObject();
        }
        WriteFiles(json, "urls", described.Files, index, origin);
        json.WriteStartArray("vulnerabilities");
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteInfo(Utf8JsonWriter json, ProjectDetail detail, string index, string origin, Release described, CoreMetadata? metadata)
    {
        var page = $"{origin}/{index}/simple/{detail.Name}/";
        json.WriteStartObject("info");
        json.WriteString("name", metadata?.DisplayName ?? detail.Name.ToString());
        json.WriteString("version", described.Version);
        foreach (var (field, key) in SingleFields)
            json.WriteString(key, metadata?.Find(field));
        json.WriteString("description", metadata?.Description ?? "");
        foreach (var (field, key) in ListFields)
        {
            var values = metadata?.FindAll(field) ?? [];
            if (values.Count == 0 && key is not ("classifiers"))
            {
                json.WriteNull(key);
                continue;
            }
            json.WriteStartArray(key);
            foreach (var value in values)
                json.WriteStringValue(value);
            json.WriteEndArray();
        }
        WriteProjectUrls(json, metadata);
        json.WriteString("package_url", page);
        json.WriteString("project_url", page);
        json.WriteString("release_url", page);
        json.WriteString("platform", metadata?.FindAll("Platform") is [var platform, ..] ? platform : null);
        json.WriteNull("docs_url");
        json.WriteNull("bugtrack_url");
        json.WriteStartObject("downloads");
        json.WriteNumber("last_day", -1);
        json.WriteNumber("last_week", -1);
        json.WriteNumber("last_month", -1);
        json.WriteEndObject();
        json.WriteBoolean("yanked", described.IsYanked);
        json.WriteString("yanked_reason", described.IsYanked ? described.Files[0].YankedReason : null);
        json.WriteEndObject();
    }

    /// <summary>Project-URL is "label, address" (core metadata).</summary>
    private static void WriteProjectUrls(Utf8JsonWriter json, CoreMetadata? metadata)
    {
        var urls = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var entry in metadata?.FindAll("Project-URL") ?? [])
        {
            var comma = entry.IndexOf(',', StringComparison.Ordinal);
            if (comma > 0)
                urls[entry[..comma].Trim()] = entry[(comma + 1)..].Trim();
        }
        if (urls.Count == 0)
        {
            json.WriteNull("project_urls");
            return;
        }
        json.WriteStartObject("project_urls");
        foreach (var (label, address) in urls)
            json.WriteString(label, address);
        json.WriteEndObject();
    }

    private static void WriteFiles(Utf8JsonWriter json, string key, IReadOnlyList<ProjectFile> files, string index, string origin)
    {
        json.WriteStartArray(key);
        foreach (var file in files)
        {
            var wheel = DistributionFilename.TryParse(file.Filename, out var name, out _) ? name as WheelFilename : null;
            json.WriteStartObject();
            json.WriteString("filename", file.Filename);
            json.WriteString("packagetype", wheel is null ? FileKinds.Sdist : FileKinds.Wheel);
            json.WriteString("python_version", wheel is null ? "source" : string.Join('.', wheel.PythonTags));
            json.WriteBoolean("has_sig", file.GpgSig ?? false);
            json.WriteString("comment_text", "");
            json.WriteStartObject("digests");
            foreach (var (algorithm, value) in file.Hashes)
                json.WriteString(algorithm, value);
            json.WriteEndObject();
            if (file.Hashes.TryGetValue("md5", out var md5))
                json.WriteString("md5_digest", md5);
            if (file.HasCoreMetadata)
            {
                json.WriteStartObject("core-metadata");
                foreach (var (algorithm, value) in file.CoreMetadataHashes)
                    json.WriteString(algorithm, value);
                json.WriteEndObject();
            }
            if (file.Size is { } size)
                json.WriteNumber("size", size);
            json.WriteNumber("downloads", -1);
            if (file.UploadTime is { } time)
            {
                json.WriteString("upload_time_iso_8601", time);
                if (DateTimeOffset.TryParse(time, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var parsed))
                    json.WriteString("upload_time", parsed.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture));
            }
            json.WriteString("url", origin + FileAddress.For(index, FileAddress.Locator(file), file.Filename));
            json.WriteString("requires_python", file.RequiresPython);
            json.WriteBoolean("yanked", file.YankedReason is not null);
            json.WriteString("yanked_reason", file.YankedReason is { Length: > 0 } reason ? reason : null);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }
}

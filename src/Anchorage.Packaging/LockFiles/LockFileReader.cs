namespace Anchorage.Packaging;

/// <summary>The rules of pylock.toml, applied to a document.</summary>
internal static class LockFileReader
{
    private static readonly PackageVersion First = PackageVersion.Parse("1");
    private static readonly PackageVersion Next = PackageVersion.Parse("2");

    public static LockFile Read(TomlFields document)
    {
        // The version first: a file of a future format is refused for being that, not for a package that looks odd.
        var version = Required(document, "lock-version", ReadVersion);
        if (version < First || version >= Next)
            throw document.Fault($"is written for version {version} of the format; this reader knows version 1.");
        return new LockFile(version, document.RequiredText("created-by"), ReadPackages(document))
        {
            RequiresPython = Optional(document, "requires-python", ReadSpecifiers),
            Environments = [.. Each(document, "environments", ReadMarker)],
            Extras = [.. Each(document, "extras", ReadNormalizedName)],
            DependencyGroups = document.Texts("dependency-groups") ?? [],
            DefaultGroups = document.Texts("default-groups") ?? [],
        };
    }

    private static List<LockedPackage> ReadPackages(TomlFields document)
    {
        var packages = new List<LockedPackage>();
        foreach (var package in document.Children("packages") ?? throw document.Fault("has no 'packages', which is required."))
            packages.Add(ReadPackage(package));
        return packages;
    }

    private static LockedPackage ReadPackage(TomlFields fields)
    {
        var name = Required(fields, "name", ReadNormalizedName);
        var version = Optional(fields, "version", ReadVersion);
        var package = new LockedPackage(name)
        {
            Version = version,
            Marker = Optional(fields, "marker", ReadMarker),
            RequiresPython = Optional(fields, "requires-python", ReadSpecifiers),
            Index = fields.Text("index"),
            Dependencies = ReadDependencies(fields),
            Sdist = fields.Child("sdist") is { } sdist ? ReadFile<SdistFilename>(sdist, name, version) : null,
            Wheels = [.. (fields.Children("wheels") ?? []).Select(wheel => ReadFile<WheelFilename>(wheel, name, version))],
            Archive = fields.Child("archive") is { } archive ? ReadArchive(archive) : null,
            Directory = fields.Child("directory") is { } directory ? ReadDirectory(directory) : null,
            Repository = fields.Child("vcs") is { } repository ? ReadRepository(repository) : null,
            AttestationIdentities = [.. (fields.Children("attestation-identities") ?? []).Select(ReadIdentity)],
        };
        if (fields.Child("tool") is null && fields.Table.TryGet("tool", out _))
            throw fields.Fault("has a 'tool' that is no table.");
        var direct = (package.Archive is null ? 0 : 1) + (package.Directory is null ? 0 : 1) + (package.Repository is null ? 0 : 1);
        if (package.IsDirect && direct != 1)
            throw fields.Fault("needs an sdist or wheels, or else exactly one of vcs, directory and archive.");
        if (!package.IsDirect && direct > 0)
            throw fields.Fault("has an sdist or wheels, and one of vcs, directory and archive beside them: only one kind of source may be given.");
        return package;
    }

    private static List<ProjectName> ReadDependencies(TomlFields fields)
    {
        var names = new List<ProjectName>();
        foreach (var dependency in fields.Children("dependencies") ?? [])
        {
            if (dependency.Text("name") is { } text && ProjectName.TryParse(text, out var name))
                names.Add(name);
        }
        return names;
    }

    private static LockedFile ReadFile<T>(TomlFields fields, ProjectName project, PackageVersion? version)
        where T : DistributionFilename
    {
        var (url, path) = ReadLocation(fields);
        var text = fields.Text("name") ?? (path is not null ? LastPart(path) : LastPart(PathOf(url!)));
        if (!DistributionFilename.TryParse(text, out var filename, out var problem))
            throw fields.Fault($"has a malformed file name: {problem}");
        if (filename is not T)
            throw fields.Fault($"is '{text}', which is no {(typeof(T) == typeof(WheelFilename) ? "wheel" : "sdist")}.");
        if (filename.Project != project)
            throw fields.Fault($"is '{text}', which is a file of {filename.Project}, not of {project}.");
        if (version is not null && filename.Version != version)
            throw fields.Fault($"is '{text}', which is of version {filename.Version}, not {version}.");
        return new LockedFile(filename, url, path, fields.Size("size"), fields.Time("upload-time"), ReadHashes(fields));
    }

    private static LockedArchive ReadArchive(TomlFields fields)
    {
        var (url, path) = ReadLocation(fields);
        return new LockedArchive(url, path, fields.Size("size"), fields.Time("upload-time"), ReadHashes(fields), fields.Text("subdirectory"));
    }

    private static LockedDirectory ReadDirectory(TomlFields fields) =>
        new(fields.RequiredText("path"), fields.Boolean("editable") ?? false, fields.Text("subdirectory"));

    private static LockedRepository ReadRepository(TomlFields fields)
    {
        var (url, path) = ReadLocation(fields);
        return new LockedRepository(fields.RequiredText("type"), url, path, fields.Text("requested-revision"), fields.RequiredText("commit-id"), fields.Text("subdirectory"));
    }

    private static Dictionary<string, string> ReadIdentity(TomlFields fields)
    {
        fields.RequiredText("kind");
        return fields.Table.Values.Where(pair => pair.Value is TomlString).ToDictionary(pair => pair.Key, pair => ((TomlString)pair.Value).Value, StringComparer.Ordinal);
    }

    private static (string? Url, string? Path) ReadLocation(TomlFields fields)
    {
        var (url, path) = (fields.Text("url"), fields.Text("path"));
        if (string.IsNullOrEmpty(url) && string.IsNullOrEmpty(path))
            throw fields.Fault("needs a 'url' or a 'path'.");
        return (string.IsNullOrEmpty(url) ? null : url, string.IsNullOrEmpty(path) ? null : path);
    }

    private static Dictionary<string, string> ReadHashes(TomlFields fields)
    {
        var table = fields.Child("hashes") ?? throw fields.Fault("has no 'hashes', which are required.");
        var hashes = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (algorithm, _) in table.Table.Values)
        {
            if (!hashes.TryAdd(algorithm.ToLowerInvariant(), table.RequiredText(algorithm)))
                throw table.Fault($"gives two digests of one algorithm, '{CoreMetadata.Quote(algorithm)}'.");
        }
        return hashes.Count > 0 ? hashes : throw table.Fault("must have at least one digest.");
    }

    /// <summary>The specification: a relative path MAY use <c>/</c> on every platform.</summary>
    private static string LastPart(string path) =>
        path[(path.LastIndexOf(path.Contains('/', StringComparison.Ordinal) ? '/' : '\\') + 1)..];

    /// <summary>A URL without its query and fragment, unescaped: file names have <c>%2B</c> for the sign of a local version.</summary>
    private static string PathOf(string url)
    {
        var end = url.AsSpan().IndexOfAny('?', '#');
        return Uri.UnescapeDataString(end < 0 ? url : url[..end]);
    }

    private delegate T Reading<T>(string text, Func<string, DocumentFault> fault);

    private static T Required<T>(TomlFields fields, string key, Reading<T> read) =>
        read(fields.RequiredText(key), message => fields.Fault($"has a malformed '{key}': {message}"));

    private static T? Optional<T>(TomlFields fields, string key, Reading<T> read)
        where T : class =>
        fields.Text(key) is { } text ? read(text, message => fields.Fault($"has a malformed '{key}': {message}")) : null;

    private static IEnumerable<T> Each<T>(TomlFields fields, string key, Reading<T> read) =>
        (fields.Texts(key) ?? []).Select(text => read(text, message => fields.Fault($"has a malformed item in '{key}': {message}")));

    private static PackageVersion ReadVersion(string text, Func<string, DocumentFault> fault) =>
        PackageVersion.TryParse(text, out var version) ? version : throw fault($"'{CoreMetadata.Quote(text)}' is no version (PEP 440).");

    private static VersionSpecifiers ReadSpecifiers(string text, Func<string, DocumentFault> fault) =>
        VersionSpecifiers.TryParse(text, out var specifiers) ? specifiers : throw fault($"'{CoreMetadata.Quote(text)}' is no set of version specifiers such as '>=3.9'.");

    private static EnvironmentMarker ReadMarker(string text, Func<string, DocumentFault> fault) =>
        EnvironmentMarker.TryParse(text, out var marker, out var problem) ? marker : throw fault(problem);

    private static ProjectName ReadNormalizedName(string text, Func<string, DocumentFault> fault) =>
        ProjectName.IsNormalized(text) && ProjectName.TryParse(text, out var name) ? name : throw fault($"'{CoreMetadata.Quote(text)}' is no normalised name: lower case, with single dashes.");
}

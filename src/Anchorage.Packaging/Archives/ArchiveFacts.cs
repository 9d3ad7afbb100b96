using System.Buffers;

namespace Anchorage.Packaging;

/// <summary>Gathers what someone who installs a distribution may want to know: each kind of surprise once, with examples.</summary>
internal sealed class ArchiveFacts
{
    private const int MaxExamples = 3;

    /// <summary>Of start-up files each is worth its own sentence; a thousand of them are not.</summary>
    private const int MaxStartupFiles = 10;

    private static readonly SearchValues<char> UnstorableCharacters = SearchValues.Create("<>:\"|?*");

    private readonly List<string> startupFiles = [];
    private readonly List<string> directUrls = [];
    private readonly List<string> faults = [];
    private readonly Examples nativeLibraries = new("native libraries");
    private readonly Examples programs = new("programs for Windows");
    private readonly Examples archives = new("archives, which are not looked into");
    private readonly Examples twins = new("files whose names are those of others where file names ignore case, so that one replaces the other");
    private readonly Examples unstorable = new("files with names that Windows does not store");
    private readonly Examples scripts = new("scripts for the PATH");
    private readonly Examples outside = new("files for places outside of site-packages");
    private int startupFileCount;
    private bool hasSetupScript;

    public List<string> SbomFiles { get; } = [];

    public IReadOnlyList<string> Sentences
    {
        get
        {
            var sentences = new List<string>(startupFiles);
            if (startupFileCount > startupFiles.Count)
                sentences.Add($"Has {startupFileCount - startupFiles.Count} more files that Python reads at every start.");
            if (hasSetupScript)
                sentences.Add("Building from this sdist runs setup.py.");
            foreach (var examples in (Examples[])[nativeLibraries, programs, scripts, outside, archives, twins, unstorable])
                examples.AddTo(sentences);
            sentences.AddRange(directUrls);
            sentences.AddRange(faults);
            return sentences;
        }
    }

    /// <summary>A member of a wheel, by its name.</summary>
    public void Note(string name, string distInfo)
    {
        if (name.StartsWith($"{distInfo}/sboms/", StringComparison.Ordinal))
            SbomFiles.Add(name);
        NoteBinary(name);
    }

    public void NoteBinary(string name)
    {
        if (IsNativeLibrary(name))
            nativeLibraries.Add(name);
        else if (name.EndsWith(".exe", StringComparison.OrdinalIgnoreCase))
            programs.Add(name);
        else if (IsArchive(name))
            archives.Add(name);
    }

    private static bool IsNativeLibrary(string name)
    {
        var file = name[(name.LastIndexOf('/') + 1)..];
        if (file.EndsWith(".pyd", StringComparison.OrdinalIgnoreCase) || file.EndsWith(".dll", StringComparison.OrdinalIgnoreCase)
            || file.EndsWith(".dylib", StringComparison.OrdinalIgnoreCase) || file.EndsWith(".so", StringComparison.Ordinal))
            return true;
        // libx.so.1.2: a version behind the suffix. ('/', between '.' and '0', is not in a file's name.)
        var suffix = file.LastIndexOf(".so.", StringComparison.Ordinal);
        return suffix >= 0 && !file.AsSpan(suffix + 4).ContainsAnyExceptInRange('.', '9');
    }

    /// <summary>Inspection ends at the archive itself: one inside another is unpacked by nobody but the program that brings it.</summary>
    private static bool IsArchive(string name) =>
        Array.Exists((string[])[".whl", ".egg", ".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".jar", ".7z"], suffix => name.EndsWith(suffix, StringComparison.OrdinalIgnoreCase));

    public void NoteTwin(string first, string second) => twins.Add($"{first} and {second}");

    /// <summary>Devices, streams (':'), wildcards, and what Windows drops at the end of a name.</summary>
    public void NoteName(string name)
    {
        if (name.AsSpan().ContainsAny(UnstorableCharacters))
        {
            unstorable.Add(name);
            return;
        }
        foreach (var range in name.AsSpan().Split('/'))
        {
            if (IsUnstorable(name.AsSpan(range)))
            {
                unstorable.Add(name);
                return;
            }
        }
    }

    private static bool IsUnstorable(ReadOnlySpan<char> part)
    {
        if (part[^1] is '.' or ' ')
            return true;
        var dot = part.IndexOf('.');
        var stem = dot < 0 ? part : part[..dot];
        if (stem.Length == 4 && stem[3] is >= '1' and <= '9')
            return stem.StartsWith("com", StringComparison.OrdinalIgnoreCase) || stem.StartsWith("lpt", StringComparison.OrdinalIgnoreCase);
        foreach (var device in (string[])["con", "prn", "aux", "nul"])
        {
            if (stem.Equals(device, StringComparison.OrdinalIgnoreCase))
                return true;
        }
        return false;
    }

    /// <summary>A file in the wheel's <c>.data</c> folder, which installs into the scheme of that name (purelib, scripts, …).</summary>
    public void NoteScheme(string scheme, string path)
    {
        if (scheme == "scripts")
            scripts.Add(path);
        else if (scheme is "data" or "headers")
            outside.Add(path);
    }

    public void NoteStartupFile(StartupFile file, byte[]? content)
    {
        if (file.FindCode(content) is not { } sentence)
            return;
        startupFileCount++;
        if (startupFiles.Count < MaxStartupFiles)
            startupFiles.Add(sentence);
    }

    public void NoteSetupScript() => hasSetupScript = true;

    /// <summary>A direct URL goes past the index, and so past everything that the index decides.</summary>
    public void NoteRequirements(IEnumerable<string> requirements)
    {
        foreach (var text in requirements)
        {
            if (Requirement.TryParse(text, out var requirement, out _) && requirement.Url is not null && directUrls.Count < MaxExamples)
                directUrls.Add($"Depends on {requirement.Name} from a URL, past any index: {CoreMetadata.Quote(requirement.Url)}");
        }
    }

    public void Note(IEnumerable<MetadataFault> tolerated)
    {
        foreach (var fault in tolerated.Take(MaxExamples))
            faults.Add($"Metadata: {fault.Message}");
    }

    /// <summary>How many there are of a kind, and which the first are.</summary>
    private sealed class Examples(string kind)
    {
        private readonly List<string> first = [];
        private int count;

        public void Add(string example)
        {
            count++;
            if (first.Count < MaxExamples)
                first.Add(CoreMetadata.Quote(example));
        }

        public void AddTo(List<string> sentences)
        {
            if (count > 0)
                sentences.Add($"Contains {count} {kind}: {string.Join(", ", first)}{(count > first.Count ? ", …" : "")}.");
        }
    }
}

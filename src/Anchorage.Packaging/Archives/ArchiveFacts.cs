using System.Text;

namespace Anchorage.Packaging;

/// <summary>Gathers what someone who installs a distribution may want to know: each kind of surprise once, with examples.</summary>
internal sealed class ArchiveFacts
{
    private const int MaxExamples = 3;

    private readonly List<string> startupFiles = [];
    private readonly List<string> directUrls = [];
    private readonly List<string> faults = [];
    private readonly List<string> nativeLibraries = [];
    private readonly List<string> programs = [];
    private int nativeLibraryCount;
    private int programCount;
    private bool hasSetupScript;

    public List<string> SbomFiles { get; } = [];

    public IReadOnlyList<string> Sentences
    {
        get
        {
            var sentences = new List<string>(startupFiles);
            if (hasSetupScript)
                sentences.Add("Building from this sdist runs setup.py.");
            if (nativeLibraryCount > 0)
                sentences.Add(Summarise("native libraries", nativeLibraries, nativeLibraryCount));
            if (programCount > 0)
                sentences.Add(Summarise("programs for Windows", programs, programCount));
            sentences.AddRange(directUrls);
            sentences.AddRange(faults);
            return sentences;
        }
    }

    private static string Summarise(string kind, List<string> examples, int count) =>
        $"Contains {count} {kind}: {string.Join(", ", examples)}{(count > examples.Count ? ", …" : "")}.";

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
        {
            nativeLibraryCount++;
            if (nativeLibraries.Count < MaxExamples)
                nativeLibraries.Add(name);
        }
        else if (name.EndsWith(".exe", StringComparison.OrdinalIgnoreCase))
        {
            programCount++;
            if (programs.Count < MaxExamples)
                programs.Add(name);
        }
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

    /// <summary>
    /// A <c>.pth</c> file at the top of what goes into site-packages: Python's <c>site</c> reads it at every start, and
    /// runs its lines that start with <c>import</c>.
    /// </summary>
    public static bool IsStartupFile(string name, string distInfo)
    {
        if (!name.EndsWith(".pth", StringComparison.OrdinalIgnoreCase))
            return false;
        var parts = name.Split('/');
        return parts.Length == 1
            || (parts.Length == 3 && parts[0] == string.Concat(distInfo.AsSpan(..^WheelMetadata.FolderSuffix.Length), ".data") && parts[1] is "purelib" or "platlib");
    }

    public void NoteStartupFile(string name, byte[] content)
    {
        foreach (var line in Encoding.Latin1.GetString(content).AsSpan().EnumerateLines())
        {
            if (line.StartsWith("import ") || line.StartsWith("import\t"))
            {
                startupFiles.Add($"'{name}' runs code whenever Python starts: {CoreMetadata.Quote(line.ToString())}");
                return;
            }
        }
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
}

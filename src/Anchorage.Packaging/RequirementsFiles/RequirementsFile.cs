using System.Diagnostics.CodeAnalysis;

namespace Anchorage.Packaging;

/// <summary>
/// A requirements file as pip reads it (pip.pypa.io "Requirements File Format"): requirements and options, with the files
/// that it includes in their place. It is a format of pip's own, without a standard; where pip leaves a question to the
/// machine (is this path a directory?), the text decides here.
/// </summary>
public sealed class RequirementsFile
{
    /// <summary>The most bytes accepted of one file.</summary>
    public const int MaxBytes = 16 << 20;

    /// <summary>The most files, the first among them.</summary>
    public const int MaxFiles = 500;

    /// <summary>The deepest chain of files that include each other.</summary>
    public const int MaxDepth = 32;

    /// <summary>The most entries of all files together.</summary>
    public const int MaxEntries = 200_000;

    internal RequirementsFile(IReadOnlyList<RequirementsEntry> entries) => Entries = entries;

    /// <summary>All entries in the order in which pip meets them; those of an included file follow its <see cref="IncludedFile"/>.</summary>
    public IReadOnlyList<RequirementsEntry> Entries { get; }

    /// <summary>The requirements; constraints, which only narrow others down, are among them with <see cref="ListedRequirement.IsConstraint"/>.</summary>
    public IEnumerable<ListedRequirement> Requirements => Entries.OfType<ListedRequirement>();

    /// <summary>The options that hold for the whole run.</summary>
    public IEnumerable<RequirementsOption> Options => Entries.OfType<RequirementsOption>();

    /// <summary>True where some file says <c>--no-index</c>: then no index is asked, whatever else is said.</summary>
    public bool HasNoIndex => Options.Any(option => option.Name == "--no-index");

    /// <summary>The last <c>--index-url</c>, which replaces the default; null where none is given, and with <see cref="HasNoIndex"/>.</summary>
    public string? IndexUrl => HasNoIndex ? null : Options.LastOrDefault(option => option.Name == "--index-url")?.Value;

    /// <summary>All <c>--extra-index-url</c>, in order: pip takes a project from any of them that has the highest version. None with <see cref="HasNoIndex"/>.</summary>
    public IReadOnlyList<string> ExtraIndexUrls => HasNoIndex ? [] : ValuesOf("--extra-index-url");

    /// <summary>All <c>--find-links</c>, in order, as written.</summary>
    public IReadOnlyList<string> FindLinks => ValuesOf("--find-links");

    /// <summary>All <c>--trusted-host</c>, in order: hosts that pip would talk to without verifying who they are. There should be none.</summary>
    public IReadOnlyList<string> TrustedHosts => ValuesOf("--trusted-host");

    /// <summary>True where pip installs nothing without a digest: some file says so, or one requirement has a digest.</summary>
    public bool RequiresHashes => Options.Any(option => option.Name == "--require-hashes") || Requirements.Any(requirement => requirement.Hashes.Count > 0);

    private string[] ValuesOf(string name) => [.. Options.Where(option => option.Name == name).Select(option => option.Value!)];

    /// <summary>
    /// Reads one file and does not follow what it includes. <paramref name="problem"/> says in one sentence what is wrong,
    /// and in which line.
    /// </summary>
    /// <param name="content">The bytes: UTF-8, or what a byte order mark or a coding cookie (PEP 263) says.</param>
    /// <param name="name">The file's name, for messages and positions.</param>
    /// <param name="file">The file.</param>
    /// <param name="problem">What is wrong.</param>
    /// <param name="variable">The value of an environment variable; null, or no such function, leaves <c>${NAME}</c> as it is.</param>
    public static bool TryParse(ReadOnlySpan<byte> content, string name, [NotNullWhen(true)] out RequirementsFile? file, [NotNullWhen(false)] out string? problem, Func<string, string?>? variable = null)
    {
        var reader = new RequirementsFileReader(open: null, variable);
        problem = reader.Run(content, name);
        file = problem is null ? new RequirementsFile(reader.Entries) : null;
        return problem is null;
    }

    /// <summary>
    /// Reads a file and all that it includes with <c>-r</c> and <c>-c</c>, up to <see cref="MaxFiles"/> files,
    /// <see cref="MaxDepth"/> deep. A file that includes itself, directly or not, is refused.
    /// </summary>
    /// <param name="name">The path or URL of the first file.</param>
    /// <param name="open">The bytes of a path or URL; null where there is none. Whoever gives this function decides what may be read.</param>
    /// <param name="file">The file.</param>
    /// <param name="problem">What is wrong, in one sentence, with file and line.</param>
    /// <param name="variable">The value of an environment variable; null, or no such function, leaves <c>${NAME}</c> as it is.</param>
    public static bool TryRead(string name, Func<string, byte[]?> open, [NotNullWhen(true)] out RequirementsFile? file, [NotNullWhen(false)] out string? problem, Func<string, string?>? variable = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(open);
        file = null;
        if (open(name) is not { } content)
        {
            problem = $"'{CoreMetadata.Quote(name)}' cannot be read.";
            return false;
        }
        var reader = new RequirementsFileReader(open, variable);
        problem = reader.Run(content, name);
        if (problem is null)
            file = new RequirementsFile(reader.Entries);
        return problem is null;
    }
}

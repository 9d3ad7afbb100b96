using System.Buffers;

namespace Anchorage.Packaging;

/// <summary>
/// Reads a requirements file: 1 decode; 2 logical lines; 3 variables; 4 what stands in front of the first option is the
/// requirement; 5 options; 6 included files, in their place.
/// </summary>
internal sealed class RequirementsFileReader(Func<string, byte[]?>? open, Func<string, string?>? variable)
{
    private static readonly string[] Algorithms = ["sha256", "sha384", "sha512"];

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");

    private readonly List<string> path = [];
    private int files;

    public List<RequirementsEntry> Entries { get; } = [];

    /// <summary>Reads a file and what it includes; what is wrong comes back as a sentence.</summary>
    public string? Run(ReadOnlySpan<byte> content, string file) => ReadFile(content, file, isConstraint: false);

    private string? ReadFile(ReadOnlySpan<byte> content, string file, bool isConstraint)
    {
        if (++files > RequirementsFile.MaxFiles)
            return $"More than {RequirementsFile.MaxFiles} requirements files include each other.";
        if (RequirementsText.Decode(content, out var problem) is not { } text)
            return $"'{CoreMetadata.Quote(file)}' {problem}";
        path.Add(file);
        foreach (var (number, line) in RequirementsText.LogicalLines(text))
        {
            if (Entries.Count >= RequirementsFile.MaxEntries)
                return $"'{CoreMetadata.Quote(file)}' has, with what it includes, more than {RequirementsFile.MaxEntries} entries.";
            var expanded = variable is null ? line : RequirementsText.Expand(line, variable);
            if (ReadLine(file, number, expanded, isConstraint, out var isWhole) is { } fault)
                return isWhole ? fault : $"'{CoreMetadata.Quote(file)}' line {number} {fault}";
        }
        path.RemoveAt(path.Count - 1);
        return null;
    }

    /// <param name="file">The file.</param>
    /// <param name="number">The line.</param>
    /// <param name="line">Its text.</param>
    /// <param name="isConstraint">Whether the file is one of constraints.</param>
    /// <param name="isWhole">True where the fault is a whole sentence already: that of an included file.</param>
    private string? ReadLine(string file, int number, string line, bool isConstraint, out bool isWhole)
    {
        isWhole = false;
        var (text, optionText) = Break(line);
        if (RequirementsOptions.Read(optionText, out var options) is { } problem)
            return problem;
        var editable = options.Find(option => option.Name == "--editable").Value;
        if (text.Length > 0 || editable is not null)
        {
            var requirement = RequirementsLine.Read(file, number, text.Length > 0 ? text : editable!, isEditable: text.Length == 0, out problem);
            if (requirement is null)
                return problem;
            if (ReadHashes(options, out var hashes) is { } fault)
                return fault;
            Entries.Add(requirement with
            {
                IsConstraint = isConstraint,
                Hashes = hashes,
                BuildOptions = [.. options.Where(option => option.Name is "--config-settings" or "--global-option").Select(option => new KeyValuePair<string, string>(option.Name, option.Value!))],
            });
            return null;
        }
        foreach (var (name, value) in options)
        {
            if (name is "--requirement" or "--constraint")
                return Include(file, number, value!, isConstraint || name == "--constraint", out isWhole);
        }
        foreach (var (name, value) in options)
        {
            if (name is "--hash" or "--config-settings" or "--global-option")
                return $"has the option {name} without a requirement.";
            Entries.Add(new RequirementsOption(file, number, name, value));
        }
        return null;
    }

    /// <summary>Blanks separate words; the first that starts with a dash starts the options.</summary>
    private static (string Text, string Options) Break(string line)
    {
        if (line.StartsWith('-'))
            return ("", line);
        var at = line.IndexOf(" -", StringComparison.Ordinal);
        return at < 0 ? (line, "") : (line[..at].TrimEnd(), line[(at + 1)..]);
    }

    private static string? ReadHashes(List<(string Name, string? Value)> options, out List<KeyValuePair<string, string>> hashes)
    {
        hashes = [];
        foreach (var (name, value) in options)
        {
            if (name != "--hash")
                continue;
            var colon = value!.IndexOf(':', StringComparison.Ordinal);
            var algorithm = colon < 0 ? "" : value[..colon];
            if (!Algorithms.Contains(algorithm))
                return $"has the digest '{CoreMetadata.Quote(value)}'; one is written sha256:0123…, or with sha384 or sha512.";
            var digest = value[(colon + 1)..].ToLowerInvariant();
            if (digest.Length != int.Parse(algorithm.AsSpan(3), System.Globalization.CultureInfo.InvariantCulture) / 4 || digest.AsSpan().ContainsAnyExcept(HexDigits))
                return $"has a {algorithm} digest that is malformed: '{CoreMetadata.Quote(digest)}'.";
            hashes.Add(new(algorithm, digest));
        }
        return null;
    }

    private string? Include(string file, int number, string target, bool isConstraint, out bool isWhole)
    {
        isWhole = false;
        var resolved = IncludePath.Resolve(file, target);
        Entries.Add(new IncludedFile(file, number, resolved, isConstraint));
        if (open is null)
            return null;
        if (path.Contains(resolved))
            return $"includes '{CoreMetadata.Quote(resolved)}', which includes this file: they would never end.";
        if (path.Count == RequirementsFile.MaxDepth)
            return $"is included more than {RequirementsFile.MaxDepth} deep.";
        if (open(resolved) is not { } content)
            return $"includes '{CoreMetadata.Quote(resolved)}', which cannot be read.";
        isWhole = true;
        return ReadFile(content, resolved, isConstraint);
    }
}

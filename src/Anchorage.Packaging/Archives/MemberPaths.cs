namespace Anchorage.Packaging;

/// <summary>The paths of an archive's members taken together: each one once, and none both a file and a folder.</summary>
internal sealed class MemberPaths
{
    private readonly HashSet<string> files = new(StringComparer.Ordinal);
    private readonly HashSet<string> folders = new(StringComparer.Ordinal);

    /// <summary>The same files as Windows and macOS see them: letters of either case are one, dots and blanks at an end fall off.</summary>
    private readonly HashSet<string> lenient = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Adds a member (a folder's name ends with '/'); false where a folder is named again, which tar writes and ZIP must not.</summary>
    public bool TryAdd(string name)
    {
        if (name.EndsWith('/'))
            return folders.Add(name[..^1]);
        if (!files.Add(name))
            throw Duplicate(name);
        return true;
    }

    public static InvalidDistributionException Duplicate(string name) =>
        new("duplicate-member", CoreMetadata.Quote(name), $"The archive has two members named '{CoreMetadata.Quote(name)}'; unpackers disagree about which one holds.");

    /// <summary>Once all are known: whichever of a file and a folder of the same path comes second fails, or replaces the first.</summary>
    public void CheckConflicts()
    {
        foreach (var file in files)
            CheckAncestors(file);
        foreach (var folder in folders)
        {
            if (files.Contains(folder))
                throw Conflict(folder, folder + "/");
            CheckAncestors(folder);
        }
    }

    private void CheckAncestors(string path)
    {
        var lookup = files.GetAlternateLookup<ReadOnlySpan<char>>();
        for (var slash = path.LastIndexOf('/'); slash > 0; slash = path.LastIndexOf('/', slash - 1))
        {
            if (lookup.Contains(path.AsSpan(0, slash)))
                throw Conflict(path[..slash], path);
        }
    }

    private static InvalidDistributionException Conflict(string file, string inside) =>
        new("member-conflict", CoreMetadata.Quote(file), $"'{CoreMetadata.Quote(file)}' is a file, and a folder for '{CoreMetadata.Quote(inside)}'; no file system has both.");

    /// <summary>
    /// Takes note of the files that become one where file names ignore case: a fact for most, and no choice for those
    /// that an installer decides by.
    /// </summary>
    /// <param name="facts">Learns of each twin.</param>
    /// <param name="decides">Whether a path is one that installers decide by.</param>
    public void CheckTwins(ArchiveFacts facts, Func<string, bool> decides)
    {
        foreach (var file in files)
        {
            var key = TrimParts(file);
            if (lenient.TryGetValue(key, out var other))
            {
                if (decides(file) || decides(other))
                    throw new InvalidDistributionException("member-conflict", CoreMetadata.Quote(file), $"'{CoreMetadata.Quote(file)}' and '{CoreMetadata.Quote(other)}' are one file where file names ignore case; installers there would read either.");
                facts.NoteTwin(other, file);
            }
            else
            {
                lenient.Add(key);
            }
            facts.NoteName(file);
        }
    }

    private static string TrimParts(string path)
    {
        if (!path.Contains("./", StringComparison.Ordinal) && !path.Contains(" /", StringComparison.Ordinal) && path[^1] is not ('.' or ' '))
            return path;
        return string.Join('/', path.Split('/').Select(part => part.TrimEnd('.', ' ')));
    }
}

using System.Buffers;
using System.Text;

namespace Anchorage.Packaging.Fuzz;

/// <summary>Documents of people and tools: read, or refused with one printable sentence, and never with an exception.</summary>
internal static class DocumentTargets
{
    private static readonly SupportedTags Tags = SupportedTags.For(TargetPython.CPython(3, 13), TargetPlatform.Linux("x86_64", 2, 39));
    private static readonly DistributionFilename Demo = DistributionFilename.TryParse("demo-1.0.tar.gz", out var filename, out _) ? filename : throw new InvalidOperationException();

    private static readonly Dictionary<string, string> Environment = new()
    {
        ["python_full_version"] = "3.13.0",
        ["python_version"] = "3.13",
        ["sys_platform"] = "linux",
        ["os_name"] = "posix",
    };

    public static void ReadLockFile(byte[] content)
    {
        if (!LockFile.TryParse(content, out var file, out var problem))
        {
            RequireSentence(problem);
            return;
        }
        BrokenPromiseException.Unless(file.Packages.All(package => package.IsDirect == (package.Archive is not null || package.Directory is not null || package.Repository is not null)), "a package has one kind of source");
        BrokenPromiseException.Unless(file.Packages.SelectMany(package => package.Wheels).All(wheel => wheel.Filename is WheelFilename && wheel.Hashes.Count > 0), "a wheel has a name and digests");
        if (!file.TrySelect(Environment, Tags, extras: null, dependencyGroups: null, out var selected, out problem))
            RequireSentence(problem);
        else
            BrokenPromiseException.Unless(selected.Select(item => item.Package.Name).Distinct().Count() == selected.Count, "no project is selected twice");
    }

    public static void ReadDependencyGroups(byte[] content)
    {
        if (!DependencyGroups.TryReadPyproject(content, out var groups, out var problem))
        {
            RequireSentence(problem);
            return;
        }
        // A few of them: what one costs is bounded, all of them together are the caller's choice.
        foreach (var name in groups.Names.Take(3))
        {
            if (!groups.TryResolve(name, out _, out problem))
                RequireSentence(problem);
        }
    }

    public static void ReadRequirementsFile(byte[] content)
    {
        // Files include each other by name: the name is how much of the content they are.
        byte[]? Open(string name) => int.TryParse(name, out var start) && start >= 0 && start < content.Length ? content[start..] : null;
        if (!RequirementsFile.TryRead("0", Open, out var file, out var problem, name => name.ToLowerInvariant()))
        {
            RequireSentence(problem);
            return;
        }
        foreach (var requirement in file.Requirements)
            BrokenPromiseException.Unless(requirement.Line > 0 && (requirement.Named is null) != (requirement.Location is null), "a requirement is named, or has a location");
        _ = (file.IndexUrl, file.ExtraIndexUrls, file.FindLinks, file.TrustedHosts, file.RequiresHashes);
    }

    public static void ReadEntryPoints(byte[] content)
    {
        if (!EntryPoints.TryParse(content, out var entryPoints, out var problem))
        {
            RequireSentence(problem);
            return;
        }
        foreach (var entry in entryPoints.All.Take(100))
            BrokenPromiseException.Unless(entry.Reference is not { } reference || (ObjectReference.TryParse(reference.ToString(), out var again) && again == reference), "a reference that is printed is the same");
        BrokenPromiseException.Unless(entryPoints.Of(EntryPoints.ConsoleScripts).All(entry => !entry.Name.AsSpan().ContainsAny("/\\:\0 ")), "a script's name is a plain file name");
    }

    public static void ReadDirectUrl(byte[] content)
    {
        if (!DirectUrl.TryParse(content, out var url, out var problem))
        {
            RequireSentence(problem);
            return;
        }
        var again = DirectUrl.TryParse(Written(url.WriteTo), out var read, out _) ? read : null;
        BrokenPromiseException.Unless(again == url, "what is written is read again");
        BrokenPromiseException.Unless(url.Redacted().Redacted() == url.Redacted(), "credentials are removed at once");
    }

    public static void ReadAttestation(byte[] content)
    {
        if (Attestation.TryParse(content, out var attestation, out var problem))
        {
            var again = Attestation.TryParse(Written(attestation.WriteTo), out var read, out _) ? read : null;
            BrokenPromiseException.Unless(again is not null && again.StatementBytes.Span.SequenceEqual(attestation.StatementBytes.Span), "what is written is read again");
            attestation.FindMismatch(Demo, attestation.Statement.Digest);
        }
        else
        {
            RequireSentence(problem);
        }
        if (!Attestation.TryParseUpload(content, out _, out problem))
            RequireSentence(problem);
        if (Provenance.TryParse(content, out var provenance, out problem))
            BrokenPromiseException.Unless(Provenance.TryParse(Written(provenance.WriteTo), out _, out _), "what is written is read again");
        else
            RequireSentence(problem);
    }

    public static void ReadTags(byte[] content)
    {
        var text = Encoding.UTF8.GetString(content);
        if (CompatibilityTag.TryParseSet(text, out var tags))
        {
            BrokenPromiseException.Unless(tags.Count is > 0 and <= CompatibilityTag.MaxTags && tags.Distinct().Count() == tags.Count, "a set has each tag once");
            BrokenPromiseException.Unless(tags.All(tag => CompatibilityTag.TryParse(tag.ToString(), out var again) && again.Equals(tag)), "a tag that is printed is the same");
        }
        PlatformTagRules.IsAcceptedByPublicIndex(text);
        var problem = Classifiers.FindProblem(text);
        if (problem is not null)
            RequireSentence(problem);
    }

    public static void ReadRange(byte[] content)
    {
        var lines = Encoding.UTF8.GetString(content).Split('\n', 2);
        if (!VersionSpecifiers.TryParse(lines[0], out var specifiers) || !VersionRange.TryOf(specifiers, out var range))
            return;
        BrokenPromiseException.Unless(range.Complement().Complement().Equals(range), "the complement of the complement is the range");
        BrokenPromiseException.Unless(VersionRange.IsSatisfiable(specifiers) != range.IsEmpty, "what can be satisfied is not empty");
        if (range.Least is { } least)
            BrokenPromiseException.Unless(specifiers.Contains(least), "the least version satisfies the specifiers");
        if (PackageVersion.TryParse(lines[^1], out var version))
            BrokenPromiseException.Unless(range.Contains(version) == specifiers.Contains(version), "a range contains what its specifiers contain");
        if (lines.Length > 1 && VersionSpecifiers.TryParse(lines[1], out var others) && VersionRange.TryOf(others, out var other))
            BrokenPromiseException.Unless(range.Intersect(other).IsSubsetOf(other) && range.IsSubsetOf(range.Union(other)), "the laws of sets hold");
    }

    private static void RequireSentence(string problem) =>
        BrokenPromiseException.Unless(problem.Length > 0 && !problem.Any(char.IsControl), "a problem is one printable sentence: " + problem);

    private static byte[] Written(Action<IBufferWriter<byte>> write)
    {
        var output = new ArrayBufferWriter<byte>();
        write(output);
        return output.WrittenSpan.ToArray();
    }
}

using System.Text;

namespace Anchorage.Packaging.Fuzz;

/// <summary>Names, versions, metadata and headers: none of their readers throws.</summary>
internal static class TextTargets
{
    private static readonly PackageVersion[] Candidates = [.. ((string[])["0.dev0", "1.0a1", "1.0", "1.0+local", "1.0.post1", "2!3.4rc5.dev6"]).Select(PackageVersion.Parse)];

    public static void ReadVersion(byte[] content)
    {
        var text = Encoding.UTF8.GetString(content);
        var lines = text.Split('\n');
        var order = VersionOrder.Comparer.Compare(lines[0], lines[^1]);
        BrokenPromiseException.Unless(Math.Sign(order) == -Math.Sign(VersionOrder.Comparer.Compare(lines[^1], lines[0])), "the order of texts is symmetric");
        if (!PackageVersion.TryParse(text, out var version))
            return;
        var again = PackageVersion.Parse(version.ToString());
        BrokenPromiseException.Unless(again.ToString() == version.ToString() && again == version && again.GetHashCode() == version.GetHashCode(), "printing and parsing changes nothing");
        BrokenPromiseException.Unless(PackageVersion.Parse(version.ToCanonicalString()) == version, "the canonical form is the same version");
        BrokenPromiseException.Unless(PackageVersion.Parse(version.Public) <= version && PackageVersion.Parse(version.BaseVersion).BaseVersion == version.BaseVersion, "parts are versions");
        BrokenPromiseException.Unless(version.Local is null || version.ToString().EndsWith('+' + version.Local, StringComparison.Ordinal), "the local part is the end of the text");
        foreach (var candidate in Candidates)
            BrokenPromiseException.Unless(Math.Sign(version.CompareTo(candidate)) == -Math.Sign(candidate.CompareTo(version)), "the order is symmetric");
    }

    public static void ReadSpecifiers(byte[] content)
    {
        var text = Encoding.UTF8.GetString(content);
        if (!VersionSpecifiers.TryParse(text, out var set))
            return;
        var again = VersionSpecifiers.Parse(set.ToString());
        BrokenPromiseException.Unless(again.ToString() == set.ToString() && again.AsksForPrereleases == set.AsksForPrereleases, "printing and parsing changes nothing");
        foreach (var candidate in Candidates)
            BrokenPromiseException.Unless(set.Contains(candidate) == again.Contains(candidate), "the printed set contains the same versions");
        set.Contains(text);
        BrokenPromiseException.Unless(set.Filter(Candidates, version => version, prereleases: true).Count == Candidates.Count(set.Contains), "filtering is containing");
    }

    public static void ReadRequirement(byte[] content)
    {
        if (!Requirement.TryParse(Encoding.UTF8.GetString(content), out var requirement, out var problem))
        {
            BrokenPromiseException.Unless(problem.Length > 0 && !problem.Any(char.IsControl), "a problem is one printable sentence");
            return;
        }
        // Printing may lengthen (blanks, escapes), so not every text printed is short enough to be read.
        if (requirement.ToString().Length > Requirement.MaxLength)
            return;
        if (!Requirement.TryParse(requirement.ToString(), out var again, out _))
            throw new BrokenPromiseException("what is printed can be read");
        BrokenPromiseException.Unless(again.ToString() == requirement.ToString() && again.Name == requirement.Name && again.Url == requirement.Url && again.Extras.SequenceEqual(requirement.Extras), "printing and parsing changes nothing");
    }

    private static readonly Dictionary<string, string> SomeEnvironment = new() { ["python_version"] = "3.9", ["sys_platform"] = "linux", ["os_name"] = "posix", ["extra"] = "a" };

    public static void ReadMarker(byte[] content)
    {
        if (!EnvironmentMarker.TryParse(Encoding.UTF8.GetString(content), out var marker, out var problem))
        {
            BrokenPromiseException.Unless(problem.Length > 0 && !problem.Any(char.IsControl), "a problem is one printable sentence");
            return;
        }
        if (marker.ToString().Length > Requirement.MaxLength)
            return;
        if (!EnvironmentMarker.TryParse(marker.ToString(), out var again, out _))
            throw new BrokenPromiseException("what is printed can be read");
        BrokenPromiseException.Unless(again.ToString() == marker.ToString() && again.Evaluate(SomeEnvironment) == marker.Evaluate(SomeEnvironment), "printing and parsing changes nothing");
    }

    public static void ReadLicense(byte[] content)
    {
        if (!LicenseExpression.TryParse(Encoding.UTF8.GetString(content), out var expression, out var problem))
        {
            BrokenPromiseException.Unless(problem.Length > 0 && !problem.Any(char.IsControl), "a problem is one printable sentence");
            return;
        }
        BrokenPromiseException.Unless(LicenseExpression.TryParse(expression.ToString(), out var again, out _) && again.Equals(expression) && again.ToString() == expression.ToString(), "printing and parsing changes nothing");
    }

    public static void ReadRecord(byte[] content)
    {
        try
        {
            var record = WheelRecord.Read(content, "RECORD", maxRows: 1000);
            BrokenPromiseException.Unless(record.Rows.Count <= 1000 && record.Rows.Values.All(row => row.Digest.Length is 0 or 32 or 48 or 64 && row.Size is null or >= 0), "rows are bounded and whole");
        }
        catch (InvalidDistributionException e)
        {
            BrokenPromiseException.Unless(e.Rule == "record-malformed" && !e.Message.Any(char.IsControl), "a refusal says which rule in one printable sentence");
        }
    }

    public static void ReadFilename(byte[] content)
    {
        var text = Encoding.UTF8.GetString(content);
        if (ProjectName.TryParse(text, out var name))
            BrokenPromiseException.Unless(ProjectName.Parse(name.ToString()) == name && ProjectName.IsNormalized(name.ToString()), "a normalised name stays as it is");
        if (!DistributionFilename.TryParse(text, out var filename, out var problem))
        {
            BrokenPromiseException.Unless(problem.Length > 0 && !problem.Any(char.IsControl), "a problem is one printable sentence");
            return;
        }
        BrokenPromiseException.Unless(filename.Text == text && text.All(char.IsAscii) && text.AsSpan().IndexOfAny('/', '\\', '\0') < 0, "a file name is one plain path segment");
        // Normalising may lengthen (rc for c, 0 for nothing), so not every canonical name is short enough to be one.
        if (DistributionFilename.TryParse(filename.CanonicalText, out var canonical, out _))
            BrokenPromiseException.Unless(canonical.IsCanonical && canonical.Project == filename.Project && canonical.Version == filename.Version, "the canonical name is canonical, and of the same release");
        else
            BrokenPromiseException.Unless(filename.CanonicalText.Length > DistributionFilename.MaxLength, "the canonical name is one");
    }

    public static void ReadMetadata(byte[] content)
    {
        if (!CoreMetadata.TryParse(content, out var metadata, out var problems))
        {
            BrokenPromiseException.Unless(problems.Count > 0 && problems.All(problem => !problem.Any(char.IsControl)), "what is refused has problems, each one printable sentence");
            return;
        }
        BrokenPromiseException.Unless(metadata.Fields.Count <= CoreMetadata.MaxFields, "the number of fields is bounded");
        _ = (metadata.Keywords, metadata.ProjectUrls, metadata.Description, metadata.RequiresPython);
        foreach (var fault in metadata.FindFaults())
            BrokenPromiseException.Unless(fault.Message.Length > 0 && !fault.Message.Any(char.IsControl), "a fault is one printable sentence: " + fault.Message);
    }

    public static void ReadNegotiation(byte[] content)
    {
        var text = Encoding.UTF8.GetString(content);
        var parts = text.Split('\n', 2);
        var chosen = SimpleNegotiation.Choose(parts[0], parts.Length > 1 ? parts[1] : null);
        BrokenPromiseException.Unless(Enum.IsDefined(chosen), "there is always an answer");
        SimpleNegotiation.Read(text);
    }
}

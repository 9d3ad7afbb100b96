using System.Xml.Linq;
using Anchorage.Testing;

namespace Anchorage.Server.Tests.Architecture;

/// <summary>ARCHITECTURE.md says which part may use which; here it is compared with what was compiled.</summary>
public class ArrowTests
{
    private static readonly Lazy<List<Arrow>> Compiled = new(() => CompiledArrows.Read(typeof(Problem).Assembly, "Anchorage.Server"));

    [Fact]
    public void A_folder_uses_only_what_the_table_allows()
    {
        var table = ArrowTable.Read("folder-arrows");
        var forbidden = Compiled.Value
            .Where(arrow => !table.TryGetValue(arrow.From, out var allowed) || !allowed.Contains(arrow.To) && !allowed.Contains("*"))
            .GroupBy(arrow => (arrow.From, arrow.To))
            .Select(group => $"{group.Key.From} -> {group.Key.To}, e.g. in {group.First().Where} ({group.Count()} places)");
        Assert.True(!forbidden.Any(), "Arrows that ARCHITECTURE.md does not allow:\n" + string.Join('\n', forbidden));
    }

    [Fact]
    public void The_table_allows_no_more_than_is_used()
    {
        var used = Compiled.Value.Select(arrow => (arrow.From, arrow.To)).ToHashSet();
        var unused = ArrowTable.Read("folder-arrows")
            .SelectMany(row => row.Value.Where(to => to != "*").Select(to => (From: row.Key, To: to)))
            .Where(allowed => !used.Contains(allowed))
            .Select(allowed => $"{allowed.From} -> {allowed.To}");
        Assert.True(!unused.Any(), "Arrows of ARCHITECTURE.md that nothing uses (remove them from the table):\n" + string.Join('\n', unused));
    }

    [Fact]
    public void The_table_names_every_folder_and_no_other()
    {
        var folders = Directory.GetDirectories(Repository.PathOf("src", "Anchorage.Server"))
            .Where(folder => Directory.EnumerateFiles(folder, "*.cs").Any())
            .Select(folder => Path.GetFileName(folder)!)
            .Append(CompiledArrows.Root).Order(StringComparer.Ordinal);
        Assert.Equal(folders, ArrowTable.Read("folder-arrows").Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_project_refers_to_what_the_table_says_and_nothing_else()
    {
        var actual = new DirectoryInfo(Repository.PathOf("src")).GetDirectories("Anchorage.*").ToDictionary(
            folder => ShortName(folder.Name),
            folder => XDocument.Load(Path.Combine(folder.FullName, folder.Name + ".csproj")).Descendants("ProjectReference")
                .Select(reference => ShortName(Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/')))).Order(StringComparer.Ordinal).ToList());
        var table = ArrowTable.Read("project-arrows").ToDictionary(row => row.Key, row => row.Value.Order(StringComparer.Ordinal).ToList());
        Assert.Equivalent(table, actual, strict: true);

        static string ShortName(string project) => project.Replace("Anchorage.", "", StringComparison.Ordinal);
    }

    [Fact]
    public void The_reading_of_the_assembly_sees_calls_inside_bodies() =>
        // If it did not, the tests above would pass and say nothing. ArrowTable mentions the Docs folder in a method body only.
        Assert.Contains(CompiledArrows.Read(typeof(ArrowTests).Assembly, "Anchorage.Server.Tests"), arrow => arrow is { From: "Architecture", To: "Docs" });
}

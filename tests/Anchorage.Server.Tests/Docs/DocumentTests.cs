using System.Reflection;
using System.Text.RegularExpressions;
using Anchorage.Testing;

namespace Anchorage.Server.Tests.Docs;

/// <summary>Documents name places and problems that exist; what is renamed must be renamed there too.</summary>
public partial class DocumentTests
{
    [Fact]
    public void Every_link_between_documents_leads_somewhere()
    {
        var broken = new List<string>();
        foreach (var document in Documents.Names)
        {
            foreach (Match link in Link().Matches(Documents.WithoutFencedBlocks(Documents.Read(document))))
            {
                var target = link.Groups[1].Value.Split('#')[0];
                if (target.Length == 0 || target.Contains("://", StringComparison.Ordinal) || target.StartsWith("mailto:", StringComparison.Ordinal))
                    continue;
                if (!Exists(Path.Combine(Path.GetDirectoryName(document)!, target)))
                    broken.Add($"{document}: {target}");
            }
        }
        Assert.True(broken.Count == 0, "Links that lead nowhere:\n" + string.Join('\n', broken));
    }

    [Fact]
    public void Every_path_of_the_repository_named_in_a_document_exists()
    {
        var missing = new List<string>();
        foreach (var document in Documents.Names)
        {
            foreach (Match code in InlineCode().Matches(Documents.WithoutFencedBlocks(Documents.Read(document))))
            {
                var path = RepositoryPath().Match(code.Groups[1].Value);
                if (path.Success && !Exists(path.Groups["path"].Value))
                    missing.Add($"{document}: {path.Groups["path"].Value}");
            }
        }
        Assert.True(missing.Count == 0, "Paths that do not exist:\n" + string.Join('\n', missing));
    }

    [Fact]
    public void Every_problem_type_has_a_page_and_every_page_a_type()
    {
        var pages = Directory.EnumerateFiles(Repository.PathOf("docs", "problems"), "*.md")
            .Select(path => Path.GetFileNameWithoutExtension(path)).Where(name => name != "README").Order(StringComparer.Ordinal);
        Assert.Equal(ProblemTypes(), pages);
    }

    [Fact]
    public void Every_problem_type_named_in_a_document_exists()
    {
        var types = ProblemTypes().ToHashSet();
        var unknown = Documents.Names
            .SelectMany(document => ProblemUrn().Matches(Documents.Read(document)).Select(match => (document, Type: match.Groups[1].Value)))
            .Where(named => !types.Contains(named.Type));
        Assert.Empty(unknown);
    }

    [Fact]
    public void A_problem_page_gives_its_status_and_title()
    {
        foreach (var problem in AllProblems())
        {
            var page = Documents.Read(Path.Combine("docs", "problems", problem.Type + ".md"));
            Assert.StartsWith($"# {problem.Title}\n", page, StringComparison.Ordinal);
            Assert.Contains($"`{Problem.TypePrefix}{problem.Type}`", page, StringComparison.Ordinal);
            Assert.Contains($"{problem.Status}", page, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Every_package_has_its_line_of_reason()
    {
        var reasons = Documents.Read(Path.Combine("docs", "decisions", "0002-dependencies.md"));
        var named = PackageVersion().Matches(File.ReadAllText(Repository.PathOf("Directory.Packages.props"))).Select(match => match.Groups[1].Value).ToList();
        Assert.NotEmpty(named);
        Assert.All(named, package => Assert.Contains($"| `{package}` |", reasons, StringComparison.Ordinal));
        Assert.All(ReasonLine().Matches(reasons), line => Assert.Contains(line.Groups[1].Value, named));
    }

    [Fact]
    public void Both_languages_of_the_readme_show_the_same_commands() =>
        Assert.Equal(Commands("README.md"), Commands("README.zh-CN.md"));

    [Fact]
    public void The_architecture_stays_short_enough_to_be_read() =>
        Assert.InRange(Documents.Read("ARCHITECTURE.md").Count(c => c == '\n'), 1, 400);

    // Comments in the blocks are translated, commands are not.
    private static List<string> Commands(string document) =>
        [.. Documents.FencedBlocks(Documents.Read(document)).SelectMany(block => block.Split('\n'))
            .Select(line => line.Split(" # ")[0].Trim()).Where(line => line.Length > 0 && line[0] != '#')];

    private static bool Exists(string path)
    {
        var full = Path.GetFullPath(Repository.PathOf(path));
        return full.StartsWith(Repository.Root, StringComparison.Ordinal) && (File.Exists(full) || Directory.Exists(full));
    }

    private static List<string> ProblemTypes() => [.. AllProblems().Select(problem => problem.Type).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>One of each, from the functions that make them.</summary>
    private static IEnumerable<Problem> AllProblems() => typeof(Problems)
        .GetMethods(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.DeclaredOnly)
        .Where(method => method.ReturnType == typeof(Problem))
        .Select(method => (Problem)method.Invoke(null, [.. method.GetParameters().Select(parameter => Placeholder(parameter.ParameterType))])!);

    private static object? Placeholder(Type type) =>
        type == typeof(string) ? "x" : type.IsValueType ? Activator.CreateInstance(type) : null;

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("`([^`\n]+)`")]
    private static partial Regex InlineCode();

    // A path below one of our folders, or one of our commands; without a place to fill in (…, * and {name} stay out by their characters).
    [GeneratedRegex(@"^(?:\./(?<path>serve|build|test)\b.*|(?<path>(?:src|tests|docs|bench|deploy|\.ci)/[\w./-]*|[A-Z][\w.]+\.(?:md|props|slnx|txt)|global\.json|\.editorconfig))$")]
    private static partial Regex RepositoryPath();

    [GeneratedRegex(@"urn:anchorage:problem:([a-z0-9-]+)")]
    private static partial Regex ProblemUrn();

    [GeneratedRegex("PackageVersion Include=\"([^\"]+)\"")]
    private static partial Regex PackageVersion();

    [GeneratedRegex(@"^\| `([\w.-]+)` \|", RegexOptions.Multiline)]
    private static partial Regex ReasonLine();
}

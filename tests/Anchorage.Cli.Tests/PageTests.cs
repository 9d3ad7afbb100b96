using System.Text.Json;
using System.Text.RegularExpressions;
using Anchorage.Testing;

namespace Anchorage.Cli.Tests;

/// <summary>Every finding has a page in both languages, in the repository and in the program.</summary>
public sealed partial class PageTests : IDisposable
{
    private readonly TestDirectory _home = new();

    public static TheoryData<string> Pages => [.. Codes(), "myths", "remedies"];

    public void Dispose() => _home.Dispose();

    [Fact]
    public void Every_code_of_the_contract_is_in_the_schema_and_has_two_pages()
    {
        var pages = Directory.EnumerateFiles(Repository.PathOf("docs", "findings"), "*.md").Select(path => Path.GetFileName(path)!).ToHashSet();
        var expected = Codes().Concat(["myths", "remedies"]).SelectMany(code => new[] { $"{code}.md", $"{code}.zh-CN.md" }).Append("README.md");
        using var schema = JsonDocument.Parse(File.ReadAllText(Repository.PathOf("docs", "doctor.schema.json")));
        var listed = schema.RootElement.GetProperty("$defs").GetProperty("finding").GetProperty("properties").GetProperty("code").GetProperty("enum").EnumerateArray().Select(code => code.GetString()!);

        Assert.Equal(expected.Order(StringComparer.Ordinal), pages.Order(StringComparer.Ordinal));
        Assert.Equal(Codes().Order(StringComparer.Ordinal), listed.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task A_page_is_explained_in_both_languages(string page)
    {
        var english = (await Anchorage.RunAsync(_home, null, "explain", page)).MustSucceed();
        var chinese = (await Anchorage.RunAsync(_home, null, "explain", page, "--lang", "zh")).MustSucceed();

        Assert.StartsWith("# ", english.Output, StringComparison.Ordinal);
        Assert.Matches(@"\p{IsCJKUnifiedIdeographs}{4}", chinese.Output);
        Assert.Empty(english.Errors);
    }

    [Fact]
    public void No_page_tells_anybody_to_switch_verification_off()
    {
        foreach (var path in Directory.EnumerateFiles(Repository.PathOf("docs", "findings"), "*.md").Where(path => !path.EndsWith("myths.md", StringComparison.Ordinal)))
        {
            var toDo = ToDo().Match(File.ReadAllText(path)).Value;
            Assert.DoesNotContain("--trusted-host", toDo, StringComparison.Ordinal);
        }
    }

    // The constants of the contract, from the source: this test does not refer to the program it runs.
    private static List<string> Codes() =>
        [.. Code().Matches(File.ReadAllText(Repository.PathOf("src", "Anchorage.Trust", "Facts", "FindingCodes.cs"))).Select(match => match.Groups[1].Value)];

    [GeneratedRegex("const string \\w+ = \"([a-z0-9-]+)\";")]
    private static partial Regex Code();

    [GeneratedRegex("## (What to do|处理办法)\n.*?\n## ", RegexOptions.Singleline)]
    private static partial Regex ToDo();
}

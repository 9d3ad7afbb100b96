using System.Text.RegularExpressions;
using Anchorage.Testing;

namespace Anchorage.Server.Tests.Docs;

/// <summary>The documents of the repository: those in its root, and all below docs/.</summary>
internal static partial class Documents
{
    public static IReadOnlyList<string> Names { get; } =
    [
        .. Directory.EnumerateFiles(Repository.Root, "*.md")
            .Concat(Directory.EnumerateFiles(Repository.PathOf("docs"), "*.md", SearchOption.AllDirectories))
            .Select(path => Path.GetRelativePath(Repository.Root, path)).Order(StringComparer.Ordinal),
    ];

    public static string Read(string name) => File.ReadAllText(Repository.PathOf(name)).ReplaceLineEndings("\n");

    /// <summary>The content of the fenced blocks, whatever their language.</summary>
    public static List<string> FencedBlocks(string text) => [.. Fence().Matches(text).Select(match => match.Groups[1].Value)];

    public static string WithoutFencedBlocks(string text) => Fence().Replace(text, "");

    [GeneratedRegex("^```[^\n]*\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();
}

using System.Text.RegularExpressions;
using Anchorage.Server.Tests.Docs;

namespace Anchorage.Server.Tests.Architecture;

/// <summary>The fenced blocks of ARCHITECTURE.md that say who may use whom: lines such as <c>Files -&gt; Audit, Index</c>.</summary>
internal static partial class ArrowTable
{
    /// <summary>Every folder (or project) with what it may use; <c>*</c> = everything, <c>nothing</c> = nothing.</summary>
    public static Dictionary<string, HashSet<string>> Read(string kind)
    {
        var document = Documents.Read("ARCHITECTURE.md");
        var block = Regex.Match(document, $"^```{kind}\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline);
        Assert.True(block.Success, $"ARCHITECTURE.md has no block that begins with ```{kind}.");
        return block.Groups[1].Value.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(ReadLine).ToDictionary();
    }

    private static KeyValuePair<string, HashSet<string>> ReadLine(string line)
    {
        var match = Line().Match(line);
        Assert.True(match.Success, $"ARCHITECTURE.md: '{line}' is not of the form 'Folder -> Folder, Folder'.");
        var targets = match.Groups[2].Value.Split(',', StringSplitOptions.TrimEntries);
        return KeyValuePair.Create(match.Groups[1].Value, targets is ["nothing"] ? [] : targets.ToHashSet());
    }

    [GeneratedRegex(@"^(\w+)\s+->\s+(\*|\w+(?:,\s*\w+)*)$")]
    private static partial Regex Line();
}

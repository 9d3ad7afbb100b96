using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using CsCheck;

namespace Anchorage.Packaging.Tests.Differential;

/// <summary>Core metadata: 2,000 generated files, read and judged by us and by the reference.</summary>
public partial class MetadataDifferentialTests
{
    private static readonly string[] SingleFields =
        ["Summary", "Author", "Author-email", "Home-page", "License", "Requires-Python", "Description-Content-Type", "Maintainer", "Maintainer-email", "Download-URL"];

    private static readonly Dictionary<string, string> MultipleFields = new()
    {
        ["platforms"] = "Platform",
        ["supported_platforms"] = "Supported-Platform",
        ["classifiers"] = "Classifier",
        ["requires_dist"] = "Requires-Dist",
        ["requires_external"] = "Requires-External",
        ["provides_extra"] = "Provides-Extra",
        ["license_files"] = "License-File",
        ["dynamic"] = "Dynamic",
        ["provides"] = "Provides",
        ["requires"] = "Requires",
        ["obsoletes"] = "Obsoletes",
        ["provides_dist"] = "Provides-Dist",
        ["obsoletes_dist"] = "Obsoletes-Dist",
        ["import_names"] = "Import-Name",
        ["import_namespaces"] = "Import-Namespace",
    };

    private static Gen<string> Plain => Gen.OneOfConst("some text", "a: b", "", " ", "x;y", "ünïcödé", "日本", "UNKNOWN", "tail \t", "trailing:", "=?utf-8?q?=41?=", "a,b, c,,");

    /// <summary>Values that each field's rules are about, well-formed ones in the majority.</summary>
    private static Gen<string> ValueOf(string field) => field switch
    {
        "Metadata-Version" => Gen.Frequency((8, Gen.OneOfConst("1.0", "1.2", "2.1", "2.3", "2.4", "2.5")), (1, Gen.OneOfConst("1.3", "2.0", "3.0", "2", "2.10", "x"))),
        "Name" => Gen.Frequency((8, Gen.OneOfConst("a", "Some.Name", "x_y-z")), (1, Gen.OneOfConst("-a", "a b", "ä", ""))),
        "Version" => Gen.Frequency((8, Gen.OneOfConst("1.0", "v2.0-ALPHA", "1!3+local")), (1, Gen.OneOfConst("one", "1.0.", ""))),
        "Requires-Python" => Gen.OneOfConst(">=3.9", ">= 3.8, <4", "", ">=3.6.*", "3.9", "~=3.9", ">=3.9,"),
        "Description-Content-Type" => Gen.OneOfConst("text/markdown", "text/x-rst; charset=UTF-8", "text/plain", "text/markdown; charset=UTF-8; variant=GFM", "text/html",
            "text/markdown; variant=Other", "text/plain; charset=ascii", "Text/Markdown"),
        "Provides-Extra" => Gen.OneOfConst("test", "Dev_1", "-x", "a b", "docs"),
        "Dynamic" => Gen.OneOfConst("Summary", "classifier", "Name", "nothing", "Requires-Dist"),
        "License-File" => Gen.OneOfConst("LICENSE", "licenses/a.txt", "../x", "/abs", "a\\b", "*.txt", "C:/x", "a//b", "./a", "a/"),
        "Import-Name" or "Import-Namespace" => Gen.OneOfConst("a.b", "_x", "a ; private", "class", "1a", "a..b", "a;public", "münchen", ""),
        "Requires-Dist" => Gen.OneOfConst("requests>=2", "a[b]; python_version < '3'", "plain"),
        "Project-URL" => Gen.OneOfConst("Home, https://example.com/", "Docs,http://example.com/a,b", "no comma", ", https://example.com/"),
        _ => Plain,
    };

    private static readonly Gen<string> Line =
        from field in Gen.Frequency(
            (6, Gen.OneOfConst([.. SingleFields, "Keywords", "Description", "Project-URL"])),
            (6, Gen.OneOfConst([.. MultipleFields.Values])),
            (1, Gen.OneOfConst("X-Unknown", "Content-Language", "License-Expressionn", "Metadata-Version", "Name", "Version")))
        from value in ValueOf(field)
        from shape in Gen.Int[0, 15]
        select shape switch
        {
            0 => $"{field.ToUpperInvariant()}: {value}",
            1 => $"{field.ToLowerInvariant()}:{value}",
            2 => $"{field}:  {value}\n        second line",
            3 => $"{field}: {value}\n\t| third",
            4 => $"{field}:\n {value}",
            _ => $"{field}: {value}",
        };

    private static readonly Gen<string> Body = Gen.Frequency(
        (3, Gen.Const("")),
        (3, Gen.OneOfConst("\n# Title\n\nText: with a colon\n", "\nünïcödé\r\nand CRLF\r\n", "\n\n\n", "\nFrom here\n>From there\n", "\nUNKNOWN\n", "no empty line before\n", "\n--boundary\nName: b\n")));

    private static readonly Gen<string> File =
        from format in ValueOf("Metadata-Version")
        from name in ValueOf("Name")
        from version in ValueOf("Version")
        from lines in Line.Array[0, 6]
        from body in Body
        from crlf in Gen.Frequency((5, Gen.Const(false)), (1, Gen.Const(true)))
        let text = string.Join('\n', [$"Metadata-Version: {format}", $"Name: {name}", $"Version: {version}", .. lines]) + "\n" + body
        select crlf ? text.ReplaceLineEndings("\r\n") : text;

    private static readonly Gen<byte[]> Content =
        from text in HostileText.Of(File, "Name: a\n\n\r \t:;-=")
        from damage in Gen.Select(Gen.Int[0, 5000], Gen.Byte[128, 255]).Array[0, 1]
        from isDamaged in Gen.Frequency((20, Gen.Const(false)), (1, Gen.Const(true)))
        select isDamaged ? Damage(Encoding.UTF8.GetBytes(text), damage) : Encoding.UTF8.GetBytes(text);

    private static byte[] Damage(byte[] content, (int At, byte Value)[] damage)
    {
        foreach (var (at, value) in damage)
        {
            if (content.Length > 0)
                content[at % content.Length] = value;
        }
        return content;
    }

    [Fact]
    public async Task Metadata_is_read_and_judged_like_the_reference()
    {
        var files = HostileText.Generate(Content, 2000);
        var verdicts = await Reference.JudgeAsync(
            files.ConvertAll(content => new { kind = "metadata", content = Convert.ToBase64String(content) }), TestContext.Current.CancellationToken);
        var differences = new List<string>();
        var valid = 0;
        foreach (var (content, theirs) in files.Zip(verdicts))
        {
            var found = Compare(content, theirs).ToList();
            valid += theirs.TryGetProperty("faults", out var faults) && faults.GetArrayLength() == 0 ? 1 : 0;
            if (found.Count > 0)
                differences.Add($"{JsonSerializer.Serialize(Encoding.UTF8.GetString(content))}\n  {string.Join("\n  ", found)}");
        }
        TestContext.Current.TestOutputHelper?.WriteLine($"{files.Count} files, {valid} of them valid for the reference");
        Assert.True(differences.Count == 0, $"{differences.Count} differences from the reference:\n{string.Join('\n', differences.Take(20))}");
        Assert.InRange(valid, files.Count / 20, files.Count);
    }

    private static IEnumerable<string> Compare(byte[] content, JsonElement theirs)
    {
        if (theirs.TryGetProperty("fault", out var fault))
        {
            // Python's mail writer, which the reference judges this field with, throws at the line break of a folded value.
            var isFolded = FoldedContentType().IsMatch(Encoding.UTF8.GetString(content));
            return isFolded ? [] : [$"the reference failed: {fault}"];
        }
        var faults = theirs.GetProperty("faults").EnumerateArray().Select(field => field.GetString()!).ToHashSet();
        if (!CoreMetadata.TryParse(content, out var ours, out var problems))
        {
            // NUL is refused here, wherever it stands.
            return faults.Count > 0 || content.Contains((byte)0) ? [] : [$"refused here alone: {string.Join(' ', problems)}"];
        }
        return CompareFields(ours, theirs.GetProperty("raw"), theirs.GetProperty("unparsed")).Concat(CompareFaults(
            ours, faults, theirs.GetProperty("raw"), isComplete: !theirs.GetProperty("unparsed").EnumerateObject().Any()));
    }

    private static IEnumerable<string> CompareFields(CoreMetadata ours, JsonElement raw, JsonElement unparsed)
    {
        foreach (var (name, value) in raw.EnumerateObject().Select(property => (property.Name, property.Value)))
        {
            object? mine, his;
            if (MultipleFields.TryGetValue(name, out var multiple))
                (mine, his) = (Listed(ours.FindAll(multiple), name), Listed([.. value.EnumerateArray().Select(Text).Where(IsKnown)], name));
            else if (name == "project_urls")
                (mine, his) = (ours.ProjectUrls.Select(url => url.Key + "\0" + url.Value), value.EnumerateObject().Select(url => WithoutFirstBreak(url.Name) + "\0" + url.Value.GetString()));
            else if (name == "keywords")
                (mine, his) = (ours.Keywords, value.EnumerateArray().Select(Text).Where(word => word.Length > 0 && IsKnown(word)));
            else if (name == "description")
                (mine, his) = ours.Body.Length > 0 ? (ours.Description, IsKnown(value.GetString()!) ? value.GetString() : null) : (WithoutIndentation(ours.Description), WithoutIndentation(Known(value)));
            else
                (mine, his) = (ours.Find(name.Replace('_', '-')), Known(value));
            if (!Same(mine, his))
                yield return $"{name}: ours {JsonSerializer.Serialize(mine)}, theirs {JsonSerializer.Serialize(his)}";
        }
        foreach (var (name, values) in unparsed.EnumerateObject().Select(property => (property.Name, property.Value.EnumerateArray().Select(Text))))
        {
            // The body is among them where a header says Description too.
            if (name != "description" && !Same(ours.FindAll(name), values.Where(IsKnown)))
                yield return $"{name}: ours {JsonSerializer.Serialize(ours.FindAll(name))}, theirs {JsonSerializer.Serialize(values)}";
        }
    }

    /// <summary>
    /// The reference stops at fields that it cannot place (unknown ones, and single ones that repeat) and judges no others
    /// then. Not compared: Project-URL, which is judged here as the registry does and not at all by the reference; what it
    /// asks of requirements; a value whose line break it keeps, see <see cref="WithoutFirstBreak"/>; and UNKNOWN, which is
    /// no value here and so no invalid one.
    /// </summary>
    private static IEnumerable<string> CompareFaults(CoreMetadata ours, HashSet<string> theirs, JsonElement raw, bool isComplete)
    {
        var mine = ours.FindFaults().Select(fault => fault.Field.ToLowerInvariant()).ToHashSet();
        var folded = raw.EnumerateObject().Where(property => property.Value.GetRawText().Contains("\"\\n", StringComparison.Ordinal) || property.Value.GetRawText().Contains("\"\\r", StringComparison.Ordinal))
            .Select(property => (MultipleFields.GetValueOrDefault(property.Name) ?? property.Name.Replace('_', '-')).ToLowerInvariant());
        var unknown = ours.Fields.Where(field => !IsKnown(field.Value)).Select(field => field.Key.ToLowerInvariant());
        string[] notCompared = ["project-url", "requires-dist", .. folded, .. unknown];
        // Python's mail reader passes over a parameter of a content type that has no '='; here it is a fault.
        var stricter = ours.FindAll("Description-Content-Type").Any(type => type.Split(';').Skip(1).Any(parameter => !parameter.Contains('=', StringComparison.Ordinal)))
            ? "description-content-type" : "";
        foreach (var field in mine.Except(theirs).Except(notCompared).Where(field => isComplete && field != stricter))
            yield return $"{field}: a fault here alone";
        foreach (var field in theirs.Except(mine).Except(notCompared))
            yield return $"{field}: a fault for the reference alone";
    }

    private static bool Same(object? mine, object? his) => (mine, his) switch
    {
        (string or null, string or null) => (string?)mine == (string?)his,
        (IEnumerable<string> left, IEnumerable<string> right) => left.SequenceEqual(right),
        _ => false,
    };

    /// <summary>UNKNOWN is what setuptools wrote for nothing; the reference leaves that to its callers.</summary>
    private static bool IsKnown(string value) => value.Trim() != "UNKNOWN";

    private static string? Known(JsonElement value) => IsKnown(Text(value)) ? Text(value) : null;

    private static string Text(JsonElement value) => WithoutFirstBreak(value.GetString()!);

    /// <summary>Python's mail parser before 3.13.1 keeps the line break of a value that begins on its second line.</summary>
    private static string WithoutFirstBreak(string value) => value.TrimStart(' ', '\t', '\r', '\n');

    /// <summary>PEP 794: one empty Import-Name says that there is nothing to import, which the reference turns into an empty list.</summary>
    private static IEnumerable<string> Listed(IReadOnlyList<string> values, string name) => name == "import_names" && values is [""] ? [] : values;

    /// <summary>The reference leaves the indentation of a folded Description to its callers too.</summary>
    private static string? WithoutIndentation(string? text) => text is null ? null : string.Join('\n', text.Split('\n').Select(line => line.TrimStart(' ').TrimStart('|')));

    [GeneratedRegex(@"^description-content-type:[^\r\n]*(\r\n|\r|\n)[ \t]", RegexOptions.IgnoreCase | RegexOptions.Multiline)]
    private static partial Regex FoldedContentType();
}

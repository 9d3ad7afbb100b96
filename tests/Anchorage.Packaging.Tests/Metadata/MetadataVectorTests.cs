using System.Text;
using System.Text.Json;

namespace Anchorage.Packaging.Tests.Metadata;

/// <summary>Core metadata as the reference implementation reads and judges it.</summary>
public class MetadataVectorTests
{
    private const string ReferenceTests = "packaging-vectors/test_metadata.json";

    private static readonly Dictionary<string, string> SingleFields = new()
    {
        ["metadata_version"] = "Metadata-Version",
        ["name"] = "Name",
        ["version"] = "Version",
        ["summary"] = "Summary",
        ["author"] = "Author",
        ["author_email"] = "Author-email",
        ["home_page"] = "Home-page",
        ["license"] = "License",
        ["requires_python"] = "Requires-Python",
        ["description_content_type"] = "Description-Content-Type",
        ["license_expression"] = "License-Expression",
        ["maintainer"] = "Maintainer",
        ["maintainer_email"] = "Maintainer-email",
        ["download_url"] = "Download-URL",
    };

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

    [Fact]
    public void Metadata_of_real_files_reads_like_the_reference()
    {
        var count = 0;
        foreach (var artifact in RealDistributions.All().Where(artifact => artifact.TryGetProperty("metadata_member", out _)))
        {
            var path = RealDistributions.FullPath(artifact);
            var expected = artifact.GetProperty("metadata");
            var bytes = RealDistributions.ReadMember(path, artifact.GetProperty("metadata_member").GetString()!);
            if (bytes is null)
                continue;
            Assert.Equal(artifact.GetProperty("metadata_sha256").GetString(), Sha256Digest.Of(bytes).ToString());
            count++;
            if (!CoreMetadata.TryParse(bytes, out var metadata, out var problems))
            {
                Assert.False(artifact.GetProperty("valid").GetBoolean(), path + ": " + string.Join(" ", problems));
                continue;
            }
            foreach (var (key, field) in SingleFields)
                AssertText(Known(expected, key) ?? "", metadata.Find(field) ?? "");
            foreach (var (key, field) in MultipleFields)
            {
                var values = expected.TryGetProperty(key, out var array) ? array.EnumerateArray().Select(value => value.GetString()).Where(value => value != "UNKNOWN") : [];
                Assert.Equal(values, metadata.FindAll(field));
            }
            Assert.Equal(Keywords(expected), metadata.Keywords);
            Assert.Equal(
                expected.TryGetProperty("project_urls", out var urls) ? urls.EnumerateObject().Select(url => (url.Name, url.Value.GetString()!)).Order() : [],
                metadata.ProjectUrls.Select(url => (url.Key, url.Value)).Order());
            AssertText(expected.TryGetProperty("description", out var text) ? text.GetString()! : "", metadata.Description ?? "");
        }
        Vectors.AssertCount(184, count);
    }

    [Fact]
    public void What_the_reference_calls_valid_has_no_faults_and_what_it_refuses_has_some()
    {
        var count = 0;
        foreach (var artifact in RealDistributions.All().Where(artifact => artifact.TryGetProperty("metadata_member", out _)))
        {
            var path = RealDistributions.FullPath(artifact);
            var bytes = RealDistributions.ReadMember(path, artifact.GetProperty("metadata_member").GetString()!);
            if (bytes is null)
                continue;
            var isReadable = CoreMetadata.TryParse(bytes, out var metadata, out var problems);
            var faults = isReadable ? metadata!.FindFaults() : [new MetadataFault("", string.Join(' ', problems), false)];
            // A known difference: UNKNOWN is no value here, so it cannot be an invalid one.
            var errors = artifact.TryGetProperty("errors", out var list)
                ? list.EnumerateArray().Select(error => error.GetString()!).Where(error => !error.Contains("'UNKNOWN'", StringComparison.Ordinal)).ToList()
                : [];
            Assert.True(
                (errors.Count == 0) == (faults.Count == 0),
                $"{path}: {string.Join(' ', faults)} / {string.Join(' ', errors)}");
            // What only came too early for its Metadata-Version is tolerable; nothing else is.
            Assert.Equal(errors.All(error => error.Contains("introduced in", StringComparison.Ordinal)), faults.All(fault => fault.IsTolerable));
            count++;
        }
        Vectors.AssertCount(184, count);
    }

    [Fact]
    public void The_reference_example_with_every_field_is_valid()
    {
        var text = File.ReadAllText(Vectors.PathOf("packaging/metadata/everything.metadata"));
        var metadata = Parse(text);
        var fault = Assert.Single(metadata.FindFaults());
        Assert.Equal("ThisIsNotReal", fault.Field);
        Assert.True(fault.IsTolerable);
        Assert.Equal("This description intentionally left blank.\n", metadata.Description);
        Assert.Equal(["_beaglevote ; private", "beaglevote"], metadata.FindAll("import-name").Order(StringComparer.Ordinal));
        Assert.Equal("This software may only be obtained by sending the\n        author a postcard, and then the user promises not\n        to redistribute it.", metadata.Find("License"));
    }

    [Fact]
    public void Fields_that_may_stand_once_are_refused_twice_and_others_repeat()
    {
        var single = Vectors.Cases(ReferenceTests, "TestRawMetadata.test_non_repeating_fields_repeated");
        foreach (var key in single.Select(key => key.GetString()!))
        {
            var field = key == "description" ? "Description" : SingleFields[key];
            var text = $"{Minimal}{field}: 1.0\n{field.ToUpperInvariant()}: 1.0\n";
            if (CoreMetadata.TryParse(Encoding.UTF8.GetBytes(text), out var metadata, out _))
                Assert.Contains(metadata.FindFaults(), fault => fault.Field == field && !fault.IsTolerable);
            else
                Assert.Contains(key, (string[])["metadata_version", "name", "version"]);
        }
        var multiple = Vectors.Cases(ReferenceTests, "TestRawMetadata.test_repeating_fields_repeated");
        foreach (var key in multiple.Select(key => key.GetString()!))
        {
            var metadata = Parse($"{Minimal}{MultipleFields[key]}: a\n{MultipleFields[key].ToLowerInvariant()}: b\n");
            Assert.Equal(["a", "b"], metadata.FindAll(MultipleFields[key]));
        }
        Vectors.AssertCount(30, single.Count + multiple.Count);
    }

    [Fact]
    public void Keywords_and_project_urls_split_like_the_reference()
    {
        var keywords = Vectors.Cases(ReferenceTests, "TestRawMetadata.test_keywords");
        foreach (var pair in keywords)
            Assert.Equal(pair[1].EnumerateArray().Select(word => word.GetString()), Parse($"{Minimal}Keywords: {pair[0].GetString()}\n").Keywords);
        var urls = Vectors.Cases(ReferenceTests, "TestRawMetadata.test_project_urls_parsing");
        foreach (var pair in urls)
        {
            Assert.Equal(
                pair[1].EnumerateObject().Select(url => (url.Name, url.Value.GetString()!)),
                Parse($"{Minimal}Project-URL: {pair[0].GetString()}\n").ProjectUrls.Select(url => (url.Key, url.Value)));
        }
        Vectors.AssertCount(15, keywords.Count + urls.Count);
    }

    [Theory]
    [InlineData("TestMetadata.test_valid_metadata_version", "Metadata-Version", true, 9)]
    [InlineData("TestMetadata.test_invalid_metadata_version", "Metadata-Version", false, 2)]
    [InlineData("TestMetadata.test_invalid_summary", "Summary", false, 3)]
    [InlineData("TestMetadata.test_valid_description_content_type", "Description-Content-Type", true, 12)]
    [InlineData("TestMetadata.test_invalid_description_content_type", "Description-Content-Type", false, 7)]
    [InlineData("TestMetadata.test_from_email_wraps_description_content_type_parse_errors", "Description-Content-Type", false, 5)]
    [InlineData("TestMetadata.test_disallowed_dynamic", "Dynamic", false, 3)]
    [InlineData("TestMetadata.test_valid_license_files", "License-File", true, 3)]
    [InlineData("TestMetadata.test_invalid_license_files", "License-File", false, 6)]
    [InlineData("TestMetadata.test_invalid_import_names_identifier", "Import-Name", false, 6)]
    public void Values_are_judged_like_the_reference(string test, string field, bool isValid, int count)
    {
        var cases = Vectors.Cases(ReferenceTests, test);
        foreach (var value in cases)
        {
            if (value.ValueKind == JsonValueKind.String && value.GetString() is "import_names" or "import_namespaces")
                continue;
            var values = value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().Select(item => item.GetString()!) : [value.GetString()!];
            var fields = string.Concat(values.Select(text => $"{field}: {text.Replace("\r", "\r ", StringComparison.Ordinal)}\n"));
            var metadata = Parse(field == "Metadata-Version" ? $"{fields}Name: a\nVersion: 1\n" : Minimal + fields);
            Assert.Equal(isValid, metadata.FindFaults().Count == 0);
        }
        Vectors.AssertCount(count, cases.Count);
    }

    [Fact]
    public void Project_urls_that_the_registry_refuses_are_faults()
    {
        var cases = Vectors.Cases("warehouse-vectors/forklift__test_metadata.json", "test_invalid_project_urls");
        foreach (var value in cases)
        {
            var text = value.ValueKind == JsonValueKind.String ? value.GetString() : new string('a', 100) + ", https://example.com/";
            Assert.Contains(Parse($"{Minimal}Project-URL: {text}\n").FindFaults(), fault => fault.Field == "Project-URL");
        }
        Vectors.AssertCount(5, cases.Count);
    }

    /// <summary>The oracle cuts long values and notes how many characters they had.</summary>
    private static void AssertText(string expected, string actual)
    {
        if (expected.Trim() is "UNKNOWN" or "")
        {
            Assert.Equal("", actual.Trim());
            return;
        }
        var cut = expected.LastIndexOf("…(", StringComparison.Ordinal);
        if (cut > 0 && expected.EndsWith(')'))
            Assert.StartsWith(WithoutIndentation(expected[..cut]), WithoutIndentation(actual), StringComparison.Ordinal);
        else
            Assert.Equal(WithoutIndentation(expected), WithoutIndentation(actual));
    }

    internal const string Minimal = "Metadata-Version: 2.6\nName: a\nVersion: 1.0\n";

    internal static CoreMetadata Parse(string text)
    {
        Assert.True(CoreMetadata.TryParse(Encoding.UTF8.GetBytes(text), out var metadata, out var problems), string.Join(' ', problems));
        return metadata;
    }

    private static string? Known(JsonElement expected, string key) =>
        expected.TryGetProperty(key, out var value) && value.GetString() != "UNKNOWN" ? value.GetString() : null;

    private static IEnumerable<string> Keywords(JsonElement expected) =>
        expected.TryGetProperty("keywords", out var words) ? words.EnumerateArray().Select(word => word.GetString()!).Where(word => word is not ("" or "UNKNOWN")) : [];

    /// <summary>
    /// The reference leaves the indentation of a folded Description header to its callers; and Python before 3.13 kept
    /// the line break of a value that starts on its second line.
    /// </summary>
    private static string WithoutIndentation(string text) => string.Join('\n', text.Split('\n').Select(line => line.TrimStart())).TrimStart('\n');
}

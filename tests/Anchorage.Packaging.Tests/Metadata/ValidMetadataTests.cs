using System.Text;
using System.Text.Json;

namespace Anchorage.Packaging.Tests.Metadata;

public class ValidMetadataTests
{
    private const string MetadataTests = "packaging-vectors/test_metadata.json";

    [Fact]
    public void Every_field_of_the_reference_example_has_its_type()
    {
        var metadata = Read(File.ReadAllBytes(Vectors.PathOf("packaging/metadata/everything.metadata")));
        var empty = typeof(ValidMetadata).GetProperties().Where(property => property.GetValue(metadata) is null or System.Collections.ICollection { Count: 0 });
        Assert.Equal(["ObsoletesDist", "Requires", "Provides", "Obsoletes"], empty.Select(property => property.Name));
    }

    [Fact]
    public void Names_of_imports_tell_private_ones_and_nothing_from_unknown()
    {
        var metadata = Read("Metadata-Version: 2.5\nName: a\nVersion: 1\nImport-Name: a.b\nImport-Name: _c ; private\n"u8);
        Assert.Equal([new ImportName("a.b", false), new ImportName("_c", true)], metadata.ImportNames!);
        Assert.Null(metadata.ImportNamespaces);
        Assert.Empty(Read("Metadata-Version: 2.5\nName: a\nVersion: 1\nImport-Name:\n"u8).ImportNames!);
    }

    [Fact]
    public void Absent_fields_are_empty()
    {
        var cases = Vectors.Cases(MetadataTests, "TestMetadata.test_optional_defaults_to_none");
        var metadata = Read("Metadata-Version: 2.6\nName: a\nVersion: 1\n"u8);
        foreach (var field in cases.Select(item => item.GetString()!))
        {
            var name = string.Concat(field.Split('_').Select(word => char.ToUpperInvariant(word[0]) + word[1..]));
            var property = typeof(ValidMetadata).GetProperty(name == "Classifiers" ? "ClassifierTexts" : name);
            Assert.True(property is not null, field);
            Assert.True(property.GetValue(metadata) is null or System.Collections.ICollection { Count: 0 } || property.GetValue(metadata) == VersionSpecifiers.Any, field);
        }
        Vectors.AssertCount(29, cases.Count);
    }

    [Fact]
    public void One_invalid_field_is_enough_to_be_refused()
    {
        Assert.True(CoreMetadata.TryParse("Metadata-Version: 2.1\nName: a\nVersion: 1\nRequires-Dist: ???\nLicense-File: x\n"u8, out var raw, out _));
        Assert.False(ValidMetadata.TryRead(raw, out _, out var faults));
        Assert.Equal(2, faults.Count);
    }

    [Fact]
    public void Required_fields_are_required()
    {
        var cases = Vectors.Cases(MetadataTests, "TestMetadata.test_required_fields_missing");
        foreach (var field in cases.Select(item => item.GetString()!))
        {
            var text = string.Join('\n', ((string[])["Metadata-Version: 2.3", "Name: a", "Version: 1"]).Where(line => !line.StartsWith(field.Replace('_', '-'), StringComparison.OrdinalIgnoreCase)));
            Assert.False(CoreMetadata.TryParse(Encoding.UTF8.GetBytes(text), out _, out _), field);
        }
        Vectors.AssertCount(3, cases.Count);
    }

    [Fact]
    public void Required_fields_given_twice_are_refused()
    {
        var cases = Vectors.Cases(MetadataTests, "TestMetadata.test_from_email_deduplicates_unparsed_required_fields");
        foreach (var row in cases)
            Assert.False(CoreMetadata.TryParse(Encoding.UTF8.GetBytes(row[0].GetString()!), out _, out _), row.GetRawText());
        Vectors.AssertCount(3, cases.Count);
    }

    [Fact]
    public void Python_versions_are_read()
    {
        var cases = Vectors.Cases(MetadataTests, "TestMetadata.test_valid_requires_python");
        foreach (var text in cases.Select(item => item.GetString()!))
            Assert.Equal(VersionSpecifiers.Parse(text).ToString(), Read(Encoding.UTF8.GetBytes($"Metadata-Version: 2.3\nName: a\nVersion: 1\nRequires-Python: {text}\n")).RequiresPython.ToString());
        Vectors.AssertCount(3, cases.Count);
    }

    [Fact]
    public void Labels_of_URLs_are_normalised_like_the_registry_does()
    {
        var cases = Vectors.Cases("warehouse-vectors/forklift__test_metadata.json", "test_normalize_project_url_label");
        foreach (var row in cases)
            Assert.Equal(row[1].GetString(), ProjectUrlLabel.Normalize(row[0].GetString()!));
        Vectors.AssertCount(7, cases.Count);
        Assert.Equal("source", ProjectUrlLabel.FindWellKnown("GitHub"));
        Assert.Equal("changelog", ProjectUrlLabel.FindWellKnown("What's New?"));
        Assert.Null(ProjectUrlLabel.FindWellKnown("Chat"));
    }

    private static ValidMetadata Read(ReadOnlySpan<byte> content)
    {
        Assert.True(CoreMetadata.TryParse(content, out var raw, out var problems), string.Join(' ', problems));
        Assert.True(ValidMetadata.TryRead(raw, out var metadata, out var faults), string.Join(' ', faults.Select(fault => fault.Message)));
        return metadata;
    }
}

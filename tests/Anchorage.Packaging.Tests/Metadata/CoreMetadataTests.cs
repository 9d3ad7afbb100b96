using System.Text;
using CsCheck;

namespace Anchorage.Packaging.Tests.Metadata;

public class CoreMetadataTests
{
    private const string Minimal = MetadataVectorTests.Minimal;

    private static CoreMetadata Parse(string text) => MetadataVectorTests.Parse(text);

    private static string Refusal(byte[] content)
    {
        Assert.False(CoreMetadata.TryParse(content, out _, out var problems));
        return string.Join(' ', problems);
    }

    private static string Refusal(string text) => Refusal(Encoding.UTF8.GetBytes(text));

    [Fact]
    public void Name_and_version_are_parsed_and_the_written_name_is_kept()
    {
        var metadata = Parse("Metadata-Version: 2.1\nName: Foo.Bar\nVersion: 1.0-ALPHA\n");
        Assert.Equal("Foo.Bar", metadata.DisplayName);
        Assert.Equal("foo-bar", metadata.Name.ToString());
        Assert.Equal("1.0a0", metadata.Version.ToString());
        Assert.Null(metadata.Description);
        Assert.Null(metadata.RequiresPython);
    }

    [Fact]
    public void All_faults_of_the_identity_are_told_at_once()
    {
        var problems = Refusal("Metadata-Version: 3.0\nName: -x\nVersion: one\n");
        Assert.Contains("Metadata-Version '3.0'", problems, StringComparison.Ordinal);
        Assert.Contains("Name '-x'", problems, StringComparison.Ordinal);
        Assert.Contains("Version 'one'", problems, StringComparison.Ordinal);
        Assert.Equal("Metadata-Version is missing. Name is missing. Version is missing.", Refusal(""));
        Assert.Contains("Name is given more than once", Refusal(Minimal + "name: b\n"), StringComparison.Ordinal);
    }

    [Fact]
    public void Text_that_databases_or_readers_would_disagree_about_is_refused()
    {
        Assert.Contains("UTF-8", Refusal([.. Encoding.UTF8.GetBytes(Minimal + "Author: "), 0xFF, 0x0A]), StringComparison.Ordinal);
        Assert.Contains("NUL", Refusal(Minimal + "Author: a\0b\n"), StringComparison.Ordinal);
    }

    [Fact]
    public void Size_and_number_of_fields_are_bounded()
    {
        Assert.Contains("bytes", Refusal(new byte[CoreMetadata.MaxBytes + 1]), StringComparison.Ordinal);
        Assert.Contains("20000 fields", Refusal(Minimal + string.Concat(Enumerable.Repeat("a:\n", 100_000))), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    [InlineData("\r")]
    public void Every_line_break_ends_a_line(string lineBreak)
    {
        var metadata = Parse($"{Minimal}Summary: x\n\nbody\n".Replace("\n", lineBreak, StringComparison.Ordinal));
        Assert.Equal("x", metadata.Find("Summary"));
        Assert.Equal("body" + lineBreak, metadata.Description);
    }

    [Fact]
    public void The_first_line_that_is_no_header_starts_the_body()
    {
        var metadata = Parse(Minimal + "no header here\nSummary: part of the body\n");
        Assert.Null(metadata.Find("Summary"));
        Assert.Equal("no header here\nSummary: part of the body\n", metadata.Description);
    }

    [Fact]
    public void A_folded_description_loses_the_indentation_of_the_format()
    {
        var metadata = Parse(Minimal + "Description: First\n        second\n       |  third\n");
        Assert.Equal("First\nsecond\n  third", metadata.Description);
    }

    [Fact]
    public void A_description_in_both_places_is_a_fault_and_the_body_is_taken()
    {
        var metadata = Parse(Minimal + "Description: one\n\ntwo");
        Assert.Equal("two", metadata.Description);
        Assert.Contains(metadata.FindFaults(), fault => fault.Field == "Description");
    }

    [Fact]
    public void Unknown_means_absent()
    {
        var metadata = Parse("Metadata-Version: 1.0\nName: a\nVersion: 1\nAuthor: UNKNOWN\nPlatform: UNKNOWN\nDescription: UNKNOWN\n");
        Assert.Null(metadata.Find("author"));
        Assert.Empty(metadata.FindAll("platform"));
        Assert.Null(metadata.Description);
    }

    [Theory]
    [InlineData("./LICENSE")]
    [InlineData("licenses//LICENSE")]
    [InlineData("licenses/")]
    public void A_license_file_has_one_spelling(string path) =>
        Assert.Equal("License-File", Assert.Single(Parse(Minimal + $"License-File: {path}\n").FindFaults()).Field);

    [Fact]
    public void A_message_quotes_nothing_that_would_break_a_line()
    {
        var metadata = Parse(Minimal + "License-File: ../\n \u202e\u0085" + new string('x', 1000) + "\n");
        var fault = Assert.Single(metadata.FindFaults());
        Assert.True(fault.Message.Length < 200);
        Assert.DoesNotContain(fault.Message, c => char.IsControl(c) || c == '\u202e');
    }

    [Fact]
    public void Any_bytes_are_answered_without_an_exception()
    {
        var line = Gen.OneOf(
            Gen.OneOfConst("Metadata-Version: 2.4", "Name: a", "Version: 1", "Summary:", " folded", "\t", ":", "From x", "", "Description: a", "Dynamic: x", "Project-URL: ,", "Import-Name: a;"),
            Gen.String);
        Gen.Select(line, Gen.OneOfConst("\n", "\r\n", "\r")).Array[0, 12].Select(lines => string.Concat(lines.Select(pair => pair.Item1 + pair.Item2))).Sample(text =>
        {
            if (CoreMetadata.TryParse(Encoding.UTF8.GetBytes(text), out var metadata, out var problems))
                Assert.NotNull(metadata.FindFaults());
            else
                Assert.NotEmpty(problems);
        });
        Gen.Byte.Array.Sample(bytes => CoreMetadata.TryParse(bytes, out _, out var problems) || problems.Count > 0);
    }
}

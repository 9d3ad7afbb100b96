using System.Buffers;
using System.Text;
using System.Text.Json;
using CsCheck;

namespace Anchorage.Packaging.Tests.DirectUrls;

public class DirectUrlTests
{
    private const string Tests = "packaging-vectors/test_direct_url.json";

    [Fact]
    public void What_was_read_is_written_the_same()
    {
        var cases = Vectors.Cases(Tests, "test_direct_url_round_trips");
        foreach (var document in cases)
            Assert.True(JsonElement.DeepEquals(document, JsonElement.Parse(Write(Read(document.GetRawText())))), document.GetRawText());
        Vectors.AssertCount(5, cases.Count);
    }

    [Fact]
    public void There_is_exactly_one_origin()
    {
        var cases = Vectors.Cases(Tests, "test_one_info_field");
        foreach (var document in cases)
            Assert.Contains("exactly one", Refuse(document.GetRawText()), StringComparison.Ordinal);
        Vectors.AssertCount(3, cases.Count);
    }

    [Fact]
    public void A_directory_has_an_absolute_file_URL()
    {
        var valid = Vectors.Cases(Tests, "test_dir_info_url_file_absolute_case_insensitive");
        foreach (var url in valid)
            Assert.IsType<DirectoryOrigin>(Read($$$"""{"url": {{{url.GetRawText()}}}, "dir_info": {}}""").Origin);
        var invalid = Vectors.Cases(Tests, "test_dir_info_url_requires_absolute_file_url");
        foreach (var url in invalid)
            Assert.Contains("absolute file URL", Refuse($$$"""{"url": {{{url.GetRawText()}}}, "dir_info": {}}"""), StringComparison.Ordinal);
        Vectors.AssertCount(9, valid.Count + invalid.Count);
    }

    [Fact]
    public void Credentials_are_removed_like_the_reference_removes_them()
    {
        var cases = Vectors.Cases(Tests, "test_strip_url");
        foreach (var row in cases)
        {
            var url = new DirectUrl(row[0].GetString()!, new ArchiveOrigin(new Dictionary<string, string>()));
            Assert.Equal(row[2].GetString(), url.Redacted([.. row[1].EnumerateArray().Select(user => user.GetString()!)]).Url);
        }
        Vectors.AssertCount(11, cases.Count);
    }

    [Fact]
    public void No_text_for_people_holds_a_password()
    {
        var url = Read("""{"url": "https://user:hunter2@example.com/a.zip", "archive_info": {}}""");
        Assert.DoesNotContain("hunter2", url.ToString(), StringComparison.Ordinal);
        Assert.Contains("hunter2", Write(url), StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", Refuse("""{"url": "https://user:hunter2@example.com/a", "dir_info": {}}"""), StringComparison.Ordinal);
    }

    [Fact]
    public void The_old_field_for_the_digest_is_read()
    {
        Assert.Equal("aa", ((ArchiveOrigin)Read("""{"url": "https://x/a", "archive_info": {"hash": "sha256=aa"}}""").Origin).Hashes["sha256"]);
        Assert.Single(((ArchiveOrigin)Read("""{"url": "https://x/a", "archive_info": {"hash": "sha256=aa", "hashes": {"sha256": "aa"}}}""").Origin).Hashes);
        Refuse("""{"url": "https://x/a", "archive_info": {"hash": "sha256=aa", "hashes": {"sha256": "bb"}}}""");
        Refuse("""{"url": "https://x/a", "archive_info": {"hash": "sha256=aa", "hashes": {"md5": "aa"}}}""");
        Refuse("""{"url": "https://x/a", "archive_info": {"hash": "aa"}}""");
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"url": 1, "archive_info": {}}""")]
    [InlineData("""{"url": "https://x/a", "archive_info": []}""")]
    [InlineData("""{"url": "https://x/a", "archive_info": {"hashes": {"sha256": 1}}}""")]
    [InlineData("""{"url": "https://x/a", "url": "https://y/a", "archive_info": {}}""")]
    [InlineData("""{"url": "https://x/a", "vcs_info": {"vcs": "git"}}""")]
    [InlineData("""{"url": "https://x/a", "vcs_info": {"commit_id": "git"}}""")]
    [InlineData("""{"url": "file:///a", "dir_info": {"editable": "yes"}}""")]
    [InlineData("""{"url": "\ud800", "archive_info": {}}""")]
    [InlineData("""{"url": "https://x/a", "archive_info": {"hashes": {"\ud800": "x"}}}""")]
    [InlineData("""{"url": "https://x/a", "archive_info": {"hashes": {"sha\u000026": 1}}}""")]
    [InlineData("""{"url": "https://x/a", "archive_info": {"hashes": {"sha\u000026": null}}}""")]
    [InlineData("""{"url": "https://x/a", "archive_info": {}} x""")]
    public void Malformed_documents_are_refused_with_a_reason(string text) => Assert.DoesNotContain(Refuse(text), char.IsControl);

    [Fact]
    public void Any_direct_URL_survives_being_written()
    {
        var text = Gen.String[Gen.Char["abc \"\\é/:@\u2028"], 0, 12];
        var origin = Gen.OneOf(
            Gen.Select(text, text, text.Null(), (system, commit, revision) => (DirectUrlOrigin)new RepositoryOrigin(system, commit, revision)),
            Gen.Dictionary(text, text)[0, 3].Select(hashes => (DirectUrlOrigin)new ArchiveOrigin(hashes)));
        Gen.Select(text, origin, text.Null()).Sample((url, from, folder) =>
        {
            var directUrl = new DirectUrl(url, from, folder);
            return Read(Write(directUrl)) == directUrl;
        });
    }

    private static DirectUrl Read(string text)
    {
        Assert.True(DirectUrl.TryParse(Encoding.UTF8.GetBytes(text), out var url, out var problem), problem);
        return url;
    }

    private static string Refuse(string text)
    {
        Assert.False(DirectUrl.TryParse(Encoding.UTF8.GetBytes(text), out _, out var problem), text);
        return problem;
    }

    private static string Write(DirectUrl url)
    {
        var output = new ArrayBufferWriter<byte>();
        url.WriteTo(output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}

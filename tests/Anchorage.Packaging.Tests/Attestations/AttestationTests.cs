using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Anchorage.Packaging.Tests.Attestations;

/// <summary>Real attestations and provenances with the files that they are about, and what may not stand in one.</summary>
public class AttestationTests
{
    [Fact]
    public void Real_attestations_are_about_the_file_beside_them()
    {
        var count = 0;
        foreach (var path in Documents("*.attestation"))
        {
            var attestation = Read(File.ReadAllBytes(path));
            var name = Path.GetFileName(path)[..(Path.GetFileName(path).IndexOf(".tar.gz", StringComparison.Ordinal) is > 0 and var end ? end + 7 : Path.GetFileName(path).IndexOf(".whl", StringComparison.Ordinal) + 4)];
            Assert.True(AttestedStatement.IsSameFile(attestation.Statement.Filename, Name(name)), path);
            Assert.Single(attestation.TransparencyEntries);
            Assert.Equal(0x30, attestation.Certificate.Span[0]);
            var file = Path.Combine(Path.GetDirectoryName(path)!, name);
            if (File.Exists(file))
                Assert.Null(attestation.FindMismatch(Name(name), Sha256Digest.Of(File.ReadAllBytes(file))));
            Assert.NotNull(attestation.FindMismatch(Name(name), Sha256Digest.Of("other"u8)));
            Assert.NotNull(attestation.FindMismatch(Name("other-1.0.tar.gz"), attestation.Statement.Digest));
            AssertWrittenTheSame(path, attestation.WriteTo);
            Assert.True(Attestation.TryParseUpload(Encoding.UTF8.GetBytes($"[{File.ReadAllText(path)}]"), out var list, out var problem), problem);
            Assert.Single(list);
            count++;
        }
        Vectors.AssertCount(8, count);
    }

    [Fact]
    public void Real_provenances_are_read_and_written()
    {
        var count = 0;
        foreach (var path in Documents("*.provenance"))
        {
            Assert.True(Provenance.TryParse(File.ReadAllBytes(path), out var provenance, out var problem), $"{path}: {problem}");
            var statement = provenance.Bundles[0].Attestations[0].Statement;
            Assert.Null(provenance.FindMismatch(statement.Filename, statement.Digest));
            Assert.NotNull(provenance.FindMismatch(Name("other-1.0.tar.gz"), statement.Digest));
            Assert.NotEmpty(provenance.Bundles[0].Publisher.Kind);
            AssertWrittenTheSame(path, provenance.WriteTo);
            count++;
        }
        Vectors.AssertCount(3, count);
    }

    [Fact]
    public void Bundles_of_another_format_are_no_attestations()
    {
        var files = Directory.EnumerateFiles(Vectors.PathOf("pypi-attestations"), "*.sigstore").ToList();
        foreach (var path in files)
            Assert.False(Attestation.TryParse(File.ReadAllBytes(path), out _, out _), path);
        Vectors.AssertCount(2, files.Count);
    }

    [Fact]
    public void Uploads_that_the_registry_refuses_are_refused()
    {
        var cases = Vectors.Cases("warehouse-vectors/forklift__test_legacy.json", "test_upload_fails_attestation_error");
        foreach (var value in cases)
        {
            var text = value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
            Assert.False(Attestation.TryParseUpload(Encoding.UTF8.GetBytes(text), out _, out _), text);
        }
        Vectors.AssertCount(5, cases.Count);
    }

    [Fact]
    public void An_upload_has_at_most_one_attestation_of_each_kind()
    {
        var publish = File.ReadAllText(Vectors.PathOf("pypi-attestations/pypi_attestations-0.0.19.tar.gz.publish.attestation"));
        var slsa = File.ReadAllText(Vectors.PathOf("pypi-attestations/pypi_attestations-0.0.19.tar.gz.slsa.attestation"));
        Assert.True(Attestation.TryParseUpload(Encoding.UTF8.GetBytes($"[{publish},{slsa}]"), out var both, out _));
        Assert.Equal(2, both.Count);
        Assert.False(Attestation.TryParseUpload(Encoding.UTF8.GetBytes($"[{publish},{publish}]"), out _, out var problem));
        Assert.Contains("at most one", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void The_tags_of_a_wheel_may_stand_in_any_order()
    {
        var statement = Statement("demo-1.0-py2.py3-none-any.whl");
        var attestation = Read(Document(statement));
        Assert.Null(attestation.FindMismatch(Name("Demo-1.0-py3.py2-none-any.whl"), Digest));
        Assert.NotNull(attestation.FindMismatch(Name("demo-1.0-1-py3.py2-none-any.whl"), Digest));
        Assert.NotNull(attestation.FindMismatch(Name("demo-1.0-py3-none-any.whl"), Digest));
        Assert.NotNull(attestation.FindMismatch(Name("demo-1.0.tar.gz"), Digest));
    }

    [Fact]
    public void Predicates_that_nobody_knows_are_read_and_agree_with_no_file()
    {
        var attestation = Read(Document(Statement("demo-1.0.tar.gz").Replace("publish/v1", "publish/v9", StringComparison.Ordinal)));
        Assert.Contains("predicate type", attestation.FindMismatch(Name("demo-1.0.tar.gz"), Digest), StringComparison.Ordinal);
        Assert.False(Attestation.TryParseUpload(Encoding.UTF8.GetBytes($"[{Encoding.UTF8.GetString(Document(Statement("demo-1.0.tar.gz").Replace("publish/v1", "publish/v9", StringComparison.Ordinal)))}]"), out _, out _));
    }

    [Theory]
    [InlineData("Statement/v1", "Statement/v2")]
    [InlineData("\"subject\":[{", "\"subject\":[{\"name\":\"demo-1.0.tar.gz\",\"digest\":{\"sha256\":\"00\"}},{")]
    [InlineData("demo-1.0.tar.gz", "demo-1.0.exe")]
    [InlineData("demo-1.0.tar.gz", "../demo-1.0.tar.gz")]
    [InlineData("\"sha256\"", "\"sha512\"")]
    [InlineData("predicateType", "predicate_type")]
    [InlineData("}", "")]
    [InlineData("{\"_type\"", "{\"_type\":\"x\",\"_type\"")]
    public void Statements_that_break_a_rule_are_refused(string old, string replacement)
    {
        var statement = Statement("demo-1.0.tar.gz");
        Read(Document(statement));
        Assert.False(Attestation.TryParse(Document(statement.Replace(old, replacement, StringComparison.Ordinal)), out _, out var problem));
        Assert.DoesNotContain(problem, char.IsControl);
    }

    [Theory]
    [InlineData("\"version\":1", "\"version\":2")]
    [InlineData("\"version\":1", "\"version\":\"1\"")]
    [InlineData("[{}]", "[]")]
    [InlineData("[{}]", "[1]")]
    [InlineData("[{}]", "{}")]
    [InlineData("\"MAA=\"", "\"MAA\"")]
    [InlineData("\"MAA=\"", "1")]
    [InlineData("envelope", "envelop")]
    [InlineData("signature", "sign")]
    public void Envelopes_that_break_a_rule_are_refused(string old, string replacement)
    {
        var document = Encoding.UTF8.GetString(Document(Statement("demo-1.0.tar.gz")));
        Assert.Contains(old, document, StringComparison.Ordinal);
        Assert.False(Attestation.TryParse(Encoding.UTF8.GetBytes(document.Replace(old, replacement, StringComparison.Ordinal)), out _, out _));
    }

    [Fact]
    public void A_provenance_without_attestations_is_refused()
    {
        Assert.False(Provenance.TryParse("""{"version":1,"attestation_bundles":[]}"""u8.ToArray(), out _, out _));
        Assert.False(Provenance.TryParse("""{"version":1,"attestation_bundles":[{"publisher":{"kind":"GitHub"},"attestations":[]}]}"""u8.ToArray(), out _, out _));
        Assert.False(Provenance.TryParse("""{"version":1,"attestation_bundles":[{"publisher":{},"attestations":[]}]}"""u8.ToArray(), out _, out _));
        Assert.Throws<ArgumentException>(() => new Provenance([]));
    }

    private static readonly Sha256Digest Digest = Sha256Digest.Of("demo"u8);

    private static string Statement(string name) =>
        $$$"""{"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"{{{name}}}","digest":{"sha256":"{{{Digest}}}"}}],"predicateType":"https://docs.pypi.org/attestations/publish/v1","predicate":null}""";

    private static byte[] Document(string statement) => Encoding.UTF8.GetBytes(
        $$$"""{"version":1,"verification_material":{"certificate":"MAA=","transparency_entries":[{}]},"envelope":{"statement":"{{{Convert.ToBase64String(Encoding.UTF8.GetBytes(statement))}}}","signature":"MAA="}}""");

    private static IEnumerable<string> Documents(string pattern) =>
        ((string[])["pypi-attestations", "warehouse/upload", "warehouse/provenance"]).SelectMany(folder => Directory.EnumerateFiles(Vectors.PathOf(folder), pattern));

    private static Attestation Read(byte[] content)
    {
        Assert.True(Attestation.TryParse(content, out var attestation, out var problem), problem);
        return attestation;
    }

    private static DistributionFilename Name(string text)
    {
        Assert.True(DistributionFilename.TryParse(text, out var filename, out var problem), problem);
        return filename;
    }

    private static void AssertWrittenTheSame(string path, Action<IBufferWriter<byte>> write)
    {
        var output = new ArrayBufferWriter<byte>();
        write(output);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(File.ReadAllBytes(path)), JsonNode.Parse(output.WrittenSpan)), path);
    }
}

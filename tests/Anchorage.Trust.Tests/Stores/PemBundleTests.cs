// The bundle reader beside OpenSSL's own, through Python: the same files are refused, and the same number of certificates
// comes out of those that are not.

using System.Text;
using Anchorage.Testing;

namespace Anchorage.Trust.Tests.Stores;

public class PemBundleTests
{
    private const string Script = """
        import ssl
        answers = []
        for path in cases:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            try:
                context.load_verify_locations(path)
                answers.append(str(context.cert_store_stats()["x509"]))
            except ssl.SSLError as error:
                answers.append("none" if "NO_CERTIFICATE" in str(error) or "NO_START_LINE" in str(error) else "damaged")
        print(json.dumps(answers))
        """;

    private static readonly string[] blocks = [.. PublicRoots.Current.Take(4).Select(root => PemOf(root.Certificate.Span))];

    private static string PemOf(ReadOnlySpan<byte> der) => System.Security.Cryptography.PemEncoding.WriteString("CERTIFICATE", der) + "\n";

    private static IEnumerable<byte[]> Shapes()
    {
        var (one, two) = (blocks[0], blocks[1]);
        var lines = one.Split('\n');
        foreach (var text in (string[])
        [
            "", "\n\n", "text\n", one, one + two, one.TrimEnd() + two, one + "\n\n" + two, "\uFEFF" + one, one.Replace("\n", "\r\n", StringComparison.Ordinal),
            "# comment\n" + one + "between\n" + two, one[..200], one[..^12], one.Replace("-----BEGIN", " -----BEGIN", StringComparison.Ordinal), one + one,
            one.Replace("CERTIFICATE", "TRUSTED CERTIFICATE", StringComparison.Ordinal), one.Replace("CERTIFICATE", "X509 CERTIFICATE", StringComparison.Ordinal),
            one.Replace("CERTIFICATE", "PKCS7", StringComparison.Ordinal), one.Replace("END CERTIFICATE", "END X509 CERTIFICATE", StringComparison.Ordinal),
            one.Replace(lines[3], lines[3].Replace('A', '*'), StringComparison.Ordinal), lines[0] + "\n\n" + string.Join('\n', lines.Skip(1)),
            string.Join('\n', lines.Take(4)) + "\n\n" + string.Join('\n', lines.Skip(4)), "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n" + one,
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", two + "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            "-----BEGIN CERTIFICATE-----\n" + string.Concat(lines.Skip(1).SkipLast(2)) + "\n-----END CERTIFICATE-----\n", "-----BEGIN CERTIFICATE----- \n" + one[28..],
            one.Replace("\n", "  \n", StringComparison.Ordinal), one.Replace("\n", "\n  ", StringComparison.Ordinal), "-----BEGIN CERTIFICATE\n" + one, "----BEGIN CERTIFICATE-----\n" + one,
            "Proc-Type: 4\n" + one, lines[0] + "\nComment: x\n\n" + string.Join('\n', lines.Skip(1)), two + "-----BEGIN X-----\n!!!!\n-----END X-----\n", two + "-----BEGIN X-----\nAAAA\n-----END X-----\n",
        ])
            yield return Encoding.UTF8.GetBytes(text);
        yield return Encoding.Unicode.GetPreamble().Concat(Encoding.Unicode.GetBytes(one)).ToArray();
        yield return PublicRoots.Current[0].Certificate.ToArray();
        yield return Encoding.UTF8.GetBytes(PublicRoots.Pem);
        // Small damage anywhere, from a fixed seed.
        var random = new Random(26);
        for (var round = 0; round < 400; round++)
        {
            var bytes = Encoding.ASCII.GetBytes("# head\n" + blocks[round % 4] + blocks[(round + 1) % 4]).ToList();
            for (var changes = random.Next(1, 3); changes > 0; changes--)
            {
                var at = round % 3 == 0 ? bytes.FindIndex(random.Next(bytes.Count / 2), letter => letter is (byte)'-' or (byte)'\n') : random.Next(bytes.Count);
                at = Math.Max(at, 0);
                switch (random.Next(4))
                {
                    case 0: bytes.RemoveAt(at); break;
                    case 1: bytes[at] = (byte)"\nA-= \t*\0"[random.Next(8)]; break;
                    case 2: bytes.Insert(at, (byte)"\nA-= :"[random.Next(6)]); break;
                    default: bytes.RemoveRange(at, Math.Min(random.Next(80), bytes.Count - at)); break;
                }
            }
            yield return [.. bytes];
        }
    }

    [Fact]
    public async Task Bundles_are_read_as_OpenSSL_reads_them()
    {
        using var home = new TestDirectory();
        var shapes = Shapes().ToList();
        var paths = shapes.Select((bytes, place) => home.Write($"bundles/{place}.pem", bytes)).ToList();
        var answers = await PythonOracle.AskAsync(home, PythonOracle.Newest, Script, paths);

        var wrong = new List<string>();
        for (var place = 0; place < shapes.Count; place++)
        {
            var bundle = PemBundle.Read(shapes[place]);
            var ours = bundle.State switch
            {
                BundleState.Good => bundle.Certificates.Select(certificate => PublicRoots.FingerprintOf(certificate.Span)).Distinct().Count().ToString(System.Globalization.CultureInfo.InvariantCulture),
                BundleState.NoCertificates => "none",
                _ => "damaged",
            };
            if (ours != answers[place].GetString())
                wrong.Add($"{place}: OpenSSL {answers[place]}, ours {ours} ({bundle.Problem})\n{Encoding.Latin1.GetString(shapes[place]).Replace("\0", "<NUL>", StringComparison.Ordinal)}");
        }
        Assert.True(wrong.Count == 0, $"{wrong.Count} of {shapes.Count}\n{string.Join('\n', wrong.Take(8))}");
    }

    [Theory]
    [InlineData("## Certificate data from Mozilla as of: Tue Dec 31 04:12:05 2024 GMT\n", "2024-12-31")]
    [InlineData("## Certificate data from Mozilla last updated on: Tue Mar  4 04:12:05 2025 GMT\n", "2025-03-04")]
    [InlineData("# x\n# Date: 2026-07-22\n", "2026-07-22")]
    [InlineData("# Date: soon\n", null)]
    public void A_bundle_says_its_date(string head, string? date) =>
        Assert.Equal(date, PemBundle.Read(Encoding.UTF8.GetBytes(head)).Dated?.ToString("yyyy-MM-dd", null));
}

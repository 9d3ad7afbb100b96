// The public list of roots as it was when this program was built, and every root that was ever on it. It decides what a
// store lacks, what somebody added to it, and whether a root was public once; a combined bundle is made of it.
//
// The data is certifi's (Mozilla's certdata.txt), MPL 2.0, refreshed by eng/refresh-public-roots. It is text, so that a
// change of it can be reviewed; 0.2 MB of the binary are the price.

using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Anchorage.Trust;

/// <summary>A root of the public list.</summary>
/// <param name="Name">Its name for people.</param>
/// <param name="Fingerprint">SHA-256 of the certificate, lower-case hex.</param>
/// <param name="Certificate">The certificate, DER.</param>
public sealed record PublicRoot(string Name, string Fingerprint, ReadOnlyMemory<byte> Certificate);

/// <summary>What is known of a root that is, or was, on the public list.</summary>
/// <param name="Name">Its name for people.</param>
/// <param name="Fingerprint">SHA-256 of the certificate, lower-case hex.</param>
/// <param name="EndsOn">The last day of its validity.</param>
/// <param name="ListedFrom">The first release of the list that had it.</param>
/// <param name="ListedUntil">The last release of the list that had it; null = it is on the current list.</param>
public sealed record PublicRootRecord(string Name, string Fingerprint, DateOnly EndsOn, DateOnly ListedFrom, DateOnly? ListedUntil);

/// <summary>The public list of roots for TLS servers (Mozilla's, as certifi releases it).</summary>
public static class PublicRoots
{
    private static readonly Lazy<string> text = new(() => Resource("PublicRoots.pem"));
    private static readonly Lazy<IReadOnlyList<PublicRoot>> current = new(ReadCurrent);
    private static readonly Lazy<Dictionary<string, PublicRootRecord>> history = new(ReadHistory);

    /// <summary>
    /// The name under which <see cref="MachineFacts.Bundles"/> has the list that is compiled into a program (uv, node). That program's own
    /// may be some months older or newer.
    /// </summary>
    public const string CompiledIn = "the Mozilla list compiled into the program";

    /// <summary>The date of the list.</summary>
    public static DateOnly Date { get; } = new(2026, 7, 22);

    /// <summary>The current list as PEM text, with its licence and date in comments; ends with a newline.</summary>
    public static string Pem => text.Value;

    /// <summary>The current list.</summary>
    public static IReadOnlyList<PublicRoot> Current => current.Value;

    /// <summary>Every root that was ever on the list, by fingerprint.</summary>
    public static IReadOnlyDictionary<string, PublicRootRecord> History => history.Value;

    /// <summary>SHA-256 of a certificate, lower-case hex: the key of <see cref="History"/>.</summary>
    public static string FingerprintOf(ReadOnlySpan<byte> certificate) => Convert.ToHexStringLower(SHA256.HashData(certificate));

    /// <summary>What is known of a certificate; null where it was never on the public list.</summary>
    public static PublicRootRecord? Find(ReadOnlySpan<byte> certificate) => history.Value.GetValueOrDefault(FingerprintOf(certificate));

    private static List<PublicRoot> ReadCurrent()
    {
        var bundle = PemBundle.Read(Encoding.UTF8.GetBytes(Pem));
        return [.. bundle.Certificates.Select(certificate =>
        {
            var fingerprint = FingerprintOf(certificate.Span);
            return new PublicRoot(history.Value[fingerprint].Name, fingerprint, certificate);
        })];
    }

    private static Dictionary<string, PublicRootRecord> ReadHistory()
    {
        var roots = new Dictionary<string, PublicRootRecord>(StringComparer.Ordinal);
        foreach (var line in Resource("PublicRootHistory.tsv").Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Split('\t') is [var fingerprint, var end, var first, var last, var name])
                roots.Add(fingerprint, new PublicRootRecord(name, fingerprint, Day(end), Day(first), last == "-" ? null : Day(last)));
        }
        return roots;
    }

    private static DateOnly Day(string value) => DateOnly.ParseExact(value, "yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string Resource(string name)
    {
        using var stream = typeof(PublicRoots).Assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"{name} is not embedded.");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}

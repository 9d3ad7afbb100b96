using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Anchorage.Packaging;

/// <summary>
/// Where an installed distribution came from when no index decided it (PEP 610; packaging.python.org "Direct URL data
/// structure"): the content of <c>direct_url.json</c>. There is exactly one kind of origin.
/// </summary>
/// <param name="Url">The URL, as written; it may hold credentials, see <see cref="Redacted"/>.</param>
/// <param name="Origin">What the URL leads to.</param>
/// <param name="Subdirectory">Where below it the project lies, as a relative path; null for its top.</param>
public sealed record DirectUrl(string Url, DirectUrlOrigin Origin, string? Subdirectory = null)
{
    /// <summary>The most bytes accepted.</summary>
    public const int MaxBytes = 1 << 20;

    /// <summary>The credentials that are no secret by default: the user of Git over SSH.</summary>
    private static readonly string[] KnownUsers = ["git"];

    private static readonly JsonWriterOptions Writing = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>
    /// Reads the bytes of <c>direct_url.json</c>; <paramref name="problem"/> says in one sentence what is wrong. Unknown
    /// fields are passed over, repeated ones refused. The legacy field <c>hash</c> is read, and must agree with
    /// <c>hashes</c> where both are given.
    /// </summary>
    public static bool TryParse(ReadOnlyMemory<byte> content, [NotNullWhen(true)] out DirectUrl? directUrl, [NotNullWhen(false)] out string? problem)
    {
        directUrl = null;
        try
        {
            using var document = StrictJsonDocument.Parse(content, MaxBytes, "direct_url.json");
            directUrl = DirectUrlReader.Read(new JsonFields(document.RootElement, "direct_url.json"));
            problem = null;
            return true;
        }
        catch (DocumentFault fault)
        {
            problem = fault.Message;
            return false;
        }
    }

    /// <summary>Writes <c>direct_url.json</c>, ending with a newline. The URL is written as it is: redact it first.</summary>
    public void WriteTo(IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        using (var json = new Utf8JsonWriter(output, Writing))
        {
            json.WriteStartObject();
            json.WriteString("url", Url);
            Origin.WriteTo(json);
            if (Subdirectory is not null)
                json.WriteString("subdirectory", Subdirectory);
            json.WriteEndObject();
        }
        output.Write("\n"u8);
    }

    /// <summary>
    /// The same with credentials removed from the URL. As PEP 610 allows, those stay that are environment variables
    /// (<c>${USER}:${PASSWORD}@</c>), and those in <paramref name="knownUsers"/>, which is <c>git</c> where nothing is given.
    /// </summary>
    public DirectUrl Redacted(IReadOnlyCollection<string>? knownUsers = null) => this with { Url = UrlCredentials.Remove(Url, knownUsers ?? KnownUsers) };

    /// <summary>The JSON text with credentials removed, so that a log does not hold them.</summary>
    public override string ToString()
    {
        var output = new ArrayBufferWriter<byte>();
        Redacted().WriteTo(output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}

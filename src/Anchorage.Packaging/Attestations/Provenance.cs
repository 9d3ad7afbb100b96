using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace Anchorage.Packaging;

/// <summary>
/// The provenance of a distribution file (PEP 740): the attestations that an index holds for it, with the publisher that
/// the index says uploaded each of them.
/// </summary>
/// <remarks><b>Nothing here verifies a signature</b>, see <see cref="Attestation"/>.</remarks>
public sealed class Provenance
{
    /// <summary>The most bytes accepted.</summary>
    public const int MaxBytes = 8 << 20;

    private const int MaxBundles = 64;
    private const int MaxAttestations = 64;

    /// <summary>Takes bundles, of which there must be one at least.</summary>
    /// <exception cref="ArgumentException">No bundle.</exception>
    public Provenance(IReadOnlyList<AttestationBundle> bundles)
    {
        ArgumentNullException.ThrowIfNull(bundles);
        if (bundles.Count == 0)
            throw new ArgumentException("A provenance has at least one bundle of attestations.", nameof(bundles));
        Bundles = bundles;
    }

    /// <summary>The bundles, one for each publisher; at least one.</summary>
    public IReadOnlyList<AttestationBundle> Bundles { get; }

    /// <summary>Reads the document behind an index's <c>provenance</c> URL; <paramref name="problem"/> says in one sentence what is wrong.</summary>
    public static bool TryParse(ReadOnlyMemory<byte> content, [NotNullWhen(true)] out Provenance? provenance, [NotNullWhen(false)] out string? problem)
    {
        provenance = null;
        try
        {
            using var document = StrictJsonDocument.Parse(content, MaxBytes, "The provenance");
            provenance = Read(new JsonFields(document.RootElement, "The provenance"));
            problem = null;
            return true;
        }
        catch (DocumentFault fault)
        {
            problem = fault.Message;
            return false;
        }
    }

    private static Provenance Read(JsonFields fields)
    {
        if (fields.RequiredInteger("version") is not Attestation.FormatVersion and var version)
            throw fields.Fault($"is of version {version}; this reader knows version {Attestation.FormatVersion}.");
        var bundles = fields.RequiredChildren("attestation_bundles", MaxBundles).Select(ReadBundle).ToList();
        return bundles.Count > 0 ? new Provenance(bundles) : throw fields.Fault("must have at least one bundle of attestations.");
    }

    private static AttestationBundle ReadBundle(JsonFields fields)
    {
        var publisher = fields.RequiredChild("publisher");
        var attestations = fields.RequiredChildren("attestations", MaxAttestations).Select(Attestation.Read).ToList();
        if (attestations.Count == 0)
            throw fields.Fault("must have at least one attestation.");
        return new AttestationBundle(new AttestationPublisher(publisher.RequiredText("kind"), publisher.Element.Clone()), attestations);
    }

    /// <summary>What keeps one of the attestations from being about this file, see <see cref="Attestation.FindMismatch"/>; null where all agree.</summary>
    public string? FindMismatch(DistributionFilename filename, Sha256Digest digest) =>
        Bundles.SelectMany(bundle => bundle.Attestations).Select(attestation => attestation.FindMismatch(filename, digest)).FirstOrDefault(problem => problem is not null);

    /// <summary>Writes the document as JSON.</summary>
    public void WriteTo(IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        using var json = new Utf8JsonWriter(output);
        json.WriteStartObject();
        json.WriteNumber("version", Attestation.FormatVersion);
        json.WriteStartArray("attestation_bundles");
        foreach (var bundle in Bundles)
        {
            json.WriteStartObject();
            json.WritePropertyName("publisher");
            bundle.Publisher.Content.WriteTo(json);
            json.WriteStartArray("attestations");
            foreach (var attestation in bundle.Attestations)
                attestation.WriteTo(json);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }
}

/// <summary>Attestations of one publisher.</summary>
/// <param name="Publisher">Who uploaded the file, as the index says.</param>
/// <param name="Attestations">The attestations; at least one.</param>
public sealed record AttestationBundle(AttestationPublisher Publisher, IReadOnlyList<Attestation> Attestations);

/// <summary>Who uploaded a file, as the index says: a trusted publisher (OpenID Connect).</summary>
/// <param name="Kind">The kind: <c>GitHub</c>, <c>GitLab</c>, <c>Google</c> …</param>
/// <param name="Content">The whole object, <c>kind</c> among it: its other fields depend on the kind.</param>
public sealed record AttestationPublisher(string Kind, JsonElement Content)
{
    /// <summary>A field that is a text, such as <c>repository</c> or <c>workflow</c>; null where it is absent or no text.</summary>
    public string? Find(string field) =>
        Content.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}

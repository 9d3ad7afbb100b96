using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace Anchorage.Packaging;

/// <summary>
/// An attestation (PEP 740; packaging.python.org "Index hosted attestations"): a signed statement about one distribution
/// file, with what a verifier needs. An instance has the form that the specification asks for.
/// </summary>
/// <remarks>
/// <b>Nothing here verifies a signature, a certificate or a transparency log.</b> Whoever can write the document can write
/// any statement into it. Until a verifier has accepted it, an attestation is a claim, and nothing more.
/// </remarks>
public sealed class Attestation
{
    /// <summary>The most bytes accepted for one attestation; real ones have some 10 KiB.</summary>
    public const int MaxBytes = 512 << 10;

    /// <summary>The version of the format, of which there is one.</summary>
    public const int FormatVersion = 1;

    private Attestation(byte[] certificate, IReadOnlyList<JsonElement> transparencyEntries, byte[] statementBytes, byte[] signature, AttestedStatement statement)
    {
        Certificate = certificate;
        TransparencyEntries = transparencyEntries;
        StatementBytes = statementBytes;
        Signature = signature;
        Statement = statement;
    }

    /// <summary>The certificate of the signing key, as DER; unchecked.</summary>
    public ReadOnlyMemory<byte> Certificate { get; }

    /// <summary>The entries of a transparency log, as objects; unchecked. At least one.</summary>
    public IReadOnlyList<JsonElement> TransparencyEntries { get; }

    /// <summary>The bytes that are signed, in a DSSE envelope of type <c>application/vnd.in-toto+json</c>.</summary>
    public ReadOnlyMemory<byte> StatementBytes { get; }

    /// <summary>The signature; unchecked.</summary>
    public ReadOnlyMemory<byte> Signature { get; }

    /// <summary>What is stated.</summary>
    public AttestedStatement Statement { get; }

    /// <summary>Reads one attestation; <paramref name="problem"/> says in one sentence what is wrong.</summary>
    public static bool TryParse(ReadOnlyMemory<byte> content, [NotNullWhen(true)] out Attestation? attestation, [NotNullWhen(false)] out string? problem)
    {
        attestation = null;
        try
        {
            using var document = StrictJsonDocument.Parse(content, MaxBytes, "The attestation");
            attestation = Read(new JsonFields(document.RootElement, "The attestation"));
            problem = null;
            return true;
        }
        catch (DocumentFault fault)
        {
            problem = fault.Message;
            return false;
        }
    }

    /// <summary>
    /// Reads the form field <c>attestations</c> of an upload: an array of at least one attestation, with at most one of
    /// each predicate type, all of them of the types that the public index knows.
    /// </summary>
    public static bool TryParseUpload(ReadOnlyMemory<byte> content, [NotNullWhen(true)] out IReadOnlyList<Attestation>? attestations, [NotNullWhen(false)] out string? problem)
    {
        attestations = null;
        var found = new List<Attestation>();
        try
        {
            using var document = StrictJsonDocument.Parse(content, AttestedStatement.KnownPredicateTypes.Count * MaxBytes, "attestations");
            if (document.RootElement.ValueKind != JsonValueKind.Array || document.RootElement.GetArrayLength() == 0)
                throw new DocumentFault("attestations must be an array of at least one attestation.");
            foreach (var element in document.RootElement.EnumerateArray().Take(AttestedStatement.KnownPredicateTypes.Count + 1))
            {
                var attestation = Read(new JsonFields(element, $"attestations[{found.Count}]"));
                var type = attestation.Statement.PredicateType;
                if (!AttestedStatement.KnownPredicateTypes.Contains(type))
                    throw new DocumentFault($"attestations[{found.Count}] has the predicate type '{CoreMetadata.Quote(type)}'; known are {string.Join(" and ", AttestedStatement.KnownPredicateTypes)}.");
                if (found.Exists(other => other.Statement.PredicateType == type))
                    throw new DocumentFault($"attestations has two of the predicate type {type}; at most one of each may be given.");
                found.Add(attestation);
            }
        }
        catch (DocumentFault fault)
        {
            problem = fault.Message;
            return false;
        }
        attestations = found;
        problem = null;
        return true;
    }

    internal static Attestation Read(JsonFields fields)
    {
        if (fields.RequiredInteger("version") is not FormatVersion and var version)
            throw fields.Fault($"is of version {version}; this reader knows version {FormatVersion}.");
        var material = fields.RequiredChild("verification_material");
        var envelope = fields.RequiredChild("envelope");
        var entries = material.RequiredChildren("transparency_entries", MaxTransparencyEntries).Select(entry => entry.Element.Clone()).ToList();
        if (entries.Count == 0)
            throw material.Fault("must have at least one item in 'transparency_entries'.");
        var statement = envelope.RequiredBase64("statement");
        return new Attestation(material.RequiredBase64("certificate"), entries, statement, envelope.RequiredBase64("signature"), AttestedStatement.Read(statement));
    }

    /// <summary>Real ones have one; a log for each decade would fit.</summary>
    private const int MaxTransparencyEntries = 16;

    /// <summary>
    /// What keeps this from being an attestation of a file: another name once both are parsed (tags of a wheel in any
    /// order), another digest, or a predicate type that the public index does not know. Null where it agrees.
    /// </summary>
    public string? FindMismatch(DistributionFilename filename, Sha256Digest digest)
    {
        ArgumentNullException.ThrowIfNull(filename);
        if (!AttestedStatement.KnownPredicateTypes.Contains(Statement.PredicateType))
            return $"The attestation has the predicate type '{CoreMetadata.Quote(Statement.PredicateType)}'; known are {string.Join(" and ", AttestedStatement.KnownPredicateTypes)}.";
        if (!AttestedStatement.IsSameFile(Statement.Filename, filename))
            return $"The attestation is about '{Statement.Filename}', not about '{filename}'.";
        return Statement.Digest == digest ? null : $"The attestation is about a file with the SHA-256 digest {Statement.Digest}; this one has {digest}.";
    }

    /// <summary>Writes the attestation as JSON.</summary>
    public void WriteTo(IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        using var json = new Utf8JsonWriter(output);
        WriteTo(json);
    }

    internal void WriteTo(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteNumber("version", FormatVersion);
        json.WriteStartObject("verification_material");
        json.WriteBase64String("certificate", Certificate.Span);
        json.WriteStartArray("transparency_entries");
        foreach (var entry in TransparencyEntries)
            entry.WriteTo(json);
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteStartObject("envelope");
        json.WriteBase64String("statement", StatementBytes.Span);
        json.WriteBase64String("signature", Signature.Span);
        json.WriteEndObject();
        json.WriteEndObject();
    }
}

using System.Text.Json;

namespace Anchorage.Packaging;

/// <summary>What an attestation states: an in-toto statement (v1) about exactly one distribution file.</summary>
public sealed class AttestedStatement
{
    /// <summary>The statement of an index or a publisher: "this file was published by me".</summary>
    public const string PublishPredicate = "https://docs.pypi.org/attestations/publish/v1";

    /// <summary>The statement of a builder: how the file was built (SLSA provenance).</summary>
    public const string SlsaPredicate = "https://slsa.dev/provenance/v1";

    private const string StatementType = "https://in-toto.io/Statement/v1";

    private AttestedStatement(DistributionFilename filename, Sha256Digest digest, string predicateType, JsonElement? predicate)
    {
        Filename = filename;
        Digest = digest;
        PredicateType = predicateType;
        Predicate = predicate;
    }

    /// <summary>The predicate types that the public index accepts.</summary>
    public static IReadOnlyList<string> KnownPredicateTypes { get; } = [PublishPredicate, SlsaPredicate];

    /// <summary>The subject: the file's name.</summary>
    public DistributionFilename Filename { get; }

    /// <summary>The subject: the file's digest.</summary>
    public Sha256Digest Digest { get; }

    /// <summary>What kind of statement it is, as a URL.</summary>
    public string PredicateType { get; }

    /// <summary>What is stated beyond the kind; null where nothing is.</summary>
    public JsonElement? Predicate { get; }

    /// <exception cref="DocumentFault">No in-toto statement about one file.</exception>
    internal static AttestedStatement Read(byte[] content)
    {
        using var document = StrictJsonDocument.Parse(content, Attestation.MaxBytes, "The statement");
        var fields = new JsonFields(document.RootElement, "The statement");
        if (fields.RequiredText("_type") is not StatementType)
            throw fields.Fault($"is of another type than {StatementType}.");
        var subjects = fields.RequiredChildren("subject", max: 1).ToList();
        if (subjects.Count != 1)
            throw fields.Fault("must have exactly one subject.");
        if (!DistributionFilename.TryParse(subjects[0].RequiredText("name"), out var filename, out var problem))
            throw subjects[0].Fault($"has no name of a wheel or an sdist: {problem}");
        if (!Sha256Digest.TryParse(subjects[0].RequiredChild("digest").RequiredText("sha256"), out var digest))
            throw subjects[0].Fault("has a malformed SHA-256 digest.");
        return new AttestedStatement(filename, digest, fields.RequiredText("predicateType"), fields.Any("predicate"));
    }

    /// <summary>
    /// The same file under another spelling: build tools before PEP 625 and uploaders spell the project's name in their own
    /// ways, and the tags of a compressed set have no order.
    /// </summary>
    internal static bool IsSameFile(DistributionFilename left, DistributionFilename right)
    {
        if (left.Project != right.Project || left.Version != right.Version)
            return false;
        return (left, right) switch
        {
            (SdistFilename one, SdistFilename other) => one.IsZip == other.IsZip,
            (WheelFilename one, WheelFilename other) => one.BuildTag == other.BuildTag && HaveSameItems(one.PythonTags, other.PythonTags)
                && HaveSameItems(one.AbiTags, other.AbiTags) && HaveSameItems(one.PlatformTags, other.PlatformTags),
            _ => false,
        };
    }

    private static bool HaveSameItems(IReadOnlyList<string> left, IReadOnlyList<string> right) => left.ToHashSet().SetEquals(right);
}

namespace Anchorage.Trust;

/// <summary>The anchors that one client trusts, parsed once. What cannot be read is left out: OpenSSL would have refused the file before.</summary>
public sealed class AnchorSet
{
    private readonly Dictionary<DistinguishedName, List<CertificateFacts>> bySubject = [];

    private AnchorSet(IReadOnlyList<CertificateFacts> certificates)
    {
        Certificates = certificates;
        foreach (var certificate in certificates)
        {
            if (!bySubject.TryGetValue(certificate.Subject, out var namesakes))
                bySubject[certificate.Subject] = namesakes = [];
            namesakes.Add(certificate);
        }
    }

    /// <summary>No anchor.</summary>
    public static AnchorSet Empty { get; } = new([]);

    /// <summary>The anchors in order, each once.</summary>
    public IReadOnlyList<CertificateFacts> Certificates { get; }

    /// <summary>Parses anchors.</summary>
    /// <param name="certificates">DER, one certificate each.</param>
    public static AnchorSet Of(IEnumerable<ReadOnlyMemory<byte>> certificates)
    {
        var seen = new HashSet<CertificateFacts>();
        var all = new List<CertificateFacts>();
        foreach (var der in certificates)
        {
            if (CertificateFacts.TryRead(der, out var facts, out _) && seen.Add(facts))
                all.Add(facts);
        }
        return new AnchorSet(all);
    }

    /// <summary>These anchors and those of other sets.</summary>
    public static AnchorSet Union(IEnumerable<AnchorSet> sets) => new([.. sets.SelectMany(set => set.Certificates).Distinct()]);

    /// <summary>Anchors with this subject.</summary>
    public IReadOnlyList<CertificateFacts> WithSubject(DistinguishedName subject) => bySubject.GetValueOrDefault(subject) ?? [];

    /// <summary>True where this very certificate is an anchor.</summary>
    public bool Contains(CertificateFacts certificate) => WithSubject(certificate.Subject).Contains(certificate);
}

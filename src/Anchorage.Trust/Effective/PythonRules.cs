namespace Anchorage.Trust;

/// <summary>How strictly the TLS of an interpreter verifies.</summary>
internal static class PythonRules
{
    private static readonly Version Python313 = new(3, 13);

    /// <summary>A plain context: neither strict nor partial.</summary>
    public static VerificationRules Of(PythonFacts? python, SystemTrust system)
    {
        // Python sets level 2 and TLS 1.2 itself since 3.10; before, what OpenSSL was built with: Debian and Red Hat say 2,
        // its authors 1, and 2 since 3.2.
        var decidesItself = python is null || python.Version >= new Version(3, 10);
        var usesHardened = system.Family is SystemFamily.Debian or SystemFamily.RedHat;
        var openSsl = PipVersion.Parse(python?.OpenSslVersion?.Split(' ').ElementAtOrDefault(1));
        var isNew = openSsl >= new PipVersion(3, 2);
        return new VerificationRules
        {
            Names = python?.Version < new Version(3, 7) ? NameMatching.Python : NameMatching.OpenSsl,
            SecurityLevel = decidesItself || usesHardened || isNew ? 2 : 1,
            // From OpenSSL 3 on, level 1 already excludes the signatures of TLS 1.0 and 1.1.
            MinimumTls = decidesItself || usesHardened || openSsl is null || openSsl >= new PipVersion(3, 0) ? new Version(1, 2) : new Version(1, 0),
        };
    }

    /// <summary>ssl.create_default_context: strict since Python 3.13.</summary>
    public static VerificationRules Default(PythonFacts? python, SystemTrust system) =>
        Of(python, system) is var rules && python?.Version >= Python313 ? rules with { IsStrict = true, AcceptsPartialChain = true } : rules;

    /// <summary>create_urllib3_context of urllib3 2: names in the subject never count; strict on Python 3.13 since 2.4.</summary>
    public static VerificationRules WithUrllib3(VerificationRules rules, Version? python, PipVersion? urllib3)
    {
        if (urllib3 < new PipVersion(2, 0) || urllib3 is null)
            return rules with { Names = NameMatching.Python };
        rules = rules with { AcceptsCommonName = false, Names = NameMatching.OpenSsl };
        return urllib3 >= new PipVersion(2, 4) && python >= Python313 ? rules with { IsStrict = true, AcceptsPartialChain = true } : rules;
    }
}

// The Python clients beside pip. Those on requests share its trap: REQUESTS_CA_BUNDLE and CURL_CA_BUNDLE beat what the
// program itself was told. Measured: requests, httpx, urllib, twine, poetry; from their documentation: pdm, conda.

namespace Anchorage.Trust;

internal static class PythonTrust
{
    private static readonly Version Python310 = new(3, 10);

    public static ClientFacts OfRequests(ClientFacts facts, InstalledClient client, ClientSettings settings, SystemTrust system, Uri target) =>
        WithRequests(facts, client, settings, system, target, own: []);

    public static ClientFacts OfTwine(ClientFacts facts, InstalledClient client, ClientSettings settings, SystemTrust system, Uri target) =>
        WithRequests(facts, client, settings, system, target, own: settings.Variable("TWINE_CERT") is { } cert ? [cert] : []);

    private static ClientFacts WithRequests(
        ClientFacts facts, InstalledClient client, ClientSettings settings, SystemTrust system, Uri target, IReadOnlyList<SettingFact> own)
    {
        var order = RequestsVariables(settings).Concat(own).ToList();
        var isOld = facts.Kind == ClientKind.Requests && PipVersion.Parse(client.Version) < new PipVersion(2, 28);
        return facts with
        {
            Trust = Injected([order.Count > 0 ? PipTrust.Named(order[0], system) : PipTrust.Certifi(client)], client, settings, system),
            Settings = order,
            Overridden = [.. order.Skip(1)],
            DisabledBy = isOld && settings.Variable("REQUESTS_CA_BUNDLE") is null && settings.Environment.TryGetValue("CURL_CA_BUNDLE", out var empty) && empty.Length == 0
                ? new SettingFact(SettingOrigin.Environment, "CURL_CA_BUNDLE", null, "CURL_CA_BUNDLE", "") : null,
            Proxy = ProxySettings.FromEnvironment(target, settings.Environment, ProxyFamily.Requests),
            Rules = PythonRules.WithUrllib3(PythonRules.Of(client.Python, system), client.Python?.Version, PipVersion.Parse(client.Urllib3Version)),
            Broken = NoSsl(client),
        };
    }

    /// <summary>With the truststore package in the place of ssl.SSLContext, the system's store joins whatever a client loads.</summary>
    private static IReadOnlyList<TrustSource> Injected(IReadOnlyList<TrustSource> own, InstalledClient client, ClientSettings settings, SystemTrust system) =>
        client.Injection is null || client.Python?.Version < Python310 ? own : [.. SystemOf(settings, system, client), .. own.Where(source => source.Kind != TrustSourceKind.System)];

    private static IEnumerable<SettingFact> RequestsVariables(ClientSettings settings) =>
        new[] { settings.Variable("REQUESTS_CA_BUNDLE"), settings.Variable("CURL_CA_BUNDLE") }.OfType<SettingFact>();

    private static string? NoSsl(InstalledClient client) => client.Python?.HasSsl == false ? "This Python has no ssl module: it cannot speak TLS at all." : null;

    /// <summary>Poetry: certificates.NAME.cert for the source NAME beats requests' variables; false there switches verification off.</summary>
    public static ClientFacts OfPoetry(ClientFacts facts, InstalledClient client, ClientSettings settings, SystemTrust system, Uri target)
    {
        var certificates = CertificatesOf(settings, target);
        var chosen = certificates.FirstOrDefault();
        facts = WithRequests(facts, client, settings, system, target, own: []);
        if (chosen is null)
            return facts;
        if (EffectiveTrust.IsFalse(chosen.Value))
            return facts with { DisabledBy = chosen, Settings = [chosen, .. facts.Settings] };
        return facts with
        {
            Trust = [PipTrust.Named(chosen, system)],
            Settings = [chosen, .. certificates.Skip(1), .. facts.Settings],
            Overridden = [.. certificates.Skip(1), .. facts.Settings],
        };
    }

    // The environment first (POETRY_CERTIFICATES_NAME_CERT), then Poetry's files, for sources at the target's host.
    private static List<SettingFact> CertificatesOf(ClientSettings settings, Uri target)
    {
        var sources = settings.Files
            .Where(setting => setting.Name.StartsWith("repositories.", StringComparison.Ordinal) && setting.Name.EndsWith(".url", StringComparison.Ordinal))
            .Where(setting => SafeUrl.Parse(setting.Value)?.IdnHost.Equals(target.IdnHost, StringComparison.OrdinalIgnoreCase) == true)
            .Select(setting => setting.Name["repositories.".Length..^".url".Length])
            .Distinct(StringComparer.OrdinalIgnoreCase).Take(100).ToList();
        var found = new List<SettingFact>();
        foreach (var source in sources)
        {
            var variable = $"POETRY_CERTIFICATES_{source.Replace('-', '_').Replace('.', '_').ToUpperInvariant()}_CERT";
            if (settings.Variable(variable) is { } given)
                found.Add(given);
            found.AddRange(settings.Files.Where(setting => setting.Name.Equals($"certificates.{source}.cert", StringComparison.OrdinalIgnoreCase)));
        }
        return found;
    }

    /// <summary>PDM: httpx with truststore's context on Python 3.10 and newer; verify_ssl and ca_certs for each source.</summary>
    public static ClientFacts OfPdm(ClientFacts facts, InstalledClient client, ClientSettings settings, SystemTrust system, Uri target)
    {
        var bundle = settings.Own("pypi.ca_certs");
        var off = settings.Files.FirstOrDefault(setting => setting.Name.EndsWith("verify_ssl", StringComparison.Ordinal) && EffectiveTrust.IsFalse(setting.Value));
        var isNew = client.Python?.Version >= Python310;
        return facts with
        {
            Trust = bundle is not null ? [PipTrust.Named(bundle, system)]
                : isNew ? SystemOf(settings, system, client) : [PipTrust.Certifi(client)],
            Settings = bundle is null ? [] : [bundle],
            DisabledBy = off,
            Proxy = ProxySettings.FromEnvironment(target, settings.Environment, ProxyFamily.Other),
            Rules = PythonRules.Of(client.Python, system),
            Broken = NoSsl(client),
        };
    }

    private static IReadOnlyList<TrustSource> SystemOf(ClientSettings settings, SystemTrust system, InstalledClient client) =>
        system.Platform == MachinePlatform.Linux ? system.OpenSsl(settings, client.Python, TruststoreFallback.Current) : [system.Whole()];

    /// <summary>conda: CONDA_SSL_VERIFY over ssl_verify of a condarc; requests' variables over a path or true.</summary>
    public static ClientFacts OfConda(ClientFacts facts, InstalledClient client, ClientSettings settings, SystemTrust system, Uri target)
    {
        var verify = settings.Variable("CONDA_SSL_VERIFY") ?? settings.Own("ssl_verify");
        var proxy = settings.Own("proxy_servers.https") is { } configured ? ProxySettings.Of(configured.Value, configured) : null;
        facts = WithRequests(facts, client, settings, system, target, own: verify is null || EffectiveTrust.IsTrue(verify.Value) ? [] : [verify]);
        facts = facts with { Proxy = proxy ?? facts.Proxy };
        if (verify is null || facts.Settings[0] != verify)
            return facts;
        if (EffectiveTrust.IsFalse(verify.Value))
            return facts with { DisabledBy = verify, Trust = [PipTrust.Certifi(client)] };
        return verify.Value.Equals("truststore", StringComparison.OrdinalIgnoreCase)
            ? facts with { Trust = SystemOf(settings, system, client), Rules = PythonRules.Of(client.Python, system) } : facts;
    }

    /// <summary>httpx: SSL_CERT_FILE, else SSL_CERT_DIR replaces certifi; requests' variables mean nothing to it.</summary>
    public static ClientFacts OfHttpx(ClientFacts facts, InstalledClient client, ClientSettings settings, SystemTrust system, Uri target)
    {
        var order = new[] { settings.Variable("SSL_CERT_FILE"), settings.Variable("SSL_CERT_DIR") }.OfType<SettingFact>().ToList();
        // Before 0.28 a path that is not there did not count.
        if (PipVersion.Parse(client.Version) < new PipVersion(0, 28))
            order.RemoveAll(setting => system.StateOf(system.PathOf(setting)) == BundleState.Missing);
        return facts with
        {
            Trust = [order.Count == 0 ? PipTrust.Certifi(client)
                : system.Named(order[0].Name == "SSL_CERT_FILE" ? TrustSourceKind.File : TrustSourceKind.Directory, order[0], mustLoad: true)],
            Settings = order,
            Overridden = [.. order.Skip(1)],
            Proxy = ProxySettings.FromEnvironment(target, settings.Environment, ProxyFamily.Other),
            Rules = PythonRules.Default(client.Python, system),
            Broken = NoSsl(client),
        };
    }

    /// <summary>urllib and ssl.create_default_context: OpenSSL's defaults, or the Windows store beside them.</summary>
    public static ClientFacts OfUrllib(ClientFacts facts, InstalledClient client, ClientSettings settings, SystemTrust system, Uri target) => facts with
    {
        Trust = system.Platform == MachinePlatform.Windows
            ? [system.Whole(), .. system.OpenSsl(settings, client.Python, TruststoreFallback.None)] : system.OpenSsl(settings, client.Python, TruststoreFallback.None),
        Settings = [.. new[] { settings.Variable("SSL_CERT_FILE"), settings.Variable("SSL_CERT_DIR") }.OfType<SettingFact>()],
        Proxy = ProxySettings.FromEnvironment(target, settings.Environment, ProxyFamily.Requests),
        Rules = PythonRules.Default(client.Python, system),
        // Python 2.7 alone listens to it, and its own file.
        DisabledBy = client.Python?.Version.Major == 2 && settings.Environment.GetValueOrDefault("PYTHONHTTPSVERIFY") == "0"
            ? settings.Variable("PYTHONHTTPSVERIFY") : client.Python?.Version.Major == 2 ? settings.Own("https.verify") : null,
        Broken = NoSsl(client),
    };
}

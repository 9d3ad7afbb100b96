// Which anchors a pip uses, by its generation: measured on 25 combinations of pip and Python with each root in a place of
// its own. The four generations:
//
//   up to 24.1, or any on Python before 3.10    one source: the setting that wins, else pip's own certifi
//   22.2 to 24.1 with --use-feature=truststore  the system's store, and the setting or certifi
//   24.2 to 25.1 on Python 3.10 and newer       system + certifi + setting, but behind a proxy the setting alone, else the system alone
//   25.2 and newer on Python 3.10 and newer     system + certifi + setting, always
//
// A setting is REQUESTS_CA_BUNDLE, else CURL_CA_BUNDLE, else --cert, PIP_CERT, cert in a file. With a proxy given as an
// option the first two vanish since 24.1, because pip then takes nothing from the environment.

namespace Anchorage.Trust;

internal static class PipTrust
{
    public const string DebianBundle = "/etc/ssl/certs/ca-certificates.crt";
    private static readonly PipVersion Truststore = new(22, 2);
    private static readonly PipVersion TruststoreByDefault = new(24, 2);
    private static readonly Version Python310 = new(3, 10);

    public static ClientFacts Of(ClientFacts facts, InstalledClient client, ClientSettings settings, SystemTrust system, Uri target)
    {
        // A pip that does not say its version is taken for a new one.
        var pip = PipVersion.Parse(client.EmbeddedPipVersion ?? client.Version) ?? new PipVersion(26, 2);
        var python = client.Python?.Version ?? Python310;
        var chosen = Choose(pip, settings, target);
        var isInjected = client.Injection is not null && python >= Python310 && pip < TruststoreByDefault;
        var usesTruststore = isInjected || UsesTruststore(pip, python, settings);
        facts = facts with
        {
            Settings = chosen.Settings,
            Overridden = chosen.Overridden,
            Proxy = chosen.Proxy,
            DisabledBy = DisabledBy(pip, settings, target),
            Indexes = Indexes(settings),
            Broken = Broken(client, pip, python, settings, usesTruststore && !isInjected, chosen.Proxy is not null),
            IsDebianPatched = client.IsDebianPatched,
        };
        if (facts.Broken is not null)
            return facts with { Trust = [], Rules = Rules(client, pip, python, system, isTruststoreContext: false, isProxied: false) };
        // The truststore context was not handed to proxy connections before 25.2.
        var isTruststoreContext = isInjected || (usesTruststore && !(chosen.Proxy is not null && pip < new PipVersion(25, 2)));
        return facts with
        {
            Trust = isInjected ? [.. SystemSources(client, pip, settings, system), chosen.Setting is { } named ? Named(named, system) : Certifi(client)]
                : Sources(client, pip, settings, system, usesTruststore, isTruststoreContext, chosen.Setting),
            Rules = Rules(client, pip, python, system, isTruststoreContext, chosen.Proxy is not null),
        };
    }

    private sealed record Choice(SettingFact? Setting, ProxyFacts? Proxy, IReadOnlyList<SettingFact> Settings, IReadOnlyList<SettingFact> Overridden);

    private static Choice Choose(PipVersion pip, ClientSettings settings, Uri target)
    {
        var proxyOption = settings.Pip.Find("proxy") is [var first, ..] ? first : null;
        var isolatesEnvironment = proxyOption is not null && pip >= new PipVersion(24, 1);
        var optionProxy = proxyOption is null ? null : ProxySettings.Of(proxyOption.Value, proxyOption);
        // Before, requests let the environment's proxy win over the session's.
        var environmentProxy = isolatesEnvironment ? null : ProxySettings.FromEnvironment(target, settings.Environment, ProxyFamily.Requests);
        var proxy = environmentProxy ?? optionProxy;

        var variables = new[] { settings.Variable("REQUESTS_CA_BUNDLE"), settings.Variable("CURL_CA_BUNDLE") }.OfType<SettingFact>().ToList();
        var options = settings.Pip.Find("cert");
        List<SettingFact> order = isolatesEnvironment ? [.. options, .. variables] : [.. variables, .. options];
        var setting = order.FirstOrDefault();
        if (isolatesEnvironment && options.Count == 0)
            setting = null;
        var overridden = order.Where(other => other != setting).ToList();
        return new Choice(setting, proxy, setting is null ? overridden : [setting, .. overridden], overridden);
    }

    private static bool UsesTruststore(PipVersion pip, Version python, ClientSettings settings)
    {
        if (python < Python310)
            return false;
        return pip >= TruststoreByDefault ? !Has(settings, "use-deprecated", "legacy-certs") : pip >= Truststore && Has(settings, "use-feature", "truststore");
    }

    private static bool Has(ClientSettings settings, string option, string value) => Features(settings, option).Any(given => given.Value == value);

    private static IEnumerable<SettingFact> Features(ClientSettings settings, string option) =>
        settings.Pip.FindList(option).Concat(settings.Requirements.Where(line => line.Name == "--" + option));

    private static List<TrustSource> Sources(
        InstalledClient client, PipVersion pip, ClientSettings settings, SystemTrust system, bool usesTruststore, bool isTruststoreContext, SettingFact? setting)
    {
        var named = setting is null ? null : Named(setting, system);
        var certifi = Certifi(client);
        if (!usesTruststore)
            return [named ?? certifi];
        if (!isTruststoreContext)
        {
            // urllib3 then loads the defaults, without truststore's list; requests before 2.32 (pip 24.1) named certifi.
            if (named is not null)
                return [named];
            if (pip < new PipVersion(24, 1))
                return [certifi];
            // Python's load_default_certs lists the Windows store, too.
            var defaults = system.OpenSsl(settings, client.Python, TruststoreFallback.None);
            return system.Platform == MachinePlatform.Windows ? [system.Whole(), .. defaults] : [.. defaults];
        }
        var sources = new List<TrustSource>();
        // 24.1.0 forgot to use the system's store at all; the 24.1 releases forgot certifi.
        if (pip != new PipVersion(24, 1))
            sources.AddRange(SystemSources(client, pip, settings, system));
        if (pip >= TruststoreByDefault || pip == new PipVersion(24, 1) || (named is null && pip < new PipVersion(24, 1)))
            sources.Add(certifi);
        if (named is not null)
            sources.Add(named);
        return sources;
    }

    private static IReadOnlyList<TrustSource> SystemSources(InstalledClient client, PipVersion pip, ClientSettings settings, SystemTrust system) =>
        system.Platform == MachinePlatform.Linux
            ? system.OpenSsl(settings, client.Python, pip < new PipVersion(25, 3) ? TruststoreFallback.Old : TruststoreFallback.Current) : [system.Whole()];

    public static TrustSource Certifi(InstalledClient client) => client.IsDebianPatched
        ? new TrustSource(TrustSourceKind.System, client.CertifiPath ?? DebianBundle, null) { MustLoad = true }
        : new TrustSource(TrustSourceKind.Certifi, client.CertifiPath, null) { MustLoad = true };

    public static TrustSource Named(SettingFact setting, SystemTrust system)
    {
        var kind = system.IsFolder(system.PathOf(setting)) ? TrustSourceKind.Directory : TrustSourceKind.File;
        return system.Named(kind, setting, mustLoad: true);
    }

    private static SettingFact? DisabledBy(PipVersion pip, ClientSettings settings, Uri target)
    {
        var trusted = settings.Pip.FindList("trusted-host").Concat(settings.Requirements.Where(line => line.Name == "--trusted-host"));
        if (trusted.FirstOrDefault(value => TrustedHost.Parse(value.Value).SwitchesOff(target, pip)) is { } host)
            return host;
        // requests before 2.28 took the empty value for "do not verify", over --cert.
        return pip < Truststore && settings.Variable("REQUESTS_CA_BUNDLE") is null && settings.Environment.TryGetValue("CURL_CA_BUNDLE", out var empty) && empty.Length == 0
            ? new SettingFact(SettingOrigin.Environment, "CURL_CA_BUNDLE", null, "CURL_CA_BUNDLE", "") : null;
    }

    private static List<SettingFact> Indexes(ClientSettings settings)
    {
        var indexes = settings.Pip.Find("index-url").Take(1).Concat(settings.Pip.FindList("extra-index-url")).ToList();
        indexes.AddRange(settings.Requirements.Where(line => line.Name is "--index-url" or "--extra-index-url"));
        return indexes.ConvertAll(index => index with { Value = SafeUrl.WithoutCredentials(index.Value) });
    }

    private static string? Broken(InstalledClient client, PipVersion pip, Version python, ClientSettings settings, bool usesTruststore, bool isProxied)
    {
        if (settings.Pip.Configuration.Fault is { } fault)
            return fault;
        if (client.Python?.HasSsl == false)
            return "This Python has no ssl module: it cannot speak TLS at all.";
        if (UnknownChoice(pip, settings) is { } unknown)
            return $"pip {client.Version} does not know {unknown.Name} = {unknown.Value} ({unknown.Place}) and ends at once.";
        if (pip >= Truststore && pip < TruststoreByDefault && Has(settings, "use-feature", "truststore"))
        {
            if (python < Python310)
                return "pip's truststore feature needs Python 3.10 or newer.";
            if (pip < new PipVersion(23, 3) && client.TruststoreVersion is null)
                return "pip's truststore feature is on, and its package 'truststore' is not installed.";
        }
        // A subclass of ssl.SSLContext whose base was replaced by itself. Proxy connections before 25.2 did without it.
        var isUsed = usesTruststore && pip >= TruststoreByDefault && !(isProxied && pip < new PipVersion(25, 2) && PipVersion.Parse(client.TruststoreVersion) >= new PipVersion(0, 10));
        return client.Injection is { } injection && isUsed
            ? $"{injection.Place} puts the truststore package in the place of Python's TLS; this pip does so too and ends with a RecursionError." : null;
    }

    private static SettingFact? UnknownChoice(PipVersion pip, ClientSettings settings)
    {
        var hasFeatures = pip >= new PipVersion(20, 2);
        var hasDeprecated = pip >= new PipVersion(20, 3);
        return Features(settings, "use-feature").FirstOrDefault(given => given.Value == "truststore" && pip < Truststore && (hasFeatures || given.Origin == SettingOrigin.CommandLine))
            ?? Features(settings, "use-deprecated").FirstOrDefault(given => given.Value == "legacy-certs" && pip < TruststoreByDefault && (hasDeprecated || given.Origin == SettingOrigin.CommandLine));
    }

    private static VerificationRules Rules(InstalledClient client, PipVersion pip, Version python, SystemTrust system, bool isTruststoreContext, bool isProxied)
    {
        var rules = PythonRules.Of(client.Python, system) with
        {
            LosesCertOptionInBuilds = pip < new PipVersion(25, 0),
            Names = isTruststoreContext || pip >= new PipVersion(26, 1) ? NameMatching.OpenSsl : NameMatching.Python,
            FailsOnAddresses = isTruststoreContext && pip >= TruststoreByDefault && pip < new PipVersion(26, 1) && (!isProxied || pip >= new PipVersion(25, 2)),
        };
        // urllib3 2 came with 26.1; a truststore context keeps its own flags.
        return pip >= new PipVersion(26, 1) && !isTruststoreContext ? PythonRules.WithUrllib3(rules, python, new PipVersion(2, 6)) : rules;
    }
}

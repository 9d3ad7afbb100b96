// The clients that are no Python: measured on Debian 13 (curl, wget, git, node); uv from its sources.

namespace Anchorage.Trust;

internal static class NativeTrust
{
    private static readonly VerificationRules Plain = new();

    /// <summary>uv: the Mozilla list compiled in, replaced by SSL_CERT_FILE and SSL_CERT_DIR, or by the system's with system-certs.</summary>
    public static ClientFacts OfUv(ClientFacts facts, InstalledClient client, ClientSettings settings, SystemTrust system, Uri target)
    {
        var version = PipVersion.Parse(client.Version) ?? new PipVersion(0, 12);
        var replacing = new List<SettingFact>();
        if (settings.Variable("SSL_CERT_FILE") is { } file && (version >= new PipVersion(0, 12) || system.StateOf(system.PathOf(file)) != BundleState.Missing))
            replacing.Add(file);
        if (settings.Variable("SSL_CERT_DIR") is { } directory && version >= new PipVersion(0, 9, 10))
            replacing.Add(directory);
        var native = new[] { settings.Variable("UV_SYSTEM_CERTS"), settings.Variable("UV_NATIVE_TLS"), settings.Own("system-certs"), settings.Own("native-tls") }
            .OfType<SettingFact>().FirstOrDefault(setting => setting.Name != "UV_SYSTEM_CERTS" && setting.Name != "system-certs" || version >= new PipVersion(0, 11));
        var isNative = native is not null && EffectiveTrust.IsTrue(native.Value);
        IReadOnlyList<TrustSource> trust = replacing.Count > 0
            ? [.. replacing.Select(setting => system.Named(setting.Name == "SSL_CERT_FILE" ? TrustSourceKind.File : TrustSourceKind.Directory, setting))]
            : [isNative ? system.Whole(native) : new TrustSource(TrustSourceKind.Certifi, PublicRoots.CompiledIn, null)];
        return facts with
        {
            Trust = trust,
            Settings = [.. replacing, .. isNative ? [native!] : Array.Empty<SettingFact>()],
            Overridden = replacing.Count > 0 && isNative ? [native!] : [],
            DisabledBy = InsecureHosts(settings).FirstOrDefault(host => Fits(host.Value, target)),
            Proxy = ProxySettings.FromEnvironment(target, settings.Environment, ProxyFamily.Other),
            // webpki takes every anchor for a root, knows no names in subjects, and no RSA below 2,048 bits.
            Rules = Plain with { AcceptsCommonName = false, AcceptsPartialChain = true },
            Indexes = [.. settings.Files.Where(setting => setting.Name is "index-url" or "index.url" or "extra-index-url")],
        };
    }

    /// <summary>UV_INSECURE_HOST and allow-insecure-host.</summary>
    public static IEnumerable<SettingFact> InsecureHosts(ClientSettings settings) =>
        (settings.Variable("UV_INSECURE_HOST") is { } variable ? PipOptions.Split(variable) : []).Concat(settings.Files.Where(setting => setting.Name == "allow-insecure-host"));

    // uv takes https://host:port, host:port and host; '*' for all.
    private static bool Fits(string value, Uri target)
    {
        if (value == "*")
            return true;
        return SafeUrl.Parse(value, "https") is { } url && url.IdnHost.Equals(target.IdnHost, StringComparison.OrdinalIgnoreCase)
            && (value.Contains("://", StringComparison.Ordinal) is false || url.Scheme == target.Scheme)
            && (!value[(value.LastIndexOf('/') + 1)..].Contains(':') || url.Port == target.Port);
    }

    /// <summary>curl: --cacert of .curlrc, else CURL_CA_BUNDLE, else SSL_CERT_DIR and SSL_CERT_FILE, in the place of its default file or directory.</summary>
    public static ClientFacts OfCurl(ClientFacts facts, ClientSettings settings, SystemTrust system, Uri target)
    {
        var (ownFile, ownDirectory) = (settings.Own("cacert"), settings.Own("capath"));
        var bundle = settings.Variable("CURL_CA_BUNDLE");
        var (envFile, envDirectory) = (settings.Variable("SSL_CERT_FILE"), settings.Variable("SSL_CERT_DIR"));
        var hasOwn = ownFile is not null || ownDirectory is not null;
        var file = hasOwn ? ownFile : bundle ?? envFile;
        var directory = hasOwn ? ownDirectory : bundle is not null ? null : envDirectory;
        var all = new[] { ownFile, ownDirectory, bundle, envFile, envDirectory }.OfType<SettingFact>().ToList();
        return facts with
        {
            Trust = Halves(system, file, directory),
            Settings = [.. all.Where(setting => setting == file || setting == directory), .. all.Where(setting => setting != file && setting != directory)],
            Overridden = [.. all.Where(setting => setting != file && setting != directory)],
            DisabledBy = settings.Own("insecure") is { } insecure && !EffectiveTrust.IsFalse(insecure.Value) ? insecure : null,
            Proxy = settings.Own("proxy") is { } proxy ? ProxySettings.Of(proxy.Value, proxy) : ProxySettings.FromEnvironment(target, settings.Environment, ProxyFamily.Curl),
            Rules = Plain with { AcceptsPartialChain = true },
        };
    }

    // A file setting takes the place of the default file, a directory setting that of the default directory; Red Hat's
    // libcurl has no default directory.
    private static List<TrustSource> Halves(SystemTrust system, SettingFact? file, SettingFact? directory)
    {
        if (system.Platform != MachinePlatform.Linux)
            return [file is not null ? PipTrust.Named(file, system) : system.Whole()];
        var sources = new List<TrustSource> { file is null ? system.Whole() : system.Named(TrustSourceKind.File, file, mustLoad: true) };
        if (directory is not null)
            sources.Add(system.Named(TrustSourceKind.Directory, directory));
        else if (file is not null && system.Family != SystemFamily.RedHat && system.OpenSslDirectory is { } compiled && system.StateOf(compiled) == BundleState.Good)
            sources.Add(new TrustSource(TrustSourceKind.System, compiled, null));
        return sources;
    }

    /// <summary>wget: the system's store; wgetrc alone changes that.</summary>
    public static ClientFacts OfWget(ClientFacts facts, ClientSettings settings, SystemTrust system, Uri target)
    {
        var file = settings.Own("cacertificate");
        return facts with
        {
            Trust = file is null ? [system.Whole()] : [system.Named(TrustSourceKind.File, file, mustLoad: true)],
            Settings = file is null ? [] : [file],
            DisabledBy = settings.Own("checkcertificate") is { } check && EffectiveTrust.IsFalse(check.Value) ? check : null,
            Proxy = settings.Own("useproxy") is { } use && EffectiveTrust.IsFalse(use.Value) ? null
                : settings.Own(target.Scheme + "proxy") is { } proxy ? ProxySettings.Of(proxy.Value, proxy)
                : ProxySettings.FromEnvironment(target, settings.Environment, ProxyFamily.Wget),
            Rules = Plain,
        };
    }

    /// <summary>git: GIT_SSL_CAINFO over http.sslCAInfo; OpenSSL's and curl's variables mean nothing to it.</summary>
    public static ClientFacts OfGit(ClientFacts facts, ClientSettings settings, SystemTrust system, Uri target)
    {
        var (envFile, ownFile) = (settings.Variable("GIT_SSL_CAINFO"), GitSetting(settings, "sslcainfo", target));
        var directory = settings.Variable("GIT_SSL_CAPATH") ?? GitSetting(settings, "sslcapath", target);
        var file = envFile ?? ownFile;
        var verify = GitSetting(settings, "sslverify", target);
        var proxy = GitSetting(settings, "proxy", target);
        return facts with
        {
            Trust = Halves(system, file, directory),
            Settings = [.. new[] { file, directory, file == ownFile ? null : ownFile }.OfType<SettingFact>()],
            Overridden = file is not null && ownFile is not null && file != ownFile ? [ownFile] : [],
            DisabledBy = settings.Environment.ContainsKey("GIT_SSL_NO_VERIFY") ? new SettingFact(SettingOrigin.Environment, "GIT_SSL_NO_VERIFY", null, "GIT_SSL_NO_VERIFY", settings.Environment["GIT_SSL_NO_VERIFY"])
                : verify is not null && IsGitFalse(verify.Value) ? verify : null,
            Proxy = proxy is not null ? (proxy.Value.Length == 0 ? null : ProxySettings.Of(proxy.Value, proxy))
                : ProxySettings.FromEnvironment(target, settings.Environment, ProxyFamily.Curl),
            Rules = Plain with { AcceptsPartialChain = true },
        };
    }

    public static bool IsGitFalse(string value) => value.Length == 0 || EffectiveTrust.IsFalse(value);

    // http.KEY, and http.URL.KEY for the URL that fits best (git-config, http.<url>.*): the longest host, then the longest path.
    private static SettingFact? GitSetting(ClientSettings settings, string key, Uri target)
    {
        SettingFact? best = null;
        var rank = -1;
        foreach (var setting in settings.Files)
        {
            if (!setting.Name.StartsWith("http.", StringComparison.Ordinal) || !setting.Name.EndsWith("." + key, StringComparison.Ordinal))
                continue;
            var fit = setting.Name.Length == "http.".Length + key.Length ? 0 : GitUrlFits(setting.Name["http.".Length..^(key.Length + 1)], target);
            if (fit > rank)
                (best, rank) = (setting, fit);
        }
        return best;
    }

    /// <summary>How well a URL of git's configuration fits a target; -1 where it does not.</summary>
    public static int GitUrlFits(string pattern, Uri target)
    {
        if (SafeUrl.Parse(pattern.Replace("://*.", "://wildcard--.", StringComparison.Ordinal)) is not { } url || url.Scheme != target.Scheme || url.Port != target.Port)
            return -1;
        var path = url.AbsolutePath.TrimEnd('/');
        if (path.Length > 0 && target.AbsolutePath != path && !target.AbsolutePath.StartsWith(path + "/", StringComparison.Ordinal))
            return -1;
        var host = url.IdnHost.StartsWith("wildcard--.", StringComparison.Ordinal) ? url.IdnHost["wildcard--".Length..] : url.IdnHost;
        var fits = host[0] == '.' ? target.IdnHost.EndsWith(host, StringComparison.OrdinalIgnoreCase) && target.IdnHost.IndexOf('.', StringComparison.Ordinal) == target.IdnHost.Length - host.Length
            : host.Equals(target.IdnHost, StringComparison.OrdinalIgnoreCase);
        return fits ? 1 + host.Length * 10_000 + path.Length : -1;
    }

    /// <summary>node and npm: the list compiled in (Debian: the system's) and NODE_EXTRA_CA_CERTS; npm's cafile replaces both.</summary>
    public static ClientFacts OfNode(ClientFacts facts, InstalledClient client, ClientSettings settings, SystemTrust system, Uri target)
    {
        var options = settings.Environment.GetValueOrDefault("NODE_OPTIONS") ?? "";
        var usesOpenSsl = client.UsesSystemStore || options.Contains("--use-openssl-ca", StringComparison.Ordinal);
        var version = PipVersion.Parse(client.Version);
        var addsSystem = version >= new PipVersion(23, 9) && (options.Contains("--use-system-ca", StringComparison.Ordinal) || settings.Environment.GetValueOrDefault("NODE_USE_SYSTEM_CA") == "1");
        var trust = usesOpenSsl ? system.OpenSsl(settings, null, TruststoreFallback.None).ToList() : [new TrustSource(TrustSourceKind.Certifi, PublicRoots.CompiledIn, null)];
        if (addsSystem && !usesOpenSsl)
            trust.Add(system.Whole());
        var extra = settings.Variable("NODE_EXTRA_CA_CERTS");
        if (extra is not null)
            trust.Add(system.Named(TrustSourceKind.File, extra));
        var file = settings.Variable("NPM_CONFIG_CAFILE") ?? settings.Variable("npm_config_cafile") ?? settings.Own("cafile");
        if (file is not null)
            trust = [system.Named(TrustSourceKind.File, file, mustLoad: true)];
        return facts with
        {
            Trust = trust,
            Settings = [.. new[] { file, extra }.OfType<SettingFact>()],
            Overridden = file is not null && extra is not null ? [extra] : [],
            DisabledBy = settings.Environment.GetValueOrDefault("NODE_TLS_REJECT_UNAUTHORIZED") == "0" ? settings.Variable("NODE_TLS_REJECT_UNAUTHORIZED")
                : new[] { settings.Variable("NPM_CONFIG_STRICT_SSL"), settings.Variable("npm_config_strict_ssl"), settings.Own("strict-ssl") }
                    .OfType<SettingFact>().FirstOrDefault() is { } strict && EffectiveTrust.IsFalse(strict.Value) ? strict : null,
            Proxy = (settings.Own("https-proxy") ?? settings.Own("proxy")) is { } proxy && proxy.Value is not ("null" or "false" or "") ? ProxySettings.Of(proxy.Value, proxy)
                : ProxySettings.FromEnvironment(target, settings.Environment, ProxyFamily.Curl),
            Rules = Plain with { SecurityLevel = version is null || version >= new PipVersion(24, 0) || client.UsesSystemStore ? 2 : 1 },
            Indexes = [.. settings.Files.Where(setting => setting.Name == "registry")],
        };
    }
}

// Every setting anywhere that switches verification off or weakens it, whether it counts today or waits below another one:
// a removed entry can uncover an older one.

namespace Anchorage.Trust;

internal sealed class UnsafeSearch(MachineFiles files, GatherRequest request, SettingsFiles settings, GatheredSettings gathered)
{
    private readonly List<UnsafeSetting> found = [];

    public IReadOnlyList<UnsafeSetting> Find(IReadOnlyList<FoundPython> pythons)
    {
        OfPip(pythons);
        OfEnvironment(pythons);
        OfFiles();
        foreach (var option in settings.Requirements(RequirementsNearby()).Except(gathered.Requirements))
        {
            if (option.Name == "--trusted-host")
                OfTrustedHost(option);
            else if (option.Name is "--index-url" or "--extra-index-url")
                OfIndex(option, isExtra: option.Name == "--extra-index-url");
        }
        found.AddRange(pythons.SelectMany(python => python.Unsafe));
        found.AddRange(Scripts());
        // The same file is read by many pips.
        return [.. found.DistinctBy(one => (one.Kind, one.Setting, one.Effect))];
    }

    private void Add(ClientKind kind, SettingFact setting, UnsafeEffect effect, bool isEffective = true, params ReadOnlySpan<string> hosts) =>
        found.Add(new UnsafeSetting(kind, setting, hosts.ToArray(), isEffective, effect));

    private SettingFact? Variable(string name) =>
        request.Environment.TryGetValue(name, out var value) ? new SettingFact(SettingOrigin.Environment, name, null, name, SafeUrl.WithoutCredentials(value)) : null;

    private void OfPip(IReadOnlyList<FoundPython> pythons)
    {
        var options = PipOptions.ParseCommandLine(request.PipArguments);
        foreach (var (option, variable) in (ReadOnlySpan<(string, string)>)[("trusted-host", "PIP_TRUSTED_HOST"), ("index-url", "PIP_INDEX_URL"), ("extra-index-url", "PIP_EXTRA_INDEX_URL"), ("find-links", "PIP_FIND_LINKS")])
        {
            var all = options.Concat(gathered.Requirements).Where(given => given.Name == "--" + option)
                .Concat(Variable(variable) is { } set ? PipOptions.Split(set) : [])
                .Concat(pythons.SelectMany(python => python.Configuration.Everywhere(option)).Distinct().SelectMany(PipOptions.Split));
            foreach (var setting in all.Take(2_000))
            {
                if (option == "trusted-host")
                    OfTrustedHost(setting);
                else
                    OfIndex(setting, isExtra: option == "extra-index-url");
            }
        }
    }

    private void OfTrustedHost(SettingFact setting)
    {
        var host = TrustedHost.Parse(setting.Value);
        if (host.PermitsHttpEverywhere)
            Add(ClientKind.Pip, setting, UnsafeEffect.PlainHttp);
        else
            Add(ClientKind.Pip, setting, UnsafeEffect.VerificationOff, host.CanFit, host.Port is { } port ? $"{host.Host}:{port}" : host.Host);
    }

    private void OfIndex(SettingFact setting, bool isExtra)
    {
        setting = setting with { Value = SafeUrl.WithoutCredentials(setting.Value) };
        var url = SafeUrl.Parse(setting.Value);
        if (url?.Scheme == Uri.UriSchemeHttp)
            Add(ClientKind.Pip, setting, UnsafeEffect.PlainHttp, true, url.IdnHost);
        if (isExtra)
            Add(ClientKind.Pip, setting, UnsafeEffect.ExtraIndex, true, url is null ? [] : [url.IdnHost]);
    }

    private void OfEnvironment(IReadOnlyList<FoundPython> pythons)
    {
        if (request.Environment.TryGetValue("CURL_CA_BUNDLE", out var bundle) && bundle.Length == 0)
        {
            var isMasked = request.Environment.GetValueOrDefault("REQUESTS_CA_BUNDLE") is { Length: > 0 };
            var obeys = pythons.SelectMany(python => python.Clients).Any(client =>
                (client.Kind == ClientKind.Pip && PipVersion.Parse(client.Version) < new PipVersion(22, 2))
                || (client.Kind == ClientKind.Requests && PipVersion.Parse(client.Version) < new PipVersion(2, 28)));
            Add(ClientKind.Pip, Variable("CURL_CA_BUNDLE")!, UnsafeEffect.VerificationOff, obeys && !isMasked);
        }
        if (Variable("PYTHONHTTPSVERIFY") is { Value: "0" } verify)
            Add(ClientKind.Urllib, verify, UnsafeEffect.VerificationOff, pythons.Any(python => python.Facts.Version.Major == 2));
        if (Variable("NODE_TLS_REJECT_UNAUTHORIZED") is { Value: "0" } node)
            Add(ClientKind.Node, node, UnsafeEffect.VerificationOff);
        if (Variable("GIT_SSL_NO_VERIFY") is { } git)
            Add(ClientKind.Git, git, UnsafeEffect.VerificationOff);
        foreach (var name in (string[])["NPM_CONFIG_STRICT_SSL", "npm_config_strict_ssl"])
        {
            if (Variable(name) is { } strict && EffectiveTrust.IsFalse(strict.Value))
                Add(ClientKind.Node, strict, UnsafeEffect.VerificationOff);
        }
        foreach (var name in (string[])["CONDA_SSL_VERIFY", "SSL_NO_VERIFY"])
        {
            if (Variable(name) is { } conda && (name == "SSL_NO_VERIFY" ? EffectiveTrust.IsTrue(conda.Value) : EffectiveTrust.IsFalse(conda.Value)))
                Add(ClientKind.Conda, conda, UnsafeEffect.VerificationOff);
        }
        foreach (var name in request.Environment.Keys.Where(name => name.StartsWith("POETRY_CERTIFICATES_", StringComparison.Ordinal) && name.EndsWith("_CERT", StringComparison.Ordinal)))
        {
            if (Variable(name) is { } poetry && EffectiveTrust.IsFalse(poetry.Value))
                Add(ClientKind.Poetry, poetry, UnsafeEffect.VerificationOff);
        }
        if (Variable("UV_INSECURE_HOST") is { } hosts)
        {
            foreach (var host in PipOptions.Split(hosts))
                Add(ClientKind.Uv, host, UnsafeEffect.VerificationOff, true, host.Value);
        }
    }

    private void OfFiles()
    {
        foreach (var setting in gathered.Uv)
        {
            if (setting.Name == "allow-insecure-host")
                Add(ClientKind.Uv, setting, UnsafeEffect.VerificationOff, true, setting.Value);
            else if (setting.Name is "index-url" or "index.url" or "extra-index-url" && SafeUrl.Parse(setting.Value) is { Scheme: "http" } url)
                Add(ClientKind.Uv, setting, UnsafeEffect.PlainHttp, true, url.IdnHost);
        }
        AddWhere(ClientKind.Poetry, gathered.Poetry, setting => setting.Name.StartsWith("certificates.", StringComparison.Ordinal) && setting.Name.EndsWith(".cert", StringComparison.Ordinal) && EffectiveTrust.IsFalse(setting.Value));
        AddWhere(ClientKind.Pdm, gathered.Pdm, setting => setting.Name.EndsWith("verify_ssl", StringComparison.Ordinal) && EffectiveTrust.IsFalse(setting.Value));
        AddWhere(ClientKind.Pipenv, gathered.Pipenv, setting => setting.Name.EndsWith(".verify_ssl", StringComparison.Ordinal) && EffectiveTrust.IsFalse(setting.Value));
        AddWhere(ClientKind.Conda, gathered.Conda, setting => setting.Name == "ssl_verify" && EffectiveTrust.IsFalse(setting.Value));
        AddWhere(ClientKind.Curl, gathered.Curl, setting => setting.Name == "insecure" && !EffectiveTrust.IsFalse(setting.Value));
        AddWhere(ClientKind.Wget, gathered.Wget, setting => setting.Name == "checkcertificate" && EffectiveTrust.IsFalse(setting.Value));
        AddWhere(ClientKind.Node, gathered.Npm, setting => setting.Name.EndsWith("strict-ssl", StringComparison.Ordinal) && EffectiveTrust.IsFalse(setting.Value));
        AddWhere(ClientKind.Urllib, gathered.Python2, _ => true);
        foreach (var setting in gathered.Git.Where(setting => setting.Name.StartsWith("http.", StringComparison.Ordinal) && setting.Name.EndsWith(".sslverify", StringComparison.Ordinal) && NativeTrust.IsGitFalse(setting.Value)))
        {
            var url = setting.Name.Length > "http.sslverify".Length ? setting.Name["http.".Length..^".sslverify".Length] : null;
            Add(ClientKind.Git, setting, UnsafeEffect.VerificationOff, true, url is null ? [] : [SafeUrl.Parse(url)?.IdnHost ?? url]);
        }
        foreach (var setting in settings.Distutils().Where(setting => SafeUrl.Parse(setting.Value)?.Scheme == Uri.UriSchemeHttp))
            Add(setting.Name.StartsWith("easy_install", StringComparison.Ordinal) ? ClientKind.Urllib : ClientKind.Twine, setting, UnsafeEffect.PlainHttp);
    }

    private void AddWhere(ClientKind kind, IEnumerable<SettingFact> all, Func<SettingFact, bool> isUnsafe)
    {
        foreach (var setting in all.Where(isUnsafe))
            Add(kind, setting, UnsafeEffect.VerificationOff);
    }

    private IEnumerable<string> RequirementsNearby()
    {
        var here = request.WorkingDirectory;
        return files.Names(here, "*requirements*.txt").Concat(files.Names(here, "*constraints*.txt")).Select(name => files.Join(here, name))
            .Concat(files.Names(files.Join(here, "requirements"), "*.txt").Select(name => files.Join(here, "requirements", name))).Take(30);
    }

    private static readonly string[] NearbyFiles =
    [
        ".gitlab-ci.yml", ".travis.yml", "Jenkinsfile", "azure-pipelines.yml", "bitbucket-pipelines.yml", "appveyor.yml", ".drone.yml",
        "tox.ini", "noxfile.py", "Makefile", "docker-compose.yml", "docker-compose.yaml", "compose.yaml", ".env", ".envrc",
    ];

    private static readonly string[] Profiles = [".bashrc", ".bash_profile", ".profile", ".zshrc", ".zshenv", ".zprofile", ".bash_aliases"];

    // Beside the working folder; and what shells read at their start.
    private IEnumerable<UnsafeSetting> Scripts()
    {
        var here = request.WorkingDirectory;
        var paths = files.Names(here, "*ockerfile*").Concat(files.Names(here, "Containerfile*")).Concat(NearbyFiles).Select(name => files.Join(here, name))
            .Concat(Below(".github", "workflows")).Concat(Below(".circleci"))
            .Concat(Profiles.Select(name => files.Join(request.Home, name)));
        if (!files.IsWindows)
            paths = paths.Append("/etc/environment").Append("/etc/profile").Append("/etc/bash.bashrc").Concat(files.Names("/etc/profile.d", "*.sh").Take(100).Select(name => files.Join("/etc/profile.d", name)));
        foreach (var path in paths.Distinct(StringComparer.Ordinal).Where(files.IsFile).Take(300))
        {
            if (files.ReadText(path, ScriptText.MaxFile) is not { } text)
                continue;
            foreach (var line in ScriptText.Find(text))
            {
                var isEffective = line.Host is null || TrustedHost.Parse(line.Host).CanFit;
                yield return new UnsafeSetting(
                    line.Kind, new SettingFact(SettingOrigin.File, path, line.Line, line.Name, line.Value), line.Host is null or "*" ? [] : [line.Host], isEffective, line.Effect);
            }
        }

        IEnumerable<string> Below(params string[] folders)
        {
            var folder = files.Join(here, folders);
            return files.Names(folder, "*.y*ml").Take(100).Select(name => files.Join(folder, name));
        }
    }
}

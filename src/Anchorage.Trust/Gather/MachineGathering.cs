// Looks at the machine: read-only, in parallel, in bounds, without network. First everything that does not depend on a
// target, then the prediction for each target from that.

using System.Collections.Concurrent;

namespace Anchorage.Trust;

/// <summary>The settings of all clients' own files.</summary>
internal sealed record GatheredSettings
{
    public IReadOnlyList<SettingFact> Requirements { get; init; } = [];
    public IReadOnlyList<SettingFact> Uv { get; init; } = [];
    public IReadOnlyList<SettingFact> Poetry { get; init; } = [];
    public IReadOnlyList<SettingFact> Pdm { get; init; } = [];
    public IReadOnlyList<SettingFact> Pipenv { get; init; } = [];
    public IReadOnlyList<SettingFact> Conda { get; init; } = [];
    public IReadOnlyList<SettingFact> Git { get; init; } = [];
    public IReadOnlyList<SettingFact> Curl { get; init; } = [];
    public IReadOnlyList<SettingFact> Wget { get; init; } = [];
    public IReadOnlyList<SettingFact> Npm { get; init; } = [];
    public IReadOnlyList<SettingFact> Python2 { get; init; } = [];

    public static GatheredSettings Read(SettingsFiles settings, GatherRequest request, PythonSearch search) => new()
    {
        Requirements = settings.Requirements(request.RequirementFiles.Concat(
            PipOptions.ParseCommandLine(request.PipArguments).Where(option => option.Name is "--requirement" or "--constraint").Select(option => option.Value))
            .Concat((request.Environment.GetValueOrDefault("PIP_CONSTRAINT") ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))),
        Uv = settings.Uv(),
        Poetry = settings.Poetry(),
        Pdm = settings.Pdm(),
        Pipenv = settings.Pipenv(),
        Conda = settings.Conda(search.CondaPrefixes()),
        Git = settings.Git(),
        Curl = settings.Curl(),
        Wget = settings.Wget(),
        Npm = settings.Npm(),
        Python2 = settings.Python2(),
    };

    public IReadOnlyList<SettingFact> Of(ClientKind kind) => kind switch
    {
        ClientKind.Uv => Uv,
        ClientKind.Poetry => Poetry,
        ClientKind.Pdm => Pdm,
        ClientKind.Pipenv => Pipenv,
        ClientKind.Conda => Conda,
        ClientKind.Git => Git,
        ClientKind.Curl => Curl,
        ClientKind.Wget => Wget,
        ClientKind.Node => Npm,
        ClientKind.Urllib => Python2,
        _ => [],
    };
}

/// <summary>Gathers the facts of a machine. It reads; it changes nothing, asks no network and never starts pip.</summary>
public static class MachineGathering
{
    /// <summary>The facts as they bear on the first target.</summary>
    /// <exception cref="ArgumentException">The request has no target, or a folder that is not absolute.</exception>
    public static async Task<MachineFacts> GatherAsync(GatherRequest request, CancellationToken cancellationToken) =>
        (await GatherAllAsync(request, cancellationToken))[0];

    /// <summary>The facts as they bear on each target, in the order of the request; the machine is looked at once.</summary>
    /// <exception cref="ArgumentException">The request has no target, or a folder that is not absolute.</exception>
    public static async Task<IReadOnlyList<MachineFacts>> GatherAllAsync(GatherRequest request, CancellationToken cancellationToken)
    {
        var files = new MachineFiles(request.Root, request.Platform);
        if (request.Targets.Count == 0)
            throw new ArgumentException("There is no target: clients' proxies and settings depend on one.", nameof(request));
        if (!files.IsAbsolute(request.WorkingDirectory) || !files.IsAbsolute(request.Home))
            throw new ArgumentException("The working directory and the home folder must be absolute paths.", nameof(request));

        var bundles = new CertificateFiles(files);
        var stores = new SystemStores(files, bundles);
        var system = stores.Identify();
        bundles.Add(new BundleFacts
        {
            Path = PublicRoots.CompiledIn,
            State = BundleState.Good,
            Certificates = [.. PublicRoots.Current.Select(root => root.Certificate)],
        });
        var trust = stores.Reach(system.Family) with { PathOf = setting => PathOf(files, request, setting) };
        var search = new PythonSearch(files, request);
        var settings = new SettingsFiles(files, request);

        var reading = Task.Run(() => stores.Read(trust), cancellationToken);
        var gathering = Task.Run(() => GatheredSettings.Read(settings, request, search), cancellationToken);
        var looking = Task.Run(() => new NativeClients(files, request, search).Find().ToList(), cancellationToken);
        var pythons = await PythonsAsync(files, bundles, request, search, cancellationToken);
        var gathered = await gathering;
        var natives = await looking;
        var unsafeSettings = new UnsafeSearch(files, request, settings, gathered).Find(pythons);
        var storeFacts = await reading;
        if (request.Platform != MachinePlatform.Linux)
            files.AddGap("proxy", "The proxy settings of the operating system itself were not read; only variables and configuration files were.");

        var clients = Clients(pythons, natives, request, gathered);
        foreach (var kind in clients.Select(one => one.Item1.Kind).Where(kind => kind is ClientKind.Pdm or ClientKind.Conda or ClientKind.Uv).Distinct())
            files.AddGap($"prediction of {kind}", $"What {kind.ToString().ToLowerInvariant()} trusts is predicted from its documentation and sources; it was not measured.");
        var all = new List<MachineFacts>();
        foreach (var target in request.Targets)
        {
            var judged = await PredictAsync(clients, trust, target, bundles, cancellationToken);
            all.Add(new MachineFacts
            {
                Now = request.Time.GetUtcNow(),
                NotBefore = NotBefore(files, bundles),
                System = system,
                Clients = judged,
                Stores = storeFacts,
                UnsafeSettings = unsafeSettings,
                CredentialFiles = [.. CredentialFiles(files, request).Where(files.IsFile)],
            });
        }
        // Bundles and gaps of all predictions, which are known only now.
        return [.. all.Select(facts => facts with { Bundles = bundles.All, Gaps = files.Gaps })];
    }

    private static async Task<IReadOnlyList<FoundPython>> PythonsAsync(
        MachineFiles files, CertificateFiles bundles, GatherRequest request, PythonSearch search, CancellationToken cancellationToken)
    {
        var wanted = request.Pythons.Count > 0 ? request.Pythons : [.. search.Find().Select(path => new PythonRequest(path))];
        var seen = new HashSet<(string, string?)>();
        var layouts = new List<(PythonRequest Wanted, PythonLayout Layout)>();
        foreach (var one in wanted)
        {
            var path = files.Absolute(one.Path, request.WorkingDirectory);
            if (path is not null && PythonLayout.Of(files, path, request) is { } layout)
            {
                if (seen.Add((layout.Key, one.PipFrom)))
                    layouts.Add((one with { Path = path }, layout));
            }
            else if (request.Pythons.Count > 0)
            {
                files.AddGap(one.Path, $"{one.Path} is no Python that can be recognised by its files.");
            }
        }
        var question = new InterpreterQuestion(request);
        var found = new FoundPython?[layouts.Count];
        await Parallel.ForEachAsync(Enumerable.Range(0, layouts.Count), new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = cancellationToken }, async (place, token) =>
            found[place] = await FoundPython.ReadAsync(files, bundles, request, layouts[place].Wanted, layouts[place].Layout, question, token));
        return [.. found.OfType<FoundPython>()];
    }

    private static List<(InstalledClient, ClientSettings)> Clients(
        IReadOnlyList<FoundPython> pythons, IReadOnlyList<InstalledClient> natives, GatherRequest request, GatheredSettings gathered)
    {
        var commandLine = PipOptions.ParseCommandLine(request.PipArguments);
        ClientSettings Settings(ClientKind kind, PipConfiguration configuration) => new()
        {
            Environment = request.Environment,
            Pip = new PipOptions(commandLine, request.Environment, configuration, request.PipCommand),
            Requirements = kind == ClientKind.Pip ? gathered.Requirements : [],
            Files = gathered.Of(kind),
        };
        var clients = pythons.SelectMany(python => python.Clients.Select(client => (client, Settings(client.Kind, python.Configuration)))).ToList();
        // A uv or conda that an environment holds and PATH names is one.
        clients.AddRange(natives.Where(native => !clients.Exists(known => known.client.Kind == native.Kind && native.Kind is ClientKind.Uv or ClientKind.Conda && known.client.Version == native.Version))
            .Select(native => (native, Settings(native.Kind, PipConfiguration.Empty))));
        return clients;
    }

    private static async Task<IReadOnlyList<ClientFacts>> PredictAsync(
        List<(InstalledClient Client, ClientSettings Settings)> clients, SystemTrust trust, Uri target, CertificateFiles bundles, CancellationToken cancellationToken)
    {
        var facts = new ClientFacts[clients.Count];
        await Parallel.ForEachAsync(Enumerable.Range(0, clients.Count), cancellationToken, (place, _) =>
        {
            facts[place] = EffectiveTrust.Of(clients[place].Client, clients[place].Settings, trust, target);
            foreach (var path in facts[place].Trust.Select(source => source.Path).Append(clients[place].Client.CertifiPath).OfType<string>())
                bundles.At(path);
            foreach (var setting in facts[place].Overridden)
                if (setting.Value.Length > 0 && !setting.Value.Contains("://", StringComparison.Ordinal))
                    bundles.At(trust.PathOf(setting));
            return ValueTask.CompletedTask;
        });
        // An id names one client: two pips of one interpreter, from different places, get theirs.
        var ids = new ConcurrentDictionary<string, int>(StringComparer.Ordinal);
        return [.. facts.Select(one => ids.AddOrUpdate(one.Id, 1, (_, count) => count + 1) is var number && number > 1 ? one with { Id = $"{one.Id} #{number}" } : one)];
    }

    // pip's options put the home folder in for ~; variables are opened as they are.
    private static string PathOf(MachineFiles files, GatherRequest request, SettingFact setting)
    {
        var value = setting.Value;
        var isOption = setting.Name is "--cert" or "PIP_CERT" || setting.Name.EndsWith(".cert", StringComparison.Ordinal);
        var isGit = setting.Name.StartsWith("http.", StringComparison.Ordinal) || setting.Name is "ssl_verify";
        if ((isOption || isGit) && (value == "~" || value.StartsWith("~/", StringComparison.Ordinal)))
            value = value.Length == 1 ? request.Home : files.Join(request.Home, value[2..]);
        return files.Absolute(value, request.WorkingDirectory) ?? value;
    }

    private static DateTimeOffset? NotBefore(MachineFiles files, CertificateFiles bundles)
    {
        var dates = bundles.PackageDates.Select(date => (DateTimeOffset?)date)
            .Concat(((string[])["/var/lib/dpkg/status", "/lib/apk/db/installed", "/var/lib/rpm/rpmdb.sqlite", "/usr/lib/sysimage/rpm/rpmdb.sqlite"]).Select(files.ModifiedAt))
            .Append(new DateTimeOffset(PublicRoots.Date.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero));
        return dates.Max();
    }

    private static IEnumerable<string> CredentialFiles(MachineFiles files, GatherRequest request)
    {
        yield return request.Environment.GetValueOrDefault("NETRC") is { Length: > 0 } chosen && files.Absolute(chosen, request.WorkingDirectory) is { } path ? path
            : files.Join(request.Home, files.IsWindows ? "_netrc" : ".netrc");
        yield return files.Join(request.Home, ".pypirc");
        yield return files.Join(request.Home, ".git-credentials");
    }
}

// One interpreter with everything that belongs to it: facts, clients, pip's configuration, what runs at its start.

namespace Anchorage.Trust;

internal sealed record FoundPython(
    PythonLayout Layout, PythonFacts Facts, IReadOnlyList<InstalledClient> Clients, PipConfiguration Configuration, IReadOnlyList<UnsafeSetting> Unsafe)
{
    public static async Task<FoundPython?> ReadAsync(
        MachineFiles files, CertificateFiles bundles, GatherRequest request, PythonRequest wanted, PythonLayout layout, InterpreterQuestion question, CancellationToken cancellationToken)
    {
        var answer = request.AsksInterpreters ? await AskAsync(files, layout, question, cancellationToken) : null;
        var facts = new PythonFacts
        {
            Path = wanted.Path,
            Version = layout.Version,
            Prefix = layout.Prefix,
            BasePrefix = layout.BasePrefix,
            OpenSslVersion = answer?.OpenSslVersion,
            HasSsl = answer?.HasSsl ?? layout.HasSslFile(files),
            OpenSslFile = answer?.File ?? CondaFile(files, layout),
            OpenSslDirectory = answer?.Directory ?? (CondaFile(files, layout) is null ? null : files.Join(layout.BasePrefix, "ssl", "certs")),
        };
        var (changes, injection) = AtStart(files, layout);
        var clients = new PythonClients(files, bundles, facts, layout);
        var found = clients.Find(PythonPath(files, request), wanted.PipFrom, injection);
        var isIsolated = request.PipArguments.Contains("--isolated");
        var candidates = PipConfiguration.Candidates(files, request.Environment, request.Home, request.WorkingDirectory, layout.Prefix, isIsolated);
        return new FoundPython(
            layout, facts, found, PipConfiguration.Load(files, candidates, isPython2: layout.Version.Major == 2), [.. clients.EditedBundles, .. changes]);
    }

    private static async Task<InterpreterAnswer?> AskAsync(MachineFiles files, PythonLayout layout, InterpreterQuestion question, CancellationToken cancellationToken)
    {
        if (files.Startable(layout.Path) is not { } program)
        {
            files.AddGap(layout.Path, $"{layout.Path} was not asked about its OpenSSL: it is not this machine's.");
            return null;
        }
        // A virtual environment's TLS is that of the interpreter that it links to.
        var key = layout.RealPath + "|" + files.ModifiedAt(layout.RealPath)?.ToString("O", null);
        var answer = await question.AskAsync(program, key, layout.Version, cancellationToken);
        if (answer is null)
            files.AddGap(layout.Path, $"{layout.Path} did not say in time which OpenSSL it uses.");
        return answer;
    }

    // conda's OpenSSL reads its own folder.
    private static string? CondaFile(MachineFiles files, PythonLayout layout)
    {
        var file = files.Join(layout.BasePrefix, "ssl", "cert.pem");
        return files.IsFolder(files.Join(layout.BasePrefix, "conda-meta")) ? file : null;
    }

    private static List<string> PythonPath(MachineFiles files, GatherRequest request) =>
        [.. (request.Environment.GetValueOrDefault("PYTHONPATH") ?? "").Split(files.IsWindows ? ';' : ':', StringSplitOptions.RemoveEmptyEntries).Take(100)
            .Select(folder => files.Absolute(folder, request.WorkingDirectory)).OfType<string>().Where(files.Exists)];

    private static (List<UnsafeSetting> Changes, SettingFact? Injection) AtStart(MachineFiles files, PythonLayout layout)
    {
        var changes = new List<UnsafeSetting>();
        SettingFact? injection = null;
        var library = files.Join(layout.BasePrefix, "lib", $"python{layout.Version.Major}.{layout.Version.Minor}");
        var scripts = layout.Packages.Append(library).SelectMany(folder => (string[])[files.Join(folder, "sitecustomize.py"), files.Join(folder, "usercustomize.py")]);
        var pths = layout.Packages.SelectMany(folder => files.Names(folder, "*.pth").Take(200).Select(name => files.Join(folder, name)));
        foreach (var path in pths.Concat(scripts))
        {
            if (files.ReadText(path, 1 << 20) is not { } text)
                continue;
            foreach (var line in StartupText.Find(text, path.EndsWith(".pth", StringComparison.Ordinal)))
            {
                var fact = new SettingFact(SettingOrigin.File, path, line.Line, files.NameOf(path), line.Text);
                changes.Add(new UnsafeSetting(ClientKind.Urllib, fact, [], IsEffective: true, line.IsUnverified ? UnsafeEffect.VerificationOff : UnsafeEffect.PatchedTls));
                if (line.BreaksTruststore)
                    injection ??= fact;
            }
        }
        return (changes, injection);
    }
}

using System.Globalization;
using System.Net;
using Anchorage.Server.Tls;
using Anchorage.Server.Upstreams;

namespace Anchorage.Server;

/// <summary>
/// Every setting of the registry, read once at start. Sources, the later one wins: <c>DATA/anchorage.json</c>, the
/// environment (<c>ANCHORAGE_Upload__MaxFileBytes</c>), the command line (<c>--Upload:MaxFileBytes 1000000</c>).
/// All that is wrong is reported at once.
/// </summary>
internal sealed record ServerOptions
{
    public const string DefaultDataDirectory = "anchorage-data";

    public required string DataDirectory { get; init; }

    /// <summary>Where to listen, and the name under which clients know the registry.</summary>
    public required Uri Listen { get; init; }

    /// <summary>PostgreSQL connection string; null = SQLite in the data directory.</summary>
    public string? PostgresConnectionString { get; init; }

    /// <summary>Largest file that may be uploaded. Default 1 GiB.</summary>
    public long MaxFileBytes { get; init; } = 1L << 30;

    /// <summary>Most bytes of all form fields of one upload together. Default 8 MiB (descriptions are long).</summary>
    public int MaxFormBytes { get; init; } = 8 << 20;

    /// <summary>Most form fields of one upload. Default 4,096 (a release has some hundred classifiers and requirements at most).</summary>
    public int MaxFormFields { get; init; } = 4096;

    /// <summary>Accept sdist and wheel names as older tools spelt them. Default false, as on the public index (PEP 625).</summary>
    public bool AcceptOldFilenames { get; init; }

    /// <summary>Reading without credentials. Default: only while the registry listens on loopback alone.</summary>
    public bool AnonymousReading { get; init; }

    /// <summary>The upstream of the index <c>pypi</c> that a first start creates.</summary>
    public Uri UpstreamUrl { get; init; } = new("https://pypi.org/simple/");

    /// <summary>PEM file of extra roots for that upstream.</summary>
    public string? UpstreamTrustAnchorsFile { get; init; }

    /// <summary>Networks that are not globally reachable and may be dialled for that upstream, in CIDR form. Default none.</summary>
    public IReadOnlyList<string> UpstreamAllowedNetworks { get; init; } = [];

    /// <summary>How long a mirrored page is served without asking the upstream. Default 10 minutes.</summary>
    public TimeSpan MirrorFreshFor { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long a mirrored page is served while the upstream fails. Default 7 days.</summary>
    public TimeSpan MirrorStaleFor { get; init; } = TimeSpan.FromDays(7);

    /// <summary>Most bytes of prepared pages kept in memory. Default 48 MiB.</summary>
    public long PageCacheBytes { get; init; } = 48 << 20;

    /// <summary>True where nobody but this machine can reach the listener.</summary>
    public bool ListensOnLoopbackOnly => IsLoopback(Listen);

    /// <summary>The name the built-in certificate is made for: the listen host, or this machine's name where that is a wildcard.</summary>
    public string PublicHost => IsWildcard(Listen) ? Dns.GetHostName() : Listen.Host.Trim('[', ']');

    /// <summary>Every setting by name: a misspelt one is an error, not a silent default.</summary>
    private static readonly HashSet<string> KnownSettings = new(StringComparer.OrdinalIgnoreCase)
    {
        "data", "listen", "Database:Postgres", "Upload:MaxFileBytes", "Upload:MaxFormBytes", "Upload:MaxFormFields", "Upload:AcceptOldFilenames",
        "Access:AnonymousReading", "Upstream:Url", "Upstream:TrustAnchors", "Upstream:AllowedNetworks", "Mirror:FreshFor", "Mirror:StaleFor", "Index:PageCacheBytes",
        "Tls:Certificate", "Tls:Key", "Tls:Hosts", "Tls:PlainHttpPort",
    };

    /// <summary>What is wrong with the shape of a command line: options have values, and all of them are known.</summary>
    public static IEnumerable<string> CheckArguments(string[] args)
    {
        for (var i = 0; i < args.Length; i++)
        {
            var (argument, hasValue) = args[i].Split('=', 2) is [var before, _] ? (before, true) : (args[i], false);
            var isKnown = argument.StartsWith("--", StringComparison.Ordinal) && IsKnown(argument[2..]);
            if (!isKnown)
                yield return $"'{args[i]}' is not an option. See anchorage-server --help.";
            // What follows a misspelt option is its value, unless it is an option itself.
            if (hasValue || (!isKnown && (i + 1 == args.Length || args[i + 1].StartsWith("--", StringComparison.Ordinal))))
                continue;
            if (++i == args.Length)
                yield return $"{argument} needs a value. See anchorage-server --help.";
        }
    }

    /// <summary>What is misspelt in the settings file.</summary>
    public static IEnumerable<string> CheckFile(string file, IConfiguration content) =>
        from setting in content.AsEnumerable()
        where setting.Value is not null && !IsKnown(setting.Key)
        select $"{file}: there is no setting '{setting.Key}'. See anchorage-server --help.";

    private static bool IsKnown(string setting) => KnownSettings.Contains(setting) || setting.StartsWith("Logging:", StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads the options.</summary>
    /// <exception cref="ConfigurationException">One or more settings are wrong; the message lists all of them.</exception>
    public static ServerOptions Read(IConfiguration configuration)
    {
        var errors = new List<string>();
        var defaults = new ServerOptions { DataDirectory = ".", Listen = new Uri("https://localhost:8443") };

        var listen = defaults.Listen;
        if (configuration["listen"] is { } listenText)
        {
            if (!Uri.TryCreate(listenText, UriKind.Absolute, out var parsed) || parsed.Scheme != Uri.UriSchemeHttps || parsed.AbsolutePath != "/")
                errors.Add($"--listen: '{listenText}' is not of the form https://HOST:PORT. The registry serves HTTPS only.");
            else
                listen = parsed;
        }
        var options = defaults with
        {
            DataDirectory = Path.GetFullPath(configuration["data"] is { Length: > 0 } data ? data : DefaultDataDirectory),
            Listen = listen,
            PostgresConnectionString = configuration["Database:Postgres"],
            MaxFileBytes = Number("Upload:MaxFileBytes", defaults.MaxFileBytes, 1, 1L << 40),
            MaxFormBytes = (int)Number("Upload:MaxFormBytes", defaults.MaxFormBytes, 1024, 1 << 30),
            MaxFormFields = (int)Number("Upload:MaxFormFields", defaults.MaxFormFields, 16, 1 << 20),
            AcceptOldFilenames = Switch("Upload:AcceptOldFilenames", defaults.AcceptOldFilenames),
            AnonymousReading = Switch("Access:AnonymousReading", IsLoopback(listen)),
            UpstreamUrl = WebAddress("Upstream:Url", defaults.UpstreamUrl),
            UpstreamTrustAnchorsFile = configuration["Upstream:TrustAnchors"],
            UpstreamAllowedNetworks = Networks("Upstream:AllowedNetworks"),
            MirrorFreshFor = Duration("Mirror:FreshFor", defaults.MirrorFreshFor),
            MirrorStaleFor = Duration("Mirror:StaleFor", defaults.MirrorStaleFor),
            PageCacheBytes = Number("Index:PageCacheBytes", defaults.PageCacheBytes, 1 << 20, 1L << 40),
        };
        if (options.UpstreamTrustAnchorsFile is { } file && !File.Exists(file))
            errors.Add($"Upstream:TrustAnchors: the file '{file}' does not exist.");
        try
        {
            TlsOptions.Read(configuration, options.DataDirectory, listen);
        }
        catch (TlsSetupException e)
        {
            errors.Add(e.Message);
        }
        if (errors.Count > 0)
            throw new ConfigurationException(errors);
        return options;

        long Number(string key, long standard, long least, long most)
        {
            if (configuration[key] is not { } text)
                return standard;
            if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most)
                return number;
            errors.Add($"{key}: '{text}' is not a whole number from {least} to {most}.");
            return standard;
        }

        bool Switch(string key, bool standard)
        {
            if (configuration[key] is not { } text)
                return standard;
            if (bool.TryParse(text, out var value))
                return value;
            errors.Add($"{key}: '{text}' is neither true nor false.");
            return standard;
        }

        string[] Networks(string key)
        {
            var texts = configuration[key]?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];
            if (!NetworkRules.TryParse(texts, out _, out var problem))
                errors.Add($"{key}: {problem} Several are separated by commas.");
            return texts;
        }

        TimeSpan Duration(string key, TimeSpan standard)
        {
            if (configuration[key] is not { } text)
                return standard;
            // "600" would be read as 600 days.
            if (text.Contains(':', StringComparison.Ordinal) && TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var value) && value >= TimeSpan.Zero)
                return value;
            errors.Add($"{key}: '{text}' is not a duration such as 00:10:00 or 7.00:00:00.");
            return standard;
        }

        Uri WebAddress(string key, Uri standard)
        {
            if (configuration[key] is not { } text)
                return standard;
            if (Uri.TryCreate(text, UriKind.Absolute, out var value) && value.Scheme is "https" or "http" && value.UserInfo.Length == 0)
                return value.AbsolutePath.EndsWith('/') ? value : new Uri(value.AbsoluteUri + "/");
            errors.Add($"{key}: '{text}' is not an https:// address (without credentials).");
            return standard;
        }
    }

    private static bool IsLoopback(Uri listen) =>
        listen.Host is "localhost" || (IPAddress.TryParse(listen.Host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    private static bool IsWildcard(Uri listen) => listen.Host is "0.0.0.0" or "[::]" or "*" or "+";
}

/// <summary>Settings that cannot be used. Printed without a stack trace, exit code 64.</summary>
internal sealed class ConfigurationException(IReadOnlyList<string> errors)
    : Exception("The configuration cannot be used:\n- " + string.Join("\n- ", errors))
{
    public IReadOnlyList<string> Errors { get; } = errors;
}

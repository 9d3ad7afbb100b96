namespace Anchorage.Trust;

/// <summary>A Python to look at.</summary>
/// <param name="Path">The interpreter.</param>
/// <param name="PipFrom">A wheel or a folder that this pip is run from; null = the pip installed for the interpreter.</param>
public sealed record PythonRequest(string Path, string? PipFrom = null);

/// <summary>What to look at, and how. Everything that a process takes from its surroundings stands here, so that another machine's can be inspected.</summary>
public sealed record GatherRequest
{
    /// <summary>The addresses that clients shall reach; proxies, trusted hosts and settings for URLs depend on them.</summary>
    public required IReadOnlyList<Uri> Targets { get; init; }

    /// <summary>The Pythons to look at; empty = every one that can be found.</summary>
    public IReadOnlyList<PythonRequest> Pythons { get; init; } = [];

    /// <summary>The environment block that clients run with.</summary>
    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    /// <summary>Absolute.</summary>
    public required string WorkingDirectory { get; init; }

    /// <summary>The home folder, absolute.</summary>
    public required string Home { get; init; }

    /// <summary>Every absolute path is looked up below this folder: a chroot, an image, a recorded layout. Null = the running system.</summary>
    public string? Root { get; init; }

    /// <summary>How paths are written and where files lie.</summary>
    public MachinePlatform Platform { get; init; } =
        OperatingSystem.IsWindows() ? MachinePlatform.Windows : OperatingSystem.IsMacOS() ? MachinePlatform.MacOS : MachinePlatform.Linux;

    /// <summary>The clock.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>Arguments that pip is started with, where they are known: <c>--cert X</c>, <c>--proxy …</c>.</summary>
    public IReadOnlyList<string> PipArguments { get; init; } = [];

    /// <summary>The pip command whose section of the configuration counts.</summary>
    public string PipCommand { get; init; } = "install";

    /// <summary>Requirements and constraints files that pip will read; those that they name are read too.</summary>
    public IReadOnlyList<string> RequirementFiles { get; init; } = [];

    /// <summary>Starts each interpreter once (700 ms at most) for what no file tells: the ssl module, OpenSSL's version and directories.</summary>
    public bool AsksInterpreters { get; init; }

    /// <summary>A request about the machine as this process sees it.</summary>
    public static GatherRequest OfThisProcess(IReadOnlyList<Uri> targets, TimeProvider time)
    {
        var environment = new Dictionary<string, string>(OperatingSystem.IsWindows() ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal);
        foreach (System.Collections.DictionaryEntry variable in System.Environment.GetEnvironmentVariables())
            environment[(string)variable.Key] = (string?)variable.Value ?? "";
        return new GatherRequest
        {
            Targets = targets,
            Environment = environment,
            WorkingDirectory = System.Environment.CurrentDirectory,
            Home = System.Environment.GetFolderPath(System.Environment.SpecialFolder.UserProfile),
            Time = time,
            AsksInterpreters = true,
        };
    }
}

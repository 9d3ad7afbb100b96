using System.Diagnostics.CodeAnalysis;

namespace Anchorage.Packaging;

/// <summary>
/// A lock file (PEP 751; packaging.python.org "pylock.toml specification"): what to install, from where and with which
/// digests, for the environments that it names. An instance keeps every rule of the specification that the file alone
/// can break; <see cref="TrySelect"/> applies those that depend on the environment.
/// </summary>
public sealed class LockFile
{
    /// <summary>The most bytes accepted.</summary>
    public const int MaxBytes = TomlReader.MaxBytes;

    internal LockFile(PackageVersion lockVersion, string createdBy, IReadOnlyList<LockedPackage> packages)
    {
        LockVersion = lockVersion;
        CreatedBy = createdBy;
        Packages = packages;
    }

    /// <summary>The version of the format, 1.x. Above 1.0 the file may say things that this reader passes over.</summary>
    public PackageVersion LockVersion { get; }

    /// <summary>The name of the tool that wrote the file.</summary>
    public string CreatedBy { get; }

    /// <summary>The Python versions that the file is for; null for all.</summary>
    public VersionSpecifiers? RequiresPython { get; internal init; }

    /// <summary>The environments that the file is for, of which one must hold; empty for all.</summary>
    public IReadOnlyList<EnvironmentMarker> Environments { get; internal init; } = [];

    /// <summary>The extras that markers may ask for, normalised.</summary>
    public IReadOnlyList<ProjectName> Extras { get; internal init; } = [];

    /// <summary>The dependency groups that markers may ask for.</summary>
    public IReadOnlyList<string> DependencyGroups { get; internal init; } = [];

    /// <summary>The groups that are installed where nobody says which.</summary>
    public IReadOnlyList<string> DefaultGroups { get; internal init; } = [];

    /// <summary>The packages, in the order of the file.</summary>
    public IReadOnlyList<LockedPackage> Packages { get; }

    /// <summary>
    /// Whether a file of this name is a lock file: <c>pylock.toml</c>, or <c>pylock.NAME.toml</c> with a name without dots.
    /// </summary>
    public static bool IsLockFileName(ReadOnlySpan<char> filename)
    {
        const string Start = "pylock.";
        const string End = ".toml";
        if (filename.SequenceEqual("pylock.toml"))
            return true;
        if (!filename.StartsWith(Start) || !filename.EndsWith(End) || filename.Length <= Start.Length + End.Length)
            return false;
        var name = filename[Start.Length..^End.Length];
        return !name.ContainsAny('.', '/', '\\') && !name.Contains('\n');
    }

    /// <summary>
    /// Reads the bytes of a lock file; <paramref name="problem"/> says in one sentence what is wrong and in which line.
    /// Unknown keys are passed over, as the specification asks; the <c>tool</c> tables are.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<byte> content, [NotNullWhen(true)] out LockFile? lockFile, [NotNullWhen(false)] out string? problem)
    {
        lockFile = null;
        if (!TomlReader.TryRead(content, out var document, out problem))
            return false;
        try
        {
            lockFile = LockFileReader.Read(new TomlFields(document, ""));
            return true;
        }
        catch (DocumentFault fault)
        {
            problem = fault.Message;
            return false;
        }
    }

    /// <summary>
    /// What to install in an environment: each selected package with the one source to take. Steps and refusals are those
    /// of the specification's "Installation".
    /// </summary>
    /// <param name="environment">The marker variables of the environment, as in <see cref="EnvironmentMarker.Evaluate"/>; <c>python_full_version</c> must be among them.</param>
    /// <param name="tags">The tags that the environment supports, the best first.</param>
    /// <param name="extras">The extras to install; null for none.</param>
    /// <param name="dependencyGroups">The groups to install; null for <see cref="DefaultGroups"/>.</param>
    /// <param name="selected">Packages and sources, in the order of the file.</param>
    /// <param name="problem">One sentence: why nothing can be installed from this file in this environment.</param>
    public bool TrySelect(
        IReadOnlyDictionary<string, string> environment,
        SupportedTags tags,
        IEnumerable<ProjectName>? extras,
        IEnumerable<string>? dependencyGroups,
        out IReadOnlyList<SelectedPackage> selected,
        [NotNullWhen(false)] out string? problem)
    {
        ArgumentNullException.ThrowIfNull(environment);
        ArgumentNullException.ThrowIfNull(tags);
        var variables = new Dictionary<string, string>(environment)
        {
            ["extras"] = string.Join(',', extras ?? []),
            ["dependency_groups"] = string.Join(',', dependencyGroups ?? DefaultGroups),
        };
        return new LockFileSelection(this, variables, tags).TryRun(environment, out selected, out problem);
    }
}

/// <summary>A package and the one source of it that an environment installs.</summary>
/// <param name="Package">The package.</param>
/// <param name="Source">The source: a wheel or the sdist, or the package's archive, directory or repository.</param>
public sealed record SelectedPackage(LockedPackage Package, LockedSource Source);

using System.Diagnostics.CodeAnalysis;

namespace Anchorage.Packaging;

/// <summary>The name of a wheel or sdist file, taken apart. Readers accept what older tools wrote; see <see cref="IsCanonical"/>.</summary>
public abstract class DistributionFilename
{
    /// <summary>The file name as given.</summary>
    public string Text => throw new NotImplementedException();

    /// <summary>The project in the file name.</summary>
    public ProjectName Project => throw new NotImplementedException();

    /// <summary>The version in the file name.</summary>
    public PackageVersion Version => throw new NotImplementedException();

    /// <summary>True where the name is spelt as PEP 427/PEP 625 want it of a producer.</summary>
    public bool IsCanonical => throw new NotImplementedException();

    /// <summary>Parses a wheel or sdist file name; <paramref name="problem"/> says in one sentence what is wrong.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out DistributionFilename? filename, [NotNullWhen(false)] out string? problem) => throw new NotImplementedException();
}

/// <summary>A wheel's file name (PEP 427).</summary>
public sealed class WheelFilename : DistributionFilename
{
    /// <summary>The build tag, e.g. <c>1</c> or <c>2b</c>; null where there is none.</summary>
    public string? BuildTag => throw new NotImplementedException();

    /// <summary>Python tags of the compressed set, e.g. <c>py2</c>, <c>py3</c>.</summary>
    public IReadOnlyList<string> PythonTags => throw new NotImplementedException();

    /// <summary>ABI tags of the compressed set.</summary>
    public IReadOnlyList<string> AbiTags => throw new NotImplementedException();

    /// <summary>Platform tags of the compressed set.</summary>
    public IReadOnlyList<string> PlatformTags => throw new NotImplementedException();
}

/// <summary>An sdist's file name (PEP 625): <c>.tar.gz</c>, or <c>.zip</c> of old.</summary>
public sealed class SdistFilename : DistributionFilename;

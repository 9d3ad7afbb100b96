using System.Diagnostics.CodeAnalysis;

namespace Anchorage.Packaging;

/// <summary>A version as the version specifiers specification (PEP 440) defines it. Equal versions compare equal: 1.0 and 1.0.0.</summary>
public sealed class PackageVersion : IEquatable<PackageVersion>, IComparable<PackageVersion>
{
    /// <summary>Parses and normalises a version.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out PackageVersion? version) => throw new NotImplementedException();

    /// <inheritdoc cref="TryParse"/>
    public static PackageVersion Parse(string text) => throw new NotImplementedException();

    /// <summary>Alpha, beta, release candidate or development release.</summary>
    public bool IsPrerelease => throw new NotImplementedException();

    /// <summary>The local part, without <c>+</c>; null where there is none.</summary>
    public string? Local => throw new NotImplementedException();

    /// <summary>Trailing zeros of the release removed: the key under which 1.0 and 1.0.0 are one release.</summary>
    public string ToCanonicalString() => throw new NotImplementedException();

    /// <inheritdoc/>
    public int CompareTo(PackageVersion? other) => throw new NotImplementedException();

    /// <inheritdoc/>
    public bool Equals(PackageVersion? other) => other is not null && CompareTo(other) == 0;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as PackageVersion);

    /// <inheritdoc/>
    public override int GetHashCode() => throw new NotImplementedException();

    /// <summary>PEP 440 order.</summary>
    public static bool operator ==(PackageVersion? left, PackageVersion? right) => throw new NotImplementedException();

    /// <summary>PEP 440 order.</summary>
    public static bool operator !=(PackageVersion? left, PackageVersion? right) => throw new NotImplementedException();

    /// <summary>PEP 440 order.</summary>
    public static bool operator <(PackageVersion? left, PackageVersion? right) => throw new NotImplementedException();

    /// <summary>PEP 440 order.</summary>
    public static bool operator >(PackageVersion? left, PackageVersion? right) => throw new NotImplementedException();

    /// <summary>PEP 440 order.</summary>
    public static bool operator <=(PackageVersion? left, PackageVersion? right) => throw new NotImplementedException();

    /// <summary>PEP 440 order.</summary>
    public static bool operator >=(PackageVersion? left, PackageVersion? right) => throw new NotImplementedException();
}

/// <summary>Orders version texts: PEP 440 versions by their order, everything else (legacy versions) below them. Never throws.</summary>
public static class VersionOrder
{
    /// <summary>The comparer.</summary>
    public static IComparer<string> Comparer => throw new NotImplementedException();
}

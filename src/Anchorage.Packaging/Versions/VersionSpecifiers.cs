using System.Diagnostics.CodeAnalysis;

namespace Anchorage.Packaging;

/// <summary>A comma-separated set of version specifiers (PEP 440), as in Requires-Python.</summary>
public sealed class VersionSpecifiers
{
    /// <summary>Parses a set; the empty text is the set that contains everything.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out VersionSpecifiers? specifiers) => throw new NotImplementedException();
}

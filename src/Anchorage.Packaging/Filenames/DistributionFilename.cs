using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace Anchorage.Packaging;

/// <summary>The name of a wheel or sdist file, taken apart. Readers accept what older tools wrote; see <see cref="IsCanonical"/>.</summary>
public abstract class DistributionFilename
{
    /// <summary>The longest file name accepted, in characters: what the usual file systems can store.</summary>
    public const int MaxLength = 255;

    private static readonly SearchValues<char> SafeCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.+!");

    private protected DistributionFilename(string text, ProjectName project, PackageVersion version)
    {
        Text = text;
        Project = project;
        Version = version;
    }

    /// <summary>The file name as given.</summary>
    public string Text { get; }

    /// <summary>The project in the file name.</summary>
    public ProjectName Project { get; }

    /// <summary>The version in the file name.</summary>
    public PackageVersion Version { get; }

    /// <summary>
    /// The name that a current build tool would give the same file: normalised project with <c>_</c>, normalised version.
    /// </summary>
    public abstract string CanonicalText { get; }

    /// <summary>
    /// True where the name is spelt as PEP 427/PEP 625 want it of a producer. The order inside a compressed tag set is
    /// left alone: auditwheel, whose order is on most binary wheels, does not sort it.
    /// </summary>
    public bool IsCanonical => Text == CanonicalText;

    /// <summary>
    /// Parses a wheel or sdist file name; <paramref name="problem"/> says in one sentence what is wrong. The name is one
    /// plain path segment: ASCII letters, digits and <c>-_.+!</c>, so it is safe in a URL, a header and a file system.
    /// </summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out DistributionFilename? filename, [NotNullWhen(false)] out string? problem)
    {
        filename = null;
        problem = FindUnsafeText(text);
        if (problem is not null)
            return false;
        if (text.EndsWith(WheelFilename.Extension, StringComparison.Ordinal))
            filename = WheelFilename.Parse(text, out problem);
        else if (text.EndsWith(SdistFilename.Extension, StringComparison.Ordinal))
            filename = SdistFilename.Parse(text, SdistFilename.Extension, out problem);
        else if (text.EndsWith(SdistFilename.LegacyExtension, StringComparison.Ordinal))
            filename = SdistFilename.Parse(text, SdistFilename.LegacyExtension, out problem);
        else
            problem = $"'{text}' is neither a wheel (.whl) nor an sdist (.tar.gz, formerly .zip).";
        return filename is not null;
    }

    /// <summary>Refuses before anything is quoted in a message, so that no control character reaches a log or a header.</summary>
    private static string? FindUnsafeText(string text)
    {
        if (text.Length == 0)
            return "The file name is empty.";
        if (text.Length > MaxLength)
            return $"The file name has {text.Length} characters; {MaxLength} is the most that file systems store.";
        var unsafeAt = text.AsSpan().IndexOfAnyExcept(SafeCharacters);
        if (unsafeAt >= 0)
        {
            return text[unsafeAt] is '/' or '\\'
                ? "The file name contains a path separator; it must be a plain name."
                : $"The file name contains the character U+{(int)text[unsafeAt]:X4}; only ASCII letters, digits, '-', '_', '.', '+' and '!' may be in it.";
        }
        if (text[0] is '.' or '-' or '_')
            return $"The file name '{text}' must start with the project's name.";
        return null;
    }

    /// <summary>The file name as given.</summary>
    public override string ToString() => Text;
}

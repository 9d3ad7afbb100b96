using System.Security.Cryptography;
using System.Text;
using Anchorage.Packaging;

namespace Anchorage.Server.Index;

/// <summary>
/// The one place that knows how a file's address looks: <c>/packages/{index}/{aa}/{bb}/{rest of sha256}/{filename}</c>.
/// Every page writes it and the file endpoint reads it, so that credentials stay on one origin and lock files stay valid.
/// </summary>
internal static class FileAddress
{
    public static string For(string index, Sha256Digest locator, string filename)
    {
        var hex = locator.ToString();
        return $"/packages/{index}/{hex.AsSpan(0, 2)}/{hex.AsSpan(2, 2)}/{hex.AsSpan(4)}/{Uri.EscapeDataString(filename)}";
    }

    public static bool TryReadLocator(string first, string second, string rest, out Sha256Digest locator)
    {
        locator = default;
        return first.Length == 2 && second.Length == 2 && Sha256Digest.TryParse(first + second + rest, out locator);
    }

    /// <summary>
    /// The digest in the address of a mirrored file: its SHA-256 where the upstream names one, else the digest of its
    /// address there (an upstream that names no hash, or only MD5): stable, and never taken for a hash of content.
    /// </summary>
    public static Sha256Digest Locator(ProjectFile file) =>
        FindSha256(file) ?? new Sha256Digest(SHA256.HashData(Encoding.UTF8.GetBytes("address\0" + file.Url)));

    public static Sha256Digest? FindSha256(ProjectFile file) =>
        file.Hashes.TryGetValue("sha256", out var hex) && Sha256Digest.TryParse(hex, out var digest) ? digest : null;

    /// <summary>
    /// Projects that a file name may belong to that no parser takes: <c>pytz-2004b-py2.4.egg</c> may be cut at any dash.
    /// </summary>
    public static IEnumerable<ProjectName> GuessProjects(string filename)
    {
        const int MaxCandidates = 8;
        var found = 0;
        for (var dash = filename.IndexOf('-', StringComparison.Ordinal); dash > 0 && found < MaxCandidates; dash = filename.IndexOf('-', dash + 1))
        {
            if (!ProjectName.TryParse(filename[..dash], out var name))
                continue;
            found++;
            yield return name;
        }
    }
}

using System.Diagnostics.CodeAnalysis;

namespace Anchorage.Packaging;

/// <summary>Reads what one link of a project page says about a file.</summary>
internal sealed class SimpleHtmlLink(Uri at, HtmlText text)
{
    // What the public index ever accepted, and what its mirrors still list. Other links of a page (its navigation, its signatures) are no files.
    private static readonly string[] DistributionExtensions =
    [
        ".whl", ".tar.gz", ".zip", ".egg", ".exe", ".tar.bz2", ".tgz", ".msi", ".rpm", ".deb", ".dmg",
        ".tar.xz", ".tar.z", ".tar.lzma", ".tar", ".tbz", ".tbz2", ".txz", ".tlz",
    ];

    /// <summary>False with a problem: a file that is left out. False without: a link that is no file.</summary>
    public bool TryRead(in HtmlTokenizer anchor, ProjectFile? previous, [NotNullWhen(true)] out ProjectFile? file, out string? problem)
    {
        file = null;
        problem = null;
        if (!anchor.TryGetAttribute("href"u8, out var rawHref))
            return false;
        var href = text.ReadValue(rawHref).Trim();
        if (href.IsEmpty)
            return false;

        var hash = href.IndexOf('#');
        var address = hash < 0 ? href : href[..hash];
        var filename = LastSegment(address);
        if (!LooksLikeFile(filename))
            return false;
        if (!ListedFile.TryResolveUrl(address.ToString(), at, out var url))
            problem = $"its URL is not one of http or https of at most {SimpleLimits.MaxUrlLength} characters";
        if (!TryReadHash(hash < 0 ? [] : href[(hash + 1)..], out var hashes))
            problem ??= "its hash is not one";
        // The name first: it is what a person looks for.
        problem = ListedFile.FindFilenameProblem(filename) ?? problem ?? FindLongAttribute(anchor);
        if (problem is not null)
        {
            problem = $"\"{SimpleLimits.Shorten(filename)}\": {problem}";
            return false;
        }

        var (hasCoreMetadata, coreMetadataHashes) = ReadCoreMetadata(anchor);
        file = new ProjectFile
        {
            Filename = filename,
            Url = url!,
            Hashes = hashes,
            RequiresPython = Read(anchor, "data-requires-python"u8, previous?.RequiresPython),
            UploadTime = Read(anchor, "data-upload-time"u8),
            YankedReason = Read(anchor, "data-yanked"u8),
            HasCoreMetadata = hasCoreMetadata,
            CoreMetadataHashes = coreMetadataHashes,
            Provenance = Read(anchor, "data-provenance"u8) is { } provenance && ListedFile.TryResolveUrl(provenance, at, out var resolved) ? resolved : null,
            GpgSig = Read(anchor, "data-gpg-sig"u8) switch { "true" => true, "false" => false, _ => null },
        };
        return true;
    }

    public static string LastSegment(ReadOnlySpan<char> url)
    {
        var query = url.IndexOf('?');
        var path = query < 0 ? url : url[..query];
        return Uri.UnescapeDataString(path[(path.LastIndexOf('/') + 1)..]);
    }

    private static bool LooksLikeFile(string filename)
    {
        foreach (var extension in DistributionExtensions)
        {
            if (filename.Length > extension.Length && filename.EndsWith(extension, StringComparison.OrdinalIgnoreCase))
                return true;
        }
        return false;
    }

    /// <summary>An attribute's value; neighbours mostly say the same, and then share one string.</summary>
    private string? Read(in HtmlTokenizer anchor, ReadOnlySpan<byte> name, string? previous = null)
    {
        if (!anchor.TryGetAttribute(name, out var raw))
            return null;
        var value = text.ReadValue(raw);
        return previous is not null && value.SequenceEqual(previous) ? previous : value.ToString();
    }

    /// <summary>Cutting it short or dropping it could make a yanked file look wanted.</summary>
    private string? FindLongAttribute(in HtmlTokenizer anchor)
    {
        // A value has no more characters than bytes.
        var longest = anchor.FindLongestValue(out var name);
        return longest.Length > SimpleLimits.MaxTextLength && text.ReadValue(longest).Length > SimpleLimits.MaxTextLength
            ? $"its {SimpleLimits.Shorten(System.Text.Encoding.UTF8.GetString(name))} is longer than {SimpleLimits.MaxTextLength} characters"
            : null;
    }

    // PEP 503: "#algorithm=digest". Other fragments ("#egg=name") are no hashes, and a file may have none.
    private static bool TryReadHash(ReadOnlySpan<char> fragment, out IReadOnlyDictionary<string, string> hashes)
    {
        hashes = FileHashes.None;
        foreach (var range in fragment.Split('&'))
        {
            var part = fragment[range];
            var equals = part.IndexOf('=');
            if (equals <= 0 || FindAlgorithm(part[..equals].Trim()) is not { } algorithm)
                continue;
            if (!ListedFile.TryReadDigest(algorithm, part[(equals + 1)..].Trim(), out var digest))
                return false;
            hashes = FileHashes.Add(hashes, algorithm, digest) ?? hashes;
        }
        return true;
    }

    private (bool Exists, IReadOnlyDictionary<string, string> Hashes) ReadCoreMetadata(in HtmlTokenizer anchor)
    {
        if (!anchor.TryGetAttribute("data-core-metadata"u8, out var raw) && !anchor.TryGetAttribute("data-dist-info-metadata"u8, out raw))
            return (false, FileHashes.None);
        var value = text.ReadValue(raw);
        if (value.Equals("false", StringComparison.OrdinalIgnoreCase))
            return (false, FileHashes.None);
        // "true", or an empty attribute as some servers write it: it exists, its digest is not known.
        if (!value.Contains('='))
            return (true, FileHashes.None);
        return TryReadHash(value, out var hashes) ? (true, hashes) : (false, FileHashes.None);
    }

    private static string? FindAlgorithm(ReadOnlySpan<char> name)
    {
        foreach (var algorithm in ListedFile.FragmentAlgorithms)
        {
            if (name.Equals(algorithm, StringComparison.OrdinalIgnoreCase))
                return algorithm;
        }
        return null;
    }
}

namespace Anchorage.Packaging;

/// <summary>The rules of <c>direct_url.json</c>, applied to a document.</summary>
internal static class DirectUrlReader
{
    public static DirectUrl Read(JsonFields fields)
    {
        var url = fields.RequiredText("url");
        var (repository, archive, directory) = (fields.Child("vcs_info"), fields.Child("archive_info"), fields.Child("dir_info"));
        DirectUrlOrigin? origin = (repository, archive, directory) switch
        {
            ({ } one, null, null) => new RepositoryOrigin(one.RequiredText("vcs"), one.RequiredText("commit_id"), one.Text("requested_revision")),
            (null, { } one, null) => new ArchiveOrigin(ReadHashes(one)),
            (null, null, { } one) => new DirectoryOrigin(one.Boolean("editable")),
            _ => throw fields.Fault("must have exactly one of vcs_info, archive_info and dir_info."),
        };
        if (origin is DirectoryOrigin && !IsAbsoluteFileUrl(url))
            throw fields.Fault($"has dir_info, so its url must be an absolute file URL; '{CoreMetadata.Quote(UrlCredentials.Remove(url, []))}' is none.");
        return new DirectUrl(url, origin, fields.Text("subdirectory"));
    }

    private static Dictionary<string, string> ReadHashes(JsonFields fields)
    {
        var hashes = fields.Child("hashes")?.AllTexts() ?? [];
        if (fields.Text("hash") is not { } legacy)
            return hashes;
        var equals = legacy.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0)
            throw fields.Fault("has a malformed 'hash'; it looks like sha256=0123….");
        var (algorithm, digest) = (legacy[..equals], legacy[(equals + 1)..]);
        if (hashes.Count == 0)
            hashes.Add(algorithm, digest);
        else if (!hashes.TryGetValue(algorithm, out var known) || known != digest)
            throw fields.Fault("has a 'hash' that is not among its 'hashes'.");
        return hashes;
    }

    /// <summary>RFC 8089: <c>file:/path</c>, <c>file:///path</c>, <c>file://localhost/path</c>, in any case; other hosts are other machines.</summary>
    private static bool IsAbsoluteFileUrl(string url)
    {
        const string Scheme = "file:";
        if (!url.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
            return false;
        var rest = url.AsSpan(Scheme.Length);
        if (rest.StartsWith("//"))
        {
            rest = rest[2..];
            if (rest.StartsWith("localhost/", StringComparison.OrdinalIgnoreCase))
                rest = rest["localhost".Length..];
        }
        return rest.StartsWith("/");
    }
}

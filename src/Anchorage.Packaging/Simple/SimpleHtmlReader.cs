using System.Globalization;
using System.Text;
using AngleSharp.Html;
using AngleSharp.Html.Parser;
using AngleSharp.Html.Parser.Tokens;
using AngleSharp.Text;

namespace Anchorage.Packaging;

/// <summary>One pass over the tokens of a page, collecting links, the meta elements of the Simple API, and signs of what the page is.</summary>
internal sealed class SimpleHtmlReader
{
    // What the public index ever accepted, and what its mirrors still list. Other links of a page (its navigation, its signatures) are no files.
    private static readonly string[] DistributionExtensions =
    [
        ".whl", ".tar.gz", ".zip", ".egg", ".exe", ".tar.bz2", ".tgz", ".msi", ".rpm", ".deb", ".dmg",
        ".tar.xz", ".tar.z", ".tar.lzma", ".tar", ".tbz", ".tbz2", ".txz", ".tlz",
    ];

    private readonly string page;
    private readonly string text;

    private string? repositoryVersion;
    private string? status;
    private string? statusReason;
    private string? baseHref;
    private long? serial;
    private bool asksForPassword;
    private bool opened;
    private bool closed;
    private bool namedAsIndex;

    public SimpleHtmlReader(string page, ReadOnlySpan<byte> content, string? charset)
    {
        this.page = page;
        text = Decode(content, charset);
    }

    public ProjectDetail ReadProject(ProjectName expected, Uri pageUrl)
    {
        // Collected first: the base counts for links before it as well.
        var anchors = new List<HtmlTagToken>();
        ReadTokens(SimpleLimits.MaxFiles, (anchor, _) => anchors.Add(anchor));
        var at = baseHref is not null && ListedFile.TryResolveUrl(baseHref, pageUrl, out var resolvedBase) ? new Uri(resolvedBase) : pageUrl;

        var files = new List<ProjectFile>(anchors.Count);
        var leftOut = new List<string>();
        ProjectFile? previous = null;
        foreach (var anchor in anchors)
        {
            if (!TryReadFile(anchor, at, previous, out var file, out var problem))
            {
                if (problem is not null && leftOut.Count < SimpleLimits.MaxLeftOutNamed)
                    leftOut.Add(problem);
                continue;
            }
            files.Add(previous = file!);
        }
        RequireIndexPage(files.Count);
        if (files.Count == 0 && leftOut.Count > 0)
            throw new FormatException($"{page} has no usable file; the first is left out: {leftOut[0]}.");
        return new ProjectDetail
        {
            Name = expected,
            ApiVersion = repositoryVersion ?? "1.0",
            LastSerial = serial,
            Files = files,
            Status = status is null && statusReason is null ? null : new ProjectStatus(status ?? "active", statusReason),
            LeftOut = leftOut,
        };
    }

    public ProjectList ReadList()
    {
        var projects = new List<ProjectListEntry>();
        ReadTokens(SimpleLimits.MaxProjects, (anchor, shown) =>
        {
            if (FindProject(anchor, shown) is { } name)
                projects.Add(new ProjectListEntry(name, null));
        });
        RequireIndexPage(projects.Count);
        return new ProjectList { LastSerial = serial, Projects = projects };
    }

    /// <summary>A page is believed to list nothing only where it says that it is an index page, and never where it is a login or a fragment.</summary>
    private void RequireIndexPage(int entries)
    {
        SimpleLimits.RequireKnownVersion(repositoryVersion ?? "1.0", page);
        if (asksForPassword)
            throw new FormatException($"{page} asks for a password: it is a login page, not an index page. Check the upstream's credentials.");
        if (opened && !closed)
            throw new FormatException($"{page} ends early: neither body nor html is closed.");
        if (entries == 0 && !(closed && (repositoryVersion is not null || namedAsIndex)))
            throw new FormatException($"{page} has no links and does not look like an index page.");
    }

    /// <summary>Notes what the page says about itself, and reports every link with its text.</summary>
    private void ReadTokens(int mostLinks, Action<HtmlTagToken, string> report)
    {
        // This source is three times as fast as the one for a plain string, which is made to be written to.
        using var source = new TextSource(new ReadOnlyMemoryTextSource(text));
        using var tokenizer = new HtmlTokenizer(source, HtmlEntityProvider.Resolver);
        HtmlTagToken? anchor = null;
        var anchorText = new StringBuilder();
        var inHeading = false;
        var links = 0;

        while (true)
        {
            var token = tokenizer.Get();
            switch (token.Type)
            {
                case HtmlTokenType.EndOfFile:
                    EndAnchor();
                    return;

                case HtmlTokenType.StartTag:
                    var tag = token.AsTag();
                    if (tag.Name == "a")
                    {
                        EndAnchor();
                        anchor = tag;
                    }
                    else
                    {
                        NoteStart(tag, tokenizer);
                        inHeading |= tag.Name is "title" or "h1";
                    }
                    break;

                case HtmlTokenType.EndTag:
                    if (token.Name == "a")
                        EndAnchor();
                    else if (token.Name is "body" or "html")
                        closed = true;
                    else if (token.Name is "title" or "h1")
                        inHeading = false;
                    break;

                case HtmlTokenType.Character:
                    if (anchor is not null && anchorText.Length < SimpleLimits.MaxTextLength)
                        anchorText.Append(token.Data);
                    if (inHeading)
                        NoteHeading(token.Data);
                    break;

                case HtmlTokenType.Comment:
                    NoteComment(token.Data);
                    break;
            }
        }

        void EndAnchor()
        {
            if (anchor is null)
                return;
            if (++links > mostLinks)
                throw new FormatException($"{page} has more than {mostLinks} links.");
            report(anchor, anchorText.ToString());
            anchor = null;
            anchorText.Clear();
        }
    }

    private void NoteStart(HtmlTagToken tag, HtmlTokenizer tokenizer)
    {
        switch (tag.Name)
        {
            case "html" or "body":
                opened = true;
                break;
            case "base":
                baseHref ??= Attribute(tag, "href");
                break;
            case "meta":
                NoteMeta(tag);
                break;
            case "input":
                asksForPassword |= string.Equals(Attribute(tag, "type"), "password", StringComparison.OrdinalIgnoreCase);
                break;
            // What a tree builder would tell the tokenizer: in these elements a "<a" is text.
            case "title" or "textarea":
                tokenizer.State = HtmlParseMode.RCData;
                break;
            case "style" or "xmp" or "iframe" or "noembed" or "noframes":
                tokenizer.State = HtmlParseMode.Rawtext;
                break;
            case "script":
                tokenizer.State = HtmlParseMode.Script;
                break;
        }
    }

    private void NoteMeta(HtmlTagToken tag)
    {
        var content = Attribute(tag, "content");
        if (content is null || content.Length > SimpleLimits.MaxTextLength)
            return;
        switch (Attribute(tag, "name")?.Trim().ToLowerInvariant())
        {
            case "pypi:repository-version":
                repositoryVersion ??= content.Trim();
                break;
            case "pypi:project-status":
                status ??= content.Trim();
                break;
            case "pypi:project-status-reason":
                statusReason ??= content;
                break;
        }
    }

    private void NoteHeading(string heading) =>
        namedAsIndex |= heading.Contains("links for", StringComparison.OrdinalIgnoreCase)
            || heading.Contains("simple index", StringComparison.OrdinalIgnoreCase);

    private void NoteComment(string comment)
    {
        if (comment.StartsWith("SERIAL ", StringComparison.Ordinal)
            && long.TryParse(comment.AsSpan(7).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            serial = number;
        }
    }

    /// <summary>False with a problem: a file that is left out. False without: a link that is no file.</summary>
    private static bool TryReadFile(HtmlTagToken anchor, Uri at, ProjectFile? previous, out ProjectFile? file, out string? problem)
    {
        file = null;
        problem = null;
        var href = Attribute(anchor, "href")?.Trim();
        if (string.IsNullOrEmpty(href))
            return false;

        var hash = href.IndexOf('#', StringComparison.Ordinal);
        var filename = LastSegment(hash < 0 ? href : href[..hash]);
        if (!LooksLikeFile(filename))
            return false;
        if (ListedFile.FindFilenameProblem(filename) is { } fault)
        {
            problem = $"\"{SimpleLimits.Shorten(filename)}\": {fault}";
            return false;
        }
        if (!ListedFile.TryResolveUrl(href, at, out var url))
        {
            problem = $"\"{SimpleLimits.Shorten(filename)}\": its URL is not one of http or https";
            return false;
        }
        if (FindLongAttribute(anchor) is { } attribute)
        {
            // Cutting it short or dropping it could make a yanked file look wanted.
            problem = $"\"{SimpleLimits.Shorten(filename)}\": its {SimpleLimits.Shorten(attribute)} is longer than {SimpleLimits.MaxTextLength} characters";
            return false;
        }
        if (!TryReadHash(hash < 0 ? "" : href[(hash + 1)..], out var hashes))
        {
            problem = $"\"{SimpleLimits.Shorten(filename)}\": its hash is not one";
            return false;
        }

        var requiresPython = Attribute(anchor, "data-requires-python");
        var coreMetadata = Attribute(anchor, "data-core-metadata") ?? Attribute(anchor, "data-dist-info-metadata");
        var (hasCoreMetadata, coreMetadataHashes) = ReadCoreMetadata(coreMetadata);
        file = new ProjectFile
        {
            Filename = filename,
            Url = url,
            Hashes = hashes,
            RequiresPython = requiresPython is not null && requiresPython == previous?.RequiresPython ? previous.RequiresPython : requiresPython,
            UploadTime = Attribute(anchor, "data-upload-time"),
            YankedReason = Attribute(anchor, "data-yanked"),
            HasCoreMetadata = hasCoreMetadata,
            CoreMetadataHashes = coreMetadataHashes,
            Provenance = Attribute(anchor, "data-provenance") is { } provenance && ListedFile.TryResolveUrl(provenance, at, out var resolved) ? resolved : null,
            GpgSig = Attribute(anchor, "data-gpg-sig") switch { "true" => true, "false" => false, _ => null },
        };
        return true;
    }

    private static readonly Dictionary<string, string> NoHashes = [];

    // PEP 503: "#algorithm=digest". Other fragments ("#egg=name") are no hashes, and a file may have none.
    private static bool TryReadHash(string fragment, out Dictionary<string, string> hashes)
    {
        hashes = NoHashes;
        foreach (var part in fragment.Split('&'))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0 || FindAlgorithm(part.AsSpan(0, equals)) is not { } algorithm)
                continue;
            if (!ListedFile.TryReadDigest(algorithm, part[(equals + 1)..].Trim(), out var digest))
                return false;
            if (hashes.Count == 0)
                hashes = new Dictionary<string, string>(1, StringComparer.Ordinal);
            hashes.TryAdd(algorithm, digest);
        }
        return true;
    }

    private static (bool Exists, Dictionary<string, string> Hashes) ReadCoreMetadata(string? value)
    {
        if (value is null || value.Equals("false", StringComparison.OrdinalIgnoreCase))
            return (false, NoHashes);
        // "true", or an empty attribute as some servers write it: it exists, its digest is not known.
        if (!value.Contains('=', StringComparison.Ordinal))
            return (true, NoHashes);
        return TryReadHash(value, out var hashes) ? (true, hashes) : (false, NoHashes);
    }

    private static string? FindAlgorithm(ReadOnlySpan<char> name)
    {
        foreach (var algorithm in ListedFile.FragmentAlgorithms)
        {
            if (name.Trim().Equals(algorithm, StringComparison.OrdinalIgnoreCase))
                return algorithm;
        }
        return null;
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

    // PEP 503: the text of a link is the name, its target the normalised name. Both must agree, or the link is navigation.
    private static string? FindProject(HtmlTagToken anchor, string text)
    {
        var href = Attribute(anchor, "href")?.Trim();
        if (string.IsNullOrEmpty(href) || !ProjectName.TryParse(LastSegment(href.Split('#')[0].TrimEnd('/')), out var target))
            return null;
        var shown = text.Trim().TrimEnd('/');
        if (ProjectName.TryParse(shown, out var named) && named == target)
            return shown;
        // nginx's directory listing cuts long names: "a-very-long-na..>".
        return shown.EndsWith("..>", StringComparison.Ordinal) ? target.ToString() : null;
    }

    private static string LastSegment(string url)
    {
        var query = url.IndexOf('?', StringComparison.Ordinal);
        var path = query < 0 ? url : url[..query];
        return Uri.UnescapeDataString(path[(path.LastIndexOf('/') + 1)..]);
    }

    // The first of two attributes of one name counts, as HTML says.
    private static string? Attribute(HtmlTagToken tag, string name)
    {
        foreach (var attribute in tag.Attributes)
        {
            if (attribute.Name == name)
                return attribute.Value;
        }
        return null;
    }

    private static string? FindLongAttribute(HtmlTagToken tag)
    {
        foreach (var attribute in tag.Attributes)
        {
            if (attribute.Value.Length > SimpleLimits.MaxTextLength)
                return attribute.Name;
        }
        return null;
    }

    // Index pages are ASCII with percent and character references, nearly always. Code page encodings are not carried along for the rest.
    private static string Decode(ReadOnlySpan<byte> content, string? charset)
    {
        if (content.StartsWith("\uFEFF"u8))
            return Encoding.UTF8.GetString(content[3..]);
        Encoding encoding = charset?.Trim(' ', '"', '\'').ToLowerInvariant() switch
        {
            "iso-8859-1" or "latin1" or "windows-1252" => Encoding.Latin1,
            "utf-16" or "utf-16le" => Encoding.Unicode,
            "utf-16be" => Encoding.BigEndianUnicode,
            _ => Encoding.UTF8,
        };
        return encoding.GetString(content);
    }
}

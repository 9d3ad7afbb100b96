using System.Globalization;
using System.Text;

namespace Anchorage.Packaging;

/// <summary>One pass over the tokens of a page, collecting links, the meta elements of the Simple API, and signs of what the page is.</summary>
internal sealed class SimpleHtmlReader(string page)
{
    private readonly HtmlText text = new();
    private readonly StringBuilder linkText = new();

    private string? repositoryVersion;
    private string? status;
    private string? statusReason;
    private string? baseHref;
    private long? serial;
    private bool asksForPassword;
    private bool opened;
    private bool closed;
    private bool namedAsIndex;
    private bool inHeading;
    private bool inLink;

    public ProjectDetail ReadProject(ReadOnlySpan<byte> html, ProjectName expected, Uri pageUrl)
    {
        var (files, leftOut) = ReadFiles(html, pageUrl);
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

    private (List<ProjectFile> Files, List<string> LeftOut) ReadFiles(ReadOnlySpan<byte> html, Uri pageUrl)
    {
        var tokenizer = new HtmlTokenizer(html);
        var files = new List<ProjectFile>();
        var leftOut = new List<string>();
        var knownBase = baseHref;
        SimpleHtmlLink? link = null;
        for (var links = 0; ReadToLink(ref tokenizer); RequireFewerLinks(++links, SimpleLimits.MaxFiles))
        {
            if (link is null)
            {
                knownBase = baseHref;
                link = new SimpleHtmlLink(knownBase is not null && ListedFile.TryResolveUrl(knownBase, pageUrl, out var resolved) ? new Uri(resolved) : pageUrl, text);
            }
            if (link.TryRead(tokenizer, files.Count > 0 ? files[^1] : null, out var file, out var problem))
                files.Add(file);
            else if (problem is not null && leftOut.Count < SimpleLimits.MaxLeftOutNamed)
                leftOut.Add(problem);
        }
        // A base counts for the links before it as well; the second time it is known from the start.
        return link is not null && baseHref != knownBase ? ReadFiles(html, pageUrl) : (files, leftOut);
    }

    public ProjectList ReadList(ReadOnlySpan<byte> html)
    {
        var tokenizer = new HtmlTokenizer(html);
        var projects = new List<ProjectListEntry>();
        string? href = null;
        for (var links = 0; ReadToLink(ref tokenizer); RequireFewerLinks(++links, SimpleLimits.MaxProjects))
        {
            AddProject(href);
            href = Attribute(tokenizer, "href"u8);
            inLink = true;
        }
        AddProject(href);
        RequireIndexPage(projects.Count);
        return new ProjectList { LastSerial = serial, Projects = projects };

        // A link is complete where the next one starts, or the page ends: only then its text is known.
        void AddProject(string? target)
        {
            if (target is not null && FindProject(target, linkText.ToString()) is { } name)
                projects.Add(new ProjectListEntry(name, null));
            linkText.Clear();
        }
    }

    private void RequireFewerLinks(int links, int most)
    {
        if (links > most)
            throw new FormatException($"{page} has more than {most} links.");
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

    /// <summary>Reads to the next link, and notes what stands before it; false where there is none.</summary>
    private bool ReadToLink(ref HtmlTokenizer tokenizer)
    {
        while (true)
        {
            switch (tokenizer.Read())
            {
                case HtmlToken.End:
                    return false;
                case HtmlToken.StartTag when tokenizer.IsNamed("a"u8):
                    return true;
                case HtmlToken.StartTag:
                    NoteStart(tokenizer);
                    break;
                case HtmlToken.EndTag:
                    NoteEnd(tokenizer);
                    break;
                case HtmlToken.Text when inHeading || inLink:
                    NoteText(text.ReadText(tokenizer.Text, tokenizer.TextHasReferences));
                    break;
                case HtmlToken.Comment:
                    NoteComment(tokenizer.Text);
                    break;
            }
        }
    }

    private void NoteStart(in HtmlTokenizer tag)
    {
        if (tag.IsNamed("br"u8))
            return;
        if (tag.IsNamed("html"u8) || tag.IsNamed("body"u8))
            opened = true;
        else if (tag.IsNamed("base"u8))
            baseHref ??= Attribute(tag, "href"u8);
        else if (tag.IsNamed("meta"u8))
            NoteMeta(tag);
        else if (tag.IsNamed("input"u8))
            asksForPassword |= string.Equals(Attribute(tag, "type"u8), "password", StringComparison.OrdinalIgnoreCase);
        else
            inHeading |= tag.IsNamed("title"u8) || tag.IsNamed("h1"u8);
    }

    private void NoteEnd(in HtmlTokenizer tag)
    {
        if (tag.IsNamed("a"u8))
            inLink = false;
        else if (tag.IsNamed("body"u8) || tag.IsNamed("html"u8))
            closed = true;
        else if (tag.IsNamed("title"u8) || tag.IsNamed("h1"u8))
            inHeading = false;
    }

    private void NoteMeta(in HtmlTokenizer tag)
    {
        var content = Attribute(tag, "content"u8);
        if (content is null || content.Length > SimpleLimits.MaxTextLength)
            return;
        switch (Attribute(tag, "name"u8)?.Trim().ToLowerInvariant())
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

    private void NoteText(ReadOnlySpan<char> shown)
    {
        if (inLink && linkText.Length < SimpleLimits.MaxTextLength)
            linkText.Append(shown);
        if (inHeading)
        {
            namedAsIndex |= shown.Contains("links for", StringComparison.OrdinalIgnoreCase)
                || shown.Contains("simple index", StringComparison.OrdinalIgnoreCase);
        }
    }

    private void NoteComment(ReadOnlySpan<byte> comment)
    {
        if (comment.StartsWith("SERIAL "u8)
            && long.TryParse(Encoding.UTF8.GetString(comment[7..]).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            serial = number;
        }
    }

    // PEP 503: the text of a link is the name, its target the normalised name. Both must agree, or the link is navigation.
    private static string? FindProject(string target, string shownText)
    {
        var href = target.Trim();
        if (href.Length == 0 || !ProjectName.TryParse(SimpleHtmlLink.LastSegment(href.Split('#')[0].TrimEnd('/')), out var linked))
            return null;
        var shown = shownText.Trim().TrimEnd('/');
        if (ProjectName.TryParse(shown, out var named) && named == linked)
            return shown;
        // nginx's directory listing cuts long names: "a-very-long-na..>".
        return shown.EndsWith("..>", StringComparison.Ordinal) ? linked.ToString() : null;
    }

    private string? Attribute(in HtmlTokenizer tag, ReadOnlySpan<byte> name) =>
        tag.TryGetAttribute(name, out var value) ? text.ReadValue(value).ToString() : null;

    /// <summary>
    /// The page as UTF-8. Index pages are ASCII with percent and character references, nearly always; code page encodings are not
    /// carried along for the rest.
    /// </summary>
    public static ReadOnlySpan<byte> ToUtf8(ReadOnlySpan<byte> content, string? charset)
    {
        if (content.StartsWith("\uFEFF"u8))
            return content[3..];
        var encoding = charset?.Trim(' ', '"', '\'').ToLowerInvariant() switch
        {
            "iso-8859-1" or "latin1" or "windows-1252" => Encoding.Latin1,
            "utf-16" or "utf-16le" => Encoding.Unicode,
            "utf-16be" => Encoding.BigEndianUnicode,
            _ => null,
        };
        return encoding is null ? content : Encoding.UTF8.GetBytes(encoding.GetString(content));
    }
}

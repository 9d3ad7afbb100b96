using System.Buffers;

namespace Anchorage.Packaging;

/// <summary>
/// Reader and writer of Simple API HTML (PEP 503, frozen at repository version 1.4 by PEP 833). The reader works on the tokens of
/// the page and builds no tree: its work is linear in the page, however the page nests.
/// </summary>
public static class SimpleHtml
{
    /// <summary>Reads a project page of any index; URLs come out absolute, against <c>base href</c> or <paramref name="pageUrl"/>.</summary>
    /// <remarks>
    /// A page without a single file is a project without files only where the page says that it is an index page (its
    /// <c>pypi:repository-version</c>, or a title or heading that says "links for" or "simple index") and is complete. A page that
    /// asks for a password, or opens <c>html</c> or <c>body</c> and closes neither, is refused whatever it links to.
    /// </remarks>
    /// <exception cref="FormatException">Not HTML of a known major version, or without a single link where the page looks truncated.</exception>
    public static ProjectDetail ReadProject(ReadOnlyMemory<byte> content, ProjectName expected, Uri pageUrl, string? charset = null)
    {
        ArgumentNullException.ThrowIfNull(expected);
        ArgumentNullException.ThrowIfNull(pageUrl);
        return new SimpleHtmlReader($"The page of {expected}").ReadProject(SimpleHtmlReader.ToUtf8(content.Span, charset), expected, pageUrl);
    }

    /// <summary>Writes a project page in the byte shape of the public index, which tools match with regular expressions.</summary>
    public static void WriteProject(IBufferWriter<byte> output, ProjectDetail project) => SimpleHtmlWriter.WriteProject(output, project);

    /// <summary>Reads a root page. Links that do not lead to the project they name are left out.</summary>
    /// <exception cref="FormatException">Not HTML of a known major version, or a page that is no index page or looks truncated.</exception>
    public static ProjectList ReadList(ReadOnlyMemory<byte> content, string? charset = null) =>
        new SimpleHtmlReader("The list of projects").ReadList(SimpleHtmlReader.ToUtf8(content.Span, charset));

    /// <summary>Writes a root page; links are relative to <c>/{index}/simple/</c>.</summary>
    public static void WriteList(IBufferWriter<byte> output, ProjectList list) => SimpleHtmlWriter.WriteList(output, list);
}

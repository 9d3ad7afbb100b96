using System.Text;

namespace Anchorage.Packaging;

/// <summary>How the text behind a start tag reads, where a <c>&lt;a</c> in it is no link (WHATWG HTML §13.2.5.2 to §13.2.5.5).</summary>
internal enum HtmlRawText
{
    None,
    Title,
    Textarea,
    Style,
    Xmp,
    Iframe,
    Noembed,
    Noframes,
    Script,
    Plaintext,
}

/// <summary>The elements whose text ends at their own end tag and nowhere before: what a tree builder would tell the tokenizer.</summary>
internal static class HtmlRawTextElements
{
    public static HtmlRawText Find(ReadOnlySpan<byte> name)
    {
        if (name.Length < 3)
            return HtmlRawText.None;
        for (var element = HtmlRawText.Title; element <= HtmlRawText.Plaintext; element++)
        {
            if (Ascii.EqualsIgnoreCase(name, element.Name()))
                return element;
        }
        return HtmlRawText.None;
    }

    public static bool HasReferences(this HtmlRawText element) => element is HtmlRawText.Title or HtmlRawText.Textarea;

    /// <summary>Where the element's end tag starts, at or behind <paramref name="from"/>; the end of the page where it has none.</summary>
    public static int FindEnd(this HtmlRawText element, ReadOnlySpan<byte> html, int from)
    {
        if (element == HtmlRawText.Plaintext)
            return html.Length;
        if (element == HtmlRawText.Script)
            return FindEndOfScript(html, from);
        for (var at = from; ; at++)
        {
            var next = html[at..].IndexOf("</"u8);
            if (next < 0)
                return html.Length;
            at += next;
            if (IsTag(html[(at + 2)..], element.Name()))
                return at;
        }
    }

    /// <summary>
    /// Between <c>&lt;!--</c> and <c>--&gt;</c> a script may contain a whole script element; its end tag does not end the outer one
    /// (§13.2.5.15 and the states behind it).
    /// </summary>
    private static int FindEndOfScript(ReadOnlySpan<byte> html, int from)
    {
        bool isEscaped = false, isInner = false;
        for (var at = from; ;)
        {
            var next = html[at..].IndexOfAny((byte)'<', (byte)'-');
            if (next < 0)
                return html.Length;
            at += next;
            var rest = html[at..];
            if (rest.StartsWith("-->"u8))
            {
                isEscaped = isInner = false;
            }
            else if (rest.StartsWith("</"u8) && IsTag(rest[2..], "script"u8))
            {
                if (!isInner)
                    return at;
                isInner = false;
            }
            else if (rest.StartsWith("<!--"u8) && !isEscaped)
            {
                isEscaped = true;
                at++; // The dashes may be those of "-->" already.
            }
            else if (isEscaped && !isInner && rest[0] == '<' && IsTag(rest[1..], "script"u8))
            {
                isInner = true;
            }
            at++;
        }
    }

    private static bool IsTag(ReadOnlySpan<byte> text, ReadOnlySpan<byte> name) =>
        text.Length > name.Length && Ascii.EqualsIgnoreCase(text[..name.Length], name)
        && text[name.Length] is (byte)' ' or (byte)'\n' or (byte)'\t' or (byte)'\r' or (byte)'\f' or (byte)'/' or (byte)'>';

    private static ReadOnlySpan<byte> Name(this HtmlRawText element) => element switch
    {
        HtmlRawText.Title => "title"u8,
        HtmlRawText.Textarea => "textarea"u8,
        HtmlRawText.Style => "style"u8,
        HtmlRawText.Xmp => "xmp"u8,
        HtmlRawText.Iframe => "iframe"u8,
        HtmlRawText.Noembed => "noembed"u8,
        HtmlRawText.Noframes => "noframes"u8,
        HtmlRawText.Script => "script"u8,
        _ => "plaintext"u8,
    };
}

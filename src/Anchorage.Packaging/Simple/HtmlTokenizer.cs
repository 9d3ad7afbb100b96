using System.Buffers;
using System.Text;

namespace Anchorage.Packaging;

/// <summary>What a page consists of, as far as a reader of links asks. Document types and broken ends of tags are passed over.</summary>
internal enum HtmlToken
{
    End,
    StartTag,
    EndTag,
    Text,
    Comment,
}

/// <summary>
/// The tokenizer of the HTML standard (WHATWG HTML §13.2.5) over UTF-8, as a browser without scripts would run it outside of SVG
/// and MathML. Every byte is looked at once, so its time is linear in the page and its memory that of one tag; texts and values
/// are slices of the page, whose character references <see cref="HtmlText"/> resolves where somebody asks.
/// </summary>
internal ref struct HtmlTokenizer(ReadOnlySpan<byte> html)
{
    // Carriage returns count as line feeds (§13.2.3.5), so they are white space as well.
    private static readonly SearchValues<byte> TagNameEnd = SearchValues.Create("\t\n\f\r />"u8);
    private static readonly SearchValues<byte> AttributeNameEnd = SearchValues.Create("\t\n\f\r />="u8);
    private static readonly SearchValues<byte> UnquotedValueEnd = SearchValues.Create("\t\n\f\r >"u8);

    private readonly ReadOnlySpan<byte> html = html;
    private int position;
    private HtmlAttribute[] attributes = new HtmlAttribute[8];
    private int attributeCount;
    private HtmlRawText rawText;

    /// <summary>The name of the tag that was read, in the case of the page.</summary>
    public ReadOnlySpan<byte> Name { get; private set; }

    /// <summary>The text or comment that was read, as it stands in the page.</summary>
    public ReadOnlySpan<byte> Text { get; private set; }

    /// <summary>False for the text of elements such as script, in which <c>&amp;amp;</c> is five characters.</summary>
    public bool TextHasReferences { get; private set; }

    public readonly bool IsNamed(ReadOnlySpan<byte> name) => Ascii.EqualsIgnoreCase(Name, name);

    /// <summary>The value of an attribute as it stands in the page; of two of one name the first. False where the tag has none.</summary>
    public readonly bool TryGetAttribute(ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        foreach (ref readonly var attribute in attributes.AsSpan(0, attributeCount))
        {
            if (!Ascii.EqualsIgnoreCase(html[attribute.Name], name))
                continue;
            value = html[attribute.Value];
            return true;
        }
        value = default;
        return false;
    }

    /// <summary>The longest value of the tag's attributes, as it stands in the page.</summary>
    public readonly ReadOnlySpan<byte> FindLongestValue(out ReadOnlySpan<byte> name)
    {
        name = default;
        ReadOnlySpan<byte> longest = default;
        foreach (ref readonly var attribute in attributes.AsSpan(0, attributeCount))
        {
            var value = html[attribute.Value];
            if (value.Length > longest.Length)
            {
                longest = value;
                name = html[attribute.Name];
            }
        }
        return longest;
    }

    public HtmlToken Read()
    {
        while (position < html.Length)
        {
            var isMarkup = rawText == HtmlRawText.None;
            var end = isMarkup ? FindMarkup() : rawText.FindEnd(html, position);
            var raw = rawText;
            rawText = HtmlRawText.None;
            if (end > position)
            {
                Text = html[position..end];
                TextHasReferences = isMarkup || raw.HasReferences();
                position = end;
                return HtmlToken.Text;
            }
            if (end < html.Length && ReadMarkup() is { } token)
                return token;
        }
        return HtmlToken.End;
    }

    /// <summary>A <c>&lt;</c> opens markup before a letter, <c>!</c>, <c>?</c> and <c>/</c>; anywhere else, and at the end, it is text.</summary>
    private readonly int FindMarkup()
    {
        for (var at = position; ; at++)
        {
            var next = html[at..].IndexOf((byte)'<');
            if (next < 0 || at + next + 1 == html.Length)
                return html.Length;
            at += next;
            var c = html[at + 1];
            if (char.IsAsciiLetter((char)c) || c is (byte)'!' or (byte)'?' || (c == '/' && at + 2 < html.Length))
                return at;
        }
    }

    /// <summary>Null for what yields no token.</summary>
    private HtmlToken? ReadMarkup()
    {
        var rest = html[position..];
        switch (rest[1])
        {
            case (byte)'!' when rest.StartsWith("<!--"u8):
                return ReadComment();
            case (byte)'!':
                var isDoctype = rest.Length >= 9 && Ascii.EqualsIgnoreCase(rest[2..9], "doctype"u8);
                var comment = ReadBogusComment(2);
                return isDoctype ? null : comment;
            case (byte)'?':
                return ReadBogusComment(1);
            case (byte)'/' when rest[2] == '>':
                position += 3;
                return null;
            case (byte)'/':
                return !char.IsAsciiLetter((char)rest[2]) ? ReadBogusComment(2) : ReadTag(2) ? HtmlToken.EndTag : null;
            default:
                if (!ReadTag(1))
                    return null;
                rawText = HtmlRawTextElements.Find(Name);
                return HtmlToken.StartTag;
        }
    }

    private HtmlToken ReadComment()
    {
        var start = position + 4;
        var rest = html[start..];
        if (rest.StartsWith(">"u8) || rest.StartsWith("->"u8))
            return EndComment(start, start, rest[0] == '>' ? 1 : 2);
        for (var at = start; ; at++)
        {
            var dashes = html[at..].IndexOf("--"u8);
            if (dashes < 0)
                return EndUnclosedComment(start);
            at += dashes;
            var tail = html[(at + 2)..];
            if (tail.StartsWith(">"u8) || tail.StartsWith("!>"u8))
                return EndComment(start, at, tail[0] == '>' ? 3 : 4);
        }
    }

    /// <summary>What may have become the end of the comment, had the page gone on, is not in it.</summary>
    private HtmlToken EndUnclosedComment(int start)
    {
        var rest = html[start..];
        var cut = rest.EndsWith("--!"u8) ? 3 : rest.EndsWith("--"u8) ? 2 : rest.EndsWith("-"u8) ? 1 : 0;
        return EndComment(start, html.Length - cut, cut);
    }

    /// <summary>What begins like markup and is none, up to the next <c>&gt;</c>.</summary>
    private HtmlToken ReadBogusComment(int prefix)
    {
        var start = position + prefix;
        var length = html[start..].IndexOf((byte)'>');
        return length < 0 ? EndComment(start, html.Length, 0) : EndComment(start, start + length, 1);
    }

    private HtmlToken EndComment(int start, int end, int suffix)
    {
        Text = html[start..end];
        TextHasReferences = false;
        position = end + suffix;
        return HtmlToken.Comment;
    }

    /// <summary>False where the page ends inside the tag, which then is none.</summary>
    private bool ReadTag(int prefix)
    {
        attributeCount = 0;
        var nameStart = position + prefix;
        position = Find(nameStart, TagNameEnd);
        Name = html[nameStart..position];
        while (true)
        {
            while (position < html.Length && (IsSpace(html[position]) || html[position] == '/'))
                position++;
            if (position == html.Length)
                return false;
            if (html[position] == '>')
            {
                position++;
                return true;
            }
            if (!ReadAttribute())
                return false;
        }
    }

    private bool ReadAttribute()
    {
        // An equals sign at the start belongs to the name.
        var name = position..Find(position + 1, AttributeNameEnd);
        position = name.End.Value;
        SkipSpace();
        var value = position..position;
        if (position < html.Length && html[position] == '=')
        {
            position++;
            SkipSpace();
            if (position == html.Length || !TryReadValue(out value))
            {
                position = html.Length;
                return false;
            }
        }
        if (attributeCount == attributes.Length)
            Array.Resize(ref attributes, attributeCount * 2);
        attributes[attributeCount++] = new HtmlAttribute(name, value);
        return true;
    }

    private bool TryReadValue(out Range value)
    {
        var quote = html[position];
        if (quote is not ((byte)'"' or (byte)'\''))
        {
            // Nothing before the end of the tag is an empty value.
            value = position..Find(position, UnquotedValueEnd);
            position = value.End.Value;
            return true;
        }
        var start = position + 1;
        var length = html[start..].IndexOf(quote);
        value = length < 0 ? default : start..(start + length);
        position = start + length + 1;
        return length >= 0;
    }

    private readonly int Find(int start, SearchValues<byte> ends)
    {
        var length = html[start..].IndexOfAny(ends);
        return length < 0 ? html.Length : start + length;
    }

    private void SkipSpace()
    {
        while (position < html.Length && IsSpace(html[position]))
            position++;
    }

    private static bool IsSpace(byte c) => c is (byte)' ' or (byte)'\n' or (byte)'\t' or (byte)'\r' or (byte)'\f';

    private readonly record struct HtmlAttribute(Range Name, Range Value);
}

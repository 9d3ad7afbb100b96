namespace Anchorage.Packaging;

/// <summary>
/// METADATA is a mail message, and what installers believe it says is what Python's <c>email</c> module (policy
/// compat32) reads from it. This reader keeps to that module where the two could differ: a header name is any printable
/// ASCII but <c>:</c>, a line that starts with a blank continues the value (line break and blanks stay in it), and the
/// first line that is neither starts the body, with or without an empty line before it.
/// </summary>
internal static class MetadataText
{
    /// <summary>Splits headers from the body; false where there are more than <paramref name="maxFields"/> headers.</summary>
    public static bool TryRead(string text, int maxFields, out List<KeyValuePair<string, string>> fields, out string body)
    {
        fields = [];
        body = "";
        var position = 0;
        while (position < text.Length)
        {
            var lineEnd = EndOfLine(text, position);
            if (text[position] is '\r' or '\n')
            {
                position = lineEnd;
                break;
            }
            if (text[position] is ' ' or '\t' || text.AsSpan(position).StartsWith("From "))
            {
                // A continuation of nothing, or a mailbox separator: neither is a header, both are skipped.
                position = lineEnd;
                continue;
            }
            var colon = FindColon(text.AsSpan(position, lineEnd - position));
            if (colon < 0)
                break;
            var valueEnd = lineEnd;
            while (valueEnd < text.Length && text[valueEnd] is ' ' or '\t')
                valueEnd = EndOfLine(text, valueEnd);
            if (colon > 0)
            {
                if (fields.Count == maxFields)
                    return false;
                var value = text.AsSpan(position + colon + 1, valueEnd - position - colon - 1);
                fields.Add(new(text.Substring(position, colon), value.TrimStart(" \t\r\n").TrimEnd("\r\n").ToString()));
            }
            position = valueEnd;
        }
        body = text[position..];
        return true;
    }

    private static int FindColon(ReadOnlySpan<char> line)
    {
        var colon = line.IndexOf(':');
        return colon >= 0 && !line[..colon].ContainsAnyExceptInRange('!', '~') ? colon : -1;
    }

    /// <summary>Behind the line break (<c>\n</c>, <c>\r\n</c> or <c>\r</c>) of the line at <paramref name="start"/>.</summary>
    private static int EndOfLine(string text, int start)
    {
        var at = text.AsSpan(start).IndexOfAny('\r', '\n');
        if (at < 0)
            return text.Length;
        at += start;
        return text[at] == '\r' && at + 1 < text.Length && text[at + 1] == '\n' ? at + 2 : at + 1;
    }
}

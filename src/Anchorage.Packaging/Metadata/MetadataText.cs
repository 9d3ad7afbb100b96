using System.Buffers;
using System.Text;

namespace Anchorage.Packaging;

/// <summary>
/// METADATA is a mail message, and what installers believe it says is what Python's <c>email</c> module (policy
/// compat32) reads from it. This reader keeps to that module where the two could differ: a header name is any printable
/// ASCII but <c>:</c>, a line that starts with a blank continues the value (line break and blanks stay in it), and the
/// first line that is neither starts the body, with or without an empty line before it.
/// </summary>
internal static class MetadataText
{
    private static readonly SearchValues<byte> LineBreaks = SearchValues.Create("\r\n"u8);

    /// <summary>
    /// Splits headers from the body, which is the rest of <paramref name="text"/>, valid UTF-8; false where there are more than
    /// <paramref name="maxFields"/> headers. Only headers become strings: a description of megabytes is nobody's business here.
    /// </summary>
    public static bool TryRead(ReadOnlySpan<byte> text, int maxFields, out List<KeyValuePair<string, string>> fields, out ReadOnlySpan<byte> body)
    {
        fields = [];
        body = default;
        var position = 0;
        while (position < text.Length)
        {
            var lineEnd = EndOfLine(text, position);
            if (text[position] is (byte)'\r' or (byte)'\n')
            {
                position = lineEnd;
                break;
            }
            if (IsBlank(text[position]) || text[position..].StartsWith("From "u8))
            {
                // A continuation of nothing, or a mailbox separator: neither is a header, both are skipped.
                position = lineEnd;
                continue;
            }
            var colon = FindColon(text[position..lineEnd]);
            if (colon < 0)
                break;
            var valueEnd = lineEnd;
            while (valueEnd < text.Length && IsBlank(text[valueEnd]))
                valueEnd = EndOfLine(text, valueEnd);
            if (colon > 0)
            {
                if (fields.Count == maxFields)
                    return false;
                var name = text.Slice(position, colon);
                var value = text[(position + colon + 1)..valueEnd].TrimStart(" \t\r\n"u8).TrimEnd("\r\n"u8);
                fields.Add(new(ReadName(name, fields), Encoding.UTF8.GetString(value)));
            }
            position = valueEnd;
        }
        body = text[position..];
        return true;
    }

    /// <summary>Fields that repeat do so one after the other: they share one name.</summary>
    private static string ReadName(ReadOnlySpan<byte> name, List<KeyValuePair<string, string>> before) =>
        before.Count > 0 && Ascii.Equals(name, before[^1].Key) ? before[^1].Key : Encoding.ASCII.GetString(name);

    private static int FindColon(ReadOnlySpan<byte> line)
    {
        var colon = line.IndexOf((byte)':');
        return colon >= 0 && !line[..colon].ContainsAnyExceptInRange((byte)'!', (byte)'~') ? colon : -1;
    }

    private static bool IsBlank(byte c) => c is (byte)' ' or (byte)'\t';

    /// <summary>Behind the line break (<c>\n</c>, <c>\r\n</c> or <c>\r</c>) of the line at <paramref name="start"/>.</summary>
    private static int EndOfLine(ReadOnlySpan<byte> text, int start)
    {
        var at = text[start..].IndexOfAny(LineBreaks);
        if (at < 0)
            return text.Length;
        at += start;
        return text[at] == '\r' && at + 1 < text.Length && text[at + 1] == '\n' ? at + 2 : at + 1;
    }
}

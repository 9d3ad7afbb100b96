using System.Text;
using System.Text.RegularExpressions;

namespace Anchorage.Packaging;

/// <summary>From the bytes of a requirements file to its logical lines: decoded, joined, without comments.</summary>
internal static partial class RequirementsText
{
    /// <summary>PEP 263: a comment in one of the first two lines that says how the file is encoded.</summary>
    [GeneratedRegex(@"^#.*coding[:=]\s*([-\w.]+)", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex CodingCookie();

    private static readonly (byte[] Mark, Encoding Encoding)[] ByteOrderMarks =
    [
        // The longer ones first: a mark of UTF-32 starts with one of UTF-16.
        ([0xff, 0xfe, 0, 0], new UTF32Encoding(bigEndian: false, byteOrderMark: false, throwOnInvalidCharacters: true)),
        ([0, 0, 0xfe, 0xff], new UTF32Encoding(bigEndian: true, byteOrderMark: false, throwOnInvalidCharacters: true)),
        ([0xef, 0xbb, 0xbf], StrictUtf8),
        ([0xff, 0xfe], new UnicodeEncoding(bigEndian: false, byteOrderMark: false, throwOnInvalidBytes: true)),
        ([0xfe, 0xff], new UnicodeEncoding(bigEndian: true, byteOrderMark: false, throwOnInvalidBytes: true)),
    ];

    private static UTF8Encoding StrictUtf8 => new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The text; <paramref name="problem"/> is the end of a sentence about the file.</summary>
    public static string? Decode(ReadOnlySpan<byte> content, out string? problem)
    {
        problem = null;
        if (content.Length > RequirementsFile.MaxBytes)
        {
            problem = $"has {content.Length} bytes; at most {RequirementsFile.MaxBytes} are read.";
            return null;
        }
        try
        {
            foreach (var (mark, encoding) in ByteOrderMarks)
            {
                if (content.StartsWith(mark))
                    return encoding.GetString(content[mark.Length..]);
            }
            return FindCookie(content) is not { } name ? StrictUtf8.GetString(content)
                : Find(name) is { } declared ? declared.GetString(content)
                : Fail($"is encoded as '{CoreMetadata.Quote(name)}', which this reader does not know; save it as UTF-8.", out problem);
        }
        catch (DecoderFallbackException)
        {
            return Fail("is not valid in its encoding; save it as UTF-8.", out problem);
        }
    }

    private static string? Fail(string message, out string? problem)
    {
        problem = message;
        return null;
    }

    private static string? FindCookie(ReadOnlySpan<byte> content)
    {
        for (var i = 0; i < 2 && !content.IsEmpty; i++)
        {
            var end = content.IndexOf((byte)'\n');
            // A cookie is short; a line of megabytes is none.
            var line = end < 0 ? content : content[..end];
            if (CodingCookie().Match(Encoding.Latin1.GetString(line[..Math.Min(line.Length, 1000)])) is { Success: true } match)
                return match.Groups[1].Value;
            content = end < 0 ? [] : content[(end + 1)..];
        }
        return null;
    }

    private static Encoding? Find(string name) => name.ToLowerInvariant().Replace('_', '-') switch
    {
        "utf-8" or "utf8" => StrictUtf8,
        "ascii" or "us-ascii" => Encoding.GetEncoding("us-ascii", EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback),
        "latin-1" or "latin1" or "iso-8859-1" or "l1" => Encoding.Latin1,
        _ => null,
    };

    /// <summary>
    /// The logical lines with the number of their first line: a backslash at the end joins the next line, comments start
    /// at a <c>#</c> at the beginning or behind white space, and what is then empty is left out. A line that is a comment
    /// from its beginning is not joined to the next, but ends what goes before.
    /// </summary>
    public static IEnumerable<(int Number, string Text)> LogicalLines(string text)
    {
        var joined = new StringBuilder();
        var (number, first, isOpen) = (0, 0, false);
        foreach (var line in Lines(text))
        {
            number++;
            if (!isOpen)
                first = number;
            var isComment = line.AsSpan().TrimStart().StartsWith("#");
            if (line.EndsWith('\\') && !isComment)
            {
                joined.Append(line.Trim('\\'));
                isOpen = true;
                continue;
            }
            // The blank keeps a comment apart from what it is joined to.
            joined.Append(isComment ? " " + line : line);
            if (WithoutComment(joined.ToString()) is { Length: > 0 } complete)
                yield return (first, complete);
            joined.Clear();
            isOpen = false;
        }
        if (isOpen && WithoutComment(joined.ToString()) is { Length: > 0 } rest)
            yield return (first, rest);
    }

    /// <summary>What Python's <c>str.splitlines</c> takes for lines.</summary>
    private static IEnumerable<string> Lines(string text)
    {
        var start = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] is not ('\n' or '\r' or '\v' or '\f' or (>= '\x1c' and <= '\x1e') or '\u0085' or '\u2028' or '\u2029'))
                continue;
            yield return text[start..i];
            if (text[i] == '\r' && i + 1 < text.Length && text[i + 1] == '\n')
                i++;
            start = i + 1;
        }
        if (start < text.Length)
            yield return text[start..];
    }

    private static string WithoutComment(string line)
    {
        for (var i = 0; i < line.Length; i++)
        {
            if (line[i] == '#' && (i == 0 || char.IsWhiteSpace(line[i - 1])))
                return line[..i].Trim();
        }
        return line.Trim();
    }

    /// <summary>Replaces <c>${NAME}</c>, upper case alone, by what is set and not empty; a value is not looked into again.</summary>
    public static string Expand(string line, Func<string, string?> variable)
    {
        var start = line.IndexOf("${", StringComparison.Ordinal);
        if (start < 0)
            return line;
        var text = new StringBuilder();
        var done = 0;
        while (start >= 0)
        {
            var end = start + 2;
            while (end < line.Length && (char.IsAsciiLetterUpper(line[end]) || char.IsAsciiDigit(line[end]) || line[end] == '_'))
                end++;
            if (end > start + 2 && end < line.Length && line[end] == '}' && variable(line[(start + 2)..end]) is { Length: > 0 } value)
            {
                text.Append(line, done, start - done).Append(value);
                done = end + 1;
            }
            start = line.IndexOf("${", Math.Min(end, line.Length), StringComparison.Ordinal);
        }
        return text.Append(line, done, line.Length - done).ToString();
    }
}

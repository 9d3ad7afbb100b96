namespace Anchorage.Packaging;

/// <summary>
/// The grammar of PEP 440, appendix B, read left to right without backtracking: no part of it can start with what the
/// part before may still swallow, except a <c>.</c> or <c>-</c>, which is looked at together with what follows.
/// </summary>
internal ref struct VersionParser(ReadOnlySpan<char> text)
{
    private readonly ReadOnlySpan<char> text = text;
    private int position;

    public readonly bool AtEnd => position == text.Length;

    /// <summary>A version, surrounded by any white space; null where the text is none.</summary>
    public static VersionParts? Parse(ReadOnlySpan<char> text)
    {
        var parser = new VersionParser(TrimWhiteSpace(text));
        var parts = parser.ReadPublicPart();
        if (parts is null || !parser.TryReadLocal(parts) || !parser.AtEnd)
            return null;
        return parts;
    }

    /// <summary>A release with an epoch at most, as before <c>.*</c> in a specifier.</summary>
    public static VersionParts? ParseRelease(ReadOnlySpan<char> text)
    {
        var parser = new VersionParser(text);
        var parts = parser.ReadEpochAndRelease();
        return parser.AtEnd ? parts : null;
    }

    /// <summary>The reference implementation strips what Python calls white space: Unicode's, and four separators of ASCII.</summary>
    public static ReadOnlySpan<char> TrimWhiteSpace(ReadOnlySpan<char> text)
    {
        while (text.Length > 0 && IsWhiteSpace(text[0]))
            text = text[1..];
        while (text.Length > 0 && IsWhiteSpace(text[^1]))
            text = text[..^1];
        return text;
    }

    private static bool IsWhiteSpace(char c) => char.IsWhiteSpace(c) || c is >= '\x1c' and <= '\x1f';

    private VersionParts? ReadPublicPart()
    {
        var parts = ReadEpochAndRelease();
        if (parts is null || AtEnd)
            return parts;
        ReadPre(parts);
        ReadPost(parts);
        ReadDev(parts);
        return parts;
    }

    private VersionParts? ReadEpochAndRelease()
    {
        if (Peek(0) is 'v' or 'V')
            position++;
        var first = ReadDigits();
        if (first.IsEmpty)
            return null;
        var epoch = default(VersionNumber);
        if (Peek(0) == '!')
        {
            epoch = VersionNumber.Parse(first);
            position++;
            first = ReadDigits();
            if (first.IsEmpty)
                return null;
        }
        var release = new VersionNumber[1 + CountFurtherReleaseSegments()];
        release[0] = VersionNumber.Parse(first);
        for (var i = 1; i < release.Length; i++)
        {
            position++;
            release[i] = VersionNumber.Parse(ReadDigits());
        }
        return new VersionParts { Epoch = epoch, Release = release };
    }

    private readonly int CountFurtherReleaseSegments()
    {
        var count = 0;
        for (var at = position; at + 1 < text.Length && text[at] == '.' && char.IsAsciiDigit(text[at + 1]); count++)
        {
            at++;
            while (at < text.Length && char.IsAsciiDigit(text[at]))
                at++;
        }
        return count;
    }

    private void ReadPre(VersionParts parts)
    {
        var start = position;
        SkipSeparator();
        // The longer spelling first: "preview" starts with "pre", "alpha" with "a".
        if (TryReadWord("alpha") || TryReadWord("a"))
            parts.Pre = PreKind.Alpha;
        else if (TryReadWord("beta") || TryReadWord("b"))
            parts.Pre = PreKind.Beta;
        else if (TryReadWord("preview") || TryReadWord("pre") || TryReadWord("rc") || TryReadWord("c"))
            parts.Pre = PreKind.Candidate;
        else
        {
            position = start;
            return;
        }
        parts.PreNumber = ReadOptionalNumber();
    }

    private void ReadPost(VersionParts parts)
    {
        var start = position;
        if (Peek(0) == '-' && char.IsAsciiDigit(Peek(1)))
        {
            position++;
            parts.Post = VersionNumber.Parse(ReadDigits());
            return;
        }
        SkipSeparator();
        if (TryReadWord("post") || TryReadWord("rev") || TryReadWord("r"))
            parts.Post = ReadOptionalNumber();
        else
            position = start;
    }

    private void ReadDev(VersionParts parts)
    {
        var start = position;
        SkipSeparator();
        if (TryReadWord("dev"))
            parts.Dev = ReadOptionalNumber();
        else
            position = start;
    }

    private bool TryReadLocal(VersionParts parts)
    {
        if (Peek(0) != '+')
            return true;
        var segments = new List<LocalSegment>(2);
        do
        {
            position++;
            var start = position;
            while (char.IsAsciiLetterOrDigit(Peek(0)))
                position++;
            if (position == start)
                return false;
            segments.Add(new LocalSegment(text[start..position]));
        }
        while (Peek(0) is '-' or '_' or '.');
        parts.Local = [.. segments];
        return true;
    }

    private VersionNumber ReadOptionalNumber()
    {
        SkipSeparator();
        return VersionNumber.Parse(ReadDigits());
    }

    private void SkipSeparator()
    {
        if (Peek(0) is '-' or '_' or '.')
            position++;
    }

    private bool TryReadWord(string word)
    {
        if (!text[position..].StartsWith(word, StringComparison.OrdinalIgnoreCase))
            return false;
        position += word.Length;
        return true;
    }

    private ReadOnlySpan<char> ReadDigits()
    {
        var start = position;
        while (char.IsAsciiDigit(Peek(0)))
            position++;
        return text[start..position];
    }

    /// <summary>The character ahead; NUL, which no rule of the grammar takes, behind the end.</summary>
    private readonly char Peek(int ahead) => position + ahead < text.Length ? text[position + ahead] : '\0';
}

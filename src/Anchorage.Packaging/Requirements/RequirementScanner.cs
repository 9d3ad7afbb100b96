namespace Anchorage.Packaging;

/// <summary>Reads the pieces of a dependency specifier and of a marker from left to right.</summary>
internal ref struct RequirementScanner(string text)
{
    private int position;

    public readonly bool AtEnd => position == text.Length;

    public readonly string Rest => text[position..];

    public void SkipBlanks()
    {
        while (position < text.Length && text[position] is ' ' or '\t')
            position++;
    }

    public bool TryTake(char expected)
    {
        if (position == text.Length || text[position] != expected)
            return false;
        position++;
        return true;
    }

    public bool TryTake(string expected)
    {
        if (!text.AsSpan(position).StartsWith(expected))
            return false;
        position += expected.Length;
        return true;
    }

    /// <summary>A word that ends at a word boundary: <c>or</c>, but not the start of <c>order</c>.</summary>
    public bool TryTakeWord(string word)
    {
        if (!text.AsSpan(position).StartsWith(word))
            return false;
        var end = position + word.Length;
        if (end < text.Length && (char.IsLetterOrDigit(text[end]) || text[end] == '_'))
            return false;
        position = end;
        return true;
    }

    /// <summary>ASCII letters, digits, <c>-</c>, <c>_</c> and <c>.</c>, without a <c>-</c> or <c>.</c> at the end; empty where there is none.</summary>
    public string ReadIdentifier()
    {
        var end = position;
        while (end < text.Length && (char.IsAsciiLetterOrDigit(text[end]) || text[end] is '-' or '_' or '.'))
            end++;
        while (end > position && text[end - 1] is '-' or '.')
            end--;
        var identifier = text[position..end];
        position = end;
        return identifier;
    }

    public string ReadUntilBlank()
    {
        var length = text.AsSpan(position).IndexOfAny(' ', '\t');
        return Take(length < 0 ? text.Length - position : length);
    }

    public string ReadUntil(char end)
    {
        var length = text.AsSpan(position).IndexOf(end);
        return Take(length < 0 ? text.Length - position : length);
    }

    private string Take(int length)
    {
        var taken = text.Substring(position, length);
        position += length;
        return taken;
    }
}

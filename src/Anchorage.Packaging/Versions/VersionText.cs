namespace Anchorage.Packaging;

/// <summary>Builds the text of a version on the stack; only versions longer than any on the public index touch the heap.</summary>
internal ref struct VersionText(Span<char> initial)
{
    private Span<char> buffer = initial;
    private int length;

    public readonly ReadOnlySpan<char> Written => buffer[..length];

    public void Append(char c)
    {
        if (length == buffer.Length)
            Grow(1);
        buffer[length++] = c;
    }

    public void Append(ReadOnlySpan<char> text)
    {
        if (buffer.Length - length < text.Length)
            Grow(text.Length);
        text.CopyTo(buffer[length..]);
        length += text.Length;
    }

    public void Append(ulong number)
    {
        int written;
        while (!number.TryFormat(buffer[length..], out written))
            Grow(20);
        length += written;
    }

    private void Grow(int needed)
    {
        var larger = new char[Math.Max(buffer.Length * 2, length + needed)];
        Written.CopyTo(larger);
        buffer = larger;
    }
}

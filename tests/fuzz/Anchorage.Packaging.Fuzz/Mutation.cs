namespace Anchorage.Packaging.Fuzz;

/// <summary>Makes a new input of known ones: bytes changed, pieces copied, moved, repeated, spliced in, and words of the formats.</summary>
internal static class Mutation
{
    /// <summary>Long enough for any state of a reader; what only grows with length is found by <see cref="Repeat"/>.</summary>
    private const int MaxLength = 16 << 10;

    private const int MaxRepeatedLength = 256 << 10;

    private static readonly byte[] Interesting = [0, 1, 9, 10, 13, 0x1a, 0x20, 0x22, 0x27, 0x2a, 0x2e, 0x2f, 0x30, 0x39, 0x3a, 0x3c, 0x5c, 0x7f, 0x80, 0xbf, 0xc0, 0xe2, 0xf4, 0xff];

    public static byte[] Of(byte[] parent, byte[] other, IReadOnlyList<byte[]> words, Random random)
    {
        if (random.Next(500) == 0)
            return Repeat(parent, random);
        var content = new List<byte>(parent);
        // One change nearly always, a few often, many sometimes.
        var changes = 1 + (int)Math.Pow(random.NextDouble() * 2.2, 4);
        for (var i = 0; i < changes; i++)
            Change(content, other, words, random);
        return content.Count > MaxLength ? [.. content.Take(MaxLength)] : [.. content];
    }

    private static void Change(List<byte> content, byte[] other, IReadOnlyList<byte[]> words, Random random)
    {
        var at = random.Next(content.Count + 1);
        var length = Math.Min(1 + random.Next(1 << random.Next(8)), content.Count - at);
        switch (content.Count == 0 ? 5 : random.Next(9))
        {
            case 0 when length > 0:
                content[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1 when length > 0:
                content[at] = (byte)random.Next(256);
                break;
            case 2 when length > 0:
                content[at] = Interesting[random.Next(Interesting.Length)];
                break;
            case 3:
                content.RemoveRange(at, length);
                break;
            case 4:
                content.InsertRange(random.Next(content.Count + 1), content.GetRange(at, length));
                break;
            case 5 when words.Count > 0:
                content.InsertRange(at, words[random.Next(words.Count)]);
                break;
            case 6 when words.Count > 0:
                var word = words[random.Next(words.Count)];
                content.RemoveRange(at, Math.Min(word.Length, content.Count - at));
                content.InsertRange(at, word);
                break;
            case 7 when other.Length > 0:
                var from = random.Next(other.Length);
                content.InsertRange(at, other.AsSpan(from, Math.Min(1 + random.Next(64), other.Length - from)));
                break;
            default:
                content.Insert(at, Interesting[random.Next(Interesting.Length)]);
                break;
        }
    }

    /// <summary>One piece many times over: where work is not linear in the length, this is where it shows.</summary>
    private static byte[] Repeat(byte[] parent, Random random)
    {
        if (parent.Length == 0)
            return [];
        var at = random.Next(parent.Length);
        var length = Math.Min(1 + random.Next(1 << random.Next(6)), parent.Length - at);
        var times = Math.Min(MaxRepeatedLength / length, 1 << random.Next(6, 18));
        var content = new List<byte>(parent[..at]);
        for (var i = 0; i < times; i++)
            content.AddRange(parent.AsSpan(at, length));
        content.AddRange(parent.AsSpan(at + length));
        return [.. content];
    }
}

using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace Anchorage.Packaging;

/// <summary>The rules for the name of a member: it must mean the same path, inside the target folder, for every unpacker.</summary>
internal static class MemberName
{
    /// <summary>What common file systems store as the name of one file or folder, in bytes.</summary>
    private const int MaxPartBytes = 255;

    /// <summary>Decodes the bytes of a name; throws where they are no UTF-8 or break a rule.</summary>
    public static string Read(ReadOnlySpan<byte> bytes, ArchiveLimits limits)
    {
        if (bytes.Length > limits.MaxNameBytes)
            Refuse(Encoding.Latin1.GetString(bytes[..Math.Min(bytes.Length, 200)]), $"has {bytes.Length} bytes; at most {limits.MaxNameBytes} are allowed");
        if (!Utf8.IsValid(bytes))
            Refuse(Encoding.Latin1.GetString(bytes), "is not UTF-8, so that unpackers would disagree about it");
        var name = Encoding.UTF8.GetString(bytes);
        CheckText(name);
        CheckPath(name, limits);
        return name;
    }

    private static void CheckText(string name)
    {
        if (name.Length == 0)
            Refuse(name, "is empty");
        foreach (var rune in name.EnumerateRunes())
        {
            if (!IsPrintable(rune))
                Refuse(name, $"contains the unprintable character U+{rune.Value:X4}");
        }
        if (name.Contains('\\', StringComparison.Ordinal))
            Refuse(name, "contains a backslash, which is a folder separator on Windows only");
    }

    private static void CheckPath(string name, ArchiveLimits limits)
    {
        if (name[0] == '/' || (name.Length > 1 && name[1] == ':' && char.IsAsciiLetter(name[0])))
            Refuse(name, "is an absolute path");
        var path = name.EndsWith('/') ? name.AsSpan(..^1) : name;
        var depth = 0;
        foreach (var range in path.Split('/'))
        {
            var part = path[range];
            if (part is "..")
                Refuse(name, "leads out of its folder");
            if (part is "" or ".")
                Refuse(name, "has an empty part");
            if (Encoding.UTF8.GetByteCount(part) > MaxPartBytes)
                Refuse(name, $"has a part of more than {MaxPartBytes} bytes, which file systems do not store");
            if (++depth > limits.MaxDepth)
                Refuse(name, $"lies more than {limits.MaxDepth} folders deep");
        }
    }

    /// <summary>What Python's <c>str.isprintable</c> takes: everything but Unicode's "other" and "separator" categories; a space is fine.</summary>
    private static bool IsPrintable(Rune rune) => rune.Value == ' ' || Rune.GetUnicodeCategory(rune) is not
        (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator);

    [DoesNotReturn]
    private static void Refuse(string name, string reason)
    {
        var quoted = CoreMetadata.Quote(name);
        throw new InvalidDistributionException("member-name", quoted, $"The member name '{quoted}' {reason}. Rename the file and build again.");
    }
}

using System.Globalization;
using System.Text;

namespace Anchorage.Packaging;

/// <summary>What matters of a pax extended header: the path and size that replace those of the next member.</summary>
internal readonly record struct PaxValues(byte[]? Path, long? Size, bool IsSet)
{
    public static PaxValues Read(ReadOnlySpan<byte> content)
    {
        byte[]? path = null;
        long? size = null;
        while (TryTakeRecord(ref content, out var key, out var value))
        {
            if (key == "path")
                path = value;
            else if (key == "size")
                size = long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw Malformed();
            else if (key.StartsWith("GNU.sparse.", StringComparison.Ordinal))
                throw new InvalidDistributionException("member-type", null, "The archive has a sparse file, which unpackers read differently. Build it without the option for sparse files.");
        }
        return new PaxValues(path, size, IsSet: true);
    }

    /// <summary>A global header may carry comments (git writes one); a path or size for all members is nonsense at best.</summary>
    public static void CheckGlobal(ReadOnlySpan<byte> content)
    {
        var values = Read(content);
        if (values.Path is not null || values.Size is not null)
            throw TarArchiveReader.Refuse("A global header of the archive sets the path or size of all its members.");
    }

    /// <summary>A record is <c>LENGTH KEY=VALUE\n</c>, where the length counts itself; the value may hold any bytes.</summary>
    private static bool TryTakeRecord(ref ReadOnlySpan<byte> content, out string key, out byte[] value)
    {
        (key, value) = ("", []);
        if (content.IsEmpty)
            return false;
        var blank = content.IndexOf((byte)' ');
        if (blank is < 1 or > 7 || !int.TryParse(content[..blank], NumberStyles.None, CultureInfo.InvariantCulture, out var length))
            throw Malformed();
        if (length <= blank + 2 || length > content.Length || content[length - 1] != '\n')
            throw Malformed();
        var record = content[(blank + 1)..(length - 1)];
        var equals = record.IndexOf((byte)'=');
        if (equals < 1)
            throw Malformed();
        key = Encoding.UTF8.GetString(record[..equals]);
        value = record[(equals + 1)..].ToArray();
        content = content[length..];
        return true;
    }

    private static InvalidDistributionException Malformed() => TarArchiveReader.Refuse("An extended header of the archive is malformed.");
}

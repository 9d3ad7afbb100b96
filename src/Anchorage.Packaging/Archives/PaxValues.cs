using System.Globalization;
using System.Text;

namespace Anchorage.Packaging;

/// <summary>What matters of a pax extended header: the path and size that replace those of the next member.</summary>
internal readonly record struct PaxValues(byte[]? Path, long? Size, bool IsSet)
{
    public static PaxValues OfLongName(byte[] content)
    {
        var end = content.AsSpan().IndexOf((byte)0);
        return new PaxValues(end < 0 ? content : content[..end], Size: null, IsSet: true);
    }

    /// <param name="content">The records.</param>
    /// <param name="after">The member in front, to say where a malformed header stands.</param>
    public static PaxValues Read(ReadOnlySpan<byte> content, string? after)
    {
        byte[]? path = null;
        long? size = null;
        var isSparse = false;
        while (!content.IsEmpty)
        {
            if (!TryTakeRecord(ref content, out var key, out var value))
                throw Malformed(after);
            // POSIX lets the last of several hold; not every reader knows.
            if ((key == "path" && path is not null) || (key == "size" && size is not null))
                throw TarArchiveReader.Refuse($"An extended header of the archive gives the {key} of a member twice.", after);
            if (key == "path")
                path = value;
            else if (key == "size")
                size = long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw Malformed(after);
            else
                isSparse |= key.StartsWith("GNU.sparse.", StringComparison.Ordinal);
        }
        if (isSparse)
        {
            var member = path is null ? after : CoreMetadata.Quote(Encoding.UTF8.GetString(path));
            throw new InvalidDistributionException("member-type", member, "The archive has a sparse file, which unpackers read differently. Build it without the option for sparse files.");
        }
        return new PaxValues(path, size, IsSet: true);
    }

    /// <summary>A global header may carry comments (git writes one); a path or size for all members is nonsense at best.</summary>
    public static void CheckGlobal(ReadOnlySpan<byte> content, string? after)
    {
        var values = Read(content, after);
        if (values.Path is not null || values.Size is not null)
            throw TarArchiveReader.Refuse("A global header of the archive sets the path or size of all its members.", after);
    }

    /// <summary>A record is <c>LENGTH KEY=VALUE\n</c>, where the length counts itself; the value may hold any bytes.</summary>
    private static bool TryTakeRecord(ref ReadOnlySpan<byte> content, out string key, out byte[] value)
    {
        (key, value) = ("", []);
        var blank = content.IndexOf((byte)' ');
        if (blank is < 1 or > 7 || !int.TryParse(content[..blank], NumberStyles.None, CultureInfo.InvariantCulture, out var length))
            return false;
        if (length <= blank + 2 || length > content.Length || content[length - 1] != '\n')
            return false;
        var record = content[(blank + 1)..(length - 1)];
        var equals = record.IndexOf((byte)'=');
        if (equals < 1)
            return false;
        key = Encoding.UTF8.GetString(record[..equals]);
        value = record[(equals + 1)..].ToArray();
        content = content[length..];
        return true;
    }

    private static InvalidDistributionException Malformed(string? after) => TarArchiveReader.Refuse("An extended header of the archive is malformed.", after);
}

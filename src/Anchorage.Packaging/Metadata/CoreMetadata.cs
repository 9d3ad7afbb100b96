using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Unicode;

namespace Anchorage.Packaging;

/// <summary>
/// Core metadata 1.0–2.6 as written in METADATA and PKG-INFO. An instance has a name, a version and a readable form;
/// what else the specification asks of it, <see cref="FindFaults"/> tells.
/// </summary>
public sealed class CoreMetadata
{
    /// <summary>The most bytes accepted. The largest on the public index have a few MiB, all description.</summary>
    public const int MaxBytes = 32 << 20;

    /// <summary>The most headers accepted.</summary>
    public const int MaxFields = 20_000;

    private const string Unknown = "UNKNOWN";

    private readonly byte[] body;
    private string? bodyText;

    private CoreMetadata(string metadataVersion, string displayName, ProjectName name, PackageVersion version, List<KeyValuePair<string, string>> fields, byte[] body)
    {
        MetadataVersion = metadataVersion;
        DisplayName = displayName;
        Name = name;
        Version = version;
        Fields = fields;
        this.body = body;
    }

    /// <summary>
    /// Parses the bytes of METADATA or PKG-INFO; where it returns false, <paramref name="problems"/> has one sentence for
    /// each fault that makes the metadata unusable: no UTF-8, out of bounds, a name or version that is missing, repeated
    /// or invalid, a major version of the format that is not known.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<byte> content, [NotNullWhen(true)] out CoreMetadata? metadata, out IReadOnlyList<string> problems)
    {
        metadata = null;
        if (FindUnreadable(content) is { } unreadable)
        {
            problems = [unreadable];
            return false;
        }
        if (!MetadataText.TryRead(content, MaxFields, out var fields, out var body))
        {
            problems = [$"The metadata has more than {MaxFields} fields."];
            return false;
        }
        var found = new List<string>();
        problems = found;
        var metadataVersion = ReadRequired(fields, "Metadata-Version", found);
        var displayName = ReadRequired(fields, "Name", found);
        var versionText = ReadRequired(fields, "Version", found);
        if (metadataVersion is not null && !IsReadableFormat(metadataVersion))
            found.Add($"Metadata-Version '{Quote(metadataVersion)}' is not supported: versions 1.x and 2.x are.");
        if (!ProjectName.TryParse(displayName, out var name) && displayName is not null)
            found.Add($"Name '{Quote(displayName)}' is not valid: it needs ASCII letters, digits, '-', '_' and '.', a letter or a digit at both ends, and at most {ProjectName.MaxLength} characters.");
        if (!PackageVersion.TryParse(versionText, out var version) && versionText is not null)
            found.Add($"Version '{Quote(versionText)}' is not valid: see PEP 440.");
        if (found.Count > 0 || name is null || version is null)
            return false;
        metadata = new CoreMetadata(metadataVersion!, displayName!, name, version, fields, body.ToArray());
        return true;
    }

    private static string? FindUnreadable(ReadOnlySpan<byte> content)
    {
        if (content.Length > MaxBytes)
            return $"The metadata has {content.Length} bytes; at most {MaxBytes} are read.";
        if (!Utf8.IsValid(content))
            return "The metadata is not valid UTF-8.";
        // Databases refuse NUL in text, and C programs end there: two readers would see two different texts.
        if (content.Contains((byte)0))
            return "The metadata contains a NUL character.";
        return null;
    }

    /// <summary>The specification: consumers must fail on a greater major version than they know, and may go on with a greater minor one.</summary>
    private static bool IsReadableFormat(string version) =>
        version.Length is >= 3 and <= 6 && version[0] is '1' or '2' && version[1] == '.' && !version.AsSpan(2).ContainsAnyExceptInRange('0', '9');

    private static string? ReadRequired(List<KeyValuePair<string, string>> fields, string field, List<string> problems)
    {
        string? value = null;
        foreach (var (name, text) in fields)
        {
            if (!name.Equals(field, StringComparison.OrdinalIgnoreCase))
                continue;
            if (value is not null)
            {
                problems.Add($"{field} is given more than once.");
                return null;
            }
            value = text;
        }
        if (string.IsNullOrEmpty(value))
            problems.Add($"{field} is missing.");
        return string.IsNullOrEmpty(value) ? null : value;
    }

    /// <summary>A value as it may stand in a message: one line, printable, not endless.</summary>
    internal static string Quote(string value)
    {
        const int Longest = 100;
        var text = value.Length <= Longest ? value : value[..Longest] + "…";
        return string.Create(text.Length, text, static (span, source) =>
        {
            for (var i = 0; i < source.Length; i++)
                span[i] = char.IsControl(source[i]) || char.GetUnicodeCategory(source[i]) is System.Globalization.UnicodeCategory.Format or System.Globalization.UnicodeCategory.LineSeparator ? ' ' : source[i];
        });
    }

    /// <summary>Metadata-Version as written: one of the specification's, or another of major version 1 or 2.</summary>
    public string MetadataVersion { get; }

    /// <summary>Name as written.</summary>
    public string DisplayName { get; }

    /// <summary>Name, normalised.</summary>
    public ProjectName Name { get; }

    /// <summary>Version.</summary>
    public PackageVersion Version { get; }

    /// <summary>Requires-Python as written; null where absent.</summary>
    public string? RequiresPython => Find("Requires-Python");

    /// <summary>
    /// All headers in order, names as written (core metadata allows repeats), description body left out. A folded value
    /// keeps its line breaks and blanks.
    /// </summary>
    public IReadOnlyList<KeyValuePair<string, string>> Fields { get; }

    /// <summary>Keywords, split at commas.</summary>
    public IReadOnlyList<string> Keywords =>
        Find("Keywords") is { } text ? text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) : [];

    /// <summary>Project-URL fields as label and URL, in order; a field without a comma has an empty URL.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> ProjectUrls
    {
        get
        {
            var urls = new List<KeyValuePair<string, string>>();
            foreach (var pair in FindAll("Project-URL"))
            {
                var comma = pair.IndexOf(',', StringComparison.Ordinal);
                urls.Add(comma < 0 ? new(pair.Trim(), "") : new(pair[..comma].Trim(), pair[(comma + 1)..].Trim()));
            }
            return urls;
        }
    }

    /// <summary>Whether anything follows the headers.</summary>
    internal bool HasBody => body.Length > 0;

    /// <summary>What follows the headers, as written; UTF-16 only for who asks.</summary>
    internal string Body => bodyText ??= Encoding.UTF8.GetString(body);

    /// <summary>The last value of a single-use field, case-insensitive; null where absent or UNKNOWN.</summary>
    public string? Find(string field)
    {
        for (var i = Fields.Count - 1; i >= 0; i--)
        {
            if (Fields[i].Key.Equals(field, StringComparison.OrdinalIgnoreCase))
                return IsUnknown(Fields[i].Value) ? null : Fields[i].Value;
        }
        return null;
    }

    /// <summary>All values of a multiple-use field, case-insensitive, in order; UNKNOWN left out.</summary>
    public IReadOnlyList<string> FindAll(string field)
    {
        List<string>? values = null;
        foreach (var (name, value) in Fields)
        {
            if (name.Equals(field, StringComparison.OrdinalIgnoreCase) && !IsUnknown(value))
                (values ??= []).Add(value);
        }
        return values ?? (IReadOnlyList<string>)[];
    }

    /// <summary>
    /// The description, from the body or the header, where the header's indentation is removed; null where there is
    /// none. Where both are given, the body is taken, which current tools write.
    /// </summary>
    public string? Description
    {
        get
        {
            if (HasBody)
                return IsUnknown(Body) ? null : Body;
            return Find("Description") is { } header ? RemoveIndentation(header) : null;
        }
    }

    /// <summary>Setuptools up to 2021 wrote UNKNOWN for what it was not told.</summary>
    private static bool IsUnknown(string value) => value.AsSpan().Trim().SequenceEqual(Unknown);

    /// <summary>Core metadata "Description": each line break in a header is followed by 8 spaces, or by 7 and a <c>|</c>.</summary>
    private static string RemoveIndentation(string header)
    {
        if (!header.Contains('\n', StringComparison.Ordinal))
            return header;
        var lines = header.Split('\n');
        for (var i = 1; i < lines.Length; i++)
        {
            if (lines[i].StartsWith("        ", StringComparison.Ordinal) || lines[i].StartsWith("       |", StringComparison.Ordinal))
                lines[i] = lines[i][8..];
        }
        return string.Join('\n', lines);
    }

    /// <summary>
    /// What the specification asks of the fields and these do not keep: an empty list for metadata that the reference
    /// implementation calls valid. See <see cref="MetadataFault.IsTolerable"/> for what real build tools have got wrong.
    /// </summary>
    public IReadOnlyList<MetadataFault> FindFaults() => MetadataRules.Check(this);
}

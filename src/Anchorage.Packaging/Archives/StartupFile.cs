using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Anchorage.Packaging;

/// <summary>
/// A file that Python's <c>site</c> reads at every start once it is installed, whether or not anything is imported: a
/// <c>.pth</c> file, whose lines that begin with <c>import</c> are run, or one of the two customisation modules.
/// </summary>
internal sealed class StartupFile
{
    /// <summary>Where Python ends a line when it has the whole text, which is at more places than <c>\n</c>.</summary>
    private static readonly SearchValues<char> LineEnds = SearchValues.Create("\r\n\v\f\u001c\u001d\u001e\u0085\u2028\u2029");

    private readonly string name;

    private StartupFile(string name) => this.name = name;

    private bool IsPathFile => name.EndsWith(".pth", StringComparison.OrdinalIgnoreCase);

    /// <summary>Null for a member that is no such file.</summary>
    /// <param name="name">The member.</param>
    /// <param name="dataFolder">The wheel's folder of files for other places than site-packages.</param>
    public static StartupFile? Of(string name, string dataFolder)
    {
        var slash = name.LastIndexOf('/');
        var (folder, file) = (slash < 0 ? "" : name[..slash], name[(slash + 1)..]);
        if (!file.EndsWith(".pth", StringComparison.OrdinalIgnoreCase) && file is not ("sitecustomize.py" or "usercustomize.py"))
            return null;
        var isInSite = folder.Length == 0 || folder == $"{dataFolder}/purelib" || folder == $"{dataFolder}/platlib"
            // Into sys.prefix, where site-packages is too.
            || (folder.StartsWith($"{dataFolder}/data/", StringComparison.Ordinal)
                && (folder.EndsWith("/site-packages", StringComparison.OrdinalIgnoreCase) || folder.EndsWith("/dist-packages", StringComparison.OrdinalIgnoreCase)));
        return isInSite ? new StartupFile(name) : null;
    }

    /// <summary>The sentence about the code that it runs; null where it has none.</summary>
    /// <param name="content">The file; null where it is too large to look into, which no file of paths is.</param>
    public string? FindCode(byte[]? content)
    {
        if (!IsPathFile)
            return $"'{CoreMetadata.Quote(name)}' runs whenever Python starts.";
        if (content is null)
            return $"'{CoreMetadata.Quote(name)}' is read whenever Python starts, and is too large to be looked into.";
        var rest = (Utf8.IsValid(content) ? Encoding.UTF8 : Encoding.Latin1).GetString(content).AsSpan();
        // Python reads it as "utf-8-sig": a byte order mark does not hide the first line from it.
        rest = rest.TrimStart('\ufeff');
        while (!rest.IsEmpty)
        {
            var end = rest.IndexOfAny(LineEnds);
            var line = end < 0 ? rest : rest[..end];
            if (line.StartsWith("import ") || line.StartsWith("import\t"))
                return $"'{CoreMetadata.Quote(name)}' runs code whenever Python starts: {CoreMetadata.Quote(line.ToString())}";
            rest = end < 0 ? [] : rest[(end + 1)..];
        }
        return null;
    }
}

using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Unicode;

namespace Anchorage.Packaging;

/// <summary>
/// The entry points of a distribution (packaging.python.org "Entry points specification"): what <c>entry_points.txt</c> in
/// a wheel's <c>.dist-info</c> offers to other programs, in groups. The groups <c>console_scripts</c> and
/// <c>gui_scripts</c> become files in a folder that is on the PATH, so their names are file names and nothing else.
/// </summary>
public sealed class EntryPoints
{
    /// <summary>The most bytes accepted.</summary>
    public const int MaxBytes = 4 << 20;

    /// <summary>The most entries accepted, of all groups together.</summary>
    public const int MaxEntries = 50_000;

    /// <summary>The group of commands for a terminal.</summary>
    public const string ConsoleScripts = "console_scripts";

    /// <summary>The group of commands without a terminal; on Windows they open no console window.</summary>
    public const string GuiScripts = "gui_scripts";

    internal EntryPoints(IReadOnlyList<EntryPoint> all) => All = all;

    /// <summary>All entry points, in the order of the file.</summary>
    public IReadOnlyList<EntryPoint> All { get; }

    /// <summary>The names of the groups that have entries, in the order of the file.</summary>
    public IEnumerable<string> Groups => All.Select(entry => entry.Group).Distinct(StringComparer.Ordinal);

    /// <summary>The entry points of a group, in the order of the file; group names compare letter by letter.</summary>
    public IEnumerable<EntryPoint> Of(string group) => All.Where(entry => entry.Group == group);

    /// <summary>
    /// Reads the bytes of <c>entry_points.txt</c>: an INI file in UTF-8 as Python's <c>configparser</c> reads it with
    /// <c>=</c> as its only delimiter and case-sensitive names. <paramref name="problem"/> says in one sentence what is
    /// wrong: no UTF-8, out of bounds, a line that is no entry, a group or name given twice, or a script name with other
    /// characters than letters, digits, <c>_</c>, <c>.</c> and <c>-</c>.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<byte> content, [NotNullWhen(true)] out EntryPoints? entryPoints, [NotNullWhen(false)] out string? problem)
    {
        var reader = new EntryPointsReader();
        var what = reader.Read(content);
        entryPoints = what is null ? new EntryPoints(reader.Entries) : null;
        problem = what is null ? null : $"entry_points.txt {what}.";
        return what is null;
    }

    /// <summary>What is wrong with the file, as the end of a sentence; null where it is well formed.</summary>
    internal static string? FindProblem(ReadOnlySpan<byte> content) => new EntryPointsReader().Read(content);

    /// <summary>Whether a name may be a script's: it becomes a file name.</summary>
    internal static bool IsScriptName(ReadOnlySpan<char> name)
    {
        foreach (var c in name)
        {
            if (!char.IsLetterOrDigit(c) && c is not ('_' or '.' or '-'))
                return false;
        }
        return name.Length > 0;
    }

    /// <summary>The file as a build tool writes it: groups and names in ordinal order, one blank around <c>=</c>.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var group in All.GroupBy(entry => entry.Group).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            text.Append(text.Length == 0 ? "" : "\n").Append('[').Append(group.Key).Append("]\n");
            foreach (var entry in group.OrderBy(entry => entry.Name, StringComparer.Ordinal))
                text.Append(entry.Name).Append(" = ").Append(entry.Value.Replace("\n", "\n    ", StringComparison.Ordinal)).Append('\n');
        }
        return text.ToString();
    }
}

/// <summary>One entry point.</summary>
/// <param name="Group">The group, as written: <c>console_scripts</c>, <c>pytest11</c> …</param>
/// <param name="Name">The name within the group, as written.</param>
/// <param name="Value">The value, as written; lines that continue it are joined by line feeds.</param>
public sealed record EntryPoint(string Group, string Name, string Value)
{
    /// <summary>
    /// The object that the value refers to; null where the value is no object reference. The specification wants one, and
    /// leaves it to the programs that load it to complain.
    /// </summary>
    public ObjectReference? Reference => ObjectReference.TryParse(Value, out var reference) ? reference : null;
}

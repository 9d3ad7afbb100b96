namespace Anchorage.Packaging;

/// <summary>One entry of a requirements file, with the place where it starts.</summary>
/// <param name="File">The path or URL of the file.</param>
/// <param name="Line">The line, from 1; of an entry that goes over several lines the first.</param>
public abstract record RequirementsEntry(string File, int Line);

/// <summary>Another file, included with <c>-r</c> or, for constraints, with <c>-c</c>.</summary>
/// <param name="File">The path or URL of the file that includes it.</param>
/// <param name="Line">The line, from 1.</param>
/// <param name="Target">The path or URL of the included file, resolved against the one that includes it.</param>
/// <param name="IsConstraint">True for <c>-c</c>.</param>
public sealed record IncludedFile(string File, int Line, string Target, bool IsConstraint) : RequirementsEntry(File, Line);

/// <summary>An option that holds for the whole run of pip.</summary>
/// <param name="File">The path or URL of the file.</param>
/// <param name="Line">The line, from 1.</param>
/// <param name="Name">The option in its long form: <c>--index-url</c> also where <c>-i</c> is written.</param>
/// <param name="Value">The value; null for an option that takes none.</param>
public sealed record RequirementsOption(string File, int Line, string Name, string? Value) : RequirementsEntry(File, Line);

/// <summary>
/// A requirement: <see cref="Named"/> where the index is asked for a project, or <see cref="Location"/> where a URL or a
/// path is given in place of one.
/// </summary>
/// <param name="File">The path or URL of the file.</param>
/// <param name="Line">The line, from 1.</param>
/// <param name="Text">The requirement as written, without its options.</param>
public sealed record ListedRequirement(string File, int Line, string Text) : RequirementsEntry(File, Line)
{
    /// <summary>The dependency specifier; null where a location is given. It may have a URL of its own, behind <c>@</c>.</summary>
    public Requirement? Named { get; internal init; }

    /// <summary>The URL (also of a repository: <c>git+https://…</c>) or the path, as written; null where a project is named.</summary>
    public string? Location { get; internal init; }

    /// <summary>The project: of the specifier, of the location's fragment <c>#egg=</c>, or of the file name at its end; null where none of them tells.</summary>
    public ProjectName? Project { get; internal init; }

    /// <summary>When the requirement holds; null for always.</summary>
    public EnvironmentMarker? Marker { get; internal init; }

    /// <summary>The extras asked for, normalised.</summary>
    public IReadOnlyList<string> Extras { get; internal init; } = [];

    /// <summary>True for <c>-e</c>: installed in editable mode.</summary>
    public bool IsEditable { get; internal init; }

    /// <summary>True in a file of constraints: it narrows the versions down, and asks for nothing.</summary>
    public bool IsConstraint { get; internal init; }

    /// <summary>The digests (<c>--hash</c>), of which a file must have one: algorithm (<c>sha256</c>, <c>sha384</c>, <c>sha512</c>) and lower-case hexadecimal digits.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Hashes { get; internal init; } = [];

    /// <summary>Options for the build (<c>--config-settings</c>, <c>--global-option</c>), in order.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> BuildOptions { get; internal init; } = [];
}

using System.Buffers;
using System.Text.Json;

namespace Anchorage.Packaging;

/// <summary>
/// Reader and writer of Simple API JSON (PEP 691, 700, 714, 740, 792). The reader bounds depth, counts and lengths; the size of
/// the page is bounded by whoever read it from the network. Duplicate fields are refused: two readers could choose differently.
/// </summary>
public static class SimpleJson
{
    /// <summary>
    /// Reads a project page. Without <paramref name="pageUrl"/> relative URLs stay relative; with it every URL comes out absolute.
    /// </summary>
    /// <exception cref="FormatException">Not a page of a known major version, or for another project than <paramref name="expected"/>.</exception>
    public static ProjectDetail ReadProject(ReadOnlyMemory<byte> content, ProjectName expected, Uri? pageUrl = null)
    {
        ArgumentNullException.ThrowIfNull(expected);
        return Read($"The page of {expected}", expected, pageUrl, content.Span,
            static (ref SimpleJsonReader reader, ProjectName? name, Uri? url) => reader.ReadProject(name!, url));
    }

    /// <summary>Reads a root page. Names that are no project names are left out.</summary>
    /// <exception cref="FormatException">Not a root page of a known major version.</exception>
    public static ProjectList ReadList(ReadOnlyMemory<byte> content) =>
        Read("The list of projects", null, null, content.Span, static (ref SimpleJsonReader reader, ProjectName? _, Uri? _) => reader.ReadList());

    /// <summary>
    /// Writes a project page, ending with a newline. A field that is not known is left out; <c>versions</c> come sorted, and where
    /// the source did not say, from the names of the files.
    /// </summary>
    public static void WriteProject(IBufferWriter<byte> output, ProjectDetail project) => SimpleJsonWriter.WriteProject(output, project);

    /// <summary>Writes a root page, ending with a newline.</summary>
    public static void WriteList(IBufferWriter<byte> output, ProjectList list) => SimpleJsonWriter.WriteList(output, list);

    private delegate T Reading<T>(ref SimpleJsonReader reader, ProjectName? expected, Uri? pageUrl);

    private static T Read<T>(string page, ProjectName? expected, Uri? pageUrl, ReadOnlySpan<byte> content, Reading<T> read)
    {
        if (content.StartsWith("\uFEFF"u8))
            content = content[3..];
        var reader = new SimpleJsonReader(page, content);
        try
        {
            return read(ref reader, expected, pageUrl);
        }
        catch (JsonException e)
        {
            throw new FormatException($"{page} is not JSON, or not all of it: {e.Message}", e);
        }
        catch (InvalidOperationException e)
        {
            // Utf8JsonReader says so of text that is neither valid UTF-8 nor valid UTF-16 once unescaped.
            throw new FormatException($"{page} holds text that is not valid Unicode.", e);
        }
    }
}

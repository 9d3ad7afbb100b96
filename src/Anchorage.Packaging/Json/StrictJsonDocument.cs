using System.Text.Json;

namespace Anchorage.Packaging;

/// <summary>Small JSON documents of which two readers must not read two different things: bounded, and without duplicate fields.</summary>
internal static class StrictJsonDocument
{
    /// <summary>Deeper than any document of the specifications is.</summary>
    public const int MaxDepth = 32;

    private static readonly JsonDocumentOptions Options = new() { MaxDepth = MaxDepth, AllowDuplicateProperties = false };

    /// <exception cref="DocumentFault">Too long, not JSON, a field given twice, or not an object.</exception>
    public static JsonDocument Parse(ReadOnlyMemory<byte> content, int maxBytes, string place)
    {
        if (content.Length > maxBytes)
            throw new DocumentFault($"{place} has {content.Length} bytes; at most {maxBytes} are read.");
        try
        {
            return JsonDocument.Parse(content, Options);
        }
        catch (JsonException e)
        {
            throw new DocumentFault($"{place} is no JSON that can be read: line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}.");
        }
        catch (InvalidOperationException)
        {
            // Looking for duplicates, it compares names, and some escapes make no text.
            throw new DocumentFault($"{place} has a field whose name is not valid Unicode.");
        }
    }
}

using System.Buffers;

namespace Anchorage.Packaging;

/// <summary>Reader and writer of Simple API JSON (PEP 691, 700, 714, 740, 792).</summary>
public static class SimpleJson
{
    /// <summary>Reads a project page.</summary>
    /// <exception cref="FormatException">Not a page of a known major version, or for another project than <paramref name="expected"/>.</exception>
    public static ProjectDetail ReadProject(ReadOnlyMemory<byte> content, ProjectName expected) => throw new NotImplementedException();

    /// <summary>Writes a project page, ending with a newline.</summary>
    public static void WriteProject(IBufferWriter<byte> output, ProjectDetail project) => throw new NotImplementedException();

    /// <summary>Reads a root page.</summary>
    /// <exception cref="FormatException">Not a root page of a known major version.</exception>
    public static ProjectList ReadList(ReadOnlyMemory<byte> content) => throw new NotImplementedException();

    /// <summary>Writes a root page.</summary>
    public static void WriteList(IBufferWriter<byte> output, ProjectList list) => throw new NotImplementedException();
}

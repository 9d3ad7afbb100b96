using System.Buffers;

namespace Anchorage.Packaging;

/// <summary>Reader and writer of Simple API HTML (PEP 503, frozen at repository version 1.4 by PEP 833).</summary>
public static class SimpleHtml
{
    /// <summary>Reads a project page of any index; URLs come out absolute, against <c>base href</c> or <paramref name="pageUrl"/>.</summary>
    /// <exception cref="FormatException">Not HTML of a known major version, or without a single link where the page looks truncated.</exception>
    public static ProjectDetail ReadProject(ReadOnlyMemory<byte> content, ProjectName expected, Uri pageUrl, string? charset = null) => throw new NotImplementedException();

    /// <summary>Writes a project page in the byte shape of the public index.</summary>
    public static void WriteProject(IBufferWriter<byte> output, ProjectDetail project) => throw new NotImplementedException();

    /// <summary>Reads a root page.</summary>
    public static ProjectList ReadList(ReadOnlyMemory<byte> content, string? charset = null) => throw new NotImplementedException();

    /// <summary>Writes a root page; links are relative to <c>/{index}/simple/</c>.</summary>
    public static void WriteList(IBufferWriter<byte> output, ProjectList list) => throw new NotImplementedException();
}

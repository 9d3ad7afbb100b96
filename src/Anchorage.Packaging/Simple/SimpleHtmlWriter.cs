using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace Anchorage.Packaging;

/// <summary>
/// Writes pages byte for byte as the public index does, white space included: consumers match its lines with regular expressions.
/// Every value is escaped as for a quoted attribute, wherever it stands; nothing of an upstream's page is passed on as markup.
/// </summary>
internal static class SimpleHtmlWriter
{
    // PEP 833: HTML stays at 1.4 for ever; later versions of the API are JSON only.
    private const string RepositoryVersion = "1.4";

    private static readonly SearchValues<char> Special =
        SearchValues.Create([.. "&<>\"'", .. Enumerable.Range(0, 32).Select(c => (char)c), .. Enumerable.Range(127, 33).Select(c => (char)c)]);

    public static void WriteProject(IBufferWriter<byte> output, ProjectDetail project)
    {
        WriteHead(output, project.Status);
        output.Write("    <title>Links for "u8);
        WriteEscaped(output, project.Name.ToString());
        output.Write("</title>\n  </head>\n  <body>\n    <h1>Links for "u8);
        WriteEscaped(output, project.Name.ToString());
        output.Write("</h1>\n"u8);
        foreach (var file in project.Files)
            WriteFile(output, file);
        WriteFoot(output, project.LastSerial);
    }

    public static void WriteList(IBufferWriter<byte> output, ProjectList list)
    {
        WriteHead(output, null);
        output.Write("    <title>Simple index</title>\n  </head>\n  <body>\n"u8);
        foreach (var project in list.Projects)
        {
            if (!ProjectName.TryParse(project.Name, out var name))
                continue;
            output.Write("    <a href=\""u8);
            WriteEscaped(output, name.ToString());
            output.Write("/\">"u8);
            WriteEscaped(output, project.Name);
            output.Write("</a>\n"u8);
        }
        WriteFoot(output, list.LastSerial);
    }

    private static void WriteHead(IBufferWriter<byte> output, ProjectStatus? status)
    {
        output.Write("<!DOCTYPE html>\n<html lang=\"en\">\n  <head>\n"u8);
        WriteMeta(output, "pypi:repository-version"u8, RepositoryVersion);
        if (status is null)
            return;
        WriteMeta(output, "pypi:project-status"u8, status.Status);
        if (status.Reason is not null)
            WriteMeta(output, "pypi:project-status-reason"u8, status.Reason);
    }

    private static void WriteMeta(IBufferWriter<byte> output, ReadOnlySpan<byte> name, string value)
    {
        output.Write("    <meta name=\""u8);
        output.Write(name);
        output.Write("\" content=\""u8);
        WriteEscaped(output, value);
        output.Write("\">\n"u8);
    }

    private static void WriteFile(IBufferWriter<byte> output, ProjectFile file)
    {
        output.Write("    <a href=\""u8);
        WriteEscaped(output, file.Url);
        WriteDigest(output, file.Hashes, "#"u8);
        output.Write("\" "u8);
        if (!string.IsNullOrEmpty(file.RequiresPython))
        {
            output.Write("data-requires-python=\""u8);
            WriteEscaped(output, file.RequiresPython);
            output.Write("\" "u8);
        }
        if (file.YankedReason is not null)
        {
            output.Write("data-yanked=\""u8);
            WriteEscaped(output, file.YankedReason);
            output.Write("\" "u8);
        }
        if (file.HasCoreMetadata)
        {
            output.Write("data-dist-info-metadata=\""u8);
            WriteCoreMetadata(output, file);
            output.Write("\" data-core-metadata=\""u8);
            WriteCoreMetadata(output, file);
            output.Write("\""u8);
        }
        // PEP 740: here it must be an absolute https URL.
        if (file.Provenance is not null && file.Provenance.StartsWith("https://", StringComparison.Ordinal))
        {
            output.Write(" data-provenance=\""u8);
            WriteEscaped(output, file.Provenance);
            output.Write("\""u8);
        }
        if (file.GpgSig is { } gpgSig)
            output.Write(gpgSig ? " data-gpg-sig=\"true\""u8 : " data-gpg-sig=\"false\""u8);
        output.Write(">"u8);
        WriteEscaped(output, file.Filename);
        output.Write("</a><br />\n"u8);
    }

    private static void WriteCoreMetadata(IBufferWriter<byte> output, ProjectFile file)
    {
        if (!WriteDigest(output, file.CoreMetadataHashes, []))
            output.Write("true"u8);
    }

    private static bool WriteDigest(IBufferWriter<byte> output, IReadOnlyDictionary<string, string> hashes, ReadOnlySpan<byte> prefix)
    {
        foreach (var algorithm in ListedFile.FragmentAlgorithms)
        {
            if (!hashes.TryGetValue(algorithm, out var digest))
                continue;
            output.Write(prefix);
            WriteEscaped(output, algorithm);
            output.Write("="u8);
            WriteEscaped(output, digest);
            return true;
        }
        return false;
    }

    private static void WriteFoot(IBufferWriter<byte> output, long? serial)
    {
        output.Write("  </body>\n</html>\n"u8);
        if (serial is not { } number)
            return;
        output.Write("<!--SERIAL "u8);
        var span = output.GetSpan(20);
        Utf8Formatter.TryFormat(number, span, out var written);
        output.Advance(written);
        output.Write("-->\n"u8);
    }

    /// <summary>Text as it may stand in an attribute in either kind of quotes, or between tags.</summary>
    private static void WriteEscaped(IBufferWriter<byte> output, ReadOnlySpan<char> text)
    {
        while (!text.IsEmpty)
        {
            var special = text.IndexOfAny(Special);
            var plain = special < 0 ? text : text[..special];
            if (!plain.IsEmpty)
                output.Advance(Encoding.UTF8.GetBytes(plain, output.GetSpan(Encoding.UTF8.GetMaxByteCount(plain.Length))));
            if (special < 0)
                return;
            output.Write(Escape(text[special]));
            text = text[(special + 1)..];
        }
    }

    private static ReadOnlySpan<byte> Escape(char c) => c switch
    {
        '&' => "&amp;"u8,
        '<' => "&lt;"u8,
        '>' => "&gt;"u8,
        '"' => "&#34;"u8,
        '\'' => "&#39;"u8,
        // References keep a link on one line, which line-wise consumers rely on.
        '\t' => "&#9;"u8,
        '\n' => "&#10;"u8,
        '\r' => "&#13;"u8,
        // Other control characters have no form in HTML that all parsers read alike.
        _ => "\uFFFD"u8,
    };
}

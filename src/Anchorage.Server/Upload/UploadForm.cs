using System.Security.Cryptography;
using System.Text;
using Anchorage.Packaging;
using Anchorage.Server.Storage;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;
using Blake2bDigest = Org.BouncyCastle.Crypto.Digests.Blake2bDigest;

namespace Anchorage.Server.Upload;

/// <summary>An upload that is refused, with what its sender is to read.</summary>
internal sealed class UploadRefusedException(Problem problem) : Exception(problem.Detail)
{
    public Problem Problem { get; } = problem;
}

/// <summary>Digests of the uploaded file, computed while it arrived.</summary>
internal sealed record FileDigests(Sha256Digest Sha256, string Md5, string Blake2b256);

/// <summary>
/// The multipart form of the upload API (legacy), read as it arrives: the file goes to a staged blob and through three
/// hashes, fields into memory, both within limits that hold while bytes come in, whatever the client promised.
/// </summary>
internal sealed class UploadForm : IDisposable
{
    private const int MaxFieldNameLength = 100;
    private const int MaxBoundaryLength = 200;

    /// <summary>Metadata fields that may come more than once (Warehouse: plural names, and three that never got one).</summary>
    private static readonly HashSet<string> MultipleUse = new(StringComparer.Ordinal)
    {
        "classifiers", "project_urls", "requires_dist", "provides_dist", "obsoletes_dist", "requires", "provides", "obsoletes",
        "requires_external", "provides_extra", "provides_extras", "dynamic", "import_names", "import_namespaces", "license_files",
        "platform", "platforms", "supported_platform", "supported_platforms", "license_file", "keywords",
    };

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly Dictionary<string, List<string>> fields = new(StringComparer.Ordinal);

    private UploadForm()
    {
    }

    /// <summary>The file's bytes, not yet published; null where the form had none.</summary>
    public StagedBlob? Content { get; private set; }

    /// <summary>The file name of the part.</summary>
    public string Filename { get; private set; } = "";

    public long Size { get; private set; }

    public FileDigests? Digests { get; private set; }

    /// <summary>A single-use field, null where absent, empty or UNKNOWN (what old tools send for nothing).</summary>
    public string? Find(string field) =>
        fields.TryGetValue(field, out var values) && values[0] is { Length: > 0 } value && value != "UNKNOWN" ? value : null;

    /// <exception cref="UploadRefusedException">The form is not one, or too large.</exception>
    /// <exception cref="IOException">The connection broke.</exception>
    public static async Task<UploadForm> ReadAsync(HttpContext context, IBlobStore blobs, ServerOptions options)
    {
        if (!MediaTypeHeaderValue.TryParse(context.Request.ContentType, out var type) || type.MediaType != "multipart/form-data")
            throw Refused("An upload is a multipart/form-data form, as twine, flit, poetry and uv publish send it.");
        var boundary = HeaderUtilities.RemoveQuotes(type.Boundary).Value;
        if (boundary is not { Length: > 0 and <= MaxBoundaryLength })
            throw Refused("The form's boundary is missing or too long (RFC 2046 §5.1.1).");

        var form = new UploadForm();
        try
        {
            var reader = new MultipartReader(boundary, context.Request.Body, 64 << 10) { HeadersCountLimit = 16, HeadersLengthLimit = 16 << 10 };
            var remaining = options.MaxFormBytes;
            var count = 0;
            while (await reader.ReadNextSectionAsync(context.RequestAborted) is { } section)
            {
                if (++count > options.MaxFormFields)
                    throw Refused($"The form has more than {options.MaxFormFields} fields (setting Upload:MaxFormFields).");
                remaining -= await form.ReadSectionAsync(section, remaining, blobs, options, context.RequestAborted);
            }
            return form;
        }
        catch (InvalidDataException e)
        {
            form.Dispose();
            throw Refused("The form is malformed: " + e.Message);
        }
        catch (IOException e) when (IsEndOfForm(e, context))
        {
            form.Dispose();
            throw Refused("The form ends before its closing boundary: the upload was cut off on its way.");
        }
        catch
        {
            form.Dispose();
            throw;
        }
    }

    public void Dispose() => Content?.Dispose();

    /// <summary>
    /// The multipart reader says "the body is over, the form is not" with a bare IOException. A broken connection has
    /// types of its own, and a failing disk an error number in place of COR_E_IO.
    /// </summary>
    private static bool IsEndOfForm(IOException e, HttpContext context) =>
        e.GetType() == typeof(IOException) && e.HResult == unchecked((int)0x80131620) && !context.RequestAborted.IsCancellationRequested;

    private static UploadRefusedException Refused(string detail) => new(Problems.UploadInvalid(detail));

    /// <summary>The number of bytes that count against the limit of fields.</summary>
    private async Task<int> ReadSectionAsync(MultipartSection section, int remaining, IBlobStore blobs, ServerOptions options, CancellationToken cancellationToken)
    {
        if (!ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var disposition) || !disposition.DispositionType.Equals("form-data", StringComparison.OrdinalIgnoreCase))
            throw Refused("A part of the form has no Content-Disposition: form-data.");
        var name = HeaderUtilities.RemoveQuotes(disposition.Name).Value ?? "";
        if (name.Length is 0 or > MaxFieldNameLength)
            throw Refused("A part of the form has no name, or one that is too long.");
        var isFile = disposition.FileName.HasValue || disposition.FileNameStar.HasValue;
        if (name == "content")
        {
            if (!isFile)
                throw Refused("The field 'content' is not a file.");
            if (Content is not null)
                throw Refused("The form has more than one file. Upload one file at a time.");
            Filename = HeaderUtilities.RemoveQuotes(disposition.FileNameStar.HasValue ? disposition.FileNameStar : disposition.FileName).Value ?? "";
            Content = blobs.Stage();
            (Size, Digests) = await StageAsync(section.Body, Content, options.MaxFileBytes, cancellationToken);
            return 0;
        }
        if (isFile)
            throw Refused($"{name}: Should not be a tuple. (The field was sent as a file.)");
        var (value, length) = await ReadTextAsync(section.Body, name, remaining, cancellationToken);
        if (!fields.TryGetValue(name, out var values))
            fields[name] = values = [];
        else if (!MultipleUse.Contains(name))
            throw Refused($"The field '{name}' occurs more than once.");
        values.Add(value);
        return length;
    }

    private static async Task<(long Size, FileDigests Digests)> StageAsync(Stream body, StagedBlob staged, long limit, CancellationToken cancellationToken)
    {
        using var sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
#pragma warning disable CA5351 // MD5 is a field of the upload API that clients still send and compare; nothing trusts it.
        using var md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
#pragma warning restore CA5351
        var blake2 = new Blake2bDigest(256);
        var buffer = new byte[128 << 10];
        long size = 0;
        for (int read; (read = await body.ReadAsync(buffer, cancellationToken)) > 0;)
        {
            size += read;
            if (size > limit)
                throw new UploadRefusedException(Problems.UploadTooLarge("The file", limit));
            sha256.AppendData(buffer, 0, read);
            md5.AppendData(buffer, 0, read);
            blake2.BlockUpdate(buffer, 0, read);
            await staged.Writer.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
        }
        var blake2Result = new byte[blake2.GetDigestSize()];
        blake2.DoFinal(blake2Result, 0);
        return (size, new FileDigests(
            new Sha256Digest(sha256.GetHashAndReset()), Convert.ToHexStringLower(md5.GetHashAndReset()), Convert.ToHexStringLower(blake2Result)));
    }

    private static async Task<(string Value, int Length)> ReadTextAsync(Stream body, string name, int remaining, CancellationToken cancellationToken)
    {
        using var content = new MemoryStream();
        var buffer = new byte[4096];
        for (int read; (read = await body.ReadAsync(buffer, cancellationToken)) > 0;)
        {
            if (content.Length + read > remaining)
                throw Refused("The form's fields are too large together (setting Upload:MaxFormBytes).");
            content.Write(buffer, 0, read);
        }
        try
        {
            var text = StrictUtf8.GetString(content.GetBuffer(), 0, (int)content.Length);
            if (text.Contains('\0', StringComparison.Ordinal))
                throw Refused($"The field '{name}' has a NUL character.");
            // An empty field costs something too: a hundred thousand of them must not be free.
            return (text, (int)content.Length + name.Length);
        }
        catch (DecoderFallbackException)
        {
            throw Refused($"The field '{name}' is not UTF-8.");
        }
    }
}

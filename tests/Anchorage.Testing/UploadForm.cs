using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;

namespace Anchorage.Testing;

/// <summary>The multipart form of the legacy upload API, byte for byte as twine writes it, unless a method says what shall be wrong.</summary>
public sealed class UploadForm
{
    private readonly string boundary = "----------------anchorage-test-boundary";
    private readonly List<(string Name, string Value)> fields = [];
    private readonly BuiltDistribution distribution;
    private string filename;
    private bool hasContent = true;
    private int? cutOffAfter;

    private UploadForm(BuiltDistribution distribution)
    {
        this.distribution = distribution;
        filename = distribution.Filename;
    }

    /// <summary>A correct form for a distribution.</summary>
    public static UploadForm For(BuiltDistribution distribution)
    {
        var form = new UploadForm(distribution);
        form.With(":action", "file_upload")
            .With("protocol_version", "1")
            .With("name", distribution.Project)
            .With("version", distribution.Version)
            .With("filetype", distribution.FileType)
            .With("pyversion", distribution.PythonVersion)
            .With("metadata_version", "2.1")
            .With("sha256_digest", distribution.Sha256)
#pragma warning disable CA5351 // The upload API names MD5; SHA-256 beside it is what counts.
            .With("md5_digest", Convert.ToHexStringLower(MD5.HashData(distribution.Content)));
#pragma warning restore CA5351
        if (distribution.RequiresPython is not null)
            form.With("requires_python", distribution.RequiresPython);
        return form;
    }

    /// <summary>Adds a field (also a second one of the same name).</summary>
    public UploadForm With(string name, string value)
    {
        fields.Add((name, value));
        return this;
    }

    /// <summary>Removes a field.</summary>
    public UploadForm Without(string name)
    {
        fields.RemoveAll(field => field.Name == name);
        return this;
    }

    /// <summary>Replaces a field.</summary>
    public UploadForm Saying(string name, string value) => Without(name).With(name, value);

    /// <summary>Gives the file part another file name.</summary>
    public UploadForm WithFilename(string other)
    {
        filename = other;
        return this;
    }

    /// <summary>Leaves the file part out.</summary>
    public UploadForm WithoutContent()
    {
        hasContent = false;
        return this;
    }

    /// <summary>Ends the body after so many bytes of the file, without a closing boundary.</summary>
    public UploadForm CutOffAfter(int bytesOfFile)
    {
        cutOffAfter = bytesOfFile;
        return this;
    }

    /// <summary>The request body.</summary>
    public HttpContent ToContent()
    {
        var body = new MemoryStream();
        foreach (var (name, value) in fields)
            Write(body, $"--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        if (hasContent)
        {
            Write(body, $"--{boundary}\r\nContent-Disposition: form-data; name=\"content\"; filename=\"{filename}\"\r\nContent-Type: application/octet-stream\r\n\r\n");
            body.Write(distribution.Content.AsSpan(0, Math.Min(cutOffAfter ?? int.MaxValue, distribution.Content.Length)));
            if (cutOffAfter is null)
                Write(body, "\r\n");
        }
        if (cutOffAfter is null)
            Write(body, $"--{boundary}--\r\n");
        var content = new ByteArrayContent(body.GetBuffer(), 0, (int)body.Length);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse($"multipart/form-data; boundary={boundary}");
        return content;
    }

    private static void Write(MemoryStream body, string text) => body.Write(Encoding.UTF8.GetBytes(text));
}

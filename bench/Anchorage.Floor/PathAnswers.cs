namespace Anchorage.Floor;

/// <summary>The prepared answers of one path, at most one for each form and coding.</summary>
internal sealed class PathAnswers
{
    /// <summary>Larger bodies are sent from their file.</summary>
    private const long MaxInMemory = 100 << 20;

    private readonly Answer?[] answers = new Answer?[4];

    private sealed record Answer(string ContentType, string? ContentEncoding, string? ETag, long Length, byte[]? Body, string File);

    public PathAnswers(IEnumerable<string[]> lines)
    {
        foreach (var fields in lines)
        {
            var isGzip = fields[2] == "gzip";
            var length = new FileInfo(fields[5]).Length;
            answers[Slot(fields[1] == "json", isGzip)] = new Answer(
                fields[3], isGzip ? "gzip" : null, fields[4] == "-" ? null : fields[4], length,
                length <= MaxInMemory ? File.ReadAllBytes(fields[5]) : null, fields[5]);
        }
    }

    public Task WriteAsync(HttpContext context)
    {
        var headers = context.Request.Headers;
        var isJson = headers.Accept is [{ } accept, ..] && accept.Contains("json", StringComparison.Ordinal);
        var isGzip = headers.AcceptEncoding is [{ } coding, ..] && coding.StartsWith("gzip", StringComparison.Ordinal);
        // Files have one form and no coding, whatever the client would take.
        var answer = answers[Slot(isJson, isGzip)] ?? answers[Slot(isJson, false)] ?? answers[0];
        var response = context.Response;
        if (answer is null)
        {
            response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }
        response.Headers.ETag = answer.ETag;
        if (answer.ETag is not null && headers.IfNoneMatch is [{ } tag] && tag == answer.ETag)
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return Task.CompletedTask;
        }
        response.Headers.ContentType = answer.ContentType;
        response.Headers.ContentLength = answer.Length;
        if (answer.ContentEncoding is not null)
            response.Headers.ContentEncoding = answer.ContentEncoding;
        return answer.Body is { } body
            ? response.Body.WriteAsync(body, context.RequestAborted).AsTask()
            : response.SendFileAsync(answer.File, context.RequestAborted);
    }

    private static int Slot(bool isJson, bool isGzip) => (isJson ? 1 : 0) + (isGzip ? 2 : 0);
}

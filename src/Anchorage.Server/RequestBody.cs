using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Anchorage.Server;

/// <summary>Reads a small JSON body, bounded, or says what is wrong with it.</summary>
internal static class RequestBody
{
    private const int MaxBytes = 1 << 20;

    public static async Task<(T? Value, Problem? Problem)> ReadAsync<T>(HttpContext context, JsonTypeInfo<T> type)
        where T : class
    {
        if (context.Request.ContentLength > MaxBytes)
            return (null, Problems.RequestInvalid($"The body is larger than {MaxBytes} bytes."));
        if (context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } feature)
            feature.MaxRequestBodySize = MaxBytes;
        try
        {
            var value = await JsonSerializer.DeserializeAsync(context.Request.Body, type, context.RequestAborted);
            return value is null ? (null, Problems.RequestInvalid("The body is empty; JSON is expected.")) : (value, null);
        }
        catch (JsonException e)
        {
            return (null, Problems.RequestInvalid($"The body is not the JSON that is expected here: {e.Message}"));
        }
        catch (BadHttpRequestException e)
        {
            return (null, Problems.RequestInvalid(e.Message));
        }
    }
}

using Anchorage.Packaging;
using Anchorage.Server.Identity;
using Anchorage.Server.Permissions;
using Microsoft.Net.Http.Headers;

namespace Anchorage.Server.Index;

/// <summary>
/// The Simple API: <c>/{index}/simple/</c> and <c>/{index}/simple/{project}/</c>; without an index, the default one.
/// <list type="number">
/// <item>choose HTML or JSON;</item>
/// <item>parse the name; a spelling that is not normalised, or a missing slash, is redirected (PEP 503);</item>
/// <item>authenticate and authorise;</item>
/// <item>ask the index for its snapshot;</item>
/// <item>take the prepared body, 304 where the client has it;</item>
/// <item>write.</item>
/// </list>
/// </summary>
internal sealed class SimpleEndpoints(IndexCatalog catalog, PreparedPages pages, Access access)
{
    private const string JsonAllowHeaders = "Authorization, Accept, Accept-Encoding, If-None-Match, Range, If-Range";

    public void Map(IEndpointRouteBuilder routes)
    {
        string[] methods = [HttpMethods.Get, HttpMethods.Head];
        routes.MapMethods("/simple/{project}", methods, context => ProjectAsync(context, IndexCatalog.DefaultIndex));
        routes.MapMethods("/simple", methods, context => ListAsync(context, IndexCatalog.DefaultIndex));
        routes.MapMethods("/{index}/simple/{project}", methods, context => ProjectAsync(context, IndexOf(context)));
        routes.MapMethods("/{index}/simple", methods, context => ListAsync(context, IndexOf(context)));
        // POST has an answer there, so that routing alone would say 405: "wrong method" for an address that does not exist.
        foreach (var path in new[] { "/simple/{**rest}", "/{index}/simple/{**rest}" })
            routes.MapMethods(path, methods, NothingBelow);
        foreach (var path in new[] { "/simple", "/simple/{project}", "/{index}/simple", "/{index}/simple/{project}" })
            routes.MapMethods(path, [HttpMethods.Options], Preflight);
    }

    private static string IndexOf(HttpContext context) => (string)context.Request.RouteValues["index"]!;

    private Task ProjectAsync(HttpContext context, string indexName)
    {
        // 2
        if (!ProjectName.TryParse((string)context.Request.RouteValues["project"]!, out var project))
        {
            AllowOrigins(context.Response);
            return Problems.NotFound("That is no project name: letters, digits, '-', '_' and '.', with a letter or digit at both ends.").WriteAsync(context);
        }
        return ServeAsync(context, indexName, project);
    }

    private static Task NothingBelow(HttpContext context)
    {
        AllowOrigins(context.Response);
        return Problems.NotFound("There is nothing below a project's page. Files are at the addresses that the page links to.").WriteAsync(context);
    }

    private Task ListAsync(HttpContext context, string indexName) => ServeAsync(context, indexName, null);

    private async Task ServeAsync(HttpContext context, string indexName, ProjectName? project)
    {
        var request = context.Request;
        var response = context.Response;
        AllowOrigins(response);

        // 1
        var mediaType = SimpleNegotiation.Choose(request.Headers.Accept, request.Query["format"]);

        // 3: before any look-up, so that strangers learn nothing from the answer.
        if (await access.RequireAsync(context, indexName, project, AccessAction.Read) is null)
            return;
        if (catalog.Find(indexName) is not { } index)
        {
            await Problems.IndexNotFound(indexName).WriteAsync(context);
            return;
        }
        if (IsToRedirect(request, project, out var location))
        {
            response.StatusCode = StatusCodes.Status301MovedPermanently;
            response.Headers.Location = location;
            response.ContentLength = 0;
            return;
        }

        // 4
        var isJson = mediaType == SimpleMediaType.JsonV1;
        var coding = Negotiation.ChooseCoding(request.Headers.AcceptEncoding);
        PreparedBody body;
        long? serial;
        Staleness? staleness;
        if (project is null)
        {
            if (await Unwrap(context, await index.Pages.ListProjectsAsync(context.RequestAborted), indexName, project) is not { } list)
                return;
            (serial, staleness) = (list.LastSerial, list.Staleness);
            body = await pages.GetAsync(indexName, null, isJson, list.Stamp, coding, async output =>
            {
                var content = await list.ReadAsync(CancellationToken.None);
                if (isJson)
                    SimpleJson.WriteList(output, content);
                else
                    SimpleHtml.WriteList(output, content);
            });
        }
        else
        {
            if (await Unwrap(context, await index.Pages.GetProjectAsync(project, context.RequestAborted), indexName, project) is not { } page)
                return;
            (serial, staleness) = (page.LastSerial, page.Staleness);
            body = await pages.GetAsync(indexName, project, isJson, page.Stamp, coding, async output =>
                PageRendering.Write(output, await page.ReadAsync(CancellationToken.None), indexName, isJson));
        }

        // 5, 6
        await WriteAsync(context, body, mediaType, coding, serial, staleness);
    }

    private static async Task WriteAsync(HttpContext context, PreparedBody body, SimpleMediaType mediaType, ContentCoding coding, long? serial, Staleness? staleness)
    {
        var headers = context.Response.Headers;
        // Clients revalidate: a recall works at once and every use is seen (DESIGN §4.4).
        headers.CacheControl = "private, no-cache";
        headers.Vary = "Accept, Accept-Encoding, Authorization";
        headers.ETag = body.ETag;
        if (serial is { } known)
            headers["X-PyPI-Last-Serial"] = known.ToString(System.Globalization.CultureInfo.InvariantCulture);
        if (staleness is not null)
        {
            headers["X-Anchorage-Stale-Seconds"] = ((long)staleness.Age.TotalSeconds).ToString(System.Globalization.CultureInfo.InvariantCulture);
            headers["X-Anchorage-Stale-Reason"] = Problem.Printable(staleness.Reason);
        }
        if (HasCurrent(context.Request, body.ETag))
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }
        headers.ContentType = mediaType.ToContentType();
        headers.ContentLength = body.Bytes.Length;
        if (coding != ContentCoding.Identity)
            headers.ContentEncoding = coding == ContentCoding.Gzip ? "gzip" : "br";
        if (!HttpMethods.IsHead(context.Request.Method))
            await context.Response.Body.WriteAsync(body.Bytes, context.RequestAborted);
    }

    /// <summary>The found value; else null, and the refusal was written.</summary>
    private static async ValueTask<T?> Unwrap<T>(HttpContext context, IndexAnswer<T> answer, string index, ProjectName? project)
        where T : class
    {
        switch (answer)
        {
            case IndexAnswer<T>.Found found:
                return found.Value;
            case IndexAnswer<T>.Unavailable unavailable:
                await unavailable.Failure.ToProblem().WriteAsync(context);
                return null;
            default:
                await (project is null ? Problems.IndexNotFound(index) : Problems.ProjectNotFound(project.ToString(), index)).WriteAsync(context);
                return null;
        }
    }

    /// <summary>PEP 503: the address ends with a slash and has the normalised name. The query goes along.</summary>
    private static bool IsToRedirect(HttpRequest request, ProjectName? project, out string? location)
    {
        location = null;
        var path = request.Path.Value!;
        var canonical = path.EndsWith('/') ? path : path + "/";
        if (project is not null)
        {
            var parent = canonical.LastIndexOf('/', canonical.Length - 2);
            canonical = string.Concat(canonical.AsSpan(0, parent + 1), project.ToString(), "/");
        }
        if (path == canonical)
            return false;
        location = request.PathBase + new PathString(canonical).ToUriComponent() + request.QueryString;
        return true;
    }

    /// <summary>If-None-Match (RFC 9110 §13.1.2): weak comparison, a list, or *.</summary>
    public static bool HasCurrent(HttpRequest request, string etag)
    {
        var given = request.Headers.IfNoneMatch;
        if (given.Count == 0)
            return false;
        if (given.Count == 1 && given[0] == etag)
            return true;
        if (!EntityTagHeaderValue.TryParseList(given, out var tags))
            return false;
        var own = new EntityTagHeaderValue(etag);
        return tags.Any(tag => tag.Equals(EntityTagHeaderValue.Any) || tag.Compare(own, useStrongComparison: false));
    }

    private static void AllowOrigins(HttpResponse response)
    {
        response.Headers.AccessControlAllowOrigin = "*";
        response.Headers.AccessControlExposeHeaders = "X-PyPI-Last-Serial, ETag";
    }

    private static Task Preflight(HttpContext context)
    {
        AllowOrigins(context.Response);
        context.Response.Headers.AccessControlAllowMethods = "GET, HEAD";
        context.Response.Headers.AccessControlAllowHeaders = JsonAllowHeaders;
        context.Response.Headers.AccessControlMaxAge = "86400";
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }
}

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
        var mediaType = SimpleNegotiation.Choose(request.Headers.Accept, request.QueryString.HasValue ? request.Query["format"] : default(string));

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
        var form = new Form(indexName, mediaType, Negotiation.ChooseCoding(request.Headers.AcceptEncoding));
        if (project is null)
            await ServeListAsync(context, index, form);
        else
            await ServeProjectAsync(context, index, project, form);
    }

    /// <summary>In which form the page is wanted, of which index as asked for.</summary>
    private readonly record struct Form(string Index, SimpleMediaType MediaType, ContentCoding Coding)
    {
        public bool IsJson => MediaType == SimpleMediaType.JsonV1;
    }

    private async Task ServeProjectAsync(HttpContext context, NamedIndex index, ProjectName project, Form form)
    {
        if (await Unwrap(context, await index.Pages.GetProjectAsync(project, context.RequestAborted), form.Index, project) is not { } page)
            return;
        // 5
        var body = pages.Find(form.Index, project, form.IsJson, page.Stamp, form.Coding)
            ?? await PrepareAsync(project, page, form);
        // 6
        await WriteAsync(context, body, form, page.LastSerial, page.Staleness);
    }

    private async Task ServeListAsync(HttpContext context, NamedIndex index, Form form)
    {
        if (await Unwrap(context, await index.Pages.ListProjectsAsync(context.RequestAborted), form.Index, null) is not { } list)
            return;
        var body = pages.Find(form.Index, null, form.IsJson, list.Stamp, form.Coding)
            ?? await PrepareAsync(list, form);
        await WriteAsync(context, body, form, list.LastSerial, list.Staleness);
    }

    private Task<PreparedBody> PrepareAsync(ProjectName project, ProjectSnapshot page, Form form) =>
        pages.PrepareAsync(form.Index, project, form.IsJson, page.Stamp, form.Coding, async output =>
            PageRendering.Write(output, await page.ReadAsync(CancellationToken.None), form.Index, form.IsJson));

    private Task<PreparedBody> PrepareAsync(ListSnapshot list, Form form) =>
        pages.PrepareAsync(form.Index, null, form.IsJson, list.Stamp, form.Coding, async output =>
        {
            var content = await list.ReadAsync(CancellationToken.None);
            if (form.IsJson)
                SimpleJson.WriteList(output, content);
            else
                SimpleHtml.WriteList(output, content);
        });

    private static Task WriteAsync(HttpContext context, PreparedBody body, Form form, long? serial, Staleness? staleness)
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
            return Task.CompletedTask;
        }
        headers.ContentType = form.MediaType.ToContentType();
        headers.ContentLength = body.Length;
        if (form.Coding != ContentCoding.Identity)
            headers.ContentEncoding = form.Coding == ContentCoding.Gzip ? "gzip" : "br";
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : body.SendAsync(context);
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

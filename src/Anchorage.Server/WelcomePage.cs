using System.Globalization;
using System.Text;
using Anchorage.Server.Index;
using Anchorage.Server.Storage;
using Anchorage.Server.Tls;

namespace Anchorage.Server;

/// <summary>What a person reads who meets the registry: on the terminal when it is ready, and in a browser.</summary>
internal sealed class WelcomePage(ServerOptions options, TlsOptions tls, CertificateSource certificates, DataDirectory directory)
{
    private static readonly string[] WinOverCert = ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"];

    public static void Map(IEndpointRouteBuilder routes, IndexCatalog catalog)
    {
        string[] methods = [HttpMethods.Get, HttpMethods.Head];
        routes.MapMethods("/", methods, ServeAsync);
        routes.MapMethods("/{index}", methods, context => catalog.Find((string)context.Request.RouteValues["index"]!) is not null
            ? ServeAsync(context)
            : Problems.NotFound("There is nothing at this address. Packages are installed from /{index}/simple/ and uploaded to /{index}/.").WriteAsync(context));
    }

    /// <summary>The ready line and the commands to copy (DESIGN §3).</summary>
    public string ReadyText(Uri address)
    {
        var url = address.GetLeftPart(UriPartial.Authority);
        var index = $"{url}/{IndexCatalog.DefaultIndex}";
        var token = Quote(directory.BootstrapTokenFile);
        // The file of a company's certificate holds no root, and which one its clients trust is not known here.
        var (pip, twine) = tls.UsesBuiltInAuthority
            ? ($"{WithoutOtherBundles()}pip install --cert {Quote(tls.RootFile)}", $"REQUESTS_CA_BUNDLE={Quote(tls.RootFile)} ")
            : ("pip install", "");
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"anchorage ready {url}");
        text.AppendLine();
        if (certificates.Authority is { } authority)
            text.AppendLine(CultureInfo.InvariantCulture, $"Trust anchor  {tls.RootFile}").AppendLine(CultureInfo.InvariantCulture, $"     SHA-256  {authority.Fingerprint}").AppendLine();
        text.AppendLine("Install from it:");
        text.AppendLine(CultureInfo.InvariantCulture, $"  {pip} --index-url {index}/simple/ PACKAGE");
        text.AppendLine("Upload to it:");
        text.AppendLine(CultureInfo.InvariantCulture, $"  {twine}TWINE_USERNAME=__token__ TWINE_PASSWORD=\"$(cat {token})\" \\");
        text.AppendLine(CultureInfo.InvariantCulture, $"    twine upload --repository-url {index}/ dist/*");
        if (!tls.UsesBuiltInAuthority)
            text.AppendLine().AppendLine("Clients must trust the authority that issued the certificate: where they do not yet, give its root to pip and twine with --cert ROOT.pem.");
        if (options.AnonymousReading && !options.ListensOnLoopbackOnly)
            text.AppendLine().AppendLine("Anyone who can reach it may read (Access:AnonymousReading is true).");
        return text.ToString();
    }

    private static Task ServeAsync(HttpContext context)
    {
        var url = $"{context.Request.Scheme}://{context.Request.Host}";
        var body = Encoding.UTF8.GetBytes($"""
            This is Anchorage, a Python package registry.

            Install:  pip install --index-url {url}/{IndexCatalog.DefaultIndex}/simple/ PACKAGE
            Upload:   twine upload --repository-url {url}/{IndexCatalog.DefaultIndex}/ dist/*
                      (user name __token__, an API token as the password)

            Clients must trust this registry's root certificate. Ask whoever runs it for the file, and give it to
            pip with --cert or PIP_CERT, to twine and poetry with REQUESTS_CA_BUNDLE, to uv with SSL_CERT_FILE.

            """);
        context.Response.ContentType = "text/plain; charset=utf-8";
        context.Response.ContentLength = body.Length;
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }

    /// <summary>These variables win over pip's --cert. Whoever copies the command has the environment that this program was started in.</summary>
    private static string WithoutOtherBundles()
    {
        var set = WinOverCert.Where(static name => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(name))).ToList();
        return set.Count == 0 ? "" : $"env -u {string.Join(" -u ", set)} ";
    }

    /// <summary>For a POSIX shell; most paths need nothing.</summary>
    private static string Quote(string path) =>
        path.All(static c => char.IsAsciiLetterOrDigit(c) || c is '/' or '.' or '-' or '_') ? path : "'" + path.Replace("'", "'\\''", StringComparison.Ordinal) + "'";
}

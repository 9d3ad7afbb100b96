// The floor: what Kestrel costs when the answer is known. Sends prepared bytes for known paths over TLS, with content
// type, length and entity tag, and does nothing else: no routing, no logging, no rights. bench/run starts it.
//
//   Anchorage.Floor MANIFEST PORT CHAIN.PEM KEY.PEM
//
// A line of the manifest, separated by tabs: path, form (json, html or -), coding (gzip or -), content type, entity tag
// (or -), file with the body. Prints `floor ready`.
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Anchorage.Floor;
using Microsoft.AspNetCore.Server.Kestrel.Https;

if (args is not [var manifest, var port, var chainFile, var keyFile])
{
    Console.Error.WriteLine("usage: Anchorage.Floor MANIFEST PORT CHAIN.PEM KEY.PEM");
    return 64;
}

var answers = File.ReadLines(manifest).Select(static line => line.Split('\t')).GroupBy(static fields => fields[0])
    .ToDictionary(static group => group.Key, static group => new PathAnswers(group));

using var leaf = X509Certificate2.CreateFromPemFile(chainFile, keyFile);
var chain = new X509Certificate2Collection();
chain.ImportFromPemFile(chainFile);
chain.RemoveAt(0);
var tls = SslStreamCertificateContext.Create(leaf, chain, offline: true);

var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
{
    kestrel.AddServerHeader = false;
    kestrel.Listen(IPAddress.Loopback, int.Parse(port, CultureInfo.InvariantCulture), listen => listen.UseHttps(new TlsHandshakeCallbackOptions
    {
        OnConnection = _ => ValueTask.FromResult(new SslServerAuthenticationOptions { ServerCertificateContext = tls }),
    }));
});
await using var app = builder.Build();
app.Run(context => answers.TryGetValue(context.Request.Path.Value!, out var found) ? found.WriteAsync(context) : NotFound(context));
await app.StartAsync();
Console.WriteLine("floor ready");
await app.WaitForShutdownAsync();
return 0;

static Task NotFound(HttpContext context)
{
    context.Response.StatusCode = StatusCodes.Status404NotFound;
    return Task.CompletedTask;
}

// Everything the composition root needs of TLS: AddTlsAsync before the host is built, ListenWithTls in ConfigureKestrel.

using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Anchorage.Server.Tls;

internal static class TlsSetup
{
    private static readonly TimeSpan HandshakeTimeout = TimeSpan.FromSeconds(10);

    private static readonly TlsRecordPool RecordPool = new();

    /// <summary>Loads the certificate (at the first start: creates the authority), so that a registry that starts can serve.</summary>
    /// <exception cref="TlsSetupException">It cannot; the message is for the operator.</exception>
    public static async Task<CertificateSource> AddTlsAsync(
        this IServiceCollection services, TlsOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        var source = await CertificateSource.OpenAsync(options, time, cancellationToken);
        services.AddSingleton(options);
        services.AddSingleton(source);
        services.AddSingleton(new ServerCertificate(source.First));
        services.AddHostedService(provider => ActivatorUtilities.CreateInstance<CertificateUpkeep>(provider, time));
        services.AddSingleton(new PlainHttpExplainer(options, time));
        return source;
    }

    /// <summary>Listens where <see cref="TlsOptions"/> say: HTTPS, and where asked for the plain port that only explains.</summary>
    public static void ListenWithTls(this KestrelServerOptions kestrel)
    {
        var options = kestrel.ApplicationServices.GetRequiredService<TlsOptions>();
        Listen(kestrel, options.ListenHost, options.Listen.Port, ConfigureHttps);
        if (options.PlainHttpPort is { } port)
        {
            Listen(kestrel, options.ListenHost, port, ConfigurePlainHttp);
        }
    }

    /// <summary>TLS on one endpoint, with the certificate that is current at each handshake.</summary>
    public static void ConfigureHttps(ListenOptions listen)
    {
        var certificate = listen.ApplicationServices.GetRequiredService<ServerCertificate>();
        listen.Protocols = HttpProtocols.Http1AndHttp2;
        listen.Use(next => connection =>
        {
            connection.Features.Set<IMemoryPoolFeature>(RecordPool);
            return next(connection);
        });
        listen.UseHttps(new TlsHandshakeCallbackOptions
        {
            OnConnection = context => ValueTask.FromResult(certificate.Current.AnswerTo(context.ClientHelloInfo.ServerName)),
            HandshakeTimeout = HandshakeTimeout,
        });
    }

    /// <summary>Puts the explanation, and nothing else, behind one endpoint.</summary>
    public static void ConfigurePlainHttp(ListenOptions listen)
    {
        var explainer = listen.ApplicationServices.GetRequiredService<PlainHttpExplainer>();
        listen.Run(explainer.OnConnectedAsync);
    }

    private static void Listen(KestrelServerOptions kestrel, string? host, int port, Action<ListenOptions> configure)
    {
        switch (host)
        {
            case "localhost" when port == 0: // Two listeners cannot agree on a free port.
                kestrel.Listen(IPAddress.Loopback, port, configure);
                break;
            case "localhost":
                kestrel.ListenLocalhost(port, configure);
                break;
            case not null when IPAddress.TryParse(host, out var address):
                kestrel.Listen(address, port, configure);
                break;
            default: // A host name says how clients find us, not on which card; the same reading as Kestrel's own URLs.
                kestrel.ListenAnyIP(port, configure);
                break;
        }
    }
}

/// <summary>Where certificates come from, opened: the built-in authority or PEM files.</summary>
internal sealed class CertificateSource
{
    private CertificateSource(PresentedCertificate first) => First = first;

    public PresentedCertificate First { get; }

    /// <summary>Set where the registry signs its own certificates: its root is what clients need.</summary>
    public BuiltInAuthority? Authority { get; private init; }

    public PemCertificate? Pem { get; private init; }

    public PemFiles? FirstFiles { get; private init; }

    /// <summary>Set where the certificate works but clients that use the configured host would refuse it.</summary>
    public string? Warning { get; private init; }

    public static async Task<CertificateSource> OpenAsync(TlsOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        if (options.UsesBuiltInAuthority)
        {
            var authority = await BuiltInAuthority.OpenAsync(options, time, cancellationToken);
            return new CertificateSource(authority.Issue()) { Authority = authority };
        }
        var pem = new PemCertificate(options.CertificateFile!, options.KeyFile!, time);
        var files = await pem.ReadAsync(cancellationToken);
        var first = pem.Parse(files);
        var isForHost = options.ListenHost is not { } host || PemCertificate.IsFor(first.Leaf, host);
        return new CertificateSource(first)
        {
            Pem = pem,
            FirstFiles = files,
            Warning = isForHost ? null
                : $"The certificate {options.CertificateFile} is for {PemCertificate.NamesOf(first.Leaf)}, and not for '{options.ListenHost}': clients "
                + $"that use https://{options.ListenHost} will refuse it. Use one of its names, or ask for a certificate with this one.",
        };
    }
}

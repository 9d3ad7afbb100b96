// What an installation says about its TLS, read and checked once at start: every later part gets values that are valid.

using System.Net;

namespace Anchorage.Server.Tls;

/// <summary>The TLS settings of this installation.</summary>
internal sealed record TlsOptions
{
    /// <summary>Holds <c>ca/</c>, the built-in authority.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>The address to serve at, as an operator writes it: <c>https://HOST:PORT</c>.</summary>
    public required Uri Listen { get; init; }

    /// <summary>Further names and addresses that clients use (<c>Tls:Hosts</c>, separated by commas): names of a load balancer, aliases.</summary>
    public IReadOnlyList<string> Hosts { get; init; } = [];

    /// <summary>The company's own certificate (<c>Tls:Certificate</c>): PEM, leaf first, then its intermediates.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>The private key of <see cref="CertificateFile"/> (<c>Tls:Key</c>): PEM, not encrypted.</summary>
    public string? KeyFile { get; init; }

    /// <summary>The port whose only answer is how to use HTTPS (<c>Tls:PlainHttpPort</c>); none unless asked for.</summary>
    public int? PlainHttpPort { get; init; }

    public string RootDirectory => Path.Combine(DataDirectory, "ca");

    /// <summary>The trust anchor that clients of the built-in authority need.</summary>
    public string RootFile => Path.Combine(RootDirectory, "root.pem");

    public bool UsesBuiltInAuthority => CertificateFile is null;

    /// <summary>The host of <see cref="Listen"/>, or null where it means every address of the machine.</summary>
    public string? ListenHost => Listen.IdnHost is "0.0.0.0" or "::" or "*" or "+" ? null : Listen.IdnHost.ToLowerInvariant();

    /// <summary>True where nothing outside this machine can connect.</summary>
    public bool ListensOnLoopbackOnly =>
        ListenHost == "localhost" || (IPAddress.TryParse(ListenHost, out var address) && IPAddress.IsLoopback(address));

    /// <exception cref="TlsSetupException">A setting makes no sense; the message says which, and what would.</exception>
    public static TlsOptions Read(IConfiguration configuration, string dataDirectory, Uri listen)
    {
        if (listen.Scheme != Uri.UriSchemeHttps)
        {
            throw new TlsSetupException($"The registry serves HTTPS only, and the listen address is {listen}. Write it as https://HOST:PORT.");
        }
        var certificate = NullIfEmpty(configuration["Tls:Certificate"]);
        var key = NullIfEmpty(configuration["Tls:Key"]);
        if (certificate is null != key is null)
        {
            var (given, missing) = certificate is null ? ("Tls:Key", "Tls:Certificate") : ("Tls:Certificate", "Tls:Key");
            throw new TlsSetupException($"{given} is set and {missing} is not. Set both to PEM files, or neither to use the built-in authority.");
        }
        var plainHttpPort = NullIfEmpty(configuration["Tls:PlainHttpPort"]);
        var port = 0;
        if (plainHttpPort is not null && (!int.TryParse(plainHttpPort, out port) || port is < 0 or > 65535))
        {
            throw new TlsSetupException($"Tls:PlainHttpPort is '{plainHttpPort}', which is no port number (1 to 65535).");
        }
        var hosts = (configuration["Tls:Hosts"] ?? "").Split([',', ' '], StringSplitOptions.RemoveEmptyEntries);
        foreach (var host in hosts)
        {
            if (Uri.CheckHostName(host) == UriHostNameType.Unknown)
            {
                throw new TlsSetupException($"Tls:Hosts names '{host}', which is neither a host name nor an IP address.");
            }
        }
        return new TlsOptions
        {
            DataDirectory = dataDirectory,
            Listen = listen,
            Hosts = hosts,
            CertificateFile = certificate,
            KeyFile = key,
            PlainHttpPort = plainHttpPort is null ? null : port,
        };
    }

    private static string? NullIfEmpty(string? value) => string.IsNullOrWhiteSpace(value) ? null : value;
}

/// <summary>TLS cannot be set up as configured. The message is written for the operator: what is wrong, and what to do.</summary>
internal sealed class TlsSetupException(string message, Exception? inner = null) : Exception(message, inner);

// Chains with one fault each, and a server that shows them.

using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Anchorage.Trust.Tests;

internal static class Chains
{
    public static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();

    public static X509Certificate2 Authority(string subject, X509Certificate2? issuer = null, DateTimeOffset? until = null, string? permitted = null)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(X509BasicConstraintsExtension.CreateForCertificateAuthority());
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        if (permitted is not null)
        {
            // nameConstraints { permittedSubtrees { dNSName permitted } }
            byte[] name = [0x82, (byte)permitted.Length, .. System.Text.Encoding.ASCII.GetBytes(permitted)];
            byte[] value = [0x30, (byte)(name.Length + 4), 0xA0, (byte)(name.Length + 2), 0x30, (byte)name.Length, .. name];
            request.CertificateExtensions.Add(new X509Extension("2.5.29.30", value, critical: true));
        }
        if (issuer is null)
        {
            return request.CreateSelfSigned(Now.AddDays(-2000), until ?? Now.AddDays(2000));
        }
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(issuer, true, false));
        return request.Create(issuer.SubjectName, SignatureOf(issuer), Now.AddDays(-1000), until ?? Now.AddDays(1000), RandomNumberGenerator.GetBytes(8)).CopyWithPrivateKey(key);
    }

    public static X509Certificate2 Leaf(
        X509Certificate2? issuer, string? name = "localhost", DateTimeOffset? from = null, DateTimeOffset? until = null, int rsaBits = 0,
        bool sha1 = false, string usage = "1.3.6.1.5.5.7.3.1", bool keyIdentifier = true)
    {
        using var rsa = rsaBits > 0 ? RSA.Create(rsaBits) : null;
        using var ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = rsa is null
            ? new CertificateRequest("CN=localhost", ecdsa, HashAlgorithmName.SHA256)
            : new CertificateRequest("CN=localhost", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        if (name is not null)
        {
            var names = new SubjectAlternativeNameBuilder();
            names.AddDnsName(name);
            request.CertificateExtensions.Add(names.Build());
        }
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], critical: false));
        if (issuer is null)
        {
            return request.CreateSelfSigned(Now.AddDays(-1), Now.AddDays(1));
        }
        if (keyIdentifier)
        {
            request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(issuer, true, false));
        }
        var signature = sha1 ? new Sha1Signature(issuer.GetECDsaPrivateKey()!) : SignatureOf(issuer);
        using var certificate = request.Create(issuer.SubjectName, signature, from ?? Now.AddDays(-1), until ?? Now.AddDays(1), RandomNumberGenerator.GetBytes(8));
        return rsa is null ? certificate.CopyWithPrivateKey(ecdsa) : certificate.CopyWithPrivateKey(rsa);
    }

    public static TrustAnchors Anchors(params X509Certificate2[] anchors) => new("test", [.. anchors]);

    private static X509SignatureGenerator SignatureOf(X509Certificate2 issuer) => X509SignatureGenerator.CreateForECDsa(issuer.GetECDsaPrivateKey()!);

    /// <summary>ecdsa-with-SHA1, which .NET itself no longer issues.</summary>
    private sealed class Sha1Signature(ECDsa key) : X509SignatureGenerator
    {
        public override byte[] GetSignatureAlgorithmIdentifier(HashAlgorithmName hashAlgorithm) => [0x30, 9, 6, 7, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 1];

        public override byte[] SignData(byte[] data, HashAlgorithmName hashAlgorithm) =>
            key.SignData(data, HashAlgorithmName.SHA1, DSASignatureFormat.Rfc3279DerSequence);

        protected override PublicKey BuildPublicKey() => PublicKey.CreateFromSubjectPublicKeyInfo(key.ExportSubjectPublicKeyInfo(), out _);
    }
}

/// <summary>Answers each connection with what a test says, on a free loopback port.</summary>
internal sealed class OneServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public OneServer(Func<NetworkStream, Task> answer)
    {
        _listener.Start();
        _ = ServeAsync(answer);
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>A TLS server that sends exactly these certificates.</summary>
    public static OneServer Tls(X509Certificate2 leaf, params X509Certificate2[] others)
    {
        var context = SslStreamCertificateContext.Create(leaf, [.. others], offline: true);
        return new OneServer(async stream =>
        {
            await using var tls = new SslStream(stream);
            await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificateContext = context, ApplicationProtocols = [SslApplicationProtocol.Http11] });
            // Whatever the client sends would be a fault: a probe says nothing.
            ReceivedBytes = await tls.ReadAsync(new byte[1]);
        });
    }

    public static int ReceivedBytes { get; private set; }

    public void Dispose() => _listener.Dispose();

    private async Task ServeAsync(Func<NetworkStream, Task> answer)
    {
        try
        {
            while (true)
            {
                using var client = await _listener.AcceptTcpClientAsync();
                await answer(client.GetStream());
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or IOException or System.Security.Authentication.AuthenticationException)
        {
            // The test is over, or the client left.
        }
    }
}

// The trust anchor of an installation that brings no certificate of its own. It vouches for this installation's host
// names and nothing else (critical name constraints), so that trusting it costs a client little.
//
// On disk: DIR/ca/root.pem, for clients, and DIR/ca/root.key, for nobody. The server certificate is made in memory at
// every start and renewed there: a key that is never written needs no protection on disk and cannot be half-written.

using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Anchorage.Server.Tls;

/// <summary>Signs this installation's server certificates.</summary>
internal sealed class BuiltInAuthority
{
    // 10 years for the root. 397 days is the most that browsers and Apple's verifier accept for a server certificate.
    private static readonly TimeSpan RootLifetime = TimeSpan.FromDays(3650);
    private static readonly TimeSpan ServerLifetime = TimeSpan.FromDays(397) - TimeSpan.FromHours(1);

    // A client whose clock is a little behind still finds the certificate valid.
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromHours(1);

    private readonly X509Certificate2 _root;
    private readonly TimeProvider _time;

    private BuiltInAuthority(X509Certificate2 root, HostNames names, TimeProvider time) => (_root, Names, _time) = (root, names, time);

    /// <summary>All that this authority may vouch for, and does.</summary>
    public HostNames Names { get; }

    /// <summary>The root's SHA-256 fingerprint as people compare it: pairs of hex digits with colons.</summary>
    public string Fingerprint => string.Join(':', _root.GetCertHash(HashAlgorithmName.SHA256).Select(b => b.ToString("X2", null)));

    public DateTimeOffset RootNotAfter => new(_root.NotAfter.ToUniversalTime());

    /// <summary>Opens the authority of this data directory; creates it at the first start.</summary>
    /// <exception cref="TlsSetupException">It cannot be read, has expired, or may not vouch for the host that is asked for.</exception>
    public static async Task<BuiltInAuthority> OpenAsync(TlsOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        var files = new AuthorityFiles(options.RootDirectory);
        if (!files.Exist)
        {
            var machine = await HostNames.OfThisMachineAsync(cancellationToken);
            var wanted = HostNames.From([.. options.ListenHost is { } host ? [host] : Array.Empty<string>(), .. options.Hosts, .. machine]);
            using var created = CreateRoot(wanted, options.ListenHost ?? System.Net.Dns.GetHostName(), time.GetUtcNow());
            files.Write(created);
        }
        var root = await files.ReadAsync(cancellationToken);
        var names = HostNames.PermittedBy(root)
            ?? throw new TlsSetupException($"{files.RootFile} has no name constraints, so it is not a root that this program made: as a trust "
                + "anchor it could vouch for any host. Move it and its key away; the next start creates a constrained one. For a "
                + "certificate of your own authority, set Tls:Certificate and Tls:Key.");
        var authority = new BuiltInAuthority(root, names, time);
        authority.CheckThatItMayServe(options, files);
        return authority;
    }

    /// <summary>A fresh server certificate for all names of this installation.</summary>
    public PresentedCertificate Issue()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        // Two certificates over one key. OpenSSL 1.0 knows no name constraints for addresses and refuses a chain that
        // needs them (error 51): whoever asks for a name gets a certificate without addresses.
        return new PresentedCertificate(Sign(key, withAddresses: false), Sign(key, withAddresses: true), []);
    }

    /// <summary>Renewal begins when a third of the life is left: months for someone to notice that it fails.</summary>
    public bool IsDueForRenewal(PresentedCertificate certificate)
    {
        var life = certificate.NotAfter - certificate.NotBefore;
        return certificate.NotAfter - _time.GetUtcNow() <= life / 3;
    }

    private void CheckThatItMayServe(TlsOptions options, AuthorityFiles files)
    {
        if (_time.GetUtcNow() >= RootNotAfter)
        {
            throw new TlsSetupException($"The built-in authority {files.RootFile} expired on {RootNotAfter:yyyy-MM-dd}. Move the folder "
                + $"{options.RootDirectory} away and start again: a new one is created, and every client must then trust the new root.pem. "
                + "If the date looks wrong, check this machine's clock.");
        }
        foreach (var host in (IEnumerable<string>)[.. options.ListenHost is { } listen ? [listen] : Array.Empty<string>(), .. options.Hosts])
        {
            if (!Names.Permits(host))
            {
                throw new TlsSetupException($"The built-in authority {files.RootFile} was created for {Names}, and must not vouch for '{host}'. "
                    + "Either serve under one of those names (--listen https://NAME:PORT); or set Tls:Certificate and Tls:Key to a certificate "
                    + $"of your company's authority; or move the folder {options.RootDirectory} away and start again: a new root for '{host}' is "
                    + "created, and every client must then trust the new root.pem.");
            }
        }
    }

    private static X509Certificate2 CreateRoot(HostNames names, string host, DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var subject = new X500DistinguishedNameBuilder();
        // A common name has at most 64 characters (RFC 5280 A.1 ub-common-name), and verifiers enforce it.
        var prefix = "Anchorage CA for ";
        var suffix = $", created {now:yyyy-MM-dd}";
        subject.AddCommonName(prefix + host[..Math.Min(host.Length, 64 - prefix.Length - suffix.Length)] + suffix);
        var request = new CertificateRequest(subject.Build(), key, HashAlgorithmName.SHA256);
        // What VERIFY_X509_STRICT (the default of Python 3.13) wants of a root: critical basicConstraints, keyUsage, and
        // both key identifiers.
        request.CertificateExtensions.Add(X509BasicConstraintsExtension.CreateForCertificateAuthority(pathLengthConstraint: 0));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        var keyIdentifier = new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false);
        request.CertificateExtensions.Add(keyIdentifier);
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(keyIdentifier));
        request.CertificateExtensions.Add(names.ToNameConstraints());
        return request.CreateSelfSigned(now - ClockTolerance, now + RootLifetime);
    }

    private X509Certificate2 Sign(ECDsa key, bool withAddresses)
    {
        var now = _time.GetUtcNow();
        var subject = new X500DistinguishedNameBuilder();
        // The name that counts is the alternative name. OpenSSL 1.1.0 holds a common name that looks like a host name
        // against the constraints as well, so this one is no host name.
        subject.AddCommonName("Anchorage registry");
        var request = new CertificateRequest(subject.Build(), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(X509BasicConstraintsExtension.CreateForEndEntity(critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(_root, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        request.CertificateExtensions.Add(Names.ToAlternativeNames(withAddresses));

        var notBefore = Latest(now - ClockTolerance, new DateTimeOffset(_root.NotBefore.ToUniversalTime()));
        var notAfter = Earliest(now + ServerLifetime - ClockTolerance, RootNotAfter);
        var serial = RandomNumberGenerator.GetBytes(16);
        serial[0] = (byte)((serial[0] & 0x7f) | 0x40); // Positive and never shortened (RFC 5280 §4.1.2.2).
        using var certificate = request.Create(_root, notBefore, notAfter, serial);
        return certificate.CopyWithPrivateKey(key);
    }

    private static DateTimeOffset Latest(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;

    private static DateTimeOffset Earliest(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;
}

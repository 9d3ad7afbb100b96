using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Anchorage.Server.Tls;

namespace Anchorage.Server.Tests.Tls;

public sealed class BuiltInAuthorityTests : IDisposable
{
    private static readonly string[] Pythons = ["2.7", "3.6", "3.7", "3.8", "3.9", "3.10", "3.11", "3.12", "3.13"];

    // Everything that OpenSSL can check (VERIFY_X509_STRICT is the default of Python 3.13), by name and by address.
    private const string Verify = """
        from __future__ import print_function
        import socket, ssl, sys
        root, port = sys.argv[1], int(sys.argv[2])
        for host in (u"localhost", u"127.0.0.1"):
            if host[0] == "1" and sys.version_info < (3,):
                print(host, "accepted with h2")  # The ssl module of Python 2 looks for addresses among the DNS names only.
                continue
            context = ssl.create_default_context(cafile=root)
            context.verify_flags |= getattr(ssl, "VERIFY_X509_STRICT", 0x20)
            context.set_alpn_protocols(["h2"])
            stream = context.wrap_socket(socket.create_connection((host, port)), server_hostname=host)
            print(host, "accepted with", stream.selected_alpn_protocol())
            stream.close()
        for wrong in (u"example.com", u"127.0.0.2"):
            try:
                ssl.create_default_context(cafile=root).wrap_socket(socket.create_connection(("127.0.0.1", port)), server_hostname=wrong)
                print(wrong, "accepted")
            except (ssl.SSLError, ssl.CertificateError) as refusal:
                print(wrong, "refused")
        """;

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> PythonsOnThisMachine() => [.. Pythons.Where(version => Command.FindPython(version) is not null)];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(PythonsOnThisMachine))]
    public async Task Python_verifies_the_chain_strictly_by_name_and_by_address(string version)
    {
        await using var host = await TlsHost.StartAsync(Options());

        var result = await Command.RunAsync(Command.FindPython(version)!, null, "-c", Verify, Options().RootFile, $"{host.Port}");

        Assert.Equal("localhost accepted with h2\n127.0.0.1 accepted with h2\nexample.com refused\n127.0.0.2 refused\n", result.Output);
    }

    [Fact]
    public async Task First_start_creates_a_root_that_says_what_it_is_and_a_key_for_its_owner_only()
    {
        var authority = await OpenAsync(Options("https://registry.corp.example:8443"));

        using var root = X509CertificateLoader.LoadCertificateFromFile(Options().RootFile);
        Assert.StartsWith("CN=\"Anchorage CA for registry.corp.example, created 20", root.Subject, StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(_folder.Path, "ca", "root.key")));
        }
        Assert.InRange(root.NotAfter - root.NotBefore, TimeSpan.FromDays(3649), TimeSpan.FromDays(3653));
        Assert.Equal(Convert.ToHexString(SHA256.HashData(root.RawData)), authority.Fingerprint.Replace(":", "", StringComparison.Ordinal));
        Assert.Contains("registry.corp.example", authority.Names.Dns);
        Assert.Contains("localhost", authority.Names.Dns);
    }

    [Fact]
    public async Task Server_certificates_live_397_days_at_most()
    {
        var issued = (await OpenAsync(Options())).Issue();

        Assert.InRange(issued.NotAfter - issued.NotBefore, TimeSpan.FromDays(390), TimeSpan.FromDays(397));
    }

    [Fact]
    public async Task A_later_start_keeps_the_root()
    {
        var first = await OpenAsync(Options());
        var second = await OpenAsync(Options());

        Assert.Equal(first.Fingerprint, second.Fingerprint);
    }

    [Theory]
    [InlineData("https://registry.example:8443", "registry.example")]
    [InlineData("https://10.1.2.3:8443", "10.1.2.3")]
    public async Task A_host_that_the_root_does_not_cover_is_refused_at_start_with_the_ways_out(string listen, string host)
    {
        await OpenAsync(Options());

        var refusal = await Assert.ThrowsAsync<TlsSetupException>(() => OpenAsync(Options(listen)));

        Assert.Contains($"must not vouch for '{host}'", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("Tls:Certificate", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("move the folder", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Clients_refuse_a_certificate_for_another_host_even_if_the_root_signed_it()
    {
        await OpenAsync(Options());
        using var root = X509Certificate2.CreateFromPemFile(Options().RootFile, Path.Combine(_folder.Path, "ca", "root.key"));

        foreach (var (name, accepted) in new[] { ("localhost", true), ("pypi.org", false), ("10.0.0.1", false), ("127.0.0.1", true) })
        {
            var forged = _folder.Write("forged.pem", Forge(root, name).ExportCertificatePem() + "\n");
            var result = await Command.RunAsync("openssl", null, "verify", "-x509_strict", "-CAfile", Options().RootFile, forged);

            Assert.Equal(accepted ? 0 : 2, result.ExitCode);
            Assert.Equal(!accepted, result.Output.Contains("permitted subtree violation", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task A_lost_key_is_said_and_not_papered_over()
    {
        await OpenAsync(Options());
        File.Delete(Path.Combine(_folder.Path, "ca", "root.key"));

        var refusal = await Assert.ThrowsAsync<TlsSetupException>(() => OpenAsync(Options()));

        Assert.Contains("Restore both from a backup", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_crash_between_key_and_root_leaves_nothing_to_repair()
    {
        Directory.CreateDirectory(Path.Combine(_folder.Path, "ca"));
        _folder.Write("ca/root.key", "half");

        await OpenAsync(Options());

        Assert.True(File.Exists(Options().RootFile));
    }

    [Fact]
    public async Task A_root_that_could_vouch_for_any_host_is_refused()
    {
        Directory.CreateDirectory(Path.Combine(_folder.Path, "ca"));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var root = new CertificateRequest("CN=Any", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(90));
        _folder.Write("ca/root.pem", root.ExportCertificatePem() + "\n");
        _folder.Write("ca/root.key", key.ExportPkcs8PrivateKeyPem() + "\n");

        var refusal = await Assert.ThrowsAsync<TlsSetupException>(() => OpenAsync(Options()));

        Assert.Contains("no name constraints", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_expired_root_is_said_at_start()
    {
        var time = new ManualTime(TimeProvider.System.GetUtcNow());
        await BuiltInAuthority.OpenAsync(Options(), time, TestContext.Current.CancellationToken);
        time.Advance(TimeSpan.FromDays(3651));

        var refusal = await Assert.ThrowsAsync<TlsSetupException>(() => BuiltInAuthority.OpenAsync(Options(), time, TestContext.Current.CancellationToken));

        Assert.Contains("expired on", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Renewal_serves_the_next_certificate_while_a_slow_answer_is_on_its_way()
    {
        var time = new ManualTime(TimeProvider.System.GetUtcNow());
        await using var host = await TlsHost.StartAsync(Options(), time);
        using var root = X509CertificateLoader.LoadCertificateFromFile(Options().RootFile);
        var before = await host.SerialAsync(root, time.GetUtcNow());
        await using var slow = await host.ConnectAsync(root, time.GetUtcNow());
        await TlsHost.RequestAsync(slow, "/slow");
        var start = new byte[16];
        await slow.ReadExactlyAsync(start, TestContext.Current.CancellationToken);

        time.Advance(TimeSpan.FromDays(200));
        var stillTheFirst = await host.SerialAsync(root, time.GetUtcNow());
        time.Advance(TimeSpan.FromDays(70));
        var after = await host.SerialAsync(root, time.GetUtcNow());
        host.SlowMayEnd.SetResult();
        var answer = await TlsHost.ReadToEndAsync(slow);

        Assert.Equal(before, stillTheFirst);
        Assert.NotEqual(before, after);
        Assert.Contains("second half", answer, StringComparison.Ordinal);
        Assert.Single(host.Log.Lines, line => line.Contains("renewed by the built-in authority", StringComparison.Ordinal));
    }

    private TlsOptions Options(string listen = "https://localhost:0") => new() { DataDirectory = _folder.Path, Listen = new Uri(listen) };

    private static Task<BuiltInAuthority> OpenAsync(TlsOptions options) => BuiltInAuthority.OpenAsync(options, TimeProvider.System, TestContext.Current.CancellationToken);

    private static X509Certificate2 Forge(X509Certificate2 root, string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=forged", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(HostNames.From([name]).ToAlternativeNames(withAddresses: true));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(root, true, false));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        return request.Create(root, root.NotBefore, root.NotAfter, [1, 2, 3]);
    }
}

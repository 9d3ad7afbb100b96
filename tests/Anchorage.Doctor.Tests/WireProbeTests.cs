using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using Anchorage.Doctor.Tests.Laboratory;

namespace Anchorage.Doctor.Tests;

public sealed class WireProbeTests
{
    private static readonly LabCertificate root = LabCertificate.Make(new Recipe { Subject = "O=Lab, CN=Root", IsAuthority = true });
    private static readonly LabCertificate issuing = LabCertificate.Make(new Recipe { Subject = "O=Lab, CN=Issuing", Issuer = root, IsAuthority = true });
    private static readonly LabCertificate leaf = Leaf();
    private static readonly WireProbeOptions quick = new() { Step = TimeSpan.FromSeconds(1), Total = TimeSpan.FromSeconds(4) };
    private static readonly SettingFact setting = new(SettingOrigin.Environment, "HTTPS_PROXY", null, "HTTPS_PROXY", "");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static LabCertificate Leaf(string? issuerUrl = null, string? listUrl = null) => LabCertificate.Make(
        new Recipe { Subject = "O=Lab, CN=localhost", Issuer = issuing, Hosts = ["localhost", "127.0.0.1", "::1"], IssuerUrl = issuerUrl, RevocationListUrl = listUrl });

    private static SslStreamCertificateContext Context(LabCertificate own, params LabCertificate[] others) =>
        SslStreamCertificateContext.Create(own.WithKey, [.. others.Select(other => other.Certificate)], offline: true);

    private static Task<TargetFacts> ProbeAsync(int port, WireProbeOptions? options = null, string? proxy = null, string host = "localhost") =>
        new WireProbe(TimeProvider.System).RunAsync(new Uri($"https://user:secret@{host}:{port}/simple/"), proxy is null ? null : new ProxyFacts(new Uri(proxy), setting, false), options ?? quick, Cancellation);

    private static ScriptedServer Answering(SslStreamCertificateContext context, string answer, StringBuilder? received = null) => ScriptedServer.Tls(context, async (tls, token) =>
    {
        var buffer = new byte[4096];
        var count = await tls.ReadAsync(buffer, token);
        received?.Append(Encoding.Latin1.GetString(buffer, 0, count));
        await tls.WriteAsync(Encoding.Latin1.GetBytes(answer), token);
        await tls.ShutdownAsync();
    });

    [Fact]
    public async Task A_probe_records_the_chain_as_sent_and_sends_nothing_secret()
    {
        var received = new StringBuilder();
        using var server = Answering(Context(leaf, issuing), "HTTP/1.1 200 OK\r\nDate: Wed, 25 Nov 2026 04:00:00 GMT\r\n\r\n", received);

        var facts = await ProbeAsync(server.Port);

        Assert.Null(facts.Failure);
        Assert.Equal(ProbePhase.Done, facts.Reached);
        Assert.Equal([leaf.Facts.Fingerprint, issuing.Facts.Fingerprint], facts.Chain.Select(der => PublicRoots.FingerprintOf(der.Span)));
        Assert.Equal(SslProtocols.Tls13, facts.Protocol);
        Assert.Equal(200, facts.HttpStatus);
        Assert.Equal(new DateTimeOffset(2026, 11, 25, 4, 0, 0, TimeSpan.Zero), facts.ServerDate);
        Assert.StartsWith("HEAD /simple/ HTTP/1.1\r\n", received.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("secret", received.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("Authorization", received.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ipv6_addresses_are_probed_too()
    {
        using var listener = new TcpListener(IPAddress.IPv6Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();

        var facts = await ProbeAsync(port, host: "[::1]");

        Assert.Equal(WireFailure.ConnectionRefused, facts.Failure);
        Assert.Equal([IPAddress.IPv6Loopback], facts.Addresses);
    }

    [Fact]
    public async Task The_file_host_is_found_in_html_and_json_pages()
    {
        foreach (var page in (string[])["<a href=\"../x\">x</a><a href='https://files.example/packages/x.whl#sha256=0'>x</a>", "{\"files\":[{\"url\":\"https://files.example/x.whl\"}]}"])
        {
            using var server = Answering(Context(leaf, issuing), $"HTTP/1.1 200 OK\r\nContent-Length: {page.Length}\r\n\r\n{page}");

            Assert.Equal(new Uri("https://files.example/"), (await ProbeAsync(server.Port, quick with { FindsFileHost = true })).FileHost);
        }
    }

    [Fact]
    public async Task A_page_without_an_end_is_cut_and_its_head_stands()
    {
        using var server = ScriptedServer.Tls(Context(leaf, issuing), async (tls, token) =>
        {
            await tls.WriteAsync("HTTP/1.1 200 OK\r\n\r\n"u8.ToArray(), token);
            while (true)
                await tls.WriteAsync(new byte[16384], token);
        });

        var facts = await ProbeAsync(server.Port, quick with { FindsFileHost = true });

        Assert.Equal((ProbePhase.Done, 200), (facts.Reached, facts.HttpStatus));
    }

    [Fact]
    public async Task The_missing_issuer_is_fetched_only_when_asked_and_only_believed_by_its_signature()
    {
        using var files = ScriptedServer.Files(("/good.cer", issuing.Certificate.RawData), ("/bad.cer", root.Certificate.RawData));
        using var good = Answering(Context(Leaf($"http://127.0.0.1:{files.Port}/good.cer")), "HTTP/1.1 200 OK\r\n\r\n");
        using var bad = Answering(Context(Leaf($"http://127.0.0.1:{files.Port}/bad.cer")), "HTTP/1.1 200 OK\r\n\r\n");

        Assert.Null((await ProbeAsync(good.Port)).FetchedIssuer);
        Assert.Equal(issuing.Der.ToArray(), (await ProbeAsync(good.Port, quick with { FetchesIssuer = true })).FetchedIssuer!.Value.ToArray());
        Assert.Null((await ProbeAsync(bad.Port, quick with { FetchesIssuer = true })).FetchedIssuer);
    }

    [Fact]
    public async Task A_revoked_certificate_is_found_in_the_list_of_its_issuer()
    {
        // The list needs the certificate, which needs the list's address.
        byte[]? list = null;
        using var files = new ScriptedServer(async (socket, token) =>
        {
            await socket.ReceiveAsync(new byte[4096], token);
            await socket.SendAsync(Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\n\r\n"), token);
            await socket.SendAsync(list!, token);
        });
        var revoked = Leaf(listUrl: $"http://127.0.0.1:{files.Port}/list.crl");
        using var server = Answering(Context(revoked, issuing), "HTTP/1.1 200 OK\r\n\r\n");

        list = issuing.RevocationList(revoked);
        Assert.NotNull((await ProbeAsync(server.Port, quick with { ChecksRevocation = true })).RevokedAt);
        list = root.RevocationList(revoked);
        Assert.Null((await ProbeAsync(server.Port, quick with { ChecksRevocation = true })).RevokedAt);
        list = issuing.RevocationList(leaf);
        Assert.Null((await ProbeAsync(server.Port, quick with { ChecksRevocation = true })).RevokedAt);
    }

    [Fact]
    public async Task A_proxy_password_goes_to_a_proxy_in_clear_text_only()
    {
        var clear = new StringBuilder();
        using var plain = new ScriptedServer(async (socket, token) =>
        {
            var buffer = new byte[4096];
            clear.Append(Encoding.ASCII.GetString(buffer, 0, await socket.ReceiveAsync(buffer, token)));
            await socket.SendAsync("HTTP/1.1 502 Bad Gateway\r\n\r\n"u8.ToArray(), token);
        });
        var hidden = new StringBuilder();
        using var secure = Answering(Context(leaf, issuing), "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"x\"\r\n\r\n", hidden);
        var options = quick with { ProxyCredential = new NetworkCredential("user", "secret") };

        var byPlain = await ProbeAsync(443, options, $"http://localhost:{plain.Port}");
        var bySecure = await ProbeAsync(443, options, $"https://localhost:{secure.Port}");

        Assert.Equal((WireFailure.ProxyRefused, 502), (byPlain.Failure, byPlain.ProxyStatus));
        Assert.Contains("Proxy-Authorization: Basic dXNlcjpzZWNyZXQ=", clear.ToString(), StringComparison.Ordinal);
        Assert.Equal(WireFailure.ProxyAuthentication, bySecure.Failure);
        Assert.Equal(["Basic"], bySecure.ProxyAuthentication);
        Assert.Equal(2, bySecure.ProxyChain.Count);
        Assert.DoesNotContain("Authorization", hidden.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_proxy_that_speaks_tls_and_is_named_http_is_told_from_one_that_refuses()
    {
        using var proxy = ScriptedServer.Alert(50);
        using var strange = ScriptedServer.Saying("220 mail.lab.test ESMTP\r\n");

        Assert.Equal(WireFailure.ProxyMisconfigured, (await ProbeAsync(443, proxy: $"http://127.0.0.1:{proxy.Port}")).Failure);
        Assert.Equal(WireFailure.ProxyMisconfigured, (await ProbeAsync(443, proxy: $"http://127.0.0.1:{strange.Port}")).Failure);
        Assert.Equal(WireFailure.ProxyMisconfigured, (await ProbeAsync(443, proxy: $"socks5://127.0.0.1:{strange.Port}")).Failure);
    }

    [Fact]
    public void A_chain_of_hundreds_of_certificates_is_judged_in_time()
    {
        var below = root;
        var chain = new List<LabCertificate>();
        for (var i = 0; i < 120; i++)
            chain.Add(below = LabCertificate.Make(new Recipe { Subject = $"CN=CA {i}", Issuer = below, IsAuthority = true }));
        var last = LabCertificate.Make(new Recipe { Subject = "CN=localhost", Issuer = below, Hosts = ["localhost"] });
        chain.Reverse();
        var clock = Stopwatch.StartNew();

        var faults = ChainJudge.Judge([last.Der, .. chain.Select(c => c.Der)], AnchorSet.Of([root.Der]), new VerificationRules(), "localhost", TimeProvider.System.GetUtcNow());

        Assert.Equal(22, faults[0].OpenSslCode);
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(2));
    }
}

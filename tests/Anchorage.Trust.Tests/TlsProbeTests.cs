using System.Net;
using System.Net.Sockets;

namespace Anchorage.Trust.Tests;

public class TlsProbeTests
{
    private static Task<Probe> RunAsync(int port, string host = "localhost") =>
        new TlsProbe(TimeProvider.System).RunAsync(host, port, TestContext.Current.CancellationToken);

    [Fact]
    public async Task The_chain_is_recorded_exactly_as_sent_even_where_nobody_trusts_it()
    {
        var root = Chains.Authority("CN=Root");
        var intermediate = Chains.Authority("CN=Intermediate", root);
        var leaf = Chains.Leaf(intermediate, "other.example");
        using var server = OneServer.Tls(leaf, intermediate);

        var probe = await RunAsync(server.Port);

        Assert.Null(probe.Failure);
        Assert.Equal([leaf.Subject, "CN=Intermediate"], probe.Chain!.Certificates.Select(certificate => certificate.Subject));
        Assert.Equal(ServerChain.Fingerprint(leaf), ServerChain.Fingerprint(probe.Chain.Leaf));
        Assert.Equal("http/1.1", probe.ApplicationProtocol);
        Assert.True(probe.Handshake > TimeSpan.Zero);
        Assert.True(IPAddress.IsLoopback(probe.Address!));
    }

    [Fact]
    public async Task An_intermediate_that_is_not_sent_is_not_recorded()
    {
        var intermediate = Chains.Authority("CN=Intermediate", Chains.Authority("CN=Root"));
        using var server = OneServer.Tls(Chains.Leaf(intermediate));

        Assert.Single((await RunAsync(server.Port)).Chain!.Certificates);
    }

    [Fact]
    public async Task Nothing_is_sent_after_the_handshake()
    {
        using var server = OneServer.Tls(Chains.Leaf(null));

        await RunAsync(server.Port);

        Assert.Equal(0, OneServer.ReceivedBytes);
    }

    [Fact]
    public async Task Plain_http_is_told_from_a_refused_handshake()
    {
        using var server = new OneServer(async stream => await stream.WriteAsync("HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray()));

        Assert.Equal(FindingKind.NotTls, (await RunAsync(server.Port)).Failure!.Kind);
    }

    [Fact]
    public async Task An_alert_is_a_refused_handshake()
    {
        using var server = new OneServer(async stream => await stream.WriteAsync(new byte[] { 0x15, 3, 3, 0, 2, 2, 40 }));

        var failure = (await RunAsync(server.Port)).Failure!;

        Assert.Equal((FindingKind.HandshakeRefused, Severity.Unchecked), (failure.Kind, failure.Severity));
    }

    [Fact]
    public async Task A_closed_connection_is_a_refused_handshake()
    {
        using var server = new OneServer(_ => Task.CompletedTask);

        Assert.Equal(FindingKind.HandshakeRefused, (await RunAsync(server.Port)).Failure!.Kind);
    }

    [Fact]
    public async Task A_closed_port_is_a_failed_connection()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();

        Assert.Equal(FindingKind.ConnectionFailed, (await RunAsync(port)).Failure!.Kind);
    }

    [Fact]
    public async Task A_name_without_an_address_is_said_to_be_one() =>
        // A label of 64 characters is refused by the resolver itself: no question leaves the machine.
        Assert.Equal(FindingKind.NameNotResolved, (await RunAsync(443, new string('x', 64) + ".invalid")).Failure!.Kind);

    [Fact]
    public void Pem_text_without_a_certificate_is_refused() =>
        Assert.Contains("holds no PEM certificate", Assert.Throws<FormatException>(() => TrustAnchors.ReadPem("nothing")).Message, StringComparison.Ordinal);

    [Fact]
    public void A_damaged_certificate_is_refused() =>
        Assert.Throws<FormatException>(() => TrustAnchors.ReadPem("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"));
}

using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Anchorage.Server.Tls;
using Microsoft.Extensions.Configuration;

namespace Anchorage.Server.Tests.Tls;

public sealed class PemCertificateTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly IssuedCertificates _company = new();

    public void Dispose()
    {
        _folder.Dispose();
        _company.Dispose();
    }

    [Fact]
    public async Task A_client_that_has_the_root_alone_verifies_the_chain()
    {
        Put(_company.Issue());
        await using var host = await TlsHost.StartAsync(Options());

        var result = await SClientAsync(host.Port);

        Assert.Contains("Verification: OK", result.Output, StringComparison.Ordinal);
        Assert.Contains("Example Intermediate", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_root_in_the_certificate_file_is_not_sent()
    {
        var (certificate, key) = _company.Issue();
        Put((certificate + _company.Root.ExportCertificatePem() + "\n", key));
        await using var host = await TlsHost.StartAsync(Options());

        var result = await SClientAsync(host.Port);

        Assert.Equal(2, result.Output.Split("BEGIN CERTIFICATE").Length - 1);
    }

    [Fact]
    public async Task Rsa_keys_serve_as_well()
    {
        using var key = RSA.Create(2048);
        Put(_company.Issue(key: key));
        await using var host = await TlsHost.StartAsync(Options());

        Assert.Contains("Verification: OK", (await SClientAsync(host.Port)).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_replaced_pair_is_served_without_a_restart_while_a_slow_answer_is_on_its_way()
    {
        Put(_company.Issue());
        await using var host = await TlsHost.StartAsync(Options());
        var before = await host.SerialAsync(_company.Root);
        await using var slow = await host.ConnectAsync(_company.Root);
        await TlsHost.RequestAsync(slow, "/slow");
        await slow.ReadExactlyAsync(new byte[16], TestContext.Current.CancellationToken);

        Put(_company.Issue());
        await host.Upkeep.CheckAsync();
        var after = await host.SerialAsync(_company.Root);
        host.SlowMayEnd.SetResult();

        Assert.NotEqual(before, after);
        Assert.Contains("second half", await TlsHost.ReadToEndAsync(slow), StringComparison.Ordinal);
        Assert.Contains(host.Log.Lines, line => line.Contains("files changed and are in use: localhost", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_files_are_looked_at_every_ten_seconds()
    {
        var time = new ManualTime(TimeProvider.System.GetUtcNow());
        Put(_company.Issue());
        await using var host = await TlsHost.StartAsync(Options(), time);
        Put(_company.Issue(name: "other.example"));

        time.Advance(TimeSpan.FromSeconds(10));
        await host.Upkeep.CheckAsync(); // Waits for the check that the timer began.

        Assert.Contains(host.Log.Lines, line => line.Contains("other.example", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_pair_written_one_file_after_the_other_is_taken_over_without_a_complaint()
    {
        Put(_company.Issue());
        await using var host = await TlsHost.StartAsync(Options());
        var before = await host.SerialAsync(_company.Root);
        var (certificate, key) = _company.Issue();

        _folder.Write("tls.pem", certificate[..300]);
        await host.Upkeep.CheckAsync();
        _folder.Write("tls.pem", certificate);
        await host.Upkeep.CheckAsync();
        var meanwhile = await host.SerialAsync(_company.Root);
        _folder.Write("tls.key", key);
        await host.Upkeep.CheckAsync();

        Assert.Equal(before, meanwhile);
        Assert.NotEqual(before, await host.SerialAsync(_company.Root));
        Assert.DoesNotContain(host.Log.Lines, line => line.StartsWith("Error", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_bad_replacement_is_refused_once_and_the_old_certificate_stays()
    {
        Put(_company.Issue());
        await using var host = await TlsHost.StartAsync(Options());
        var before = await host.SerialAsync(_company.Root);

        Put(_company.Issue(from: DateTimeOffset.UnixEpoch, until: DateTimeOffset.UnixEpoch.AddYears(40)));
        for (var check = 0; check < 4; check++)
        {
            await host.Upkeep.CheckAsync();
        }

        Assert.Equal(before, await host.SerialAsync(_company.Root));
        var error = Assert.Single(host.Log.Lines, line => line.StartsWith("Error", StringComparison.Ordinal));
        Assert.Contains("expired on 2010-01-01", error, StringComparison.Ordinal);
        Assert.Contains("The certificate in use stays in use", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Deleted_files_are_complained_about_once_and_taken_over_when_they_return()
    {
        Put(_company.Issue());
        await using var host = await TlsHost.StartAsync(Options());
        File.Delete(_folder.File("tls.key"));
        await host.Upkeep.CheckAsync();
        await host.Upkeep.CheckAsync();

        Put(_company.Issue());
        await host.Upkeep.CheckAsync();

        Assert.Single(host.Log.Lines, line => line.StartsWith("Error", StringComparison.Ordinal));
        Assert.Single(host.Log.Lines, line => line.Contains("are in use", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Expiry_is_announced_two_weeks_ahead_once_a_day()
    {
        var noon = new DateTimeOffset(TimeProvider.System.GetUtcNow().UtcDateTime.Date.AddHours(12), TimeSpan.Zero);
        var time = new ManualTime(noon);
        Put(_company.Issue(from: noon.AddDays(-2), until: noon.AddDays(90)));
        await using var host = await TlsHost.StartAsync(Options(), time);

        var warnings = new List<int>();
        foreach (var hours in (int[])[70 * 24, 10 * 24, 1, 23])
        {
            time.Jump(TimeSpan.FromHours(hours));
            await host.Upkeep.CheckAsync();
            warnings.Add(host.Log.Lines.Count(line => line.StartsWith("Warning: The TLS certificate is valid until", StringComparison.Ordinal)));
        }

        Assert.Equal([0, 1, 1, 2], warnings);
    }

    [Fact]
    public async Task An_expired_pair_is_refused() => await RefusedAsync(_company.Issue(until: TimeProvider.System.GetUtcNow().AddMinutes(-1)), "the certificate expired on");

    [Fact]
    public async Task A_pair_of_the_future_is_refused() => await RefusedAsync(_company.Issue(from: TimeProvider.System.GetUtcNow().AddDays(1)), "is not valid before");

    [Fact]
    public async Task A_mismatched_pair_is_refused() =>
        await RefusedAsync((_company.Issue().Certificate, _company.Issue().Key), "does not belong to");

    [Fact]
    public async Task A_chain_in_the_wrong_order_is_refused()
    {
        var (certificate, key) = _company.Issue();
        await RefusedAsync((_company.IntermediatePem + certificate, key), "wrong order: the key belongs to number 2 of 3");
    }

    [Fact]
    public async Task A_certificate_without_alternative_names_is_refused() => await RefusedAsync(_company.Issue(name: null), "no subject alternative name");

    [Fact]
    public async Task A_client_certificate_is_refused() => await RefusedAsync(_company.Issue(usage: "1.3.6.1.5.5.7.3.2"), "server authentication");

    [Fact]
    public async Task A_key_that_clients_would_call_too_weak_is_refused()
    {
        using var key = RSA.Create(1024);
        await RefusedAsync(_company.Issue(key: key), "has 1024 bits");
    }

    [Fact]
    public async Task An_encrypted_key_is_refused_with_the_command_to_decrypt_it()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var encrypted = key.ExportEncryptedPkcs8PrivateKeyPem("secret", new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000));
        await RefusedAsync((_company.Issue(key: key).Certificate, encrypted), "openssl pkey -in");
    }

    [Theory]
    [InlineData("", "holds no PEM certificate")]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "cannot be decoded")]
    public async Task Text_that_is_no_certificate_is_refused(string certificate, string reason) => await RefusedAsync((certificate, _company.Issue().Key), reason);

    [Fact]
    public async Task Text_that_is_no_key_is_refused() => await RefusedAsync((_company.Issue().Certificate, "nothing"), "holds no private key");

    [Fact]
    public async Task A_missing_file_is_refused()
    {
        var refusal = await Assert.ThrowsAsync<TlsSetupException>(() => TlsHost.StartAsync(Options()));
        Assert.Contains("cannot be read", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_for_other_names_is_served_with_a_warning()
    {
        Put(_company.Issue(name: "*.corp.example"));

        await using var host = await TlsHost.StartAsync(Options());

        Assert.Contains(host.Log.Lines, line => line.StartsWith("Warning: ", StringComparison.Ordinal)
            && line.Contains("is for *.corp.example, and not for 'localhost'", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Tls:Key", "x", "Tls:Key is set and Tls:Certificate is not")]
    [InlineData("Tls:Certificate", "x", "Tls:Certificate is set and Tls:Key is not")]
    [InlineData("Tls:PlainHttpPort", "http", "no port number")]
    [InlineData("Tls:Hosts", "good.example, b*d", "b*d")]
    public void Settings_that_make_no_sense_are_named(string setting, string value, string reason)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new(setting, value)]).Build();

        var refusal = Assert.Throws<TlsSetupException>(() => TlsOptions.Read(configuration, _folder.Path, new Uri("https://localhost:8443")));

        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Plain_http_cannot_be_the_listen_address()
    {
        var refusal = Assert.Throws<TlsSetupException>(() => TlsOptions.Read(new ConfigurationBuilder().Build(), _folder.Path, new Uri("http://localhost:8080")));
        Assert.Contains("HTTPS only", refusal.Message, StringComparison.Ordinal);
    }

    private TlsOptions Options() => new()
    {
        DataDirectory = _folder.Path,
        Listen = new Uri("https://localhost:0"),
        CertificateFile = _folder.File("tls.pem"),
        KeyFile = _folder.File("tls.key"),
    };

    private void Put((string Certificate, string Key) pair)
    {
        _folder.Write("tls.pem", pair.Certificate);
        _folder.Write("tls.key", pair.Key);
    }

    private async Task RefusedAsync((string Certificate, string Key) pair, string reason)
    {
        Put(pair);
        var refusal = await Assert.ThrowsAsync<TlsSetupException>(() => TlsHost.StartAsync(Options()));
        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
    }

    private async Task<Command> SClientAsync(int port)
    {
        _folder.Write("root.pem", _company.Root.ExportCertificatePem() + "\n");
        return await Command.RunAsync("openssl", null, "s_client", "-connect", $"localhost:{port}", "-servername", "localhost", "-showcerts",
            "-CAfile", _folder.File("root.pem"), "-no-CApath", "-verify_hostname", "localhost", "-verify_return_error");
    }
}

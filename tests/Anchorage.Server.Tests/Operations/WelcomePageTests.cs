using Anchorage.Server.Storage;
using Anchorage.Server.Tests.Tls;
using Anchorage.Server.Tls;

namespace Anchorage.Server.Tests.Operations;

/// <summary>The commands that are printed when the registry is ready: to be copied, so they must work where they are printed.</summary>
public sealed class WelcomePageTests : IDisposable
{
    private static readonly Uri Address = new("https://localhost:8443");

    private readonly TemporaryFolder folder = new();
    private readonly IssuedCertificates company = new();

    /// <inheritdoc/>
    public void Dispose()
    {
        folder.Dispose();
        company.Dispose();
    }

    [Fact]
    public async Task The_install_command_survives_a_bundle_that_wins_over_cert()
    {
        var before = Environment.GetEnvironmentVariable("REQUESTS_CA_BUNDLE");
        Environment.SetEnvironmentVariable("REQUESTS_CA_BUNDLE", "/etc/ssl/certs/ca-certificates.crt");
        try
        {
            var text = await ReadyTextAsync(null, null);

            Assert.Matches("env -u REQUESTS_CA_BUNDLE (-u CURL_CA_BUNDLE )?pip install --cert [^ ]*root.pem", text);
        }
        finally
        {
            Environment.SetEnvironmentVariable("REQUESTS_CA_BUNDLE", before);
        }
    }

    [Fact]
    public async Task A_companys_certificate_is_not_printed_as_a_trust_anchor()
    {
        var (certificate, key) = company.Issue();

        var text = await ReadyTextAsync(folder.Write("tls.pem", certificate), folder.Write("tls.key", key));

        Assert.DoesNotContain("tls.pem", text, StringComparison.Ordinal);
        Assert.Contains("--cert ROOT.pem", text, StringComparison.Ordinal);
    }

    private async Task<string> ReadyTextAsync(string? certificateFile, string? keyFile)
    {
        using var directory = DataDirectory.Open(folder.File("data"));
        var tls = new TlsOptions { DataDirectory = directory.Root, Listen = Address, CertificateFile = certificateFile, KeyFile = keyFile };
        var source = await CertificateSource.OpenAsync(tls, TimeProvider.System, TestContext.Current.CancellationToken);
        return new WelcomePage(new ServerOptions { DataDirectory = directory.Root, Listen = Address }, tls, source, directory).ReadyText(Address);
    }
}

using System.Text;
using Anchorage.Testing;

namespace Anchorage.Trust.Tests.Stores;

public class CertificateFilesTests
{
    private static BundleState StateOf(TestDirectory home, string path) =>
        new CertificateFiles(new MachineFiles(home.Path, MachinePlatform.Linux)).At(path).State;

    [Fact]
    public async Task Whatever_lies_in_the_place_of_a_bundle_has_a_name()
    {
        using var home = new TestDirectory();
        var root = PublicRoots.Current[0];
        var pem = System.Security.Cryptography.PemEncoding.WriteString("CERTIFICATE", root.Certificate.Span) + "\n";
        home.Write("good.pem", pem);
        home.Write("der.crt", root.Certificate.Span);
        home.Write("utf16.pem", Encoding.Unicode.GetBytes("\uFEFF" + pem));
        home.Write("p7.p7b", "-----BEGIN PKCS7-----\nAAAA\n-----END PKCS7-----\n");
        home.Write("empty.pem", "");
        home.Write("glued.pem", pem.TrimEnd() + pem);
        home.MakeDirectory("plain");
        home.Write("plain/ca.pem", pem);
        home.Write("hashed/5ad8a5d6.0", pem);
        home.Write("hashed/5ad8a5d6.1", "-----BEGIN CERTIFICATE-----\nbroken\n");
        File.CreateSymbolicLink(home.PathOf("loop"), "loop");
        File.CreateSymbolicLink(home.PathOf("dangling"), "/nowhere");
        File.CreateSymbolicLink(home.PathOf("inside"), "/good.pem");
        using (var huge = File.Create(home.PathOf("huge.pem")))
            huge.SetLength(1L << 30);
        (await Commands.RunAsync("mkfifo", [home.PathOf("fifo")], home, TestContext.Current.CancellationToken)).MustSucceed();
        home.Write("secret.pem", pem);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(home.PathOf("secret.pem"), UnixFileMode.None);

        Assert.Equal(
            [
                ("/dangling", BundleState.Missing), ("/der.crt", BundleState.NoCertificates), ("/empty.pem", BundleState.NoCertificates), ("/fifo", BundleState.NotAFile),
                ("/glued.pem", BundleState.Damaged), ("/good.pem", BundleState.Good), ("/good.pem/below", BundleState.Missing), ("/hashed", BundleState.Good),
                ("/huge.pem", BundleState.NotAFile), ("/inside", BundleState.Good), ("/loop", BundleState.NotAFile), ("/none", BundleState.Missing),
                ("/p7.p7b", BundleState.NoCertificates), ("/plain", BundleState.DirectoryWithoutHashes), ("/utf16.pem", BundleState.NoCertificates),
                // The superuser may read everything.
                ("/secret.pem", Environment.IsPrivilegedProcess ? BundleState.Good : BundleState.Unreadable),
            ],
            new[]
            {
                "/dangling", "/der.crt", "/empty.pem", "/fifo", "/glued.pem", "/good.pem", "/good.pem/below", "/hashed", "/huge.pem", "/inside", "/loop", "/none",
                "/p7.p7b", "/plain", "/utf16.pem", "/secret.pem",
            }.Select(path => (path, StateOf(home, path))));
    }

    [Theory]
    [InlineData("/dev/zero", BundleState.NotAFile)]
    [InlineData("/dev/null", BundleState.NoCertificates)]
    [InlineData("/proc/self/environ", BundleState.NoCertificates)]
    public void Devices_do_not_hang_and_are_not_read_for_ever(string path, BundleState state) =>
        Assert.Equal(state, new CertificateFiles(new MachineFiles(null, MachinePlatform.Linux)).At(path).State);

    [Fact]
    public void A_store_tells_what_it_lacks_and_what_was_added_to_it()
    {
        using var home = new TestDirectory();
        home.Write("etc/os-release", "ID=alpine\nPRETTY_NAME='Alpine Linux v3.20'\n");
        var added = Chains.Authority("CN=Example Corp Root");
        var lacking = PublicRoots.Current[3];
        home.Write(
            "etc/ssl/certs/ca-certificates.crt",
            string.Concat(PublicRoots.Current.Where(root => root != lacking).Select(root => System.Security.Cryptography.PemEncoding.WriteString("CERTIFICATE", root.Certificate.Span) + "\n"))
                + added.ExportCertificatePem() + "\n");
        var files = new MachineFiles(home.Path, MachinePlatform.Linux);
        var stores = new SystemStores(files, new CertificateFiles(files));

        var system = stores.Identify();
        var store = Assert.Single(stores.Read(stores.Reach(system.Family)));

        Assert.Equal(SystemFamily.Alpine, system.Family);
        Assert.Equal([lacking.Name], store.MissingRoots);
        Assert.Equal(["CN=Example Corp Root"], store.LocalAdditions);
        Assert.Equal(PublicRoots.Current.Count, store.Anchors);
    }

    [Theory]
    [InlineData("ID=ubuntu\nID_LIKE=debian\n", SystemFamily.Debian)]
    [InlineData("ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n", SystemFamily.RedHat)]
    [InlineData("ID=\"opensuse-leap\"\nID_LIKE=\"suse opensuse\"\n", SystemFamily.Suse)]
    [InlineData("ID=manjaro\nID_LIKE=arch\n", SystemFamily.Arch)]
    [InlineData("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n", SystemFamily.Debian)]
    [InlineData("ID=haiku\n", SystemFamily.Unknown)]
    public void Families_are_told_by_os_release(string text, SystemFamily family)
    {
        using var home = new TestDirectory();
        home.Write("etc/os-release", text);
        var files = new MachineFiles(home.Path, MachinePlatform.Linux);
        Assert.Equal(family, new SystemStores(files, new CertificateFiles(files)).Identify().Family);
    }
}

// The prediction beside what 25 real combinations of pip and Python did, row by row (trust-matrix.tsv of the shared data):
// each source had a root of its own, and the listed roots are those whose servers were accepted.

using Anchorage.Testing;

namespace Anchorage.Trust.Tests.Effective;

public class TrustMatrixTests
{
    private const string AllRoots = "sys certifi site certopt pipcert conf rcb ccb scf scd";
    private static readonly Uri target = new("https://localhost:8441/simple/");

    [Fact]
    public void Every_measured_row_is_predicted()
    {
        var wrong = new List<string>();
        var (rows, refused) = (0, 0);
        foreach (var line in File.ReadLines(TestVectors.PathOf("pip-trust", "trust-matrix.tsv")).Skip(1))
        {
            var columns = line.Split('\t');
            var (pip, python, settings) = (columns[0], columns[1], columns[2]);
            // "!2": it worked, and the driver of the measurement ended with status 2.
            var measured = columns[3].Replace("!2", "", StringComparison.Ordinal);
            var predicted = Predict(pip, python, settings);
            rows++;
            if (measured == "n/a")
            {
                // Not run, because that pip has no such option: it is said not to start, or to leave the variable alone.
                refused++;
                if (predicted is not ("-" or "certifi") || (predicted == "certifi" && settings != "PIP_USE_FEATURE=truststore"))
                    wrong.Add($"{line} | predicted {predicted}");
            }
            else if (predicted != measured)
            {
                wrong.Add($"{line} | predicted {predicted}");
            }
        }
        Assert.Empty(wrong);
        Assert.Equal((688, 54), (rows, refused));
    }

    private static string Predict(string pip, string python, string row)
    {
        var isDebian = pip.StartsWith("debian", StringComparison.Ordinal);
        var client = new InstalledClient
        {
            Kind = ClientKind.Pip,
            Version = isDebian ? pip["debian".Length..] : pip,
            Path = "/lib/pip",
            // The pips came from a folder on PYTHONPATH; truststore was not installed beside them.
            Python = MatrixSettings.Python(python == "sys" ? "3.11.2" : python),
            CertifiPath = isDebian ? null : "/lib/pip/_vendor/certifi/cacert.pem",
            IsDebianPatched = isDebian,
        };
        var facts = EffectiveTrust.Of(client, MatrixSettings.Of(row), MatrixSettings.Machine, target);
        return facts.DisabledBy is not null ? AllRoots : facts.Broken is not null ? "-" : MatrixSettings.Roots(facts);
    }
}

/// <summary>The settings behind the names of the measured rows, and the roots behind the sources.</summary>
internal static class MatrixSettings
{
    // The folder that held one hashed root; every other path is a file with one.
    private const string Folder = "/lab/scd";
    private const string Proxy = "http://127.0.0.1:3128";

    /// <summary>A Debian with both halves of OpenSSL's default.</summary>
    public static SystemTrust Machine { get; } = new()
    {
        Platform = MachinePlatform.Linux,
        Family = SystemFamily.Debian,
        OpenSslFile = "/usr/lib/ssl/cert.pem",
        OpenSslDirectory = "/usr/lib/ssl/certs",
        Store = "/etc/ssl/certs/ca-certificates.crt",
        StateOf = path => path.Contains("missing", StringComparison.Ordinal) ? BundleState.Missing : BundleState.Good,
        IsFolder = path => path is Folder or "/etc/ssl/certs" or "/usr/lib/ssl/certs",
    };

    public static PythonFacts Python(string version) => new()
    {
        Path = $"/opt/{version}/bin/python",
        Version = Version.Parse(version),
        Prefix = $"/opt/{version}",
        OpenSslVersion = "OpenSSL 3.0.19",
        HasSsl = true,
        OpenSslFile = "/usr/lib/ssl/cert.pem",
        OpenSslDirectory = "/usr/lib/ssl/certs",
    };

    public static ClientSettings Of(string row)
    {
        var environment = new Dictionary<string, string>();
        var arguments = new List<string>();
        var configuration = new List<string>();
        foreach (var setting in row.Split('+'))
        {
            switch (setting)
            {
                case "none": break;
                case "--cert" or "cert": arguments.Add("--cert=/lab/certopt.pem"); break;
                case "--cert=dir": arguments.Add("--cert=" + Folder); break;
                case "PIP_CERT": environment["PIP_CERT"] = "/lab/pipcert.pem"; break;
                case "PIP_CERT=empty": environment["PIP_CERT"] = ""; break;
                case "conf": configuration.Add("cert = /lab/conf.pem"); break;
                case "RCB": environment["REQUESTS_CA_BUNDLE"] = "/lab/rcb.pem"; break;
                case "RCB=empty": environment["REQUESTS_CA_BUNDLE"] = ""; break;
                case "RCB=dir": environment["REQUESTS_CA_BUNDLE"] = Folder; break;
                case "CCB": environment["CURL_CA_BUNDLE"] = "/lab/ccb.pem"; break;
                case "SCF": environment["SSL_CERT_FILE"] = "/lab/scf.pem"; break;
                case "SCF=empty": environment["SSL_CERT_FILE"] = ""; break;
                case "SCF=missing": environment["SSL_CERT_FILE"] = "/lab/missing.pem"; break;
                case "SCD": environment["SSL_CERT_DIR"] = Folder; break;
                case "SCD=/etc/ssl/certs": environment["SSL_CERT_DIR"] = "/etc/ssl/certs"; break;
                case "--proxy": arguments.Add("--proxy=" + Proxy); break;
                case "PIP_PROXY": environment["PIP_PROXY"] = Proxy; break;
                case "HTTPS_PROXY": environment["HTTPS_PROXY"] = Proxy; break;
                case "legacy-certs" or "legacy": arguments.Add("--use-deprecated=legacy-certs"); break;
                case "feature=truststore" or "truststore": arguments.Add("--use-feature=truststore"); break;
                case "PIP_USE_FEATURE=truststore": environment["PIP_USE_FEATURE"] = "truststore"; break;
                case "PIP_TRUSTED_HOST=localhost": environment["PIP_TRUSTED_HOST"] = "localhost"; break;
                case "PIP_TRUSTED_HOST=*": environment["PIP_TRUSTED_HOST"] = "*"; break;
                case "PYTHONHTTPSVERIFY=0": environment["PYTHONHTTPSVERIFY"] = "0"; break;
                case "PIP_OPTIONS": environment["PIP_OPTIONS"] = "--trusted-host localhost"; break;
                default: throw new ArgumentException($"The matrix has a setting that this test does not know: {setting}");
            }
        }
        var file = new PipFileContent(new PipFile(PipLevel.Global, "/etc/pip.conf"), IniText.Parse("[global]\n" + string.Join('\n', configuration)));
        return new ClientSettings
        {
            Environment = environment,
            Pip = new PipOptions(PipOptions.ParseCommandLine(arguments), environment, new PipConfiguration([file]), "download"),
        };
    }

    /// <summary>The roots of the sources, in the order of the measurement.</summary>
    public static string Roots(ClientFacts facts)
    {
        string[] order = ["sys", "certifi", "site", "certopt", "pipcert", "conf", "rcb", "ccb", "scf", "scd"];
        var roots = facts.Trust
            .Where(source => source.Path is null || Machine.StateOf(source.Path) == BundleState.Good)
            .Select(source => source.Kind switch
            {
                TrustSourceKind.System => "sys",
                TrustSourceKind.Certifi => "certifi",
                _ => Path.GetFileNameWithoutExtension(source.Path!),
            })
            .Distinct()
            .OrderBy(root => Array.IndexOf(order, root))
            .ToList();
        return roots.Count == 0 ? "-" : string.Join(' ', roots);
    }
}
